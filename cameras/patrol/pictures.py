"""Inspect pictures and store them in the ring, in the analysis thread."""

import asyncio
import errno
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import cv2

from cameras import analysis, ring
from cameras.analysis import decoding
from cameras.capture.http import Picture
from cameras.models import Frame
from cameras.patrol.threads import Threads, Warnings
from cameras.patrol.watch import Watch

SMALL_WIDTH, SMALL_QUALITY = 320, 80


class NotStored(NamedTuple):
    """Since when pictures cannot be stored, and by which error (its name, such as ENOSPC)."""

    since: datetime
    why: str


class Pictures:
    """Judges pictures by what is known of their cameras, and stores them in the ring.

    `slack`: bytes after which the disk must be checked again.
    """

    def __init__(self, media: str | Path, patrol: str, slack: float, threads: Threads, warnings: Warnings) -> None:
        self.media, self.patrol, self.slack = media, patrol, slack
        self.threads, self.warnings = threads, warnings
        self.packs = ring.PackWriter(media, patrol)
        self.cards = analysis.Cards()
        self.not_stored: NotStored | None = None
        self.slack_used = asyncio.Event()  # so much was written that the ring may be too large

    async def inspect_and_store(
        self, watch: Watch, picture: Picture
    ) -> tuple[analysis.Inspection, ring.PackSlot | None]:
        """Return the inspection of a picture, and its slot in the ring; None if it is not stored."""
        inspection, spot, trouble = await self.threads.run(
            self.threads.seeing, inspect_and_store, self.packs, watch.duty.pk, picture, watch.inspector, self.cards
        )
        if trouble:
            self.note_trouble(trouble)
        elif spot:
            self.note_stored()
        return inspection, spot

    def note_trouble(self, trouble: OSError) -> None:
        self.warnings.log("Pictures cannot be kept", trouble, logging.ERROR)
        since = self.not_stored.since if self.not_stored else datetime.now(UTC)
        self.not_stored = NotStored(since, errno.errorcode.get(trouble.errno or 0, type(trouble).__name__))

    def note_stored(self) -> None:
        if self.not_stored:
            self.warnings.log("Pictures are kept again", f"they were not since {self.not_stored.since}")
        self.not_stored = None
        if self.is_slack_used():
            self.slack_used.set()

    def is_slack_used(self) -> bool:
        return self.packs.written >= self.slack

    def frame(self, watch: Watch, picture: Picture, inspection: analysis.Inspection, spot: ring.PackSlot) -> Frame:
        return Frame(
            camera_id=watch.duty.pk,
            taken_at=picture.taken_at,
            sha256=inspection.sha256,
            pack=spot.pack,
            offset=spot.offset,
            length=spot.length,
            kind=picture.kind,
            width=inspection.width,
            height=inspection.height,
            received=picture.received | {"worker": self.patrol},
        )

    async def thumbnail(self, picture: Picture) -> bytes:
        return await self.threads.run(self.threads.seeing, make_thumbnail, picture.data)

    async def stored_thumbnail(self, frame: Frame) -> bytes:
        return await self.threads.run(self.threads.seeing, read_thumbnail, self.media, frame)


def inspect_and_store(
    packs: ring.PackWriter, camera: int, picture: Picture, inspector: analysis.CameraInspector, cards: analysis.Cards
) -> tuple[analysis.Inspection, ring.PackSlot | None, OSError | None]:
    inspection = inspector.inspect(picture.data, picture.taken_at, cards)
    if inspection.same or inspection.problem == "unreadable":
        return inspection, None, None
    try:
        return inspection, packs.append(camera, picture.taken_at, inspection.sha256, picture.data), None
    except OSError as trouble:
        return inspection, None, trouble  # the patrol goes on: how a camera is can still be told


def make_thumbnail(picture: bytes) -> bytes:
    width, height = analysis.size_of(picture)
    reading = cv2.IMREAD_REDUCED_COLOR_2 if width >= 2 * SMALL_WIDTH and height > 1 else cv2.IMREAD_COLOR
    image = decoding.decode_or_none(picture, reading)
    if image is None:
        return b""
    height, width = image.shape[:2]
    if width > SMALL_WIDTH:
        size = SMALL_WIDTH, max(1, round(height * SMALL_WIDTH / width))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, SMALL_QUALITY])[1].tobytes()


def read_thumbnail(media: str | Path, frame: Frame) -> bytes:
    try:
        return make_thumbnail(ring.read_frame(frame, media))
    except ring.FrameGone:
        return b""
