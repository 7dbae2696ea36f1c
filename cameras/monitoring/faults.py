"""List the faults of cameras: why, since when, what was tried, and what to do."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as w
from django.utils.translation import ngettext

from cameras import freshness
from cameras.models import Camera, Finding, Frame, HealthInterval, RepairPromise, Source
from cameras.monitoring import routes, uptime
from cameras.patrol import hosts
from gis_data.alphabet import alphabet_key

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Health, Why = Camera.Health, HealthInterval.Why
LASTS = timedelta(minutes=10)  # what is over sooner is no fault
LATELY = timedelta(days=30)
STOPS = 8  # of a route: more than one car drives to in a day
# Not faults of a camera: paused on purpose, or not visited yet.
NO_FAULT = {Health.PAUSED, Health.UNKNOWN, Health.UNVISITED}
# What to do, by the result of the last try; else by the health.
TO_DO: dict[str, "StrOrPromise"] = {
    Why.UNREACHABLE: w("Check the power supply and the cable at the pole, then the cabinet."),
    Why.SILENT: w("Restart the camera; if there is still no picture, replace it."),
    Why.SLOW: w("Check the connection: pictures arrive too slowly."),
    Why.BROKEN_OFF: w("Check the connection: the answer breaks off."),
    Why.REFUSED: w("Enter the correct name and password in the register."),
    Why.FORBIDDEN: w("Correct the address in the register."),
    Why.BAD_ANSWER: w("Correct the address in the register, or ask whoever runs the camera's server."),
    Why.WEB_PAGE: w("Correct the address in the register: it leads to a web page."),
    Why.NO_PICTURE: w("Correct the address in the register: it gives no picture."),
    Why.TOO_LARGE: w("Lower the resolution of the camera."),
    Why.SOURCE: w("Call the operator of the source: none of its cameras can be reached."),
    Health.FROZEN: w("Restart the camera: it keeps sending the same picture."),
    Health.STALE: w("Restart the camera; check its clock and its connection."),
    Health.CARD: w("Ask the operator: it sends a notice instead of the street."),
    Health.DARK: w("Check the exposure, and by night the street light."),
    Health.COVERED: w("Remove what blocks the lens."),
    Health.BLURRED: w("Clean the lens and focus."),
    Health.MOVED: w("Turn it back, or note in the register that it was turned on purpose."),
    Health.UNREADABLE: w("Restart the camera: its pictures are damaged."),
    Health.OFFLINE: w("Check the power supply and the cable at the pole, then the cabinet."),
    Health.SOURCE_DOWN: w("Call the operator of the source: none of its cameras can be reached."),
}
# The fault of a camera with a current picture, by the kind of its finding.
STATE_OF_FINDING = {
    Finding.Kind.MOVED: Health.MOVED,
    Finding.Kind.COVERED: Health.COVERED,
    Finding.Kind.BLURRED: Health.BLURRED,
}


@dataclass
class Fault:
    """The fault of a camera; for a source that is down, of all its cameras in one."""

    camera: Camera
    health: Camera.Health
    since: datetime | None
    lasted: timedelta | None = None
    tried: str = ""
    to_do: "StrOrPromise" = ""
    next_try: str = ""
    repeated: int = 0  # how often the same was so within 30 days
    hint: str = ""
    others: list[Camera] = field(default_factory=list)
    finding: Finding | None = None
    good: Frame | None = None
    promise: RepairPromise | None = None
    is_overdue: bool = False  # the promised time has passed
    stop: int = 0  # its place on its team's route, from 1; 0: it is not on it

    @property
    def label(self) -> str:
        return str(freshness.HEALTH_TEXTS[self.health][1])

    @property
    def icon(self) -> str:
        return freshness.HEALTH_TEXTS[self.health][0]


@dataclass
class Team:
    """The faults of one team's cameras: those on its route in that order, then the longest first."""

    source: Source | None
    faults: list[Fault]
    route_m: float = 0.0  # as the crow flies

    @property
    def count(self) -> int:
        return sum(1 + len(fault.others) for fault in self.faults)

    @property
    def stops(self) -> int:
        return sum(fault.stop > 0 for fault in self.faults)

    @property
    def overdue(self) -> int:
        return sum(fault.is_overdue for fault in self.faults)


def faults_by_team(at: datetime) -> tuple[list[Team], int]:
    """Return (the teams with their faults, the number of cameras). Faults without a responsible team come last."""
    cameras = list(Camera.objects.filter(active=True).select_related("source"))
    findings = {finding.camera_id: finding for finding in Finding.objects.faults().filter(state=Finding.State.OPEN)}
    faults = [fault for camera in cameras if (fault := fault_of(camera, findings.get(camera.pk), at))]
    seeing = Counter(camera.source_id for camera in cameras if freshness.health_of(camera, at) in freshness.SEEING)
    explain(faults, seeing, at)
    faults = gather_sources(faults)
    attach_promises(faults, at)
    teams = {fault.camera.source_id: Team(fault.camera.source, []) for fault in faults}
    for fault in sorted(faults, key=lambda fault: (fault.since or at, fault.camera.code)):
        teams[fault.camera.source_id].faults.append(fault)
    for team in teams.values():
        plan_route(team, at)
    ordered = sorted(teams.values(), key=team_sort_key)
    return ordered, len(cameras)


