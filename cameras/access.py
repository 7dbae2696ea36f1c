"""Which camera pictures a person may see. Every picture is asked for here; `incidents.access` decides."""

from collections.abc import Iterable
from typing import cast

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.utils.timezone import now

from cameras.masking import stills, zones
from cameras.masking.pauses import exclude_paused
from cameras.models import Camera, Evidence, Finding, Frame, HealthInterval, Still, View
from cameras.models.findings import FindingQuerySet
from incidents import access
from incidents.models import User

FEW = 12  # of a camera's newest frames, among which one is looked for that can be covered


def cameras_for(user: User | AnonymousUser) -> QuerySet[Camera]:
    """The cameras whose picture of now this person may see."""
    shown = Camera.objects.exclude(paused_until__gt=now())
    return shown if access.does_work(user, "cameras") else shown.none()


def frames_for(user: User | AnonymousUser) -> QuerySet[Frame]:
    """The pictures of the ring that this person may see."""
    return exclude_paused(Frame.objects.all()) if access.does_work(user, "cameras") else Frame.objects.none()


def proofs_for(user: User | AnonymousUser) -> QuerySet[HealthInterval]:
    """The intervals of cameras whose proof this person may see, with the privacy zones over it as over any picture."""
    shown = exclude_paused(HealthInterval.objects.exclude(proof=""))
    return shown if access.does_work(user, "cameras") else shown.none()


def explain_proofs(user: User | AnonymousUser, intervals: Iterable[HealthInterval]) -> dict[int, str]:
    """{key of a health interval: "" where this person is shown its proof, else a sentence that says why not}.

    Of those of these intervals that have a proof for this person; three statements at the most, however many there are.
    """
    proof_intervals = proofs_for(user).filter(pk__in=[interval.pk for interval in intervals]).select_related("camera")
    proof_intervals = list(proof_intervals.only("taken_at", "received", "camera__aimed_at"))
    if not proof_intervals or sees_uncovered(user):
        return {interval.pk: "" for interval in proof_intervals}
    views = {interval.camera_id: [] for interval in proof_intervals}
    for view in View.objects.filter(camera__in=views).only("camera", "current", "zones"):
        views[view.camera_id].append(view)
    return {interval.pk: zones.why_hidden(interval, views[interval.camera_id]) for interval in proof_intervals}


def newest_frame_for(user: User | AnonymousUser, camera: Camera, **which: object) -> tuple[Frame | None, str]:
    """(the newest frame of the camera that this person is shown, of the last few; where none is, why not).

    `which` narrows the frames.
    """
    frames = list(frames_for(user).filter(camera=camera, **which).order_by("-taken_at").select_related("camera")[:FEW])
    if not frames or sees_uncovered(user):
        return (frames[0] if frames else None), ""
    views = list(camera.views.all())
    hidden = [(frame, zones.why_hidden(frame, views)) for frame in frames]
    return next(((frame, why) for frame, why in hidden if not why), (None, hidden[0][1]))


def findings_for(user: User | AnonymousUser) -> FindingQuerySet:
    """What cameras report, as far as this person may see the pictures that show it: who sees them as they came."""
    shown = exclude_paused(Finding.objects.all()) if sees_uncovered(user) else Finding.objects.none()
    return cast("FindingQuerySet", shown)


def evidence_for(user: User | AnonymousUser) -> QuerySet[Evidence]:
    """The kept pictures of the incidents whose evidence this person may see."""
    return Evidence.objects.undeleted().filter(incident__in=access.incidents_for(user, "evidence"))


def sees_uncovered(user: User | AnonymousUser) -> bool:
    """Whether this person is shown pictures without privacy zones over them."""
    return access.does_work(user, "control")


def stills_for(user: User | AnonymousUser, **which: object) -> list[Still]:
    """The covered, delayed pictures that everybody may see, one of each camera; `which` narrows the cameras."""
    return stills.shown_stills(now(), **which)


def public_stills_of(cameras: Iterable[Camera]) -> dict[int, Still]:
    """{key of the camera: its public still of now} of those of these cameras that have one."""
    return {still.camera_id: still for still in stills_for(AnonymousUser(), pk__in=[camera.pk for camera in cameras])}
