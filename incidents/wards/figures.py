"""Count what a ward has open and has done, and list what is due there today."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, Subquery
from django.utils.timezone import localdate

from geoapp.web import periods
from gis_data.models import Area
from incidents.analytics import before_after
from incidents.analytics.before_after import BeforeAfter
from incidents.analytics.statistics import SMALL_SAMPLE
from incidents.map import public_map
from incidents.models import AnnouncementLine, Event, Incident, NeighbourAnswer
from incidents.models.announcements import AnnouncementLineQuerySet
from incidents.models.incident import IncidentQuerySet

WEEK, MONTH = timedelta(days=7), timedelta(days=30)
PAIR_DAYS, PAIR_TRIES = 90, 40
LATE_ROWS, ROWS = 3, 6  # of the list: late ones first, then what is due later today


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


def open_incidents(ward: Area) -> IncidentQuerySet:
    return public_map.published_incidents().filter(area=ward, closed_at=None, state__in=Incident.OPEN)


def done_incidents(ward: Area, since: datetime) -> IncidentQuerySet:
    """Return what was done in a ward from a moment on, by the index `done_in_an_area`."""
    done = public_map.published_incidents().filter(area=ward, closed_at__isnull=False, closed_at__gt=since)
    return done.filter(state__in=Incident.DONE)


def count_ward(ward: Area, at: datetime) -> WardFigures:
    """Return a ward's figures. What is due today and was done more than 30 days ago does not count as promised."""
    today = due_on_day_of(at)
    late = public_map.is_late_at(at)
    opened = open_incidents(ward).aggregate(
        open=Count("pk"), late=Count("pk", filter=late), due_today=Count("pk", filter=today & running())
    )
    done = done_incidents(ward, at - MONTH).aggregate(
        done_month=Count("pk"),
        in_time_month=Count("pk", filter=Q(closed_at__lte=F("due_at"))),
        done_week=Count("pk", filter=Q(closed_at__gt=at - WEEK)),
        promised_done=Count("pk", filter=today),
    )
    crews = {incident.crew_id for incident in worked_on_by_crews(ward) if is_at_work(incident, at)}
    return WardFigures(**opened, **done, crews=len(crews))


def running() -> Q:
    return Q(state__in=Incident.RUNNING)


def due_on_day_of(at: datetime) -> Q:
    first, after = periods.midnights(localdate(at), localdate(at))
    return Q(due_at__gte=first, due_at__lt=after)


def worked_on_by_crews(ward: Area) -> IncidentQuerySet:
    return open_incidents(ward).filter(state=Incident.State.WORKING, crew__isnull=False).select_related("crew")


def is_at_work(incident: Incident, at: datetime) -> bool:
    return incident.state == Incident.State.WORKING and has_crew_on_shift(incident, at)


def has_crew_on_shift(incident: Incident, at: datetime) -> bool:
    crew = incident.crew
    return crew is not None and crew.ended_at is None and crew.shift_at(at) is not None


def beginnings(incidents: Sequence[Incident]) -> dict[int, datetime]:
    """Return when the work on each of these incidents was begun last."""
    if not incidents:
        return {}
    lines = Event.objects.filter(incident__in=[incident.pk for incident in incidents], kind=Event.Kind.BEGUN)
    return dict(lines.order_by("pk").values_list("incident_id", "at"))


def list_due(ward: Area, at: datetime) -> list[DueIncident]:
    """Return late incidents, those due first foremost, then what is due later today, by the hour."""
    _first, after = periods.midnights(localdate(at), localdate(at))
    dues = due_first(ward, Incident.RUNNING)
    late_keys = [key for due_at, key in dues if due_at < at][:LATE_ROWS]
    later_keys = [key for due_at, key in dues if at <= due_at < after][: ROWS - len(late_keys)]
    incidents = Incident.objects.with_pages().select_related("crew").in_bulk([*late_keys, *later_keys])
    late, later = ([incidents[key] for key in keys if key in incidents] for keys in (late_keys, later_keys))
    begun = beginnings([incident for incident in [*late, *later] if is_at_work(incident, at)])
    return [
        DueIncident(
            incident,
            is_late=incident.due_at < at,
            is_of_today=localdate(incident.due_at) == localdate(at),
            crew_at_work=is_at_work(incident, at),
            crew_on_shift=has_crew_on_shift(incident, at),
            crew_span=at - begun[incident.pk] if incident.pk in begun else None,
        )
        for incident in [*late, *later]
    ]


def due_first(ward: Area, states: Container[str]) -> list[tuple[datetime, int]]:
    """Return (deadline, key) of a ward's open incidents in these states, the nearest deadline first.

    States are chosen and deadlines ordered here: asked for both, the planner reads what is open in the whole city.
    """
    rows = public_map.published_incidents().filter(area=ward, closed_at=None).order_by()
    return sorted((due_at, key) for due_at, key, state in rows.values_list("due_at", "pk", "state") if state in states)


def pins_of(ward: Area, most: int) -> list[Incident]:
    """Return the open incidents that a small map of the ward shows: what is due first."""
    keys = [key for _due_at, key in due_first(ward, Incident.OPEN)[:most]]
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
