"""Store pictures on disk in packs: one file for each camera, hour and patrol, with the pictures one after the other.

Before each picture stands a header with its length, time and SHA-256, so that a pack can be read without the index.
Dropping an hour is deleting a file.
"""

import errno
import os
import struct
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import OperationalError, connection, transaction

from cameras.models import Frame
from cameras.models.ring import EPOCH

HEADER = struct.Struct(">4sIq32s")  # mark, bytes of the picture, µs since 1970, SHA-256
MARK = b"FRM1"
OPEN_PACKS = 500
FOLDER = "ring"
MICROSECOND = timedelta(microseconds=1)


class FrameGone(Exception):
    """The ring has dropped the picture."""


@dataclass(frozen=True, slots=True)
class PackSlot:
    """The place of a picture: the pack's name below the media folder, offset and length in bytes."""

    pack: str
    offset: int
    length: int


class PackWriter:
    """Writes pictures. `patrol`: the name of the only process that appends to these files."""

    def __init__(self, media: str | Path, patrol: str = "0") -> None:
        self.media, self.patrol, self.open = Path(media), patrol, OrderedDict()
        self.written = 0  # bytes, since whoever tidies up looked last
        self.full = False  # there is room for no more, says whoever tidies up

    def append(self, camera: int, taken_at: datetime, sha256: str, data: bytes) -> PackSlot:
        """Append one picture to its pack. `camera`: its key; `sha256`: in hex. Raises OSError (disk full …).

        A partial write is truncated, so that the pack stays readable.
        """
        if self.full:
            raise OSError(errno.EDQUOT, "The pictures of this hour alone take CAMERA_RING_GB")
        name = f"{FOLDER}/{camera}/{taken_at.astimezone(UTC):%Y%m%d%H}-{self.patrol}.pack"
        file = self.open_pack(name)
        begins = os.lseek(file, 0, os.SEEK_END)
        try:
            whole = os.writev(file, (frame_header(len(data), taken_at, sha256), data)) == HEADER.size + len(data)
        except OSError:
            os.ftruncate(file, begins)
            raise
        if not whole:
            os.ftruncate(file, begins)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # it took only a part of the picture
        self.written += HEADER.size + len(data)
        return PackSlot(name, begins + HEADER.size, len(data))

    def open_pack(self, name):
        if name in self.open:
            self.open.move_to_end(name)
            return self.open[name]
        path = self.media / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self.open[name] = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640)
        if len(self.open) > OPEN_PACKS:
            os.close(self.open.popitem(last=False)[1])
        return self.open[name]

    def close(self) -> None:
        while self.open:
            os.close(self.open.popitem()[1])


def frame_header(length: int, taken_at: datetime, sha256: str) -> bytes:
    return HEADER.pack(MARK, length, (taken_at - EPOCH) // MICROSECOND, bytes.fromhex(sha256))


def read_frame(spot: "PackSlot | Frame", media: str | Path | None = None) -> bytes:
    """Return the bytes of a picture as received; `spot` has pack, offset and length, as a Frame has. Raises
    FrameGone.
    """
    try:
        file = os.open(Path(media or settings.MEDIA_ROOT) / spot.pack, os.O_RDONLY)
    except FileNotFoundError:
        raise FrameGone from None
    try:
        data = os.pread(file, spot.length, spot.offset)
    finally:
        os.close(file)
    if len(data) < spot.length:
        raise FrameGone
    return data


def scan_pack(path: Path) -> Iterator[tuple[datetime, str, int, int]]:
    """Yield a pack's pictures in order: (taken_at, sha256 in hex, offset, length). A truncated last picture is
    skipped.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        at = 0
        while at + HEADER.size <= size:
            mark, length, moment, digest = HEADER.unpack(file.read(HEADER.size))
            at += HEADER.size
            if mark != MARK or at + length > size:
                return
            yield EPOCH + moment * MICROSECOND, digest.hex(), at, length
            at = file.seek(at + length)


def create_day(day: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT cameras_frame_day(%s)", [day])


def pack_hour(path: Path) -> datetime:
    """Return the hour (UTC) of a pack's pictures, by its name."""
    return datetime.strptime(path.name[:10], "%Y%m%d%H").replace(tzinfo=UTC)


DAYS = """
SELECT inhrelid::regclass::text FROM pg_inherits
WHERE inhparent = 'cameras_frame'::regclass AND inhrelid::regclass::text ~ '^cameras_frame_[0-9]{8}$'
"""


def drop_old_days(moment: datetime) -> None:
    """Drop the index partitions of days wholly before a moment. One that is locked for long is left for the
    next time.
    """
    with connection.cursor() as cursor:
        cursor.execute(DAYS)
        for (name,) in cursor.fetchall():
            day = datetime.strptime(name[-8:], "%Y%m%d").replace(tzinfo=UTC)
            if day + timedelta(days=1) <= moment:
                with suppress(OperationalError), transaction.atomic():
                    cursor.execute("SET LOCAL lock_timeout = '2s'")
                    cursor.execute("SELECT cameras_frame_forget(%s)", [day.date()])


def forget_before(moment: datetime, media: str | Path | None = None) -> int:
    """Delete pictures older than a moment: first their index, then the packs. Returns the bytes freed."""
    drop_old_days(moment)
    Frame.objects.filter(taken_at__lt=moment).delete()
    freed = 0
    for path in (Path(media or settings.MEDIA_ROOT) / FOLDER).glob("*/*.pack"):
        if pack_hour(path) + timedelta(hours=1) <= moment:
            freed += path.stat().st_size
            path.unlink(missing_ok=True)
    return freed
