"""Shelters that are open and streets under water, as the page of an emergency shows them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.gis.geos import Point
from django.db.models import QuerySet
from django.utils.timezone import now
from django.utils.translation import gettext as _

from incidents import access
from incidents.emergency.current import own_incidents
from incidents.models import Emergency, Incident, Question, Report, Shelter, WaterDepth
from incidents.models.emergencies import DEEPEST_CM, OLD_AFTER
from incidents.wording import in_spoken_language

DEEP_CM = 30  # from here on a street is drawn red
BEFORE = timedelta(hours=6)  # so long before it was switched on a depth counts
READ_MOST, SHOWN_MOST = 100, 60
DEPTH = "depth"  # the code of the question how deep the water is
# What citizens choose among (questions.csv), in centimetres; a number is taken as it is.
DEPTHS_CM = {"ankle": 10, "knee": 45, "seat": 70, "more": 100}


@dataclass(frozen=True)
class FloodedStreet:
    """The newest measured depth of water in a street. `reference`: of the public incident that reported it."""

    street: str
    place: Point
    depth_cm: int
    measured_at: datetime
    source: str
    reference: str = ""
    answer: str = ""  # of the citizen: to the knee

    @property
    def is_old(self) -> bool:
        return now() - self.measured_at >= OLD_AFTER

    @property
    def is_deep(self) -> bool:
        return self.depth_cm >= DEEP_CM

    @property
    def source_in_words(self) -> str:
        return str(WaterDepth.Source(self.source).label)

    @property
    def depth_in_words(self) -> str:
        depth = _("%(n)s cm") % {"n": self.depth_cm}
        return _("about %(depth)s") % {"depth": depth} if self.answer else depth


def flooded_streets(emergency: Emergency, at: datetime | None = None) -> list[FloodedStreet]:
    """Return the streets under water by their newest measure, deepest first; what is old comes last."""
    moment = at or now()
    newest: dict[str, FloodedStreet] = {}
    for street in sorted(
        [*read_measures(emergency, moment), *read_answers(emergency)], key=lambda street: street.measured_at
    ):
        newest[street.street] = street
    wet = [street for street in newest.values() if street.depth_cm]
    return sorted(wet, key=lambda street: (moment - street.measured_at >= OLD_AFTER, -street.depth_cm, street.street))[
        :SHOWN_MOST
    ]


def read_measures(emergency: Emergency, moment: datetime) -> Iterable[FloodedStreet]:
    depths = WaterDepth.objects.filter(
        measured_at__gte=emergency.starts_at - BEFORE, measured_at__lte=moment, place__intersects=emergency.reach
    )
    for depth in depths.order_by("-measured_at")[:READ_MOST]:
        yield FloodedStreet(depth.street, depth.place, depth.depth_cm, depth.measured_at, depth.source)


def read_answers(emergency: Emergency) -> Iterable[FloodedStreet]:
    """Yield depths that citizens have answered, of incidents that are public and open."""
    depth_kinds = Question.objects.filter(code=DEPTH).order_by().values("category")
    public = own_incidents(emergency, Incident.objects.filter(access.PUBLISHED)).open()
    incidents = public.filter(category__in=depth_kinds) | public.filter(category__parent__in=depth_kinds)
    reports = Report.objects.filter(incident__in=incidents.order_by().values("pk"), erased_at=None)
    for report in reports.select_related("incident__area").order_by("-received_at")[:READ_MOST]:
        answer = next((answer for answer in report.answers if answer["code"] == DEPTH), None)
        depth_cm = depth_of(answer) if answer else None
        if answer and depth_cm:
            incident = report.incident
            yield FloodedStreet(
                incident.address_title or incident.area.title, incident.place, depth_cm, report.received_at, "citizen",
                reference=incident.reference, answer=in_spoken_language(answer["answer"]),
            )  # fmt: skip


def depth_of(answer: dict[str, Any]) -> int | None:
    (value, *_more) = answer["value"] or [""]
    try:
        return min(round(float(value)), DEEPEST_CM)
    except ValueError:
        return DEPTHS_CM.get(value)


def open_shelters(emergency: Emergency) -> QuerySet[Shelter]:
    return Shelter.objects.filter(open=True, place__intersects=emergency.reach)
