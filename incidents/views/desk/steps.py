"""What people do with an incident at a desk: the words, keys and signs of each step, who takes it when, and how."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents import workflow
from incidents.casework import assignment, extensions, subtasks
from incidents.deadlines import service_levels

w = gettext_lazy


@dataclass(frozen=True)
class Step:
    """How a step is named on its button, asked in its dialog and told when it is done; its icon and its key.

    `may`: the action of `access` that allows it. `fields`: what is filled in; a note that ends in "?" may be left out.
    """

    button: str
    question: str
    says: str
    note: str
    go: str
    done: str
    icon: str
    key: str = ""
    may: str = "work"
    fields: tuple = ("note",)


# In the order of the buttons: the first that may be taken is the main one.
STEPS = {
    "accept": Step(
        w("Accept"),
        w("Accept this incident?"),
        w("The reporter sees at once that your unit has it."),
        "",
        w("Accept"),
        w("Accepted: %(what)s"),
        "i-check",
        "n",
        fields=(),
    ),
    "begin": Step(
        w("Begin the work"),
        w("Begin the work?"),
        w("The reporter sees that the work has begun."),
        "",
        w("Begin"),
        w("Work begun: %(what)s"),
        "i-play",
        "b",
        fields=(),
    ),
    "grant": Step(
        w("Grant more time…"),
        w("Grant more time?"),
        w("The deadline moves, and the reporter reads the new date."),
        w("A word to the unit"),
        w("Grant it"),
        w("More time granted: %(what)s"),
        "i-check",
        may="decide",
        fields=("note?",),
    ),
    "refuse": Step(
        w("Refuse…"),
        w("Refuse more time?"),
        w("The deadline stays as it is."),
        w("Why"),
        w("Refuse it"),
        w("More time refused: %(what)s"),
        "i-ban",
        may="decide",
    ),
    "uphold": Step(
        w("The reporter is right…"),
        w("Is the reporter right?"),
        w("The unit has it again, and its clock runs."),
        w("Why, everybody can read it"),
        w("Give it back to the unit"),
        w("Reopened: %(what)s"),
        "i-refresh",
        may="judge",
    ),
    "overrule": Step(
        w("The result stands…"),
        w("Does the result stand?"),
        w("The incident is closed. The reporter reads why."),
        w("Why, everybody can read it"),
        w("Close it"),
        w("The result stands: %(what)s"),
        "i-check",
        may="judge",
    ),
    "part_answer": Step(
        w("Answer our part…"),
        w("What became of your part?"),
        w("The unit that asked reads it, and can go on."),
        w("Answer to the unit"),
        w("Send the answer"),
        w("Answered: %(what)s"),
        "i-check",
        may="help",
        fields=("part", "outcome", "note", "photos"),
    ),
    "resolve": Step(
        w("Resolved, send the result…"),
        w("What was done?"),
        w("The reporter and everybody can read it; photos convince."),
        w("Result"),
        w("Send the result"),
        w("Resolved: %(what)s"),
        "i-check",
        "x",
        fields=("note", "photos"),
    ),
    "reopen": Step(
        w("Reopen"),
        w("Reopen this incident?"),
        w("It is in progress again and its deadline counts."),
        w("Why"),
        w("Reopen"),
        w("Reopened: %(what)s"),
        "i-refresh",
    ),
    "ask": Step(
        w("Ask the reporter"),
        w("What do you need to know?"),
        w("The clock stands still until the reporter answers."),
        w("Question to the reporter"),
        w("Ask"),
        w("Asked the reporter: %(what)s"),
        "i-ask",
        "h",
    ),
    "hand_over": Step(
        w("Hand over…"),
        w("Hand over to another unit?"),
        w("The other unit receives it at once. The deadline stays."),
        w("Reason, everybody can read it"),
        w("Hand over"),
        w("Handed over to %(to)s: %(what)s"),
        "i-handover",
        "c",
        fields=("to", "note"),
    ),
    "claim": Step(
        w("It is ours: take it over"),
        w("Take this incident over?"),
        w("Your unit has it then, and the other one is told. The deadline stays."),
        w("Reason, everybody can read it"),
        w("Take it over"),
        w("Taken over by %(to)s: %(what)s"),
        "i-handover",
        may="claim",
        fields=("to", "note"),
    ),
    "more_time": Step(
        w("Ask for more time…"),
        w("Until when do you need?"),
        w("Somebody else decides. Until then the deadline stays."),
        w("Reason, the reporter reads it"),
        w("Ask for it"),
        w("Asked for more time: %(what)s"),
        "i-calendar",
        "g",
        fields=("until", "note"),
    ),
    "give": Step(
        w("Give to a person…"),
        w("Who does it?"),
        w("It stays your unit's; the person finds it under “Mine”."),
        "",
        w("Give"),
        w("Given to %(to)s: %(what)s"),
        "i-user",
        "p",
        fields=("person",),
    ),
    "part": Step(
        w("Ask another unit for a part…"),
        w("What do you need of another unit?"),
        w("You keep the incident. It cannot be resolved before the part is answered."),
        w("What is to be done"),
        w("Ask the unit"),
        w("Asked %(to)s: %(what)s"),
        "i-building",
        fields=("to", "until", "note"),
    ),
    "part_withdraw": Step(
        w("Withdraw a part…"),
        w("Withdraw the part?"),
        w("The other unit is told that it is not needed any more."),
        w("Why"),
        w("Withdraw"),
        w("Withdrawn: %(what)s"),
        "i-close",
        fields=("part", "note?"),
    ),
    "grade": Step(
        w("Change the severity…"),
        w("How severe is it?"),
        w("The deadline is reckoned anew."),
        w("Why"),
        w("Change it"),
        w("Severity changed: %(what)s"),
        "i-alert",
        fields=("severity", "note"),
    ),
    "hand_back": Step(
        w("Hand back: not ours…"),
        w("Hand back to the duty desk?"),
        w("A dispatcher decides who answers for it. The deadline stays."),
        w("Why it is not yours, everybody can read it"),
        w("Hand back"),
        w("Handed back: %(what)s"),
        "i-handover",
    ),
    "reject": Step(
        w("Do not accept…"),
        w("Not accept this incident?"),
        w("It is closed. The reporter and everybody read why."),
        w("Reason, everybody can read it"),
        w("Do not accept"),
        w("Not accepted: %(what)s"),
        "i-ban",
    ),
    "close": Step(
        w("Close"),
        w("Close this incident?"),
        w("The reporter can still say that it is not done."),
        "",
        w("Close"),
        w("Closed: %(what)s"),
        "i-lock",
        fields=(),
    ),
}
BESIDE = ("refuse", "overrule", "ask", "hand_over")
ELSEWHERE = ("claim", "part", "part_withdraw", "more_time", "give", "grade")  # they have their own place in the page
AT_ONCE = ("accept", "begin")  # without asking back


def move(incident, name, *, by, given, seen):
    """A step of the law of states."""
    workflow.move(
        incident, name, by=by, note=given.get("note", ""), to=given.get("to"), pictures=given.get("pictures", ()),
        seen=seen,
    )  # fmt: skip


@transaction.atomic
def grade(incident, _name, *, by, given, seen):
    workflow.held(incident, seen)
    service_levels.grade(incident, given["severity"], by=by, note=given["note"])


def more_time(incident, _name, *, by, given, seen):
    extensions.ask(incident, by=by, reason=given["note"], until=given["until"], seen=seen)


def decide(incident, name, *, by, given, seen):
    if given["extension"] is None:
        raise workflow.NotAllowed(not_now(incident))
    extensions.decide(given["extension"], by=by, granted=name == "grant", note=given["note"])


def give(incident, _name, *, by, given, seen):
    assignment.give(incident, given["person"], by, seen=seen)


def ask_for_part(incident, _name, *, by, given, seen):
    subtasks.ask(incident, by=by, to=given["to"], what=given["note"], due_at=given["until"], seen=seen)


def answer_part(_incident, _name, *, by, given, seen):
    done = given["outcome"] == "done"
    subtasks.answer(given["part"], by=by, done=done, text=given["note"], pictures=given["pictures"])


def withdraw_part(_incident, _name, *, by, given, seen):
    subtasks.withdraw(given["part"], by=by, why=given["note"])


# Who does what is no step of the law of states; all the others are.
DO = {
    "grade": grade,
    "more_time": more_time,
    "grant": decide,
    "refuse": decide,
    "give": give,
    "part": ask_for_part,
    "part_answer": answer_part,
    "part_withdraw": withdraw_part,
}
REFUSALS = (
    workflow.NotAllowed,
    workflow.NoteMissing,
    service_levels.Ended,
    extensions.NotPossible,
    assignment.NotTheirs,
    subtasks.Unfit,
)


def take(incident, name, *, by, given, offered, seen=None):
    """Take a step as its form was filled in. Raises one of REFUSALS.

    `offered`: what this person is offered now, the only steps that are taken; `seen`: Incident.moves as they saw it.
    """
    if name not in offered.all:
        raise workflow.NotAllowed(refusal(incident, name))
    DO.get(name, move)(incident, name, by=by, given=given, seen=seen)


def refusal(incident, name):
    """What a person is told who takes a step that is not offered: somebody was faster, or it cannot be done now."""
    if name in workflow.STEPS and incident.state not in workflow.STEPS[name].origins:
        return str(workflow.already(incident))
    return not_now(incident)


def not_now(incident):
    """Why a step cannot be taken as things are."""
    return _("This cannot be done now: the incident is “%(state)s”.") % {"state": incident.get_state_display()}


@dataclass(frozen=True)
class Offered:
    """The steps that may be taken now: the main one, those beside it, the rare ones of the menu, and all."""

    main: str = ""
    beside: tuple = ()
    more: tuple = ()
    all: frozenset = frozenset()


def offered(user, incident, parts=(), extension=None):
    """What this person may do with the incident in its state; `incident.may` says which actions are allowed."""
    names = [name for name, step in STEPS.items() if step.may in incident.may]
    names = [name for name in names if fits(name, user, incident, parts, extension)]
    row = [name for name in names if name not in ELSEWHERE or name == "claim"]
    main = row[0] if row else ""
    beside = tuple(name for name in row[1:] if name in BESIDE)[:2]
    more = tuple(name for name in names if name != main and name not in beside)
    return Offered(main, beside, more, frozenset(names))


def fits(name, user, incident, parts, extension):
    """Whether the state of the incident, its parts and its extension leave room for this step."""
    match name:
        case "give" | "grade" | "part":
            return incident.is_open
        case "part_answer":
            return any(part.is_open and part.is_ours for part in parts)
        case "part_withdraw":
            return any(part.is_open for part in parts)
        case "grant" | "refuse":
            return extension is not None and extension.asked_by_id != user.pk
        case "hand_back":
            return name in workflow.steps_from(incident.state) and not incident.authority.duty_desk
        case "claim":
            return "work" not in incident.may and name in workflow.steps_from(incident.state)
        case _:
            return name in workflow.steps_from(incident.state)
