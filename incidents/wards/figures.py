"""Count what a ward has open and has done, and list what is due there today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Q, QuerySet, Subquery
from django.utils.timezone import localdate

from geoapp.web import periods
from gis_data.models import Area
from incidents import proofs
from incidents.analytics import before_after
from incidents.analytics.before_after import BeforeAfter
from incidents.analytics.statistics import SMALL_SAMPLE
from incidents.map import public_map
from incidents.models import AnnouncementLine, Crew, Enquiry, Event, Incident, NeighbourAnswer
from incidents.models.announcements import AnnouncementLineQuerySet
from incidents.models.incident import IncidentQuerySet
from incidents.sql import named_query, statement

WEEK, MONTH = timedelta(days=7), timedelta(days=30)
PAIR_DAYS, PAIR_TRIES = 90, 40
PINS = 25  # of the small map
PIN_FIELDS = (
    "reference", "state", "due_at", "address", "near", "place", "category__icon", "category__name", "category__name_en"
)  # fmt: skip
LATE_ROWS, ROWS = 3, 6  # of the list: late ones first, then what is due later today


@dataclass(frozen=True)
class DoneOfKind:
    """What a ward did of one category in the 30 days before. `micros`: from report to result, ascending."""

    category: int  # its key
    number: int
    in_time: int
    in_week: int
    due_today: int
    micros: np.ndarray


@dataclass(frozen=True)
class WardWork:
    """A ward's public incidents, read once for all that its page tells. Keys come with the nearest deadline first."""

    at: datetime
    open: int
    late: int
    due_today: int
    crews: Sequence[int]  # keys of those that have what is worked on
    late_keys: Sequence[int]
    later_keys: Sequence[int]  # of what is due later today
    pin_keys: Sequence[int]  # of all that is open
    done: Sequence[DoneOfKind]


@dataclass(frozen=True)
class WardFigures:
    """The figures of a ward's public incidents. `promised`: due today, done or not."""

    open: int
    late: int
    due_today: int  # of the open ones
    promised_done: int
    done_week: int
    done_month: int
    in_time_month: int
    crews: int

    @property
    def promised(self) -> int:
        return self.due_today + self.promised_done

    @property
    def is_small(self) -> bool:
        return self.done_month < SMALL_SAMPLE

    @property
    def share(self) -> float | None:
        """The percentage done in time of what was done in 30 days; None for too few."""
        return None if self.is_small else 100 * self.in_time_month / self.done_month


@dataclass(frozen=True)
class DueIncident:
    """An open incident that is late or due today.

    `crew_at_work`: its crew works on it, in its shift, for `crew_span` if the history tells. `crew_on_shift`: its crew
    is in its shift. Where crews are is not measured: no minutes of a way can be told.
    """

    incident: Incident
    is_late: bool
    is_of_today: bool
    crew_at_work: bool
    crew_on_shift: bool
    crew_span: timedelta | None = None


def read_work(ward: Area, at: datetime) -> WardWork:
    """Read a ward's work by the indexes `public_open_in_an_area` and `done_in_an_area`, without a look at the rows.

    States are chosen in the statement's second step: asked at once, the planner reads what is open in the whole city.
    """
    today, tomorrow = periods.midnights(localdate(at), localdate(at))
    shared = {"at": at, "week": at - WEEK, "today": today, "tomorrow": tomorrow}
    limits = {"late_rows": LATE_ROWS, "rows": ROWS, "pins": PINS, "running": list(Incident.RUNNING)}
    opened = public_map.published_incidents().filter(area=ward, closed_at=None).order_by()
    done = done_incidents(ward, at - MONTH).order_by()
    ((number, late, due_today, crews, late_keys, later_keys, pin_keys),) = fetch_rows(
        "ward_open", shared | limits, open=opened.values("id", "due_at", "state", "crew_id")
    )
    rows = fetch_rows("ward_done", shared, done=done.values("category_id", "received_at", "due_at", "closed_at"))
    return WardWork(
        at=at,
        open=number,
        late=late,
        due_today=due_today,
        crews=crews,
        late_keys=late_keys,
        later_keys=later_keys[: ROWS - len(late_keys)],
        pin_keys=pin_keys,
        done=[read_kind(*row) for row in rows],
    )


def fetch_rows(name: str, params: dict[str, Any], **parts: QuerySet) -> list[tuple]:
    """Return the rows of the statement whose holes are filled with these queries."""
    queries = {}
    for part, rows in parts.items():
        queries[part], more = named_query(rows, part)
        params = params | more
    with connection.cursor() as cursor:
        cursor.execute(statement(name, **queries), params)
        return cursor.fetchall()


def read_kind(category: int, number: int, in_time: int, in_week: int, due_today: int, packed: bytes) -> DoneOfKind:
    """Return a row of `sql/ward_done.sql`, its durations in order."""
    micros = np.sort(np.frombuffer(packed, dtype=">i8").astype(np.int64))
    return DoneOfKind(category, number, in_time=in_time, in_week=in_week, due_today=due_today, micros=micros)


