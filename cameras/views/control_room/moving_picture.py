"""Stream the moving picture of a camera to the one tile that somebody watches closely."""

import time
from contextlib import aclosing

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from cameras import access
from cameras.capture import streams
from cameras.capture.http import CaptureFailed, open_session
from cameras.models import HealthInterval
from cameras.viewlog import ledger
from geoapp.http.http_methods import require_GET
from incidents import access as posts
from incidents.accounts.sessions import current_user
from incidents.map.live import query_database

# Streams of one web process; seconds until one must be requested again; seconds between checks of the right.
MOST, LASTS_S, ASK_EVERY_S = 6, 600, 5
BOUNDARY = "frame"

watched: set[object] = set()


@login_not_required
@require_GET
async def live_picture(request: HttpRequest, key: str) -> HttpResponseBase:
    """Stream a camera's pictures as `multipart/x-mixed-replace`, which an `<img>` shows by itself.

    503 if too many watch already, 502 with the reason if no picture comes.
    """
    user = await request.auser()
    camera = await query_database(lambda: camera_to_watch(user, key))
    if len(watched) >= MOST:
        return HttpResponse(_("Too many cameras are watched live at the moment."), status=503)
    pictures = permitted_pictures(camera, lambda: may_watch(current_user(request), camera))
    try:
        first = await anext(pictures)
    except StopAsyncIteration:
        return HttpResponse(HealthInterval.Why.NO_PICTURE.label, status=502)
    except CaptureFailed as failure:
        return HttpResponse(HealthInterval.Why(type(failure).__name__).label, status=502)
    response = StreamingHttpResponse(
        multipart_body(first, pictures), content_type=f"multipart/x-mixed-replace; boundary={BOUNDARY}"
    )
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def camera_to_watch(user, key):
    """Return the camera, if this person may see it live; the viewing is recorded before."""
    camera = get_object_or_404(live_cameras_for(user).select_related("source"), code=key)
    ledger.record_viewing(user, "live", [camera.pk])
    return camera


def live_cameras_for(user):
    shown = access.cameras_for(user).filter(active=True).exclude(url="")
    return shown if posts.does_work(user, "control") else shown.none()


def may_watch(user, camera):
    return live_cameras_for(user).filter(pk=camera.pk).exists()


async def permitted_pictures(camera, asks):
    """Yield the camera's pictures while `asks()` says that this person may see them.

    Signing out, the end of a post and a privacy pause end them within seconds.
    """
    token, asked_at = object(), time.monotonic()
    ends = asked_at + LASTS_S
    watched.add(token)
    try:
        quickest_s = camera.source.quickest_s if camera.source else 1
        networks, credentials = streams.networks_and_credentials(camera)
        async with open_session(networks) as client:
            coming = streams.stream_pictures(client, camera.kind, camera.url, networks, credentials, quickest_s)
            async with aclosing(coming):
                async for picture in coming:
                    at = time.monotonic()
                    if at - asked_at >= ASK_EVERY_S:
                        asked_at = at
                        if at >= ends or not await query_database(asks):
                            return
                    yield picture
    finally:
        watched.discard(token)


async def multipart_body(first, pictures):
    async with aclosing(pictures):
        yield multipart_part(first)
        try:
            async for picture in pictures:
                yield multipart_part(picture)
        except CaptureFailed:
            return


def multipart_part(picture):
    kind = {"jpg": "image/jpeg", "png": "image/png"}[picture.kind]
    head = f"--{BOUNDARY}\r\nContent-Type: {kind}\r\nContent-Length: {len(picture.data)}\r\n\r\n"
    return head.encode() + picture.data + b"\r\n"
