"""Jobs of the cameras."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.timezone import localtime, now
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from cameras import analysis, ring
from cameras.capture import CaptureFailed, capture, session
from cameras.models import NEAREST, Camera, Evidence
from incidents import timeline
from incidents.models import Event, Incident

AGAIN = RetryStrategy(max_attempts=5, exponential_wait=3)
# A picture of the patrol stands in for one of this moment if it is at most so far from it.
CLOSE = timedelta(seconds=60)


@dataclass
class Seen:
    """A picture of a moment, as received."""

    data: bytes
    kind: str
    taken_at: datetime
    glance: analysis.Glance


# A queue of its own, so that only workers inside the cameras' network take it where there is such a network.
@app.task(name="cameras.capture_evidence", queue="cameras", retry=AGAIN)
def capture_evidence(incident_id, moment):
    """Keep what the nearest cameras see of an incident, as of `moment` ("reported" or "resolved").

    Each is asked for a picture now; where none comes, or the job runs late, a picture that the patrol took close to
    the moment stands in. `taken_at` says in any case when it was taken. Run again, it adds nothing to what was kept.
    """
    incident = Incident.objects.get(pk=incident_id)
    kept = Evidence.objects.filter(incident=incident, moment=moment)
    if kept.exists():
        return
    cameras = list(Camera.objects.near(incident.place)[:NEAREST])
    seen = what_was_seen(cameras, incident.received_at if moment == Evidence.Moment.REPORTED else incident.closed_at)
    rows = [
        Evidence(
            incident=incident,
            camera=camera,
            moment=moment,
            distance_m=round(camera.distance.m, 1),
            taken_at=picture.taken_at,
            sha256=picture.glance.sha256,
            file=stored(picture),
            width=picture.glance.width,
            height=picture.glance.height,
        )
        for camera, picture in zip(cameras, seen, strict=True)
        if picture
    ]
    if not rows:
        return
    with transaction.atomic():
        # Two workers that got the same job wait here for one another; the second finds it done.
        incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident_id)
        if kept.exists():
            return
        Evidence.objects.bulk_create(rows)
        timeline.record(incident, Event.Kind.EVIDENCE, note=", ".join(map(said, rows)))


def said(row):
    """Which camera, how far away, when the picture was taken: `TTH 406 (35 m, 14:32:05)`."""
    return f"{row.camera.code} ({row.distance_m:.0f} m, {localtime(row.taken_at):%H:%M:%S})"


def what_was_seen(cameras, moment):
    """For each camera its picture of the moment, or None."""
    if moment and now() - moment > CLOSE:
        seen = [of_the_patrol(camera, moment) for camera in cameras]
    else:
        seen = [None] * len(cameras)
    missing = [n for n, picture in enumerate(seen) if picture is None]
    for n, picture in zip(missing, asyncio.run(seen_now([cameras[n].url for n in missing])), strict=True):
        seen[n] = picture or of_the_patrol(cameras[n], now())
    return seen


async def seen_now(urls):
    """What the cameras at these addresses see now, all asked at once; None where no readable picture comes."""
    async with session(settings.CAMERA_NETWORKS) as client:
        return await asyncio.gather(*(one_seen(client, url) for url in urls))


async def one_seen(client, url):
    try:
        picture = await capture(client, url)
    except CaptureFailed:
        return None
    return readable(picture.data, picture.kind, picture.taken_at)


def of_the_patrol(camera, moment):
    """The picture in the camera's ring that is closest to the moment, if it is close enough."""
    frames = camera.frames.filter(taken_at__range=(moment - CLOSE, moment + CLOSE))
    for frame in sorted(frames, key=lambda frame: abs(frame.taken_at - moment)):
        try:
            data = ring.read(frame)
        except ring.Gone:
            continue
        return readable(data, frame.kind, frame.taken_at)
    return None


def readable(data, kind, taken_at):
    glance = analysis.look(data)
    return None if glance.problem == "unreadable" else Seen(data, kind, taken_at, glance)


def stored(picture):
    """Put the picture where it stays, under the SHA-256 of its bytes; the name of its file."""
    sha256 = picture.glance.sha256
    name = f"evidence/{sha256[:2]}/{sha256}.{picture.kind}"
    return name if default_storage.exists(name) else default_storage.save(name, ContentFile(picture.data))
