"""Keep pictures of an incident as evidence: from before its report, of the report, around its steps, and at its end."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from cameras import analysis, ring
from cameras.capture import http, streams
from cameras.evidence import nearby, store
from cameras.masking import pauses
from cameras.models import Camera, Evidence, Finding, Frame, NoPicture, Pause
from incidents import timeline
from incidents.models import Event, Incident
from incidents.routing import rules

Moment, Why = Evidence.Moment, NoPicture.Why
# A picture of the ring represents a moment if it is at most so far from it.
CLOSE = timedelta(seconds=60)
# How long before the report; the last one before it is kept in any case.
BEFORE = tuple(timedelta(minutes=m) for m in (10, 5, 2, 1))
# So long after a moment cameras that gave no picture of it are asked again, every so many seconds. Around a step only
# the ring's count, which may be told a little later.
TRIED = {
    Moment.REPORTED: timedelta(minutes=5),
    Moment.STEP: timedelta(seconds=90),
    Moment.RESOLVED: timedelta(minutes=5),
}
AGAIN_S = 30
FAILED = {
    http.Unreachable: Why.UNREACHABLE,
    http.Silent: Why.SILENT,
    http.TooSlow: Why.SILENT,
    http.Forbidden: Why.FORBIDDEN,
    http.Refused: Why.REFUSED,
}
# For so long after a report its cameras are visited more often.
WATCHED = timedelta(hours=1)


@dataclass(frozen=True)
class SeenPicture:
    """A picture as received, with its metadata."""

    data: bytes
    kind: str
    taken_at: datetime
    sha256: str
    width: int
    height: int
    health: str = ""
    received: dict = field(default_factory=dict)
    ring: bool = False


def keep_evidence(
    incident_id: int, moment: str, event_id: int | None = None, cameras: Iterable[int] | None = None
) -> None:
    """Keep what the cameras saw of an incident, as of a moment: "reported" (and before it), "step" or "resolved".

    `event_id`: the event of the step or the result. `cameras`: the keys of those that gave none when they were asked
    before. Nothing is kept if no camera may look at the category. Idempotent, also for two workers at once: pictures,
    events and the deferred retry are written in one transaction. When a retry makes no sense any more, it is recorded
    which cameras gave none, and why.
    """
    incident = Incident.objects.select_related("category").get(pk=incident_id)
    if not incident.category.cameras:
        return
    moment = Moment(moment)
    event = Event.objects.get(pk=event_id) if event_id else None
    ended_at = incident.closed_at if moment == Moment.RESOLVED else None
    at = event.at if event else ended_at or incident.received_at
    candidates = choose_cameras(incident, moment, event, cameras)
    if not candidates:
        return
    seen, over = PICTURES_BY_MOMENT[moment](candidates, at), now() >= at + TRIED[moment]
    with transaction.atomic():
        # Two workers that got the same job wait here for one another; the second finds it done.
        incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident_id)
        had = {each: answered_cameras(incident, each, event) for each in (Moment.BEFORE, moment)}
        seen = [capture for capture in seen if capture[1].camera.pk not in had[capture[0]]]
        rows = store_evidence(incident, [capture for capture in seen if not isinstance(capture[2], Why)], event)
        missing = [capture for capture in seen if isinstance(capture[2], Why)]
        record_history(incident, rows, event, record_no_pictures(incident, missing, event, at) if over else [])
        if missing and not over:
            later = app.configure_task("cameras.capture_evidence", schedule_in={"seconds": AGAIN_S})
            rest = [candidate.camera.pk for _moment, candidate, _why in missing]
            later.defer(incident_id=incident.pk, moment=moment, event_id=event_id, cameras=rest)
    if moment == Moment.REPORTED:
        watched = Camera.objects.filter(pk__in={row.camera_id for row in rows})
        watched.update(watched_until=now() + WATCHED)


def choose_cameras(incident, moment, event, cameras):
    """Return the cameras to ask: those that gave nothing yet; else, if nothing is known of a moment after the report,
    those that kept evidence of it.
    """
    done = answered_cameras(incident, moment, event)
    if cameras is not None:
        rest = Camera.objects.filter(pk__in=set(cameras) - done, active=True).select_related("source").order_by("pk")
        return [nearby.measure_camera(camera, incident.place) for camera in rest]
    if done or (moment == Moment.REPORTED and answered_cameras(incident, Moment.BEFORE, event)):
        return []
    if moment != Moment.REPORTED:
        known = Evidence.objects.filter(incident=incident, moment__in=(Moment.FOUND, Moment.BEFORE, Moment.REPORTED))
        if again := nearby.cameras_of_evidence(incident, known):
            return again
    return nearby.witnesses_of(incident)


def answered_cameras(incident, moment, event):
    of = {"incident": incident, "moment": moment, "event": event or None}
    evidence, none = Evidence.objects.filter(**of), NoPicture.objects.filter(**of)
    return {*evidence.values_list("camera", flat=True), *none.values_list("camera", flat=True)}


def record_no_pictures(incident, missing, event, at):
    return NoPicture.objects.bulk_create(
        NoPicture(
            incident=incident, camera=candidate.camera, moment=moment, event=event or None, moment_at=at, why=why,
            distance_m=round(candidate.distance_m, 1), sees=candidate.sees,
        )
        for moment, candidate, why in missing
    )  # fmt: skip


def keep_finding_picture(incident: Incident, finding: Finding) -> list[Evidence]:
    """Keep with an incident, at once, the picture of the finding that a person made it of: the original from the ring,
    else the finding's. Nothing is kept if there is none, a pause hides it, or no camera may look at the incident's
    category.
    """
    seen = read_finding_picture(finding) if incident.category.cameras else None
    if seen is None:
        return []
    rows = store_evidence(incident, [(Moment.FOUND, nearby.measure_camera(finding.camera, incident.place), [seen])])
    record_history(incident, rows, None)
    return rows


def read_finding_picture(finding):
    at = finding.taken_at or finding.since
    if not finding.picture or is_paused_at(finding.camera, at):
        return None
    for frame in finding.camera.frames.filter(taken_at=at):
        if seen := read_from_ring(frame):
            return seen
    try:
        with default_storage.open(finding.picture) as file:
            data = file.read()
    except FileNotFoundError:
        return None
    width, height = analysis.size_of(data)
    # How the camera stood in this very picture is not known: where it has privacy zones, it is shown to nobody whom
    # they concern.
    received = {"finding": finding.pk, "view": {"key": 0, "state": "unknown", "transform": None}}
    kind = analysis.kind_of(data) or ""
    return SeenPicture(
        data=data,
        kind=kind,
        taken_at=at,
        sha256=sha256(data).hexdigest(),
        width=width,
        height=height,
        received=received,
    )


def is_paused_at(camera, at):
    """Return whether a privacy pause hides what a camera saw at a moment; such pictures never become evidence."""
    return camera.is_paused(now()) or Pause.objects.on(at).filter(camera=camera).exists()


def store_evidence(
    incident: Incident, seen: Iterable[tuple], event: Event | None = None, **more: Any
) -> list[Evidence]:
    """Put pictures into the store, then their rows into the database. `seen`: (moment, candidate, pictures) each."""
    store.hold_files_shared()
    register = {
        candidate.camera.pk: nearby.register_snapshot(candidate.camera)
        for _moment, candidate, pictures in seen
        if pictures
    }
    rows = [
        Evidence(
            incident=incident,
            camera=candidate.camera,
            moment=moment,
            event=event or None,
            distance_m=round(candidate.distance_m, 1),
            sees=candidate.sees,
            taken_at=picture.taken_at,
            sha256=picture.sha256,
            file=store.store_bytes(picture.data, picture.kind),
            kind=picture.kind,
            width=picture.width,
            height=picture.height,
            health=picture.health,
            received=picture.received,
            ring=picture.ring,
            register=register[candidate.camera.pk],
            **more,
        )
        for moment, candidate, pictures in seen
        for picture in pictures
    ]
    return Evidence.objects.bulk_create(rows)


def record_history(
    incident: Incident, rows: Iterable[Evidence], event: Event | None, none: Iterable[NoPicture] = ()
) -> None:
    """Write one event for each moment; events of a step, or without a picture, are for staff only."""
    lines, key = [], event.pk if event else None
    for moment in Moment:
        if of_moment := [row for row in rows if row.moment == moment]:
            pictures = rules.call_in_both_languages(partial(moment_text, moment, of_moment))
            receipt = {"evidence": [row.pk for row in of_moment], "event": key, "cameras": camera_keys(of_moment)}
            shown = moment not in (Moment.STEP, Moment.FOUND)
            lines.append(timeline.Line(Event.Kind.EVIDENCE, reasons=(pictures,), public=shown, receipt=receipt))
        if of_moment := [row for row in none if row.moment == moment]:
            missing = rules.call_in_both_languages(partial(no_picture_text, moment, of_moment))
            receipt = {"evidence": [], "event": key, "cameras": camera_keys(of_moment)}
            lines.append(timeline.Line(Event.Kind.EVIDENCE, reasons=(missing,), public=False, receipt=receipt))
    if lines:
        timeline.write_lines(incident, *lines)


def camera_keys(rows: Iterable[Evidence | NoPicture]) -> list[int]:
    return sorted({row.camera_id for row in rows})


def moment_text(moment, rows):
    return f"{moment.label}: {pictures_text(rows)}"


def no_picture_text(moment, missing):
    cameras = "; ".join(f"{row.camera.code} ({row.get_why_display()})" for row in missing)
    return _("%(moment)s, no picture: %(cameras)s") % {"moment": moment.label, "cameras": cameras}


def pictures_text(rows: Iterable[Evidence]) -> str:
    """Describe cameras, why they were chosen, and times: `TTH 406 (sees it, 35 m): 14:32:05, 14:33:00; TTH 407 (near
    it, does not see it, 80 m): …`.
    """
    cameras = {}
    for row in rows:
        cameras.setdefault(row.camera_id, []).append(row)
    return "; ".join(
        "{code} ({why}, {metres:.0f} m): {times}".format(
            code=some[0].camera.code,
            why=_("sees it") if some[0].sees else _("near it, does not see it"),
            metres=some[0].distance_m,
            times=", ".join(f"{localtime(picture.taken_at):%H:%M:%S}" for picture in some),
        )
        for some in cameras.values()
    )


# ---- what was seen, by moment: (moment, candidate, pictures) for each, or (moment, candidate, why there is none)


def pictures_of_report(candidates, at):
    """Return the ring's pictures from before the report, and one of the report: fetched now or, if late, the ring's
    closest.
    """
    before = [(Moment.BEFORE, candidate, pictures_before(candidate.camera, at)) for candidate in candidates]
    return before + [(Moment.REPORTED, candidate, picture) for candidate, picture in pictures_of_moment(candidates, at)]


def pictures_of_end(candidates, at):
    return [(Moment.RESOLVED, candidate, picture) for candidate, picture in pictures_of_moment(candidates, at)]


def pictures_of_step(candidates, at):
    """Return the ring's pictures of a step; only cameras without one are fetched now."""
    pictures = {candidate: closest_in_ring(candidate.camera, at) or Why.NOTHING for candidate in candidates}
    unknown = [candidate for candidate, picture in pictures.items() if picture == Why.NOTHING]
    if now() - at <= CLOSE:
        pictures |= dict(zip(unknown, fetch_now([candidate.camera for candidate in unknown]), strict=True))
    return [(Moment.STEP, candidate, as_list(picture)) for candidate, picture in pictures.items()]


