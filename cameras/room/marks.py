"""Collect marks for the time bar of a camera's playback."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.measure import D
from django.db.models import Q
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from cameras import access as pictures
from cameras.models import Camera, View
from gis_data.addresses.geocode import degrees_of_metres
from incidents import access
from incidents.models import AnyUser, Event

NEAR_M = 150.0  # what lies outside the camera's view counts up to here
MARKS_MAX = 40  # of a camera
K = Event.Kind
REPORTS = (K.RECEIVED, K.JOINED)
STEPS = (K.ACCEPTED, K.BEGUN, K.RESOLVED, K.REJECTED, K.DISPUTED, K.UPHELD, K.REOPENED, K.CLOSED)


@dataclass(frozen=True)
class Mark:
    """An event before one of the cameras that are played back. `lane`: which of them, from 1."""

    at: datetime
    lane: int
    kind: str  # "report", "step" or "finding"
    words: str
    what: str
    icon: str
    reference: str = ""

    @property
    def ms(self) -> int:
        return round(self.at.timestamp() * 1000)

    @property
    def clock(self) -> str:
        return f"{localtime(self.at):%H:%M}"


def marks_of_cameras(user: AnyUser, cameras: list[Camera], since: datetime, until: datetime) -> list[Mark]:
    """Return what was reported, done and found before these cameras in a period, as far as this person may read it, by
    time, each once.
    """
    by_camera = {}
    for lane, camera in enumerate(cameras, 1):
        lines = lines_before(user, camera, since, until)
        findings = pictures.findings_for(user).events().filter(camera=camera, since__range=(since, until))
        for line in lines:
            kind = "report" if line.kind in REPORTS else "step"
            category = line.incident.category
            by_camera.setdefault(
                ("line", line.pk),
                Mark(line.at, lane, kind, str(line.get_kind_display()), category.title, category.icon,
                     line.incident.reference),
            )  # fmt: skip
        for finding in findings.order_by("-since")[:MARKS_MAX]:
            what = str(finding.get_kind_display())
            by_camera["finding", finding.pk] = Mark(
                finding.since, lane, "finding", _("detected by the camera"), what, "i-camera"
            )
    return sorted(by_camera.values(), key=lambda mark: (mark.at, mark.lane))


def lines_before(user, camera, since, until):
    place = camera.place
    near = (
        access.incidents_for(user, "read")
        .in_the_street()
        .annotate(distance=Distance("place", place))
        .filter(place__intersects=place.buffer(degrees_of_metres(NEAR_M, place.y)), distance__lte=D(m=NEAR_M))
    )
    reached = Q(incident__in=near.values("pk"))
    view = View.objects.filter(camera=camera, current=True, state__in=View.State.known_states()).first()
    if view and view.footprint:
        seen = access.incidents_for(user, "read").in_the_street().filter(place__coveredby=view.footprint)
        reached |= Q(incident__in=seen.values("pk"))
    lines = Event.objects.filter(reached, kind__in=(*REPORTS, *STEPS), public=True, at__range=(since, until))
    return lines.select_related("incident__category").order_by("-at", "-pk")[:MARKS_MAX]
