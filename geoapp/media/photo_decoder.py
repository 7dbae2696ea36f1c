"""Decode and shrink photos by Pillow in a child process (`python -m geoapp.media.photo_decoder`).

Pure: bytes in, bytes out; no Django. In a process with secrets these functions must not be called with what others
sent: `geoapp.media.pictures` hands that to the process.
"""

import fcntl
import io
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pi_heif
from PIL import ExifTags, Image, ImageOps

from geoapp.media import sandboxed_process

PHOTO_FORMATS, CAMERA_FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "GIF", "MPO"), ("JPEG", "PNG")
PHOTO_QUALITY, SMALL_QUALITY = 82, 75
THUMBNAIL_QUALITIES = (68, 50, 35)
# Squares along the longer side of a covered part: people are unrecognisable, the covered part is visible.
MOSAIC_SQUARES = 12
# The process's own limits: bytes of address space, seconds of computing for all jobs and for one.
MEMORY, CPU_S, JOB_CPU_S, NICE = 1_000_000_000, 3600, 10, 5
# Of pictures with more pixels one is decoded at a time by all these processes of the machine.
LARGE = 16_000_000


class Unreadable(Exception):
    """Not a readable picture; `fault`: "pixels" where it has too many, else "unreadable"."""

    def __init__(self, fault: str = "unreadable") -> None:
        super().__init__(fault)
        self.fault = fault


def open_picture(data: bytes, formats: tuple[str, ...], pixels: int) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=formats)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Unreadable("pixels") from None
    except Exception as error:  # readers raise whatever they like at a broken file: all of it means the same to people
        raise Unreadable from error
    if image.width * image.height > pixels:
        raise Unreadable("pixels")
    return image


def read_upright(data: bytes, side: int, pixels: int) -> Image.Image:
    """Return a photo in RGB, rotated upright, at most `side` pixels long, without metadata. Raises Unreadable.

    The number of its pixels is looked at before one is decoded. It is made small first and turned then, so that all of
    it is in memory once.
    """
    image = open_picture(data, PHOTO_FORMATS, pixels)
    try:
        image.draft("RGB", (side, side))
        with limit_large_pictures(image):
            image.load()
            image = image if image.mode == "RGB" else image.convert("RGB")
            image.thumbnail((side, side))
        ImageOps.exif_transpose(image, in_place=True)
        image = image.copy()  # of its file nothing is left
    except Exception as error:
        raise Unreadable from error
    image.info = {}  # comments, XMP and colour profiles would be written again with the pixels
    return image


