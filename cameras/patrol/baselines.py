"""Store what patrols have learnt of cameras, and load it when a patrol takes a camera up."""

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import cv2
import numpy as np
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.timezone import now

from cameras.analysis import Alignment, Baseline, CameraInspector, size_of
from cameras.analysis.reading import small_of
from cameras.analysis.view_tracking import HOUR_KNOWN, SAME_PLACE, Reference
from cameras.models import Baseline as Kept
from cameras.models import Camera, Card, View
from cameras.register import fields_of_view

FOLDER = "views"
# Parts of a picture: by so much a zone is to follow; so near is a picture that stands for the view.
NEWS_SHIFT, PORTRAIT_SHIFT = 0.01, 0.006
WHOLE = [[0, 0], [1, 0], [1, 1], [0, 1]]  # a privacy zone as large as the picture


@dataclass
class Lesson:
    """What is to be stored of one camera."""

    pk: int
    usual: dict
    references: list[tuple[Reference, dict]]  # each with its hours as they were then
    rhythm_s: int | None
    view: int | None = None  # the key of its view to which the references belong
    portrait: tuple | None = None  # a picture that shows its view, as (bytes, kind), where the view has none yet
    learnt_at: datetime = field(default_factory=now)


class ViewAlignment(NamedTuple):
    """The alignment of a camera's picture, when it came, the key of its view, and when the camera was last aimed."""

    alignment: Alignment
    at: datetime
    view: int | None = None
    aimed_at: datetime | None = None


# ---- in the thread that looks at pictures, as the inspectors must not learn meanwhile


def collect_lessons(watches: Iterable) -> list[Lesson]:
    lessons = []
    for watch in watches:
        usual = watch.inspector.baseline.as_json()
        if usual != watch.learnt:
            watch.learnt = usual
            rhythm_s = round(watch.inspector.baseline.rhythm_s(0))
            rhythm_s = rhythm_s if rhythm_s > watch.duty.period_s else None
            portrait, watch.portrait = watch.portrait, None
            lessons.append(
                Lesson(
                    watch.duty.pk, usual, references_with_hours(watch.inspector), rhythm_s, watch.duty.view, portrait
                )
            )
    return lessons


def references_with_hours(inspector: CameraInspector) -> list[tuple[Reference, dict]]:
    return [(reference, dict(reference.hours)) for reference in inspector.tracker.references]


# ---- in a database thread


def recall_inspectors(cameras: Collection[int]) -> dict[int, tuple[CameraInspector, bool]]:
    """Return {camera: (its inspector, whether its view lacks a picture)} of those of which anything is known."""
    views = {view.camera_id: view for view in View.objects.filter(camera__in=cameras, current=True)}
    rows = {row.camera_id: row for row in Kept.objects.filter(camera__in=cameras)}
    inspectors = {}
    for camera in Camera.objects.filter(pk__in=views.keys() | rows.keys()).only("url", "aimed_at"):
        view, row = views.get(camera.pk), rows.get(camera.pk)
        inspector = CameraInspector(
            camera.url, Baseline.from_json(row.usual if row else {}), load_references(camera, view, row)
        )
        inspectors[camera.pk] = inspector, view is not None and not view.reference
    return inspectors


def load_references(camera, view, row):
    outdated = row is None or (camera.aimed_at is not None and row.learnt_at < camera.aimed_at)
    stored = [] if outdated else [reference for reference in row.references if reference["view"] == (view and view.pk)]
    known = [loaded for loaded in map(load_reference, stored) if loaded]
    if not known and view and view.reference:
        # Zones and bearing belong to that picture: a picture that does not fit it is of another view, at any hour.
        small = read_stored_small(view.reference)
        hours = {hour: [HOUR_KNOWN, 0, 0, 0] for hour in range(24)}
        known = [] if small is None else [Reference(small, hours)]
    return known


def read_stored_small(name):
    data = read_stored(name)
    return small_of(data, *size_of(data))


def read_stored(name: str) -> bytes:
    """Return the bytes of a file in the storage; b"" if it is lost."""
    try:
        with default_storage.open(name) as file:
            return file.read()
    except OSError:
        return b""


def load_reference(stored):
    """Return a stored reference; None if its picture is lost, as it is then learnt again."""
    data = read_stored(stored["picture"])
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE) if data else None
    if picture is None:
        return None
    return Reference(picture, {int(hour): fit for hour, fit in stored["hours"].items()}, stored["picture"])


