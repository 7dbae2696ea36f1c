"""Photos from people: checked, turned upright, re-encoded, without EXIF."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from procrastinate.contrib.django import app

from geoapp import admission, pictures
from incidents.models import Category, Event, HeldPhoto, Incident, Photo, Report, WaitingPhoto

LONG_SIDE, SMALL_SIDE = 1920, 480
MASKING_JOB = "cameras.mask_photos"


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

    The size of the file is looked at here, all else in a process of its own (`geoapp.decoder`). Raises
    `geoapp.children.Busy` where too many wait for one.
    """
    if (upload.size or 0) > settings.PHOTO_MAX_BYTES:
        raise BadPhoto(
            _("“%(name)s” is larger than %(limit)d MB. Choose a smaller photo.")
            % {"name": upload.name, "limit": settings.PHOTO_MAX_BYTES // 1_000_000}
        )
    upload.seek(0)  # a form may have looked at it before
    try:
        return decode_photo("photo", upload.read())
    except pictures.Unreadable as bad:
        raise BadPhoto(FAULTS[bad.fault] % {"name": upload.name}) from None


FAULTS = {
    "pixels": gettext_lazy("“%(name)s” has too many pixels. Choose a smaller photo."),
    "unreadable": gettext_lazy("“%(name)s” cannot be opened. Take it again or choose another."),
}


def cover_parts(jpeg: bytes, parts: Iterable[Sequence[float]]) -> Picture:
    """A photo that is kept, with parts of it (x, y, width, height in parts of its own) coarse beyond recognition."""
    return decode_photo("cover", jpeg, covers=[list(part) for part in parts])


def decode_photo(what: str, data: bytes, **more: Any) -> Picture:
    job = {"what": what, "side": LONG_SIDE, "small_side": SMALL_SIDE, "pixels": settings.PHOTO_MAX_PIXELS} | more
    with admission.lend_place():
        answer = pictures.decode(pictures.photo_decoders, job, data)
    large, small = answer["parts"]
    return Picture(large, small, answer["width"], answer["height"])


def stored_picture(photo: HeldPhoto | WaitingPhoto) -> Picture:
    """A photo that was stored before there was an incident, as it was decoded. Raises FileNotFoundError."""
    return Picture(read_file(photo.picture), read_file(photo.small), photo.width, photo.height)


def read_file(file):
    with file.open() as opened:
        return opened.read()


def random_file_name(more: str = "") -> str:
    """The name of a file, which nobody can guess."""
    return f"{secrets.token_hex(16)}{more}.jpg"


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
    from_citizen: bool | None = None,
) -> Iterator[None]:
    """Store pictures with an incident; the files are taken away again where the rows, or what follows, cannot be.

    Those `from_citizen` (None: those that came with a report) are looked at for faces and number plates before anybody
    but the desk sees them: see `first_masking`.
    """
    files = []
    citizens = report is not None if from_citizen is None else from_citizen
    masking = first_masking(incident.category) if citizens else {}
    try:
        for picture in pictures:
            photo = Photo(
                incident=incident,
                report=report,
                event=event,
                width=picture.width,
                height=picture.height,
                public=public,
                **masking,
            )
            photo.picture.save(random_file_name(), ContentFile(picture.large), save=False)
            files.append(photo.picture)
            photo.small.save(random_file_name("-s"), ContentFile(picture.small), save=False)
            files.append(photo.small)
            photo.save()
        if files and masking.get("masking") == Photo.Masking.DUE:
            app.configure_task(MASKING_JOB, lock=MASKING_JOB).defer()
        yield
    except BaseException:
        for file in files:
            file.storage.delete(str(file.name))
        raise


def first_masking(category: Category) -> dict[str, str]:
    """How a citizen's photo begins: the models look at it; without them a person does, if the category asks for it."""
    if settings.VISION:
        return {"masking": Photo.Masking.DUE}
    if category.check_photos:
        return {"masking": Photo.Masking.HELD, "held_reason": Photo.Held.NO_MODEL}
    return {"masking": Photo.Masking.DONE}
