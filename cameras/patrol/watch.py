"""Hold what a patrol knows of one camera that it watches."""

import asyncio
import logging
import random
import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cameras import analysis, ring
from cameras.capture.http import Credentials, Known
from cameras.models import Frame
from cameras.patrol.hosts import Host
from cameras.patrol.partitioning import Duty
from cameras.patrol.state_intervals import StateChange
from geoapp.crypto import vault

log = logging.getLogger("cameras.patrol")

# The period of cameras that somebody watches, or that are near an open incident.
WANTED_S = 10
MICROSECOND = timedelta(microseconds=1)
NOTHING = Known()


@dataclass
class Watch:
    """A camera on patrol: its columns of the register that matter, and its current state."""

    duty: Duty
    host: Host
    health: analysis.Health
    latest: datetime  # of all that was said of it: its time never runs backwards
    taken_at: datetime | None
    sha256: str
    away_since: datetime | None  # since when nothing is reached at its address
    refused: bool  # at the last try
    credentials: Credentials | None = None
    last_frame: Frame | None = None  # the newest of its ring, where this patrol took it
    inspector: analysis.CameraInspector = field(
        default_factory=analysis.CameraInspector
    )  # all that is known of it from its pictures
    recalled: bool = False  # what other patrols had learnt of it is known
    learnt: dict = field(default_factory=dict)  # what of that is in the database
    alignment: analysis.Alignment = field(
        default_factory=analysis.Alignment
    )  # how its picture lies over the reference, as told last
    aligned_at: float = 0  # when that was told (monotonic)
    lacks_portrait: bool = False  # its view has no picture
    portrait: tuple[bytes, str] | None = None  # a picture for its view, while that has none: (bytes, kind)
    inspection: analysis.Inspection | None = None  # the last picture that could be read
    known: Known = NOTHING
    asked_whole: float = 0  # when its server was last asked without telling what is known (monotonic)
    failures: int = 0  # in a row
    spread_s: float = 0  # being hurried, it is visited within so many seconds
    hurried: asyncio.Event = field(default_factory=asyncio.Event)
    reported: tuple | None = None  # what the database was told last, as a CameraUpdate without changes

    @property
    def pace_s(self) -> float:
        period_s = min(self.duty.period_s, WANTED_S) if self.duty.wanted else self.duty.period_s
        return max(period_s, self.duty.quickest_s, 1)

    @property
    def moment_s(self) -> float:
        """Return its offset within the period, derived from its code so that calls spread evenly."""
        return zlib.crc32(self.duty.code.encode()) % (self.pace_s * 1000) / 1000

    @property
    def first_wait_s(self) -> float:
        return self.moment_s % WANTED_S

    def next_moment(self, at: datetime) -> datetime:
        """Return the time for the next change: later than all before, even if the clock was set back."""
        self.latest = max(at, self.latest + MICROSECOND)
        return self.latest

    def hurry(self, spread_s: float) -> None:
        """End `rest` after a random part of so many seconds."""
        self.spread_s = spread_s
        self.hurried.set()

    async def rest(self, seconds: float) -> None:
        """Sleep so many seconds, or until `hurry` is called."""
        try:
            async with asyncio.timeout(seconds):
                await self.hurried.wait()
        except TimeoutError:
            return
        self.hurried.clear()
        await asyncio.sleep(random.uniform(0, min(self.spread_s, seconds)))

    def aim(self, duty: Duty) -> None:
        if (duty.aimed_at, duty.view) != (self.duty.aimed_at, self.duty.view):
            self.inspector.forget_view()
            self.alignment = analysis.Alignment()
            self.recalled = False

    def is_of_same_source(self, duty: Duty) -> bool:
        mine = self.duty
        return (mine.url, mine.kind, mine.credentials, mine.host) == (
            duty.url, duty.kind, duty.credentials, duty.host
        )  # fmt: skip


def watch_camera(duty: Duty, host: Host, before: Watch | None = None, gap: StateChange | None = None) -> Watch:
    """Return the watch of a new camera, which continues after a pause, a restart or another patrol.

    `before`: the watch at its previous address. `gap`: the change that says that nobody looked; its health before says
    nothing then.
    """
    health, since = (gap.health, gap.since) if gap else (duty.health, duty.health_since)
    said_at = [at for at in (duty.health_since, duty.moved_at, duty.last_taken_at) if at]
    return Watch(
        duty,
        host,
        before.health if before else analysis.Health(health, since, moved_at=duty.moved_at),
        latest=before.latest if before else max(said_at, default=ring.EPOCH),
        taken_at=before.taken_at if before else duty.last_taken_at,
        sha256=before.sha256 if before else duty.last_sha256,
        away_since=None if before else duty.away_since,
        refused=not before and duty.refused,
        credentials=unlock_credentials(duty),
        last_frame=before.last_frame if before else None,
        lacks_portrait=before is not None and before.lacks_portrait,
        inspector=analysis.CameraInspector(duty.url),
    )


def unlock_credentials(duty: Duty) -> Credentials | None:
    """Return a camera's name and password; None if it needs none or they cannot be decrypted."""
    try:
        return Credentials.parse(vault.decrypt(duty.credentials))
    except vault.CannotDecrypt:
        log.error("%s: its name and password were locked with a key that is gone; enter them again", duty.code)
        return None