@contextmanager
def limit_large_pictures(image: Image.Image) -> Iterator[None]:
    """Wait, for a large picture, until no other process of the machine decodes one."""
    if large_lock is None or image.width * image.height <= LARGE:
        yield
        return
    fcntl.flock(large_lock, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(large_lock, fcntl.LOCK_UN)


large_lock: int | None = None


def open_lock() -> int:
    path = os.path.join(tempfile.gettempdir(), f"large-pictures-{os.getuid()}.lock")
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def jpeg_bytes(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True, exif=b"")
    return out.getvalue()


def large_and_small(image: Image.Image, small_side: int) -> dict[str, Any]:
    small = image.copy()
    small.thumbnail((small_side, small_side))
    parts = [jpeg_bytes(image, PHOTO_QUALITY), jpeg_bytes(small, SMALL_QUALITY)]
    return {"width": image.width, "height": image.height, "parts": parts}


def pixelate(image: Image.Image, parts: Iterable[Sequence[float]]) -> None:
    """Pixelate rectangles (x, y, width, height as fractions) of a photo."""
    for x, y, width, height in parts:
        box = (
            int(x * image.width),
            int(y * image.height),
            min(image.width, int((x + width) * image.width) + 1),
            min(image.height, int((y + height) * image.height) + 1),
        )
        part = image.crop(box)
        scale = MOSAIC_SQUARES / max(part.size)
        # Never finer than 12 pixels a square, so that a small part does not stay as it was.
        wide, tall = (max(1, min(MOSAIC_SQUARES, round(side * scale), max(1, side // 12))) for side in part.size)
        coarse = part.resize((wide, tall), Image.Resampling.BOX).resize(part.size, Image.Resampling.NEAREST)
        image.paste(coarse, box)


# ---- jobs: what is asked, and the bytes of the picture → an answer; they raise Unreadable


def answer_photo(job: dict, data: bytes) -> dict[str, Any]:
    sizes = large_and_small(read_upright(data, job["side"], job["pixels"]), job["small_side"])
    return sizes | {"taken": read_taken(open_picture(data, PHOTO_FORMATS, job["pixels"]))}


def read_taken(image: Image.Image) -> dict[str, Any]:
    """Return EXIF data: `at` by the camera's clock, `offset` if given, `lon` and `lat` in degrees.

    `heading`: to where the camera faced, in whole degrees from north, 0 to 359; `by_compass`: from magnetic north.
    """
    metadata: dict[str, Any] = {}
    try:
        exif = image.getexif()
        details, gps = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
        metadata["at"] = clean_text(details.get(ExifTags.Base.DateTimeOriginal))
        metadata["offset"] = clean_text(details.get(ExifTags.Base.OffsetTimeOriginal))
        lon = degrees(gps, ExifTags.GPS.GPSLongitude, "W", 180)
        lat = degrees(gps, ExifTags.GPS.GPSLatitude, "S", 90)
        if lon is not None and lat is not None and (lon or lat):
            metadata |= {"lon": lon, "lat": lat}
        metadata |= read_heading(gps)
    except Exception:  # readers raise whatever they like at a broken file: then it says nothing more of itself
        return {name: value for name, value in metadata.items() if value}
    return {name: value for name, value in metadata.items() if value is not None and value != ""}


def read_heading(gps: dict[int, Any]) -> dict[str, Any]:
    value = gps.get(ExifTags.GPS.GPSImgDirection)
    reference = clean_text(gps.get(ExifTags.GPS.GPSImgDirectionRef)).upper()
    if value is None or reference not in ("T", "M") or not 0 <= float(value) <= 360:
        return {}
    return {"heading": round(float(value)) % 360, "by_compass": reference == "M"}


def clean_text(value: object) -> str:
    return value.strip("\0 ")[:40] if isinstance(value, str) else ""


def degrees(gps: dict[int, Any], tag: int, negative: str, most: int) -> float | None:
    """Return the degrees of one coordinate; its hemisphere is in the tag before. None if malformed."""
    parts = [float(part) for part in gps.get(tag) or ()]
    if not parts:
        return None
    value = sum(part / 60**n for n, part in enumerate(parts[:3]))
    if not value <= most:
        return None
    return -value if clean_text(gps.get(tag - 1)).upper() == negative else value


def answer_cover(job: dict, data: bytes) -> dict[str, Any]:
    image = read_upright(data, job["side"], job["pixels"])
    pixelate(image, job["covers"])
    return large_and_small(image, job["small_side"])


def answer_thumbnail(job: dict, data: bytes) -> dict[str, Any]:
    """Return a JPEG of at most `side` pixels; re-encoded at lower quality above `heaviest` bytes."""
    image = open_picture(data, CAMERA_FORMATS, job["pixels"])
    try:
        image.draft("RGB", (job["side"], job["side"]))  # a JPEG is unpacked at half or a quarter at once
        image.thumbnail((job["side"], job["side"]), Image.Resampling.BILINEAR)
        small = image.convert("RGB")
    except Exception as error:
        raise Unreadable from error
    small.info = {}
    for quality in THUMBNAIL_QUALITIES:
        jpeg = jpeg_bytes(small, quality)
        if len(jpeg) <= job["heaviest"]:
            break
    return {"parts": [jpeg]}


def answer_fitted(job: dict, data: bytes) -> dict[str, Any]:
    """Return the centre crop of a photo in `width` × `height` pixels, raw RGB rows."""
    size = (job["width"], job["height"])
    fitted = ImageOps.fit(read_upright(data, 2 * max(size), job["pixels"]), size)
    return {"parts": [fitted.tobytes()]}


JOBS: dict[str, Callable[[dict, bytes], dict[str, Any]]] = {
    "photo": answer_photo,
    "cover": answer_cover,
    "thumbnail": answer_thumbnail,
    "fitted": answer_fitted,
}


def answer_job(job: dict, data: bytes) -> dict[str, Any]:
    try:
        return JOBS[job["what"]](job, data)
    except Unreadable as bad:
        return {"fault": bad.fault}


def main() -> None:
    global large_lock
    pi_heif.register_heif_opener()
    Image.init()  # the readers of all formats, before no file can be opened any more
    try:
        large_lock = open_lock()
    except OSError:
        large_lock = None
    sandboxed_process.limit_resources(memory=MEMORY, cpu_s=CPU_S, nice=NICE)
    unconfined = sandboxed_process.forbid_system_calls()
    sandboxed_process.serve_jobs({"unconfined": unconfined}, answer_job, sys.stdin.buffer, sys.stdout.buffer, JOB_CPU_S)


if __name__ == "__main__":
    main()
