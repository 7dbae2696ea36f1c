"""Draw a map of a ward, light enough to stand in a page as SVG: its outline, its neighbours, water and main streets."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from django.contrib.gis.geos import GeometryCollection, GEOSException, GEOSGeometry, LineString, Polygon

from gis_data.basemap.drawing import BANDS, WORLD
from gis_data.models import Area, GroundShape, Level
from gis_data.services import tiles

WIDTH, HEIGHT, MARGIN = 420, 230, 18  # of the picture, in its own units
GRAIN = 0.8  # so many of them a line may be moved by
STREETS = {1: "main", 2: "main", 3: "street"}  # ranks of streets that are drawn, and their classes
SIGNS_AT_MOST = 14_000  # of streets and water: a page with the map stays light


@dataclass(frozen=True)
class WardPicture:
    """Paths of SVG in a view of WIDTH × HEIGHT."""

    ward: str
    neighbours: str
    ground: tuple[tuple[str, str], ...]  # (class, path)


@dataclass(frozen=True)
class Frame:
    """A part of the world (EPSG:3857), and how many of its metres are one unit of the picture."""

    west: float
    north: float
    scale: float

    def box(self) -> Polygon:
        box = Polygon.from_bbox(
            (self.west, self.north - HEIGHT * self.scale, self.west + WIDTH * self.scale, self.north)
        )
        box.srid = 3857
        return box

    def at(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.west) / self.scale, (self.north - y) / self.scale


def draw_ward(ward: Area) -> WardPicture:
    return drawn_ward(ward.pk, tiles.version())


@lru_cache(maxsize=256)
def drawn_ward(key: int, version: str) -> WardPicture:
    """Return the picture of an area; `version`: of boundaries and base map, so that it is drawn anew with them."""
    ward = Area.objects.get(pk=key)
    shape = ward.outline.transform(3857, clone=True)
    frame = frame_around(shape.extent)
    beside = Area.objects.filter(edition_id=ward.edition_id, level=Level.WARD).exclude(pk=key)
    beside = beside.filter(outline__bboverlaps=frame.box().transform(4326, clone=True))
    return WardPicture(
        ward=path_of([shape], frame),
        neighbours=path_of([area.outline.transform(3857, clone=True) for area in beside], frame),
        ground=tuple(draw_ground(frame)),
    )


def frame_around(extent: tuple[float, float, float, float]) -> Frame:
    west, south, east, north = extent
    scale = max((east - west) / (WIDTH - 2 * MARGIN), (north - south) / (HEIGHT - 2 * MARGIN), 1.0)
    return Frame((west + east - WIDTH * scale) / 2, (south + north + HEIGHT * scale) / 2, scale)


def draw_ground(frame: Frame) -> Iterable[tuple[str, str]]:
    """Yield parks, water and streets from below; the least weighty streets go where all would be too much."""
    band = next(number for number, band in enumerate(BANDS) if WORLD * 2 / 512 / 2**band.last <= frame.scale * 2)
    shapes = GroundShape.objects.filter(band=band, shape__bboverlaps=frame.box())
    layer, left = GroundShape.Layer, SIGNS_AT_MOST
    parts = [("water", shapes.filter(layer=layer.WATER)), ("park", shapes.filter(layer=layer.GREEN, rank__lte=2))]
    parts += [("canal", shapes.filter(layer=layer.WATERWAY, rank__lte=2))]
    parts += [(name, shapes.filter(layer=layer.ROAD, rank=rank)) for rank, name in STREETS.items()]
    drawn = []
    for name, rows in parts:
        path = path_of(rows.values_list("shape", flat=True), frame)
        left -= len(path)
        if path and left >= 0:
            drawn.append((name, path))
    order = ["park", "water", "canal", "street", "main"]
    return sorted(drawn, key=lambda part: order.index(part[0]))


def path_of(shapes: Iterable[GEOSGeometry], frame: Frame) -> str:
    box, marks = frame.box(), []
    for shape in shapes:
        try:
            cut = shape.intersection(box.buffer(4 * frame.scale)).simplify(GRAIN * frame.scale)
        except GEOSException:  # a shape that is none
            continue
        marks += [mark for line, is_area in lines_of(cut) if (mark := mark_of(line, frame, is_area=is_area))]
    return "".join(marks)


def lines_of(shape: GEOSGeometry) -> Iterable[tuple[list[tuple[float, ...]], bool]]:
    """Yield (corners, whether it is the ring of an area) of all parts of a shape; points have none."""
    if isinstance(shape, GeometryCollection):
        for part in shape:
            yield from lines_of(part)
    elif isinstance(shape, Polygon):
        for ring in shape:
            yield list(ring.coords), True
    elif isinstance(shape, LineString):
        yield list(shape.coords), False


def mark_of(corners: list[tuple[float, ...]], frame: Frame, *, is_area: bool) -> str:
    """Return a part of a path in whole units, each corner as its distance from the one before."""
    points = [tuple(round(number) for number in frame.at(x, y)) for x, y, *_z in corners]
    steps = [
        (x - before_x, y - before_y)
        for (before_x, before_y), (x, y) in pairwise(points)
        if (x, y) != (before_x, before_y)
    ]
    if not steps:
        return ""
    x, y = points[0]
    return f"M{x} {y}l" + " ".join(f"{dx} {dy}" for dx, dy in steps) + ("z" if is_area else "")
