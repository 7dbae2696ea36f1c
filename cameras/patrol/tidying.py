import hashlib
import logging
import os
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path

from django.conf import settings
from django.db import transaction

from cameras import analysis, ring, sql
from cameras.models import DeadShift, Frame, Shift
from cameras.patrol import news
from geoapp.db import locks

log = logging.getLogger("cameras.tidying")

HOUR = timedelta(hours=1)
THIN = ".thin.pack"
AT_ONE_TIME_S = 60
SLACK = 0.005  # of CAMERA_RING_GB
# Bytes reach the disk before their row is committed; a dead patrol had published all rows but the last ones.
UNTOLD = timedelta(hours=1)


@dataclass(frozen=True)
class RingLimits:
    """Retention of the ring: hours with all frames, days with one frame a minute, and the maximum in GB (0: none)."""

    hours: int = 24
    days: int = 7
    gigabytes: float = 0

    @property
    def slack(self) -> float:
        """Return the bytes after which a patrol checks the disk; twice as many are kept free for each patrol."""
        return self.gigabytes * 1e9 * SLACK if self.gigabytes else inf

    @classmethod
    def from_settings(cls) -> "RingLimits":
        return cls(settings.CAMERA_RING_HOURS, settings.CAMERA_RING_DAYS, settings.CAMERA_RING_GB)


@dataclass(frozen=True)
class Pack:
    path: Path
    bytes: int

    @property
    def hour(self):
        return ring.pack_hour(self.path)

    @property
    def name(self):
        return f"{ring.FOLDER}/{self.camera}/{self.path.name}"

    @property
    def camera(self):
        return int(self.path.parent.name)

    @property
    def is_thin(self):
        return self.path.name.endswith(THIN)

    @property
    def thin_path(self):
        return self.path.with_name(self.path.name.removesuffix(".pack") + THIN)


def list_packs(media: str | Path) -> list[Pack]:
    packs = []
    for folder in os.scandir(Path(media) / ring.FOLDER) if (Path(media) / ring.FOLDER).is_dir() else ():
        if folder.is_dir() and folder.name.isdecimal():
            files = (file for file in os.scandir(folder.path) if file.name.endswith(".pack"))
            packs += [Pack(Path(file.path), file.stat().st_size) for file in files]
    return sorted(packs, key=lambda pack: pack.path.name)


@contextmanager
def try_tidying_lock():
    mine = locks.try_take(locks.Lock.TIDYING)
    try:
        yield mine
    finally:
        if mine:
            locks.release(locks.Lock.TIDYING)


def tidy_ring(
    media: str | Path, keep: RingLimits, at: datetime | None = None, enough: Callable[[], bool] | None = None
) -> bool | None:
    """Create tomorrow's partition; drop and thin frames that are due. The rest waits.

    `enough()`: once it is true, this ends after the current pack. Returns whether the ring is still larger than it may
    be; None if another patrol tidies.
    """
    at, ends = at or datetime.now(UTC), time.monotonic() + AT_ONE_TIME_S
    with try_tidying_lock() as mine:
        if not mine:
            return None
        for day in (at.date(), at.date() + timedelta(days=1)):
            ring.create_day(day)
        ring.forget_before(at - timedelta(days=keep.days), media)
        too_much = limit_ring_size(media, keep, at)
        for pack in list_packs(media):
            if pack.hour + HOUR > at - timedelta(hours=keep.hours) or time.monotonic() > ends or (enough and enough()):
                break
            if not pack.is_thin:
                thin_pack(pack)
    return too_much


def limit_ring_size(media, keep, at):
    """Delete the oldest hours while the ring is larger than it may be, never the current hour.

    Room is kept for what the patrols may write until the next check. Returns whether the current hour alone is too
    large.
    """
    if not keep.gigabytes:
        return False
    packs, patrols = list_packs(media), max(1, Shift.objects.count())
    too_much = sum(pack.bytes for pack in packs) - keep.gigabytes * 1e9 + 2 * keep.slack * patrols
    until = None
    for pack in packs:
        if (too_much <= 0 and pack.hour + HOUR != until) or pack.hour + HOUR > at:
            break
        too_much -= pack.bytes
        until = pack.hour + HOUR
    if until:
        log.warning("The ring takes more than %s GB: what is from before %s is forgotten", keep.gigabytes, until)
        ring.forget_before(until, media)
    return too_much > 0