def team_sort_key(team):
    return team.source is None, alphabet_key(team.source.name if team.source else "")


def attach_promises(faults: Iterable[Fault], at: datetime) -> None:
    keys = [camera.pk for fault in faults for camera in (fault.camera, *fault.others)]
    promises = RepairPromise.objects.newest_of(keys)
    for fault in faults:
        camera_promises = (promises.get(camera.pk) for camera in (fault.camera, *fault.others))
        holding = [promise for promise in camera_promises if promise and promise.holds_for(fault.since)]
        fault.promise = max(holding, key=lambda promise: promise.made_at, default=None)
        fault.is_overdue = bool(fault.promise and fault.promise.until < at)


def plan_route(team: Team, at: datetime) -> None:
    """Number the faults of the team's route, and sort them first, in that order.

    A route begins where the promised time passed or comes first, else at the longest fault, and goes on to the nearest
    of the rest. It has the STOPS most pressing faults, without sources that are down and cameras without a known team.
    """
    if team.source is None:
        return
    pressing = sorted(
        (fault for fault in team.faults if fault.health != Health.SOURCE_DOWN),
        key=lambda fault: (fault.promise is None, fault.promise.until if fault.promise else fault.since or at),
    )[:STOPS]
    places = [fault.camera.place for fault in pressing]
    order = routes.order_stops(places)
    for stop, index in enumerate(order, 1):
        pressing[index].stop = stop
    team.route_m = routes.length_m([places[index] for index in order])
    team.faults.sort(key=lambda fault: fault.stop or STOPS + 1)


def fault_of(camera: Camera, finding: Finding | None, at: datetime) -> Fault | None:
    """Return the fault of a camera that has lasted ten minutes or longer, or None."""
    health = freshness.health_of(camera, at)
    if finding:
        state = health if health not in freshness.SEEING else STATE_OF_FINDING[Finding.Kind(finding.kind)]
        return Fault(camera, state, finding.since, finding=finding)
    since = uptime.state_since(camera, health)
    if health in freshness.SEEING or health in NO_FAULT or (since and at - since < LASTS):
        return None
    return Fault(camera, health, since)


def explain(faults: Iterable[Fault], seeing: Counter, at: datetime) -> None:
    keys = [fault.camera.pk for fault in faults]
    intervals = HealthInterval.objects.filter(camera__in=keys)
    last = {current.camera_id: current for current in intervals.filter(until=None)}
    lately = intervals.filter(since__gte=at - LATELY).order_by().values_list("camera", "health")
    times = {(camera, health): n for camera, health, n in lately.annotate(n=Count("pk"))}
    for fault in faults:
        interval = last.get(fault.camera.pk)
        fault.lasted = at - fault.since if fault.since else None
        fault.tried = tried_words(interval)
        fault.to_do = TO_DO.get(interval.why if interval else "") or TO_DO[fault.health]
        fault.next_try = next_try_words(fault.camera, fault.health, at)
        fault.repeated = times.get((fault.camera.pk, str(fault.health)), 0)
        if fault.camera.source and fault.health == Health.OFFLINE and (n := seeing[fault.camera.source_id]):
            fault.hint = ngettext(
                "%(n)d other camera of this source is working: the fault is in this camera.",
                "%(n)d other cameras of this source are working: the fault is in this camera.",
                n,
            ) % {"n": n}


def tried_words(interval: HealthInterval | None) -> str:
    if interval is None or interval.why in (Why.SEEN, Why.LOOK):
        return ""
    return f"{interval.get_why_display()} ({interval.detail})" if interval.detail else interval.get_why_display()


def next_try_words(camera: Camera, health: Camera.Health, at: datetime) -> str:
    if not camera.url:
        return _("No pictures are fetched: the register has no address.")
    if camera.left_at:
        return _("No patrol is fetching pictures now.")
    if health in (Health.OFFLINE, Health.SOURCE_DOWN) or camera.away_since:
        latest = localtime(at + timedelta(seconds=hosts.LONGEST_WAIT_S))
        return _("Next attempt by %(time)s") % {"time": f"{latest:%H:%M}"}
    return ngettext("Checked every second", "Checked every %(n)d seconds", camera.period_s) % {"n": camera.period_s}


def gather_sources(faults: Iterable[Fault]) -> list[Fault]:
    rows, down = [], {}
    for fault in faults:
        source = fault.camera.source
        if source and source.down_since and fault.health == Health.SOURCE_DOWN:
            if first := down.get(source.pk):
                first.others.append(fault.camera)
                continue
            down[source.pk] = fault
        rows.append(fault)
    return rows
