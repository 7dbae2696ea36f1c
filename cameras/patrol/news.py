"""Publish a patrol's news to the database, and by NOTIFY to everybody who listens."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from cameras import sql
from cameras.models import Camera, Frame, HealthInterval
from cameras.patrol.state_intervals import StateChange, store_proof, unvisited_change, write_intervals

# Whoever listens hears of every camera that has a new picture or is in another state: [[code, first 12 digits of the
# picture's SHA-256, health, when it was taken in ms since 1970], …].
CHANNEL = "cameras"
MOST_BYTES = 7500  # PostgreSQL takes 8,000
MOST_CHANGES = 50  # of one camera, while the database is away


class CameraUpdate(NamedTuple):
    """News of a camera: its health, newest frame, and state changes since the last publication."""

    pk: int
    health: str
    since: datetime | None
    moved_at: datetime | None
    taken_at: datetime | None
    sha256: str
    changes: tuple[StateChange, ...] = ()
    away_since: datetime | None = None
    refused: bool = False

    def merged_with(self, earlier: "CameraUpdate | None") -> "CameraUpdate":
        return self if earlier is None else self._replace(changes=(earlier.changes + self.changes)[-MOST_CHANGES:])


@dataclass
class News:
    """News of several cameras: updates by camera, and new frames."""

    updates: dict[int, CameraUpdate] = field(default_factory=dict)
    frames: list[Frame] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.updates or self.frames)


UPDATE_COLUMNS = {
    "cameras": "pk", "healths": "health", "sinces": "since", "moved": "moved_at", "taken": "taken_at", "shas": "sha256",
    "aways": "away_since", "refusals": "refused",
}  # fmt: skip
FRAME_COLUMNS = ("camera_id", "taken_at", "sha256", "pack", "offset", "length", "kind", "width", "height", "health")


def publish_news(patrol: str, news: News) -> OSError | None:
    """Write the new frames, the health of the cameras and their intervals, and notify listeners, in one transaction.

    Health is only accepted from the patrol that holds the camera's lease; frames from any. If the disk takes no proof,
    all is written without; the errors are returned.
    """
    troubles: list[OSError] = []
    proofs = {
        pk: [(change, store_proof(pk, change, troubles)) for change in update.changes]
        for pk, update in news.updates.items()
    }
    with transaction.atomic():
        if news.updates:
            updates = [news.updates[pk] for pk in sorted(news.updates)]
            columns = {
                many: [getattr(update, attribute) for update in updates] for many, attribute in UPDATE_COLUMNS.items()
            }
            codes = dict(sql.execute("tell", patrol=patrol, **columns))  # of those that this patrol looks after
            write_intervals((pk, change, proof) for pk in codes for change, proof in proofs[pk])
            announce_cameras(describe_update(codes[update.pk], update) for update in updates if update.pk in codes)
        write_frames(news.frames)
    return troubles[0] if troubles else None


def write_frames(frames: list[Frame]) -> None:
    if frames:
        columns = {name: [getattr(frame, name) for frame in frames] for name in FRAME_COLUMNS}
        sql.execute("frames", **columns, received=[json.dumps(frame.received) for frame in frames])


def describe_update(code: str, update: CameraUpdate) -> list:
    taken_ms = round(update.taken_at.timestamp() * 1000) if update.taken_at else None
    return [code, update.sha256[:12], update.health, taken_ms]


def announce_cameras(cameras: Iterable[list]) -> None:
    """Notify CHANNEL of the cameras that changed, in as many payloads as it takes."""
    notices: list[list[str]] = []
    size = 0
    for line in (json.dumps(camera, ensure_ascii=False, separators=(",", ":")) for camera in cameras):
        if not notices or size + len(line.encode()) > MOST_BYTES:
            notices.append([])
            size = 2
        notices[-1].append(line)
        size += len(line.encode()) + 1
    with connection.cursor() as cursor:
        for lines in notices:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"[{','.join(lines)}]"])


@transaction.atomic
def publish_pauses() -> None:
    """Write and announce that cameras were paused in the register, as no patrol looks after them then.

    Time in which nobody looked before is written first.
    """
    paused = (
        Camera.objects.filter(active=False).exclude(health="paused").select_for_update(skip_locked=True, no_key=True)
    )
    paused = list(paused.annotate(left_for=Now() - F("left_at")))
    if not paused:
        return
    rows = Camera.objects.filter(pk__in=[camera.pk for camera in paused])
    rows.update(health="paused", health_since=Now(), left_at=None)
    since = dict(rows.values_list("pk", "health_since"))
    gaps = [(camera.pk, change, "") for camera in paused if (change := unvisited_change(camera))]
    pauses = [(pk, StateChange("paused", at, HealthInterval.Why.PAUSED), "") for pk, at in since.items() if at]
    write_intervals([*gaps, *pauses])
    announce_cameras([camera.code, "", "paused", None] for camera in paused)
