"""Receive reports of all channels: take them in, hold them, or refuse them. Nothing else stores a report."""

from typing import overload
from uuid import UUID

from django.db import IntegrityError, transaction

from geoapp.db import connections
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
    """Take a report in. Returns it; `report.incident` is the incident that it made or joined.

    Behind it, in one transaction: the areas of the place on this day, the authority with its reasons, the due
    dates, the new incident or the joined one, the history, the jobs that tell people and fetch camera pictures.
    The same `sending` again gives the report that it made the first time. Raises ReportRefused.

    `sender`: a stranger, who is believed step by step. Who sends too much, or words that are watched, gets a
    HeldReport: it is stored whole, and `let_through` makes the report of it when somebody has looked. Who is blocked is
    refused, unless it is urgent.
    """
    return receive_or_hold(incoming, sender, reasons_by_limits(incoming, sender) if sender else [])


def receive_or_hold(incoming: IncomingReport, sender: Sender | None, reasons: list[str]) -> Report | HeldReport:
    """As `receive`, after the limits were asked: `reasons` are those for which they hold it.

    What is WITHHELD is taken in: only the public does not see it before a person has looked.
    """
    withheld = WITHHELD in reasons
    reasons = [reason for reason in reasons if reason != WITHHELD]
    try:
        with connections.prepared_statements(), transaction.atomic():
            facts = ask_facts(incoming, sender)
            known = stored_before(facts) or refused_or_held(incoming, sender, reasons, facts)
            if known is not None:
                return known
            book = rulebook.read_rulebook(facts.marks)
            new = build_report(incoming, book, facts, sender, withheld=withheld)
            store_report(new)
            return new.report
    except IntegrityError:
        # The same form sent twice at once: the other one was first.
        report = first_sent(incoming.sending)
        if report is None:
            raise
        return report


def preview_report(incoming: IncomingReport) -> NewReport:
    """What `receive` would store of a report, as far as it is new: nothing is stored, and no number is used up.

    Raises ReportRefused.
    """
    with connections.prepared_statements(), transaction.atomic():
        facts = Facts(*sql.execute("comes_in", **questions_about(incoming, None) | {"new": False})[0])
        return build_report(incoming, rulebook.read_rulebook(facts.marks), facts._replace(number=0), None)


def ask_facts(incoming, sender):
    return Facts(*sql.execute("comes_in", **questions_about(incoming, sender))[0])


def stored_before(facts):
    """What was made of the same sending before, or None."""
    if facts.known:
        return Report.objects.get(pk=facts.known)
    return HeldReport.objects.get(pk=facts.held_report) if facts.held_report else None


def refused_or_held(incoming, sender, reasons, facts):
    """The HeldReport of what has to be looked at first; else None. Raises ReportRefused for who is blocked."""
    if sender and facts.block and not incoming.category.emergency:
        raise ReportRefused("block", blocking.sentence_of(facts.block))
    if sender and (reasons or facts.watched):
        return holding.hold_report(incoming, sender, reasons=reasons + ["words"] * facts.watched)
    return None


def reasons_by_limits(incoming, sender):
    """Why the limits hold a report. Asked ahead of the transaction: who asks for the same buckets must not wait."""
    reasons = reasons_to_hold(rate_limits.take(*asks_of(incoming, sender)), puzzle_solved=sender.puzzle_solved)
    return reasons + ["surge"] * is_only_received(sender, incoming.category)


def asks_of(incoming: IncomingReport, sender: Sender) -> list[Ask]:
    """The tokens that a report of this sender takes."""
    contact = incoming.phone or incoming.email or incoming.chat
    return tokens_of_report(sender, incoming.category, incoming.place, contact, len(incoming.pictures))


def questions_about(incoming: IncomingReport, sender: Sender | None) -> dict:
    """What `comes_in.sql` asks for."""
    named = {"phone": incoming.phone, "email": incoming.email, "chat": incoming.chat}
    addresses = sender.addresses(**named) if sender else []
    return {
        "sending": incoming.sending,
        "new": incoming.join is None,
        "sender": [digest for kind, value in addresses for digest in blocking.digests_of(kind, value)],
        "words": f" {plain(incoming.text)} " if sender else "",
    }


def first_sent(sending: UUID) -> Report | HeldReport | None:
    """The report that was made of a sending, or is held; None for none."""
    report = Report.objects.filter(sending=sending).first()
    return report or HeldReport.objects.filter(sending=sending).first()


@transaction.atomic
def let_through(
    held_report: HeldReport, *, by: User | None, public_text: str | None = None, show_photos: bool = True
) -> Report:
    """Take in a held report after somebody has looked at it; its link stays. Raises AlreadyDecided, ReportRefused.

    `by` None: nobody had to look, for it was only received (`incidents.reporting.surge`).

    `public_text`: what everybody reads of its words; None: the words without contacts. `show_photos`: whether the
    photos may be shown, as far as the sender wants it.
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