def done_incidents(ward: Area, since: datetime) -> IncidentQuerySet:
    """Return what was done in a ward from a moment on, by the index `done_in_an_area`."""
    done = public_map.published_incidents().filter(area=ward, closed_at__isnull=False, closed_at__gt=since)
    return done.filter(state__in=Incident.DONE)


def count_ward(work: WardWork) -> WardFigures:
    """Return a ward's figures. What is due today and was done more than 30 days ago does not count as promised."""
    return WardFigures(
        open=work.open,
        late=work.late,
        due_today=work.due_today,
        promised_done=sum(kind.due_today for kind in work.done),
        done_week=sum(kind.in_week for kind in work.done),
        done_month=sum(kind.number for kind in work.done),
        in_time_month=sum(kind.in_time for kind in work.done),
        crews=count_crews(work),
    )


def proven_share(ward: Area, counts: WardFigures, at: datetime) -> float | None:
    """Return the percentage proven of what was done in 30 days; None for too few."""
    if counts.is_small:
        return None
    return 100 * proofs.count_proven(done_incidents(ward, at - MONTH), at - MONTH) / counts.done_month


def count_thanks(ward: Area, at: datetime) -> int:
    """Return how many thanks went to the ward's own unit in the last 7 days; held and refused ones do not count."""
    thanks = Enquiry.objects.filter(kind=Enquiry.Kind.THANKS, received_at__gt=at - WEEK, received_at__lte=at)
    return thanks.filter(authority__area=ward).exclude(state__in=[Enquiry.State.HELD, Enquiry.State.REFUSED]).count()


def count_crews(work: WardWork) -> int:
    """Return how many crews are at work, in their shift."""
    crews = Crew.objects.filter(pk__in=work.crews) if work.crews else []
    return sum(is_on_shift(crew, work.at) for crew in crews)


def is_at_work(incident: Incident, at: datetime) -> bool:
    return incident.state == Incident.State.WORKING and is_on_shift(incident.crew, at)


def is_on_shift(crew: Crew | None, at: datetime) -> bool:
    return crew is not None and crew.ended_at is None and crew.shift_at(at) is not None


def beginnings(incidents: Sequence[Incident]) -> dict[int, datetime]:
    """Return when the work on each of these incidents was begun last."""
    if not incidents:
        return {}
    lines = Event.objects.filter(incident__in=[incident.pk for incident in incidents], kind=Event.Kind.BEGUN)
    return dict(lines.order_by("pk").values_list("incident_id", "at"))


def list_due(work: WardWork) -> list[DueIncident]:
    """Return late incidents, those due first foremost, then what is due later today, by the hour."""
    at = work.at
    keys = [*work.late_keys, *work.later_keys]
    incidents = Incident.objects.with_pages().select_related("crew").in_bulk(keys)
    due = [incidents[key] for key in keys if key in incidents]
    begun = beginnings([incident for incident in due if is_at_work(incident, at)])
    return [
        DueIncident(
            incident,
            is_late=incident.due_at < at,
            is_of_today=localdate(incident.due_at) == localdate(at),
            crew_at_work=is_at_work(incident, at),
            crew_on_shift=is_on_shift(incident.crew, at),
            crew_span=at - begun[incident.pk] if incident.pk in begun else None,
        )
        for incident in due
    ]


def pins_of(work: WardWork) -> list[Incident]:
    """Return the open incidents that a small map of the ward shows, as far as it does: what is due first."""
    incidents = Incident.objects.select_related("category").only(*PIN_FIELDS).in_bulk(work.pin_keys)
    return [incidents[key] for key in work.pin_keys if key in incidents]


def announcements_in(ward: Area) -> AnnouncementLineQuerySet:
    """Return what is announced for a ward, a circle that meets it, or as works in it, now or in the future."""
    return AnnouncementLine.objects.shown().filter(announced_for(ward))


def announced_for(ward: Area) -> Q:
    shape = Subquery(Area.objects.filter(pk=ward.pk).values("shape"))
    circle = Q(announcement__area_code="", announcement__planned=False, announcement__reach__intersects=shape)
    works = Q(announcement__area_codes__contains=[ward.code])
    return Q(announcement__area_code=ward.code) | circle | works


def newest_pair(ward: Area, at: datetime) -> BeforeAfter | None:
    """Return the newest before and after of what was done in the ward in PAIR_DAYS."""
    done = done_incidents(ward, at - timedelta(days=PAIR_DAYS)).filter(has_shown_photo=True).order_by("-closed_at")
    keys = list(done.values_list("pk", flat=True)[:PAIR_TRIES])
    return next(iter(before_after.pairs_of(Incident.objects.filter(pk__in=keys), 1)), None) if keys else None


def count_confirming(pair: BeforeAfter) -> int:
    """Return how many neighbours say of the result that a pair shows that it is gone."""
    return NeighbourAnswer.objects.filter(result=pair.after.event_id, word=NeighbourAnswer.Word.GONE).count()
