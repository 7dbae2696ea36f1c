"""Declare all steps that may be taken with an incident in one table; `workflow.move` takes those that change a state.

Pages add words, keys and icons by the names of this table: `views.desk.steps.BUTTONS`. A trigger in PostgreSQL repeats
the state transitions and refuses any other; a test compares both.
"""

from dataclasses import dataclass

from incidents.models import Event, Incident

S, E = Incident.State, Event.Kind
UNACCEPTED, IN_HAND, OPEN, ENDED = Incident.UNACCEPTED, Incident.IN_HAND, Incident.OPEN, Incident.ENDED


@dataclass(frozen=True, kw_only=True)
class Step:
    """One row of the table.

    `origins`: the states from which it may be taken.
    `to`: the state to which it leads; "" where the state stays as it is.
    `kind`: the line that `workflow.move` writes into the history.
    `may`: the action of `access` that allows it at a desk; "" where no desk takes it.
    `fields`: what has to be filled in; what ends in "?" may be left out.
    `in_bulk`: whether it may be taken for several incidents at a time.
    `by_reporter`: reporters take it, and speak for themselves, not for the unit.
    `restarts`: whether the unit to which it leads has the whole time for it, counted from this step.
    `undo`: whether who took it may take it back for some seconds; what cannot be taken back is asked for first.
    `evidence`: what the cameras keep with it: "step", what they saw around it; "resolved", what they see of a result.
    """

    origins: tuple[str, ...]
    to: str = ""
    kind: str = ""
    may: str = ""
    fields: tuple[str, ...] = ()
    in_bulk: bool = False
    by_reporter: bool = False
    restarts: bool = False
    undo: bool = False
    evidence: str = ""

    @property
    def needs_note(self) -> bool:
        return "note" in self.fields

    @property
    def takes_photos(self) -> bool:
        return "photos" in self.fields


STEPS = {
    "pass_on": Step(origins=(S.RECEIVED, S.ASSIGNED), to=S.PASSED_ON, kind=E.PASSED_ON),
    "accept": Step(
        origins=UNACCEPTED, to=S.ACCEPTED, kind=E.ACCEPTED, may="work", in_bulk=True, evidence="step", undo=True,
    ),
    "begin": Step(
        origins=(S.ACCEPTED,), to=S.WORKING, kind=E.BEGUN, may="work", in_bulk=True, evidence="step", undo=True,
    ),
    "give": Step(origins=OPEN, may="work", fields=("person",), in_bulk=True, undo=True),
    "crew": Step(origins=OPEN, may="work", fields=("crew?",), in_bulk=True, undo=True),
    "grade": Step(origins=OPEN, may="work", fields=("severity", "note")),
    "ask": Step(
        origins=(*UNACCEPTED, *IN_HAND), to=S.WAITING, kind=E.ASKED, may="work", fields=("note",), evidence="step",
        undo=True,
    ),
    "answer": Step(
        origins=(S.WAITING,), to=S.WORKING, kind=E.ANSWERED, fields=("note",), by_reporter=True, evidence="step",
    ),
    "part": Step(origins=OPEN, may="work", fields=("to", "until", "note")),
    "part_answer": Step(origins=tuple(S), may="help", fields=("part", "outcome", "note", "photos")),
    "part_withdraw": Step(origins=tuple(S), may="work", fields=("part", "note?")),
    "more_time": Step(
        origins=(S.ACCEPTED, S.WORKING), to=S.EXTENSION, kind=E.MORE_TIME, may="work", fields=("until", "note"),
        evidence="step",
    ),
    "grant": Step(origins=(S.EXTENSION,), to=S.WORKING, kind=E.EXTENDED, may="decide", fields=("note?",)),
    "refuse": Step(origins=(S.EXTENSION,), to=S.WORKING, kind=E.NO_MORE_TIME, may="decide", fields=("note",)),
    "hand_over": Step(
        origins=(*UNACCEPTED, *IN_HAND, S.WAITING), to=S.ASSIGNED, kind=E.HANDED_OVER, may="work",
        fields=("to", "note"), in_bulk=True, undo=True,
    ),
    "hand_back": Step(
        origins=(*UNACCEPTED, *IN_HAND), to=S.RECEIVED, kind=E.HANDED_BACK, may="work", fields=("note",), undo=True,
    ),
    "claim": Step(
        origins=(*UNACCEPTED, *IN_HAND, S.WAITING), to=S.ASSIGNED, kind=E.CLAIMED, may="claim", fields=("to", "note"),
    ),
    "cede": Step(
        origins=(*UNACCEPTED, *IN_HAND, S.WAITING), to=S.ASSIGNED, kind=E.CLAIMED, may="cede", fields=("note?",),
        restarts=True,
    ),
    "decline": Step(origins=OPEN, may="cede", fields=("note",)),
    "inquire": Step(origins=OPEN, may="watch", fields=("note",), undo=True),
    "urge": Step(origins=(*UNACCEPTED, *IN_HAND), may="watch", fields=("note?",), undo=True),
    "offer": Step(origins=(*UNACCEPTED, *IN_HAND, S.WAITING), may="watch", fields=("note",), undo=True),
    "remark": Step(origins=OPEN, may="watch", fields=("note",), undo=True),
    "reply": Step(origins=tuple(S), may="work", fields=("note",), undo=True),
    "resolve": Step(
        origins=(S.ASSIGNED, S.PASSED_ON, S.WAITING, *IN_HAND), to=S.RESOLVED, kind=E.RESOLVED, may="work",
        fields=("note", "photos"), in_bulk=True, evidence="resolved", undo=True,
    ),
    "reject": Step(
        origins=(*UNACCEPTED, *IN_HAND), to=S.REJECTED, kind=E.REJECTED, may="work", fields=("note",), evidence="step",
        undo=True,
    ),
    "withdraw": Step(origins=UNACCEPTED, to=S.REJECTED, kind=E.WITHDRAWN, by_reporter=True),
    "confirm": Step(origins=(S.RESOLVED,), to=S.CLOSED, kind=E.CONFIRMED, by_reporter=True),
    "close": Step(origins=(S.RESOLVED,), to=S.CLOSED, kind=E.CLOSED, may="work", undo=True),
    "dispute": Step(
        origins=ENDED, to=S.DISPUTED, kind=E.DISPUTED, fields=("note",), by_reporter=True, evidence="step",
    ),
    "uphold": Step(
        origins=(S.DISPUTED,), to=S.WORKING, kind=E.UPHELD, may="judge", fields=("note",), evidence="step",
    ),
    "overrule": Step(origins=(S.DISPUTED,), to=S.CLOSED, kind=E.OVERRULED, may="judge", fields=("note",)),
    "reclassify": Step(origins=(*UNACCEPTED, *IN_HAND, S.WAITING), may="correct", fields=("category", "note")),
    "relocate": Step(
        origins=(*UNACCEPTED, *IN_HAND, S.WAITING), may="correct", fields=("place", "note"), evidence="step",
    ),
    "reopen": Step(
        origins=ENDED, to=S.WORKING, kind=E.REOPENED, may="work", fields=("note",), evidence="step",
        undo=True,
    ),
}  # fmt: skip
# Those that change the state: the only ones that `workflow.move` takes.
TRANSITIONS = {name: step for name, step in STEPS.items() if step.to}
# Those at a desk whose words others read: for these there are ready words (AnswerTemplate).
ANSWERABLE = tuple(name for name, step in TRANSITIONS.items() if step.may and step.needs_note)
IN_BULK = tuple(name for name, step in STEPS.items() if step.in_bulk)
