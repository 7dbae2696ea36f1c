"""Make the public pictures of cameras: covered each minute, and shown some minutes later.

What becomes known before it is shown – the camera was turned, was paused, got another zone – keeps it from being shown.
No visitor's request runs a model, and no process of the service loads one: `finders.Finder` does.
"""

import logging
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Exists, Max, OuterRef, Prefetch, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as w

from cameras import freshness, ring
from cameras.masking import covering, finders, zones
from cameras.masking.covering import NotCovered
from cameras.models import Camera, Still, View
from cameras.models.register import CameraQuerySet
from geoapp.media.sandboxed_process import Stopped
from gis_data import policies
from gis_data.alphabet import in_alphabet

log = logging.getLogger("cameras.stills")

EACH = timedelta(seconds=55)  # a job that begins each minute makes one of each camera
# A still is not shown any longer than this without a newer one.
SHOWN_FOR = timedelta(minutes=10)
BUDGET_S = 50  # who is not covered by then is first in the next minute


def still_delay():
    return timedelta(minutes=policies.current().camera_still_minutes)


def public_cameras() -> CameraQuerySet:
    return Camera.objects.filter(public=True, active=True)


def unpaused_public_cameras(at):
    return public_cameras().unpaused(at)


def seeing_public_cameras(at):
    return unpaused_public_cameras(at).filter(health__in=freshness.SEEING)


def is_seeing(camera, at):
    return freshness.health_of(camera, at) in freshness.SEEING


def shown_stills(at: datetime, **which: object) -> list[Still]:
    """Return the still to be shown of each camera at a moment, ordered by name. `which` narrows the cameras."""
    ripe = (
        Still.objects.filter(camera__in=seeing_public_cameras(at).filter(**which))
        .filter(taken_at__lte=at - still_delay(), taken_at__gt=at - still_delay() - SHOWN_FOR)
        .select_related("camera", "view")
        .order_by(in_alphabet("camera__name"), "camera__code", "-taken_at")
    )
    shown = {}
    for still in ripe:
        if still.camera_id not in shown and still.fits and is_seeing(still.camera, at):
            shown[still.camera_id] = still
    return list(shown.values())


# Why a public camera has no picture to show, the first that holds: (whether it is so of a camera and its view, words).
WHY_NONE = (
    (lambda camera, view, at: camera.is_paused(at), w("Its picture is paused at the moment.")),
    (lambda camera, view, at: not is_seeing(camera, at), w("It does not show the street at the moment.")),
    (lambda camera, view, at: view is None or not view.is_known, w("Its direction is not certain at the moment.")),
    (lambda camera, view, at: camera.is_coming, w("A new picture is shown in a few minutes.")),
    (lambda camera, view, at: True, w("Its last pictures could not be reliably covered.")),
)


def cameras_with_stills(at: datetime, seen: Iterable[Still], **which: object) -> list[tuple[Camera, Still | None, str]]:
    """Return [(public camera, its still or None, why there is none)] by name. `seen`: the stills; `which` narrows."""
    seen = {still.camera_id: still for still in seen}
    views = Prefetch("views", View.objects.filter(current=True).only("camera", "state", "transform"), "looks")
    newer = Still.objects.filter(camera=OuterRef("pk"), taken_at__gt=at - still_delay())
    rows = (
        public_cameras()
        .filter(**which)
        .defer("place", "credentials")
        .annotate(is_coming=Exists(newer))
        .prefetch_related(views)
    )
    return [
        (camera, seen.get(camera.pk), "" if camera.pk in seen else explain_no_still(camera, at))
        for camera in rows.order_by(in_alphabet("name"), "code")
    ]


def explain_no_still(camera, at):
    view = next(iter(camera.looks), None)
    return next(words for holds, words in WHY_NONE if holds(camera, view, at))


def can_make_stills() -> bool:
    return settings.VISION and finders.is_installed()


def make_stills() -> int:
    """Cover the newest picture of each public camera, at most once a minute; return how many were made.

    Stills that cannot be shown any more are deleted first. Without the models nothing is made.
    """
    drop_old_stills(now())
    if not settings.VISION:
        return 0
    if name := finders.missing_package():
        return log_missing(name)
    cameras = list(cameras_due(now()))
    if not cameras:
        return 0
    try:
        with finders.Finder() as finder:
            return make_each(cameras, finder)
    except finders.Missing as missing:
        return log_missing(missing)
    except Stopped:
        log.error("No public stills: what finds faces and text did not begin")
        return 0


def log_missing(missing):
    log.error("No public stills: %s is not installed (VISION=1 bin/prepare)", missing)
    return 0


def make_each(cameras, finder):
    count, until = 0, time.monotonic() + BUDGET_S
    for camera in cameras:
        if time.monotonic() > until:
            log.warning("Not all public stills were made within a minute")
            break
        count += make_still(camera, finder)
    return count


def cameras_due(at):
    return (
        seeing_public_cameras(at)
        .filter(last_taken_at__gt=at - still_delay())
        .annotate(made=Max("stills__made_at"))
        .filter(Q(made=None) | Q(made__lte=at - EACH))
        .order_by("made", "pk")
    )


def make_still(camera, finder):
    """Cover the newest picture of one camera; return whether there is a new still. In doubt there is none."""
    frame = camera.last_frame
    if frame is None or frame.health not in ("", *freshness.SEEING):
        return False
    if camera.stills.filter(taken_at=frame.taken_at).exists():
        return False
    try:
        view, state, transform = zones.view_in_picture(frame)
        if state not in covering.KNOWN_BY or not view.is_known:
            raise NotCovered(f"the view is {state}")
        over = covering.place_zones(view.zones, state, transform)
        data = ring.read_frame(frame)
        covered = covering.cover_picture(data, over, finder.boxes(data), finder.tools)
    except ring.FrameGone:
        return False
    except NotCovered as doubt:
        log.info("No public still of camera %s: %s", camera.code, doubt)
        return False
    except Exception:
        # If a model fails, this picture is not shown; the other cameras are processed.
        log.exception("No public still of camera %s", camera.code)
        return False
    Still.objects.create(
        camera=camera,
        taken_at=frame.taken_at,
        parent_sha256=covered.parent,
        sha256=covered.sha256,
        file=default_storage.save(f"stills/{camera.pk}/{covered.sha256}.jpg", ContentFile(covered.data)),
        width=covered.width,
        height=covered.height,
        view=view,
        zones=view.zones,
        transform=transform,
        found=covered.counts,
        tools=covered.tools,
    )
    return True


def drop_old_stills(at):
    public = set(unpaused_public_cameras(at).values_list("pk", flat=True))
    oldest = at - still_delay() - SHOWN_FOR
    for still in Still.objects.select_related("view"):
        if still.taken_at <= oldest or still.camera_id not in public or not still.fits:
            default_storage.delete(still.file)
            still.delete()
