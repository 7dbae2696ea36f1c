"""Receive, hold or refuse reports of all channels. Nothing else stores a report."""

from typing import overload
from uuid import UUID

from django.db import IntegrityError, transaction

from geoapp.db import planner
from geoapp.http import rate_limits
from geoapp.http.rate_limits import Ask
from gis_data.words import plain
from incidents import rulebook, sql
from incidents.disclosure import publishing
from incidents.models import HeldReport, Report, User
from incidents.redaction import without_contacts
from incidents.reporting import blocking, holding
from incidents.reporting.building import Facts, NewReport, build_report
from incidents.reporting.incoming import COLUMNS, IncomingReport, ReportRefused, Row
from incidents.reporting.retention import delete_held_photos
from incidents.reporting.sender import WITHHELD, Sender, is_only_received, reasons_to_hold, tokens_of_report
from incidents.reporting.storing import store_report


@overload
def receive(incoming: IncomingReport) -> Report: ...


@overload
def receive(incoming: IncomingReport, sender: Sender | None) -> Report | HeldReport: ...


def receive(incoming: IncomingReport, sender: Sender | None = None) -> Report | HeldReport:
    """Store a report and return it; `report.incident` is its new or joined incident.

    One transaction: areas of the place on this day, authority with reasons, due dates, incident, history, and jobs that
    notify and fetch camera pictures. The same `sending` returns the report stored first. Raises ReportRefused.

    `sender`: a stranger. Above the limits, or with watched words, a HeldReport is stored instead, which `let_through`
    makes a report. Blocked senders are refused, except for urgent reports.
    """
    return receive_or_hold(incoming, sender, reasons_by_limits(incoming, sender) if sender else [])


def receive_or_hold(incoming: IncomingReport, sender: Sender | None, reasons: list[str]) -> Report | HeldReport:
    """As `receive` after the limits were asked; `reasons`: theirs to hold it.

    With WITHHELD alone it is received, but not public before a person has looked.
    """
    withheld = WITHHELD in reasons
    reasons = [reason for reason in reasons if reason != WITHHELD]
    try:
        with planner.prepared_statements(), transaction.atomic():
            facts = lookup_facts(incoming, sender)
            known = stored_before(facts) or refuse_or_hold(incoming, sender, reasons, facts)
            if known is not None:
                return known
            book = rulebook.read_rulebook(facts.marks)
            new = build_report(incoming, book, facts, sender, withheld=withheld)
            store_report(new)
            return new.report
    except IntegrityError:
        # The same form sent twice at once: the other one was first.
        report = find_sent_report(incoming.sending)
        if report is None:
            raise
        return report


def preview_report(incoming: IncomingReport) -> NewReport:
    """NewReport that `receive` would store; stores nothing and uses no number.

    Raises ReportRefused.
    """
    with planner.prepared_statements(), transaction.atomic():
        facts = Facts(*sql.execute("comes_in", **fact_parameters(incoming, None) | {"new": False})[0])
        return build_report(incoming, rulebook.read_rulebook(facts.marks), facts._replace(number=0), None)


def lookup_facts(incoming, sender):
    return Facts(*sql.execute("comes_in", **fact_parameters(incoming, sender))[0])


def stored_before(facts):
    if facts.known:
        return Report.objects.get(pk=facts.known)
    return HeldReport.objects.get(pk=facts.held_report) if facts.held_report else None


def refuse_or_hold(incoming, sender, reasons, facts):
    """HeldReport of a report that needs a moderator; else None. Raises ReportRefused for a blocked sender."""
    if sender and facts.block and not incoming.category.emergency:
        raise ReportRefused("block", blocking.sentence_of(facts.block))
    if sender and (reasons or facts.watched):
        return holding.hold_report(incoming, sender, reasons=reasons + ["words"] * facts.watched)
    return None


def reasons_by_limits(incoming, sender):
    """Reasons of the limits to hold a report. Call it before the transaction, so that no bucket stays locked."""
    reasons = reasons_to_hold(rate_limits.take(*rate_limit_asks(incoming, sender)), puzzle_solved=sender.puzzle_solved)
    return reasons + ["surge"] * is_only_received(sender, incoming.category)


def rate_limit_asks(incoming: IncomingReport, sender: Sender) -> list[Ask]:
    contact = incoming.phone or incoming.email or incoming.chat
    return tokens_of_report(sender, incoming.category, incoming.place, contact, len(incoming.pictures))


def fact_parameters(incoming: IncomingReport, sender: Sender | None) -> dict:
    """Parameters of `comes_in.sql`."""
    named = {"phone": incoming.phone, "email": incoming.email, "chat": incoming.chat}
    addresses = sender.addresses(**named) if sender else []
    return {
        "sending": incoming.sending,
        "new": incoming.join is None,
        "sender": [digest for kind, value in addresses for digest in blocking.digests_of(kind, value)],
        "words": f" {plain(incoming.text)} " if sender else "",
    }


def find_sent_report(sending: UUID) -> Report | HeldReport | None:
    report = Report.objects.filter(sending=sending).first()
    return report or HeldReport.objects.filter(sending=sending).first()


@transaction.atomic
def let_through(
    held_report: HeldReport, *, by: User | None, public_text: str | None = None, show_photos: bool = True
) -> Report:
    """Receive a held report after moderation; its link stays. Raises AlreadyDecided, ReportRefused.

    `by` None: it was only received (`incidents.reporting.surge`). `public_text`: public words; None: the words without
    contacts. `show_photos`: whether photos may be public, if the sender agreed.
    """
    held_report = holding.decide(held_report, HeldReport.State.THROUGH, by=by)
    values = {name: getattr(held_report, name) for name in COLUMNS[Row.HELD]} | {
        "join": holding.joined_incident(held_report),
        "pictures": holding.pictures_of(held_report),
        "pictures_public": held_report.pictures_public and show_photos,
        "received_at": held_report.held_at,
        "public_text": public_text,
    }
    report = receive(IncomingReport(**values))
    if by and public_text is not None and public_text != without_contacts(report.text):
        publishing.record_covering(report.incident, by, publishing.WORDS)
    delete_held_photos(held_report)
    HeldReport.objects.filter(pk=held_report.pk).update(report=report)
    return report
