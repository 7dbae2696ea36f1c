"""What cameras saw of an incident is kept with it: before it was reported, then, around its steps, and at its end."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _

from cameras import analysis, ring, streams
from cameras.capture import CaptureFailed, session
from cameras.evidence import eyes, store
from cameras.models import Camera, Evidence
from incidents import timeline
from incidents.models import Event, Incident

Moment = Evidence.Moment
# A picture of the ring stands for a moment if it is at most so far from it.
CLOSE = timedelta(seconds=60)
# How long before the report; the last one before it is kept in any case.
BEFORE = tuple(timedelta(minutes=m) for m in (10, 5, 2, 1))
# So long after a report its cameras are asked more often.
WATCHED = timedelta(hours=1)


@dataclass(frozen=True)
class Seen:
    """A picture as received, and what is known of it."""

    data: bytes
    kind: str
    taken_at: datetime
    sha256: str
    width: int
    height: int
    health: str = ""
    received: dict = field(default_factory=dict)
    ring: bool = False


def keep(incident_id, moment, event_id=None):
    """Keep what the cameras saw of an incident, as of a moment: "reported" (and before it), "step" or "resolved".

    `event_id`: the line of history that tells the step, or the result. Run again, or by two workers at once, it adds
    nothing to what was kept: all pictures of a moment, and the lines that tell of them, are written at once. Returns
    how many pictures are new.
    """
    incident = Incident.objects.get(pk=incident_id)
    event = event_id and Event.objects.get(pk=event_id)
    moments = (Moment.BEFORE, Moment.REPORTED) if moment == Moment.REPORTED else (moment,)
    mine = Evidence.objects.filter(incident=incident, moment__in=moments, event=event or None)
    if mine.exists():
        return 0
    looking = eyes.on(incident.place)
    if moment != Moment.REPORTED:
        known = Evidence.objects.filter(incident=incident, moment__in=(Moment.BEFORE, Moment.REPORTED))
        looking = eyes.again(known) or looking
    at = event.at if event else incident.received_at if moment == Moment.REPORTED else incident.closed_at or now()
    seen = WAYS[moment](looking, at)
    if not any(pictures for _moment, _eye, pictures in seen):
        return 0
    with transaction.atomic():
        # Two workers that got the same job wait here for one another; the second finds it done.
        incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident_id)
        if mine.exists():
            return 0
        rows = write(incident, seen, event)
        tell(incident, rows, event)
    if moment == Moment.REPORTED:
        watched = Camera.objects.filter(pk__in={row.camera_id for row in rows})
        watched.update(watched_until=now() + WATCHED)
    return len(rows)


def write(incident, seen, event=None, **more):
    """Put the pictures into the store, then their rows into the database. `seen`: (moment, eye, pictures) each."""
    store.share()
    register = {eye.camera.pk: eyes.as_registered(eye.camera) for _moment, eye, pictures in seen if pictures}
    rows = [
        Evidence(
            incident=incident,
            camera=eye.camera,
            moment=moment,
            event=event or None,
            distance_m=round(eye.distance_m, 1),
            sees=eye.sees,
            taken_at=picture.taken_at,
            sha256=picture.sha256,
            file=store.put(picture.data, picture.kind),
            kind=picture.kind,
            width=picture.width,
            height=picture.height,
            health=picture.health,
            received=picture.received,
            ring=picture.ring,
            register=register[eye.camera.pk],
            **more,
        )
        for moment, eye, pictures in seen
        for picture in pictures
    ]
    return Evidence.objects.bulk_create(rows)


def tell(incident, rows, event):
    """One line of history for each moment; of a step only for those who work on it."""
    lines = []
    with translation.override(settings.LANGUAGE_CODE):
        for moment in Moment.values:
            if told := [row for row in rows if row.moment == moment]:
                note = f"{Moment(moment).label}: {said(told)}"
                receipt = {"evidence": [row.pk for row in told], "event": event.pk if event else None}
                shown = moment != Moment.STEP
                lines.append(timeline.Line(Event.Kind.EVIDENCE, note=note, public=shown, receipt=receipt))
    timeline.write(incident, *lines)


def said(rows):
    """Which cameras, why they, and when: `TTH 406 (sees it, 35 m): 14:32:05, 14:33:00; TTH 407 (nearest, 80 m): …`."""
    cameras = {}
    for row in rows:
        cameras.setdefault(row.camera_id, []).append(row)
    return "; ".join(
        "{code} ({why}, {metres:.0f} m): {times}".format(
            code=some[0].camera.code,
            why=_("sees it") if some[0].sees else _("nearest"),
            metres=some[0].distance_m,
            times=", ".join(f"{localtime(one.taken_at):%H:%M:%S}" for one in some),
        )
        for some in cameras.values()
    )


# ---- what was seen, by moment: (moment, eye, pictures) for each camera


def as_reported(looking, at):
    """From before the report as the ring has it; and of the report, asked for now or, late, the ring's closest."""
    before = [(Moment.BEFORE, eye, from_before(eye.camera, at)) for eye in looking]
    return before + [(Moment.REPORTED, eye, pictures) for eye, pictures in then(looking, at)]


