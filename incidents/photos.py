"""Check uploaded photos and videos, turn them upright and re-encode them without EXIF; a video's photo is a still."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.gis.geos import Point
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db.models.fields.files import FieldFile
from django.utils.timezone import make_aware
from django.utils.translation import gettext_lazy
from procrastinate.contrib.django import app

from geoapp.db import admission
from geoapp.media import pictures
from incidents.models import Category, Event, HeldPhoto, Incident, Photo, Report, WaitingPhoto

LONG_SIDE, SMALL_SIDE = 1920, 480
MASKING_JOB = "cameras.mask_photos"


class BadPhoto(ValueError):
    """This file cannot be used as a photo."""


@dataclass(frozen=True)
class Picture:
    """A photo as stored: two JPEGs with only the pixels of the original file.

    Of a video they are its still; `video` is a WebM without sound, small enough for most players, `seconds` its length.
    The time and place (EPSG:4326) from the file's EXIF, and whether it was taken just now (`live`), are compared with a
    result (`result_checks`) and stored nowhere.
    """

    large: bytes
    small: bytes
    width: int
    height: int
    video: bytes = b""
    seconds: float = 0
    taken_at: datetime | None = None
    taken_place: Point | None = None
    heading: int | None = None  # to where its camera faced, in degrees from north
    by_compass: bool = False  # from magnetic north
    live: bool = False


def stored_fields(picture: Picture) -> dict[str, Any]:
    return {name: getattr(picture, name) for name in ("large", "small", "width", "height", "video", "seconds")}


def read_photo(upload: UploadedFile) -> Picture:
    """Decode an uploaded photo or video into a Picture. Raises BadPhoto with a message for the sender.

    Only the file's size is checked here; all else happens in a process of its own (`geoapp.media.photo_decoder`,
    `geoapp.media.video_decoder`). Raises `geoapp.media.sandboxed_process.Busy` if too many wait for one.
    """
    upload.seek(0)  # a form may have looked at it before
    video = pictures.is_video(upload.read(HEAD_BYTES))
    if (upload.size or 0) > most_bytes(upload):
        message = TOO_LARGE[video] % {"name": upload.name, "limit": most_bytes(upload) // 1_000_000}
        raise BadPhoto(message)
    upload.seek(0)
    try:
        return decode_video(upload.read()) if video else decode_photo("photo", upload.read())
    except pictures.Unreadable as bad:
        faults = VIDEO_FAULTS if video else FAULTS
        raise BadPhoto(faults[bad.fault] % {"name": upload.name, "seconds": settings.VIDEO_SECONDS}) from None


def most_bytes(upload: UploadedFile) -> int:
    upload.seek(0)
    return settings.VIDEO_MAX_BYTES if pictures.is_video(upload.read(HEAD_BYTES)) else settings.PHOTO_MAX_BYTES


HEAD_BYTES = 12  # which say what kind of file it is
TOO_LARGE = {
    False: gettext_lazy("“%(name)s” is larger than %(limit)d MB. Choose a smaller photo."),
    True: gettext_lazy("“%(name)s” is larger than %(limit)d MB. Choose a shorter video, or one of lower resolution."),
}
VIDEO_FAULTS = {
    "long": gettext_lazy("“%(name)s” is longer than %(seconds)d seconds. Choose a shorter video, or cut it."),
    "size": gettext_lazy("The picture of the video “%(name)s” is too large or too small. Record it again."),
    "frames": gettext_lazy("The video “%(name)s” has too many frames per second. Record it again without slow motion."),
    "unreadable": gettext_lazy("The video “%(name)s” cannot be opened. Record it again or choose another."),
}
FAULTS = {
    "pixels": gettext_lazy("“%(name)s” has too many pixels. Choose a smaller photo."),
    "unreadable": gettext_lazy("“%(name)s” cannot be opened. Take it again or choose another."),
}


def cover_parts(jpeg: bytes, parts: Iterable[Sequence[float]]) -> Picture:
    """Blur parts of a stored photo (x, y, width, height as fractions of its size) beyond recognition."""
    return decode_photo("cover", jpeg, covers=[list(part) for part in parts])


def decode_photo(what: str, data: bytes, **more: Any) -> Picture:
    job = {"what": what, "side": LONG_SIDE, "small_side": SMALL_SIDE, "pixels": settings.PHOTO_MAX_PIXELS} | more
    with admission.lend_place():
        answer = pictures.decode(pictures.photo_decoders, job, data)
    large, small = answer["parts"]
    facts = answer.get("taken", {})
    return Picture(
        large, small, answer["width"], answer["height"], taken_at=taken_moment(facts), taken_place=taken_place(facts),
        heading=facts.get("heading"), by_compass=facts.get("by_compass", False),
    )  # fmt: skip


def taken_moment(facts: dict) -> datetime | None:
    """Return the moment in EXIF, by the city's clock if it has no offset; None if it is invalid."""
    try:
        moment = datetime.strptime(facts.get("at", ""), "%Y:%m:%d %H:%M:%S")
        offset = facts.get("offset")
        zone = datetime.strptime(offset, "%z").tzinfo if offset else None
        return moment.replace(tzinfo=zone) if zone else make_aware(moment)
    except ValueError:
        return None


