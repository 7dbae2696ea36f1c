"""Serve every picture of a camera, only to whom `cameras.access` shows it."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404
from django.utils import timezone

from cameras import access, ring
from cameras.evidence import checking, store
from cameras.masking import covering, thumbnails, zones
from cameras.masking.covering import NotCovered
from cameras.models import Evidence, Finding, Frame, HealthInterval, Still
from cameras.viewlog import ledger
from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe

# A picture is sent as what it was when it came, or covered, and either of them small; nothing else is ever sent.
TYPES = {"jpg": "image/jpeg", "png": "image/png"}


class ShownPicture(NamedTuple):
    """A picture that this person may see."""

    sha256: str
    kind: str
    taken_at: datetime
    name: str
    where: object  # a Frame, the Evidence, the Still, a HealthInterval or a Finding
    look: dict | None  # what the viewing ledger writes down
    zones: Sequence = ()  # what is filled in it, in parts of width and height


def current_picture(user, key):
    camera = get_object_or_404(access.cameras_for(user), code=key)
    return picture_in_ring(camera, camera.last_frame, "now", how="picture")


def ring_picture(user, key, micros):
    try:
        moment = ring.EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        raise Http404 from None
    frames = access.frames_for(user).select_related("camera")
    frame = get_object_or_404(frames, camera__code=key, taken_at=moment)
    return picture_in_ring(frame.camera, frame, "frame", how="history", hour=moment)


def picture_in_ring(camera, picture, what, **look):
    if picture is None or camera.is_paused(timezone.now()):
        raise Http404
    look["cameras"] = [picture.camera_id]
    return ShownPicture(picture.sha256, picture.kind, picture.taken_at, f"{what}-{picture.camera_id}", picture, look)


def evidence_picture(user, key):
    evidence = get_object_or_404(access.evidence_for(user).select_related("incident"), pk=key)
    look = {
        "how": "evidence",
        "cameras": [evidence.camera_id],
        "evidence": [evidence.pk],
        "incident": evidence.incident,
    }
    return ShownPicture(evidence.sha256, evidence.kind, evidence.taken_at, f"evidence-{evidence.pk}", evidence, look)


def still_picture(user, key):
    still = access.stills_for(user, code=key)
    if not still:
        raise Http404
    return ShownPicture(still[0].sha256, "jpg", still[0].taken_at, f"still-{still[0].camera_id}", still[0], None)


def proof_picture(user, key, interval):
    proof = get_object_or_404(access.proofs_for(user).select_related("camera"), pk=interval, camera__code=key)
    look = {"how": "health", "cameras": [proof.camera_id]}
    return ShownPicture(proof.sha256, "jpg", proof.taken_at or proof.since, f"proof-{proof.pk}", proof, look)


def finding_picture(user, key):
    finding = get_object_or_404(access.findings_for(user).exclude(picture=""), pk=key)
    look = {"how": "finding", "cameras": [finding.camera_id]}
    return ShownPicture(
        f"finding-{finding.pk}", "jpg", finding.taken_at or finding.since, f"finding-{finding.pk}", finding, look
    )


KINDS: dict[str, Callable[..., ShownPicture]] = {
    "now": current_picture,
    "frame": ring_picture,
    "evidence": evidence_picture,
    "still": still_picture,
    "proof": proof_picture,
    "finding": finding_picture,
}
# What is the same for everybody may be kept on its way, but not for long: a camera may be paused at any moment.
CACHE_CONTROL = {"still": "public, max-age=30"}


# Anonymous users get 404 like others without the right, not a redirect to the sign-in page.
@rate_limits.limit_requests("photo")
@login_not_required
@require_safe
def picture(request: HttpRequest, kind: str, **key: Any) -> HttpResponse:
    """Serve the current picture, one of the ring, one kept with an incident, or the covered public one. The right is
    checked before every answer, and the viewing is recorded. `?size=tile` returns a thumbnail.
    """
    shown = with_zones_for(request.user, KINDS[kind](request.user, **key))
    if shown.kind not in TYPES:
        raise Http404
    small = request.GET.get("size") == "tile"
    etag = f'"{shown.sha256}{"-tile" if small else ""}"'
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponseNotModified()
    else:
        suffix = "jpg" if small else shown.kind
        try:
            data = thumbnail_bytes(shown) if small else picture_bytes(shown)
        except store.StoreAway:
            return HttpResponse(status=503, headers={"Retry-After": "60", "Cache-Control": "no-store"})
        response = HttpResponse(data, content_type=TYPES[suffix])
        name = f"{shown.name}-{shown.taken_at:%Y%m%d-%H%M%S}.{suffix}"
        response["Content-Disposition"] = f'inline; filename="{name}"'
    if shown.look:
        ledger.record_viewing(request.user, **shown.look)
    response["ETag"] = etag
    response["Cache-Control"] = CACHE_CONTROL.get(kind, "private, no-cache")
    response["X-Content-Type-Options"] = "nosniff"
    return response


def with_zones_for(user, shown):
    """Cover the privacy zones for people without the right to uncovered pictures; 404 in doubt."""
    if isinstance(shown.where, (Still, Finding)) or access.sees_uncovered(user):
        return shown
    try:
        over = zones.zones_in_picture(shown.where)
    except NotCovered:
        raise Http404 from None
    if not over:
        return shown
    name = hashlib.sha256(f"{shown.sha256} {over}".encode()).hexdigest()
    return shown._replace(sha256=name, kind="jpg", zones=over)


def picture_bytes(shown):
    """Return the bytes as received, or covered. The ring may have dropped them a moment ago, and damaged evidence is
    never shown.
    """
    try:
        data = stored_bytes(shown.where)
        return covering.cover_picture(data, shown.zones).data if shown.zones else data
    except (FileNotFoundError, NotCovered, ring.FrameGone):
        raise Http404 from None
    except store.FileDamaged:
        checking.check_picture(shown.where)
        raise Http404 from None


def stored_bytes(where):
    if isinstance(where, Evidence):
        return store.read_checked(where.file, where.sha256)
    if isinstance(where, Still):
        with default_storage.open(where.file) as file:
            return file.read()
    if isinstance(where, (HealthInterval, Finding)):
        with default_storage.open(where.proof if isinstance(where, HealthInterval) else where.picture) as file:
            return file.read()
    return ring.read_frame(where)


def thumbnail_bytes(shown):
    """Return a thumbnail: of the ring it is cached by its original; others are made per request, as their bytes are
    verified before every answer.
    """
    try:
        if isinstance(shown.where, Frame):
            return thumbnails.thumbnail_cache.get(shown.sha256, lambda: picture_bytes(shown))
        return thumbnails.make_thumbnail(picture_bytes(shown))
    except thumbnails.Unreadable:
        raise Http404 from None
