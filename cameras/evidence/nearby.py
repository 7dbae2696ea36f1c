"""Choose the cameras that are asked what they saw of a place."""

from dataclasses import dataclass

from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point
from django.db.models import Q, QuerySet, prefetch_related_objects
from django.utils.timezone import now

from cameras.models import NEAREST, Camera, Evidence
from cameras.register import fields_of_view
from incidents.models import Incident


@dataclass(frozen=True)
class NearbyCamera:
    """A camera near a place: whether the place lies in its view, and its distance in metres."""

    camera: Camera
    sees: bool
    distance_m: float


def cameras_at(place: Point) -> list[NearbyCamera]:
    """Return the cameras whose current view covers the place (EPSG:4326), nearest first; if none does, the nearest
    within 500 m. At most four; none that is paused now.
    """
    at = now()
    seeing = fields_of_view.cameras_seeing(place)
    prefetch_related_objects(seeing, "source")
    if watching := [
        NearbyCamera(camera, True, camera.distance_m)  # type: ignore[attr-defined]  # the statement gives it
        for camera in seeing
        if not camera.is_paused(at)
    ]:
        return watching[:NEAREST]
    near = Camera.objects.near(place).unpaused(at).select_related("source")[:NEAREST]
    return [NearbyCamera(camera, False, camera.distance.m) for camera in near]


def witnesses_of(incident: Incident) -> list[NearbyCamera]:
    """Return the cameras whose pictures are kept with an incident automatically: those that see its place; if none
    does, the nearest, only for a category that fills an area, as a flood does.
    """
    return [nearby for nearby in cameras_at(incident.place) if nearby.sees or incident.category.area_matter]


def cameras_of_evidence(incident: Incident, evidence: QuerySet[Evidence]) -> list[NearbyCamera]:
    """Return the cameras that have `evidence` of an incident; of those that do not see the place only a camera that
    reported it itself.
    """
    if not incident.category.area_matter:
        evidence = evidence.filter(Q(sees=True) | Q(moment=Evidence.Moment.FOUND))
    first = {}
    for row in evidence.select_related("camera__source").order_by("pk"):
        first.setdefault(row.camera_id, NearbyCamera(row.camera, row.sees, row.distance_m))
    at = now()
    return [nearby for nearby in first.values() if nearby.camera.active and not nearby.camera.is_paused(at)]


def register_snapshot(camera: Camera) -> dict:
    view = camera.views.filter(current=True).first()
    item = {
        "code": camera.code,
        "name": camera.name,
        "road": camera.road,
        "lon": round(camera.place.x, 7),
        "lat": round(camera.place.y, 7),
        "height_m": camera.height_m,
        "source": camera.source.code if camera.source else None,
    }
    if view:
        item["view"] = {
            "name": view.name,
            "bearing_deg": view.bearing_deg,
            "angle_deg": view.angle_deg,
            "range_m": view.range_m,
            "verified": view.verified,
            "state": view.state,
            "transform": view.transform,
        }
    return item


def measure_camera(camera: Camera, place: Point) -> NearbyCamera:
    measured = Camera.objects.filter(pk=camera.pk).annotate(distance=Distance("place", place)).get()
    sees = camera in fields_of_view.cameras_seeing(place)
    return NearbyCamera(measured, sees, measured.distance.m)
