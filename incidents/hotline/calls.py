"""Hotline calls of operators: begin, save while typing, hand over, end; most become reports.

Only the operator who has a call may change it. Reports enter by `reporting.receive`.
"""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from gis_data.words import tidy
from incidents import access, reporting
from incidents.casework import verdicts
from incidents.channels.chat import persons
from incidents.channels.voice import callbacks, ringing
from incidents.disclosure import register
from incidents.enquiries import receiving
from incidents.hotline import chats
from incidents.hotline.suggestions import address_of, severity_of, suggest_for_call
from incidents.models import (
    Call,
    CallBack,
    Category,
    Enquiry,
    Incident,
    Membership,
    PersonalDataView,
    Report,
    RingingCall,
    User,
    VoiceCall,
)
from incidents.notify import operator_pages
from incidents.reporting import questions
from incidents.reporting.address_candidates import parse_spot
from incidents.routing import rules

NOTE_MAX = 200  # characters of what is said to the colleague who gets a call
EARLIER = 8  # reports of a caller that are shown
# Outcome of a call-back by the outcome of the call that answers it.
CALL_BACK_OUTCOMES: dict[str, str] = {
    Call.Outcome.NEW: CallBack.Outcome.REPORTED,
    Call.Outcome.JOINED: CallBack.Outcome.REPORTED,
    Call.Outcome.TOLD: CallBack.Outcome.ANSWERED,
    Call.Outcome.COMPLAINT: CallBack.Outcome.ANSWERED,
    Call.Outcome.ENQUIRY: CallBack.Outcome.ANSWERED,
    Call.Outcome.PASSED_ON: CallBack.Outcome.ANSWERED,
    Call.Outcome.NOTHING: CallBack.Outcome.NOTHING,
}
SAVED = ("text", "where", "spot", "spot_title", "category", "join", "danger", "language", "phone")


class NotYours(Exception):
    """Another operator has this call, or it has ended."""


class RingsNoMore(Exception):
    """A colleague has taken the call, or the caller hung up."""


class SavedElsewhere(Exception):
    """Another page saved the call meanwhile."""


def reports_of_number(phone: str) -> "QuerySet[Report]":
    """Reports from this number (E.164), latest first."""
    return (
        Report.objects.filter(phone=phone)
        .select_related("incident__category", "incident__area", "incident__authority")
        .defer("incident__area__shape", "incident__area__outline")
        .order_by("-received_at", "-pk")
    )


@transaction.atomic
def look_up_number(phone: str, *, by: User) -> list[Report]:
    """Reports from a typed number (E.164), latest first; records the view."""
    reports = list(reports_of_number(phone)[:EARLIER])
    if reports:
        register.record_views(PersonalDataView.How.LOOKUP, reports, by=by)
    return reports


@transaction.atomic
def begin_call(*, by: User, phone: str = "", rang: bool = False) -> Call:
    """A new call of this operator, or the one under way from this number.

    `phone` in E.164, "" where hidden; `rang`: given by the telephone system. Records that the operator sees the
    number's reports.
    """
    if phone and (same := Call.objects.under_way().filter(operator=by, phone=phone).first()):
        return same
    call = Call.objects.create(operator=by, phone=phone, rang=rang)
    record_look(call, by=by)
    return call


@transaction.atomic
def take_ringing_call(rings: RingingCall, *, by: User) -> Call:
    """Take a ringing call and record the view of its number; idempotent. Raises RingsNoMore."""
    call = VoiceCall.objects.select_for_update().get(pk=rings.call_id)
    locked = RingingCall.objects.select_related("operator", "taken").get(pk=rings.pk)
    if locked.taken is not None and locked.taken.operator_id == by.pk:
        return locked.taken
    if locked.ended_at:
        raise RingsNoMore
    number = call.phone if call.phone.startswith("+") else ""
    begun = begin_call(by=by, phone=number, rang=True)
    VoiceCall.objects.filter(pk=call.pk).update(transferred=True)  # its end makes no report and no call-back
    ringing.end_ringing(locked, begun)
    return begun


def record_look(call: Call, *, by: User) -> None:
    reports = list(reports_of_number(call.phone)[:EARLIER]) if call.phone else []
    if reports:
        how = PersonalDataView.How.CALL if call.rang else PersonalDataView.How.LOOKUP
        register.record_views(how, reports, by=by)


