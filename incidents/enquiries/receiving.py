"""Receive enquiries of all channels: questions, thanks and complaints about staff, which have no place.

Words only suggest the kind (`words.kind_in_words`): the sender decides.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.gis.geos import Point
from django.db import IntegrityError, transaction
from django.db.models import CharField, Value
from django.db.models.functions import Concat
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _

from geoapp.http import rate_limits
from gis_data.words import plain, tidy
from incidents import reporting
from incidents.casework.numbers import next_enquiry_reference
from incidents.deadlines import service_levels, working_time
from incidents.enquiries import steps as enquiry_steps
from incidents.models import (
    Authority,
    Block,
    Category,
    Enquiry,
    EnquiryLine,
    EnquiryTerm,
    Report,
    User,
    WatchedWord,
)
from incidents.reporting import TEXT_MAX, IncomingReport, ReportRefused, blocking
from incidents.reporting.sender import Sender, reasons_to_hold, tokens_of_enquiry

WITHOUT_TERM = "5wd"  # where the city's pack does not say it
NAMESPACE = uuid.UUID("8f0c7c0e-6a52-4ad7-9a3e-3c7c8f0b1a57")  # of the reports that enquiries became
K = Enquiry.Kind


@dataclass
class IncomingEnquiry:
    """An enquiry as a channel hands it over, not validated."""

    channel: str
    kind: str
    text: str
    phone: str = ""
    email: str = ""
    chat: str = ""  # where the sender chats with the city: Correspondent.user
    sender_id: str = ""  # what its sender, or their system, calls it
    language: str = "vi"
    notice_version: str = ""
    sending: uuid.UUID = field(default_factory=uuid.uuid4)
    by: User | None = None  # who took it down
    public_agreed: bool = False  # whether the sender agrees that a question and its answer are published


def receive_enquiry(incoming: IncomingEnquiry, sender: Sender | None = None) -> Enquiry:
    """Store an enquiry with its number, unit, due date and first line.

    The same `sending` returns the enquiry stored first. Raises ReportRefused for an unknown kind, missing or too long
    text and a blocked sender. `sender`: a stranger; above the limits, or with watched words, the enquiry is held until
    somebody has looked at it.
    """
    text = checked_text(incoming)
    reasons = reasons_of_limits(incoming, sender) if sender else []
    try:
        with transaction.atomic():
            if known := Enquiry.objects.filter(sending=incoming.sending).first():
                return known
            if sender:
                refuse_blocked(incoming, sender)
                reasons += ["words"] * says_watched_words(text)
            return store_enquiry(incoming, sender, text=text, reasons=reasons)
    except IntegrityError:
        # The same form sent twice at once: the other one was first.
        known = Enquiry.objects.filter(sending=incoming.sending).first()
        if known is None:
            raise
        return known


def checked_text(incoming):
    """The text as stored. Raises ReportRefused."""
    text = tidy(incoming.text)
    if incoming.kind not in K.values:
        raise ReportRefused("kind", _("Choose what it is: a question, thanks or a complaint."))
    if not text:
        raise ReportRefused("text", _("Write what you want to ask or say."))
    if len(text) > TEXT_MAX:
        message = _("Please shorten the text to %(limit)d characters; it has %(length)d.")
        raise ReportRefused("text", message % {"limit": TEXT_MAX, "length": len(text)})
    return text


def reasons_of_limits(incoming, sender):
    contact = incoming.phone or incoming.email or incoming.chat
    waits = rate_limits.take(*tokens_of_enquiry(sender, incoming.kind, contact))
    return reasons_to_hold(waits, puzzle_solved=sender.puzzle_solved)


def refuse_blocked(incoming: IncomingEnquiry, sender: Sender) -> None:
    named = sender.addresses(phone=incoming.phone, email=incoming.email, chat=incoming.chat)
    digests = [digest for kind, value in named for digest in blocking.digests_of(kind, value)]
    if block := Block.objects.in_force().filter(digest__in=digests).order_by("-ends").first():
        raise ReportRefused("block", blocking.sentence_of(block.pk))


def says_watched_words(text: str) -> bool:
    words = Value(f" {plain(text)} ", output_field=CharField())
    spaced = Concat(Value(" "), "search", Value(" "))
    return WatchedWord.objects.alias(words=words).filter(words__contains=spaced).exists()


def store_enquiry(
    incoming: IncomingEnquiry, sender: Sender | None, *, text: str, reasons: list[str], at: datetime | None = None
) -> Enquiry:
    """Store an enquiry, not validated, with its first line; received at this moment, else now."""
    moment = at or now()
    authority, confirmed = enquiry_steps.home_authority(incoming.kind), sender.confirmed if sender else ()
    target, due_at = deadline_of(incoming.kind, authority, moment)
    by_person = incoming.by is not None  # who took it down has heard the number from its owner
    enquiry = Enquiry.objects.create(
        reference=next_enquiry_reference(localtime(moment).date()),
        kind=incoming.kind,
        state=Enquiry.State.HELD if reasons else Enquiry.State.RECEIVED,
        channel=incoming.channel,
        sender_id=incoming.sender_id[:200],
        sending=incoming.sending,
        text=text,
        phone=incoming.phone,
        email=incoming.email,
        chat=incoming.chat,
        phone_confirmed_at=moment if incoming.phone and (by_person or incoming.phone in confirmed) else None,
        email_confirmed_at=moment if incoming.email and (by_person or incoming.email in confirmed) else None,
        language=incoming.language,
        notice_version=incoming.notice_version,
        received_at=moment,
        target=target,
        due_at=due_at,
        authority=authority,
        public_agreed_at=moment if incoming.public_agreed and incoming.kind == K.QUESTION else None,
        reasons=reasons,
        network=sender.network if sender else "",
        key=sender.key if sender else None,
    )
    enquiry.write_line(EnquiryLine.Kind.HELD if reasons else EnquiryLine.Kind.RECEIVED, by=incoming.by, at=moment)
    if enquiry.public_agreed_at:
        enquiry.write_line(EnquiryLine.Kind.AGREED, by=incoming.by, at=moment)
    return enquiry


def deadline_of(kind: str, authority: Authority, start: datetime) -> tuple[str, datetime]:
    term = EnquiryTerm.objects.filter(kind=kind).values_list("answer_within", flat=True).first()
    target = term or WITHOUT_TERM
    return target, working_time.due_date(start, target, service_levels.calendar_of(authority))


@transaction.atomic
def make_incident(
    enquiry: Enquiry, *, category: Category, place: Point, by: User, accuracy_m: float | None = None, where: str = ""
) -> Report:
    """Convert an enquiry into a report with a new incident and return it.

    `place` (EPSG:4326) is exact to `accuracy_m` metres; `where`: its name. Words of a complaint about people are not
    public. Raises enquiries.StepRefused, ReportRefused.
    """
    report = reporting.receive(
        IncomingReport(
            channel=enquiry.channel,
            category=category,
            place=place,
            accuracy_m=accuracy_m,
            address=where or None,
            text=enquiry.text,
            public_text="" if enquiry.kind == K.COMPLAINT else None,
            phone=enquiry.phone,
            email=enquiry.email,
            chat=enquiry.chat,
            language=enquiry.language,
            notice_version=enquiry.notice_version,
            sending=uuid.uuid5(NAMESPACE, str(enquiry.sending)),
            by=by,
        )
    )
    # The user who converts it did not hear the address from its owner.
    known = {name: getattr(enquiry, name) for name in ("phone_confirmed_at", "email_confirmed_at")}
    Report.objects.filter(pk=report.pk).update(**known)
    report.refresh_from_db()
    enquiry_steps.move(enquiry, "incident", by=by, incident=report.incident)
    return report


def report_of(enquiry: Enquiry) -> Report | None:
    """Report made of an enquiry; None for none."""
    return Report.objects.filter(sending=uuid.uuid5(NAMESPACE, str(enquiry.sending))).first()
