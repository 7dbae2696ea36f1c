"""Derive what the wall shows of a camera: health, since when, age of the picture.

A picture that is not current is labelled as such.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.timezone import localdate, localtime, now
from django.utils.translation import gettext_lazy

from cameras.models import Camera

Health = Camera.Health
LATE_PERIODS = 2
DIGITS = 12  # of a SHA-256 tell one picture of a camera from the other
# A stopped patrol leaves its cameras "live": a picture this old is not current, whatever was found last.
SILENT_PERIODS, SILENT_S = 10, 90

SEEING = {Health.LIVE, Health.LATE}
# The other ones are shown with their picture, darkened, and words over it.
OF_NOW = SEEING | {Health.BLURRED, Health.MOVED}
WITH_PICTURE = OF_NOW | {Health.STALE, Health.UNVISITED, Health.FROZEN, Health.DARK, Health.COVERED}
# These have no picture: on the wall they come last.
DEAD = set(Health) - WITH_PICTURE

# health → icon, label, and label of "since" (%s is the time)
HEALTH_TEXTS = {
    Health.STALE: ("i-clock", gettext_lazy("Old picture, not live"), gettext_lazy("stopped at %s")),
    Health.FROZEN: ("i-pause", gettext_lazy("The picture is frozen"), gettext_lazy("unchanged since %s")),
    Health.OFFLINE: ("i-offline", gettext_lazy("No connection"), gettext_lazy("last picture %s")),
    Health.SOURCE_DOWN: ("i-offline", gettext_lazy("Its source is down"), gettext_lazy("last picture %s")),
    Health.CARD: ("i-info", gettext_lazy("Notice instead of a picture"), gettext_lazy("since %s")),
    Health.DARK: ("i-moon", gettext_lazy("The picture is dark"), gettext_lazy("since %s")),
    Health.COVERED: ("i-eye", gettext_lazy("The lens is covered"), gettext_lazy("since %s")),
    Health.BLURRED: ("i-photo", gettext_lazy("The picture is blurred"), gettext_lazy("since %s")),
    Health.MOVED: ("i-arrow", gettext_lazy("It looks elsewhere"), gettext_lazy("since %s")),
    Health.UNREADABLE: ("i-ban", gettext_lazy("The picture cannot be read"), gettext_lazy("since %s")),
    Health.PAUSED: ("i-lock", gettext_lazy("Paused"), gettext_lazy("since %s")),
    Health.UNVISITED: ("i-clock", gettext_lazy("Old picture, not live"), gettext_lazy("not monitored since %s")),
    Health.UNKNOWN: ("i-camera", gettext_lazy("No picture yet"), ""),
}
# For these "since" is the last picture that moved.
MOVED = {Health.STALE, Health.FROZEN, Health.OFFLINE, Health.SOURCE_DOWN}


def health_of(camera: Any, at: datetime) -> Camera.Health:
    if camera.is_paused(at):
        return Health.PAUSED
    if camera.health not in OF_NOW:
        return Health(camera.health)
    if camera.moved_at is None:
        return Health.UNKNOWN
    age = age_of(camera, at)
    if age > silent_after_s(camera):
        return Health.STALE
    if camera.health not in SEEING:
        return Health(camera.health)
    return Health.LATE if age > late_after_s(camera) else Health.LIVE


def late_after_s(camera):
    """Return the age in seconds at which a newer picture of this camera (or duty) is late."""
    return LATE_PERIODS * max(camera.period_s, camera.rhythm_s or 0)


def silent_after_s(camera: Any) -> float:
    """Return the age in seconds at which a picture of this camera (or duty) is not current any more."""
    return max(SILENT_PERIODS * camera.period_s, late_after_s(camera), SILENT_S)


def age_of(camera, at):
    return None if camera.moved_at is None else max(round((at - camera.moved_at).total_seconds()), 0)


def tile_facts(camera: Camera, at: datetime) -> dict:
    """Return all that a tile says of a camera, with the first digits of the SHA-256 of the picture to show ("" for
    none).
    """
    health = health_of(camera, at)
    icon, words, since = health_texts(camera, health)
    shown = bool(camera.last_sha256) and health in WITH_PICTURE
    return {
        "code": camera.code,
        "name": camera.name,
        "health": health,
        "label": health.label,
        "icon": icon,
        "words": words,
        "since": since,
        "age": age_of(camera, at),
        "taken": f"{localtime(camera.last_taken_at):%H:%M:%S}" if shown else "",
        "sha": camera.last_sha256[:DIGITS] if shown else "",
    }


def health_texts(camera, health):
    if health in SEEING:
        return "", "", ""
    if health == Health.PAUSED and camera.is_paused(now()):
        until = gettext_lazy("until %s, by order")
        return "i-lock", str(gettext_lazy("Paused for privacy")), str(until) % clock_text(camera.paused_until)
    icon, words, since = HEALTH_TEXTS[health]
    moment = camera.moved_at if health in MOVED else camera.health_since
    return icon, str(words), str(since) % clock_text(moment) if moment and since else ""


def clock_text(moment: datetime) -> str:
    moment = localtime(moment)
    return f"{moment:%H:%M}" if moment.date() == localdate() else f"{moment:%d/%m %H:%M}"


def blind_cameras(cameras: Iterable[Camera], at: datetime) -> dict[str, Camera.Health]:
    healths = ((camera.code, health_of(camera, at)) for camera in cameras)
    return {code: health for code, health in healths if health not in SEEING}
