"""Detect people and vehicles in a picture. Optional: bin/make_detector makes the model; nothing is fetched at run time.

Pure: a picture in, detections out; no database, no Django. `python -m cameras.detection.detector MODEL` runs it as a
child process with few rights (no secrets, little memory, the lowest priority): it answers each job on standard input
with a line.
"""

import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np

from cameras.analysis import counting, decoding
from cameras.analysis.counting import Thing
from cameras.masking import covering
from geoapp.media import sandboxed_process

MEMORY, CPU_S, NICE = 2_000_000_000, 90, 15
# As NanoDet was trained: BGR less this mean, divided by about this.
MEAN, SPREAD = (103.53, 116.28, 123.675), 57.6
OUTPUTS = ("Identity", "Identity_1", "Identity_2", "Identity_3", "Identity_4", "Identity_5")
SIZE = 512, 288  # pixels, of the pictures that it takes, as bin/make_detector makes it
STRIDES = (8, 16, 32)  # pixels from place to place, in the three grids of the outputs
KINDS = (counting.PERSON, counting.TWO_WHEELS, counting.VEHICLE)
# The classes of COCO that matter, by their number: person, bicycle, car, motorcycle, bus, truck.
CLASSES = {0: 0, 1: 1, 2: 2, 3: 1, 5: 2, 7: 2}
LIKELY, SAME = 0.35, 0.45  # the least score, and from which overlap on two boxes are one thing
LOOK = 6  # pixels a side of how a thing looks


class Missing(Exception):
    """The model has not been made."""


@cache
def load_network(path: Path | str) -> cv2.dnn.Net:
    """Load the model. Raises Missing."""
    try:
        return cv2.dnn.readNetFromONNX(str(path))
    except cv2.error as error:
        raise Missing(str(path)) from error


def find_things(image: np.ndarray, path: Path | str) -> list[Thing]:
    """Return the people and vehicles in a picture (BGR). Raises Missing."""
    net, (wide, tall) = load_network(path), SIZE
    scale = min(wide / image.shape[1], tall / image.shape[0])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=how)[:tall, :wide]
    framed = np.full((tall, wide, 3), MEAN, np.float32)
    framed[: small.shape[0], : small.shape[1]] = small
    net.setInput(cv2.dnn.blobFromImage(framed, 1 / SPREAD, None, MEAN))  # type: ignore[call-overload]  # the stubs know no missing size
    boxes, scores, kinds = read_outputs(net.forward(OUTPUTS), wide)
    gray = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    indices = cv2.dnn.NMSBoxesBatched(boxes, scores, kinds, LIKELY, SAME) if boxes else ()
    return [thing for index in indices if (thing := thing_of(gray, boxes[index], scores[index], kinds[index]))]


def read_outputs(outputs: Sequence[np.ndarray], wide: int) -> tuple[list, list, list]:
    """Return (boxes in pixels as x, y, width, height; scores; indices in KINDS) of the network's likely detections."""
    boxes, scores, kinds = [], [], []
    for stride, likely, sides in zip(STRIDES, outputs[:3], outputs[3:], strict=True):
        likely = likely.reshape(-1, likely.shape[-1])[:, list(CLASSES)]
        places = np.flatnonzero(likely.max(1) > LIKELY)
        # Each side's distance is given as how likely each of 0, 1, 2 … strides is.
        shares = np.exp(sides.reshape(len(likely), 4, -1)[places])
        away = (shares / shares.sum(-1, keepdims=True) @ np.arange(shares.shape[-1])) * stride
        for place, (left, up, right, down) in zip(places, away, strict=True):
            x, y = (place % (wide // stride) + 0.5) * stride, (place // (wide // stride) + 0.5) * stride
            best = int(likely[place].argmax())
            boxes.append([float(x - left), float(y - up), float(left + right), float(up + down)])
            scores.append(float(likely[place, best]))
            kinds.append(list(CLASSES.values())[best])
    return boxes, scores, kinds


def thing_of(gray: np.ndarray, box: Sequence[float], score: float, kind: int) -> Thing | None:
    tall, wide = gray.shape
    x, y = max(box[0], 0), max(box[1], 0)
    width, height = min(box[0] + box[2], wide) - x, min(box[1] + box[3], tall) - y
    part = gray[int(y) : int(y + height) + 1, int(x) : int(x + width) + 1]
    if width <= 1 or height <= 1 or not part.size:
        return None
    look = cv2.resize(part, (LOOK, LOOK), interpolation=cv2.INTER_AREA).tobytes().hex()
    left, up, wide_share, tall_share = (round(value, 4) for value in (x / wide, y / tall, width / wide, height / tall))
    return Thing(KINDS[kind], round(min(score, 1), 3), left, up, wide_share, tall_share, look)


# ---- the child process


def answer_job(job, picture, path):
    """Return the detections in a picture whose privacy zones were filled first, so that nobody is counted there."""
    image = covering.decode_picture(picture)
    covering.fill_zones(image, job["zones"])
    return find_things(image, path)


def serve_jobs(path: Path | str, jobs: BinaryIO, out: BinaryIO) -> None:
    """Announce readiness, then answer jobs: a line {"zones", "bytes"} and so many bytes of a picture each. The answer
    is a line: the detections, or null for what is no picture.
    """

    def answer_or_none(job, picture):
        try:
            return answer_job(job, picture, path)
        except (covering.NotCovered, cv2.error):
            return None

    sandboxed_process.serve_jobs(True, answer_or_none, jobs, out)


if __name__ == "__main__":
    decoding.decode_here()
    sandboxed_process.limit_resources(memory=MEMORY, cpu_s=CPU_S, nice=NICE)
    cv2.setNumThreads(1)
    load_network(sys.argv[1])
    sandboxed_process.forbid_system_calls()
    serve_jobs(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)
