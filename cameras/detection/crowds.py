"""Count people and standing vehicles of each camera at most once a minute, and propose what is unusual.

One process counts, at the lowest priority on one core, so that the patrol is not slowed down. A camera that is not
counted within a minute comes first in the next. Nothing is counted while nobody may be shown the camera's picture,
while its health or alignment is unknown, or in its privacy zones.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import cv2
from django.conf import settings
from django.db import transaction
from django.db.models import Case, DurationField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils.timezone import localtime, now

from cameras import freshness, ring
from cameras.analysis import counting, decoding
from cameras.analysis.counting import Thing
from cameras.detection import findings
from cameras.masking import pauses, zones
from cameras.masking.covering import NotCovered
from cameras.models import Camera, Tally, UsualTally, View
from geoapp.media.sandboxed_process import Child, Stopped

log = logging.getLogger("cameras.crowds")

# A job that begins each minute counts each camera once, at varying seconds of the minute.
EACH = timedelta(seconds=55)
BUDGET_S, START_S, ANSWER_S = 45, 30, 10
OF_NOW = timedelta(minutes=2)  # an older picture says nothing of now
# Waiting counts so many times for a camera that can report something; a camera never counted has waited so long.
REPORTS, NEVER = 8, timedelta(minutes=10)
UNSEEN = timedelta(minutes=15)  # what was not seen for so long is not proposed any longer


class CountingProcess:
    """Run the counting process for the duration of a `with` block. It has no secrets and little memory."""

    def __init__(self, model: Path) -> None:
        self.child = Child("cameras.detection.detector", str(model), start_s=START_S, answer_s=ANSWER_S)

    def __enter__(self):
        self.child.start()
        return self

    def __exit__(self, *_):
        self.child.stop()

    def find_things(self, picture: bytes, over: list) -> list[Thing] | None:
        """Return the detections in a picture outside these zones; None if it cannot be read. Raises Stopped."""
        rows = self.child.ask({"zones": over}, picture)
        return None if rows is None else [Thing(*row) for row in rows]


def has_model() -> bool:
    return settings.DETECTOR_MODEL.is_file()


def count_due_cameras() -> int:
    findings.close_passed(counting.AT_LEAST, seen_at__lt=now() - UNSEEN)
    cameras = list(cameras_due(now())) if has_model() else []
    if not cameras:
        return 0
    turn, counted, until = 0, 0, time.monotonic() + BUDGET_S
    try:
        with CountingProcess(settings.DETECTOR_MODEL) as counter:
            for turn, camera in enumerate(cameras):
                pause_s = due_s(camera)
                if time.monotonic() + pause_s > until:
                    log.info("%d of %d cameras are counted in the next minute", len(cameras) - turn, len(cameras))
                    break
                time.sleep(pause_s)
                counted += count_camera(camera, counter.find_things)
    except Stopped:
        log.error("Counting with %s ended at camera %s", settings.DETECTOR_MODEL, cameras[turn].code)
    return counted


def cameras_due(at: datetime) -> QuerySet[Camera]:
    """Return the seeing cameras that are due in a round that begins now, longest waiting first.

    Where the usual count of this hour is known, something can be reported: there a minute of waiting counts as several.
    """
    learnt = UsualTally.objects.filter(
        camera=OuterRef("pk"), hour=localtime(at).hour, usual__crowd__looks__gte=counting.KNOWN_LOOKS
    )
    waited = ExpressionWrapper(Value(at) - Coalesce("tally__looked_at", Value(at - NEVER)), DurationField())
    longer = ExpressionWrapper(waited * REPORTS, DurationField())
    seeing: QuerySet[Camera] = Camera.objects.filter(
        active=True, health__in=freshness.SEEING, last_taken_at__gt=at - OF_NOW
    ).unpaused(at)
    return (
        seeing.filter(Q(tally=None) | Q(tally__looked_at__lte=at - EACH + timedelta(seconds=BUDGET_S)))
        .annotate(waited=Case(When(Exists(learnt), then=longer), default=waited))
        .order_by("-waited", "pk")
        .select_related("tally")
    )


def due_s(camera: Camera, at: datetime | None = None) -> float:
    tally = getattr(camera, "tally", None)
    return max(0.0, (tally.looked_at + EACH - (at or now())).total_seconds()) if tally else 0.0


def count_camera(camera: Camera, find: Callable[[bytes, list], list[Thing] | None], at: datetime | None = None) -> bool:
    """Count in the newest picture of a camera, if it is one to be counted in; return whether it was.

    `find(picture, zones)` returns the detections in it, or None; `at`: the moment of the look, now.
    """
    at = at or now()
    tally, _ = Tally.objects.update_or_create(camera=camera, defaults={"looked_at": at})
    # Current, and not hidden by a privacy pause, also one that began since the round did.
    newest = camera.frames.filter(taken_at=camera.last_taken_at) if camera.last_taken_at else camera.frames.none()
    frame = pauses.exclude_paused(newest).first()
    if frame is None or frame.taken_at == tally.taken_at or frame.health not in ("", *freshness.SEEING):
        return False
    if freshness.health_of(camera, at) not in freshness.SEEING:
        return False
    if camera.views.filter(current=True).exclude(state__in=View.State.known_states()).exists():
        return False
    try:
        over = zones.zones_in_picture(frame)
        picture = ring.read_frame(frame)
    except (NotCovered, ring.FrameGone):
        return False
    things = find(picture, over)
    if things is None:
        return False
    record_count(tally, frame, picture, things)
    return True


@transaction.atomic
def record_count(tally, frame, picture, things):
    camera = Camera.objects.select_for_update(of=("self",), no_key=True).get(pk=tally.camera_id)
    local = localtime(frame.taken_at)
    row = usual_tally(camera, local.hour)
    if camera.aimed_at and tally.taken_at and tally.taken_at < camera.aimed_at:
        tally.things, tally.gauges, tally.taken_at = [], {}, None  # it looks elsewhere now
    apart = frame.taken_at - tally.taken_at if tally.taken_at else None
    counted = counting.count_things(things, [Thing(*thing) for thing in tally.things] if apart else None, apart)
    gauges, hours = counting.gauges_from_json(tally.gauges), counting.hours_from_json(row.usual)
    usual = {kind: round(hour.mean, 1) for kind, hour in hours.items()}
    unusual = counting.update_gauges(gauges, hours, counted, frame.taken_at, local.date())
    row.usual, row.learnt_at = {kind: hour.as_json() for kind, hour in hours.items()}, frame.taken_at
    row.save()
    tally.taken_at, tally.things = frame.taken_at, counting.vehicles(things)
    tally.people, tally.vehicles = len(counted.people), len(tally.things)
    tally.standing = None if counted.standing is None else len(counted.standing)
    tally.gauges = {kind: gauge.as_json() for kind, gauge in gauges.items()}
    tally.save()
    for kind, seen in unusual.items():
        findings.propose_finding(
            camera,
            kind,
            gauges[kind].began or frame.taken_at,
            score=mean_score(seen),
            picture=as_jpeg(frame, picture),
            taken_at=frame.taken_at,
            boxes=[thing[2:6] for thing in seen],
            usual=usual[kind],
        )
    findings.close_passed([kind for kind, gauge in gauges.items() if not gauge.on], camera=camera)


def usual_tally(camera: Camera, hour: int) -> UsualTally:
    """Return the usual counts of a camera in an hour; empty if they were learnt before the camera was turned on
    purpose.
    """
    row = UsualTally.objects.filter(camera=camera, hour=hour).first()
    if row is None or (camera.aimed_at and row.learnt_at < camera.aimed_at):
        return UsualTally(pk=row.pk if row else None, camera=camera, hour=hour)
    return row


def mean_score(things):
    return round(sum(thing.score for thing in things) / len(things), 2) if things else None


def as_jpeg(frame, picture):
    if frame.kind == "jpg":
        return picture
    image = decoding.decode(picture, cv2.IMREAD_COLOR)
    return cv2.imencode(".jpg", image)[1].tobytes()  # type: ignore[arg-type]  # it was a picture when it was kept
