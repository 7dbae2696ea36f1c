"""Run an incident's procedure in the control room: its steps, and who has done which."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from cameras.models import RoomLine, StepTick
from cameras.room import log
from incidents import access, timeline
from incidents.models import Event, Incident, ProcedureStep, User

K = RoomLine.Kind


class NoSuchStep(LookupError):
    """The step does not belong to the procedure of the incident."""


class StepRefused(ValueError):
    """The step cannot be ticked; the message says why."""


@dataclass(frozen=True)
class ProcedureRow:
    """A step of an incident's procedure, and who has done it."""

    step: ProcedureStep
    tick: StepTick | None


def procedure_of(incident: Incident) -> list[ProcedureRow]:
    """Return the steps of the city's procedure for this category in order; none if it has no procedure."""
    steps = ProcedureStep.objects.applying_to(incident.category)
    if not steps:
        return []
    ticked = StepTick.objects.filter(incident=incident, step__in=steps).select_related("by")
    ticks = {tick.step_id: tick for tick in ticked}
    return [ProcedureRow(step, ticks.get(step.pk)) for step in steps]


@transaction.atomic
def set_step(incident: Incident, key: int, *, done: bool, by: User) -> bool:
    """Tick a step of the incident's procedure, or undo the tick. Returns whether that changed anything.

    A change is an event of the incident, for staff only, and a line of the room's log. Raises NoSuchStep, StepRefused.
    """
    locked = Incident.objects.lock(incident.pk)
    row = next((row for row in procedure_of(incident) if row.step.pk == key), None)
    if row is None:
        raise NoSuchStep
    if not locked.is_open:
        raise StepRefused(_("This incident is closed."))
    if done == (row.tick is not None):
        return False
    if row.tick:
        row.tick.delete()
    else:
        StepTick.objects.create(incident=incident, step=row.step, by=by)
    write_step(incident, row.step, done=done, by=by)
    return True


def write_step(incident: Incident, step: ProcedureStep, *, done: bool, by: User) -> None:
    with translation.override(settings.LANGUAGE_CODE):
        words = _("Procedure, done: %(step)s") if done else _("Procedure, marked as not done: %(step)s")
    unit = access.room_unit(by, incident)
    timeline.record(incident, Event.Kind.NOTE, by=by, authority=unit, note=words % {"step": step.words}, public=False)
    log.write_line(K.STEP_DONE if done else K.STEP_UNDONE, by, incident=incident, text=step.words)
    log.tell_room({"procedure": incident.reference})
