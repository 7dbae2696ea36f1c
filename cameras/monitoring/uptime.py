"""Measure the state of all cameras: health, since when, why, and their uptime."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as w

from cameras import freshness, sql
from cameras.models import Camera, HealthInterval, Source
from gis_data import city
from gis_data.alphabet import alphabet_key, in_alphabet
from gis_data.models import Area, AreaPiece, Level
from incidents.map.public_map import Coordinate

Health = Camera.Health
PERIODS = {"day": timedelta(hours=24), "week": timedelta(days=7), "month": timedelta(days=30)}
UNTRIED = {Health.PAUSED, Health.UNKNOWN}
UNKNOWN = UNTRIED | {Health.UNVISITED}  # nobody can say whether it would have seen
BLIND = set(Health) - freshness.SEEING - UNKNOWN
OF_UPTIME = {"blind": BLIND, "seeing": freshness.SEEING, "unknown": UNKNOWN}
# The order for technicians: most urgent first, seeing cameras last.
ORDER = (
    Health.SOURCE_DOWN, Health.OFFLINE, Health.UNREADABLE, Health.CARD, Health.FROZEN, Health.STALE, Health.COVERED,
    Health.MOVED, Health.BLURRED, Health.DARK, Health.UNVISITED, Health.UNKNOWN, Health.PAUSED, Health.LATE,
    Health.LIVE,
)  # fmt: skip
SORTS = {
    "state": w("State"), "name": w("Camera"), "since": w("Since"), "day": w("24 hours"), "week": w("7 days"),
    "month": w("30 days"),
}  # fmt: skip


class Uptime(NamedTuple):
    """For each of the three periods, in seconds: seeing, known, and unvisited."""

    seen: tuple = (0, 0, 0)
    known: tuple = (0, 0, 0)
    unvisited: tuple = (0, 0, 0)

    @property
    def shares(self):
        """Return the share of seeing in the known time, from 0 to 1; None if nothing is known."""
        return tuple(seen / known if known else None for seen, known in zip(self.seen, self.known, strict=True))

    @property
    def gaps(self):
        """Return the share of unvisited time in the time in which somebody should have looked, from 0 to 1."""
        return tuple(
            unvisited / (known + unvisited) if unvisited else 0
            for known, unvisited in zip(self.known, self.unvisited, strict=True)
        )

    @property
    def parts(self):
        """Return (share, gap) of each period."""
        return tuple(zip(self.shares, self.gaps, strict=True))

    @classmethod
    def sum_of(cls, some):
        return cls(*(tuple(map(sum, zip(*part, strict=True))) for part in zip(*some, strict=True)))


NEVER = Uptime()  # nothing is known


def measure_uptimes(at: datetime, cameras: list[int] | None = None) -> dict[int, Uptime]:
    now = at.timestamp() // 1
    day, week, longest = (now - period.total_seconds() for period in PERIODS.values())
    rows = sql.execute(
        "uptime",
        now=now,
        **{name: sorted(map(str, some)) for name, some in OF_UPTIME.items()},
        unvisited=str(Health.UNVISITED),
        silent_periods=freshness.SILENT_PERIODS,
        late_periods=freshness.LATE_PERIODS,
        silent_s=freshness.SILENT_S,
        cameras=cameras,
        day=day,
        week=week,
        longest=longest,
    )
    return {key: Uptime(tuple(figures[:3]), tuple(figures[3:6]), tuple(figures[6:])) for key, *figures in rows}


class CameraBrief(NamedTuple):
    """The columns of a camera that lists of all cameras need. (Loading a thousand whole rows takes ten times as
    long.)
    """

    pk: int
    code: str
    name: str
    road: str
    lon: float
    lat: float
    period_s: int
    rhythm_s: int | None
    health: str
    health_since: datetime | None
    moved_at: datetime | None
    paused_until: datetime | None
    paused_why: str
    source: Source | None

    is_paused = Camera.is_paused  # type: ignore[misc]  # the property reads what stands here, too


def brief_cameras(cameras: QuerySet[Camera]) -> list[CameraBrief]:
    sources = Source.objects.in_bulk()
    place = {"lon": Coordinate("place", function="ST_X"), "lat": Coordinate("place", function="ST_Y")}
    rows = cameras.annotate(**place).values_list(*CameraBrief._fields)
    return [CameraBrief._make([*row, sources.get(source)]) for *row, source in rows]


@dataclass
class HealthRow:
    """The current and past health of a camera."""

    camera: Camera | CameraBrief
    health: str
    since: object  # when that began; None where nobody knows
    uptime: Uptime = NEVER
    interval: HealthInterval | None = None

    @property
    def label(self):
        return Health(self.health).label

    @property
    def is_left(self):
        return self.health == Health.STALE != self.camera.health

    @property
    def words(self):
        if self.camera.paused_until and self.health == Health.PAUSED:
            return self.camera.paused_why
        if self.is_left:
            return str(HealthInterval.Why.NO_PATROL.label)
        if self.interval is None or self.interval.health != self.health:
            return ""
        return ": ".join(part for part in (str(self.interval.get_why_display()), self.interval.detail) if part)


def health_row(camera: Camera | CameraBrief, at: datetime, uptime: Uptime = NEVER) -> HealthRow:
    health = freshness.health_of(camera, at)
    return HealthRow(camera, health, state_since(camera, health), uptime)


def state_since(camera: Camera | CameraBrief, health: Camera.Health) -> datetime | None:
    return camera.moved_at if health != camera.health and health == Health.STALE else camera.health_since


@dataclass(frozen=True)
class HealthFilter:
    """Which cameras are listed, and in which order."""

    state: str = ""  # a health, "blind" or "seeing"
    source: str = ""  # its code; "-": without
    area: Area | None = None
    road: str = ""
    name: str = ""
    sort: str = "state"
    faults: tuple = field(default=(), compare=False)

    def parameters(self, **other: Any) -> dict[str, str]:
        changed = replace(self, **other)
        values = {
            "state": changed.state,
            "source": changed.source,
            "area": changed.area and changed.area.code,
            "road": changed.road,
        }
        return {key: text for key, text in (values | {"name": changed.name, "sort": changed.sort}).items() if text}

    def cameras(self) -> QuerySet[Camera]:
        rows = Camera.objects.filter(active=True).order_by(in_alphabet("name"), "code")
        if self.source:
            rows = rows.filter(source=None) if self.source == "-" else rows.filter(source__code=self.source)
        if self.area:
            rows = rows.filter(Exists(AreaPiece.objects.filter(area=self.area, shape__intersects=OuterRef("place"))))
        if self.road:
            rows = rows.filter(road__iexact=self.road)
        for word in self.name.split():
            rows = rows.filter(Q(name__icontains=word) | Q(code__icontains=word))
        return rows

    def matches(self, row):
        match self.state:
            case "":
                return True
            case "blind":
                return row.health not in freshness.SEEING
            case "seeing":
                return row.health in freshness.SEEING
        return row.health == self.state


@dataclass(frozen=True)
class HealthTable:
    """The health page: sorted rows, the number of each state, and the share of each source."""

    rows: list
    counts: list  # (health, its words, how many), what to look at first coming first
    sources: list  # (Source or None, cameras, that see, Uptime)

    @property
    def total(self) -> int:
        return sum(count for _health, _words, count in self.counts)

    @property
    def blind(self):
        return sum(count for health, _words, count in self.counts if health not in freshness.SEEING)


def health_table(question: HealthFilter, at: datetime) -> HealthTable:
    """Build the table by three statements however many cameras there are: uptimes, sources, cameras."""
    known = measure_uptimes(at)
    rows = [health_row(camera, at, known.get(camera.pk, NEVER)) for camera in brief_cameras(question.cameras())]
    tally = Counter(row.health for row in rows)
    counts = [(health, health.label, tally[health]) for health in ORDER if tally[health]]
    shown = sorted(filter(question.matches, rows), key=SORT_KEYS[question.sort.removeprefix("-")])
    if question.sort.startswith("-"):
        shown.reverse()
    return HealthTable(shown, counts, sum_by_source(rows))


def sum_by_source(rows):
    sums = {}
    for row in rows:
        sums.setdefault(row.camera.source, []).append(row)
    lines = [
        (source, len(some), sum(row.health in freshness.SEEING for row in some),
         Uptime.sum_of([row.uptime for row in some]))
        for source, some in sums.items()
    ]  # fmt: skip
    return sorted(lines, key=lambda line: (line[0] is None, alphabet_key(line[0].name if line[0] else "")))


def share_sort_key(place):
    return lambda row: (row.uptime.shares[place] is None, row.uptime.shares[place] or 0)


SORT_KEYS = {
    "state": lambda row: (ORDER.index(row.health), -row.since.timestamp() if row.since else 0),
    "name": lambda row: (row.camera.name, row.camera.code),
    "since": lambda row: row.since.timestamp() if row.since else 0,
    "day": share_sort_key(0),
    "week": share_sort_key(1),
    "month": share_sort_key(2),
}


def attach_intervals(rows: list[HealthRow]) -> list[HealthRow]:
    intervals = {
        health_interval.camera_id: health_interval
        for health_interval in HealthInterval.objects.filter(camera__in=[row.camera.pk for row in rows], until=None)
    }
    for row in rows:
        row.interval = intervals.get(row.camera.pk)
    return rows


def wards_today() -> QuerySet[Area]:
    wards = Area.objects.on(localdate()).filter(edition__city=city.current(), level=Level.WARD).order_by("search")
    return wards.defer("shape", "outline", "label_point", "search")
