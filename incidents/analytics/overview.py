"""Compute a leader's overview of the units, area or field that a post leads, in a period.

No persons are read: incidents are only counted, by a fixed number of statements.
"""

from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Avg, Count, F, Q
from django.db.models.functions import Coalesce
from django.utils.timezone import localdate, localtime, now

from incidents import access
from incidents.analytics import kept_overview
from incidents.models import Authority, Category, Incident, Membership, Rating, User
from incidents.sql import named_query, statement

SMALL_SAMPLE = 20  # a share of fewer says little
WEEKS, UNIT_WEEKS = 26, 7  # of the line; of a unit's small line
PERIODS = ("day", "week", "month", "year")


@dataclass(frozen=True)
class Scope:
    """What one post leads. `post` is None for a superuser, who leads everything."""

    post: Membership | None
    incidents: object  # a queryset
    units: tuple  # keys of the units, the own one too

    @property
    def key(self) -> str:
        return str(self.post.pk) if self.post else "all"

    @property
    def is_in_sums(self) -> bool:
        return not (self.post and self.post.area_id)

    @property
    def fields(self) -> list[int] | None:
        if not (self.post and self.post.category_id):
            return None
        field = self.post.category_id
        return list(Category.objects.filter(Q(pk=field) | Q(parent=field)).values_list("pk", flat=True))


def scopes_of(user: User) -> list[Scope]:
    posts = access.posts_with_role(user, {access.LEADER}).select_related("authority", "area", "category")
    scopes = []
    for post in posts:
        units = tuple(Authority.objects.under([post.authority_id]).values_list("pk", flat=True))
        scopes.append(
            Scope(
                post,
                Incident.objects.filter(access.with_staff_rule(access.reached_by_post(post), "read", [post])),
                units,
            )
        )
    if user.is_superuser:
        scopes.append(Scope(None, Incident.objects.all(), tuple(Authority.objects.values_list("pk", flat=True))))
    return sorted(scopes, key=lambda scope: (-scope_width(scope), scope.post.pk if scope.post else 0))


def scope_width(scope):
    limited = scope.post and (scope.post.area_id or scope.post.category_id)
    return len(scope.units) * (0.5 if limited else 1)


@dataclass(frozen=True)
class Period:
    """A day, week, month or year until now, and the same stretch of the one before."""

    name: str
    first: datetime
    last: datetime
    before_first: datetime
    before_last: datetime

    @classmethod
    def from_name(cls, name: str, at: datetime | None = None) -> "Period":
        """Return the period of this name (one of PERIODS, else the week) in which a moment lies."""
        at = localtime(at or now())
        day = at.replace(hour=0, minute=0, second=0, microsecond=0)
        if name == "day":
            first, before = day, day - timedelta(days=1)
        elif name == "month":
            first = day.replace(day=1)
            before = (first - timedelta(days=1)).replace(day=1)
        elif name == "year":
            first = day.replace(month=1, day=1)
            before = first.replace(year=first.year - 1)
        else:
            name, first = "week", day - timedelta(days=day.weekday())
            before = first - timedelta(days=7)
        return cls(name, first, at, before, min(before + (at - first), first))

    @property
    def week(self) -> datetime:
        day = self.last.replace(hour=0, minute=0, second=0, microsecond=0)
        return day - timedelta(days=day.weekday())


@dataclass(frozen=True)
class ScopeFigures:
    """The figures of a unit, field, area or state, or of all. Medians in seconds from report to result."""

    received: int = 0
    received_before: int = 0
    done: int = 0
    done_before: int = 0
    in_time: int = 0
    in_time_before: int = 0
    in_time_first: int = 0  # by the first deadline: as if no more time had been granted
    open: int = 0
    late: int = 0
    late_before: int = 0
    median: float | None = None
    median_before: float | None = None

    @property
    def share(self) -> float | None:
        return percentage(self.in_time, self.done)

    @property
    def share_before(self) -> float | None:
        return percentage(self.in_time_before, self.done_before)

    @property
    def share_first(self) -> float | None:
        return percentage(self.in_time_first, self.done)

    @property
    def late_share(self) -> float | None:
        """The percentage of open incidents that is late; None for too few."""
        return percentage(self.late, self.open) if self.open >= SMALL_SAMPLE else None

    @property
    def is_small(self) -> bool:
        return self.done < SMALL_SAMPLE


