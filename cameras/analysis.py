"""What a picture shows of its camera: one look at the bytes, and the health that follows from many looks.

Pure: bytes and values in, values out; no database, no network, no Django.
"""

import hashlib
import struct
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

import cv2
import numpy as np

MAX_PIXELS, MAX_SIDE = 25_000_000, 20_000
# Every picture is compared at this size, without the bands at the top and bottom where clocks and names are burnt in.
SMALL = (256, 144)
BAND = 18

DARK_MEAN, DARK_STD = 12, 4
# A hand, a leaf or a card "camera offline" before the lens: few tones, or nearly one tone and no edges in it.
COVERED_STD, COVERED_EDGES, COVERED_ENTROPY = 6, 15, 1.5
# A frozen picture under a running clock differs by 0.03 grey levels; a quiet live one by about 1. A street at night
# whose encoder skips still blocks comes close, but its lone motorbike changes a few pixels by much.
STILL_MEAN, STILL_STEP, STILL_SHARE = 0.25, 8, 0.0005


@dataclass(frozen=True, slots=True)
class Glance:
    """What one look at one picture found. Grey levels are 0–255, entropy is in bits (0–6)."""

    sha256: str
    width: int = 0
    height: int = 0
    mean: float = 0
    std: float = 0
    entropy: float = 0
    edges: float = 0
    small: np.ndarray | None = None
    same: bool = False  # byte for byte the picture before
    still: bool = False  # nothing moved since the picture before, whatever its bytes
    problem: str | None = None  # "unreadable", "dark", "covered"


def look(picture: bytes, before: Glance | None = None) -> Glance:
    """Look at one picture as received. Never raises: what cannot be read has the problem "unreadable"."""
    sha256 = hashlib.sha256(picture).hexdigest()
    if before and before.sha256 == sha256:
        return replace(before, same=True, still=True)
    width, height = size_of(picture)
    if not 0 < width * height <= MAX_PIXELS or max(width, height) > MAX_SIDE or not is_whole(picture):
        return Glance(sha256, width, height, problem="unreadable")
    try:
        gray = cv2.imdecode(np.frombuffer(picture, np.uint8), reading_for(width, height))
    except cv2.error:
        gray = None
    if gray is None:
        return Glance(sha256, width, height, problem="unreadable")
    if gray.shape != SMALL[::-1]:
        gray = cv2.resize(gray, SMALL, interpolation=cv2.INTER_AREA)
    small = gray[BAND:-BAND].copy()
    mean, std = (float(value[0, 0]) for value in cv2.meanStdDev(small))
    edges = float(cv2.meanStdDev(cv2.Laplacian(small, cv2.CV_16S))[1][0, 0]) ** 2
    entropy = entropy_of(small)
    return Glance(
        sha256,
        width,
        height,
        round(mean, 1),
        round(std, 1),
        round(entropy, 2),
        round(edges, 1),
        small,
        still=before is not None and before.small is not None and is_still(before.small, small),
        problem=problem_of(mean, std, entropy, edges),
    )


def problem_of(mean, std, entropy, edges):
    if mean < DARK_MEAN and std < DARK_STD:
        return "dark"
    if entropy < COVERED_ENTROPY or (std < COVERED_STD and edges < COVERED_EDGES):
        return "covered"
    return None


def is_still(before, small):
    step = cv2.absdiff(before, small)
    return cv2.mean(step)[0] < STILL_MEAN and cv2.countNonZero(cv2.compare(step, STILL_STEP, cv2.CMP_GT)) < (
        STILL_SHARE * step.size
    )


def entropy_of(gray):
    """Bits per pixel in 64 tones: 0 for one tone, 6 for all tones alike."""
    share = cv2.calcHist([gray], [0], None, [64], [0, 256]).ravel() / gray.size
    share = share[share > 0]
    return float(-(share * np.log2(share)).sum())


def reading_for(width, height):
    """The coarsest decoding that still has the size at which pictures are compared."""
    for factor, reading in (
        (8, cv2.IMREAD_REDUCED_GRAYSCALE_8),
        (4, cv2.IMREAD_REDUCED_GRAYSCALE_4),
        (2, cv2.IMREAD_REDUCED_GRAYSCALE_2),
    ):
        if width >= SMALL[0] * factor and height >= SMALL[1] * factor:
            return reading
    return cv2.IMREAD_GRAYSCALE


JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
# Start-of-frame markers carry the size; C4, C8 and CC in their range are tables.
START_OF_FRAME = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def kind_of(picture: bytes) -> str | None:
    """ "jpg" or "png" by the first bytes; None for anything else, whatever its header says."""
    return "jpg" if picture.startswith(JPEG) else "png" if picture.startswith(PNG) else None


