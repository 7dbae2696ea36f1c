"""Calls to the hotline: begun, saved while an operator types, handed to a colleague, ended; a report is made of most.

Only the operator who has a call may touch it. A report enters by `intake.receive`, as all do.
"""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now
from django.utils.translation import gettext as _

from incidents import access, intake
from incidents.disclosure import register
from incidents.intake.call_suggestions import address_of, severity_of, suggest_for_call
from incidents.intake.spots import parse_spot
from incidents.models import Call, Incident, PersonalDataView, Report, User

EARLIER = 8  # reports of a caller that are shown
SAVED = ("text", "where", "spot", "spot_title", "category", "join", "danger", "language", "phone")


class NotYours(Exception):
    """Somebody else has this call now, or it has ended."""


class SavedElsewhere(Exception):
    """The call was saved by another page meanwhile."""


def reports_of_number(phone: str) -> "QuerySet[Report]":
    """What was reported from this number (E.164), the latest first."""
    return (
        Report.objects.filter(phone=phone)
        .select_related("incident__category", "incident__area", "incident__authority")
        .defer("incident__area__shape", "incident__area__outline")
        .order_by("-received_at", "-pk")
    )


@transaction.atomic
def begin_call(*, by: User, phone: str = "", rang: bool = False) -> Call:
    """A call that this operator takes now; the one under way from this number, where there is one.

    `phone` in E.164, "" where it is not told; `rang`: the telephone system told it. That the operator is shown what was
    reported from there is recorded in the register.
    """
    if phone and (same := Call.objects.under_way().filter(operator=by, phone=phone).first()):
        return same
    call = Call.objects.create(operator=by, phone=phone, rang=rang)
    record_look(call, by=by)
    return call


def record_look(call: Call, *, by: User) -> None:
    """Record that somebody is shown what was reported from a call's number."""
    reports = list(reports_of_number(call.phone)[:EARLIER]) if call.phone else []
    if reports:
        how = PersonalDataView.How.CALL if call.rang else PersonalDataView.How.LOOKUP
        register.record_views(how, reports, by=by)


def lock_call(call: Call, by: User) -> Call:
    """The call, locked, if this operator has it and it is under way. Raises NotYours."""
    locked = Call.objects.select_for_update(of=["self"]).select_related("category").get(pk=call.pk)
    if locked.operator_id != by.pk or not locked.is_open:
        raise NotYours
    return locked


@transaction.atomic
def save_draft(call: Call, typed: dict[str, Any], *, by: User, saw: int) -> Call:
    """Save what was typed so far. `typed`: of SAVED what could be read; `saw`: Call.saves as the page knows it.

    Raises NotYours, and SavedElsewhere where another page has saved it meanwhile. A number that is typed anew is looked
    up, which is recorded.
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
    """Make a report of a call as it is saved, and end it. Raises NotYours, and ReportRefused where something lacks.

    It joins the incident that was chosen or suggested, or makes a new one. The same call again gives the same report.
    """
    ended = Call.objects.filter(pk=call.pk, operator=by, report__isnull=False).select_related("report__incident")
    if done := ended.first():
        return done.report  # type: ignore[return-value]  # it has one
    locked = lock_call(call, by)
    found = suggest_for_call(locked, access.incidents_for(by))
    if found.category is None:
        raise intake.ReportRefused("category", _("Choose what it is about."))
    if found.place is None:
        raise intake.ReportRefused("where", _("Say where it is: choose a place, or press on the map."))
    if found.outside:
        raise intake.ReportRefused("where", _("This place lies outside the city."))
    chosen = parse_spot(found.place.value)
    report = intake.receive(
        intake.IncomingReport(
            channel=Report.Channel.PHONE,
            category=found.category,
            place=chosen.point,
            text=locked.text,
            accuracy_m=chosen.accuracy_m,
            ward_named=bool(chosen.area),
            address=address_of(found.place, found.ward),
            phone=locked.phone,
            language=locked.language,
            join=found.join,
            sending=locked.sending,
            by=by,
            severity=severity_of(locked),
        )
    )
    outcome = Call.Outcome.JOINED if found.join else Call.Outcome.NEW
    close_call(locked, outcome, report=report, incident=report.incident)
    return report


def close_call(locked: Call, outcome: str, *, report: Report | None = None, incident: Incident | None = None) -> None:
    """Write down how a locked call has ended."""
    locked.outcome, locked.ended_at, locked.report, locked.incident = outcome, now(), report, incident
    locked.save(update_fields=["outcome", "ended_at", "report", "incident"])


@transaction.atomic
def end_call(call: Call, outcome: str, *, by: User, incident: Incident | None = None) -> Call:
    """End a call of which no report is made. Raises NotYours."""
    locked = lock_call(call, by)
    close_call(locked, outcome, incident=incident)
    return locked
