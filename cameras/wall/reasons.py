"""Explain in a few words each why an incident wants attention, by facts of the database. `reasons_from` is pure."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point
from django.contrib.gis.measure import D
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cameras import freshness
from cameras.wall.sights import Sight
from gis_data.addresses.geocode import degrees_of_metres
from gis_data.models import Landmark
from incidents.models import Event, Incident
from incidents.models.catalogue import Severity
from incidents.reporting.dangers import Danger, find_dangers

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TOGETHER, SOME = timedelta(minutes=10), 3  # so many reports within so long say more than each alone
NEAR_M = 150
CARE = ("school", "hospital")  # kinds of landmarks near which an incident weighs more
READ = 20  # reports whose words are looked at
DANGERS: dict[Danger, "StrOrPromise"] = {
    Danger.FIRE: gettext_lazy("fire"),
    Danger.WATER: gettext_lazy("drowning"),
    Danger.CRIME: gettext_lazy("crime"),
    Danger.COLLAPSE: gettext_lazy("collapse"),
    Danger.SHOCK: gettext_lazy("electric shock"),
    Danger.GAS: gettext_lazy("gas"),
    Danger.SUICIDE: gettext_lazy("suicide"),
    Danger.INJURY: gettext_lazy("people injured"),
    Danger.CHILD: gettext_lazy("a child in danger"),
}


@dataclass(frozen=True)
class Signs:
    """Facts of an incident from which its reasons for attention are derived."""

    urgent_kind: bool = False
    dangerous: bool = False
    disputed: bool = False
    dangers: Collection[Danger] = ()
    report_times: Sequence[datetime] = ()
    cameras: int = 0  # with a picture of now, in whose view it lies
    reminders: int = 0
    near: Sequence[str] = field(default_factory=tuple)  # names of landmarks


def reasons_of_incident(incident: Incident, seen: Iterable[Sight], at: datetime) -> list[str]:
    """Return the reasons of an open incident, the weightiest first; none for a closed one. `seen`: the cameras of its
    panel.
    """
    if not incident.is_open:
        return []
    reports = list(incident.reports.order_by("-received_at", "-pk").only("received_at", "text", "incident")[:READ])
    return reasons_from(
        Signs(
            urgent_kind=incident.category.emergency,
            dangerous=incident.severity == Severity.DANGEROUS,
            disputed=incident.state == Incident.State.DISPUTED,
            dangers=frozenset().union(*(find_dangers(report.text) for report in reports)),
            report_times=[report.received_at for report in reports],
            cameras=sum(sight.sees and freshness.health_of(sight.camera, at) in freshness.SEEING for sight in seen),
            reminders=incident.timeline.filter(kind=Event.Kind.URGED).count(),
            near=landmarks_near(incident.place),
        )
    )


def reasons_from(signs: Signs) -> list[str]:
    together = most_within(signs.report_times, TOGETHER)
    named = ", ".join(str(words) for danger, words in DANGERS.items() if danger in signs.dangers)
    lines = (
        (signs.urgent_kind, _("urgent type")),
        (signs.dangerous, _("rated dangerous")),
        (named, _("words of danger: %(what)s") % {"what": named}),
        (signs.disputed, _("residents disagree with the result")),
        (together >= SOME, _("%(n)d reports within %(minutes)d minutes")
         % {"n": together, "minutes": TOGETHER.total_seconds() // 60}),
        (signs.cameras, ngettext("%(n)d camera sees it", "%(n)d cameras see it", signs.cameras) % {"n": signs.cameras}),
        (signs.near, _("near %(place)s") % {"place": ", ".join(signs.near)}),
        (signs.reminders, ngettext("reminded %(n)d time", "reminded %(n)d times", signs.reminders)
         % {"n": signs.reminders}),
    )  # fmt: skip
    return [words for holds, words in lines if holds]


def most_within(times: Iterable[datetime], span: timedelta) -> int:
    """Return the largest number of these moments that lie within so long of one another."""
    ordered = sorted(times)
    return max((bisect_right(ordered, first + span) - start for start, first in enumerate(ordered)), default=0)


def landmarks_near(place: Point) -> list[str]:
    """Return the name of the nearest school or hospital within NEAR_M of a place (EPSG:4326), or none."""
    near = (
        Landmark.objects.filter(kind__in=CARE, point__intersects=place.buffer(degrees_of_metres(NEAR_M, place.y)))
        .annotate(distance=Distance("point", place))
        .filter(distance__lte=D(m=NEAR_M))
    )
    return list(near.order_by("distance", "pk").values_list("name", flat=True)[:1])
