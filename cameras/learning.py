"""What the patrol has learnt of cameras, in the database: kept now and then, recalled by whoever takes a camera up."""

from dataclasses import dataclass, field
from datetime import datetime

import cv2
import numpy as np
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.timezone import now

from cameras import fields_of_view
from cameras.analysis import Baseline, Eye, Fit
from cameras.analysis.moved import Reference
from cameras.models import Baseline as Kept
from cameras.models import Camera, Card, View

FOLDER = "views"


@dataclass
class Lesson:
    """What is to be kept of one camera."""

    pk: int
    usual: dict
    references: list[tuple[Reference, dict]]  # each with its hours as they were then
    rhythm_s: int | None
    portrait: tuple | None = None  # a picture that shows its view, as (bytes, kind), where the view has none yet
    learnt_at: datetime = field(default_factory=now)


# ---- in the thread that looks at pictures, as the eyes must not learn meanwhile


def lessons(watches):
    """What the eyes of these watches have learnt since they were asked last."""
    found = []
    for watch in watches:
        usual = watch.eye.baseline.as_json()
        if usual != watch.learnt:
            watch.learnt = usual
            rhythm_s = round(watch.eye.baseline.rhythm_s(0))
            rhythm_s = rhythm_s if rhythm_s > watch.duty.period_s else None
            portrait, watch.portrait = watch.portrait, None
            found.append(Lesson(watch.duty.pk, usual, with_hours(watch.eye), rhythm_s, portrait))
    return found


def with_hours(eye):
    return [(reference, dict(reference.hours)) for reference in eye.gaze.references]


# ---- in a thread that talks to the database


def recalled(cameras):
    """{camera: (its eye, whether its view lacks a picture)} of those of which anything is known."""
    rows = Kept.objects.filter(camera__in=cameras).select_related("camera")
    lacking = set(View.objects.filter(camera__in=cameras, current=True, reference="").values_list("camera", flat=True))
    eyes = dict.fromkeys(lacking)
    for row in rows:
        known = [] if is_outdated(row) else [reference_of(kept) for kept in row.references]
        eyes[row.camera_id] = Eye(row.camera.url, Baseline.from_json(row.usual), [one for one in known if one])
    return {pk: (eye, pk in lacking) for pk, eye in eyes.items()}


def is_outdated(row):
    """Whether what was learnt of the view is of before the camera was turned on purpose."""
    return row.camera.aimed_at is not None and row.learnt_at < row.camera.aimed_at


def reference_of(kept):
    """A reference as it was kept; None where its picture is lost: it is learnt again."""
    try:
        with default_storage.open(kept["picture"]) as file:
            picture = cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_GRAYSCALE)
    except OSError:
        return None
    if picture is None:
        return None
    return Reference(picture, {int(hour): found for hour, found in kept["hours"].items()}, kept["picture"])


def keep(lessons, cards):
    """Keep what was learnt, {SHA-256: from how many cameras} being cards; the SHA-256 of all cards that are known."""
    cards = [Card(sha256=sha256, cameras=count) for sha256, count in cards.items()]
    Card.objects.bulk_create(cards, ignore_conflicts=True)
    for lesson in lessons:
        keep_one(lesson)
    return set(Card.objects.values_list("sha256", flat=True))


@transaction.atomic
def keep_one(lesson):
    camera = Camera.objects.select_for_update(of=("self",), no_key=True).filter(pk=lesson.pk).first()
    if camera is None:
        return
    if camera.aimed_at and lesson.learnt_at < camera.aimed_at:
        return  # it was turned on purpose meanwhile
    before = Kept.objects.filter(camera=camera).first()
    references = [kept_reference(camera, *one) for one in lesson.references]
    Kept.objects.update_or_create(
        camera=camera,
        defaults={"usual": lesson.usual, "references": references, "learnt_at": lesson.learnt_at},
    )
    if camera.rhythm_s != lesson.rhythm_s:
        camera.rhythm_s = lesson.rhythm_s
        camera.save(update_fields=["rhythm_s"])
    old = {one["picture"] for one in before.references} if before else set()
    for picture in old - {one["picture"] for one in references}:
        default_storage.delete(picture)
    if lesson.portrait:
        keep_portrait(camera, *lesson.portrait)


def kept_reference(camera, reference, hours):
    if not reference.name:
        data = cv2.imencode(".png", reference.picture)[1].tobytes()
        reference.name = default_storage.save(f"{FOLDER}/{camera.pk}/light.png", ContentFile(data))
    return {"picture": reference.name, "hours": {str(hour): found for hour, found in hours.items()}}


def keep_portrait(camera, data, kind):
    """The picture to which a view's bearing and zones belong, if nobody chose one."""
    view = camera.views.filter(current=True, reference="").first()
    if view:
        view.reference = default_storage.save(f"{FOLDER}/{camera.pk}/view.{kind}", ContentFile(data))
        view.save(update_fields=["reference"])


def judge(fits):
    """Write how the pictures of cameras lie over their references, {camera: (Fit, when)}; how many have a view."""
    views = View.objects.filter(camera__in=fits, current=True).select_related("camera")
    for view in views:
        fit, at = fits[view.camera_id]
        transform = [list(row) for row in fit.transform] if fit.transform else None
        fields_of_view.look(view, state=fit.state, transform=transform, judged_at=at)
    return len(views)


@transaction.atomic
def aim(camera):
    """The camera was turned on purpose: what it sees now is its view from here on, and is learnt anew."""
    Camera.objects.filter(pk=camera.pk).update(aimed_at=now())
    view = camera.views.filter(current=True).first()
    if view:
        fields_of_view.look(view, reference="", state=View.State.UNKNOWN, transform=None, judged_at=None)


def is_news(fit: Fit, told: Fit):
    """Whether a fit says anything that another did not."""
    if fit.state != told.state or (fit.transform is None) != (told.transform is None):
        return True
    if fit.transform is None:
        return False
    return bool(np.abs(np.subtract(fit.transform, told.transform)).max() > NEWS_SHIFT)


NEWS_SHIFT = 0.01  # parts of the picture by which a zone is to follow
