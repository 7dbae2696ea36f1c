"""Undo a step at a desk within seconds: restore the incident and record both in the history.

The step is committed at once and visible to others; only its messages wait until it can no longer be undone
(`timeline.messages_held`), so nobody is sent a slip. See docs/adr/0049.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.utils.dateparse import parse_datetime
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents import timeline
from incidents.deadlines import ladder
from incidents.models import Event, Incident, Photo, TakeoverOffer, UndoableStep, User
from incidents.steps import STEPS

OFFERED_S = 10  # so long a page offers it
WITHIN = timedelta(seconds=60)  # so long it is taken back: whoever reads slowly holds the offer in the page
HELD = WITHIN + timedelta(seconds=5)  # then the act's messages go out
FIELDS = (
    "state", "waiting_since", "closed_at", "due_at", "first_due_at", "accept_by", "due_date_trace", "authority",
    "handler", "crew", "outside_reference", "published",
)  # fmt: skip


TOO_LATE = gettext_lazy("It is too late to undo this.")


class TooLate(Exception):
    """The step can no longer be undone: time is over, or the incident has changed since."""


@contextmanager
def undoable(incident: Incident, step: str, by: User) -> Iterator[list[UndoableStep]]:
    """Context manager that makes the step inside undoable: the list gets an UndoableStep, or stays empty.

    Use it in a transaction around one step. Messages of the step are held meanwhile.
    """
    steps: list[UndoableStep] = []
    if not STEPS[step].undo:
        yield steps
        return
    before, began = Incident.objects.lock(incident.pk), now()
    last = before.timeline.order_by("-pk").values_list("pk", flat=True).first() or 0
    with timeline.messages_held(HELD):
        yield steps
    after = Incident.objects.get(pk=incident.pk)
    written = before.timeline.filter(pk__gt=last, by=by)
    # Events that comment on a step, or digest texts of reports, are no steps themselves.
    lines = list(written.exclude(kind__in=[Event.Kind.CHECKED, Event.Kind.DIGESTED]))
    if len(lines) == 1 and changed_row_only(before, after, began=began):
        values = {name: pack_value(before, name) for name in FIELDS}
        row = UndoableStep(
            event=lines[0], incident=before, by=by, before=values, was=before.state, steps_taken=after.steps_taken
        )
        row.save(force_insert=True)
        steps.append(row)


def changed_row_only(before: Incident, after: Incident, *, began: datetime) -> bool:
    """Whether the step changed the incident's row alone: no extension ended, no offer decided, nothing published."""
    decided = TakeoverOffer.objects.filter(incident=after, decided_at__gte=began)
    return before.state != Incident.State.EXTENSION and before.published == after.published and not decided.exists()


@transaction.atomic
def undo_step(event_id: int, *, by: User, at: datetime | None = None) -> Event:
    """Undo the step that wrote this event, by its author. Returns the new event. Raises TooLate.

    Restores the row, hides photos and offers of the step, and drops the held messages.
    """
    row = UndoableStep.objects.select_related("event").get(event=event_id, by=by)
    locked = Incident.objects.lock(row.incident_id)
    row = UndoableStep.objects.select_for_update(of=["self"]).select_related("event__authority").get(pk=row.pk)
    moment = at or now()
    if row.undone_at or moment > row.event.at + WITHIN:
        raise TooLate(TOO_LATE)
    if (locked.steps_taken, locked.state) != (row.steps_taken, row.event.state):
        raise TooLate(_("Somebody has since continued with it: it cannot be undone."))
    for name in FIELDS:
        unpack_value(locked, name, row.before[name])
    locked.steps_taken += 1
    locked.changed_at = moment
    ladder.set_next_check(locked, moment)
    locked.save(update_fields=[*FIELDS, "steps_taken", "changed_at", "next_check_at"])
    row.undone_at = moment
    row.save(update_fields=["undone_at"])
    Photo.objects.filter(event=row.event).update(public=False)
    TakeoverOffer.objects.filter(incident=locked, offered_at=row.event.at, offered_by=by).delete()
    locked.corrections.filter(event=row.event).delete()
    return timeline.record(
        locked,
        Event.Kind.UNDONE,
        by=by,
        authority=row.event.authority,
        public=row.event.public,
        at=moment,
        receipt={"undoes": row.event_id},
    )


def is_undone(event_id: int) -> bool:
    """Whether this event was undone or is an undo itself: neither is sent."""
    undone = UndoableStep.objects.filter(event=event_id, undone_at__isnull=False).exists()
    return undone or Event.objects.filter(pk=event_id, kind=Event.Kind.UNDONE).exists()


def undone_lines(events: Iterable[Event]) -> set[int]:
    return {event.receipt["undoes"] for event in events if event.kind == Event.Kind.UNDONE and event.receipt}


def forget_old() -> int:
    old = UndoableStep.objects.filter(event__at__lt=now() - timedelta(days=1))
    return old.delete()[0]


def pack_value(incident: Incident, name: str) -> Any:
    field = Incident._meta.get_field(name)
    value = getattr(incident, field.attname)  # type: ignore[union-attr]  # all of FIELDS are columns
    return value.isoformat() if value is not None and isinstance(field, models.DateTimeField) else value


def unpack_value(incident: Incident, name: str, value: Any) -> None:
    field = Incident._meta.get_field(name)
    is_moment = value is not None and isinstance(field, models.DateTimeField)
    setattr(incident, field.attname, parse_datetime(value) if is_moment else value)  # type: ignore[union-attr]
