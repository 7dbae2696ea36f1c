"""Steps of a desk: their buttons, which steps a person is offered, and the function that each one calls."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents import workflow
from incidents.casework import assignment, between_units, corrections, crews, extensions, subtasks, undoing
from incidents.deadlines import service_levels
from incidents.models import AnyUser, Extension, Incident, Subtask, TakeoverOffer, User
from incidents.steps import STEPS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

w = gettext_lazy


@dataclass(frozen=True, kw_only=True)
class Button:
    """The texts, icon, key and position of a step's button.

    `label`: on the button, `question`, `effect`, `note_label` and `submit`: in its dialog, `done`: the message
    afterwards. `place`: "row", where the first one is the main button; "beside" the main one; "own", elsewhere in the
    page. `asks`: whether a dialog confirms the main button.
    """

    label: "StrOrPromise"
    question: "StrOrPromise"
    effect: "StrOrPromise"
    submit: "StrOrPromise"
    done: "StrOrPromise"
    icon: str
    note_label: "StrOrPromise" = ""
    key: str = ""
    place: str = "row"
    asks: bool = True


# In order of the buttons: the first possible step is the main one.
BUTTONS = {
    "accept": Button(
        label=w("Accept"),
        question=w("Accept this incident?"),
        effect=w("The reporter sees at once that your unit has accepted it."),
        submit=w("Accept"),
        done=w("Accepted: %(what)s"),
        icon="i-check",
        key="n",
        asks=False,
    ),
    "begin": Button(
        label=w("Start work"),
        question=w("Start work?"),
        effect=w("The reporter sees that work has started."),
        submit=w("Start"),
        done=w("Work started: %(what)s"),
        icon="i-play",
        key="b",
        asks=False,
    ),
    "grant": Button(
        label=w("Grant an extension…"),
        question=w("Grant an extension?"),
        effect=w("The deadline is extended, and the reporter sees the new date."),
        note_label=w("A note to the unit"),
        submit=w("Grant it"),
        done=w("Extension granted: %(what)s"),
        icon="i-check",
    ),
    "refuse": Button(
        label=w("Refuse…"),
        question=w("Refuse the extension?"),
        effect=w("The deadline does not change."),
        note_label=w("Why"),
        submit=w("Refuse it"),
        done=w("Extension refused: %(what)s"),
        icon="i-ban",
        place="beside",
    ),
    "uphold": Button(
        label=w("The reporter is right…"),
        question=w("Is the reporter right?"),
        effect=w("The unit has it again, and the deadline counts."),
        note_label=w("Reason, shown to everyone"),
        submit=w("Give it back to the unit"),
        done=w("Reopened: %(what)s"),
        icon="i-refresh",
    ),
    "overrule": Button(
        label=w("The result stands…"),
        question=w("Does the result stand?"),
        effect=w("The incident is closed. The reporter can read why."),
        note_label=w("Reason, shown to everyone"),
        submit=w("Close it"),
        done=w("The result stands: %(what)s"),
        icon="i-check",
        place="beside",
    ),
    "part_answer": Button(
        label=w("Answer the request…"),
        question=w("How did your part end?"),
        effect=w("The unit that asked can read it and continue."),
        note_label=w("Answer to the unit"),
        submit=w("Send the answer"),
        done=w("Answered: %(what)s"),
        icon="i-check",
    ),
    "inquire": Button(
        label=w("Ask the unit in charge"),
        question=w("What do you want to know?"),
        effect=w("The unit in charge is notified and answers here. Others cannot read it."),
        note_label=w("Question to the unit"),
        submit=w("Send the question"),
        done=w("Asked %(unit)s: %(what)s"),
        icon="i-ask",
        key="h",
    ),
    "urge": Button(
        label=w("Remind"),
        question=w("Remind the unit?"),
        effect=w("The unit in charge is told that you are waiting."),
        note_label=w("A note to the unit"),
        submit=w("Remind"),
        done=w("Reminded %(unit)s: %(what)s"),
        icon="i-bell",
        key="d",
        place="beside",
    ),
    "offer": Button(
        label=w("This belongs to us…"),
        question=w("Does it belong to your unit?"),
        effect=w("The unit in charge decides. If it agrees, your unit has it and the time counts from then."),
        note_label=w("Why it belongs to you; once you have it, everyone can read this"),
        submit=w("It belongs to us"),
        done=w("Asked to take it over: %(what)s. You will be told what is decided."),
        icon="i-flag",
        key="p",
        place="beside",
    ),
    "remark": Button(
        label=w("Comment to the unit…"),
        question=w("What should the unit know?"),
        effect=w("The unit in charge is notified and does not have to answer. Others cannot read it."),
        note_label=w("Comment"),
        submit=w("Send the comment"),
        done=w("Commented: %(what)s"),
        icon="i-edit",
        place="own",
    ),
    "cede": Button(
        label=w("Give it to them"),
        question=w("Give it to the unit that asks for it?"),
        effect=w("That unit then has it, and the time counts from now. The reporter is notified."),
        note_label=w("A note for everyone to read"),
        submit=w("Give it to them"),
        done=w("Given to %(unit)s: %(what)s"),
        icon="i-handover",
        place="own",
    ),
    "decline": Button(
        label=w("Keep it here…"),
        question=w("Why do you keep it?"),
        effect=w("The unit that asked for it is notified."),
        note_label=w("Answer to the unit"),
        submit=w("Keep it here"),
        done=w("Kept: %(what)s"),
        icon="i-ban",
        place="own",
    ),
    "reply": Button(
        label=w("Answer the other unit…"),
        question=w("What do you answer?"),
        effect=w(
            "The units that follow this incident can read it. The reporter's contact details stay with your unit."
        ),
        note_label=w("Answer to the unit"),
        submit=w("Send the answer"),
        done=w("Answered: %(what)s"),
        icon="i-ask",
        place="own",
    ),
    "resolve": Button(
        label=w("Resolved, send the result…"),
        question=w("What was done?"),
        effect=w("The reporter and everyone can read it; photos are convincing."),
        note_label=w("Result"),
        submit=w("Send the result"),
        done=w("Resolved: %(what)s"),
        icon="i-check",
        key="x",
    ),
    "reopen": Button(
        label=w("Reopen"),
        question=w("Reopen this incident?"),
        effect=w("Work resumes and the deadline counts again."),
        note_label=w("Why"),
        submit=w("Reopen"),
        done=w("Reopened: %(what)s"),
        icon="i-refresh",
    ),
    "ask": Button(
        label=w("Ask the reporter"),
        question=w("What do you want to ask?"),
        effect=w("The deadline is paused until the reporter answers."),
        note_label=w("Question to the reporter"),
        submit=w("Ask"),
        done=w("Asked the reporter: %(what)s"),
        icon="i-ask",
        key="h",
        place="beside",
    ),
    "hand_over": Button(
        label=w("Transfer…"),
        question=w("Transfer to another unit?"),
        effect=w("The other unit receives it at once. The deadline does not change."),
        note_label=w("Reason, shown to everyone"),
        submit=w("Transfer"),
        done=w("Transferred to %(to)s: %(what)s"),
        icon="i-handover",
        key="c",
        place="beside",
    ),
    "claim": Button(
        label=w("It is ours: take it over"),
        question=w("Take this incident over?"),
        effect=w("Your unit then has it, and the other one is notified. The deadline does not change."),
        note_label=w("Reason, shown to everyone"),
        submit=w("Take it over"),
        done=w("Taken over by %(to)s: %(what)s"),
        icon="i-handover",
    ),
    "more_time": Button(
        label=w("Request an extension…"),
        question=w("Until when do you need?"),
        effect=w("Somebody else decides. Until then the deadline does not change."),
        note_label=w("Reason, shown to the reporter"),
        submit=w("Request it"),
        done=w("Extension requested: %(what)s"),
        icon="i-calendar",
        key="g",
        place="own",
    ),
    "give": Button(
        label=w("Assign to a person…"),
        question=w("Who will do it?"),
        effect=w("Your unit keeps it; the person finds it under “Mine”."),
        submit=w("Assign"),
        done=w("Assigned to %(to)s: %(what)s"),
        icon="i-user",
        key="p",
        place="own",
    ),
    "crew": Button(
        label=w("Assign to a crew…"),
        question=w("Which crew will do it?"),
        effect=w("Your unit keeps it; the crew sees it first, also when out in the street."),
        submit=w("Assign to the crew"),
        done=w("Assigned to %(to)s: %(what)s"),
        icon="i-users",
        key="t",
        place="own",
    ),
    "part": Button(
        label=w("Ask another unit for help…"),
        question=w("What do you need from the other unit?"),
        effect=w("You keep the incident. It cannot be resolved until the other unit has answered."),
        note_label=w("What is to be done"),
        submit=w("Ask the unit"),
        done=w("Asked %(to)s: %(what)s"),
        icon="i-building",
        place="own",
    ),
    "part_withdraw": Button(
        label=w("Withdraw a request…"),
        question=w("Withdraw the request?"),
        effect=w("The other unit is told that it is no longer needed."),
        note_label=w("Why"),
        submit=w("Withdraw"),
        done=w("Withdrawn: %(what)s"),
        icon="i-close",
        place="own",
    ),
    "reclassify": Button(
        label=w("Correct the type…"),
        question=w("What is it really?"),
        effect=w("The unit and the deadline follow the rules for it. The reporter is notified."),
        note_label=w("Reason, shown to everyone"),
        submit=w("Correct it"),
        done=w("The type was corrected: %(what)s"),
        icon="i-edit",
        place="own",
    ),
    "relocate": Button(
        label=w("Correct the location…"),
        question=w("Where is it really?"),
        effect=w("The unit and the deadline follow the rules for that place. The reporter is notified."),
        note_label=w("Reason, shown to everyone"),
        submit=w("Correct it"),
        done=w("The location was corrected: %(what)s"),
        icon="i-pin",
        place="own",
    ),
    "grade": Button(
        label=w("Change the severity…"),
        question=w("How severe is it?"),
        effect=w("The deadline is recalculated."),
        note_label=w("Why"),
        submit=w("Change it"),
        done=w("Severity changed: %(what)s"),
        icon="i-alert",
        place="own",
    ),
    "hand_back": Button(
        label=w("Hand back: not ours…"),
        question=w("Hand back to the duty desk?"),
        effect=w("A dispatcher decides which unit is responsible. The deadline does not change."),
        note_label=w("Why it is not yours, shown to everyone"),
        submit=w("Hand back"),
        done=w("Handed back: %(what)s"),
        icon="i-handover",
    ),
    "reject": Button(
        label=w("Do not accept…"),
        question=w("Decline this incident?"),
        effect=w("The incident is closed. The reporter and everyone can read why."),
        note_label=w("Reason, shown to everyone"),
        submit=w("Do not accept"),
        done=w("Not accepted: %(what)s"),
        icon="i-ban",
    ),
    "close": Button(
        label=w("Close"),
        question=w("Close this incident?"),
        effect=w("The reporter can still object that it is not done."),
        submit=w("Close"),
        done=w("Closed: %(what)s"),
        icon="i-lock",
    ),
}


def take_transition(incident: Incident, name: str, *, by: User, data: dict, seen: int | None) -> None:
    workflow.move(
        incident, name, by=by, note=data.get("note", ""), to=data.get("to"), pictures=data.get("pictures", ()),
        seen=seen, sending=data.get("sending"),
    )  # fmt: skip


@transaction.atomic
def change_severity(incident: Incident, _name: str, *, by: User, data: dict, seen: int | None) -> None:
    workflow.lock_incident(incident, seen)
    service_levels.change_severity(incident, data["severity"], by=by, note=data["note"])


def request_extension(incident: Incident, _name: str, *, by: User, data: dict, seen: int | None) -> None:
    extensions.request_extension(incident, by=by, reason=data["note"], until=data["until"], seen=seen)


def decide_extension(incident: Incident, name: str, *, by: User, data: dict, seen: int | None) -> None:
    if data["extension"] is None:
        raise workflow.NotAllowed(not_possible_text(incident))
    extensions.decide_extension(data["extension"], by=by, granted=name == "grant", note=data["note"])


def assign_person(incident: Incident, _name: str, *, by: User, data: dict, seen: int | None) -> None:
    assignment.assign_person(incident, data["person"], by, seen=seen)


def assign_crew(incident: Incident, _name: str, *, by: User, data: dict, seen: int | None) -> None:
    crews.assign_crew(incident, data["crew"], by, seen=seen)


def ask_for_part(incident: Incident, _name: str, *, by: User, data: dict, seen: int | None) -> None:
    subtasks.request_subtask(incident, by=by, to=data["to"], what=data["note"], due_at=data["until"], seen=seen)


def answer_part(_incident: Incident, _name: str, *, by: User, data: dict, seen: int | None) -> None:
    done = data["outcome"] == "done"
    subtasks.answer_subtask(data["part"], by=by, done=done, text=data["note"], pictures=data["pictures"])


def correct_category(incident: Incident, _name: str, *, by: User, data: dict, seen: int | None) -> None:
    corrections.correct_category(incident, category=data["category"], by=by, reason=data["note"], seen=seen)


def correct_place(incident: Incident, _name: str, *, by: User, data: dict, seen: int | None) -> None:
    corrections.correct_place(
        incident,
        place=data["place"],
        words=data["words"],
        accuracy_m=data["accuracy_m"],
        by=by,
        reason=data["note"],
        seen=seen,
    )


def withdraw_part(_incident: Incident, _name: str, *, by: User, data: dict, seen: int | None) -> None:
    subtasks.withdraw_subtask(data["part"], by=by, why=data["note"])


def say_to_unit(incident: Incident, name: str, *, by: User, data: dict, seen: int | None) -> None:
    between_units.say_to_unit(incident, name, by=by, words=data["note"], seen=seen)


def offer_to_take_over(incident: Incident, _name: str, *, by: User, data: dict, seen: int | None) -> None:
    between_units.offer_to_take_over(incident, by=by, reason=data["note"], seen=seen)


def accept_offer(incident: Incident, _name: str, *, by: User, data: dict, seen: int | None) -> None:
    between_units.accept_offer(incident, by=by, words=data["note"], seen=seen)


def decline_offer(incident: Incident, _name: str, *, by: User, data: dict, seen: int | None) -> None:
    between_units.decline_offer(incident, by=by, words=data["note"], seen=seen)


def reply_to_units(incident: Incident, _name: str, *, by: User, data: dict, seen: int | None) -> None:
    between_units.reply_to_units(incident, by=by, words=data["note"], seen=seen)


# The function of each step; the others only change the state and call `move`.
HANDLERS = {
    "grade": change_severity,
    "more_time": request_extension,
    "grant": decide_extension,
    "refuse": decide_extension,
    "give": assign_person,
    "crew": assign_crew,
    "part": ask_for_part,
    "part_answer": answer_part,
    "part_withdraw": withdraw_part,
    "reclassify": correct_category,
    "relocate": correct_place,
    "inquire": say_to_unit,
    "urge": say_to_unit,
    "remark": say_to_unit,
    "offer": offer_to_take_over,
    "cede": accept_offer,
    "decline": decline_offer,
    "reply": reply_to_units,
}
REFUSALS = (
    workflow.NotAllowed,
    workflow.NoteMissing,
    service_levels.IncidentEnded,
    extensions.NotPossible,
    assignment.NotAssignable,
    subtasks.InvalidSubtask,
    corrections.NotCorrectable,
    between_units.MessageRefused,
)


@dataclass(frozen=True)
class OfferedSteps:
    """The steps possible now: the main one, those beside it, the rare ones of the menu, and all."""

    main: str = ""
    beside: tuple = ()
    more: tuple = ()
    all: frozenset = frozenset()


def take_step(
    incident: Incident, name: str, *, by: User, data: dict, offered: OfferedSteps, seen: int | None = None
) -> None:
    """Takes a step with the cleaned data of its form. Raises one of REFUSALS.

    `offered`: the steps offered to this person, all others are refused; `seen`: `steps_taken` when the page was drawn.
    """
    if name not in offered.all:
        raise workflow.NotAllowed(refusal_text(incident, name))
    HANDLERS.get(name, take_transition)(incident, name, by=by, data=data, seen=seen)


@transaction.atomic
def take_undoable_step(
    incident: Incident, name: str, *, by: User, data: dict, offered: OfferedSteps, seen: int | None = None
) -> int | None:
    """Takes a step and holds its messages for a minute. Returns the event by which it can be undone until then, or None
    if it cannot.
    """
    with undoing.undoable(incident, name, by) as undoable_step:
        take_step(incident, name, by=by, data=data, offered=offered, seen=seen)
    return undoable_step[0].pk if undoable_step else None


def refusal_text(incident: Incident, name: str) -> str:
    """Returns why a step that is not offered is refused: somebody was faster, or it is impossible now."""
    if STEPS[name].to and incident.state not in STEPS[name].origins:
        return str(workflow.already_done(incident))
    return not_possible_text(incident)


def not_possible_text(incident: Incident) -> str:
    return _("This is not possible now: the incident is “%(state)s”.") % {"state": incident.get_state_display()}


def offered_steps(
    user: AnyUser, incident: Incident, parts: Iterable[Subtask] = (), extension: Extension | None = None
) -> OfferedSteps:
    """Returns the steps possible in the incident's state; `incident.may` holds the allowed actions."""
    open_offer = cache(partial(between_units.open_offer, incident))  # two steps need it
    names = [name for name in BUTTONS if STEPS[name].may in incident.may]
    names = [name for name in names if is_possible(name, user, incident, parts, extension, open_offer)]
    row = [name for name in names if BUTTONS[name].place != "own"]
    main = row[0] if row else ""
    beside = tuple(name for name in row[1:] if BUTTONS[name].place == "beside")[:2]
    more = tuple(name for name in names if name != main and name not in beside)
    return OfferedSteps(main, beside, more, frozenset(names))


def is_possible(
    name: str,
    user: AnyUser,
    incident: Incident,
    parts: Iterable[Subtask],
    extension: Extension | None,
    open_offer: Callable[[], TakeoverOffer | None],
) -> bool:
    """Returns whether the state, the subtasks and the requested extension allow this step."""
    if incident.state not in STEPS[name].origins:
        return False
    match name:
        case "part_answer":
            return any(part.is_open and part.is_ours for part in parts)
        case "part_withdraw":
            return any(part.is_open for part in parts)
        case "grant" | "refuse":
            return extension is not None and extension.asked_by_id != user.pk
        case "crew":
            return crews.assignable_crews(incident).exists()
        case "hand_back":
            return not incident.authority.duty_desk
        case "claim":
            return "work" not in incident.may
        case "inquire" | "urge" | "remark":
            return "work" not in incident.may
        case "offer":
            return "work" not in incident.may and open_offer() is None
        case "cede" | "decline":
            return open_offer() is not None
        case "reply":
            return between_units.has_unanswered_message(incident)
        case _:
            return True