PICTURES_BY_MOMENT = {
    Moment.REPORTED: pictures_of_report,
    Moment.RESOLVED: pictures_of_end,
    Moment.STEP: pictures_of_step,
}


def pictures_of_moment(candidates, at):
    """Return, for each camera, its picture of a moment in a list, or why there is none: fetched now if it is that
    moment, else from the ring.
    """
    cameras = [candidate.camera for candidate in candidates]
    late = now() - at > CLOSE
    seen = [closest_in_ring(camera, at) if late else None for camera in cameras]
    missing = [n for n, picture in enumerate(seen) if picture is None]
    for n, fetched in zip(missing, fetch_now([cameras[n] for n in missing]), strict=True):
        seen[n] = fetched
        if isinstance(fetched, Why) and not late:
            seen[n] = closest_in_ring(cameras[n], now()) or fetched
    return [(candidate, as_list(picture)) for candidate, picture in zip(candidates, seen, strict=True)]


def as_list(picture):
    return picture if isinstance(picture, Why) else [picture]


def pictures_before(camera, at):
    """Return the ring's pictures from before a moment: the closest to each of BEFORE, and the last one, without
    duplicates.
    """
    first = at - max(BEFORE) - CLOSE
    frames = pauses.exclude_paused(camera.frames.filter(taken_at__gte=first, taken_at__lt=at))
    frames = list(frames.order_by("taken_at"))
    wanted = []
    for span in BEFORE:
        near = [frame for frame in frames if abs(frame.taken_at - (at - span)) <= CLOSE]
        wanted += sorted(near, key=lambda frame: abs(frame.taken_at - (at - span)))[:1]
    wanted = {frame.taken_at: frame for frame in (*wanted, *frames[-1:])}
    return [picture for _at, frame in sorted(wanted.items()) if (picture := read_from_ring(frame))]


