"""One step for several incidents: each is taken or refused for itself, and the person is told which and why."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from geoapp.http.query_parameters import read_number
from incidents import access, result_checks
from incidents.casework import undoing
from incidents.models import Incident, UndoableStep, User
from incidents.views.desk import steps
from incidents.views.desk.step_forms import StepForm

INCIDENTS_MAX = 100  # incidents at a time


@dataclass(frozen=True)
class Outcome:
    """What became of one of them: done, or why not; `line`, by which it can be taken back for a minute."""

    reference: str
    what: str
    fault: str = ""
    line: int | None = None


def parse_picked(values: Iterable[str]) -> dict[str, int | None]:
    """What was ticked, as {reference: the steps seen or None}; a value is `reference` or `reference:moves`."""
    chosen = {}
    for value in values:
        reference, _colon, moves = value.partition(":")
        chosen[reference] = read_number(moves, at_most=99_999_999)
    return chosen


def find_incidents(user: User, chosen: dict[str, int | None]) -> dict[str, Incident]:
    """Those of them that this person works on, by reference, with `may`, what is allowed with each."""
    incidents = access.incidents_for(user, "work").filter(reference__in=list(chosen)[: INCIDENTS_MAX + 1])
    by_reference = {
        incident.reference: incident for incident in incidents.select_related("category__parent", "authority")
    }
    for incident in by_reference.values():
        incident.may = frozenset({"work"})
    return by_reference


def selection_fault(chosen: dict[str, int | None], known: dict[str, Incident], *, at_most: int = INCIDENTS_MAX) -> str:
    """Why nothing can be done with what was ticked, or ""."""
    if not chosen:
        return _("Tick at least one incident.")
    if len(chosen) > at_most:
        return _("At most %(n)d at a time. Tick fewer.") % {"n": at_most}
    if not known:
        return _("They are no longer at your desk.")
    return ""


def take_step_on_each(
    user: User, name: str, chosen: dict[str, int | None], *, data: dict, undoable: bool = False
) -> list[Outcome]:
    """Take a step on each; the order is the one in which they were ticked. Nothing is half saved of any.

    `undoable`: whether it can be taken back, and its messages are held so long.
    """
    incidents, to = find_incidents(user, chosen), data.get("to")
    take = steps.take_undoable_step if undoable else steps.take_step
    outcomes = []
    for reference, seen in chosen.items():
        incident, fault, line = incidents.get(reference), "", None
        if incident is None:
            outcomes.append(Outcome(reference, reference, _("It is not at your desk.")))
            continue
        if to and incident.authority_id == to.pk:
            fault = _("It is there already.")
        else:
            try:
                offered = steps.offered_steps(user, incident)
                line = take(incident, name, by=user, data=data, offered=offered, seen=seen)
            except steps.REFUSALS as refusal:
                fault = str(refusal)
        outcomes.append(Outcome(reference, incident_summary(incident), fault, line))
    return outcomes


def has_reason(incidents: Iterable[Incident], form: StepForm) -> bool:
    """Whether a result can be sent for all of them as the form has it; else the form asks why it is sent."""
    if not form.sends_result or form.cleaned_data["place_reason"]:
        return True
    data = form.cleaned_data
    for incident in incidents:
        if remarks := result_checks.remarks_on(incident, data["pictures"], data["sending"]):
            form.ask_reason(result_checks.ReasonMissing(remarks))
            return False
    return True


def undo_each(user: User, lines: Iterable[str]) -> list[Outcome]:
    """Take back what this person did to each: `lines` are the keys of the lines it wrote; of others none is found."""
    keys = [key for key in map(read_number, lines) if key]
    steps_to_undo = UndoableStep.objects.filter(event__in=keys[:INCIDENTS_MAX], by=user)
    outcomes = []
    for step in steps_to_undo.select_related("incident__category").order_by("event"):
        fault = ""
        try:
            undoing.undo_step(step.pk, by=user)
        except undoing.TooLate as late:
            fault = str(late)
        outcomes.append(Outcome(step.incident.reference, incident_summary(step.incident), fault))
    return outcomes


def outcomes_summary(outcomes: list[Outcome]) -> str:
    """`Pothole, Harbour Road`, or `3 incidents`"""
    number = len(outcomes)
    return outcomes[0].what if number == 1 else ngettext("%(n)d incident", "%(n)d incidents", number) % {"n": number}


def incident_summary(incident: Incident) -> str:
    """`Pothole, Harbour Road`"""
    return ", ".join(part for part in (incident.category.title, incident.address_title) if part)
