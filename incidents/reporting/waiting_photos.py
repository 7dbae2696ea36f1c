"""Upload photos one by one ahead of their report, for weak connections."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from incidents import photos
from incidents.models import WaitingPhoto
from incidents.photos import Picture

KEEP = timedelta(days=1)
MOST = 2  # times as many as a report may have: some are taken out again before it is sent


def store_photo(sending: UUID, upload: UploadedFile) -> str:
    """Digest of a photo stored for the report of this form; one stored before is not decoded again.

    Raises `photos.BadPhoto`, and `geoapp.media.sandboxed_process.Busy` where too many wait to be decoded.
    """
    digest = digest_of(upload)
    waiting = WaitingPhoto.objects.filter(sending=sending)
    if waiting.filter(digest=digest).exists():
        return digest
    if waiting.count() >= MOST * settings.PHOTOS_MAX:
        raise photos.BadPhoto(_("Too many photos were sent with this form."))
    store_picture(photos.read_photo(upload), sending=sending, digest=digest)
    return digest


def digest_of(upload):
    """SHA-256 of a file in hexadecimal digits. A file that is too large is not read."""
    if (upload.size or 0) > photos.most_bytes(upload):
        return ""  # which `read_photo` refuses with its reason
    upload.seek(0)
    return hashlib.sha256(upload.read()).hexdigest()


def store_picture(picture: Picture, **of: object) -> None:
    """Write a picture and its row; deletes the files where the row cannot be written or exists."""
    photo = WaitingPhoto(width=picture.width, height=picture.height, seconds=picture.seconds, **of)
    try:
        photos.save_files(photo, picture, [])
        with transaction.atomic():
            photo.save()
    except BaseException as error:
        delete_files([photo])
        if not isinstance(error, IntegrityError):
            raise


def digests_of(sending: UUID) -> list[str]:
    return list(WaitingPhoto.objects.filter(sending=sending).values_list("digest", flat=True))


def pictures_of(sending: UUID, digests: Sequence[str]) -> list[Picture] | None:
    """Photos with these digests in order; None if one of them is missing."""
    by_digest = {photo.digest: photo for photo in WaitingPhoto.objects.filter(sending=sending, digest__in=digests)}
    try:
        return [photos.stored_picture(by_digest[digest]) for digest in digests]
    except (KeyError, FileNotFoundError):
        return None


def delete_old(at: datetime | None = None) -> int:
    with transaction.atomic():
        old = list(WaitingPhoto.objects.select_for_update(skip_locked=True).filter(at__lt=(at or now()) - KEEP)[:1000])
        WaitingPhoto.objects.filter(pk__in=[photo.pk for photo in old]).delete()
        transaction.on_commit(lambda: delete_files(old))
    return len(old)


def delete_files(waiting):
    for photo in waiting:
        for file in photos.files_of(photo):
            file.storage.delete(str(file.name))
