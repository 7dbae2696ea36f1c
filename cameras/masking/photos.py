"""Cover faces and small text in citizens' photos by the models of the cameras, before others see them.

A photo that the models cannot process waits for a person. No model runs in this process: `finders.Finder` runs it.
"""

import logging

from django.conf import settings

from cameras.masking import finders
from cameras.masking.covering import AROUND, Box, NotCovered
from geoapp.media import pictures
from geoapp.media.sandboxed_process import Stopped
from incidents.disclosure import publishing
from incidents.models import Photo

log = logging.getLogger("cameras.photos")

AT_ONCE = 100  # photos of one job; what is left comes with the next, a minute later
DIGITS = 4  # of a part of one


def mask_waiting_photos() -> int:
    waiting = list(Photo.objects.to_be_masked()[:AT_ONCE])
    if not waiting:
        return 0
    if not settings.VISION or finders.missing_package():
        log.error("Photos wait for a person: what finds faces and plates is not installed (VISION=1 bin/prepare)")
        return hold_photos(waiting, Photo.Held.NO_MODEL)
    try:
        with finders.Finder() as finder:
            return sum(mask_photo(photo, finder) for photo in waiting)
    except finders.Missing:
        return hold_photos(waiting, Photo.Held.NO_MODEL)


def mask_photo(photo: Photo, finder: finders.Finder) -> bool:
    """Cover one photo; return whether it is shown by now. One that cannot be processed waits for a person."""
    try:
        data = publishing.original_bytes(photo)
        boxes = finder.boxes(data)
        return publishing.mask_photo(photo, parts_of(boxes, photo), summary_of(boxes, finder.tools))
    except (OSError, NotCovered, finders.Failed, Stopped, pictures.Unreadable) as trouble:
        log.warning("Photo %d waits for a person: %s", photo.pk, trouble or type(trouble).__name__)
        publishing.hold_photo(photo, Photo.Held.UNREAD)
        return False


def hold_photos(photos, reason):
    for photo in photos:
        publishing.hold_photo(photo, reason)
    return 0


def parts_of(boxes: list[Box], photo: Photo) -> list[tuple[float, ...]]:
    """Return the boxes, enlarged by a third of their size on all sides, in fractions of the photo: (x, y, width,
    height).
    """
    parts = []
    for box in boxes:
        around = AROUND * min(box.width, box.height) + 1
        left, top = max(box.x - around, 0), max(box.y - around, 0)
        right = min(box.x + box.width + around, photo.width)
        bottom = min(box.y + box.height + around, photo.height)
        if right > left and bottom > top:
            part = left / photo.width, top / photo.height, (right - left) / photo.width, (bottom - top) / photo.height
            parts.append(tuple(round(number, DIGITS) for number in part))
    return [part for part in parts if publishing.is_inside_picture(part)]


def summary_of(boxes, tools):
    counts = {}
    for box in boxes:
        counts[box.kind] = counts.get(box.kind, 0) + 1
    return counts | {"tools": tools}
