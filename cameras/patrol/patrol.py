"""The patrol: walks from camera to camera, looks at each picture, keeps the last few and says how each camera is.

One process with one event loop; several share the cameras (`shares`). Every camera has its own coroutine that sleeps,
fetches, hands the bytes to a thread that looks at them and writes the file; twice a second all that happened goes to
the database in one transaction (`telling`).
"""

import asyncio
import errno
import logging
import random
import resource
import secrets
import threading
import time
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
from django.db import Error as DatabaseTrouble
from django.db import close_old_connections, connection

from cameras import analysis, ring
from cameras.capture import streams
from cameras.capture.http import CaptureFailed, Credentials, Known, Unchanged, is_network, session
from cameras.models import Frame, Spell
from cameras.patrol import baselines, hosts, outbox, shares, tidying
from cameras.patrol.hosts import Host
from geoapp import vault

log = logging.getLogger("cameras.patrol")

SAVE_EVERY_S, RELOAD_EVERY_S, TELL_EVERY_S, TIDY_EVERY_S, TIDY_SOON_S = 0.5, 5, 60, 600, 5
MEND_EVERY_S = 60
LEARN_EVERY_S, STOP_S = 600, 4
# How often a camera is asked that somebody looks at, or before which something happens.
WANTED_S = 10
# While the database is away, so many pictures wait for it; beyond, the oldest go.
WAITING_FRAMES = 5000
# The same complaint is made once in so many seconds.
COMPLAIN_EVERY_S = 60
# A camera that another patrol left, or that is wanted at once, is visited within so many seconds.
SOON_S = 2
SMALL_WIDTH, SMALL_QUALITY = 320, 80
SPELLS_KEPT = timedelta(days=366)
MICROSECOND = timedelta(microseconds=1)
NOTHING = Known()


@dataclass
class Watch:
    """A camera on patrol: what of the register matters, and what was seen."""

    duty: shares.Duty
    host: Host
    health: analysis.Health
    latest: datetime  # of all that was said of it: its time never runs backwards
    taken_at: datetime | None
    sha256: str
    away_since: datetime | None  # since when nothing is reached at its address
    refused: bool  # at the last try
    credentials: Credentials | None = None
    last: Frame | None = None  # the newest of its ring, where this patrol took it
    eye: analysis.Eye = field(default_factory=analysis.Eye)  # all that is known of it from its pictures
    learnt: dict = field(default_factory=dict)  # what of that is kept
    fit: analysis.Fit = field(default_factory=analysis.Fit)  # how its picture lies over the reference, as was told last
    fitted_at: float = 0  # when that was told (monotonic)
    portrait: tuple | None = None  # a picture for its view, while that has none: (bytes, kind)
    glance: analysis.Glance | None = None  # the last picture that could be read
    known: Known = NOTHING
    asked_whole: float = 0  # when its server was last asked without telling what is known (monotonic)
    failures: int = 0  # in a row
    spread_s: float = 0  # being hurried, it is visited within so many seconds
    hurried: asyncio.Event = field(default_factory=asyncio.Event)
    said: tuple = ()  # what the database was told last

    @property
    def pace_s(self):
        """Seconds from one picture to the next while all is well."""
        period_s = min(self.duty.period_s, WANTED_S) if self.duty.wanted else self.duty.period_s
        return max(period_s, self.duty.quickest_s, 1)

    def moment(self, at):
        """A time as it may be said of this camera: later than all said before, even if the clock was set back."""
        self.latest = max(at, self.latest + MICROSECOND)
        return self.latest

    def hurry(self, spread_s):
        self.spread_s = spread_s
        self.hurried.set()

    async def rest(self, seconds):
        """Sleep; whoever hurries the camera ends it."""
        try:
            async with asyncio.timeout(seconds):
                await self.hurried.wait()
        except TimeoutError:
            return
        self.hurried.clear()
        await asyncio.sleep(random.uniform(0, min(self.spread_s, seconds)))


@dataclass
class Tally:
    fetched: int = 0
    failed: int = 0
    slowest_s: float = 0


