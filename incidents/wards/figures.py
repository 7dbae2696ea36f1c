"""Count what a ward has open and has done, and list what is due there today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q, Subquery
from django.utils.timezone import localdate

from geoapp.web import periods
from gis_data.models import Area
from incidents.analytics import before_after
from incidents.analytics.before_after import BeforeAfter
from incidents.analytics.statistics import SMALL_SAMPLE
from incidents.map import public_map
from incidents.models import AnnouncementLine, Crew, Event, Incident, NeighbourAnswer
from incidents.models.announcements import AnnouncementLineQuerySet
from incidents.models.incident import IncidentQuerySet

WEEK, MONTH = timedelta(days=7), timedelta(days=30)
PAIR_DAYS, PAIR_TRIES = 90, 40
LATE_ROWS, ROWS = 3, 6  # of the list: late ones first, then what is due later today


class OpenRow(NamedTuple):
    """An open incident; `crew` and `key` are primary keys."""

    due_at: datetime
    key: int
    state: str
    crew: int | None


class DoneRow(NamedTuple):
    """A done incident; `category` is a primary key."""

    category: int
    received_at: datetime
    due_at: datetime
    closed_at: datetime


@dataclass(frozen=True)
class WardWork:
    """A ward's public incidents, read once for all that its page tells.

    `open`: the nearest deadline first. `done`: in the 30 days before `at`.
    """

    at: datetime
    open: Sequence[OpenRow]
    done: Sequence[DoneRow]


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

    States are chosen and deadlines ordered here: asked for both, the planner reads what is open in the whole city.
    """
    opened = public_map.published_incidents().filter(area=ward, closed_at=None).order_by()
    done = done_incidents(ward, at - MONTH).order_by()
    rows = map(OpenRow._make, opened.values_list("due_at", "pk", "state", "crew"))
    return WardWork(
        at,
        open=sorted((row for row in rows if row.state in Incident.OPEN), key=lambda row: (row.due_at, row.key)),
        done=list(map(DoneRow._make, done.values_list("category", "received_at", "due_at", "closed_at"))),
    )


def done_incidents(ward: Area, since: datetime) -> IncidentQuerySet:
    """Return what was done in a ward from a moment on, by the index `done_in_an_area`."""
    done = public_map.published_incidents().filter(area=ward, closed_at__isnull=False, closed_at__gt=since)
    return done.filter(state__in=Incident.DONE)


def count_ward(work: WardWork) -> WardFigures:
    """Return a ward's figures. What is due today and was done more than 30 days ago does not count as promised."""
    first, after = periods.midnights(localdate(work.at), localdate(work.at))
    running = [row.due_at for row in work.open if row.state in Incident.RUNNING]
    return WardFigures(
        open=len(work.open),
        late=sum(due_at < work.at for due_at in running),
        due_today=sum(first <= due_at < after for due_at in running),
        promised_done=sum(first <= row.due_at < after for row in work.done),
        done_week=sum(row.closed_at > work.at - WEEK for row in work.done),
        done_month=len(work.done),
        in_time_month=sum(row.closed_at <= row.due_at for row in work.done),
        crews=count_crews(work),
    )


def count_crews(work: WardWork) -> int:
    """Return how many crews are at work, in their shift."""
    keys = {row.crew for row in work.open if row.state == Incident.State.WORKING and row.crew}
    crews = Crew.objects.filter(pk__in=keys) if keys else []
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
    _first, after = periods.midnights(localdate(at), localdate(at))
    running = [row for row in work.open if row.state in Incident.RUNNING]
    late_keys = [row.key for row in running if row.due_at < at][:LATE_ROWS]
    later_keys = [row.key for row in running if at <= row.due_at < after][: ROWS - len(late_keys)]
    incidents = Incident.objects.with_pages().select_related("crew").in_bulk([*late_keys, *later_keys])
    due = [incidents[key] for key in [*late_keys, *later_keys] if key in incidents]
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


def pins_of(work: WardWork, most: int) -> list[Incident]:
    """Return the open incidents that a small map of the ward shows: what is due first."""
    keys = [row.key for row in work.open[:most]]
    incidents = Incident.objects.with_pages().in_bulk(keys)
    return [incidents[key] for key in keys if key in incidents]


def announcements_in(ward: Area) -> AnnouncementLineQuerySet:
    """Return what is announced for a ward, or for a circle that meets it, now or in the future."""
    shape = Subquery(Area.objects.filter(pk=ward.pk).values("shape"))
    circle = Q(announcement__area_code="", announcement__reach__intersects=shape)
    return AnnouncementLine.objects.shown().filter(Q(announcement__area_code=ward.code) | circle)


def newest_pair(ward: Area, at: datetime) -> BeforeAfter | None:
    """Return the newest before and after of what was done in the ward in PAIR_DAYS."""
    done = done_incidents(ward, at - timedelta(days=PAIR_DAYS)).filter(has_shown_photo=True).order_by("-closed_at")
    keys = list(done.values_list("pk", flat=True)[:PAIR_TRIES])
    return next(iter(before_after.pairs_of(Incident.objects.filter(pk__in=keys), 1)), None) if keys else None


def count_confirming(pair: BeforeAfter) -> int:
    """Return how many neighbours say of the result that a pair shows that it is gone."""
    return NeighbourAnswer.objects.filter(result=pair.after.event_id, word=NeighbourAnswer.Word.GONE).count()
