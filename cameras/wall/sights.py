"""Collect what the cameras around a place see now, and saw then."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypedDict

from django.contrib.gis.geos import Point
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cameras import freshness
from cameras.evidence import keeping, nearby
from cameras.models import NEAREST, Camera, Evidence, NoPicture
from incidents.models import Incident

# How long after the report its pictures may still be fetched.
ON_THE_WAY = keeping.TRIED[Evidence.Moment.REPORTED] + timedelta(seconds=keeping.AGAIN_S)


class SightKeys(TypedDict):
    """The keys of cameras and of kept pictures that are shown."""

    cameras: list[int]
    evidence: list[int]


@dataclass
class Sight:
    """One camera near a place: its number, its distance and whether it sees the place, its evidence of the incident by
    time, or why there is none.
    """

    camera: Camera
    distance_m: float
    sees: bool = False
    testifies: bool = True  # what it sees is kept by itself: it sees the place, or the matter fills an area
    number: int = 0
    evidence: list[Evidence] = field(default_factory=list)
    none: list[NoPicture] = field(default_factory=list)  # of which moments it gave none, and why
    tile: dict = field(default_factory=dict)
    coming: bool = False  # the worker may still keep a picture
    why_none: str = ""

    @property
    def shown_evidence(self) -> list[Evidence]:
        """Return its key pictures: what it reported itself, else the picture of the report, else the last from before
        it, else the first; and that of the end.
        """
        by = {
            str(moment): [picture for picture in self.evidence if picture.moment == moment]
            for moment in Evidence.Moment
        }
        first = (by["found"] or by["reported"] or by["before"][-1:] or self.evidence)[:1]
        return first + [picture for picture in by["resolved"][-1:] if picture not in first]

    @property
    def opens_with(self) -> Evidence:
        """Return the picture with which a comparison opens, beside the last one: that of the report, else the first."""
        return next((picture for picture in self.shown_evidence if picture != self.evidence[-1]), self.evidence[0])


def sights_around(place: Point, at: datetime) -> list[Sight]:
    """Return the cameras that see a place (EPSG:4326), else the nearest within 500 m: at most four, numbered by
    distance.
    """
    return number_sights([Sight(eye.camera, eye.distance_m, eye.sees) for eye in nearby.cameras_at(place)], at)


def sights_of_incident(incident: Incident, evidence: QuerySet[Evidence], at: datetime) -> list[Sight]:
    """Return the cameras of an incident: those in `evidence`, and, if cameras may look at its category, those that see
    it now.
    """
    sights = {}
    for row in evidence.filter(incident=incident).select_related("camera").order_by("taken_at", "pk"):
        sights.setdefault(row.camera_id, Sight(row.camera, row.distance_m, row.sees)).evidence.append(row)
    for sight in sights_around(incident.place, at) if incident.category.cameras else ():
        if len(sights) < NEAREST:
            sights.setdefault(sight.camera.pk, sight)
    for no_picture in NoPicture.objects.filter(incident=incident, camera__in=list(sights)):
        sights[no_picture.camera_id].none.append(no_picture)
    seen = number_sights(sorted(sights.values(), key=lambda sight: (sight.distance_m, sight.camera.pk)), at)
    for sight in seen:
        sight.testifies = sight.sees or incident.category.area_matter
        if not sight.evidence:
            explain_no_picture(sight, incident, at)
    return seen


def sight_keys(seen: Iterable[Sight], only_kept: bool = False) -> SightKeys:
    shown = [sight for sight in seen if sight.evidence or not only_kept]
    return {
        "cameras": [sight.camera.pk for sight in shown],
        "evidence": [evidence.pk for sight in shown for evidence in sight.evidence],
    }


def number_sights(seen, at):
    for number, sight in enumerate(seen, 1):
        sight.number, sight.tile = number, freshness.tile_facts(sight.camera, at)
    return seen


def explain_no_picture(sight, incident, at):
    """Set why a camera has no picture of the incident: why it gave none at the last try, else that it does not see the
    place, its health before the report, or that it is still being asked.
    """
    blind_since = sight.camera.health_since
    if sight.none:
        sight.why_none = sight.none[-1].get_why_display()
    elif not sight.testifies:
        sight.why_none = _("It does not see this place")
    elif sight.tile["words"] and (blind_since is None or blind_since <= incident.received_at):
        sight.why_none = ", ".join(part for part in (sight.tile["words"], sight.tile["since"]) if part)
    elif at - incident.received_at < ON_THE_WAY:
        sight.coming = True
        sight.why_none = _("The picture is being fetched")
    else:
        sight.why_none = _("No picture came at that moment")
