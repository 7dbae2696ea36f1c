"""Detect that patrols cannot store pictures, and notify technicians once at the beginning and once at the end.

However many patrols are affected, together or one after the other, it is one outage: several patrols share a disk, and
the name of a machine does not tell which.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as w

from cameras.models import Camera, Shift, StorageOutage
from cameras.monitoring.outbreaks import notify_technicians
from cameras.patrol import partitioning

AFTER = timedelta(minutes=3)  # what passes sooner is told to nobody
# It is over when no patrol has had trouble for so long, so that an almost full disk does not notify each minute.
QUIET = timedelta(minutes=5)
# Errors of a disk by their name; other errors are shown by their name.
WHY = {
    "ENOSPC": w("there is no space left on the disk"),
    "EDQUOT": w("pictures have used all the space set aside for them, or their quota"),
    "EROFS": w("the disk is read-only"),
    "EIO": w("the disk has a fault"),
    "EACCES": w("the patrol is not allowed to write there"),
    "EPERM": w("the patrol is not allowed to write there"),
}


def error_text(why: str) -> str:
    return str(WHY.get(why, why))


def troubled_shifts() -> QuerySet[Shift]:
    return Shift.objects.exclude(not_kept_since=None).order_by("not_kept_since", "pk")


def update_outage(at: datetime | None = None) -> str | None:
    """Begin, update and end an outage by what the patrols report. Returns the key of the notice sent now, or None."""
    at = at or now()
    alive = Q(heard_at__gt=Now() - partitioning.DEAD_AFTER)
    troubled = list(troubled_shifts().filter(alive))
    trouble = StorageOutage.objects.filter(ended_at=None).first()
    if troubled:
        return continue_outage(trouble or begin_outage(troubled[0], at), troubled, at)
    if trouble and at - trouble.seen_at >= QUIET and Shift.objects.filter(alive).exists():
        return end_outage(trouble, at)
    return None


def begin_outage(shift: Shift, at: datetime) -> StorageOutage | None:
    try:
        with transaction.atomic():
            return StorageOutage.objects.create(began_at=shift.not_kept_since or at, seen_at=at, why=shift.not_kept_why)
    except IntegrityError:
        return StorageOutage.objects.filter(ended_at=None).first()


@transaction.atomic
def continue_outage(trouble, troubled, at):
    if trouble is None:  # another worker ended it at this very moment
        return None
    StorageOutage.objects.filter(pk=trouble.pk, ended_at=None).update(seen_at=at)
    if at - trouble.began_at < AFTER or not unreported_outage(trouble).update(told_at=at):
        return None
    machines = ", ".join(sorted({shift.machine for shift in troubled}))
    return notify_outage("pictures_unkept", trouble, machines=machines)


def unreported_outage(trouble):
    return StorageOutage.objects.filter(pk=trouble.pk, told_at=None, ended_at=None)


@transaction.atomic
def end_outage(trouble, at):
    """End the outage if a picture was stored since: a patrol without new pictures reports no trouble either."""
    if not Camera.objects.filter(last_taken_at__gt=trouble.seen_at).exists():
        return None
    if not StorageOutage.objects.filter(pk=trouble.pk, ended_at=None).update(ended_at=at):
        return None
    trouble.refresh_from_db()
    return notify_outage("pictures_kept", trouble) if trouble.told_at else None


def notify_outage(key, trouble, **more):
    notify_technicians(key, trouble, lambda: {"why": error_text(trouble.why), **more})
    return key
