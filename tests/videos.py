"""Make videos as phones do, by OpenCV, each once."""

import struct
import tempfile
from functools import cache
from pathlib import Path

import cv2
import numpy as np

CODECS = {"mp4": "mp4v", "mov": "mp4v", "3gp": "mp4v", "webm": "VP80"}
PLACE = b"+10.7626+106.6600/"  # as phones write where they were


@cache
def video(ending="mp4", *, seconds=1.0, rate=10, size=(96, 64), dark_s=0.0) -> bytes:
    """Return a video of a square moving over stripes; black for the first `dark_s`."""
    width, height = size
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / f"street.{ending}")
        out = cv2.VideoWriter(path, cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*CODECS[ending]), rate, size)
        stripes = np.zeros((height, width, 3), np.uint8)
        stripes[:, ::8] = (90, 160, 210)
        for n in range(round(seconds * rate)):
            frame = stripes.copy()
            cv2.rectangle(frame, (n % max(width - 20, 1), 20), (n % max(width - 20, 1) + 20, 40), (40, 60, 220), -1)
            out.write(frame * 0 if n < dark_s * rate else frame)
        out.release()
        return Path(path).read_bytes()


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


def with_place(mp4: bytes) -> bytes:
    """Return the video with a box of place and device at its end, as phones write it."""
    place_box = box(b"\xa9xyz", struct.pack(">HH", len(PLACE), 0x15C7) + PLACE) + box(
        b"\xa9mak", b"\0\x0a\x15\xc7PhoneMaker"
    )
    return mp4 + box(b"udta", place_box)


def sideways(mp4: bytes) -> bytes:
    """Return the video with a rotation of 90°, as phones held upright write it."""
    at = mp4.index(b"tkhd") + 4 + 40  # the matrix of a track's head
    return mp4[:at] + struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30) + mp4[at + 36 :]


def that_says(mp4: bytes, seconds: int) -> bytes:
    """Return the video with headers that declare another duration."""
    data = bytearray(mp4)
    for name, scale_at, length_at in ((b"mvhd", 12, 16), (b"mdhd", 12, 16)):
        at = mp4.index(name) + 4
        scale = struct.unpack_from(">I", mp4, at + scale_at)[0]
        struct.pack_into(">I", data, at + length_at, seconds * scale)
    at = mp4.index(b"tkhd") + 4
    scale = struct.unpack_from(">I", mp4, mp4.index(b"mvhd") + 4 + 12)[0]
    struct.pack_into(">I", data, at + 20, seconds * scale)
    return bytes(data)
