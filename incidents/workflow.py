"""The whole law of an incident's life, and the one way to take a step."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from incidents import photos, timeline
from incidents.models import Event, Incident

S, E = Incident.State, Event.Kind


class NotAllowed(Exception):
    """The incident cannot take this step from the state it is in."""


class NoteMissing(Exception):
    """This step needs a word of explanation."""


@dataclass(frozen=True)
class Step:
    """From which states it may be taken, where it leads, which line it writes, whether it needs a note."""

    origins: frozenset
    to: str
    kind: str
    needs_note: bool = True


def step(origins, to, kind, **more):
    return Step(frozenset(origins), to, kind, **more)


STEPS = {
    "accept": step({S.RECEIVED, S.ASSIGNED}, S.WORKING, E.ACCEPTED, needs_note=False),
    "ask": step({S.RECEIVED, S.ASSIGNED, S.WORKING}, S.WAITING, E.ASKED),
    "answer": step({S.WAITING}, S.WORKING, E.ANSWERED),
    "hand_over": step({S.RECEIVED, S.ASSIGNED, S.WORKING, S.WAITING}, S.ASSIGNED, E.HANDED_OVER),
    "resolve": step({S.ASSIGNED, S.WORKING, S.WAITING}, S.RESOLVED, E.RESOLVED),
    "reject": step({S.RECEIVED, S.ASSIGNED, S.WORKING}, S.REJECTED, E.REJECTED),
    "claim": step({S.RECEIVED, S.ASSIGNED, S.WORKING, S.WAITING}, S.ASSIGNED, E.CLAIMED),
    "reopen": step({S.RESOLVED, S.REJECTED}, S.WORKING, E.REOPENED),
}


def steps_from(state):
    """The names of the steps that may be taken from this state."""
    return [name for name, one in STEPS.items() if state in one.origins]


def advance(incident, name, moment, to=None):
    """Change the row, unsaved, as this step changes it: waiting stops the clock, and the deadline moves as long."""
    one = STEPS[name]
    if incident.waiting_since:
        incident.due_at += moment - incident.waiting_since
    incident.state = one.to
    incident.waiting_since = moment if one.to == S.WAITING else None
    incident.closed_at = moment if one.to in (S.RESOLVED, S.REJECTED) else None
    incident.changed_at = moment
    if to:
        incident.authority = to
        incident.state = S.RECEIVED if to.duty_desk else one.to


@transaction.atomic
def move(incident, name, *, by=None, note="", to=None, pictures=(), at=None):
    """Take one step: a key of STEPS; `hand_over` and `claim` lead to an authority (`to`).

    Behind it: the row is locked and looked at again, so of two people at once one wins and the other is told
    (NotAllowed); waiting stops the clock and moves the deadline by as long as it lasted; the line in the history;
    photos; a picture of the nearest cameras when it is resolved. All or nothing. Returns the event.
    """
    one = STEPS[name]
    if one.needs_note and not note.strip():
        raise NoteMissing(_("Write a few words: the citizen reads them."))
    locked = Incident.objects.locked(incident.pk)
    if locked.state not in one.origins or locked.authority_id != incident.authority_id:
        raise NotAllowed(
            _("This was done already: the incident is now “%(state)s”.") % {"state": locked.get_state_display()}
        )
    # Who takes over speaks for itself; every other step is told by the unit that has the incident.
    speaker, moment = to if name == "claim" else locked.authority, at or now()
    advance(locked, name, moment, to)
    locked.save(update_fields=["state", "waiting_since", "closed_at", "changed_at", "due_at", "authority"])
    if name == "resolve" and at is None:
        app.configure_task("cameras.capture_evidence").defer(incident_id=locked.pk, moment="resolved")
    event = timeline.record(
        locked,
        one.kind,
        by=by,
        authority=None if name == "answer" else speaker,
        note=note,
        public=name != "answer",
        at=moment,
    )
    photos.keep(pictures, incident=locked, event=event)
    incident.refresh_from_db()
    return event
