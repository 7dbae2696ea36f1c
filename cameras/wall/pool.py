"""The pool of the wall: every active camera, the groups it belongs to, and which are near what is happening."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.timezone import localdate

from cameras.models import NEAR_M, Camera
from gis_data import city
from gis_data.addresses.geocode import degrees_of_metres
from gis_data.models import Area, AreaPiece, Edition
from incidents.models import Incident

# Who looks at a camera has it asked more often: so long from every answer on, written anew when so much has passed.
WATCHED_S, MARKED_AGAIN_S = 60, 20


def wall_register() -> dict:
    """Every active camera by its name: (code, name, longitude, latitude, area, road, source), the last three "" where
    they are not known; and the names of the areas and sources by code.
    """
    edition = Edition.objects.filter(city=city.current()).on(localdate()).order_by("-level").first()
    there = AreaPiece.objects.filter(area__edition=edition, shape__intersects=OuterRef("place"))
    area = Subquery(there.order_by("area__code").values("area__code")[:1])
    cameras = Camera.objects.filter(active=True).select_related("source").annotate(area=area).order_by("name", "code")
    rows = [
        (
            camera.code, camera.name, round(camera.place.x, 6), round(camera.place.y, 6),
            camera.area or "", road_of(camera), camera.source.code if camera.source else "",
        )
        for camera in cameras
    ]  # fmt: skip
    areas = Area.objects.filter(edition=edition, code__in={row[4] for row in rows}).defer("shape", "outline")
    return {
        "cameras": rows,
        "areas": {area.code: area.title for area in areas},
        "sources": {camera.source.code: camera.source.name for camera in cameras if camera.source},
    }


def road_of(camera):
    """The road on which a camera stands; where the register does not say, the first of its name ("A – B", "A - B")."""
    return camera.road or camera.name.replace(" - ", " – ").partition(" – ")[0].strip()


def cameras_near(incidents: QuerySet[Incident]) -> list[str]:
    """The codes of the active cameras within 500 m of one of these incidents."""
    around = degrees_of_metres(NEAR_M, city.current().centre.y)
    beside = incidents.order_by().filter(place__dwithin=(OuterRef("place"), around))
    return list(Camera.objects.filter(Exists(beside), active=True).values_list("code", flat=True))


def mark_watched(cameras: Collection[Camera], at: datetime) -> None:
    """Somebody looks at these cameras now: the patrol asks them more often. Written at most every 20 s for each."""
    soon = at + timedelta(seconds=WATCHED_S - MARKED_AGAIN_S)
    if any(camera.watched_until is None or camera.watched_until < soon for camera in cameras):
        until = at + timedelta(seconds=WATCHED_S)
        Camera.objects.filter(pk__in=[camera.pk for camera in cameras]).update(watched_until=until)
