"""Write the health intervals of cameras: what ended one and began the next, and the picture that proves it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from cameras import freshness, sql
from cameras.models import HealthInterval


class Left(Protocol):
    """A camera of the register with `left_for`, or a Duty."""

    @property
    def health(self) -> str: ...
    @property
    def left_at(self) -> datetime | None: ...
    @property
    def left_for(self) -> timedelta | None: ...


TOLD_ALREADY = {"unknown", "paused", "unvisited"}  # that nobody looked says nothing new of these


@dataclass
class StateChange:
    """A camera changed its state: which, when, why, and a thumbnail (JPEG) that proves it.

    `received`: how that picture was aligned with its view, as in `Frame.received`.
    """

    health: str
    since: datetime
    why: str
    detail: str = ""
    sha256: str = ""
    taken_at: datetime | None = None
    small: bytes = b""
    received: dict = field(default_factory=dict)


def store_proof(camera: int, change: StateChange, troubles: list[OSError]) -> str:
    """Store the picture that proves a change, once however often it is published; return its name, or "" without one.

    If the storage fails, the error is added to `troubles`.
    """
    name = f"proof/{camera}/{change.since:%Y%m%d%H%M%S%f}.jpg"
    if not change.small:
        return ""
    try:
        return name if default_storage.exists(name) else default_storage.save(name, ContentFile(change.small))
    except OSError as trouble:  # disk full …
        troubles.append(trouble)
        return ""


def write_intervals(changes: Iterable[tuple[int, StateChange, str]]) -> None:
    """End the open intervals of these cameras and begin new ones: (camera, change, proof), each camera's in order.

    Intervals are contiguous whatever the clock of a patrol's machine says: none begins before the one that it ends, or
    in the future of the database, whose clock all patrols share.
    """
    changes = list(changes)
    if not changes:
        return
    ended = list(HealthInterval.objects.filter(camera__in={camera for camera, _change, _proof in changes}, until=None))
    last, begun = {interval.camera_id: interval for interval in ended}, []
    [[now]] = sql.execute("clock")
    for camera, change, proof in changes:
        since = min(change.since, now)
        if before := last.get(camera):
            before.until = since = max(since, before.since)
        last[camera] = HealthInterval(
            camera_id=camera, health=change.health, since=since, why=change.why, detail=change.detail[:200],
            sha256=change.sha256, taken_at=change.taken_at, proof=proof, received=change.received,
        )  # fmt: skip
        begun.append(last[camera])
    HealthInterval.objects.bulk_update(ended, ["until"])
    HealthInterval.objects.bulk_create(begun)


def unvisited_change(camera: Left) -> StateChange | None:
    """Return the change that says since when nobody looked at a camera, or None.

    A camera left for less time than its picture is current was handed over and counts as watched. `left_for`: for how
    long it was left by now, by the clock of the database.
    """
    if camera.left_at is None or camera.left_for is None or camera.health in TOLD_ALREADY:
        return None
    if camera.left_for.total_seconds() <= freshness.silent_after_s(camera):
        return None
    return StateChange("unvisited", camera.left_at, HealthInterval.Why.NO_PATROL)


def forget_intervals(moment: datetime) -> None:
    old = HealthInterval.objects.filter(until__lt=moment)
    for name in old.exclude(proof="").values_list("proof", flat=True):
        default_storage.delete(name)
    old.delete()