def closest_in_ring(camera, at):
    frames = pauses.exclude_paused(camera.frames.filter(taken_at__range=(at - CLOSE, at + CLOSE)))
    by_closeness = sorted(frames, key=lambda frame: abs(frame.taken_at - at))
    return next((picture for frame in by_closeness if (picture := read_from_ring(frame))), None)


def read_from_ring(frame: Frame) -> SeenPicture | None:
    """Return a frame with its bytes; None if the ring has dropped it, or its pack is damaged."""
    try:
        data = ring.read_frame(frame)
    except ring.FrameGone:
        return None
    if sha256(data).hexdigest() != frame.sha256:
        return None
    return SeenPicture(
        data=data,
        kind=frame.kind,
        taken_at=frame.taken_at,
        sha256=frame.sha256,
        width=frame.width,
        height=frame.height,
        health=frame.health,
        received=frame.received,
        ring=True,
    )


def fetch_now(cameras):
    unpaused = [camera for camera in cameras if not is_paused_at(camera, now())]
    pictures = (
        asyncio.run(fetch_all([(camera, *streams.networks_and_credentials(camera)) for camera in unpaused]))
        if unpaused
        else []
    )
    pictures = dict(zip(unpaused, pictures, strict=True))
    # A pause may have begun meanwhile.
    return [
        Why.PAUSED if camera not in pictures or is_paused_at(camera, now()) else pictures[camera] for camera in cameras
    ]


async def fetch_all(reached):
    return await asyncio.gather(*(fetch_one(*call) for call in reached))


async def fetch_one(camera, networks, credentials):
    try:
        async with http.open_session(networks) as client:
            picture = await streams.fetch_picture(client, camera.kind, camera.url, networks, credentials)
    except http.CaptureFailed as failure:
        return FAILED.get(type(failure), Why.NO_IMAGE)
    if isinstance(picture, http.Unchanged):  # never, as the server was not told what is known
        return Why.NO_IMAGE
    inspection = analysis.inspect_picture(picture.data)
    if inspection.problem == "unreadable":
        return Why.NO_IMAGE
    received = picture.received
    return SeenPicture(
        data=picture.data,
        kind=picture.kind,
        taken_at=picture.taken_at,
        sha256=inspection.sha256,
        width=inspection.width,
        height=inspection.height,
        received=received,
    )
