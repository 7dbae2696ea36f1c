"""Pictures made small for the wall, where eighty come at once: some kilobytes each.

What is looked at large, kept or judged is always the picture as it came; these stand only in tiles and strips.
"""

import io
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from PIL import Image, UnidentifiedImageError

SIDE = 320  # pixels, the longer side
QUALITIES, HEAVIEST = (68, 50, 35), 14_000  # bytes: a picture that is heavier is made again, less fine
KEPT = 2000  # pictures, about 20 MB in each web process


class Unreadable(Exception):
    """These bytes are no picture."""


class ThumbnailCache:
    """The last pictures that were made small, by the SHA-256 of what they were made from."""

    def __init__(self, kept: int = KEPT) -> None:
        self.kept, self.lock, self.pictures = kept, Lock(), OrderedDict()

    def get(self, sha256: str, read: Callable[[], bytes]) -> bytes:
        """The small picture; `read()` gives the bytes of the large one where it is not there yet. Raises Unreadable."""
        with self.lock:
            if sha256 in self.pictures:
                self.pictures.move_to_end(sha256)
                return self.pictures[sha256]
        made = make_thumbnail(read())
        with self.lock:
            self.pictures[sha256] = made
            while len(self.pictures) > self.kept:
                self.pictures.popitem(last=False)
        return made


thumbnail_cache = ThumbnailCache()


def make_thumbnail(data: bytes) -> bytes:
    """A JPEG of at most 320 pixels a side, without what the camera wrote beside the picture. Raises Unreadable."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as picture:
            picture.draft("RGB", (SIDE, SIDE))  # a JPEG is unpacked at half or a quarter at once
            picture.thumbnail((SIDE, SIDE), Image.Resampling.BILINEAR)
            small = picture.convert("RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise Unreadable from error
    for quality in QUALITIES:
        out = io.BytesIO()
        small.save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() <= HEAVIEST:
            break
    return out.getvalue()
