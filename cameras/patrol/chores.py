"""Run a patrol's chores: tidying the ring, repairing after dead patrols, storing lessons, one line of log."""

import asyncio
import logging
import resource
import threading
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cameras.patrol import baselines, state_intervals, tidying
from cameras.patrol.pictures import Pictures
from cameras.patrol.register import Register
from cameras.patrol.threads import Threads
from cameras.patrol.walk import VisitTally, Walk

log = logging.getLogger("cameras.patrol")

TIDY_EVERY_S, TIDY_SOON_S, MEND_EVERY_S, LOG_EVERY_S = 600, 5, 60, 60
INTERVALS_KEPT = timedelta(days=366)


class Chores:
    """The chores of one patrol. `keep`: which frames stay in the ring, for how long."""

    def __init__(
        self,
        media: str | Path,
        keep: tidying.RingLimits,
        *,
        register: Register,
        walk: Walk,
        pictures: Pictures,
        threads: Threads,
    ) -> None:
        self.media, self.keep = media, keep
        self.register, self.walk, self.pictures, self.threads = register, walk, pictures, threads
        self.stopping = threading.Event()  # what takes long in a thread ends soon after it is set
        self.found_dead = asyncio.Event()  # a patrol died, and left what is to be mended
        self.cpu_s = used_cpu_s()

    # ---- tidying

    async def tidy_in_time(self) -> None:
        while True:
            self.pictures.slack_used.clear()
            self.pictures.packs.written = 0
            pause_s = TIDY_EVERY_S if await self.tidy() else TIDY_SOON_S
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self.pictures.slack_used.wait()

    async def tidy(self) -> bool:
        thread = self.threads.tidying
        too_much = await self.threads.try_query(
            thread, "The ring cannot be tidied yet", tidying.tidy_ring, self.media, self.keep, None, self.is_enough
        )
        if too_much is not None:
            self.pictures.packs.full = too_much
        old = datetime.now(UTC) - INTERVALS_KEPT
        await self.threads.try_query(
            thread, "Old intervals cannot be forgotten yet", state_intervals.forget_intervals, old
        )
        return too_much is False

    def is_enough(self) -> bool:
        return self.stopping.is_set() or self.pictures.is_slack_used()

    # ---- mending

    async def mend_in_time(self) -> None:
        while True:
            self.found_dead.clear()
            await self.mend()
            with suppress(TimeoutError):
                async with asyncio.timeout(MEND_EVERY_S):
                    await self.found_dead.wait()

    async def mend(self) -> None:
        thread = self.threads.tidying
        dead = await self.threads.try_query(thread, "Dead patrols cannot be read", tidying.list_dead_shifts)
        for key, name in dead or ():
            work = tidying.mend_dead_shift, self.media, key
            if mended := await self.threads.try_query(thread, "Packs cannot be mended", *work):
                log.warning("Of the frames of %s %d were gone, and %d were found again", name, *mended)

    # ---- learning

    async def learn(self, seconds: float | None = None) -> None:
        watches = {pk: watch for pk, watch in self.register.watches.items() if watch.recalled}
        lessons = await self.threads.run(self.threads.seeing, baselines.collect_lessons, list(watches.values()))
        known, fresh = self.pictures.cards, self.pictures.cards.fresh
        known.fresh = {}
        cards = await self.threads.try_query(
            self.threads.tidying, "What was learnt cannot be kept", baselines.store_lessons, lessons, fresh, seconds
        )
        if cards is None:
            known.fresh = fresh | known.fresh
            for lesson in lessons:
                watches[lesson.pk].learnt = {}
            return
        known.known |= cards
        for lesson in lessons:
            if lesson.portrait:
                watches[lesson.pk].lacks_portrait = False

    # ---- the log

    async def log_activity(self) -> None:
        used, self.cpu_s = used_cpu_s() - self.cpu_s, used_cpu_s()
        states = Counter(watch.health.state for watch in self.register.watches.values())
        tally, self.walk.tally = self.walk.tally, VisitTally()
        log.info(
            "%d fetched, %d failed, slowest %.1f s; %s; %.0f %% CPU",
            tally.fetched,
            tally.failed,
            tally.slowest_s,
            ", ".join(f"{count} {state}" for state, count in states.most_common()) or "no cameras",
            used / LOG_EVERY_S * 100,
        )


def used_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
