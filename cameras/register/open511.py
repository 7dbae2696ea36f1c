"""Export cameras to other road systems: the `camera` of Open511 1.0, and the same as GeoJSON.

Extensions to Open511 begin with `+`, as it prescribes. Addresses and credentials of pictures are never exported.
"""

from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.urls import reverse

from cameras import freshness
from cameras.models import Camera, Still, View

# Clockwise from north, each for an eighth of the circle.
ORIENTATIONS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
BOTH = "BOTH"
EACH_S = 60  # a public still is made each minute


def with_views(rows: QuerySet[Camera] | None = None) -> QuerySet[Camera]:
    """Return the active cameras by code, each with its current view as `with_footprint`, or nothing."""
    views = Prefetch("views", View.objects.with_footprint(), to_attr="with_footprint")
    rows = Camera.objects.filter(active=True) if rows is None else rows
    return rows.select_related("source").prefetch_related(views).order_by("code")


def jurisdiction() -> str | None:
    return urlsplit(settings.SITE_URL).hostname


def identity(camera):
    return f"{jurisdiction()}/{camera.code}"


def camera_as_open511(row, still=None):
    view = row.with_footprint[0] if row.with_footprint else None
    document = {
        "id": identity(row),
        "url": settings.SITE_URL + reverse("open511-camera", args=[row.code]),
        "jurisdiction_url": settings.SITE_URL + reverse("open511"),
        "name": row.name,
        "geography": {"type": "Point", "coordinates": [round(row.place.x, 6), round(row.place.y, 6)]},
        "roads": [{"name": row.road, "direction": BOTH}] if row.road else [],
        "media_files": [media_file(row, still)] if still else [],
        "status": "ACTIVE" if row.health in freshness.SEEING else "INACTIVE",
        "+health": row.health,
        "+health_since": iso_time(row.health_since),
        "+updated": iso_time(row.moved_at),
        "+owner": row.source.owner if row.source else "",
    }
    if view and view.bearing_deg is not None:
        document["orientation"] = ORIENTATIONS[round(view.bearing_deg / 45) % 8]
        document |= {"+bearing": view.bearing_deg, "+angle": view.angle_deg, "+range": view.range_m}
    return document


def media_file(row, still):
    """Return the covered, delayed public picture; never the address of the camera's own."""
    return {
        "url": settings.SITE_URL + reverse("camera-still", args=[row.code]),
        "type": "image/jpeg",
        "width": still.width,
        "height": still.height,
        "refresh_interval": EACH_S,
        "+sha256": still.sha256,
        "+taken_at": iso_time(still.taken_at),
    }


def cameras_as_open511(rows: Iterable[Camera], stills: dict[int, Still]) -> list[dict]:
    return [camera_as_open511(row, stills.get(row.pk)) for row in rows]


def iso_time(at):
    return at.isoformat() if at else None


def as_geojson(rows: Collection[Camera], stills: dict[int, Still]) -> dict:
    features = [
        {
            "type": "Feature",
            "id": row.code,
            "geometry": document.pop("geography"),
            "properties": {name.removeprefix("+"): value for name, value in document.items()},
        }
        for row, document in zip(rows, cameras_as_open511(rows, stills), strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}