def is_whole(picture: bytes) -> bool:
    """Whether the picture has its end. Cameras pad with zeros and line ends, which is no harm."""
    end = picture[-64:].rstrip(b"\0\r\n")
    return end.endswith(b"\xff\xd9") if picture.startswith(JPEG) else end.endswith(b"IEND\xaeB`\x82")


def size_of(picture: bytes) -> tuple[int, int]:
    """Width and height in pixels as the header claims, read before anything is decoded; (0, 0) where it has none."""
    if picture.startswith(PNG):
        return struct.unpack(">II", picture[16:24]) if picture[12:16] == b"IHDR" and len(picture) >= 24 else (0, 0)
    at = 2 if picture.startswith(JPEG) else len(picture)
    while at + 9 <= len(picture) and picture[at] == 0xFF:
        marker = picture[at + 1]
        if marker in START_OF_FRAME:
            height, width = struct.unpack(">HH", picture[at + 5 : at + 9])
            return width, height
        # FF before a marker is padding; markers without a length do not occur before the frame.
        at += 1 if marker == 0xFF else 2 + int.from_bytes(picture[at + 2 : at + 4])
    return 0, 0


# What became of one try → what it says of the camera's health.
SAYS = {
    None: "live",
    "unreadable": "unreadable",
    "dark": "dark",
    "covered": "covered",
    # failures of cameras.capture, by name
    "Silent": "stale",
    "TooSlow": "stale",
    "Unreachable": "offline",
    "Forbidden": "offline",
    "BadAnswer": "offline",
    "BrokenOff": "unreadable",
    "TooLarge": "unreadable",
    "WebPage": "unreadable",
    "NotAPicture": "unreadable",
}
SEEING = {"live", "late", "unknown"}

# A bad finding counts once it came in 3 of the last 4 tries, a good one once it came twice in a row.
TRIES, BAD, GOOD = 4, 3, 2
# Frozen: this many pictures alike, over at least this long.
SAME_FRAMES, STILL_FRAMES, FROZEN_S = 3, 6, 30
LATE_PERIODS = 2


@dataclass(frozen=True, slots=True)
class Health:
    """How a camera is, since when, and the little memory that the next judgement needs."""

    state: str = "unknown"
    since: datetime | None = None
    tries: tuple[str, ...] = ()  # what the last few tries said, the newest last
    good_at: datetime | None = None  # the last good picture
    moved_at: datetime | None = None  # the last picture in which something had moved
    same: int = 0  # pictures in a row that are byte for byte the one before
    still: int = 0  # pictures in a row in which nothing moved

    def becomes(self, state, at):
        return self if state == self.state else replace(self, state=state, since=at)


def after(health: Health, outcome: Glance | str, at: datetime, period_s: float) -> Health:
    """The health after one more try: a glance at the picture, or the name of the failure to get one.

    `at` never runs backwards; `period_s` is the camera's rhythm in seconds.
    """
    if health.state == "paused":
        health = health.becomes("unknown", at)
    says = SAYS[outcome.problem if isinstance(outcome, Glance) else outcome]
    if isinstance(outcome, Glance) and outcome.problem != "unreadable":
        health = replace(
            health,
            same=health.same + 1 if outcome.same else 0,
            still=health.still + 1 if outcome.still else 0,
            moved_at=health.moved_at if outcome.still else at,
        )
        if says == "live" and is_frozen(health, at):
            says = "frozen"
    if says == "live":
        health = replace(health, good_at=at)
    health = replace(health, tries=(*health.tries, says)[-TRIES:])
    return health.becomes(judge(health, at, period_s), at)


def is_frozen(health, at):
    alike = health.same + 1 >= SAME_FRAMES or health.still + 1 >= STILL_FRAMES
    return alike and health.moved_at is not None and (at - health.moved_at).total_seconds() >= FROZEN_S


def judge(health, at, period_s):
    says = health.tries[-1]
    if says == "frozen":
        return says  # many pictures alike are proof already
    bad = Counter(said for said in health.tries if said != "live")
    worst = max(bad, key=bad.get, default=None)
    if says != "live" and worst and bad[worst] >= BAD:
        return worst
    if health.state in SEEING:
        if says == "live":
            return "live"
        if bad.total() >= BAD:
            return says
        if health.good_at is None:
            return health.state
        return "late" if (at - health.good_at).total_seconds() > LATE_PERIODS * period_s else health.state
    return "live" if health.tries[-GOOD:] == ("live",) * GOOD else health.state


def paused(health: Health, at: datetime) -> Health:
    """The health of a camera that is not to be looked at for now; what was seen before is forgotten."""
    return Health("paused", health.since if health.state == "paused" else at, moved_at=health.moved_at)
