"""Draw a piece of the map for paper: the streets around a place with their names, as lines of an SVG."""

from dataclasses import dataclass, field

from django.contrib.gis.geos import LineString, MultiLineString, Polygon

from gis_data.services import tiles
from incidents.map import share_image

TILE = 1024  # units of a tile
DEEPEST, SHALLOWEST = 16, 13  # zooms of tiles; about 0.6 m to a unit at the deepest
WIDTH, HEIGHT = 524, 380  # units
LETTER = 13  # units across one letter of a name
ROOM = 44  # units between the middles of two names


@dataclass
class MapPiece:
    """What is drawn, in units from the upper left corner of WIDTH × HEIGHT; the place is in the middle."""

    radius: float  # of the circle in which a vague place lies; 0: the place is known
    streets: list[tuple[int, str]] = field(default_factory=list)  # (rank, path)
    names: list[tuple[str, str, int]] = field(default_factory=list)  # (name, the path along it, percent of it before)


def draw_piece(lon: float, lat: float, accuracy_m: float | None = None) -> MapPiece:
    """Return the piece around a place: some 300 m across, more for a vague place."""
    zoom, radius = DEEPEST, unit_radius(accuracy_m, lat, DEEPEST)
    while radius > HEIGHT / 2.2 and zoom > SHALLOWEST:
        zoom, radius = zoom - 1, radius / 2
    piece = MapPiece(radius=round(radius))
    x, y = (along * unit_scale(zoom) for along in share_image.world_pixels(lon, lat))
    streets = streets_around(x - WIDTH / 2, y - HEIGHT / 2, zoom)
    piece.streets = [(rank, path_of(line)) for rank, _name, line in streets]
    piece.names = name_paths(streets)
    return piece


def unit_scale(zoom):
    return TILE * 2**zoom / (256 * 2**share_image.ZOOM)


def unit_radius(accuracy_m, lat, zoom):
    return (accuracy_m or 0) / share_image.metres_of_pixel(lat) * unit_scale(zoom)


def streets_around(left, top, zoom):
    stretches, seen = [], Polygon.from_bbox((-20, -20, WIDTH + 20, HEIGHT + 20))
    for column in range(int(left // TILE), int((left + WIDTH) // TILE) + 1):
        for row in range(int(top // TILE), int((top + HEIGHT) // TILE) + 1):
            try:
                content = tiles.parsed_area_tile(zoom, column, row)
            except tiles.NoSuchTile:
                continue
            across, down = column * TILE - left, row * TILE - top
            for rank, name, lines in content["streets"]:
                stretches += [(rank, name, part) for line in lines for part in parts_within(seen, line, across, down)]
    return sorted(stretches, key=lambda stretch: -stretch[0])


def parts_within(seen, line, across, down):
    if len(line) < 2:
        return []
    cut = LineString([(across + x, down + y) for x, y in line]).intersection(seen)
    parts = cut if isinstance(cut, MultiLineString) else [cut]
    return [list(part.coords) for part in parts if isinstance(part, LineString) and len(part) > 1]


def path_of(corners):
    return "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in corners)


def name_paths(streets):
    longest: dict[str, tuple[float, list]] = {}
    for _rank, name, line in streets:
        length = LineString(line).length
        if name and length > longest.get(name, (0, []))[0]:
            longest[name] = (length, line)
    written, middles = [], []
    for name, (length, line) in reversed(longest.items()):  # the widest streets first
        line = line if line[0][0] <= line[-1][0] else line[::-1]
        at = 28 if length * 0.5 > LETTER * len(name) else 50  # a long one beside the middle, where the pin stands
        middle = LineString(line).interpolate_normalized(at / 100)
        inside = 20 < middle.x < WIDTH - 20 and 20 < middle.y < HEIGHT - 20
        if inside and length > LETTER * len(name) and all(middle.distance(other) > ROOM for other in middles):
            middles.append(middle)
            written.append((name, path_of(line), at))
    return written
