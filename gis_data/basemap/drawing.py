"""Join, generalise and cut features into rows for each band of zooms.

Values in, values out. All rows lie in EPSG:3857, in which tiles are drawn.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import compress, islice
from typing import Any, NamedTuple

import numpy
import shapely

from gis_data.basemap.features import Feature, Layer

WORLD = 20037508.342789244  # half the width of the world in EPSG:3857
AT_ONCE = 1000  # features


class Band(NamedTuple):
    """Zooms of tiles that share one generalised copy."""

    last: int  # the highest zoom of it
    cell: int  # areas are cut along the tiles of this zoom
    grain: float  # metres that a line may be moved by
    least: float  # square metres below which an area is not drawn


BANDS = (
    Band(8, 6, 120, 700_000),
    Band(10, 9, 35, 60_000),
    Band(11, 11, 18, 16_000),
    Band(12, 11, 9, 4_000),
    Band(13, 13, 9, 2_500),
    Band(14, 13, 2.2, 250),
    Band(22, 13, 0.5, 0),
)
# Grains of its band below which a piece of a line is left out. On the map of a whole district (the band of zoom 13),
# where all of it is more than a page may weigh: what is shorter than its line is wide, and short ways to houses.
SHORTEST, SHORTEST_OF_DISTRICT, SHORTEST_BYWAY, DISTRICT = 2, 5, 20, 13
BYWAY = 5  # the first rank of what leads to houses
BESIDE = 2.2  # pixels: on the map of a district what lies so near to a longer line of its rank is drawn by that one
CELLS_ACROSS = 4  # lines are gathered in cells of which so many make a tile's side at the last zoom of their band

# From which zoom of tiles (one less than the map's own) a rank of a layer is drawn.
FIRST_ZOOM = {
    Layer.GREEN: {1: 7, 2: 9, 3: 7, 4: 11},
    Layer.WATER: {1: 0, 2: 7, 3: 9, 4: 7},
    Layer.BUILDING: {1: 15},
    Layer.WATERWAY: {1: 8, 2: 11, 3: 13},
    Layer.RAIL: {1: 9, 2: 10, 3: 13, 4: 12},
    Layer.ROAD: {1: 7, 2: 10, 3: 11, 4: 12, 5: 13, 6: 14, 7: 11},
}
# The tile zoom from which names of a rank are sent: names.js, whose zooms are one more, draws them from there.
NAMED_FROM = {
    Layer.WATERWAY: {1: 9, 2: 12, 3: 14},
    Layer.RAIL: {},
    Layer.ROAD: {1: 12, 2: 12, 3: 14, 4: 14, 5: 14, 6: 15, 7: 14},
}
NAMED_AREAS = {Layer.GREEN: (1, 2, 3, 4), Layer.WATER: (3, 4)}  # ranks whose names stand on a point; rivers have lines
NAME_PIXELS = 26  # so high an area must show before it is named
LAST_NAMED = 16  # from here on even the smallest is named


class Row(NamedTuple):
    """A row of GroundShape."""

    band: int
    layer: int
    rank: int
    first_zoom: int
    name: str
    shape: Any


def draw_rows(features: Iterable[Feature]) -> Iterator[Row]:
    """Yield the rows for these features; those that need no neighbours first."""
    joined, areas, named = defaultdict(list), defaultdict(list), {}
    for feature, shape in with_mercator(features):
        if feature.layer in (Layer.GREEN, Layer.WATER):
            areas[feature.layer].append(shape)
            if feature.name and feature.rank in NAMED_AREAS[feature.layer]:
                named.setdefault((feature.layer, feature.name), []).append(shape)
        elif feature.layer == Layer.BUILDING:
            band = len(BANDS) - 1
            yield Row(
                band,
                feature.layer,
                feature.rank,
                FIRST_ZOOM[feature.layer][feature.rank],
                "",
                shapely.orient_polygons(shapely.simplify(shape, BANDS[band].grain)),
            )
        else:
            joined[feature.layer, feature.rank, feature.name].append(shape)
    yield from line_rows(joined)
    for layer, shapes in areas.items():
        yield from area_rows(layer, shapes)
    waterway_names = {name.casefold() for layer, _rank, name in joined if layer == Layer.WATERWAY}
    yield from name_rows({key: shapes for key, shapes in named.items() if key[1].casefold() not in waterway_names})


def with_mercator(features):
    """Yield features with their shape in EPSG:3857, in bulk: a tenth of the time."""
    features = iter(features)
    while some := list(islice(features, AT_ONCE)):
        yield from zip(some, to_mercator([feature.shape for feature in some]), strict=True)


def to_mercator(shapes):
    """Transform shapes from EPSG:4326 to EPSG:3857."""
    return shapely.transform(shapes, mercator)


def mercator(corners):
    lons, lats = corners[:, 0], numpy.clip(corners[:, 1], -85, 85)
    return numpy.column_stack(
        (lons * (WORLD / 180), numpy.log(numpy.tan(numpy.pi / 4 + numpy.radians(lats) / 2)) * (WORLD / math.pi))
    )


def line_rows(joined):
    for number, band in enumerate(BANDS):
        same = defaultdict(list)
        for (layer, rank, name), lines in joined.items():
            if band.last >= FIRST_ZOOM[layer][rank]:
                is_labelled = band.last >= NAMED_FROM[layer].get(rank, math.inf)
                same[layer, rank, name if is_labelled else ""] += lines
        of_rank = defaultdict(list)
        for (layer, rank, name), lines in same.items():
            whole = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines)))
            of_rank[layer, rank] += [(name, line) for line in whole]
        for (layer, rank), named in of_rank.items():
            if band.last <= DISTRICT and rank < BYWAY:
                named = without_parallels(named, BESIDE * 2 * WORLD / 2**band.last / 512)
            for name, lines in by_name(named):
                side = 2 * WORLD / 2**band.last / CELLS_ACROSS
                least = band.grain * min_length_in_grains(rank, band)
                for some in cells_of(shapely.simplify(lines, band.grain), side, least=least):
                    yield Row(number, layer, rank, FIRST_ZOOM[layer][rank], name, some)


def by_name(named):
    lines = defaultdict(list)
    for name, line in named:
        lines[name].append(line)
    return lines.items()


def without_parallels(named, metres):
    """Drop lines that lie within `metres` of longer ones of the name: the other carriageway."""
    named = sorted(named, key=lambda name_and_line: name_and_line[1].length, reverse=True)
    lines = numpy.array([line for _name, line in named])
    beside = shapely.buffer(lines, metres, quad_segs=2)
    tree, is_longest = shapely.STRtree(beside), numpy.zeros(len(lines), dtype=bool)
    for number, line in enumerate(lines):
        longer = [other for other in tree.query(line, "intersects") if other < number and is_longest[other]]
        is_longest[number] = not longer or not shapely.union_all(beside[longer]).covers(line)
    return list(compress(named, is_longest))


def min_length_in_grains(rank, band):
    """Return the minimum length of a line of this rank in a band, in grains."""
    if band.last != DISTRICT:
        return SHORTEST
    return SHORTEST_BYWAY if rank >= BYWAY else SHORTEST_OF_DISTRICT


def cells_of(lines, side, *, least):
    """Group lines by the cell of this side in which their centre lies; long lines stay alone.

    Lines shorter than `least` are dropped.
    """
    cells = defaultdict(list)
    west, south, east, north = shapely.bounds(lines).T
    wide = numpy.maximum(east - west, north - south)
    columns, rows = (west + east) // (2 * side), (south + north) // (2 * side)
    for line, extent, column, row in zip(lines, wide, columns, rows, strict=True):
        if extent > 2 * side:
            yield line
        elif extent > least:
            cells[column, row].append(line)
    yield from map(shapely.multilinestrings, cells.values())


def area_rows(layer, shapes):
    whole = shapely.union_all(shapely.make_valid(shapes))
    parts = [part for part in shapely.get_parts(shapely.get_parts(whole)) if part.geom_type == "Polygon"]
    sizes = shapely.area(parts)
    first = min(FIRST_ZOOM[layer].values())
    for number, band in enumerate(BANDS):
        for part, size in zip(parts, sizes, strict=True):
            if size < band.least:
                continue
            for polygon in polygons_of(shapely.make_valid(shapely.simplify(part, band.grain))):
                for piece in cut(without_small_holes(polygon, band.least), band.cell):
                    yield Row(number, layer, 1, first, "", piece)


def without_small_holes(polygon, least):
    holes = [ring for ring in polygon.interiors if shapely.Polygon(ring).area >= least]
    return shapely.Polygon(polygon.exterior, holes) if len(holes) < len(polygon.interiors) else polygon


def polygons_of(shape):
    return [part for part in shapely.get_parts(shapely.get_parts(shape)) if part.geom_type == "Polygon" and part.area]


def cut(polygon, zoom, from_zoom=0) -> Iterator[Any]:
    """Cut a polygon along the tiles of this zoom; outer rings run against holes."""
    stack = [(from_zoom, polygon)]
    while stack:
        depth, piece = stack.pop()
        west, south, east, north = (value + WORLD for value in piece.bounds)
        while depth < zoom:
            side = 2 * WORLD / 2 ** (depth + 1)
            if west // side != math.ceil(east / side) - 1 or south // side != math.ceil(north / side) - 1:
                break
            depth += 1
        if depth >= zoom:
            yield shapely.orient_polygons(piece)
            continue
        columns = range(int(west // side), math.ceil(east / side))
        lines = range(int(south // side), math.ceil(north / side))
        for column in columns:
            for line in lines:
                box = (
                    column * side - WORLD,
                    line * side - WORLD,
                    (column + 1) * side - WORLD,
                    (line + 1) * side - WORLD,
                )
                stack += [(depth + 1, part) for part in polygons_of(shapely.clip_by_rect(piece, *box))]


def name_rows(named):
    for (layer, name), shapes in named.items():
        for part in nearby_parts(shapes):
            circle = shapely.maximum_inscribed_circle(part, tolerance=max(1.0, math.sqrt(part.area) / 50))
            point, room = shapely.Point(circle.coords[0]), 2 * circle.length
            first = first_label_zoom(room)
            for number, band in enumerate(BANDS):
                if band.last >= first:
                    yield Row(number, Layer.NAME, int(layer), first, name, point)


APART_M = 3000  # parts of one name that lie further apart are named each


def nearby_parts(shapes):
    parts = sorted(polygons_of(shapely.union_all(shapely.make_valid(shapes))), key=shapely.area, reverse=True)
    parts_chosen = []
    for part in parts:
        if all(part.distance(other) > APART_M for other in parts_chosen):
            parts_chosen.append(part)
    return parts_chosen


def first_label_zoom(room: float) -> int:
    for zoom in range(8, LAST_NAMED):
        if room / (2 * WORLD / 2**zoom / 512) >= NAME_PIXELS:
            return zoom
    return LAST_NAMED
