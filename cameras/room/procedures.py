"""The procedure of an incident in the control room: its steps, and who has done which."""

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
    """The steps of the city's procedure for incidents of this kind, in their order; none where it has none."""
    steps = ProcedureStep.objects.applying_to(incident.category)
    if not steps:
        return []
    ticked = StepTick.objects.filter(incident=incident, step__in=steps).select_related("by")
    ticks = {tick.step_id: tick for tick in ticked}
    return [ProcedureRow(step, ticks.get(step.pk)) for step in steps]


@transaction.atomic
def set_step(incident: Incident, key: int, *, done: bool, by: User) -> bool:
    """Tick a step of the incident's procedure, or take the tick back. Returns whether that changed anything.

    A change is a line of the incident's history, for staff only, and of the room's log. Raises NoSuchStep, StepRefused.
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
    """Write into the incident's history and the room's log, in the city's language, that a step was done or was not."""
    with translation.override(settings.LANGUAGE_CODE):
        words = _("Procedure, done: %(step)s") if done else _("Procedure, not done after all: %(step)s")
    unit = access.room_unit(by, incident)
    timeline.record(incident, Event.Kind.NOTE, by=by, authority=unit, note=words % {"step": step.words}, public=False)
    log.write_line(K.STEP_DONE if done else K.STEP_UNDONE, by, incident=incident, text=step.words)
    log.tell_room({"procedure": incident.reference})
