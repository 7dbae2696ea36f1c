"""The patrol: walks from camera to camera, looks at each picture, keeps the last few and says how each camera is.

One process with one event loop. Every camera has its own coroutine that sleeps, fetches, hands the bytes to a thread
that looks at them and writes the file; once a second all that happened goes to the database in one transaction.
"""

import asyncio
import logging
import random
import resource
import secrets
import time
import zlib
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from django.db import Error as DatabaseTrouble
from django.db import close_old_connections, connection, transaction

from cameras import analysis, ring
from cameras.capture import CaptureFailed, capture, session
from cameras.models import Camera, Frame

log = logging.getLogger("cameras.patrol")

SAVE_EVERY_S, RELOAD_EVERY_S, TELL_EVERY_S, FORGET_EVERY_S = 1, 60, 60, 600
AT_ONE_HOST = 32
# After so many failures in a row a camera is asked less often, up to every five minutes.
PATIENT_FAILURES, FIRST_WAIT_S, LONGEST_WAIT_S = 3, 20, 300
# A host is down when so many of its cameras in a row could not be reached; the first that can wakes the others.
HOST_DOWN = 5
# While the database is away, so many pictures wait for it; beyond, the oldest go.
WAITING_FRAMES = 5000


@dataclass
class Host:
    """A server from which pictures come; it may serve one camera or all of them."""

    calls: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONE_HOST))
    unreached: int = 0
    back: asyncio.Event = field(default_factory=asyncio.Event)

    def heard(self, failure):
        if failure == "Unreachable":
            self.unreached += 1
        else:
            if self.unreached >= HOST_DOWN:
                self.back.set()
                self.back = asyncio.Event()
            self.unreached = 0


@dataclass
class Watch:
    """A camera on patrol: what of the register matters, and what was seen."""

    pk: int
    code: str
    url: str
    period_s: int
    health: analysis.Health
    last: Frame | None = None  # the newest of its ring
    glance: analysis.Glance | None = None  # the last picture that could be read
    failures: int = 0  # in a row

    def wait_s(self):
        """Seconds from the start of one try to the next."""
        if self.failures < PATIENT_FAILURES:
            return max(self.period_s, 1)
        wait = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (self.failures - PATIENT_FAILURES)) * random.uniform(0.8, 1.2)
        return max(self.period_s, wait)


class Word(NamedTuple):
    """What the database is to be told of a camera."""

    pk: int
    health: analysis.Health
    last: Frame | None


@dataclass
class Tally:
    fetched: int = 0
    failed: int = 0
    slowest_s: float = 0