class Patrol:
    """`media`: where the pictures go; `networks`: private networks with cameras; `keep`: which frames, for how long."""

    def __init__(self, media, networks=(), keep=None):
        self.media, self.networks, self.keep = media, tuple(networks), keep or tidying.Keep()
        # Its name is in the names of its packs: no two processes append to one file.
        self.name = secrets.token_hex(4)
        self.packs = ring.Packs(media, self.name)
        self.watches: dict[int, Watch] = {}
        self.walks: dict[int, asyncio.Task] = {}
        self.hosts: dict[str, Host] = {}
        self.probes: set[asyncio.Task] = set()
        self.clients = {}
        self.news = outbox.News()  # what the database does not know yet
        self.cards = analysis.Cards()
        self.strangers: set[int] = set()  # cameras of which it was not recalled yet what is known of them
        self.without_portrait: set[int] = set()  # cameras whose view has no picture
        self.lays = {}  # how pictures lie over their references, where the database does not know yet
        self.complained = {}
        self.enough = threading.Event()  # what takes long in a thread ends soon after it is set
        self.not_kept = None  # (since when, by which error) pictures cannot be kept
        self.found_dead = asyncio.Event()  # a patrol died, and left what is to be mended
        self.untidy = asyncio.Event()  # so much was written that the ring may be too large
        self.tally, self.total, self.cpu_s = Tally(), Tally(), cpu_s()
        # One thread looks at pictures (OpenCV lets the loop go on meanwhile), one tells the database, one asks it what
        # is to be done, one tidies up.
        self.seeing, self.saving, self.sharing, self.tidying = (
            ThreadPoolExecutor(1, name) for name in ("seeing", "saving", "sharing", "tidying")
        )

    async def run(self, stop: asyncio.Event):
        """Patrol until told to stop; what was seen by then is saved, and the cameras are left to the others."""
        async with AsyncExitStack() as self.open:
            chores = [
                asyncio.create_task(chore)
                for chore in (
                    self.every(RELOAD_EVERY_S, self.reload),
                    self.every(SAVE_EVERY_S, self.save),
                    self.tidy_in_time(),
                    self.mend_in_time(),
                    self.every(LEARN_EVERY_S, self.learn, first=False),
                    self.every(TELL_EVERY_S, self.tell, first=False),
                )
            ]
            stopped = asyncio.create_task(stop.wait())
            # A chore never ends; if one does, it failed, and a patrol that does not save is none.
            await asyncio.wait([*chores, stopped], return_when=asyncio.FIRST_COMPLETED)
            self.enough.set()
            tasks = [*chores, stopped, *self.probes, *self.walks.values()]
            failed = [task.exception() for task in chores if task.done()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            # Whoever stops us waits ten seconds: what nobody else can do comes first.
            await self.save()
            await self.leave()
            await self.learn(STOP_S)
        for pool in (self.saving, self.sharing, self.tidying):
            await self.in_thread(pool, lambda: connection.close())  # that thread's own, not ours
            pool.shutdown()
        self.seeing.shutdown()
        self.packs.close()
        if failed:
            raise failed[0] or RuntimeError("a chore ended")

    async def every(self, seconds, chore, first=True):
        if not first:
            await asyncio.sleep(seconds)
        while True:
            began = time.monotonic()
            await chore()
            await asyncio.sleep(max(0, seconds - (time.monotonic() - began)))

    async def in_thread(self, pool, work, *args):
        return await asyncio.get_running_loop().run_in_executor(pool, work, *args)

    async def in_database(self, pool, what, work, *args):
        """What the work gives; None where the database is away or the disk is full, which is said in the log."""
        try:
            return await self.in_thread(pool, with_database, work, *args)
        except (DatabaseTrouble, OSError) as e:
            self.complain(what, e)
            return None

    def complain(self, what, trouble, level=logging.WARNING):
        """Say in the log what is wrong, but not with every picture."""
        at = time.monotonic()
        if at - self.complained.get(what, -COMPLAIN_EVERY_S) >= COMPLAIN_EVERY_S:
            self.complained[what] = at
            log.log(level, "%s: %s", what, trouble)

    # ---- the register

    async def reload(self):
        """Take up the cameras of our part, leave those that are gone, paused or another's."""
        part = await self.in_database(self.sharing, "The register cannot be read", shares.of, self.name, self.not_kept)
        if part is None:
            return  # whoever was ours is still visited: two visits are better than none
        duties = {duty.pk: duty for duty in part.duties}
        for pk in self.watches.keys() - duties.keys():
            self.drop(pk)
        for duty in part.duties:
            self.take_up(duty)
        at_once = {duty.host: duty.at_once or hosts.AT_ONCE for duty in part.duties}
        for host in self.hosts.values():
            host.calls.allow(hosts.part_of(at_once[host.name], host.name, part.place, part.patrols))
            self.hear_turned(host, host.turned())
        if part.too_many:
            await self.give_up(random.sample(sorted(self.watches), min(part.too_many, len(self.watches))))
        await self.recall()
        for shift in part.dead:
            log.warning("The patrol %s was not heard of since %s", shift, shift.heard_at)
            self.found_dead.set()
        await self.in_database(self.sharing, "Paused cameras cannot be told", outbox.pause)

    def take_up(self, duty):
        watch = self.watches.get(duty.pk)
        if watch and (watch.duty.url, watch.duty.kind, watch.duty.credentials, watch.duty.host) == (
            duty.url, duty.kind, duty.credentials, duty.host
        ):  # fmt: skip
            if (duty.aimed_at, duty.view) != (watch.duty.aimed_at, watch.duty.view):
                watch.eye.aim()
                watch.fit = analysis.Fit()
                self.strangers.add(duty.pk)
            before, watch.duty = watch.pace_s, duty
            if watch.pace_s < before:
                watch.hurry(SOON_S)
        else:
            if watch:
                self.drop(duty.pk)
            gap = None if watch else outbox.unvisited(duty)
            watch = self.watches[duty.pk] = watch_over(duty, self.host_for(duty, watch), watch, gap)
            if gap:
                self.put(watch, (gap,))
            self.walks[duty.pk] = asyncio.create_task(self.walk(watch))
            self.strangers.add(duty.pk)
        watch.host.others = duty.others, duty.others_away, duty.others_reached, duty.others_refused

    def host_for(self, duty, before):
        host = self.hosts.setdefault(duty.host, Host(duty.host))
        # What was found at another address says nothing of this one.
        host.cameras.add(duty.pk)
        if not before and (duty.refused or duty.away_since or duty.health != "unknown"):
            host.note(duty.pk, None if duty.refused else duty.away_since is None)
        return host

    def drop(self, pk):
        self.walks.pop(pk).cancel()
        host = self.watches.pop(pk).host
        host.leave(pk)
        if not host.cameras:
            self.hosts.pop(host.name, None)

    async def give_up(self, cameras):
        """Leave cameras to the others; what is known of them is told before."""
        for pk in cameras:
            self.drop(pk)
        await self.save()
        await self.in_database(self.sharing, "Cameras cannot be left", shares.give_up, self.name, cameras)

    async def leave(self):
        await self.in_database(self.sharing, "The shift cannot be ended", shares.leave, self.name)

    def networks_of(self, duty):
        """Where the cameras of this one's source may be."""
        return (*self.networks, *filter(self.is_network, duty.networks))

    async def client_for(self, networks):
        """The session that may call there. Sources do not share calls: one's networks are not another's."""
        if networks not in self.clients:
            self.clients[networks] = await self.open.enter_async_context(session(networks))
        return self.clients[networks]

    def is_network(self, text):
        if is_network(text):
            return True
        self.complain("A network of a source is none", text)
        return False

    # ---- one camera

    async def walk(self, watch):
        """Visit one camera again and again. It is seen soon after it was taken up, and from then on at its own moment
        within the period, so that no burst forms."""
        moment_s = zlib.crc32(watch.duty.code.encode()) % (watch.pace_s * 1000) / 1000
        await watch.rest(moment_s % WANTED_S)
        await self.safely(self.hear_down if watch.host.down else self.visit, watch)
        await watch.rest(moment_s or watch.pace_s)
        while True:
            began = time.monotonic()
            await self.safely(self.hear_down if watch.host.down else self.visit, watch)
            pause_s = hosts.LONGEST_WAIT_S if watch.host.down else hosts.pause_s(watch.failures)
            await watch.rest(max(0.1, began + max(watch.pace_s, pause_s) - time.monotonic()))

    async def safely(self, visit, watch):
        try:
            await visit(watch)
        except OSError as e:  # ours, such as no room for a segment of video: the camera's own have names
            self.complain("Cameras cannot be visited", e, logging.ERROR)
            watch.failures += 1
        except Exception:
            # What nobody thought of must not end the watch over this camera, and must be seen.
            log.exception("%s: the visit failed", watch.duty.code)
            watch.failures += 1

    async def visit(self, watch):
        """Try for one picture, look at it, keep it, say how the camera is."""
        async with watch.host.calls:
            began = time.monotonic()
            try:
                got, failure = await self.fetch(watch), None
            except CaptureFailed as e:
                got, failure = None, e
        name, status = type(failure).__name__ if failure else None, getattr(failure, "status", 0)
        watch.failures = watch.failures + 1 if failure else 0
        self.count(failure, time.monotonic() - began)
        reached = hosts.found(name, status)
        watch.refused = reached is None
        watch.away_since = (watch.away_since or datetime.now(UTC)) if reached is False else None
        self.hear_turned(watch.host, watch.host.heard(watch.duty.pk, reached))
        if watch.host.down:
            self.put(watch, ())
            return
        if failure:
            await self.hear(watch, name, datetime.now(UTC), name, str(status or ""))
        elif isinstance(got, Unchanged):
            await self.hear(watch, replace(watch.glance, same=True, still=True), got.taken_at, Spell.Why.LOOK)
        elif got is not None:
            await self.take(watch, replace(got, taken_at=watch.moment(got.taken_at)))

    async def fetch(self, watch):
        """Ask for the camera's picture; where its server proved honest, only for one that is not known already."""
        networks, at = self.networks_of(watch.duty), time.monotonic()
        whole = not watch.host.honest or not any(watch.known) or at - watch.asked_whole >= hosts.DOUBT_S
        if whole:
            watch.asked_whole = at
        return await streams.picture(
            await self.client_for(networks), watch.duty.kind, watch.duty.url, networks, watch.credentials,
            None if whole else watch.known,
        )  # fmt: skip

    async def take(self, watch, picture):
        """Look at a picture and keep it."""
        before, duty = watch.glance, watch.duty
        glance, spot, trouble = await self.in_thread(
            self.seeing, look_and_keep, self.packs, watch.duty.pk, picture, watch.eye, self.cards
        )
        picture = replace(picture, received=picture.received | lying(duty, glance.fit))
        self.take_note(spot, trouble)
        known = Known(picture.received.get("etag", ""), picture.received.get("modified", ""))
        if any(known) and before and (known == watch.known) != (glance.sha256 == before.sha256):
            # It called two pictures one, or one picture two: what it says of them is worth nothing.
            watch.host.honest = False
        if glance.problem not in analysis.BROKEN:
            watch.glance, watch.known = glance, known
        self.follow(watch, picture, glance)
        if spot:
            watch.last = frame_of(watch, picture, glance, spot, self.name)
            watch.taken_at, watch.sha256 = picture.taken_at, glance.sha256
        await self.hear(watch, glance, picture.taken_at, Spell.Why.LOOK, picture=picture)
        if spot:
            watch.last.health = watch.health.state
            self.news.frames.append(watch.last)

    def take_note(self, spot, trouble):
        """Take note of whether pictures can be kept, and of how many bytes they are."""
        if trouble:
            self.complain("Pictures cannot be kept", trouble, logging.ERROR)
            since = self.not_kept[0] if self.not_kept else datetime.now(UTC)
            self.not_kept = since, errno.errorcode.get(trouble.errno, type(trouble).__name__)
        elif spot:
            if self.not_kept:
                self.complain("Pictures are kept again", f"they were not since {self.not_kept[0]}")
            self.not_kept = None
            if self.packs.written >= self.keep.slack:
                self.untidy.set()

    async def hear(self, watch, outcome, at, why, detail="", picture=None):
        """Say how the camera is after one more try: `outcome` is a glance, or the name of a failure."""
        at = at if picture else watch.moment(at)
        before, watch.health = (
            watch.health,
            analysis.after(watch.health, outcome, at, watch.eye.baseline.rhythm_s(watch.pace_s)),
        )
        turns = ()
        if watch.health.state != before.state:
            why = Spell.Why.SEEN if watch.health.state in analysis.SEEING and why == Spell.Why.LOOK else why
            turns = (await self.turn(watch, why, detail, picture, outcome),)
        self.put(watch, turns)

    async def hear_down(self, watch):
        """Say that the camera's host is down, unless that is known."""
        turns = ()
        if watch.health.state != "source-down":
            watch.health = watch.health.becomes("source-down", watch.moment(datetime.now(UTC)))
            turns = (await self.turn(watch, Spell.Why.SOURCE),)
        self.put(watch, turns)

    async def turn(self, watch, why, detail="", picture=None, glance=None):
        """What is to be told of a camera that came into another state."""
        turn = outbox.Turn(watch.health.state, watch.health.since, why, detail, watch.sha256, watch.taken_at)
        if picture and glance.problem != "unreadable":
            turn.sha256, turn.taken_at = glance.sha256, picture.taken_at
            turn.received = lay_of(picture)
            turn.small = await self.in_thread(self.seeing, small, picture.data)
        elif watch.last:
            turn.received = lay_of(watch.last)
            turn.small = await self.in_thread(self.seeing, small_of, self.media, watch.last)
        return turn

    def put(self, watch, turns):
        """Put down what is to be told of a camera, if anything is new."""
        health = watch.health
        said = (health.state, health.since, health.moved_at, watch.taken_at, watch.sha256)
        found = watch.away_since, watch.refused
        if (*said, *found) != watch.said or turns:
            watch.said = (*said, *found)
            word = outbox.Word(watch.duty.pk, *said, turns, *found)
            self.news.words[word.pk] = word.after(self.news.words.get(word.pk))

    def count(self, failure, seconds):
        for tally in (self.tally, self.total):
            tally.fetched += failure is None
            tally.failed += failure is not None
            tally.slowest_s = max(tally.slowest_s, seconds)

    def follow(self, watch, picture, glance):
        """Take note of where the camera looks."""
        fit, at = watch.eye.fit, time.monotonic()
        again = fit.state != "unknown" and at - watch.fitted_at >= LEARN_EVERY_S
        if again or baselines.is_news(fit, watch.fit):
            watch.fit, watch.fitted_at = fit, at
            duty = watch.duty
            self.lays[duty.pk] = baselines.Lay(fit, picture.taken_at, duty.view, duty.aimed_at)
        if watch.duty.pk in self.without_portrait and baselines.shows_well(glance.fit):
            watch.portrait = picture.data, picture.kind

    # ---- what was learnt

    async def recall(self):
        """Recall what is known of the cameras that were taken up."""
        cameras = self.strangers & self.watches.keys()
        if not cameras:
            return
        known = await self.in_database(self.sharing, "What was learnt cannot be recalled", baselines.recalled, cameras)
        if known is None:
            return
        self.strangers -= cameras
        for pk, (eye, without_portrait) in known.items():
            watch = self.watches[pk]
            (self.without_portrait.add if without_portrait else self.without_portrait.discard)(pk)
            eye.glance = watch.eye.glance
            watch.eye, watch.learnt = eye, eye.baseline.as_json()

    async def learn(self, seconds=None):
        """Keep what the eyes have learnt, within so many seconds if given, and learn which cards other patrols know."""
        watches = {pk: watch for pk, watch in self.watches.items() if pk not in self.strangers}
        lessons = await self.in_thread(self.seeing, baselines.lessons, list(watches.values()))
        fresh, self.cards.fresh = self.cards.fresh, {}
        cards = await self.in_database(
            self.tidying, "What was learnt cannot be kept", baselines.keep, lessons, fresh, seconds
        )
        if cards is None:
            self.cards.fresh = fresh | self.cards.fresh
            for lesson in lessons:
                watches[lesson.pk].learnt = {}
            return
        self.cards.known |= cards
        self.without_portrait -= {lesson.pk for lesson in lessons if lesson.portrait}

    # ---- one host

    def hear_turned(self, host, turned):
        """Do what follows when a host went "down", or came "up"."""
        if turned == "down":
            log.warning("Nobody answers at %s, where %d cameras are ours", host.name, len(host.cameras))
            probing = asyncio.create_task(self.probe(host))
            self.probes.add(probing)
            probing.add_done_callback(self.probes.discard)
        if turned == "up":
            log.warning("%s answers again", host.name)
            for watch in [self.watches[pk] for pk in host.cameras]:
                watch.failures = 0
                watch.hurry(watch.pace_s)

    async def probe(self, host):
        """While a host is down: say so of each of its cameras, then ask one of them now and then."""
        for pk in sorted(host.cameras):
            if host.down and pk in self.watches:
                await self.safely(self.hear_down, self.watches[pk])
        tries = silent = 0
        while host.down and host.cameras:
            await asyncio.sleep(hosts.probe_s(silent))
            if host.down and host.cameras:
                watch = self.watches[host.next_probe(tries)]
                await self.safely(self.visit, watch)
                silent = 0 if watch.refused else silent + 1  # where one is refused, the next is soon asked
            tries += 1

    # ---- the database

    async def save(self):
        """Tell the database all that happened since the last time. If it is away, it is told next time."""
        if self.lays:
            lays, self.lays = self.lays, {}
            if await self.in_database(self.saving, "Where cameras look is not told yet", baselines.judge, lays) is None:
                self.lays = lays | self.lays
        news, self.news = self.news, outbox.News()
        if not news:
            return
        try:
            if trouble := await self.in_thread(self.saving, with_database, outbox.told, self.name, news):
                self.complain("Proofs cannot be kept", trouble, logging.ERROR)
        except DatabaseTrouble as e:
            self.complain("What was seen cannot be saved yet", e)
            later = self.news
            words = news.words | {pk: word.after(news.words.get(pk)) for pk, word in later.words.items()}
            self.news = outbox.News(words, (news.frames + later.frames)[-WAITING_FRAMES:])

    async def tidy_in_time(self):
        """Tidy up now and then, and whenever so much was written that the disk may bear no more."""
        while True:
            self.untidy.clear()
            self.packs.written = 0
            pause_s = TIDY_EVERY_S if await self.tidy() else TIDY_SOON_S
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self.untidy.wait()

    async def tidy(self):
        """Thin and forget frames in their time, and the spells that are too old. Whether that was enough for now."""
        too_much = await self.in_database(
            self.tidying, "The ring cannot be tidied yet", tidying.tidy, self.media, self.keep, None, self.is_enough
        )
        if too_much is not None:
            self.packs.full = too_much
        old = datetime.now(UTC) - SPELLS_KEPT
        await self.in_database(self.tidying, "Old spells cannot be forgotten yet", outbox.forget_spells, old)
        return too_much is False

    def is_enough(self):
        """Whether tidying is to end for now: the patrol stops, or it must be seen to the disk first."""
        return self.enough.is_set() or self.packs.written >= self.keep.slack

    async def mend_in_time(self):
        """Mend what dead patrols left: when one is found dead, and now and then what could not be mended before."""
        while True:
            self.found_dead.clear()
            await self.mend()
            with suppress(TimeoutError):
                async with asyncio.timeout(MEND_EVERY_S):
                    await self.found_dead.wait()

    async def mend(self):
        """See after the packs of patrols that died: what they kept and did not tell is told."""
        dead = await self.in_database(self.tidying, "Dead patrols cannot be read", tidying.to_mend)
        for key, name in dead or ():
            work = tidying.mend_dead, self.media, key
            if mended := await self.in_database(self.tidying, "Packs cannot be mended", *work):
                log.warning("Of the frames of %s %d were gone, and %d were found again", name, *mended)

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


def watch_over(duty, host, before=None, gap=None):
    """A camera newly on patrol, where the patrol goes on after a pause, a restart or another patrol.

    `gap`: the turn that nobody looked; how it was before says nothing then of how it is.
    """
    was = (gap.health, gap.since) if gap else (duty.health, duty.health_since)
    said = [at for at in (duty.health_since, duty.moved_at, duty.last_taken_at) if at]
    return Watch(
        duty,
        host,
        before.health if before else analysis.Health(*was, moved_at=duty.moved_at),
        latest=before.latest if before else max(said, default=ring.EPOCH),
        taken_at=before.taken_at if before else duty.last_taken_at,
        sha256=before.sha256 if before else duty.last_sha256,
        away_since=None if before else duty.away_since,
        refused=not before and duty.refused,
        credentials=credentials_of(duty),
        last=before and before.last,
        eye=analysis.Eye(duty.url),
    )


def credentials_of(duty):
    try:
        return Credentials.of(vault.unlock(duty.credentials))
    except vault.Unreadable:
        log.error("%s: its name and password were locked with another SECRET_KEY; enter them again", duty.code)
        return None


def frame_of(watch, picture, glance, spot, patrol):
    return Frame(
        camera_id=watch.duty.pk,
        taken_at=picture.taken_at,
        sha256=glance.sha256,
        pack=spot.pack,
        offset=spot.offset,
        length=spot.length,
        kind=picture.kind,
        width=glance.width,
        height=glance.height,
        received=picture.received | {"worker": patrol},
    )


def lying(duty, fit):
    """How a picture lies over its view's reference, so that zones are known to lie right in it, or known not to.

    `aimed`: when that camera was last turned on purpose, as far as was heard of it when the picture was judged.
    """
    if not duty.view:
        return {}
    aimed = duty.aimed_at and duty.aimed_at.isoformat()
    return {"view": {"key": duty.view, "state": fit.state, "transform": fit.transform, "aimed": aimed}}


def lay_of(picture):
    """How a picture or frame lay over its view, where that was written down."""
    return {name: said for name, said in picture.received.items() if name == "view"}


# ---- in the seeing thread


def look_and_keep(packs, pk, picture, eye, cards):
    """(a glance at a picture, where it lies, what hindered); one known or unreadable is not kept."""
    glance = eye.look(picture.data, picture.taken_at, cards)
    if glance.same or glance.problem == "unreadable":
        return glance, None, None
    try:
        return glance, packs.append(pk, picture.taken_at, glance.sha256, picture.data), None
    except OSError as trouble:
        return glance, None, trouble  # the patrol goes on: how a camera is can still be told


def small(picture):
    """A picture that could be read, made small, as JPEG."""
    width, height = analysis.size_of(picture)
    reading = cv2.IMREAD_REDUCED_COLOR_2 if width >= 2 * SMALL_WIDTH and height > 1 else cv2.IMREAD_COLOR
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), reading)
    if image is None:
        return b""
    height, width = image.shape[:2]
    if width > SMALL_WIDTH:
        size = SMALL_WIDTH, max(1, round(height * SMALL_WIDTH / width))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, SMALL_QUALITY])[1].tobytes()


def small_of(media, frame):
    """A picture of the ring, made small; nothing where the ring has moved on."""
    try:
        return small(ring.read(frame, media))
    except ring.Gone:
        return b""


# ---- in the threads that talk to the database


def with_database(work, *args):
    close_old_connections()
    return work(*args)
