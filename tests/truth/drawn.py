"""Cache the demo's camera pictures in var/ between runs: drawing takes longer than most tests.

The bytes follow from the kind, the camera and the moments, and from the drawing code, by whose digest the folder is
named.
"""

import os
import shutil
from functools import cache
from hashlib import sha256
from pathlib import Path

import cv2
import numpy
import PIL
from django.conf import settings

from demo.cameras import kinds
from demo.cameras.pictures import FONT, Pictures


def send_picture(pictures: Pictures, kind: str, code: str, at: float, since: float) -> bytes:
    """As `demo.cameras.kinds.send_picture`."""
    what = kind, code, float(at), float(since), str(pictures.zone), pictures.plate_of(code)
    file = folder() / sha256(repr(what).encode()).hexdigest()
    try:
        return file.read_bytes()
    except FileNotFoundError:
        data = kinds.send_picture(pictures, kind, code, at, since)
        half = file.with_suffix(f".{os.getpid()}")  # other workers draw, too
        half.write_bytes(data)
        half.replace(file)
        return data


@cache
def folder() -> Path:
    """Return the folder of the pictures of this code; folders of other code are deleted."""
    code = [path.read_bytes() for path in sorted(Path(kinds.__file__).parent.glob("*.py"))]
    versions = cv2.__version__, numpy.__version__, PIL.__version__
    made_from = sha256(repr([code, FONT.read_bytes(), versions]).encode()).hexdigest()[:16]
    all_of_them = settings.VAR / "drawn-pictures"
    own = all_of_them / made_from
    own.mkdir(parents=True, exist_ok=True)
    for other in all_of_them.iterdir():
        if other != own:
            shutil.rmtree(other, ignore_errors=True)
    return own