def taken_place(facts: dict) -> Point | None:
    return Point(facts["lon"], facts["lat"], srid=4326) if "lon" in facts else None


def decode_video(data: bytes) -> Picture:
    job = {
        "what": "video", "side": LONG_SIDE, "small_side": SMALL_SIDE, "pixels": settings.VIDEO_MAX_PIXELS,
        "seconds": settings.VIDEO_SECONDS,
    }  # fmt: skip
    with admission.lend_place():
        answer = pictures.decode(pictures.video_decoders, job, data)
    large, small, video = answer["parts"]
    return Picture(large, small, answer["width"], answer["height"], video, answer["seconds"])


def stored_picture(photo: HeldPhoto | WaitingPhoto) -> Picture:
    """Load a photo that was stored before its incident existed. Raises FileNotFoundError."""
    video = read_file(photo.video) if photo.video else b""
    return Picture(read_file(photo.picture), read_file(photo.small), photo.width, photo.height, video, photo.seconds)


def read_file(file: FieldFile) -> bytes:
    with file.open() as opened:
        return opened.read()


def random_file_name(more: str = ".jpg") -> str:
    return f"{secrets.token_hex(16)}{more}"


def save_files(photo: Photo | HeldPhoto | WaitingPhoto, picture: Picture, files: list[FieldFile]) -> None:
    for file, data, ending in (
        (photo.picture, picture.large, ".jpg"),
        (photo.small, picture.small, "-s.jpg"),
        (photo.video, picture.video, ".webm"),
    ):
        if data:
            file.save(random_file_name(ending), ContentFile(data), save=False)
            files.append(file)


def files_of(photo: Photo | HeldPhoto | WaitingPhoto) -> list[FieldFile]:
    original = [photo.original] if isinstance(photo, Photo) else []
    return [file for file in (photo.picture, photo.small, photo.video, *original) if file]


def store_photos(pictures: Iterable[Picture], **giver: Any) -> list[Photo]:
    with storing_photos(pictures, **giver) as stored:
        return stored


@contextmanager
def storing_photos(
    pictures: Iterable[Picture],
    *,
    incident: Incident,
    report: Report | None = None,
    event: Event | None = None,
    public: bool = True,
    from_citizen: bool | None = None,
) -> Iterator[list[Photo]]:
    """Store pictures with an incident and yield the photos; the files are deleted if the rows, or what follows, fail.

    Those `from_citizen` (None: those that came with a report) are masked for faces and number plates before anybody but
    the desk sees them: see `first_masking`.
    """
    files: list[FieldFile] = []
    stored: list[Photo] = []
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
                seconds=picture.seconds,
                public=public,
                **masking,
            )
            save_files(photo, picture, files)
            photo.save()
            stored.append(photo)
        if files and masking.get("masking") == Photo.Masking.DUE:
            app.configure_task(MASKING_JOB, lock=MASKING_JOB).defer()
        yield stored
    except BaseException:
        for file in files:
            file.storage.delete(str(file.name))
        raise


def first_masking(category: Category) -> dict[str, str]:
    """Return the first masking state of a citizen's photo: the models mask it; without them a person reviews it if the
    category requires that.
    """
    if settings.VISION:
        return {"masking": Photo.Masking.DUE}
    if category.check_photos:
        return {"masking": Photo.Masking.HELD, "held_reason": Photo.Held.NO_MODEL}
    return {"masking": Photo.Masking.DONE}
