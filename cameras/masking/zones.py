"""Locate privacy zones in a picture of a camera, and tell which pictures cannot be covered."""

from collections.abc import Iterable
from datetime import timedelta

from django.contrib.gis.geos import Polygon
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as w

from cameras.masking import covering
from cameras.masking.covering import NotCovered
from cameras.models import Evidence, Frame, HealthInterval, View

# The current alignment also holds for a picture of at most this age.
OF_NOW = timedelta(minutes=2)
MOST, CORNERS = 30, 60  # zones of a view, corners of a zone
# Why a picture is not shown to who is not shown what lies behind its zones, by the state of the view in it.
HIDDEN = {
    View.State.LOST: w("Not shown: the camera was turned, so the position of its privacy zones is unknown."),
    View.State.TURNS: w("Not shown: the camera alternated between two views, so its privacy zones are not certain."),
    View.State.UNKNOWN: w("Not shown: the position of the privacy zones in this picture is unknown."),
}
ANOTHER_VIEW = w(
    "Not shown: the camera has since been turned on purpose, and its privacy zones belong to its new view."
)


def zones_in_picture(picture: Frame | Evidence | HealthInterval, views: list[View] | None = None) -> list:
    """Return the zones in a picture, in fractions of it; none if the camera has none.

    `picture`: a Frame, an Evidence or the proof of a HealthInterval. `views`: all of the camera, if they are known.

    Raises NotCovered if their place is not known: then only people with the right to uncovered pictures are shown it.
    """
    views = list(View.objects.filter(camera=picture.camera_id)) if views is None else views
    if not any(view.zones for view in views):
        return []
    view, state, transform = view_in_picture(picture, views)
    return covering.place_zones(view.zones, state, transform)


def view_in_picture(picture: Frame | Evidence | HealthInterval, views: list[View] | None = None) -> tuple:
    """Return the view that a picture shows, and its state and transform in it. Raises NotCovered if the camera has
    none.
    """
    views = list(View.objects.filter(camera=picture.camera_id)) if views is None else views
    view = next((view for view in views if view.current), None)
    if view is None:
        raise NotCovered("nobody knows which way the camera looked")
    return view, *state_in_picture(picture, view, alone=len(views) == 1)


def state_in_picture(picture, view, alone):
    """Return (state, transform) of the view in this picture: as the patrol found it then, as it was registered when the
    picture was kept, or as it is now for a current picture. `alone`: the camera has no other view.
    """
    if not aimed_before(picture):
        return View.State.UNKNOWN, None
    received, registered = picture.received.get("view"), getattr(picture, "register", {}).get("view")
    if received:
        judged = received["key"] == view.pk and judged_by_now(received, picture.camera)
        return (received["state"], received["transform"]) if judged else (View.State.UNKNOWN, None)
    if registered and alone:
        return registered["state"], registered["transform"]
    if isinstance(picture, HealthInterval):
        return View.State.UNKNOWN, None  # it shows how the camera became another: what is known of it now is no help
    if now() - picture.taken_at <= OF_NOW:
        return view.state, view.transform
    return View.State.UNKNOWN, None


def aimed_before(picture):
    """Return whether the camera was not turned on purpose since: its zones are those of the current view."""
    aimed_at = picture.camera.aimed_at
    return aimed_at is None or (picture.taken_at is not None and aimed_at < picture.taken_at)


def judged_by_now(received, camera):
    """Return whether the patrol knew of the camera's last turn when it judged a picture; old pictures do not say.

    Until it hears of a turn, some seconds later, it aligns pictures with the previous view.
    """
    aimed = camera.aimed_at and camera.aimed_at.isoformat()
    return received.get("aimed", aimed) == aimed


def why_hidden(picture: Frame | Evidence | HealthInterval, views: list[View] | None = None) -> str:
    """Return a sentence why the picture is hidden from people without the right to uncovered pictures; "" if it can be
    covered.
    """
    views = list(View.objects.filter(camera=picture.camera_id)) if views is None else views
    try:
        zones_in_picture(picture, views)
        return ""
    except NotCovered:
        if not aimed_before(picture):
            return str(ANOTHER_VIEW)
    try:
        _view, state, _transform = view_in_picture(picture, views)
    except NotCovered:
        state = View.State.UNKNOWN
    return str(HIDDEN.get(state, HIDDEN[View.State.UNKNOWN]))


def mark_unsafe(seen: Iterable) -> None:
    for sight in seen:
        for evidence in sight.evidence:
            evidence.unsafe = not is_safe(evidence)


def is_safe(picture: Frame | Evidence | HealthInterval) -> bool:
    return not why_hidden(picture)


# ---- zones as text


def zone_list_faults(zones: object) -> list[str]:
    """Return what is wrong with zones, [[[x, y], …], …] in fractions of the view's picture, as sentences."""
    if not isinstance(zones, list):
        return [_("Zones are lists of three or more corners, each [x, y] as fractions of the picture: from 0 to 1.")]
    if len(zones) > MOST:
        return [_("At most %(n)d zones.") % {"n": MOST}]
    faults = ((number, zone_fault(zone)) for number, zone in enumerate(zones, 1))
    return [_("Zone %(n)d: %(fault)s") % {"n": number, "fault": fault} for number, fault in faults if fault]


def zone_fault(zone):
    if not isinstance(zone, list) or not all(map(is_place, zone)):
        return _("each corner is two numbers from 0 to 1: distance from the left and from the top.")
    if not 3 <= len(zone) <= CORNERS:
        return _("it needs from 3 to %(n)d corners.") % {"n": CORNERS}
    shape = Polygon([*zone, zone[0]])
    if not shape.valid or not shape.area:  # where a line crosses itself, what lies between would stay open
        return _("its line crosses itself, or it encloses nothing.")
    return ""


def is_place(corner):
    return (
        isinstance(corner, list | tuple)
        and len(corner) == 2
        and all(isinstance(part, int | float) and not isinstance(part, bool) and 0 <= part <= 1 for part in corner)
    )


def format_zone(zone: Iterable) -> str:
    return "  ".join(f"{x:.3f} {y:.3f}" for x, y in zone)


def parse_zones(text: str) -> tuple[list, list[str]]:
    lines = [line for line in text.splitlines() if line.strip()]
    zones = [parse_corners(line) for line in lines]
    unread = [
        _("Zone %(n)d: enter two numbers for each corner, like 0.25 0.5, and nothing else.") % {"n": number}
        for number, zone in enumerate(zones, 1)
        if zone is None
    ]
    return (zones, zone_list_faults(zones)) if not unread else ([], unread)


def parse_corners(line):
    try:
        numbers = [float(word.replace(",", ".")) for word in line.replace(";", " ").split()]
    except ValueError:
        return None
    return [list(pair) for pair in zip(numbers[::2], numbers[1::2], strict=True)] if len(numbers) % 2 == 0 else None