def lock_call(call: Call, by: User) -> Call:
    """The call, locked, if this operator has it and it is under way. Raises NotYours."""
    locked = (
        Call.objects.select_for_update(of=["self"])
        .select_related("category", "call_back", "operator", "chat")
        .get(pk=call.pk)
    )
    if locked.operator_id != by.pk or not locked.is_open:
        raise NotYours
    return locked


@transaction.atomic
def save_draft(call: Call, typed: dict[str, Any], *, by: User, saw: int) -> Call:
    """Save the valid fields typed so far (`typed`: of SAVED). `saw`: Call.saves as the page knows it.

    Records the view where the number changed. Raises NotYours, and SavedElsewhere where another page saved it
    meanwhile.
    """
    locked = lock_call(call, by)
    if locked.saves != saw:
        raise SavedElsewhere
    called = locked.phone
    for name, value in typed.items():
        setattr(locked, name, value)
    locked.saves += 1
    locked.saved_at = now()
    if locked.phone != called:
        locked.rang = False
        record_look(locked, by=by)
    locked.save(update_fields=[*typed, "rang", "saves", "saved_at"])
    return locked


@transaction.atomic
def report_call(call: Call, *, by: User) -> Report:
    """Make a report of a saved call and end it; idempotent. Raises NotYours, ReportRefused and BadAnswers.

    It joins the chosen or suggested incident, or makes a new one.
    """
    ended = Call.objects.filter(pk=call.pk, operator=by, report__isnull=False).select_related("report__incident")
    if done := ended.first():
        return done.report  # type: ignore[return-value]  # it has one
    locked = lock_call(call, by)
    suggestions = suggest_for_call(locked, access.incidents_for(by))
    if suggestions.category is None:
        raise reporting.ReportRefused("category", _("Choose what it is about."))
    if suggestions.place is None:
        raise reporting.ReportRefused("where", _("Say where it is: choose a place, or click on the map."))
    if suggestions.outside:
        raise reporting.ReportRefused("where", _("This place is outside the city."))
    chosen = parse_spot(suggestions.place.value)
    answers = checked_answers(suggestions.category, locked, joins=suggestions.join is not None)
    of_chat = {"channel": Report.Channel.PHONE, "language": locked.language} | chats.incoming_fields(locked)
    report = reporting.receive(
        reporting.IncomingReport(
            category=suggestions.category,
            place=chosen.point,
            text=locked.text,
            accuracy_m=chosen.accuracy_m,
            ward_named=bool(chosen.area),
            address=address_of(suggestions.place, suggestions.ward),
            phone=locked.phone,
            join=suggestions.join,
            answers=answers,
            pictures=chats.photos_of_chat(locked),
            sending=locked.sending,
            by=by,
            severity=severity_of(locked),
            **of_chat,
        )
    )
    chats.settle_chat(locked)
    outcome = Call.Outcome.JOINED if suggestions.join else Call.Outcome.NEW
    close_call(locked, outcome, report=report, incident=report.incident)
    return report


def checked_answers(category: Category, call: Call, *, joins: bool) -> list[dict[str, Any]]:
    """Validated answers to a category's questions; optional where it `joins`. Raises questions.BadAnswers."""
    try:
        return questions.check_answers(category, call.answered)
    except questions.BadAnswers:
        if joins:
            return []
        raise


@transaction.atomic
def take_enquiry(call: Call, kind: str, *, by: User) -> Enquiry:
    """Make an enquiry of a saved call, without a place, and end it; idempotent.

    Raises NotYours, ReportRefused.
    """
    ended = Call.objects.filter(pk=call.pk, operator=by, enquiry__isnull=False).select_related("enquiry")
    if done := ended.first():
        return done.enquiry  # type: ignore[return-value]  # it has one
    locked = lock_call(call, by)
    of_chat = {"channel": Report.Channel.PHONE, "language": locked.language} | chats.incoming_fields(locked)
    enquiry = receiving.receive_enquiry(
        receiving.IncomingEnquiry(
            kind=kind, text=locked.text, phone=locked.phone, sending=locked.sending, by=by, **of_chat
        )
    )
    chats.settle_chat(locked, enquiry)
    locked.enquiry = enquiry
    locked.save(update_fields=["enquiry"])
    close_call(locked, Call.Outcome.ENQUIRY)
    return enquiry


