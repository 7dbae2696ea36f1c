"""Pause cameras for privacy: begin, end, and hide the pictures of the pause."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils.timezone import now
from django.utils.translation import gettext as _

from cameras.models import Camera, Pause
from incidents.models import User

LONGEST = timedelta(days=90)
M = TypeVar("M", bound=Model)


class NotPossible(ValueError):
    """The pause cannot begin; the message says why."""


@transaction.atomic
def pause_cameras(user: User, cameras: Iterable[int], until: datetime, why: str) -> int:
    """Pause these cameras (keys) from now until a moment. Returns how many they are. Raises NotPossible.

    A pause in force is extended to the later of both ends.
    """
    why, at = " ".join(why.split()), now()
    if not why:
        raise NotPossible(_("A pause needs a reason: who ordered it, and why."))
    if not at < until <= at + LONGEST:
        raise NotPossible(_("A pause ends in the future, within 90 days."))
    rows = list(Camera.objects.filter(pk__in=cameras, active=True).select_for_update(no_key=True).order_by("pk"))
    if not rows:
        raise NotPossible(_("There is no camera there."))
    Pause.objects.bulk_create(Pause(camera=row, since=at, until=until, why=why[:200], by=user) for row in rows)
    for row in rows:
        if not row.paused_until or row.paused_until < until:
            row.paused_until, row.paused_why = until, why[:200]
    Camera.objects.bulk_update(rows, ["paused_until", "paused_why"])
    return len(rows)


@transaction.atomic
def resume_camera(user: User, camera: int) -> int:
    Camera.objects.select_for_update(no_key=True).filter(pk=camera).first()
    at = now()
    ended = Pause.objects.on(at).filter(camera=camera)
    count = Pause.objects.filter(pk__in=[pause.pk for pause in ended]).update(ended_at=at, ended_by=user)
    Camera.objects.filter(pk=camera).update(paused_until=None, paused_why="")
    return count


def exclude_paused(rows: QuerySet[M]) -> QuerySet[M]:
    paused = Pause.objects.on(OuterRef("taken_at")).filter(camera=OuterRef("camera"))
    return rows.exclude(Q(camera__paused_until__gt=now())).exclude(Exists(paused))
