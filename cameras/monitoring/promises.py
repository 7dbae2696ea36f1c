"""Store promised repair times; `promise_repair` is the only way in."""

from datetime import datetime, timedelta

from django.utils.timezone import now
from django.utils.translation import gettext as _

from cameras.models import Camera, Finding, RepairPromise
from cameras.monitoring import faults
from incidents.models import User

LONGEST = timedelta(days=30)


class InvalidPromise(ValueError):
    """The time cannot be promised; the message says why."""


class NoFault(ValueError):
    """The camera has no fault now; the message says so."""


def promise_repair(camera: Camera, until: datetime | None, by: User) -> RepairPromise:
    """Store when the camera is to see again; a newer promise replaces the one before.

    Raises InvalidPromise, NoFault.
    """
    at = now()
    if until is None or not at < until <= at + LONGEST:
        raise InvalidPromise(_("Choose a time within the next 30 days."))
    finding = Finding.objects.faults().filter(camera=camera, state=Finding.State.OPEN).first()
    if faults.fault_of(camera, finding, at) is None:
        raise NoFault(_("This camera has no fault at the moment."))
    return RepairPromise.objects.create(camera=camera, until=until, by=by, made_at=at)
