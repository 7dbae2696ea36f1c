"""Cover pictures: fill privacy zones, pixelate faces and small text.

Pure: bytes and places in, bytes out; no database, no network, no Django. If the place of a zone is not certain, it
raises NotCovered.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil, isfinite
from typing import NamedTuple

import cv2
import numpy as np

from cameras import analysis
from cameras.analysis import decoding
from cameras.analysis.reading import MAX_PIXELS

TOOL = f"covering 1 (OpenCV {cv2.__version__})"
QUALITY = 84
FILL = (52, 48, 44)  # BGR: a plain dark grey, which nobody takes for a part of the street
# A zone is drawn this much wider on all sides, in parts of the picture's width: what is measured of a moved camera is
# right to about a hundredth.
MARGIN = 0.015
# A corner so near the border of the reference picture lies on it: what the zone hides goes on beyond it, and comes
# into the picture when the camera is nudged.
BORDER, BEYOND = 0.01, 1.0
# Faces and text are covered with a third of their size around them, by squares that each hold two letters or a whole
# face, of a colour known to 16 steps: what was there can neither be read nor guessed by trying.
AROUND, SMALLEST, STEP = 0.33, 16, 16
# Zones lie where they were drawn, or are carried there; every other state of a view says that this is not known.
KNOWN_BY = {"fits", "shifted"}


class NotCovered(Exception):
    """It is not certain that everything is covered, so nobody may be shown the picture."""


class Box(NamedTuple):
    """A box in pixels of the picture."""

    x: float
    y: float
    width: float
    height: float
    score: float = 1.0
    kind: str = ""


@dataclass(frozen=True, slots=True)
class CoveredPicture:
    """A covered picture, the SHA-256 of the picture as received, and the tools that covered it."""

    data: bytes  # a JPEG
    sha256: str
    parent: str  # SHA-256 of the bytes as received
    width: int
    height: int
    zones: int
    counts: dict[str, int] = field(default_factory=dict)  # kind → how many of it were covered
    tools: dict[str, str] = field(default_factory=dict)  # what did it → its version


def place_zones(zones: list, state: str, transform: Sequence | None = None) -> list:
    """Return the zones of a view in a picture of this alignment ("fits", "shifted", …). Raises NotCovered."""
    if not zones:
        return []
    if state not in KNOWN_BY:
        raise NotCovered(f"the view is {state}")
    if transform is None and state != "fits":
        raise NotCovered("nobody knows how the view moved")
    try:
        drawn = [[extend_corner(float(u), float(v)) for u, v in zone] for zone in zones]
        lie = drawn if transform is None else analysis.transform_zones(drawn, transform)
    except (TypeError, ValueError) as error:
        raise NotCovered("a zone cannot be read") from error
    if any(len(zone) < 3 or not all(isfinite(part) for place in zone for part in place) for zone in lie):
        raise NotCovered("a zone is none")
    return lie


def extend_corner(u, v):
    return [part - BEYOND if part <= BORDER else part + BEYOND if part >= 1 - BORDER else part for part in (u, v)]


def decode_picture(picture: bytes) -> np.ndarray:
    width, height = analysis.size_of(picture)
    if not 0 < width * height <= MAX_PIXELS or not analysis.is_whole(picture):
        raise NotCovered("it is no whole picture")
    image = decoding.decode(picture, cv2.IMREAD_COLOR)
    if image is None:
        raise NotCovered("it cannot be read")
    return image


def cover_picture(
    picture: bytes, zones: Iterable = (), boxes: Iterable[Box] = (), tools: dict[str, str] | None = None
) -> CoveredPicture:
    """Fill the zones (in fractions, as `place_zones` returns them) and pixelate the boxes of a picture.

    Raises NotCovered. `tools`: what found the boxes, and its version. Only pixels of the file are kept.
    """
    image, zones, boxes = decode_picture(picture), list(zones), list(boxes)
    for box in boxes:
        pixelate(image, box)
    fill_zones(image, zones)
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise NotCovered("it cannot be written")
    data, counts = data.tobytes(), {}
    for box in boxes:
        counts[box.kind] = counts.get(box.kind, 0) + 1
    return CoveredPicture(
        data,
        hashlib.sha256(data).hexdigest(),
        hashlib.sha256(picture).hexdigest(),
        image.shape[1],
        image.shape[0],
        len(zones),
        counts,
        {"covering": TOOL} | (tools or {}),
    )


def fill_zones(image: np.ndarray, zones: Iterable) -> None:
    height, width = image.shape[:2]
    wider = ceil(MARGIN * width)
    for zone in zones:
        # A transformed zone may reach far outside; OpenCV needs coordinates within a limit.
        places = np.clip(np.array(zone) * (width, height), -10 * width, 10 * width).round().astype(np.int32)
        cv2.fillPoly(image, [places], FILL)
        cv2.polylines(image, [places], True, FILL, 2 * wider + 1)


def pixelate(image, box):
    height, width = image.shape[:2]
    around = AROUND * min(box.width, box.height) + 1
    left, top = max(int(box.x - around), 0), max(int(box.y - around), 0)
    right, bottom = min(ceil(box.x + box.width + around), width), min(ceil(box.y + box.height + around), height)
    part = image[top:bottom, left:right]
    if not part.size:
        return
    tall, wide = part.shape[:2]
    side = max(2 * min(wide, tall), max(wide, tall) / 3, SMALLEST)
    few = cv2.resize(part, (max(round(wide / side), 1), max(round(tall / side), 1)), interpolation=cv2.INTER_AREA)
    few = few // STEP * STEP + STEP // 2
    part[:] = cv2.resize(few, (wide, tall), interpolation=cv2.INTER_NEAREST)