def store_lessons(lessons: Iterable[Lesson], cards: dict[str, int], seconds: float | None = None) -> set[str]:
    """Store what was learnt; `cards`: {SHA-256: from how many cameras}. Returns the SHA-256 of all known cards.

    `seconds`: time limit; what is not stored by then is learnt again.
    """
    ends = time.monotonic() + seconds if seconds else None
    cards = [Card(sha256=sha256, cameras=count) for sha256, count in cards.items()]
    Card.objects.bulk_create(cards, ignore_conflicts=True)
    for lesson in lessons:
        if ends and time.monotonic() > ends:
            break
        store_lesson(lesson)
    return set(Card.objects.values_list("sha256", flat=True))


@transaction.atomic
def store_lesson(lesson):
    camera = Camera.objects.select_for_update(of=("self",), no_key=True).filter(pk=lesson.pk).first()
    if camera is None:
        return
    if camera.aimed_at and lesson.learnt_at < camera.aimed_at:
        return  # it was turned on purpose meanwhile
    before = Kept.objects.filter(camera=camera).first()
    references = [store_reference(lesson, *reference) for reference in lesson.references]
    Kept.objects.update_or_create(
        camera=camera,
        defaults={"usual": lesson.usual, "references": references, "learnt_at": lesson.learnt_at},
    )
    if camera.rhythm_s != lesson.rhythm_s:
        camera.rhythm_s = lesson.rhythm_s
        camera.save(update_fields=["rhythm_s"])
    if lesson.portrait:
        store_portrait(camera, *lesson.portrait)
    # Last: if a picture cannot be stored, the rows still name the old ones.
    old = {reference["picture"] for reference in before.references} if before else set()
    for picture in old - {reference["picture"] for reference in references}:
        default_storage.delete(picture)


def store_reference(lesson, reference, hours):
    if not reference.name:
        data = cv2.imencode(".png", reference.picture)[1].tobytes()
        reference.name = default_storage.save(f"{FOLDER}/{lesson.pk}/light.png", ContentFile(data))
    hours = {str(hour): fit for hour, fit in hours.items()}
    return {"picture": reference.name, "view": lesson.view, "hours": hours}


def store_portrait(camera, data, kind):
    view = camera.views.filter(current=True, reference="").first()
    if view:
        view.reference = default_storage.save(f"{FOLDER}/{camera.pk}/view.{kind}", ContentFile(data))
        view.save(update_fields=["reference"])


def write_alignments(alignments: dict[int, ViewAlignment]) -> int:
    """Write the alignments of cameras, {camera: ViewAlignment}; return how many were written.

    Alignments found before the patrol heard that a camera has another view, or was turned on purpose, are skipped.
    """
    views = View.objects.filter(camera__in=alignments, current=True).select_related("camera")
    views = [view for view in views if (view.pk, view.camera.aimed_at) == alignments[view.camera_id][2:]]
    for view in views:
        alignment, at, *_ = alignments[view.camera_id]
        transform = [list(row) for row in alignment.transform] if alignment.transform else None
        fields_of_view.update_view(view, state=alignment.state, transform=transform, judged_at=at)
    return len(views)


@transaction.atomic
def start_new_view(camera: Camera, zones: list | None = None) -> None:
    """Make the current picture of a camera that was turned on purpose its view, which is learnt anew.

    `zones`: those of the new view. If the old view had zones and none are given, the whole picture is one zone until
    somebody draws new ones.
    """
    Camera.objects.filter(pk=camera.pk).update(aimed_at=now())
    view = camera.views.filter(current=True).first()
    if view:
        if zones is None:
            zones = [WHOLE] if view.zones else []
        fields_of_view.update_view(
            view, reference="", state=View.State.UNKNOWN, transform=None, judged_at=None, zones=zones
        )


def is_new_alignment(alignment: Alignment, reported: Alignment) -> bool:
    return alignment.state != reported.state or transform_distance(alignment.transform, reported.transform) > NEWS_SHIFT


def is_portrait(alignment: Alignment) -> bool:
    return alignment.state == "fits" and transform_distance(alignment.transform, SAME_PLACE) < PORTRAIT_SHIFT


def transform_distance(transform, other):
    if transform is None or other is None:
        return 0 if transform is other else 1
    return float(np.abs(np.subtract(transform, other)).max())