def thin_pack(pack):
    """Keep the first frame of each minute of a pack, and its last, in a new file that replaces it in the index."""
    thinned, minute, last = [], None, None
    for picture in ring.scan_pack(pack.path):
        if (this := picture[0].replace(second=0, microsecond=0)) != minute:
            thinned.append(picture)
        minute, last = this, picture
    if last and thinned[-1] != last:
        thinned.append(last)  # a camera that was silent ever since shows it
    offsets = write_thin_pack(pack, thinned)
    with transaction.atomic():
        if thinned:
            sql.execute(
                "thinned", camera=pack.camera, moments=[picture[0] for picture in thinned], offsets=offsets,
                old=pack.name, new=f"{ring.FOLDER}/{pack.camera}/{pack.thin_path.name}",
            )  # fmt: skip
        frames_of_pack(pack).delete()
    pack.path.unlink()


def write_thin_pack(pack, thinned):
    offsets, part = [], pack.thin_path.with_suffix(".part")
    if not thinned:
        return offsets
    try:
        with pack.path.open("rb") as old, part.open("wb") as new:
            for at, sha256, begins, length in thinned:
                old.seek(begins)
                new.write(ring.frame_header(length, at, sha256))
                offsets.append(new.tell())
                new.write(old.read(length))
            new.flush()
            os.fsync(new.fileno())
    except OSError:
        part.unlink(missing_ok=True)  # on a full disk it would take what room there is
        raise
    os.replace(part, pack.thin_path)
    return offsets


def frames_of_pack(pack):
    return Frame.objects.filter(
        camera=pack.camera, taken_at__gte=pack.hour, taken_at__lt=pack.hour + HOUR, pack=pack.name
    )


# ---- after a crash


def mend_packs(media: str | Path, patrol: str | None = None, since: datetime | None = None) -> tuple[int, int]:
    """Make packs and index consistent: of one dead patrol from some time on, or of all. Returns (rows deleted, rows
    added).

    A row without its bytes is deleted; a whole picture without a row gets one. A pack that is being thinned is left to
    `tidy_ring`.
    """
    lost = recovered = 0
    for pack in list_packs(media):
        if (since and pack.hour + HOUR <= since) or (patrol and not pack.path.name.endswith(f"-{patrol}.pack")):
            continue
        if (pack.thin_path if not pack.is_thin else unthinned_path(pack)).exists():
            continue
        here = mend_pack(pack)
        lost, recovered = lost + here[0], recovered + here[1]
    return lost, recovered


def list_dead_shifts() -> list[tuple[int, str]]:
    """Return [(key, name)] of the dead patrols whose packs were not repaired yet, longest dead first."""
    return list(DeadShift.objects.order_by("heard_at", "pk").values_list("pk", "name"))


@transaction.atomic
def mend_dead_shift(media: str | Path, key: int) -> tuple[int, int] | None:
    """Repair what a dead patrol left, in one transaction; after a failure it is still to be done.

    Returns (rows deleted, rows added); None if it is done already, or another patrol does it.
    """
    shift = DeadShift.objects.select_for_update(skip_locked=True).filter(pk=key).first()
    if shift is None:
        return None
    mended = mend_packs(media, shift.name, shift.heard_at - UNTOLD)
    shift.delete()
    return mended


def forget_lost_packs(media: str | Path) -> int:
    pack_names = {pack.name for pack in list_packs(media)}
    named = set(Frame.objects.values_list("pack", flat=True).distinct())
    return Frame.objects.filter(pack__in=named - pack_names).delete()[0]


def unthinned_path(pack):
    return pack.path.with_name(pack.path.name.removesuffix(THIN) + ".pack")


@transaction.atomic
def mend_pack(pack):
    rows = {
        at: begins + length for at, begins, length in frames_of_pack(pack).values_list("taken_at", "offset", "length")
    }
    lost = {at for at, ends in rows.items() if ends > pack.bytes}
    known = rows.keys() - lost
    frames_of_pack(pack).filter(taken_at__in=lost).delete()
    new = []
    with pack.path.open("rb") as file:
        for at, sha256, begins, length in ring.scan_pack(pack.path):
            if at not in known:
                file.seek(begins)
                new.append(frame_from_bytes(pack, at, sha256, begins, file.read(length)))
    new = [frame for frame in new if frame]
    news.write_frames(new)
    return len(lost), len(new)


def frame_from_bytes(pack, at, sha256, begins, data):
    """Return the row of a picture that had none; None if its bytes do not match its header."""
    if hashlib.sha256(data).hexdigest() != sha256:
        return None
    width, height = analysis.size_of(data)
    return Frame(
        camera_id=pack.camera, taken_at=at, sha256=sha256, pack=pack.name, offset=begins, length=len(data),
        kind=analysis.kind_of(data) or "", width=width, height=height,
        received={"worker": pack.path.stem.partition("-")[2].removesuffix(".thin")},
    )  # fmt: skip
