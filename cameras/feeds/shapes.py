"""Parse shapes as feeds write them into geometries (EPSG:4326, longitude first)."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.gis.geos import GEOSException, GEOSGeometry, LineString, MultiPolygon, Point, Polygon

CORNERS_AT_MOST = 5000  # of one thing
METRES_PER_DEGREE = 111_320
ROUND = 48  # corners of a circle
RADIUS_AT_MOST_M = 500_000
DEPTH = {
    "Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3,
}  # fmt: skip  # lists of positions, one in the other
Geometry = GEOSGeometry


class InvalidShape(ValueError):
    """A shape that cannot be drawn."""


def numbers_of(text: str | None) -> list[float]:
    """Return the numbers of a text, separated by blanks or commas. Raises InvalidShape."""
    words = (text or "").replace(",", " ").split(maxsplit=2 * CORNERS_AT_MOST + 1)
    if len(words) > 2 * CORNERS_AT_MOST:
        raise InvalidShape("too many corners")
    try:
        return [float(word) for word in words]
    except ValueError:
        raise InvalidShape("a coordinate is no number") from None


def check_position(lon: float, lat: float) -> tuple[float, float]:
    """Return the position if it is within the range of coordinates. Raises InvalidShape."""
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):  # NaN, too
        raise InvalidShape("a coordinate lies outside of the world")
    return lon, lat


def positions_of(text: str | None) -> list[tuple[float, float]]:
    """Return the positions of a GeoRSS or CAP text, in which latitude comes first. Raises InvalidShape."""
    numbers = numbers_of(text)
    if not numbers or len(numbers) % 2:
        raise InvalidShape("coordinates stand in pairs")
    return [check_position(lon, lat) for lat, lon in zip(numbers[::2], numbers[1::2], strict=True)]


def point_of(positions: Sequence[tuple[float, float]]) -> Geometry:
    if len(positions) != 1:
        raise InvalidShape("a point has one position")
    return Point(positions[0], srid=4326)


def line_of(positions: Sequence[tuple[float, float]]) -> Geometry:
    if len(positions) < 2:
        raise InvalidShape("a line has two positions at least")
    return LineString(positions, srid=4326)


def polygon_of(positions: Sequence[tuple[float, float]]) -> Geometry:
    """Return the polygon of these corners; an open ring is closed, a self-intersecting one is repaired."""
    if len(positions) >= 3 and positions[0] != positions[-1]:
        positions = [*positions, positions[0]]
    if len(positions) < 4:
        raise InvalidShape("a polygon has three corners at least")
    return make_valid_shape(Polygon(positions, srid=4326))


def box_of(positions: Sequence[tuple[float, float]]) -> Geometry:
    if len(positions) != 2:
        raise InvalidShape("a box has two corners")
    (west, south), (east, north) = positions
    return polygon_of([(west, south), (east, south), (east, north), (west, north)])


def circle_of(lon: float, lat: float, radius_m: float) -> Geometry:
    check_position(lon, lat)
    if not 0 <= radius_m <= RADIUS_AT_MOST_M:
        raise InvalidShape("a radius is too large")
    if not radius_m:
        return Point(lon, lat, srid=4326)
    high = radius_m / METRES_PER_DEGREE
    wide = high / max(math.cos(math.radians(lat)), 0.01)
    turns = [2 * math.pi * n / ROUND for n in range(ROUND)]
    return polygon_of(
        [
            (max(-180, min(180, lon + wide * math.cos(turn))), max(-90, min(90, lat + high * math.sin(turn))))
            for turn in turns
        ]
    )


def make_valid_shape(shape: Geometry) -> Geometry:
    try:
        mended = shape if shape.valid else shape.buffer(0)
    except GEOSException:
        raise InvalidShape("a shape crosses itself") from None
    if mended.empty:
        raise InvalidShape("a shape is empty")
    mended.srid = 4326
    return mended


def merge_shapes(shapes: Iterable[Geometry]) -> Geometry:
    """Return one shape of several: the union of areas, else the first. Raises InvalidShape."""
    shapes = list(shapes)
    if not shapes:
        raise InvalidShape("there is no shape")
    if len(shapes) == 1:
        return shapes[0]
    areas = [shape for shape in shapes if isinstance(shape, Polygon | MultiPolygon)]
    if not areas:
        return shapes[0]
    joined = areas[0]
    for area in areas[1:]:
        joined = joined.union(area)
    return make_valid_shape(joined)


def geojson_shape(geometry: Any) -> Geometry:
    """Return the geometry of a GeoJSON object without heights. Raises InvalidShape."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in DEPTH:
        raise InvalidShape("this kind of geometry is not known")
    left = [CORNERS_AT_MOST]
    coordinates = read_coordinates(geometry.get("coordinates"), DEPTH[kind], left)
    if kind == "Point":
        return Point(coordinates, srid=4326)
    if kind == "LineString":
        return line_of(coordinates)
    if kind == "Polygon":
        return polygon_with_holes(coordinates)
    if not coordinates:
        raise InvalidShape("there is no shape")
    if kind == "MultiPolygon":
        return merge_shapes(polygon_with_holes(rings) for rings in coordinates)
    if kind == "MultiLineString":
        return line_of(coordinates[0])
    return Point(coordinates[0], srid=4326)


def polygon_with_holes(rings):
    if not rings:
        raise InvalidShape("there is no shape")
    whole = polygon_of(rings[0])
    for ring in rings[1:]:
        whole = whole.difference(polygon_of(ring))
    return make_valid_shape(whole)


def read_coordinates(coordinates, depth, left):
    if not isinstance(coordinates, list):
        raise InvalidShape("coordinates are lists")
    if depth:
        return [read_coordinates(part, depth - 1, left) for part in coordinates]
    left[0] -= 1
    if left[0] < 0:
        raise InvalidShape("too many corners")
    if len(coordinates) < 2 or not all(
        isinstance(number, int | float) and not isinstance(number, bool) for number in coordinates[:2]
    ):
        raise InvalidShape("a coordinate is no number")
    lon, lat = check_position(coordinates[0], coordinates[1])
    return float(lon), float(lat)
