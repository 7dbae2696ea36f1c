"""The one place where a camera's picture becomes pixels: a process of its own, `cameras.decoder`.

Cameras stand in the street; what they send is a stranger's file. A process that has no secrets itself, as that one,
says so by `decode_here` and decodes what it is given. Pure: bytes in, pixels out; no database, no Django.
"""

import cv2
import numpy as np

from geoapp.media.sandboxed_process import Busy, Pool, Stopped

PROCESS = ("cameras.decoder",)
START_S, ANSWER_S, WAIT_S = 30, 15, 15
# A wall asks for eighty at once, each of some milliseconds.
AT_ONCE, WAITING, PICTURES = 2, 400, 20_000

decoders = Pool(
    *PROCESS, at_once=AT_ONCE, waiting=WAITING, wait_s=WAIT_S, start_s=START_S, answer_s=ANSWER_S, jobs=PICTURES
)
has_secrets = True


def decode_here() -> None:
    """From now on this process decodes pictures itself: it is one that may."""
    global has_secrets
    has_secrets = False


def decode(picture: bytes, reading: int) -> np.ndarray | None:
    """The pixels of a picture as OpenCV reads it (`cv2.IMREAD_…`); None for what cannot be read. Raises Busy."""
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
    """The same for who goes on without a picture: None also where no process is free."""
    try:
        return decode(picture, reading)
    except Busy:
        return None


def decode_by_opencv(picture: bytes, reading: int) -> np.ndarray | None:
    try:
        return cv2.imdecode(np.frombuffer(picture, np.uint8), reading)
    except cv2.error:
        return None
