"""Decide which camera pictures a person may see, by the rights of `incidents.access`.

Every picture is requested here.
"""

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
    shown = Camera.objects.exclude(paused_until__gt=now())
    return shown if access.does_work(user, "cameras") else shown.none()


def frames_for(user: User | AnonymousUser) -> QuerySet[Frame]:
    return exclude_paused(Frame.objects.all()) if access.does_work(user, "cameras") else Frame.objects.none()


def proofs_for(user: User | AnonymousUser) -> QuerySet[HealthInterval]:
    """Return the health intervals whose proof picture this person may see; privacy zones are filled in it as in any
    picture.
    """
    shown = exclude_paused(HealthInterval.objects.exclude(proof=""))
    return shown if access.does_work(user, "cameras") else shown.none()


def explain_proofs(user: User | AnonymousUser, intervals: Iterable[HealthInterval]) -> dict[int, str]:
    """Return {key of a health interval: "" if this person is shown its proof, else a sentence that says why not}.

    Only intervals that have a proof for this person; at most three statements, however many intervals there are.
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
    """Return (the newest of the last few frames that this person is shown, or None; why there is none). `which` narrows
    the frames.
    """
    frames = list(frames_for(user).filter(camera=camera, **which).order_by("-taken_at").select_related("camera")[:FEW])
    if not frames or sees_uncovered(user):
        return (frames[0] if frames else None), ""
    views = list(camera.views.all())
    hidden = [(frame, zones.why_hidden(frame, views)) for frame in frames]
    return next(((frame, why) for frame, why in hidden if not why), (None, hidden[0][1]))


def findings_for(user: User | AnonymousUser) -> FindingQuerySet:
    shown = exclude_paused(Finding.objects.all()) if sees_uncovered(user) else Finding.objects.none()
    return cast("FindingQuerySet", shown)


def evidence_for(user: User | AnonymousUser) -> QuerySet[Evidence]:
    return Evidence.objects.undeleted().filter(incident__in=access.incidents_for(user, "evidence"))


def sees_uncovered(user: User | AnonymousUser) -> bool:
    return access.does_work(user, "control")


def stills_for(user: User | AnonymousUser, **which: object) -> list[Still]:
    """Return the newest covered, delayed picture of each public camera; `which` narrows the cameras."""
    return stills.shown_stills(now(), **which)


def public_stills_of(cameras: Iterable[Camera]) -> dict[int, Still]:
    return {still.camera_id: still for still in stills_for(AnonymousUser(), pk__in=[camera.pk for camera in cameras])}
