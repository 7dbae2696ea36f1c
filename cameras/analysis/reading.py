"""Read a picture's bytes: format, size, completeness, and a small grey version."""

import struct

import cv2
import numpy as np

from cameras.analysis.decoding import decode_or_none

MAX_PIXELS, MAX_SIDE = 25_000_000, 20_000
# Every picture is compared at this size, without the bands at the top and bottom where clocks and names are burnt in.
SMALL = (256, 144)
BAND = 18

JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
# Start-of-frame markers carry the size; C4, C8 and CC in their range are tables.
START_OF_FRAME = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def kind_of(picture: bytes) -> str | None:
    """Return "jpg" or "png" by the first bytes, else None, whatever its HTTP header says."""
    return "jpg" if picture.startswith(JPEG) else "png" if picture.startswith(PNG) else None


def is_whole(picture: bytes) -> bool:
    """Return whether the picture has its end marker. Padding by zeros and line ends is accepted."""
    end = picture[-64:].rstrip(b"\0\r\n")
    return end.endswith(b"\xff\xd9") if picture.startswith(JPEG) else end.endswith(b"IEND\xaeB`\x82")


def size_of(picture: bytes) -> tuple[int, int]:
    """Return width and height in pixels from the file header, read before anything is decoded; (0, 0) without one."""
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


def small_of(picture: bytes, width: int, height: int) -> np.ndarray | None:
    """Return the picture in grey at the size of comparison, without its borders; None if it cannot be read."""
    if not 0 < width * height <= MAX_PIXELS or max(width, height) > MAX_SIDE or not is_whole(picture):
        return None
    gray = decode_or_none(picture, reading_for(width, height))
    if gray is None:
        return None
    if gray.shape != SMALL[::-1]:
        gray = cv2.resize(gray, SMALL, interpolation=cv2.INTER_AREA)
    return gray[BAND:-BAND].copy()


def reading_for(width, height):
    for factor, reading in (
        (8, cv2.IMREAD_REDUCED_GRAYSCALE_8),
        (4, cv2.IMREAD_REDUCED_GRAYSCALE_4),
        (2, cv2.IMREAD_REDUCED_GRAYSCALE_2),
    ):
        if width >= SMALL[0] * factor and height >= SMALL[1] * factor:
            return reading
    return cv2.IMREAD_GRAYSCALE