def as_ended(looking, at):
    return [(Moment.RESOLVED, eye, pictures) for eye, pictures in then(looking, at)]


def around_step(looking, at):
    """What the patrol has of it; only where it has nothing, the camera is asked."""
    found = {eye: of_the_ring(eye.camera, at) for eye in looking}
    asked = [eye for eye, picture in found.items() if picture is None]
    if now() - at <= CLOSE:
        found |= dict(zip(asked, fetched([eye.camera for eye in asked]), strict=True))
    return [(Moment.STEP, eye, [picture] if picture else []) for eye, picture in found.items()]


WAYS = {Moment.REPORTED: as_reported, Moment.RESOLVED: as_ended, Moment.STEP: around_step}


def then(looking, at):
    """For each eye its one picture of a moment, in a list, or none: of now if that is the moment, else of the ring."""
    cameras = [eye.camera for eye in looking]
    late = now() - at > CLOSE
    seen = [of_the_ring(camera, at) if late else None for camera in cameras]
    missing = [n for n, picture in enumerate(seen) if picture is None]
    for n, picture in zip(missing, fetched([cameras[n] for n in missing]), strict=True):
        seen[n] = picture or (None if late else of_the_ring(cameras[n], now()))
    return [(eye, [picture] if picture else []) for eye, picture in zip(looking, seen, strict=True)]


def from_before(camera, at):
    """What the ring has from before a moment: the closest to each of BEFORE, and the last one; none twice."""
    first = at - max(BEFORE) - CLOSE
    frames = list(camera.frames.filter(taken_at__gte=first, taken_at__lt=at).order_by("taken_at"))
    wanted = []
    for span in BEFORE:
        near = [frame for frame in frames if abs(frame.taken_at - (at - span)) <= CLOSE]
        wanted += sorted(near, key=lambda frame: abs(frame.taken_at - (at - span)))[:1]
    wanted = {frame.taken_at: frame for frame in (*wanted, *frames[-1:])}
    return [picture for _at, frame in sorted(wanted.items()) if (picture := out_of_the_ring(frame))]


def of_the_ring(camera, at):
    """The picture in the camera's ring that is closest to a moment, if it is close enough."""
    frames = camera.frames.filter(taken_at__range=(at - CLOSE, at + CLOSE))
    by_closeness = sorted(frames, key=lambda frame: abs(frame.taken_at - at))
    return next((picture for frame in by_closeness if (picture := out_of_the_ring(frame))), None)


def out_of_the_ring(frame):
    """A frame with its bytes; None where the ring moved on, or its pack was damaged."""
    try:
        data = ring.read(frame)
    except ring.Gone:
        return None
    if sha256(data).hexdigest() != frame.sha256:
        return None
    return Seen(
        data, frame.kind, frame.taken_at, frame.sha256, frame.width, frame.height, frame.health, frame.received, True
    )


def fetched(cameras):
    """What these cameras see now, all asked at once; None where no readable picture comes."""
    return asyncio.run(fetch([(camera, *streams.reach(camera)) for camera in cameras])) if cameras else []


async def fetch(reached):
    return await asyncio.gather(*(fetch_one(*one) for one in reached))


async def fetch_one(camera, networks, credentials):
    try:
        async with session(networks) as client:
            picture = await streams.picture(client, camera.kind, camera.url, networks, credentials)
    except CaptureFailed:
        return None
    glance = analysis.look(picture.data)
    if glance.problem == "unreadable":
        return None
    said = picture.received
    return Seen(picture.data, picture.kind, picture.taken_at, glance.sha256, glance.width, glance.height, received=said)
