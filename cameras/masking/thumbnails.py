"""Pictures made small for the wall, where eighty come at once: some kilobytes each.

What is looked at large, kept or judged is always the picture as it came; these stand only in tiles and strips.
"""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from cameras.analysis.reading import MAX_PIXELS
from geoapp.media import pictures

SIDE = 320  # pixels, the longer side
HEAVIEST = 14_000  # bytes: a picture that is heavier is made again, less fine
KEPT = 2000  # pictures, about 20 MB in each web process


class Unreadable(Exception):
    """These bytes are no picture."""


class ThumbnailCache:
    """The last pictures that were made small, by the SHA-256 of what they were made from."""

    def __init__(self, capacity: int = KEPT) -> None:
        self.kept, self.lock, self.pictures = capacity, Lock(), OrderedDict()

    def get(self, sha256: str, read: Callable[[], bytes]) -> bytes:
        """The small picture; `read()` gives the bytes of the large one where it is not there yet. Raises Unreadable."""
        with self.lock:
            if sha256 in self.pictures:
                self.pictures.move_to_end(sha256)
                return self.pictures[sha256]
        thumbnail = make_thumbnail(read())
        with self.lock:
            self.pictures[sha256] = thumbnail
            while len(self.pictures) > self.kept:
                self.pictures.popitem(last=False)
        return thumbnail


thumbnail_cache = ThumbnailCache()


def make_thumbnail(data: bytes) -> bytes:
    """A JPEG of at most 320 pixels a side, without what the camera wrote beside the picture.

    Raises Unreadable, and `geoapp.media.sandboxed_process.Busy`.
    """
    job = {"what": "thumbnail", "side": SIDE, "heaviest": HEAVIEST, "pixels": MAX_PIXELS}
    try:
        return pictures.decode(pictures.camera_decoders, job, data)["parts"][0]
    except pictures.Unreadable as error:
        raise Unreadable from error
