"""Call-backs: promised by callbot or hotline, taken by an operator, finished with an outcome."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _

from gis_data import policies
from gis_data.words import tidy
from incidents.channels.sms_replies import normalize_phone
from incidents.deadlines import service_levels, working_time
from incidents.models import CallBack, Incident, Recording, Report, User
from incidents.reporting.danger import mentions_danger

MAX_WORDS = 4000  # characters that are kept of what was said, or of what came of it


class TakenByAnother(Exception):
    """Another user has taken this call-back."""


class AlreadyDone(Exception):
    """The call-back is finished."""


def ask_for_callback(
    reason: str,
    *,
    phone: str = "",
    words: str = "",
    source: str = "",
    call_id: str = "",
    language: str = settings.LANGUAGE_CODE,
    urgent: bool | None = None,
    due_at: datetime | None = None,
    at: datetime | None = None,
    incident: Incident | None = None,
) -> CallBack:
    """Store a call-back, or return the one stored for the same call (`source`, `call_id`).

    `reason`: a CallBack.Reason. `phone`: from the telephone system, "" where hidden. `urgent` None: decided by the
    words. `due_at` None: `call_back_within` from `at`. A repeated request for the call adds words, number and urgency.
    """
    asked_at, cleaned = localtime(at or now()), tidy(words)[:MAX_WORDS]
    urgent = mentions_danger(cleaned) if urgent is None else urgent
    fields = {
        "reason": reason,
        "phone": callable_number(phone),
        "words": cleaned,
        "language": language,
        "urgent": urgent,
        "asked_at": asked_at,
        "due_at": due_at or due_moment(asked_at, urgent=urgent),
        "incident": incident,
    }
    if not call_id:
        return CallBack.objects.create(source=source, **fields)
    of_call = {"source": source, "call_id": call_id}
    fields["recording"] = Recording.objects.filter(**of_call).first()
    call_back, new = CallBack.objects.get_or_create(**of_call, defaults=fields)
    if not new:
        add_later_details(call_back, fields)
    return call_back


def callable_number(phone: str) -> str:
    """Number in E.164, else an internal extension's digits; "" for none."""
    dialled = "".join(letter for letter in phone[:40] if letter in "+0123456789")
    digits = dialled.removeprefix("+")
    return normalize_phone(phone[:40]) or (dialled if digits.isdecimal() and 3 <= len(digits) <= 15 else "")


def due_moment(asked_at: datetime, *, urgent: bool) -> datetime:
    target = policies.current().call_back_urgent_within if urgent else policies.current().call_back_within
    return working_time.due_date(localtime(asked_at), target, service_levels.calendar_of())


@transaction.atomic
def add_later_details(call_back, fields):
    row = CallBack.objects.select_for_update().get(pk=call_back.pk)
    if row.erased_at:
        return
    if fields["words"] and fields["words"] not in row.words:
        row.words = f"{row.words}\n{fields['words']}".strip()[:MAX_WORDS]
    row.phone = row.phone or fields["phone"]
    row.recording = row.recording or fields["recording"]
    if fields["urgent"] and not row.urgent:
        row.urgent, row.due_at = True, min(row.due_at, fields["due_at"])
    row.save(update_fields=["words", "phone", "recording", "urgent", "due_at"])
    call_back.refresh_from_db()


@transaction.atomic
def take_callback(call_back: CallBack, by: User) -> CallBack:
    """Assign a call-back to this user; idempotent. Raises TakenByAnother, AlreadyDone."""
    row = lock_callback(call_back, by)
    if row.taken_by_id is None:
        row.taken_by, row.taken_at = by, now()
        row.save(update_fields=["taken_by", "taken_at"])
    return row


@transaction.atomic
def note_unreached(call_back: CallBack, by: User, *, due_at: datetime | None = None) -> CallBack:
    """Reschedule an unanswered call-back. `due_at` None: `call_back_within` from now.

    Raises TakenByAnother, AlreadyDone.
    """
    row = lock_callback(call_back, by)
    row.tries, row.tried_at = F("tries") + 1, now()
    row.due_at = due_at or due_moment(row.tried_at, urgent=False)
    row.taken_by = row.taken_at = None
    row.save(update_fields=["tries", "tried_at", "due_at", "taken_by", "taken_at"])
    row.refresh_from_db()
    return row


@transaction.atomic
def finish_callback(
    call_back: CallBack,
    by: User,
    *,
    outcome: str,
    note: str = "",
    report: Report | None = None,
    incident: Incident | None = None,
) -> CallBack:
    """Finish a call-back. `outcome`: a CallBack.Outcome; `report`: made of the call.

    Raises TakenByAnother, AlreadyDone, and ValueError for an invalid outcome, or one that needs a report and has none.
    """
    if outcome not in CallBack.Outcome.values:
        raise ValueError(_("Enter the result of the call."))
    if outcome == CallBack.Outcome.REPORTED and report is None:
        raise ValueError(_("Enter the report created from it."))
    row = lock_callback(call_back, by)
    row.taken_by, row.taken_at = by, row.taken_at or now()
    row.done_at, row.done_by, row.outcome, row.note = now(), by, outcome, tidy(note)[:MAX_WORDS]
    row.report = report
    row.incident = incident or (report.incident if report else row.incident)
    row.save(
        update_fields=["taken_by", "taken_at", "done_at", "done_by", "outcome", "note", "report", "incident"],
    )
    return row


def lock_callback(call_back, by):
    """The row, locked, unless another user has taken it. Raises TakenByAnother, AlreadyDone."""
    row = CallBack.objects.select_for_update().get(pk=call_back.pk)
    if row.done_at:
        raise AlreadyDone
    if row.taken_by_id not in (None, by.pk):
        raise TakenByAnother
    return row
