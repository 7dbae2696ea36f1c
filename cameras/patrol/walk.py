import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cameras import analysis
from cameras.capture.http import CaptureFailed, Known, Picture, Unchanged
from cameras.models import HealthInterval
from cameras.patrol import baselines, hosts
from cameras.patrol.fetch import Fetcher
from cameras.patrol.hosts import Host
from cameras.patrol.outbox import Outbox
from cameras.patrol.partitioning import Duty
from cameras.patrol.pictures import Pictures
from cameras.patrol.register import Register
from cameras.patrol.state_intervals import StateChange
from cameras.patrol.threads import Warnings
from cameras.patrol.watch import Watch

log = logging.getLogger("cameras.patrol")

# An unchanged alignment is published again after so long.
ALIGNMENT_EVERY_S = 600


@dataclass
class VisitTally:
    """The number of pictures that came and did not come, and the duration of the slowest."""

    fetched: int = 0
    failed: int = 0
    slowest_s: float = 0


class Walk:
    """Visits the cameras of a register, each in a task of its own that sleeps and fetches."""

    def __init__(
        self, register: Register, fetcher: Fetcher, pictures: Pictures, outbox: Outbox, warnings: Warnings
    ) -> None:
        self.register, self.fetcher, self.pictures = register, fetcher, pictures
        self.outbox, self.warnings = outbox, warnings
        self.tasks: dict[int, tuple[Watch, asyncio.Task]] = {}
        self.probes: set[asyncio.Task] = set()
        self.tally, self.total = VisitTally(), VisitTally()  # since the last line in the log; since the beginning

    def follow_register(self) -> None:
        for pk, (watch, task) in list(self.tasks.items()):
            if self.register.watches.get(pk) is not watch:
                task.cancel()
                del self.tasks[pk]
        for pk, watch in self.register.watches.items():
            if pk not in self.tasks:
                self.tasks[pk] = watch, asyncio.create_task(self.visit_repeatedly(watch))

    def running_tasks(self) -> list[asyncio.Task]:
        return [*self.probes, *(task for _watch, task in self.tasks.values())]

    # ---- one camera

    async def visit_repeatedly(self, watch: Watch) -> None:
        moment_s = watch.moment_s
        await watch.rest(watch.first_wait_s)
        await self.visit_or_skip(watch)
        await watch.rest(moment_s or watch.pace_s)
        while True:
            began = time.monotonic()
            await self.visit_or_skip(watch)
            pause_s = hosts.LONGEST_WAIT_S if watch.host.down else hosts.pause_s(watch.failures)
            await watch.rest(max(0.1, began + max(watch.pace_s, pause_s) - time.monotonic()))

    async def visit_or_skip(self, watch: Watch) -> None:
        await self.run_step(self.set_source_down if watch.host.down else self.visit, watch)

    async def run_step(self, step: Callable[[Watch], Awaitable[None]], watch: Watch) -> None:
        try:
            await step(watch)
        except OSError as e:  # ours, such as no room for a segment of video: the camera's own have names
            self.warnings.log("Cameras cannot be visited", e, logging.ERROR)
            watch.failures += 1
        except Exception:
            # An unexpected error must be logged, and must not end the visits to this camera.
            log.exception("%s: the visit failed", watch.duty.code)
            watch.failures += 1

    async def visit(self, watch: Watch) -> None:
        async with watch.host.calls:
            began = time.monotonic()
            got: Picture | Unchanged | CaptureFailed
            try:
                got = await self.fetcher.fetch(watch)
            except CaptureFailed as e:
                got = e
        failure = type(got).__name__ if isinstance(got, CaptureFailed) else None
        status = getattr(got, "status", 0)
        watch.failures = watch.failures + 1 if failure else 0
        self.count_try(failed=failure is not None, seconds=time.monotonic() - began)
        reached = hosts.is_host_reached(failure, status)
        watch.refused = reached is None
        watch.away_since = (watch.away_since or datetime.now(UTC)) if reached is False else None
        self.react_to_host(watch.host, watch.host.record_try(watch.duty.pk, reached))
        if watch.host.down:
            self.outbox.put_news(watch, ())
        elif failure:
            await self.update_health(watch, failure, datetime.now(UTC), why=failure, detail=str(status or ""))
        elif isinstance(got, Picture):
            await self.receive(watch, replace(got, taken_at=watch.next_moment(got.taken_at)))
        elif isinstance(got, Unchanged) and watch.inspection:
            unchanged = replace(watch.inspection, same=True, still=True)
            await self.update_health(watch, unchanged, got.taken_at, why=HealthInterval.Why.LOOK)

    def count_try(self, *, failed: bool, seconds: float) -> None:
        for tally in (self.tally, self.total):
            tally.fetched += not failed
            tally.failed += failed
            tally.slowest_s = max(tally.slowest_s, seconds)

    async def receive(self, watch: Watch, picture: Picture) -> None:
        inspection, spot = await self.pictures.inspect_and_store(watch, picture)
        picture = replace(picture, received=picture.received | alignment_as_json(watch.duty, inspection.alignment))
        self.judge_server(watch, picture, inspection)
        self.note_alignment(watch, picture, inspection)
        frame = None
        if spot:
            frame = watch.last_frame = self.pictures.frame(watch, picture, inspection, spot)
            watch.taken_at, watch.sha256 = picture.taken_at, inspection.sha256
        await self.update_health(watch, inspection, picture.taken_at, why=HealthInterval.Why.LOOK, picture=picture)
        if frame:
            frame.health = watch.health.state
            self.outbox.put_frame(frame)

    def judge_server(self, watch: Watch, picture: Picture, inspection: analysis.Inspection) -> None:
        """Stop trusting the 304 answers of a server that answered 304 for a changed picture, or 200 for the same."""
        before = watch.inspection
        known = Known(picture.received.get("etag", ""), picture.received.get("modified", ""))
        if any(known) and before and (known == watch.known) != (inspection.sha256 == before.sha256):
            watch.host.honest = False
        if inspection.problem not in analysis.BROKEN:
            watch.inspection, watch.known = inspection, known

    def note_alignment(self, watch: Watch, picture: Picture, inspection: analysis.Inspection) -> None:
        alignment, at = watch.inspector.alignment, time.monotonic()
        again = alignment.state != "unknown" and at - watch.aligned_at >= ALIGNMENT_EVERY_S
        if again or baselines.is_new_alignment(alignment, watch.alignment):
            watch.alignment, watch.aligned_at = alignment, at
            self.outbox.put_alignment(watch.duty, alignment, picture.taken_at)
        if watch.lacks_portrait and baselines.is_portrait(inspection.alignment):
            watch.portrait = picture.data, picture.kind

    # ---- health

    async def update_health(
        self,
        watch: Watch,
        outcome: analysis.Inspection | str,
        at: datetime,
        *,
        why: str,
        detail: str = "",
        picture: Picture | None = None,
    ) -> None:
        at = at if picture else watch.next_moment(at)
        before = watch.health
        watch.health = analysis.next_health(before, outcome, at, watch.inspector.baseline.rhythm_s(watch.pace_s))
        changes = ()
        if watch.health.state != before.state:
            if watch.health.state in analysis.SEEING and why == HealthInterval.Why.LOOK:
                why = HealthInterval.Why.SEEN
            changes = (await self.describe_change(watch, why=why, detail=detail, picture=picture, inspection=outcome),)
        self.outbox.put_news(watch, changes)

    async def set_source_down(self, watch: Watch) -> None:
        changes = ()
        if watch.health.state != "source-down":
            watch.health = watch.health.becomes("source-down", watch.next_moment(datetime.now(UTC)))
            changes = (await self.describe_change(watch, why=HealthInterval.Why.SOURCE),)
        self.outbox.put_news(watch, changes)

    async def describe_change(
        self,
        watch: Watch,
        *,
        why: str,
        detail: str = "",
        picture: Picture | None = None,
        inspection: analysis.Inspection | str | None = None,
    ) -> StateChange:
        since = watch.health.since or watch.latest
        change = StateChange(
            health=watch.health.state,
            since=since,
            why=why,
            detail=detail,
            sha256=watch.sha256,
            taken_at=watch.taken_at,
        )
        if picture and isinstance(inspection, analysis.Inspection) and inspection.problem != "unreadable":
            change.sha256, change.taken_at = inspection.sha256, picture.taken_at
            change.received = received_alignment(picture)
            change.small = await self.pictures.thumbnail(picture)
        elif watch.last_frame:
            change.received = received_alignment(watch.last_frame)
            change.small = await self.pictures.stored_thumbnail(watch.last_frame)
        return change

    # ---- one host

    def judge_hosts(self) -> None:
        for host in self.register.hosts.values():
            self.react_to_host(host, host.judge())

    def react_to_host(self, host: Host, turned: str | None) -> None:
        if turned == "down":
            log.warning("Nobody answers at %s, where %d cameras are ours", host.name, len(host.cameras))
            probing = asyncio.create_task(self.probe(host))
            self.probes.add(probing)
            probing.add_done_callback(self.probes.discard)
        if turned == "up":
            log.warning("%s answers again", host.name)
            for watch in [self.register.watches[pk] for pk in host.cameras]:
                watch.failures = 0
                watch.hurry(watch.pace_s)

    async def probe(self, host: Host) -> None:
        """While a host is down: publish that for each of its cameras, and probe one of them now and then."""
        for pk in sorted(host.cameras):
            if host.down and pk in self.register.watches:
                await self.run_step(self.set_source_down, self.register.watches[pk])
        tries = silent = 0
        while host.down and host.cameras:
            await asyncio.sleep(hosts.probe_s(silent))
            if host.down and host.cameras:
                watch = self.register.watches[host.next_probe(tries)]
                await self.run_step(self.visit, watch)
                silent = 0 if watch.refused else silent + 1  # where one is refused, the next is soon asked
            tries += 1


def alignment_as_json(duty: Duty, alignment: analysis.Alignment) -> dict:
    """Return the alignment as stored with a frame, by which zones are placed, or known to be unplaceable.

    `aimed`: when the camera was last turned on purpose, as far as the patrol knew when it judged the picture.
    """
    if not duty.view:
        return {}
    aimed = duty.aimed_at and duty.aimed_at.isoformat()
    return {"view": {"key": duty.view, "state": alignment.state, "transform": alignment.transform, "aimed": aimed}}


def received_alignment(picture) -> dict:
    return {name: value for name, value in picture.received.items() if name == "view"}
