"""Take one step on several incidents; each succeeds or fails on its own and reports why."""

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
    """The result of one incident: done, or the reason why not; `line` is the event that can be undone for a minute."""

    reference: str
    what: str
    fault: str = ""
    line: int | None = None


def parse_picked(values: Iterable[str]) -> dict[str, int | None]:
    """Returns {reference: steps taken at page load, or None}; a value is `reference` or `reference:moves`."""
    chosen = {}
    for value in values:
        reference, _colon, moves = value.partition(":")
        chosen[reference] = read_number(moves, at_most=99_999_999)
    return chosen


def find_incidents(user: User, chosen: dict[str, int | None]) -> dict[str, Incident]:
    incidents = access.incidents_for(user, "work").filter(reference__in=list(chosen)[: INCIDENTS_MAX + 1])
    by_reference = {
        incident.reference: incident for incident in incidents.select_related("category__parent", "authority")
    }
    for incident in by_reference.values():
        incident.may = frozenset({"work"})
    return by_reference


def selection_fault(chosen: dict[str, int | None], known: dict[str, Incident], *, at_most: int = INCIDENTS_MAX) -> str:
    if not chosen:
        return _("Select at least one incident.")
    if len(chosen) > at_most:
        return _("At most %(n)d at a time. Select fewer.") % {"n": at_most}
    if not known:
        return _("They are no longer at your desk.")
    return ""


def take_step_on_each(
    user: User, name: str, chosen: dict[str, int | None], *, data: dict, undoable: bool = False
) -> list[Outcome]:
    """Takes a step on each incident in a transaction of its own, in the order in which they were ticked.

    `undoable`: the step can be undone, and its messages are held until then.
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
            fault = _("It is already there.")
        else:
            try:
                offered = steps.offered_steps(user, incident)
                line = take(incident, name, by=user, data=data, offered=offered, seen=seen)
            except steps.REFUSALS as refusal:
                fault = str(refusal)
        outcomes.append(Outcome(reference, incident_summary(incident), fault, line))
    return outcomes


def has_reason(incidents: Iterable[Incident], form: StepForm) -> bool:
    """Returns whether the result can be sent for all as filled in; else adds a field that asks for the reason."""
    if not form.sends_result or form.cleaned_data["place_reason"]:
        return True
    data = form.cleaned_data
    for incident in incidents:
        if remarks := result_checks.remarks_on(incident, data["pictures"], data["sending"]):
            form.ask_reason(result_checks.ReasonMissing(remarks))
            return False
    return True


def undo_each(user: User, lines: Iterable[str]) -> list[Outcome]:
    """Undoes steps of this person. `lines`: keys of the events that they wrote; events of other people are ignored."""
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
    number = len(outcomes)
    return outcomes[0].what if number == 1 else ngettext("%(n)d incident", "%(n)d incidents", number) % {"n": number}


def incident_summary(incident: Incident) -> str:
    return ", ".join(part for part in (incident.category.title, incident.address_title) if part)
