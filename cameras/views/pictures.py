"""Every picture of a camera leaves through here, and only to whom `cameras.access` shows it."""

from pathlib import PurePath

from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from cameras import access

# A picture is sent as what it was when it came; nothing else is ever sent.
TYPES = {".jpg": "image/jpeg", ".png": "image/png"}


def now(user, key):
    camera = get_object_or_404(access.cameras_for(user).select_related("last_frame"), code=key)
    return camera.last_frame


def frame(user, key):
    return get_object_or_404(access.frames_for(user), pk=key)


def evidence(user, key):
    return get_object_or_404(access.evidence_for(user), pk=key)


KINDS = {"now": now, "frame": frame, "evidence": evidence}


# A stranger gets 404 like everybody else who may not look, not an invitation to sign in.
@login_not_required
@require_safe
def picture(request, kind, key):
    """The picture of now, one of the ring, or one kept with an incident. Who asks is looked at before every answer."""
    shown = KINDS[kind](request.user, key)
    suffix = PurePath(shown.file).suffix if shown else ""
    if suffix not in TYPES:
        raise Http404
    etag = f'"{shown.sha256}"'
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(content(shown.file), content_type=TYPES[suffix])
        name = f"{kind}-{shown.pk}-{shown.taken_at:%Y%m%d-%H%M%S}{suffix}"
        response["Content-Disposition"] = f'inline; filename="{name}"'
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def content(name):
    """The bytes as they came; the ring may have dropped them a moment ago."""
    try:
        with default_storage.open(name) as file:
            return file.read()
    except FileNotFoundError:
        raise Http404 from None
