"""Act from the control room on an incident that a unit works on: remark, raise the severity, order, call.

Each act uses the function of its subject, and is also written into the room's log.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from cameras.models import RoomLine
from cameras.room import calling, log
from gis_data.words import tidy
from incidents import access, workflow
from incidents.casework import between_units
from incidents.deadlines import service_levels
from incidents.escalation import directives
from incidents.models import Authority, Incident, Severity, User

K = RoomLine.Kind
ROOM = {access.CONTROL}


class ActRefused(ValueError):
    """The act is refused; `faults` says why, by field."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = faults


@dataclass(frozen=True)
class ActValues:
    """The values that a person filled in."""

    words: str = ""
    severity: str = ""
    to: Authority | None = None
    until: datetime | None = None
    number: str = ""  # that was called
    outcome: str = ""
    seconds: int | None = None  # that the call took


@transaction.atomic
def run_act(incident: Incident, name: str, *, by: User, values: ActValues, seen: int | None = None) -> RoomLine:
    """Run one of ACTS. Returns the line of the room's log. `seen` as in `workflow.move`.

    Raises ActRefused, workflow.NotAllowed.
    """
    try:
        text = ACTS[name].do(incident, by, values, seen)
    except (between_units.MessageRefused, service_levels.IncidentEnded) as refusal:
        raise ActRefused({"words": str(refusal)}) from None
    except directives.InvalidDirective as unfit:
        raise ActRefused(
            {FIELDS_OF_DIRECTIVE.get(field, field): fault for field, fault in unfit.faults.items()}
        ) from None
    return log.write_line(ACTS[name].line, by, incident=incident, text=text)


FIELDS_OF_DIRECTIVE = {"what": "words"}


def make_remark(step: str) -> Callable[[Incident, User, ActValues, int | None], str]:
    def do(incident, by, values, seen):
        between_units.say_to_unit(incident, step, by=by, words=values.words, seen=seen)
        return tidy(values.words)

    return do


def change_severity(incident: Incident, by: User, values: ActValues, seen: int | None) -> str:
    faults = {}
    if values.severity not in Severity.values:
        faults["severity"] = _("Choose the severity.")
    if not tidy(values.words):
        faults["words"] = _("Give the reason in a few words: it is recorded.")
    elif len(tidy(values.words)) > between_units.WORDS_MAX:
        faults["words"] = _("Too long: at most %(most)s characters.") % {"most": between_units.WORDS_MAX}
    if faults:
        raise ActRefused(faults)
    workflow.lock_incident(incident, seen)
    if service_levels.change_severity(incident, values.severity, by=by, note=tidy(values.words)) is None:
        raise ActRefused({"severity": _("It is already so.")})
    return f"{values.severity}: {tidy(values.words)}"


def order(incident: Incident, by: User, values: ActValues, _seen: int | None) -> str:
    post = access.posts_with_role(by, ROOM).filter(area=None, category=None).first()
    directive = directives.give_directive(by, post, values.to, values.words, values.until, [incident])
    with translation.override(settings.LANGUAGE_CODE):
        return f"{directive.to.title}: {directive.what}"


def call(incident: Incident, by: User, values: ActValues, _seen: int | None) -> str:
    callee = calling.find_callee(incident, values.number)
    faults = {} if callee else {"number": _("Choose who you called.")}
    if values.outcome not in calling.OUTCOMES:
        faults["outcome"] = _("Choose how the call ended.")
    if len(tidy(values.words)) > calling.WORDS_MAX:
        faults["words"] = _("Too long: at most %(most)s characters.") % {"most": calling.WORDS_MAX}
    if faults or callee is None:
        raise ActRefused(faults)
    return calling.record_call(
        incident, callee, by=by, outcome=values.outcome, seconds=values.seconds, words=tidy(values.words)
    )


@dataclass(frozen=True)
class Act:
    """An act: its fields, its function, and its kind in the room's log."""

    line: str
    fields: tuple[str, ...]
    do: Callable[[Incident, User, ActValues, int | None], Any]


ACTS = {
    "remark": Act(K.REMARKED, ("words",), make_remark("remark")),
    "inquire": Act(K.ASKED, ("words",), make_remark("inquire")),
    "urge": Act(K.URGED, ("words",), make_remark("urge")),
    "grade": Act(K.GRADED, ("severity", "words"), change_severity),
    "order": Act(K.ORDERED, ("to", "until", "words"), order),
    "call": Act(K.CALLED, ("number", "outcome", "words"), call),
}
