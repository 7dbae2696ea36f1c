"""Make thumbnails for the wall, where eighty are loaded at once: some kilobytes each.

Thumbnails are used only in tiles and strips; what is viewed large, kept or judged is the picture as received.
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
    """The last thumbnails, by the SHA-256 of their originals."""

    def __init__(self, capacity: int = KEPT) -> None:
        self.kept, self.lock, self.pictures = capacity, Lock(), OrderedDict()

    def get(self, sha256: str, read: Callable[[], bytes]) -> bytes:
        """Return the thumbnail; `read()` returns the bytes of the original if it is not cached. Raises Unreadable."""
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
    """Return a JPEG of at most 320 pixels a side, without metadata.

    Raises Unreadable, and `geoapp.media.sandboxed_process.Busy`.
    """
    job = {"what": "thumbnail", "side": SIDE, "heaviest": HEAVIEST, "pixels": MAX_PIXELS}
    try:
        return pictures.decode(pictures.camera_decoders, job, data)["parts"][0]
    except pictures.Unreadable as error:
        raise Unreadable from error
