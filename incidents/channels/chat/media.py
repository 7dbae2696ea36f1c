"""Fetch pictures of chat messages and re-encode them as photos."""

from collections.abc import Iterable

import httpx
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from incidents import photos
from incidents.models import ChatEvent, Draft
from incidents.models.chat import WaitingPhoto
from incidents.notify import http_calls
from incidents.notify.transport import Refused
from incidents.photos import Picture

TIMEOUT_S = 20.0
TRIES = 2


def fetch_picture(url: str) -> Picture | None:
    """Picture at an address of the platform; None where it cannot be fetched or is no picture."""
    for _try in range(TRIES):
        try:
            answer = http_calls.call_url(
                "GET",
                url,
                purpose="gateways",
                timeout=TIMEOUT_S,
                max_bytes=max(settings.PHOTO_MAX_BYTES, settings.VIDEO_MAX_BYTES),
            )
        except (Refused, http_calls.NoAnswer):
            continue
        except (httpx.InvalidURL, ValueError):
            return None
        if answer.status == 200:
            return read_picture(answer.body)
    return None


def read_waiting_photos(owner: ChatEvent | Draft) -> list[Picture]:
    return pictures_of(owner.photos.all())


def pictures_of(waiting: Iterable[WaitingPhoto]) -> list[Picture]:
    return [
        Picture(bytes(photo.large), bytes(photo.small), photo.width, photo.height, bytes(photo.video), photo.seconds)
        for photo in waiting
    ]


def read_picture(body: bytes) -> Picture | None:
    try:
        return photos.read_photo(SimpleUploadedFile("chat", body))
    except photos.BadPhoto:
        return None