def percentage(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole else None


@dataclass(frozen=True)
class Satisfaction:
    """The mean of citizens' stars, and how many ratings."""

    stars: float | None = None
    number: int = 0
    stars_before: float | None = None


@dataclass(frozen=True)
class WeekFigures:
    """A week counted back from this one (0): done, done in time, and the same a year before."""

    ago: int
    done: int = 0
    in_time: int = 0
    done_then: int = 0
    in_time_then: int = 0

    @property
    def share(self) -> float | None:
        return percentage(self.in_time, self.done)

    @property
    def share_then(self) -> float | None:
        return percentage(self.in_time_then, self.done_then)


@dataclass(frozen=True)
class Overview:
    scope: Scope
    period: Period
    total: ScopeFigures = field(default_factory=ScopeFigures)
    units: dict = field(default_factory=dict)  # of rows, by key
    groups: dict = field(default_factory=dict)
    areas: dict = field(default_factory=dict)  # of what is open only
    states: dict = field(default_factory=dict)  # of what is open, by state
    weeks: tuple = ()  # the oldest first
    missed: dict = field(default_factory=dict)  # unit → deadlines missed in each of the last weeks, the oldest first
    rated: Satisfaction = field(default_factory=Satisfaction)

    @property
    def late(self) -> list[tuple[int, ScopeFigures]]:
        late_units = [(key, row) for key, row in self.units.items() if row.late]
        return sorted(
            late_units, key=lambda unit_row: (-unit_row[1].late, -(unit_row[1].late / unit_row[1].open), unit_row[0])
        )

    @property
    def best_of(self) -> int:
        """For how many weeks, including this one, no week was better; 0 for too few incidents."""
        if not self.weeks or self.weeks[-1].done < SMALL_SAMPLE:
            return 0
        count, best = 1, self.weeks[-1].share
        for week in reversed(self.weeks[:-1]):
            if week.share is not None and week.share > best:
                break
            count += week.share is not None
        return count


# The columns that GROUPING names by a 0 bit. → kind, column of its key. Of what is open:
OPEN_GROUPINGS = {  # authority, group, area, state, week
    0b01111: ("units", 1),
    0b10111: ("groups", 2),
    0b11011: ("areas", 3),
    0b11101: ("states", 4),
    0b11111: ("total", 0),
}
BY_UNIT_AND_WEEK = 0b01110
ENDED_GROUPINGS = {0b01: ("units", 1), 0b10: ("groups", 2), 0b11: ("total", 0)}  # authority, group


@dataclass(frozen=True)
class EndedFigures:
    rows: dict  # kind → key → figures
    medians: list  # (1 of all or 0 of one, key, median, median before)
    weeks: dict  # how many weeks ago → (done, in time)
    missed: list  # (unit, number of the week, deadlines)
    rated: Satisfaction


def count_scope(scope: Scope, period: Period, medians_of_units: bool = False, from_sums: bool = True) -> Overview:
    """Return the figures of a scope in a period. Medians of all and of each field; with `medians_of_units` of each
    unit.

    Open incidents are counted. Ended ones are read from the sums of units; for a post of one area, which these do not
    separate, and without `from_sums`, they are counted one by one: the figures are the same.
    """
    kind = "units" if medians_of_units else "groups"
    ended = (read_ended if from_sums and scope.is_in_sums else count_ended)(scope, period, kind)
    by, missed = count_open(scope, period)
    for name, rows in ended.rows.items():
        for key, figures in rows.items():
            if figures != ScopeFigures():
                by[name][key] = add_figures(by[name].get(key, ScopeFigures()), figures)
    for is_total, key, median, before in ended.medians:
        rows = by["total"] if is_total else by[kind]
        if key in rows:
            rows[key] = replace(rows[key], median=median, median_before=before)
    return Overview(
        scope,
        period,
        by["total"].get(None, ScopeFigures()),
        by["units"],
        by["groups"],
        by["areas"],
        {state: row.open for state, row in by["states"].items() if row.open},
        week_figures(ended.weeks),
        missed_deadlines([*missed, *ended.missed]),
        ended.rated,
    )


def add_figures(figures, other):
    return ScopeFigures(**{name: getattr(figures, name) + getattr(other, name) for name in COUNTS})


COUNTS = tuple(figure.name for figure in fields(ScopeFigures) if not figure.name.startswith("median"))
GROUP_KEY = Coalesce("category__parent_id", "category_id")
STATES = {"running": list(Incident.RUNNING), "done": list(Incident.DONE)}


def query_incidents(name, incidents, *columns, **values):
    if "group_id" in columns:
        incidents = incidents.annotate(group_id=GROUP_KEY)
    inner, params = named_query(incidents.order_by().values(*columns), "of")
    with connection.cursor() as cursor:
        cursor.execute(statement(name, incidents=inner), STATES | values | params)
        return cursor.fetchall()


def period_moments(period):
    return {name: getattr(period, name) for name in ("first", "before_first", "before_last")}


def mondays(period, first):
    return [period.week - timedelta(weeks=ago) for ago in range(first, -1, -1)]


def count_open(scope, period):
    by, missed = {kind: {} for kind, _column in OPEN_GROUPINGS.values()}, []
    columns = ("state", "authority_id", "area_id", "group_id", "received_at", "due_at")
    moments = period_moments(period) | {"now": period.last, "starts": mondays(period, UNIT_WEEKS - 1)}
    for row in query_incidents("overview_open", scope.incidents.filter(closed_at=None), *columns, **moments):
        if row[0] == BY_UNIT_AND_WEEK:
            if row[5]:
                missed.append((row[1], row[5], row[9]))
            continue
        kind, column = OPEN_GROUPINGS[row[0]]
        figures = dict(zip(("received", "received_before", "open", "late", "late_before"), row[6:], strict=True))
        by[kind][row[column] if column else None] = ScopeFigures(**figures)
    return by, missed


ENDED_COUNTS = (
    "received", "received_before", "done", "done_before", "in_time", "in_time_before", "in_time_first", "late_before",
)  # fmt: skip


def ended_by_kind(rows):
    by = {kind: {} for kind, _column in ENDED_GROUPINGS.values()}
    for row in rows:
        kind, column = ENDED_GROUPINGS[row[0]]
        figures = dict(zip(ENDED_COUNTS, row[3:11], strict=True))
        by[kind][row[column] if column else None] = ScopeFigures(**figures)
    return by


def read_ended(scope, period, kind):
    reach = {"units": list(scope.units), "fields": scope.fields}
    moments = [period.before_first, period.before_last, period.first]
    rows = kept_overview.read_figures(reach, moments)
    stars, number, stars_before, number_before = next((row[11:] for row in rows if row[0] == 0b11), (0, 0, 0, 0))
    groups = dict(Category.objects.values_list("pk", Coalesce("parent_id", "pk"))) if kind == "groups" else None
    monday = localdate(period.week)
    years = [
        (monday - timedelta(weeks=WEEKS - 1 + ago), monday - timedelta(weeks=ago - 1)) for ago in (52, 0)
    ]  # fmt: skip
    weeks = [
        ((monday - first).days // 7, *figures)
        for first, *figures in kept_overview.read_weeks(reach, years, monday - timedelta(weeks=UNIT_WEEKS - 1))
    ]
    return EndedFigures(
        ended_by_kind(rows),
        kept_overview.read_medians(reach, moments, groups),
        {ago: (done, in_time) for ago, unit, done, in_time, _missed in weeks if unit is None},
        [(unit, UNIT_WEEKS - ago, missed) for ago, unit, _done, _in_time, missed in weeks if unit is not None],
        Satisfaction(mean(stars, number), number, mean(stars_before, number_before)),
    )


def mean(total, number):
    return total / number if number else None


def count_ended(scope, period, kind):
    incidents, moments = scope.incidents.counted().filter(closed_at__isnull=False), period_moments(period)
    dates = ("state", "received_at", "due_at", "first_due_at", "closed_at")
    rows = query_incidents("overview_ended", incidents, "authority_id", "group_id", *dates, **moments)
    column = {"units": "authority_id", "groups": "group_id"}[kind]
    medians = query_incidents(
        "overview_medians",
        incidents.annotate(key=GROUP_KEY if column == "group_id" else F(column)),
        "state", "key", "received_at", "closed_at", **moments,
    )  # fmt: skip
    starts, last = mondays(period, 52 + WEEKS - 1), mondays(period, UNIT_WEEKS - 1)
    gap = {"gap_first": starts[WEEKS], "gap_last": starts[52]}
    weeks = query_incidents("overview_weeks", incidents, *dates, starts=starts, **gap)
    missed = query_incidents("overview_missed", incidents, "authority_id", *dates, starts=last, now=period.last)
    return EndedFigures(
        ended_by_kind(rows),
        medians,
        {len(starts) - bucket: (done, in_time) for bucket, done, in_time in weeks},
        missed,
        average_ratings(scope, period),
    )


def week_figures(weeks_by_age):
    nothing = (0, 0)
    weeks = range(WEEKS - 1, -1, -1)
    return tuple(
        WeekFigures(ago, *weeks_by_age.get(ago, nothing), *weeks_by_age.get(ago + 52, nothing)) for ago in weeks
    )


def missed_deadlines(rows):
    missed = {}
    for unit, week, number in rows:
        missed.setdefault(unit, [0] * UNIT_WEEKS)[week - 1] += number
    return missed


def average_ratings(scope, period):
    here = Q(at__gte=period.first, at__lte=period.last)
    before = Q(at__gte=period.before_first, at__lt=period.before_last)
    rows = Rating.objects.filter(here | before, report__incident__in=scope.incidents.values("pk"))
    averages = rows.aggregate(
        mean=Avg("stars", filter=here),
        given=Count("pk", filter=here),
        mean_before=Avg("stars", filter=before),
    )
    return Satisfaction(*averages.values())


def units_and_groups(overview: Overview) -> tuple[dict[int, Authority], dict[int, Category]]:
    units = Authority.objects.filter(pk__in=overview.units).in_bulk()
    return units, Category.objects.filter(pk__in=overview.groups).in_bulk()
