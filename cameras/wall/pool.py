"""Build the pool of the wall: every active camera, its groups, and which are near open incidents."""

import math
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.contrib.gis.geos import Point
from django.db.models import OuterRef, Subquery
from django.utils.timezone import localdate

from cameras.models import NEAR_M, Camera
from gis_data import city
from gis_data.models import Area, AreaPiece, Edition
from incidents.models import Incident

# A watched camera is visited more often for so long after each answer; rewritten when so much has passed.
WATCHED_S, MARKED_AGAIN_S = 60, 20


METRES_OF_A_DEGREE = 111_195


def cameras_with_area() -> tuple[list[Camera], Edition | None]:
    edition = Edition.objects.filter(city=city.current()).on(localdate()).order_by("-level").first()
    pieces = AreaPiece.objects.filter(area__edition=edition, shape__intersects=OuterRef("place"))
    area = Subquery(pieces.order_by("area__code").values("area__code")[:1])
    return list(Camera.objects.filter(active=True).select_related("source").annotate(area=area)), edition


def wall_register(wanted: Sequence[Incident] = ()) -> dict:
    """Return every active camera, those near these incidents first, the others by distance (see `order_cameras`):
    (code, name, longitude, latitude, area, road, source), the last three "" if unknown; and the names of the areas and
    sources by code.
    """
    located, edition = cameras_with_area()
    near, others = order_cameras(located, places_to_look_at(wanted))
    cameras = near + others
    rows = [
        (
            camera.code, camera.name, round(camera.place.x, 6), round(camera.place.y, 6),
            getattr(camera, "area", None) or "", road_of(camera), camera.source.code if camera.source else "",
        )
        for camera in cameras
    ]  # fmt: skip
    areas = Area.objects.filter(edition=edition, code__in={row[4] for row in rows}).defer("shape", "outline")
    return {
        "cameras": rows,
        "near": [camera.code for camera in near],
        "areas": {area.code: area.title for area in areas},
        "sources": {camera.source.code: camera.source.name for camera in cameras if camera.source},
    }


def road_of(camera: Camera) -> str:
    """Return the road of a camera; if the register has none, the first part of its name ("A – B", "A - B")."""
    return camera.road or camera.name.replace(" - ", " – ").partition(" – ")[0].strip()


def places_to_look_at(incidents: Iterable[Incident]) -> list[Point]:
    return [incident.place for incident in incidents if incident.category.cameras]


def order_cameras(cameras: Iterable[Camera], places: Sequence[Point]) -> tuple[list[Camera], list[Camera]]:
    """Return the cameras within 500 m of one of these places, those of the first place first, nearest first; and the
    others, by distance from the nearest place. Without places: by distance from the city's centre.
    """
    centre = city.current().centre
    east = METRES_OF_A_DEGREE * math.cos(math.radians(centre.y))
    points = [(place.x * east, place.y * METRES_OF_A_DEGREE) for place in places]
    near, others = [], []
    for camera in cameras:
        x, y = camera.place.x * east, camera.place.y * METRES_OF_A_DEGREE
        ways = [math.hypot(x - px, y - py) for px, py in points]
        first = next((place for place, way in enumerate(ways) if way <= NEAR_M), None)
        if first is not None:
            near.append((first, ways[first], camera.code, camera))
        else:
            away = min(ways, default=math.hypot(x - centre.x * east, y - centre.y * METRES_OF_A_DEGREE))
            others.append((away, camera.code, camera))
    return [candidate[-1] for candidate in sorted(near)], [candidate[-1] for candidate in sorted(others)]


def cameras_near(incidents: Iterable[Incident]) -> list[str]:
    """Return the codes of the active cameras within 500 m of one of these incidents, in the order of
    `order_cameras`.
    """
    near, _others = order_cameras(
        Camera.objects.filter(active=True).only("code", "place"), places_to_look_at(incidents)
    )
    return [camera.code for camera in near]


def mark_watched(cameras: Collection[Camera], at: datetime) -> None:
    """Mark these cameras as watched now, so that the patrol visits them more often. Written at most every 20 s for
    each.
    """
    soon = at + timedelta(seconds=WATCHED_S - MARKED_AGAIN_S)
    if any(camera.watched_until is None or camera.watched_until < soon for camera in cameras):
        until = at + timedelta(seconds=WATCHED_S)
        Camera.objects.filter(pk__in=[camera.pk for camera in cameras]).update(watched_until=until)
