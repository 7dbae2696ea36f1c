"""Count what happened in an emergency mode: by hour, kind and ward, how soon it was answered, what is open."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Min, QuerySet

from incidents.emergency.current import own_incidents
from incidents.models import Emergency, Event, Incident
from incidents.models.incident import IncidentQuerySet

K = Event.Kind
# What a unit does by which the reporter knows that somebody has it.
FIRST_ANSWERS = (K.ACCEPTED, K.BEGUN, K.ASKED, K.HANDED_OVER, K.PASSED_ON, K.RESOLVED, K.REJECTED, K.REPLIED)
OPEN_SHOWN = 200


@dataclass(frozen=True)
class Row:
    """A kind, a ward or an hour: reports, incidents, those open and done, the median time to the first answer."""

    name: Any
    reports: int
    incidents: int
    open: int
    done: int
    answered: int
    first_answer: timedelta | None


@dataclass(frozen=True)
class Review:
    """The report of an emergency mode: the total, and the rows by hour, kind and ward."""

    total: Row
    hours: list[Row]
    kinds: list[Row]
    wards: list[Row]
    busiest: Row | None
    bulletins: int


def review(emergency: Emergency, incidents: IncidentQuerySet) -> Review:
    """Count among these incidents, those that the reader may read."""
    own = own_incidents(emergency, incidents).exclude(state=Incident.State.MERGED)
    answers = first_answers(own)
    columns = own.order_by("pk").values_list(
        "pk", "reports_count", "state", "received_at", "category__name", "category__name_en", "area__full_name",
        "area__full_name_en",
    )  # fmt: skip
    facts = [
        Fact(reports, state, received_at, kind=(name, name_en), ward=(ward, ward_en), first_answer=answers.get(key))
        for key, reports, state, received_at, name, name_en, ward, ward_en in columns
    ]
    hours = rows_by(facts, lambda fact: fact.hour)
    return Review(
        total=row_of("", facts),
        hours=sorted(hours, key=lambda row: row.name),
        kinds=sorted(rows_by(facts, lambda fact: fact.kind), key=lambda row: -row.incidents),
        wards=sorted(rows_by(facts, lambda fact: fact.ward), key=lambda row: -row.incidents),
        busiest=max(hours, key=lambda row: row.incidents, default=None),
        bulletins=emergency.bulletins.count(),
    )


@dataclass(frozen=True)
class Fact:
    """The columns of an incident that a review counts."""

    reports: int
    state: str
    received_at: datetime
    kind: tuple[str, str]  # in both languages
    ward: tuple[str, str]
    first_answer: datetime | None

    @property
    def hour(self) -> datetime:
        return self.received_at.replace(minute=0, second=0, microsecond=0)


def first_answers(incidents: IncidentQuerySet) -> dict[int, datetime]:
    events = Event.objects.filter(incident__in=incidents.order_by().values("pk"), kind__in=FIRST_ANSWERS)
    return dict(events.exclude(by=None).order_by().values_list("incident").annotate(first=Min("at")))


def rows_by(facts: Iterable[Fact], name: Any) -> list[Row]:
    grouped: dict[Any, list[Fact]] = {}
    for fact in facts:
        grouped.setdefault(name(fact), []).append(fact)
    return [row_of(key, members) for key, members in grouped.items()]


def row_of(name: Any, facts: list[Fact]) -> Row:
    waits = [(fact.first_answer - fact.received_at).total_seconds() for fact in facts if fact.first_answer]
    return Row(
        name,
        reports=sum(fact.reports for fact in facts),
        incidents=len(facts),
        open=sum(fact.state in Incident.OPEN for fact in facts),
        done=sum(fact.state in Incident.DONE for fact in facts),
        answered=len(waits),
        first_answer=timedelta(seconds=median(waits)) if waits else None,
    )


def open_incidents(emergency: Emergency, incidents: IncidentQuerySet) -> QuerySet[Incident]:
    own = own_incidents(emergency, incidents).open().select_related("category", "area", "authority")
    return own.order_by("due_at", "pk")[:OPEN_SHOWN]
