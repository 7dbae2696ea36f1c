"""Number squares of the map and cover boxes by ranges of these numbers: see `map_spot` in sql/guards/map_spot.sql."""

import math

DEPTH = 26  # a spot is a square of this level, some 60 cm wide
LEVELS = range(11, 19)  # of the squares whose sums are kept: at 10° N 19 km wide to 150 m
EDGE_SQUARES = 1000  # about so many at most lie on the edges of a box
AREAS_FROM = 14  # from this level on the sums of a square tell areas apart; larger squares hold too many

WORLD = (0, 0, 4**DEPTH)  # level, first spot, spot after the last


def bits_below(level: int) -> int:
    return 2 * (DEPTH - level)


def spots_of_tile(z: int, x: int, y: int) -> tuple[int, int]:
    """Return the spots [first, second) of a tile."""
    number = sum((x >> bit & 1) << 2 * bit | (y >> bit & 1) << 2 * bit + 1 for bit in range(z))
    return number << bits_below(z), (number + 1) << bits_below(z)


def level_for(wanted: int, by_area: bool = False) -> int:
    return max(wanted, AREAS_FROM if by_area else LEVELS[0])


def column_and_row(lon: float, lat: float) -> tuple[float, float]:
    """Return column and row of the spot of a place (EPSG:4326)."""
    tangent = math.tan(math.radians(min(max(lat, -85.0511), 85.0511)))
    return (lon + 180) / 360 * 2**DEPTH, (1 - math.asinh(tangent) / math.pi) / 2 * 2**DEPTH


def cover_box(west: float, south: float, east: float, north: float) -> tuple[list, list]:
    """Return two lists of ranges of spots: squares of LEVELS and larger ones inside a box, and squares on its edges.

    The first are (level, first spot, spot after the last), the second (first spot, spot after the last).
    """
    left, top = column_and_row(west, north)
    right, bottom = column_and_row(east, south)
    edge = 2 * (right - left + bottom - top)
    deepest = max(level for level in (1, *LEVELS) if level == 1 or edge / 2 ** (DEPTH - level) <= EDGE_SQUARES)
    inside, edges = [], []

    def divide(level: int, x: int, y: int) -> None:
        side = 2 ** (DEPTH - level)
        west, north, east, south = x * side, y * side, (x + 1) * side, (y + 1) * side
        if east < left or west > right or south < top or north > bottom:
            return
        if left <= west - 1 and east + 1 <= right and top <= north - 1 and south + 1 <= bottom:
            inside.append((level, *spots_of_tile(level, x, y)))
        elif level >= deepest:
            edges.append(spots_of_tile(level, x, y))
        else:
            for row in (2 * y, 2 * y + 1):
                divide(level + 1, 2 * x, row)
                divide(level + 1, 2 * x + 1, row)

    divide(0, 0, 0)
    return inside, join_ranges(edges)


def join_ranges(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and joined[-1][1] == first:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined
