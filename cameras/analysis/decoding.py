"""Decode camera pictures to pixels, in the separate process `cameras.decoder`.

Pictures come from untrusted devices. A process that holds no secrets itself calls `decode_here` and decodes in process.
Pure: bytes in, pixels out; no database, no Django.
"""

import cv2
import numpy as np

from geoapp.media.sandboxed_process import Busy, Pool, Stopped

PROCESS = ("cameras.decoder",)
START_S, ANSWER_S, WAIT_S = 30, 15, 15
# A wall requests eighty at once, each takes some milliseconds.
AT_ONCE, WAITING, PICTURES = 2, 400, 20_000

decoders = Pool(
    *PROCESS, at_once=AT_ONCE, waiting=WAITING, wait_s=WAIT_S, start_s=START_S, answer_s=ANSWER_S, jobs=PICTURES
)
has_secrets = True


def decode_here() -> None:
    """Decode in this process from now on. Only for processes without secrets."""
    global has_secrets
    has_secrets = False


def decode(picture: bytes, reading: int) -> np.ndarray | None:
    """Return the pixels of a picture as OpenCV reads it (`cv2.IMREAD_…`), or None if it cannot be read. Raises Busy."""
    if not has_secrets:
        return decode_by_opencv(picture, reading)
    try:
        answer = decoders.ask({"reading": reading}, picture)
    except Stopped:
        return None
    if answer is None:
        return None
    return np.frombuffer(bytearray(answer["parts"][0]), np.uint8).reshape(answer["shape"])


def decode_or_none(picture: bytes, reading: int) -> np.ndarray | None:
    """Like `decode`, but return None also if no process is free."""
    try:
        return decode(picture, reading)
    except Busy:
        return None


def decode_by_opencv(picture: bytes, reading: int) -> np.ndarray | None:
    try:
        return cv2.imdecode(np.frombuffer(picture, np.uint8), reading)
    except cv2.error:
        return None
