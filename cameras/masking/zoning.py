"""Draw privacy zones on a picture; `draw_zones` and `record_turn` change them, and both are logged.

Zones are stored in fractions of the view's reference picture. They are drawn on a current picture, which may be shifted
against it: drawn corners are transformed back.
"""

import hashlib
import json
from typing import NamedTuple

import numpy as np
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q, QuerySet

from cameras import analysis
from cameras.masking import zones
from cameras.masking.covering import BORDER, KNOWN_BY, NotCovered
from cameras.models import Camera, Frame, View
from cameras.patrol import baselines
from cameras.register.fields_of_view import update_view
from incidents.models import User

LEAST = 0.05  # of its area that a picture carried over another keeps
TRIED = 12  # of the newest pictures
GOOD = ["", *(str(state) for state in analysis.SEEING)]  # health of a frame on which zones are drawn
TURNED = [*GOOD, str(Camera.Health.MOVED)]
# How the lines in the log of the administration begin, by which they are found again.
ZONES_SAID, TURNED_SAID = "privacy zones", "turned on purpose"


class DrawingGround(NamedTuple):
    """A picture to draw on, and the transform of the view's reference to it; None for the identity."""

    frame: Frame
    transform: list | None = None


def may_be_turned(camera: Camera, view: View | None) -> bool:
    """Return whether the picture was found to be another, so that a person may say the camera was turned on purpose."""
    moved = view is not None and view.state in (View.State.LOST, View.State.SHIFTED)
    return camera.active and (camera.health == Camera.Health.MOVED or moved)


def find_ground(
    frames: QuerySet[Frame], view: View, turned: bool = False, as_it_came: bool = False
) -> DrawingGround | None:
    """Return the newest good picture among these frames on which the zones of a view can be drawn, or None.

    `turned`: the current picture becomes the view's reference, whatever it was before. People without the right to
    pictures `as_it_came` get one that can be covered.
    """
    rows = frames.filter(camera=view.camera_id, health__in=TURNED if turned else GOOD).select_related("camera")
    if view.camera.aimed_at:
        rows = rows.filter(taken_at__gt=view.camera.aimed_at)
    grounds = (ground_from(frame, view, turned) for frame in rows.order_by("-taken_at")[:TRIED])
    return next((ground for ground in grounds if ground and (as_it_came or zones.is_safe(ground.frame))), None)


def ground_from(frame, view, turned=False):
    received = frame.received.get("view")
    if turned or not view.pk:
        return DrawingGround(frame)
    if received and received["key"] != view.pk:
        return None  # it shows another of the camera's views
    try:
        _view, state, transform = zones.view_in_picture(frame)
    except NotCovered:
        return None
    if state == View.State.UNKNOWN and not view.reference:
        return DrawingGround(frame)  # its own picture is learnt of such as this
    known = state in KNOWN_BY and (transform is not None or state == View.State.FITS)
    return DrawingGround(frame, transform) if known and (transform is None or is_invertible(transform)) else None


def is_invertible(transform):
    """Return whether a transform can be inverted: it must be near a plain shift."""
    (a, b, _x), (c, d, _y) = transform
    return abs(a * d - b * c) > LEAST


def zones_on_ground(drawn: list, transform: list | None) -> list:
    carried = analysis.transform_zones(drawn, transform) if transform else drawn
    return [[[min(max(part, 0), 1) for part in corner] for corner in zone] for zone in carried]


def zone_from_ground(zone: list, transform: list | None) -> list:
    """Return a zone drawn on the ground as it lies in the view's reference picture.

    A zone drawn to the border reaches the border there: it also hides what lies beyond.
    """
    whole = np.array([*(transform or baselines.SAME_PLACE), (0, 0, 1)], float)
    back = (np.linalg.inv(whole) @ np.array([(x, y, 1) for x, y in zone]).T).T[:, :2]
    return [
        [0 if part <= BORDER else 1 if part >= 1 - BORDER else round(min(max(float(own), 0), 1), 4)
         for part, own in zip(corner, place, strict=True)]
        for corner, place in zip(zone, back, strict=True)
    ]  # fmt: skip


def zones_to_keep(drawn: list, view: View, transform: list | None, anew: bool = False) -> list:
    """Return zones drawn on the ground as the view stores them; an untouched zone stays identical to the last digit."""
    lying = [] if anew else zip(zones_on_ground(view.zones, transform), view.zones, strict=True)
    were = {zones.format_zone(zone): own for zone, own in lying}
    return [were.get(zones.format_zone(zone)) or zone_from_ground(zone, transform) for zone in drawn]


@transaction.atomic
def draw_zones(view: View, drawn: list, by: User) -> None:
    before = view.zones
    if drawn == before:
        return
    update_view(view, zones=drawn)
    log_change(view.camera, by, f"{ZONES_SAID}: {json.dumps(before)} → {json.dumps(drawn)}")


@transaction.atomic
def record_turn(camera: Camera, by: User, drawn: list | None = None) -> None:
    """Make the current picture of a camera that was turned on purpose its view, with these zones; log it."""
    baselines.start_new_view(camera, drawn)
    log_change(camera, by, TURNED_SAID if drawn is None else f"{TURNED_SAID}; {ZONES_SAID}: {json.dumps(drawn)}")


def zones_digest(drawn: list) -> str:
    return hashlib.sha256(json.dumps(drawn).encode()).hexdigest()[:16]


def log_change(camera, by, what):
    LogEntry.objects.create(
        user=by,
        content_type=camera_content_type(),
        object_id=camera.pk,
        object_repr=str(camera)[:200],
        action_flag=CHANGE,
        change_message=what,
    )


def camera_content_type():
    return ContentType.objects.filter(app_label="cameras", model="camera").get()


def zone_changes(camera: Camera) -> QuerySet[LogEntry]:
    condition = Q(change_message__startswith=ZONES_SAID) | Q(change_message__startswith=TURNED_SAID)
    lines = LogEntry.objects.filter(condition, content_type=camera_content_type(), object_id=camera.pk)
    return lines.select_related("user").order_by("-action_time", "-pk")
