"""Photos from people: checked, turned upright, re-encoded, without EXIF."""

import io
import secrets
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pillow_heif
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from incidents.models import Event, Incident, Photo, Report

pillow_heif.register_heif_opener()
LONG_SIDE, SMALL_SIDE = 1920, 480
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "GIF", "MPO")


class BadPhoto(ValueError):
    """This file cannot be taken as a photo."""


@dataclass(frozen=True)
class Picture:
    """A photo as we keep it: two JPEGs, nothing of the original file but its pixels."""

    large: bytes
    small: bytes
    width: int
    height: int


def read_photo(upload: UploadedFile) -> Picture:
    """An uploaded file as a Picture; raises BadPhoto with a message for its giver.

    The size of the file and the number of pixels are looked at before a pixel is decoded.
    """
    if (upload.size or 0) > settings.PHOTO_MAX_BYTES:
        raise BadPhoto(
            _("“%(name)s” is larger than %(limit)d MB. Choose a smaller photo.")
            % {"name": upload.name, "limit": settings.PHOTO_MAX_BYTES // 1_000_000}
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(upload, formats=FORMATS)
            if image.width * image.height > settings.PHOTO_MAX_PIXELS:
                raise BadPhoto(_("“%(name)s” has too many pixels. Choose a smaller photo.") % {"name": upload.name})
            image.draft("RGB", (LONG_SIDE, LONG_SIDE))
            image = ImageOps.exif_transpose(image).convert("RGB")
    except BadPhoto:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise BadPhoto(_("“%(name)s” has too many pixels. Choose a smaller photo.") % {"name": upload.name}) from None
    except Exception as error:  # decoders raise whatever they like at a broken file: all of it means the same to people
        raise BadPhoto(
            _("“%(name)s” cannot be opened. Take it again or choose another.") % {"name": upload.name}
        ) from error
    return picture_of(image)


def picture_of(image: Image.Image) -> Picture:
    """An image in memory as a Picture."""
    image.info = {}  # comments, XMP and colour profiles would be written again with the pixels
    image.thumbnail((LONG_SIDE, LONG_SIDE))
    small = image.copy()
    small.thumbnail((SMALL_SIDE, SMALL_SIDE))
    return Picture(jpeg_bytes(image, 82), jpeg_bytes(small, 75), image.width, image.height)


def random_file_name(more: str = "") -> str:
    """The name of a file, which nobody can guess."""
    return f"{secrets.token_hex(16)}{more}.jpg"


def jpeg_bytes(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True, exif=b"")
    return out.getvalue()


def store_photos(pictures: Iterable[Picture], **giver: Any) -> None:
    """Store pictures with an incident: they are the last that is done in the transaction."""
    with storing_photos(pictures, **giver):
        pass


@contextmanager
def storing_photos(
    pictures: Iterable[Picture],
    *,
    incident: Incident,
    report: Report | None = None,
    event: Event | None = None,
    public: bool = True,
) -> Iterator[None]:
    """Store pictures with an incident; the files are taken away again where the rows, or what follows, cannot be."""
    files = []
    try:
        for picture in pictures:
            photo = Photo(
                incident=incident, report=report, event=event, width=picture.width, height=picture.height, public=public
            )
            photo.picture.save(random_file_name(), ContentFile(picture.large), save=False)
            files.append(photo.picture)
            photo.small.save(random_file_name("-s"), ContentFile(picture.small), save=False)
            files.append(photo.small)
            photo.save()
        yield
    except BaseException:
        for file in files:
            file.storage.delete(str(file.name))
        raise
