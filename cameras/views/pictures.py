"""Every picture of a camera leaves through here, and only to whom `cameras.access` shows it."""

from datetime import datetime, timedelta
from pathlib import PurePath
from typing import NamedTuple

from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from cameras import access, ring

# A picture is sent as what it was when it came; nothing else is ever sent.
TYPES = {"jpg": "image/jpeg", "png": "image/png"}


class Shown(NamedTuple):
    """A picture that this person may see."""

    sha256: str
    kind: str
    taken_at: datetime
    name: str
    where: object  # a Frame, or the name of a file in the storage


def now(user, key):
    camera = get_object_or_404(access.cameras_for(user), code=key)
    return in_the_ring(camera.last_frame, "now")


def frame(user, key, micros):
    try:
        moment = ring.EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        raise Http404 from None
    return in_the_ring(get_object_or_404(access.frames_for(user), camera__code=key, taken_at=moment), "frame")


def in_the_ring(found, what):
    if found is None:
        raise Http404
    return Shown(found.sha256, found.kind, found.taken_at, f"{what}-{found.camera_id}", found)


def evidence(user, key):
    kept = get_object_or_404(access.evidence_for(user), pk=key)
    return Shown(kept.sha256, PurePath(kept.file).suffix[1:], kept.taken_at, f"evidence-{kept.pk}", kept.file)


KINDS = {"now": now, "frame": frame, "evidence": evidence}


# A stranger gets 404 like everybody else who may not look, not an invitation to sign in.
@login_not_required
@require_safe
def picture(request, kind, **key):
    """The picture of now, one of the ring, or one kept with an incident. Who asks is looked at before every answer."""
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
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def content(where):
    """The bytes as they came; the ring may have dropped them a moment ago."""
    try:
        if not isinstance(where, str):
            return ring.read(where)
        with default_storage.open(where) as file:
            return file.read()
    except (FileNotFoundError, ring.Gone):
        raise Http404 from None
