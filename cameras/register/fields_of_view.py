"""Calculate what a camera sees of the city: a sector, or a drawn shape, less what stands in the way.

Sectors are calculated in metres on the ellipsoid (WGS 84), and stored in EPSG:4326.
"""

from math import atan, ceil, degrees, radians, tan
from typing import Any

from django.contrib.gis.geos import GeometryCollection, MultiPolygon, Point, Polygon
from django.db import transaction
from django.db.models import QuerySet
from pyproj import Geod

from cameras import sql
from cameras.models import Camera, View
from geoapp.db import planner

EARTH = Geod(ellps="WGS84")
STEP_DEG = 3  # between two corners of an arc: the sector loses less than a thousandth of its area by it
FISHEYE_DEG = 170  # from here on a picture is no plane one


def update_view(view: View, **changes: Any) -> View:
    """Change a view, recalculate its footprint, and save both; every change of where a camera looks goes through here.

    `changes` are fields of it. A view that becomes current replaces the one before. The rows of the camera's views are
    locked, so that a person and the analysis do not overwrite each other's part. Raises IntegrityError for invalid
    angles and ranges.
    """
    with transaction.atomic():
        others = {row.pk: row for row in View.objects.select_for_update().filter(camera=view.camera_id).order_by("pk")}
        if view.pk in others:
            view.refresh_from_db(fields=[*SHAPING, "current"])
        for field, value in changes.items():
            setattr(view, field, value)
        if view.current:
            View.objects.filter(pk__in=others.keys() - {view.pk}, current=True).update(current=False)
        view.footprint = footprint(view)
        view.save(update_fields={*changes, "footprint"} if view.pk else None)
    return view


def cameras_seeing(place: Point) -> list[Camera]:
    """Return the active cameras in whose current view the place (EPSG:4326) lies, nearest first, with `distance_m`.

    Views whose camera was turned away are excluded. One prepared statement, as each report and each click calls it:
    building a query takes three times as long as all of it.
    """
    known = [str(state) for state in View.State.known_states()]
    with planner.prepared_statements():
        return list(Camera.objects.raw(sql.statement("seeing"), {"lon": place.x, "lat": place.y, "known": known}))


SHAPING = ("bearing_deg", "angle_deg", "range_m", "drawn", "hidden", "state", "transform")


def update_footprints(views: QuerySet[View]) -> None:
    views = list(views.select_related("camera"))
    for view in views:
        view.footprint = footprint(view)
    View.objects.bulk_update(views, ["footprint"], batch_size=500)


def footprint(view: View) -> MultiPolygon | None:
    """Return the footprint of a view (EPSG:4326), always valid; None if its direction is not known, or nothing is left
    of it.

    If the analysis found its picture shifted, the sector turns with it; what stands in the way does not.
    """
    place, off = view.camera.place, turned_by_deg(view)
    if view.drawn:
        shape = rotate_shape(view.drawn, place, off)
    elif view.range_m and view.angle_deg and (view.bearing_deg is not None or view.angle_deg == 360):
        shape = sector(place, (view.bearing_deg or 0) + off, view.angle_deg, view.range_m)
    else:
        return None
    shape = to_multipolygon(shape)
    return (
        to_multipolygon(shape.difference(to_multipolygon(view.hidden)))
        if shape and to_multipolygon(view.hidden)
        else shape
    )


def point_ahead(place: Point, bearing_deg: float, metres: float) -> Point:
    """Return the point (EPSG:4326) so many metres from a place in a direction, clockwise from north."""
    lon, lat, _back = EARTH.fwd(place.x, place.y, bearing_deg, metres)
    return Point(lon, lat, srid=4326)


def sector(place, bearing_deg, angle_deg, range_m):
    """Return the sector of a disc around `place` (EPSG:4326) within half the angle on both sides of the bearing.

    The bearing counts clockwise from north, the range is in metres; 360° are the whole disc.
    """
    steps = max(4, ceil(angle_deg / STEP_DEG))
    whole = angle_deg >= 360
    bearings = [bearing_deg - angle_deg / 2 + angle_deg * n / steps for n in range(steps if whole else steps + 1)]
    lons, lats, _back = EARTH.fwd(*repeat_place(place, bearings), bearings, [range_m] * len(bearings))
    corners = list(zip(lons, lats, strict=True))
    if not whole:
        corners.insert(0, (place.x, place.y))
    return Polygon([*corners, corners[0]], srid=4326)


def rotate_shape(shape, place, by_deg):
    """Return a polygon (EPSG:4326) turned clockwise around a place."""
    return Polygon(*(rotate_ring(ring.coords, place, by_deg) for ring in shape), srid=4326) if by_deg else shape


def rotate_ring(corners, place, by_deg):
    lons, lats = zip(*corners[:-1], strict=True)
    bearings, _back, metres = EARTH.inv(*repeat_place(place, lons), lons, lats)
    lons, lats, _back = EARTH.fwd(*repeat_place(place, lons), [bearing + by_deg for bearing in bearings], metres)
    ring = list(zip(lons, lats, strict=True))
    return [*ring, ring[0]]


def repeat_place(place, each) -> tuple[list[float], list[float]]:
    return [place.x] * len(each), [place.y] * len(each)


def turned_by_deg(view: View) -> float:
    """Return by how many degrees the camera was turned, clockwise, since the picture of its bearing.

    The view's transform maps that picture to the current one: the middle moves left when the camera turns right. 0 for
    a view without an angle.
    """
    if view.state != View.State.SHIFTED or not view.transform or not view.angle_deg:
        return 0
    (a, b, x), _ = view.transform
    off = a / 2 + b / 2 + x - 1 / 2
    if view.angle_deg >= FISHEYE_DEG:
        return -off * view.angle_deg
    return -degrees(atan(2 * off * tan(radians(view.angle_deg / 2))))


def to_multipolygon(shape):
    """Return a valid multipolygon of the areas of a shape (EPSG:4326), or None."""
    if shape is None or shape.empty:
        return None
    parts = list(polygons(shape if shape.valid else shape.make_valid()))
    if len(parts) > 1:
        parts = list(polygons(MultiPolygon(parts, srid=4326).unary_union))
    return MultiPolygon(parts, srid=4326) if parts else None


def polygons(shape):
    if isinstance(shape, Polygon):
        if shape.area:
            yield shape
    elif isinstance(shape, GeometryCollection):
        for part in shape:
            yield from polygons(part)
