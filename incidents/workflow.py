"""Take the steps that change an incident's state, in one place; `steps` declares them as a table."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from gis_data import policies
from incidents import photos, proofs, public_text, result_checks, timeline
from incidents.deadlines import ladder, service_levels
from incidents.models import Authority, Category, Event, Extension, Incident, Subtask, TakeoverOffer, User
from incidents.routing import corrections
from incidents.steps import TRANSITIONS

S, E = Incident.State, Event.Kind
CLOSE_BATCH = 2000  # in one transaction, for which others wait who write a line


class NotAllowed(Exception):
    """The incident cannot take this step from its state."""


class NoteMissing(Exception):
    """This step needs a note."""


def apply_step(incident: Incident, name: str, moment: datetime, to: Authority | None = None) -> None:
    """Change the row, unsaved, by this step: waiting stops the clock, and the deadline moves by as long."""
    step = TRANSITIONS[name]
    # While it waited, and while it was held to be done, nobody worked on it.
    if stood_since := incident.waiting_since or (name == "dispute" and incident.closed_at):
        service_levels.add_pause(incident, stood_since, moment, "waiting" if incident.waiting_since else "done")
    incident.state = step.to
    incident.waiting_since = moment if step.to == S.WAITING else None
    if step.to == S.CLOSED:
        incident.closed_at = incident.closed_at or moment
    else:
        incident.closed_at = moment if step.to in Incident.ENDED else None
    incident.changed_at = moment
    incident.steps_taken += 1
    if to:
        incident.authority = to
        incident.handler = incident.crew = None
        incident.outside_reference = ""
        incident.state = S.RECEIVED if to.duty_desk else step.to


STEP_FIELDS = [
    "state",
    "waiting_since",
    "closed_at",
    "changed_at",
    "due_at",
    "first_due_at",
    "due_date_trace",
    "authority",
    "handler",
    "crew",
    "outside_reference",
    "steps_taken",
    "next_check_at",
    "published",
    "accept_by",
]


@transaction.atomic
def move(
    incident: Incident,
    name: str,
    *,
    by: User | None = None,
    note: str = "",
    to: Authority | None = None,
    pictures: Iterable[photos.Picture] = (),
    at: datetime | None = None,
    seen: int | None = None,
    reasons: Iterable[dict] = (),
    receipt: dict | None = None,
    sending: result_checks.Sending | None = None,
) -> Event:
    """Take one step, by its name in `steps.TRANSITIONS`. Returns the event.

    `to`: the authority to which `hand_over`, `claim` and `cede` lead; `hand_back` leads to the duty desk. `seen`:
    `steps_taken` as the person saw it; NotAllowed if it is more by now. `reasons`: sentences for the history beside the
    note, in both languages. `receipt`: machine-readable facts, as the author of the words
    (`public_text.reporter_receipt`). `sending`: where and when a person sends a result from; ReasonMissing if that, or
    a photo, does not fit the incident and no reason was given.

    In one transaction: the row is locked and checked again, so of two people at once one wins and the other gets
    NotAllowed; waiting stops the clock and moves the deadline by as long as it lasted; the line in the history; photos;
    pictures of cameras (Step.evidence).
    """
    step, pictures = TRANSITIONS[name], list(pictures)
    if step.needs_note and not note.strip():
        raise NoteMissing(_("Write a few words for the reporter to read."))
    locked = lock_incident(incident, seen)
    if locked.state not in step.origins:
        raise already_done(locked)
    if step.to in (S.RESOLVED, S.REJECTED):
        refuse_with_open_subtasks(locked)
    remarks = result_checks.remarks_on(locked, pictures, sending) if step.to == S.RESOLVED else []
    if remarks and sending and not sending.reason.strip():
        raise result_checks.ReasonMissing(remarks)
    if name == "hand_back":
        to = Authority.objects.get(duty_desk=True)
    if to and to.pk == locked.authority_id:
        raise NotAllowed(_("It is already there."))
    # Who takes over speaks for itself; every other step is told by the unit that has the incident.
    speaker, moment = to if step.kind == E.CLAIMED else locked.authority, at or now()
    if name == "more_time" or (locked.state == S.EXTENSION and name not in ("grant", "refuse")):
        # A question of more time was left behind, by this step or by a change of boundaries: nobody has said yes.
        Extension.objects.filter(incident=locked, granted=None).update(granted=False, decided_at=moment)
    apply_step(locked, name, moment, to)
    if to:
        TakeoverOffer.objects.filter(incident=locked, authority=to, state=TakeoverOffer.State.OPEN).update(
            state=TakeoverOffer.State.ACCEPTED, decided_by=by, decided_at=moment
        )
    if step.restarts:
        service_levels.restart_clock(locked, moment)
    was_published, locked.published = locked.published, locked.published or becomes_public(locked)
    ladder.set_next_check(locked, moment)
    locked.save(update_fields=STEP_FIELDS)
    if locked.published != was_published:
        public_text.store_words(locked)
    line = timeline.Line(
        step.kind,
        by=by,
        authority=None if step.by_reporter else speaker,
        note=note,
        public=not step.by_reporter,
        reasons=tuple(reasons),
        receipt=receipt,
        at=moment,
    )
    event = timeline.write_lines(locked, line)[0]
    if remarks:
        record_check(locked, event, remarks, reason=sending.reason if sending else "")
    if step.evidence and at is None and locked.category.cameras:
        job = app.configure_task("cameras.capture_evidence")
        job.defer(incident_id=locked.pk, moment=step.evidence, event_id=event.pk)
    if name == "hand_over" and to:
        corrections.record_correction(event, locked, to)
    stored = zip(photos.store_photos(pictures, incident=locked, event=event), pictures, strict=True)
    proofs.follow_step(event, list(stored), sending=sending, has_remarks=bool(remarks))
    incident.refresh_from_db()
    return event


def record_check(incident: Incident, event: Event, remarks: list[result_checks.Remark], *, reason: str) -> None:
    receipt = {"result": event.pk, "remarks": [remark.code for remark in remarks], "metres": far_metres(remarks)}
    timeline.record(
        incident,
        E.CHECKED,
        by=event.by,
        authority=event.authority,
        note=reason.strip(),
        public=False,
        reasons=tuple(remark.line for remark in remarks),
        receipt=receipt,
        at=event.at,
    )


def far_metres(remarks: list[result_checks.Remark]) -> int | None:
    return next((remark.metres for remark in remarks if remark.metres is not None), None)


def lock_incident(incident: Incident, seen: int | None = None) -> Incident:
    """Return the incident, locked until the transaction ends.

    Raises NotAllowed if it is not what the person saw: another unit has it, or it has taken more steps than `seen`.
    """
    locked = Incident.objects.lock(incident.pk)
    if locked.authority_id != incident.authority_id or (seen is not None and seen != locked.steps_taken):
        raise already_done(locked)
    return locked


def already_done(incident: Incident) -> NotAllowed:
    return NotAllowed(
        _("Somebody has already done this: the incident is now “%(state)s”.") % {"state": incident.get_state_display()}
    )


def becomes_public(incident: Incident) -> bool:
    """Return whether it is published once a unit has accepted it, by its category; not if it was hidden or never
    public.
    """
    in_hand = incident.state in (*Incident.IN_HAND, *Incident.DONE)
    waits = in_hand and (incident.category.publishes(Category.Publish.ACCEPTED) or is_withheld(incident))
    return bool(waits) and not incident.was_never_public and not incident.timeline.filter(kind=E.HIDDEN).exists()


def is_withheld(incident: Incident) -> bool:
    """Return whether only the volume of reports from its sender kept it from being published at once."""
    at_once = incident.category.publishes(Category.Publish.AT_ONCE)
    return at_once and incident.timeline.filter(kind=E.ASSIGNED, receipt__withheld=True).exists()


def refuse_with_open_subtasks(incident: Incident) -> None:
    units = Authority.objects.filter(subtasks__incident=incident, subtasks__state=Subtask.State.OPEN).distinct()
    if units:
        raise NotAllowed(
            _("It cannot be closed yet: %(units)s is still working on a part of it.")
            % {"units": ", ".join(unit.title for unit in units)}
        )


def close_settled(at: datetime | None = None) -> int:
    """Close what was resolved `close_after_days` ago without an objection; returns how many.

    In bulk, with the effects of the step "close". Two workers at once take different ones.
    """
    closed, days = 0, policies.current().close_after_days
    while some := close_settled_batch(at or now(), days):
        closed += some
    return closed


@transaction.atomic
def close_settled_batch(at: datetime, days: int) -> int:
    settled = Incident.objects.filter(state=S.RESOLVED, closed_at__lte=at - timedelta(days=days))
    some = settled.order_by("pk").select_for_update(skip_locked=True)[:CLOSE_BATCH]
    units = dict(some.values_list("pk", "authority"))
    Incident.objects.filter(pk__in=units).update(
        state=S.CLOSED, changed_at=at, next_check_at=None, steps_taken=F("steps_taken") + 1
    )
    with translation.override(settings.LANGUAGE_CODE):
        note = _("Nobody objected to the result for %(n)d days.") % {"n": days}
    lines = {
        unit: timeline.Line(E.CLOSED, authority=Authority(pk=unit), note=note, at=at) for unit in set(units.values())
    }
    return timeline.write_lines_in_bulk(((key, lines[unit]) for key, unit in units.items()), notified=units.keys())
