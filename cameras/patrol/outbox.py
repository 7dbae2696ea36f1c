"""What a patrol tells the database, and through it everybody who watches."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from cameras import freshness, sql
from cameras.models import Camera, Frame, Spell

# Whoever listens hears of every camera that has a new picture or is in another state: [[code, first 12 digits of the
# picture's SHA-256, health, when it was taken in ms since 1970], …].
CHANNEL = "cameras"
MOST_BYTES = 7500  # PostgreSQL takes 8,000


@dataclass
class Turn:
    """A camera came into another state: which, when, why, and the picture that shows it, made small.

    `received`: how that picture lay over its view, as `Frame.received` has it.
    """

    health: str
    since: datetime
    why: str
    detail: str = ""
    sha256: str = ""
    taken_at: datetime | None = None
    small: bytes = b""
    received: dict = field(default_factory=dict)


class Word(NamedTuple):
    """What the database is to be told of a camera: how it is, its newest frame, its turns since it was last told."""

    pk: int
    health: str
    since: datetime | None
    moved_at: datetime | None
    taken_at: datetime | None
    sha256: str
    turns: tuple[Turn, ...] = ()
    away_since: datetime | None = None
    refused: bool = False

    def after(self, earlier):
        """This word, told together with an earlier one of the same camera."""
        return self if earlier is None else self._replace(turns=(earlier.turns + self.turns)[-MOST_TURNS:])


MOST_TURNS = 50  # while the database is away


@dataclass
class News:
    """All that is to be told at a time."""

    words: dict[int, Word] = field(default_factory=dict)
    frames: list[Frame] = field(default_factory=list)

    def __bool__(self):
        return bool(self.words or self.frames)


def told(patrol, news: News):
    """Write the new frames, how the cameras are and their spells, and let everybody know: all of it or nothing.

    How a camera is, is told only by the patrol that looks after it; a frame is a frame, whoever took it. Where the disk
    takes no proof, all is told without: the trouble is given back.
    """
    troubles = []
    kept = {
        pk: [keep_proof(pk, turn, troubles) for turn in word.turns] for pk, word in news.words.items() if word.turns
    }
    with transaction.atomic():
        there: dict = {}
        if news.words:
            words = [news.words[pk] for pk in sorted(news.words)]
            given = {many: [getattr(word, one) for word in words] for many, one in SAID.items()}
            there = dict(sql.execute("tell", patrol=patrol, **given))
            write_spells([(pk, turn, proof) for pk in there for turn, proof in kept.get(pk, ())])
            announce([heard(there[word.pk], word) for word in words if word.pk in there])
        write_frames(news.frames)
    return troubles[0] if troubles else None


SAID = {
    "cameras": "pk", "healths": "health", "sinces": "since", "moved": "moved_at", "taken": "taken_at", "shas": "sha256",
    "aways": "away_since", "refusals": "refused",
}  # fmt: skip
COLUMNS = ("camera_id", "taken_at", "sha256", "pack", "offset", "length", "kind", "width", "height", "health")


def write_frames(frames):
    """Enter frames into the index of the ring."""
    if frames:
        columns = {name: [getattr(frame, name) for frame in frames] for name in COLUMNS}
        sql.execute("frames", **columns, received=[json.dumps(frame.received) for frame in frames])


def heard(code, word):
    return [code, word.sha256[:12], word.health, round(word.taken_at.timestamp() * 1000) if word.taken_at else None]


def announce(cameras):
    """Say on the channel which cameras changed, in as many notices as it takes."""
    said, size = [], 0
    for line in (json.dumps(camera, ensure_ascii=False, separators=(",", ":")) for camera in cameras):
        if not said or size + len(line.encode()) > MOST_BYTES:
            said.append([])
            size = 2
        said[-1].append(line)
        size += len(line.encode()) + 1
    with connection.cursor() as cursor:
        for lines in said:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"[{','.join(lines)}]"])


# ---- spells


def keep_proof(camera, turn, troubles):
    """(the turn, the name of its picture in the storage, if that took it). Said again, it is kept once."""
    name = f"proof/{camera}/{turn.since:%Y%m%d%H%M%S%f}.jpg"
    if not turn.small:
        return turn, ""
    try:
        return turn, name if default_storage.exists(name) else default_storage.save(name, ContentFile(turn.small))
    except OSError as trouble:  # disk full …
        troubles.append(trouble)
        return turn, ""


def write_spells(turns):
    """End the open spells of these cameras and begin new ones: (camera, turn, proof), each camera's in their order.

    One spell follows the other, whatever the clock of a patrol's machine says: none begins before the one that it
    ends, or in the future of the database, whose clock all patrols have in common.
    """
    if not turns:
        return
    ended = list(Spell.objects.filter(camera__in={pk for pk, _turn, _proof in turns}, until=None))
    last, begun = {spell.camera_id: spell for spell in ended}, []
    [[now]] = sql.execute("clock")
    for pk, turn, proof in turns:
        since = min(turn.since, now)
        if before := last.get(pk):
            before.until = since = max(since, before.since)
        last[pk] = Spell(
            camera_id=pk, health=turn.health, since=since, why=turn.why, detail=turn.detail[:200],
            sha256=turn.sha256, taken_at=turn.taken_at, proof=proof, received=turn.received,
        )  # fmt: skip
        begun.append(last[pk])
    Spell.objects.bulk_update(ended, ["until"])
    Spell.objects.bulk_create(begun)


TOLD_ALREADY = {"unknown", "paused", "unvisited"}  # that nobody looked says nothing new of these


def unvisited(camera):
    """The turn that says since when nobody looked at a camera (or duty); None where there is nothing to be told.

    Left no longer than a picture of it is one of now, it was handed over and counts as looked at. `left_for`: for how
    long it was left by now, by the clock of the database.
    """
    if camera.left_at is None or camera.health in TOLD_ALREADY:
        return None
    if camera.left_for.total_seconds() <= freshness.silent_after_s(camera):
        return None
    return Turn("unvisited", camera.left_at, Spell.Why.NO_PATROL)


@transaction.atomic
def pause():
    """Tell of the cameras that the register has laid to rest: nobody looks after them, so whoever sees it tells it.

    Where nobody looked when that was done, it is told before.
    """
    lying = (
        Camera.objects.filter(active=False).exclude(health="paused").select_for_update(skip_locked=True, no_key=True)
    )
    lying = list(lying.annotate(left_for=Now() - F("left_at")))
    if not lying:
        return
    Camera.objects.filter(pk__in=[camera.pk for camera in lying]).update(
        health="paused", health_since=Now(), left_at=None
    )
    since = dict(Camera.objects.filter(pk__in=[camera.pk for camera in lying]).values_list("pk", "health_since"))
    gaps = [(camera.pk, turn, "") for camera in lying if (turn := unvisited(camera))]
    write_spells([*gaps, *((pk, Turn("paused", at, Spell.Why.PAUSED), "") for pk, at in since.items())])  # type: ignore[arg-type]  # written just above
    announce([[camera.code, "", "paused", None] for camera in lying])


def forget_spells(moment):
    """Forget the spells that ended before a moment, and their pictures."""
    old = Spell.objects.filter(until__lt=moment)
    for name in old.exclude(proof="").values_list("proof", flat=True):
        default_storage.delete(name)
    old.delete()
