"""Every picture of a camera leaves through here, and only to whom `cameras.access` shows it."""

import logging
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from cameras import access, looking, ring
from cameras.evidence import store
from cameras.models import Evidence

log = logging.getLogger("cameras.evidence")

# A picture is sent as what it was when it came; nothing else is ever sent.
TYPES = {"jpg": "image/jpeg", "png": "image/png"}


class Shown(NamedTuple):
    """A picture that this person may see."""

    sha256: str
    kind: str
    taken_at: datetime
    name: str
    where: object  # a Frame, or the Evidence
    look: dict  # what the viewing ledger writes down


def now(user, key):
    camera = get_object_or_404(access.cameras_for(user), code=key)
    return in_the_ring(camera.last_frame, "now", how="picture")


def frame(user, key, micros):
    try:
        moment = ring.EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        raise Http404 from None
    found = get_object_or_404(access.frames_for(user), camera__code=key, taken_at=moment)
    return in_the_ring(found, "frame", how="history", hour=moment)


def in_the_ring(found, what, **look):
    if found is None:
        raise Http404
    look["cameras"] = [found.camera_id]
    return Shown(found.sha256, found.kind, found.taken_at, f"{what}-{found.camera_id}", found, look)


def evidence(user, key):
    kept = get_object_or_404(access.evidence_for(user).select_related("incident"), pk=key)
    look = {"how": "evidence", "cameras": [kept.camera_id], "evidence": [kept.pk], "incident": kept.incident}
    return Shown(kept.sha256, kept.kind, kept.taken_at, f"evidence-{kept.pk}", kept, look)


KINDS = {"now": now, "frame": frame, "evidence": evidence}


# A stranger gets 404 like everybody else who may not look, not an invitation to sign in.
@login_not_required
@require_safe
def picture(request, kind, **key):
    """The picture of now, one of the ring, or one kept with an incident. Who asks is looked at before every answer,
    and what is shown is written down.
    """
    shown = KINDS[kind](request.user, **key)
    if shown.kind not in TYPES:
        raise Http404
    etag = f'"{shown.sha256}"'
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(content(shown.where), content_type=TYPES[shown.kind])
        name = f"{shown.name}-{shown.taken_at:%Y%m%d-%H%M%S}.{shown.kind}"
        response["Content-Disposition"] = f'inline; filename="{name}"'
    looking.record(request.user, **shown.look)
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def content(where):
    """The bytes as they came; the ring may have dropped them a moment ago, and damaged evidence is never shown."""
    try:
        return store.read(where.file, where.sha256) if isinstance(where, Evidence) else ring.read(where)
    except ring.Gone:
        raise Http404 from None
    except store.Damaged as trouble:
        log.error("Evidence %s is not what was kept: %s", where.pk, trouble)
        raise Http404 from None
