"""Make videos of kept pictures, to look at beside the evidence; each frame says that it is only a view."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from cameras.evidence.pinning import NotPossible
from cameras.models import Evidence
from geoapp.media.sandboxed_process import Busy, Pool, Stopped

PROCESS = ("cameras.evidence.film",)
makers = Pool(*PROCESS, at_once=1, waiting=4, wait_s=60, start_s=60, answer_s=120, jobs=100)
RATE = 4  # frames a second, as `cameras.evidence.film` writes them
CLOSE = timedelta(seconds=60)  # no longer a picture stands; what is missing until the next one is cut out, and said
LONGEST_S, PLATE_S, SHORTEST_S = 30, 1.5, 0.25  # of a video, of what says that something is missing, of a picture
LAST_S = 1.0
SPEEDS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600)  # how many times quicker than it was


@dataclass(frozen=True)
class Shot:
    """A picture shown for some frames, or, without one, a plate that says what is missing."""

    hold: int
    lines: tuple[str, str]
    picture: bytes = b""

    def as_job(self) -> dict:
        return {"bytes": len(self.picture), "hold": self.hold, "lines": list(self.lines)}


@dataclass(frozen=True)
class Video:
    """A video as it is exported: WebM (VP8), and its speed-up."""

    data: bytes
    speed: int


def film_pictures(rows: list[Evidence], data: list[bytes]) -> Video:
    """Return the video of one camera's pictures in order of time, each shown as long as it lasted divided by the speed-
    up. Raises NotPossible.
    """
    speed = choose_speed([row.taken_at for row in rows])
    shots = shots_of(rows, data, speed)
    try:
        answer = makers.ask({"shots": [shot.as_job() for shot in shots]}, b"".join(shot.picture for shot in shots))
    except (Busy, Stopped):
        answer = None
    if not answer or not answer.get("parts"):
        raise NotPossible(_("No video can be made of these pictures at the moment. Export them without one."))
    return Video(answer["parts"][0], speed)


def choose_speed(moments: list[datetime]) -> int:
    lasts = sum(min((later - sooner).total_seconds(), CLOSE.total_seconds()) for sooner, later in pairwise(moments))
    return next((speed for speed in SPEEDS if lasts / speed <= LONGEST_S), SPEEDS[-1])


def shots_of(rows: list[Evidence], data: list[bytes], speed: int) -> list[Shot]:
    """Return the shots of a video: each picture until the next one, with its time and seal; gaps as plates."""
    shots = []
    for row, picture, later in zip(rows, data, [*rows[1:], None], strict=True):
        gap = later.taken_at - row.taken_at if later else None
        stands_s = LAST_S if gap is None else max(min(gap, CLOSE).total_seconds() / speed, SHORTEST_S)
        shots.append(Shot(round(stands_s * RATE), caption_of(row, speed), picture))
        if later and gap and gap > CLOSE:
            missing = _("No picture from %(since)s until %(until)s") % {
                "since": f"{localtime(row.taken_at):%H:%M:%S}",
                "until": f"{localtime(later.taken_at):%d/%m %H:%M:%S}",
            }
            code = row.register.get("code") or row.camera.code
            shots.append(Shot(round(PLATE_S * RATE), (missing, f"{code} · {view_words(speed)}")))
    return shots


def caption_of(row, speed):
    seal = _("seal %(n)s") % {"n": row.seal_id}
    return (f"{camera_words(row)} · {localtime(row.taken_at):%d/%m/%Y %H:%M:%S} · {seal}", view_words(speed))


def camera_words(row):
    register = row.register
    code, name = register.get("code") or row.camera.code, register.get("name") or row.camera.name
    return f"{code} {name if len(name) <= NAME_MAX else name[: NAME_MAX - 1] + '…'}"


NAME_MAX = 24


def view_words(speed):
    return _("For viewing, played %(speed)s times as fast: the pictures in the package are the evidence") % {
        "speed": speed
    }