class Patrol:
    """`media`: where the pictures go; `networks`: private networks with cameras; `hours`: how long frames are kept."""

    def __init__(self, media, networks=(), hours=24):
        self.networks, self.hours = networks, hours
        # Its name is in the names of its packs: no two processes append to one file.
        self.packs = ring.Packs(media, secrets.token_hex(4))
        self.watches: dict[int, Watch] = {}
        self.walks: dict[int, asyncio.Task] = {}
        self.hosts = defaultdict(Host)
        self.words: dict[int, Word] = {}  # what the database does not know yet
        self.taken: list[Frame] = []
        self.tally, self.total, self.cpu_s = Tally(), Tally(), cpu_s()
        # One thread looks at pictures (OpenCV lets the loop go on meanwhile), one talks to the database.
        self.seeing, self.saving = ThreadPoolExecutor(1, "seeing"), ThreadPoolExecutor(1, "saving")

    async def run(self, stop: asyncio.Event):
        """Patrol until told to stop; what was seen by then is saved."""
        async with session(self.networks) as self.client:
            chores = [
                asyncio.create_task(chore)
                for chore in (
                    self.every(RELOAD_EVERY_S, self.reload),
                    self.every(SAVE_EVERY_S, self.save),
                    self.every(FORGET_EVERY_S, self.forget),
                    self.every(TELL_EVERY_S, self.tell, first=False),
                )
            ]
            stopped = asyncio.create_task(stop.wait())
            # A chore never ends; if one does, it failed, and a patrol that does not save is none.
            await asyncio.wait([*chores, stopped], return_when=asyncio.FIRST_COMPLETED)
            tasks = [*chores, stopped, *self.walks.values()]
            failed = [task.exception() for task in chores if task.done()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.save()
        await self.in_thread(self.saving, lambda: connection.close())  # that thread's own, not ours
        self.seeing.shutdown()
        self.packs.close()
        self.saving.shutdown()
        if failed:
            raise failed[0]

    async def every(self, seconds, chore, first=True):
        if not first:
            await asyncio.sleep(seconds)
        while True:
            began = time.monotonic()
            await chore()
            await asyncio.sleep(max(0, seconds - (time.monotonic() - began)))

    async def in_thread(self, pool, work, *args):
        return await asyncio.get_running_loop().run_in_executor(pool, work, *args)

    # ---- the register

    async def reload(self):
        """Take up cameras that are new or changed, leave those that are gone or paused."""
        try:
            cameras = await self.in_thread(self.saving, registered)
        except DatabaseTrouble as e:
            log.warning("The register cannot be read: %s", e)
            return
        known = {camera.pk: camera for camera in cameras}
        for pk, watch in list(self.watches.items()):
            camera = known.get(pk)
            if camera is None or not camera.active or (camera.url, camera.period_s) != (watch.url, watch.period_s):
                self.walks.pop(pk).cancel()
            if camera is None or not camera.active or not camera.url:
                del self.watches[pk]
        for camera in cameras:
            if camera.active and camera.url and camera.pk not in self.walks:
                self.take_up(camera)
            if not camera.active and camera.health != "paused":
                self.words[camera.pk] = Word(camera.pk, analysis.paused(health_of(camera), datetime.now(UTC)), None)

    def take_up(self, camera):
        watch = self.watches.get(camera.pk) or Watch(
            camera.pk, camera.code, camera.url, camera.period_s, health_of(camera)
        )
        watch.code, watch.url, watch.period_s, watch.failures = camera.code, camera.url, camera.period_s, 0
        self.watches[camera.pk] = watch
        self.walks[camera.pk] = asyncio.create_task(self.walk(watch))

    # ---- one camera

    async def walk(self, watch):
        host = self.hosts[host_of(watch.url)]
        # Each camera has its own moment within the period, so that no burst forms.
        await asyncio.sleep(zlib.crc32(watch.code.encode()) % (watch.period_s * 1000 or 1) / 1000)
        while True:
            began = time.monotonic()
            try:
                failure = await self.visit(watch, host)
            except Exception:
                # What nobody thought of must not end the watch over this camera, and must be seen.
                log.exception("%s: the visit failed", watch.code)
                failure = "Surprise"
            rest = max(0.1, began + watch.wait_s() - time.monotonic())
            if failure is None:
                await asyncio.sleep(rest)
            else:
                await self.rest_or_be_woken(watch, host, rest)

    async def rest_or_be_woken(self, watch, host, rest):
        try:
            await asyncio.wait_for(host.back.wait(), rest)
        except TimeoutError:
            return
        await asyncio.sleep(random.uniform(0, min(rest, watch.period_s)))

    async def visit(self, watch, host):
        """Try for one picture, look at it, keep it; the name of the failure, or None."""
        async with host.calls:
            began = time.monotonic()
            try:
                picture, failure = await capture(self.client, watch.url), None
            except CaptureFailed as e:
                picture, failure = None, type(e).__name__
        host.heard(failure)
        watch.failures = watch.failures + 1 if failure else 0
        self.count(failure, time.monotonic() - began)
        if failure:
            self.hear(watch, failure, datetime.now(UTC))
            return failure
        glance, spot = await self.in_thread(self.seeing, look_and_keep, self.packs, watch.pk, picture, watch.glance)
        if glance.problem != "unreadable":
            watch.glance = glance
        if spot:
            watch.last = frame_of(watch, picture, glance, spot)
            self.taken.append(watch.last)
        self.hear(watch, glance, picture.taken_at)
        if spot:
            watch.last.health = watch.health.state
        return None

    def count(self, failure, seconds):
        for tally in (self.tally, self.total):
            tally.fetched += failure is None
            tally.failed += failure is not None
            tally.slowest_s = max(tally.slowest_s, seconds)

    def hear(self, watch, outcome, at):
        watch.health = analysis.after(watch.health, outcome, at, watch.period_s)
        self.words[watch.pk] = Word(watch.pk, watch.health, watch.last)

    # ---- the database

    async def save(self):
        """Tell the database all that happened since the last time. If it is away, it is told next time."""
        words, self.words = self.words, {}
        taken, self.taken = self.taken, []
        if not words and not taken:
            return
        try:
            await self.in_thread(self.saving, told, words, taken)
        except DatabaseTrouble as e:
            log.warning("What was seen cannot be saved yet: %s", e)
            self.words = words | self.words
            self.taken = (taken + self.taken)[-WAITING_FRAMES:]

    async def forget(self):
        """Forget what is older than the ring, and make the index ready for tomorrow."""
        try:
            await self.in_thread(self.saving, forgotten, datetime.now(UTC) - timedelta(hours=self.hours))
        except DatabaseTrouble as e:
            log.warning("Old frames cannot be forgotten yet: %s", e)

    async def tell(self):
        """One line for the log."""
        used, self.cpu_s = cpu_s() - self.cpu_s, cpu_s()
        states = Counter(watch.health.state for watch in self.watches.values())
        tally, self.tally = self.tally, Tally()
        log.info(
            "%d fetched, %d failed, slowest %.1f s; %s; %.0f %% CPU",
            tally.fetched,
            tally.failed,
            tally.slowest_s,
            ", ".join(f"{count} {state}" for state, count in states.most_common()) or "no cameras",
            used / TELL_EVERY_S * 100,
        )


def cpu_s():
    """Seconds of processor that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def host_of(url):
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""  # `capture` says what is wrong with it


def health_of(camera):
    """Where the patrol goes on after a pause or a restart."""
    return analysis.Health(camera.health, camera.health_since, moved_at=camera.moved_at)


def frame_of(watch, picture, glance, spot):
    return Frame(
        camera_id=watch.pk,
        taken_at=picture.taken_at,
        sha256=glance.sha256,
        pack=spot.pack,
        offset=spot.offset,
        length=spot.length,
        kind=picture.kind,
        width=glance.width,
        height=glance.height,
    )


# ---- in the seeing thread


def look_and_keep(packs, pk, picture, before):
    """A glance at a picture, and where it lies; nowhere if it is the one before, or cannot be read."""
    glance = analysis.look(picture.data, before)
    if glance.same or glance.problem == "unreadable":
        return glance, None
    try:
        return glance, packs.append(pk, picture.taken_at, glance.sha256, picture.data)
    except OSError as trouble:
        log.error("A picture cannot be kept: %s", trouble)  # the patrol goes on: how a camera is can still be told
        return glance, None


# ---- in the saving thread


def registered():
    """The register."""
    close_old_connections()
    return list(Camera.objects.only("code", "url", "period_s", "active", "health", "health_since", "moved_at"))


def told(words, taken):
    """Write the new frames and how the cameras are: all of it or nothing."""
    close_old_connections()
    with transaction.atomic():
        # Whoever deletes a camera meanwhile waits; one that is gone already is passed over.
        cameras = Camera.objects.filter(pk__in=words).order_by("pk").select_for_update(no_key=True)
        cameras = list(cameras.only("health", "health_since", "moved_at", "last_taken_at", "last_sha256"))
        there = {camera.pk for camera in cameras}
        Frame.objects.bulk_create((frame for frame in taken if frame.camera_id in there), ignore_conflicts=True)
        for camera in cameras:
            word = words[camera.pk]
            camera.health, camera.health_since = word.health.state, word.health.since
            camera.moved_at = word.health.moved_at
            if word.last:
                camera.last_taken_at, camera.last_sha256 = word.last.taken_at, word.last.sha256
        Camera.objects.bulk_update(cameras, ["health", "health_since", "moved_at", "last_taken_at", "last_sha256"])


def forgotten(moment):
    """Forget the frames from before a moment; the index gets its partitions of today and tomorrow."""
    close_old_connections()
    today = datetime.now(UTC).date()
    for day in (today, today + timedelta(days=1)):
        ring.make_day(day)
    ring.forget(moment)