def close_call(locked: Call, outcome: str, *, report: Report | None = None, incident: Incident | None = None) -> None:
    """Store the outcome of a locked call, and finish the call-back that it answers."""
    locked.outcome, locked.ended_at, locked.report, locked.incident = outcome, now(), report, incident
    locked.save(update_fields=["outcome", "ended_at", "report", "incident"])
    if locked.call_back is not None:
        callback_outcome = CALL_BACK_OUTCOMES[outcome]
        callbacks.finish_callback(
            locked.call_back, locked.operator, outcome=callback_outcome, report=report, incident=incident
        )


@transaction.atomic
def end_call(call: Call, outcome: str, *, by: User, incident: Incident | None = None) -> Call:
    """End a call without a report. Raises NotYours."""
    locked = lock_call(call, by)
    close_call(locked, outcome, incident=incident)
    return locked


# ---- calls without a report ----

BY_TELEPHONE = gettext_noop("By telephone, recorded by the hotline.")


class NotTheirReport(Exception):
    """The number of the call has no report to this incident."""


def colleagues_of(user: User) -> "QuerySet[User]":
    posts = Membership.objects.on().filter(role=Membership.Role.OPERATOR)
    return User.objects.filter(pk__in=posts.values("user")).exclude(pk=user.pk).order_by("first_name", "username")


@transaction.atomic
def hand_over(call: Call, *, by: User, to: User, note: str = "") -> Call:
    """Hand a call to a colleague; open pages of it become stale.

    Raises NotYours, and ValueError for a user who takes no calls today.
    """
    if not colleagues_of(by).filter(pk=to.pk).exists():
        raise ValueError(_("Choose a colleague who takes calls."))
    locked = lock_call(call, by)
    locked.operator, locked.handed_by, locked.handed_at, locked.handed_note = to, by, now(), tidy(note)[:NOTE_MAX]
    locked.saves += 1
    locked.save(update_fields=["operator", "handed_by", "handed_at", "handed_note", "saves"])
    if locked.chat:
        persons.hand_over_chat(locked.chat, to=to)
    record_look(locked, by=to)
    operator_pages.notify_operators("handed", to=to, call=locked)
    return locked


@transaction.atomic
def take_complaint(call: Call, incident: Incident, words: str, *, by: User) -> Call:
    """Dispute a result for a caller and end the call; a dispatcher decides.

    Only for reporters from this number. Raises NotYours, NotTheirReport, and what `verdicts.dispute_result` raises.
    """
    locked = lock_call(call, by)
    report = Report.objects.filter(phone=locked.phone, incident=incident).last() if locked.phone else None
    if report is None:
        raise NotTheirReport
    verdicts.dispute_result(report, words, reasons=[rules.in_both_languages(BY_TELEPHONE)])
    close_call(locked, Call.Outcome.COMPLAINT, incident=incident)
    return locked


# ---- calls that answer a call-back ----


@transaction.atomic
def call_back(waiting: CallBack, *, by: User) -> Call:
    """A call by which this operator calls back, or the one under way.

    Takes the call-back and records the view of its number. Raises callbacks.TakenByAnother, callbacks.AlreadyDone.
    """
    callback = callbacks.take_callback(waiting, by)
    if under_way := Call.objects.under_way().filter(call_back=callback, operator=by).first():
        return under_way
    number = callback.phone if callback.phone.startswith("+") else ""
    call = Call.objects.create(
        operator=by, phone=number, rang=True, call_back=callback, text=callback.words, language=callback.language[:5]
    )
    register.record_views(PersonalDataView.How.BACK, (), by=by, call_backs=[callback])
    record_look(call, by=by)
    return call


@transaction.atomic
def note_unreached(call: Call, *, by: User) -> Call:
    """End an unanswered call and reschedule its call-back. Raises NotYours."""
    locked = lock_call(call, by)
    if locked.call_back is not None:
        callbacks.note_unreached(locked.call_back, by)
    locked.call_back = None
    locked.save(update_fields=["call_back"])
    close_call(locked, Call.Outcome.NOTHING)
    return locked
