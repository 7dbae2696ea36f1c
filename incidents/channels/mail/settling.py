"""Decide what becomes of a parsed mail: dropped, a reply, a report, an enquiry, one question, or left to a person.

`look_ahead` does what is slow or calls out before the transaction; `settle_mail` does the rest in it.
"""

import uuid
from dataclasses import dataclass, field, replace
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geoapp.http import rate_limits
from geoapp.mailbox import fold_mailbox
from incidents import notify, reporting, timeline
from incidents.channels.chat import media
from incidents.channels.chat.draft import leaf_categories
from incidents.channels.chat_input import MAX_CLOCK_ERROR
from incidents.channels.mail import automatic, parsing, replies, understanding
from incidents.channels.mail.parsing import ReadMail
from incidents.channels.mail.states import describe_state
from incidents.channels.mail.understanding import FoundPlace, MailReading
from incidents.enquiries import receiving
from incidents.enquiries.notices import enquiry_values
from incidents.enquiries.receiving import IncomingEnquiry
from incidents.models import Category, Enquiry, Event, HeldReport, Medium, Report, StoredMail
from incidents.notify import confirming, event_values, reply_addresses, sending
from incidents.photos import Picture
from incidents.public_text import reporter_receipt
from incidents.reporting import IncomingReport, categories, danger
from incidents.reporting.sender import Sender
from incidents.routing import rules
from incidents.understanding import spoken_here

LATELY = timedelta(hours=1)
MOST_MAILS, MOST_REFERENCES, MOST_OTHERS = 20, 6, 1  # of one sender in that time: mails, references, other answers
REPEATED = timedelta(days=1)
NAMESPACE = uuid.UUID("6d1c1b7e-2f5e-4c39-9d0c-50a8c6a4b8a1")  # of the reports that mails became
NOTE_CHARS = 4000
REPLY_PREFIXES = ("re:", "trả lời:", "tl:", "fwd:", "fw:", "chuyển tiếp:", "aw:", "sv:", "rv:")
WORDLESS_SUBJECTS = ("(no subject)", "no subject", "(không có chủ đề)", "(không tiêu đề)", "không có tiêu đề")
AS_IT_CAME = gettext_noop("The e-mail as received, before conversion from an old font:")
THE_REST = gettext_noop("The e-mail continued:")
S, W = StoredMail.State, StoredMail.Why


@dataclass
class MailLookAhead:
    """Results of `look_ahead`."""

    machine: str = ""
    target: replies.Target | None = None
    reading: MailReading | None = None  # of a mail that is no reply to a letter of a report
    pictures: list[Picture] = field(default_factory=list)


def look_ahead(mail: StoredMail, read: ReadMail) -> MailLookAhead:
    """Decode pictures and understand the words, before the transaction."""
    lookahead = MailLookAhead(automatic.kind_of(read, null_sender=mail.null_sender), replies.find_target(mail, read))
    if lookahead.machine:
        return lookahead
    bodies, words = read.pictures, all_words(read.subject, read.words)
    if earlier := question_answered_by(lookahead.target):
        bodies, words = [*pictures_of(earlier), *bodies], f"{read.words}\n\n{all_words(earlier.subject, earlier.words)}"
    lookahead.pictures = open_pictures(bodies)
    if lookahead.target is None or earlier or lookahead.target.kind == replies.SUBJECT:
        lookahead.reading = understanding.read_words(words)
    return lookahead


def open_pictures(bodies: list[bytes]) -> list[Picture]:
    opened = (media.read_picture(body) for body in bodies[: settings.PHOTOS_MAX])
    return [picture for picture in opened if picture]


def pictures_of(earlier):
    try:
        return parsing.read_mail(bytes(earlier.raw)).pictures if earlier.raw else []
    except parsing.Unreadable:
        return []


def question_answered_by(target):
    if target is None or target.kind != reply_addresses.MAIL:
        return None
    return StoredMail.objects.filter(pk=target.pk, state=S.ASKED).first()


def settle_mail(mail: StoredMail, read: ReadMail, lookahead: MailLookAhead) -> None:
    """Act on a mail in the caller's transaction and set its row, which the caller saves."""
    store_content(mail, read, lookahead.reading)
    if lookahead.machine:
        drop_mail(mail, read, lookahead)
        return
    sending.revive_address(Medium.EMAIL, mail.sender)
    mail.sender_is_proven = is_proven(mail, read, lookahead.target)
    with translation.override(mail.language):
        if not mail.sender:
            leave_to_person(mail, W.NO_SENDER)
        elif mails_lately(mail).count() >= MOST_MAILS:
            leave_to_person(mail, W.MANY)
        elif lookahead.target:
            settle_reply(mail, read, lookahead)
        elif automatic.is_circular(read):
            leave_to_person(mail, W.CIRCULAR)
        elif is_repeated(mail):
            mail.state, mail.why = S.DROPPED, W.AGAIN
        else:
            make_report(mail, read, lookahead)


def is_proven(mail: StoredMail, read: ReadMail, target: replies.Target | None) -> bool:
    """Whether the mail is from the mailbox it names: authenticated, or a reply to a letter sent there."""
    if automatic.is_authentic(read, settings.MAIL_AUTHSERV_ID):
        return True
    if target is None or not target.is_signed:
        return False
    if target.kind == reply_addresses.MAIL:
        question_mail = StoredMail.objects.filter(pk=target.pk).first()
        address = question_mail.sender if question_mail else ""
    else:
        report = replies.report_of(target)
        address = report.email if report else ""
    return bool(address) and fold_mailbox(address) == fold_mailbox(mail.sender)


def store_content(mail, read, reading):
    here = now()
    mail.name, mail.message_id, mail.subject = read.name[:100], read.message_id, read.subject
    mail.words, mail.words_digest = read.words[:20_000], read.digest
    mail.left_out = min(len(read.left_out), 1000)
    mail.language = understanding.language_of(all_words(read.subject, read.words), reading)
    mail.at = read.at if read.at and abs(read.at - here) < MAX_CLOCK_ERROR else mail.came_at


def all_words(subject: str, words: str) -> str:
    subject = subject.strip()
    while subject.lower().startswith(REPLY_PREFIXES):
        subject = subject.partition(":")[2].strip()
    if subject.lower() in WORDLESS_SUBJECTS or subject.lower() in words.lower():
        subject = ""
    return "\n".join(filter(None, [subject, words]))


def mails_lately(mail):
    return StoredMail.objects.filter(sender=mail.sender, came_at__gt=mail.came_at - LATELY, pk__lt=mail.pk)


def is_repeated(mail):
    before = StoredMail.objects.filter(sender=mail.sender, came_at__gt=mail.came_at - REPEATED, pk__lt=mail.pk)
    return before.filter(words_digest=mail.words_digest).exclude(state__in=[S.WAITING, S.DROPPED]).exists()


# ---- automatic mail ----


def drop_mail(mail, read, lookahead):
    mail.state, mail.why = S.DROPPED, lookahead.machine
    notice = replies.notice_of(mail, read)
    if lookahead.machine == "bounce" and notice:
        bounce = automatic.bounce_of(read)
        if bounce.lasting:
            sending.record_bounce(notice, bounce.status)
    elif lookahead.machine == "complaint" and notice:
        replies.stop_letters(notice.address)
    elif lookahead.machine == "automatic" and (report := replies.report_of(lookahead.target)):
        replies.note_automatic_reply(report, read.words)
        mail.report = report


# ---- replies ----


def settle_reply(mail, read, lookahead):
    target = lookahead.target
    mail.about = StoredMail.objects.filter(pk=target.pk).first() if target.kind == reply_addresses.MAIL else None
    if mail.about and mail.about.state == S.ASKED:
        make_report(mail, read, lookahead, earlier=mail.about)
        return
    report = replies.report_of(target) or (mail.about and report_of_mail(mail.about))
    if report:
        mail.state, mail.report = S.REPLY, report
        why = replies.reply_to_report(mail, report, read, pictures=lookahead.pictures, by_token=target.is_signed)
        asks_for_state = lookahead.reading and lookahead.reading.asks_for_state
        if asks_for_state and (state := describe_state(mail, report.incident.reference)):
            answer_once(mail, "mail_state", state)
        elif why:
            answer_once(
                mail, "mail_refused", {"why": why, "link": settings.SITE_URL + reverse("follow", args=[report.token])}
            )
    elif replies.note_of_staff(mail, target, read):
        mail.state = S.REPLY
    else:
        mail.state, mail.why = S.FOR_PERSON, W.FOLLOWS if mail.about else W.STAFF


def report_of_mail(mail: StoredMail) -> Report | None:
    return mail.report or (mail.held.report if mail.held else None)


# ---- reports ----


def make_report(mail, read, lookahead, earlier=None):
    words = all_words(read.subject, read.words)
    if earlier:  # the subject is that of our question
        words = f"{all_words(earlier.subject, earlier.words)}\n\n{read.words}"
    reading = lookahead.reading = lookahead.reading or understanding.read_words(words)
    if mail.cut and not words:
        leave_to_person(mail, W.TOO_LARGE)
    elif reading.asks_for_state:
        answer_state(mail, reading.understood.reference)
    elif kind := reading.enquiry_kind:
        take_enquiry(mail, read, kind, words)
    elif reading.is_complete:
        take_in(mail, read, lookahead, words=words, earlier=earlier)
    elif reading.wants_person:
        leave_to_person(mail, W.ASKS_PERSON)
    elif earlier or was_answered_lately(mail):
        leave_to_person(mail, W.NOT_UNDERSTOOD, answered=bool(earlier))
    else:
        ask_writer(mail, words, reading)


def answer_state(mail: StoredMail, reference: str) -> None:
    """Answer with the state of that number; a person reads the mail where there is none or no letter may go."""
    mail.state = S.ANSWERED
    state = describe_state(mail, reference)
    if state is None:
        leave_to_person(mail, W.NOT_UNDERSTOOD)
    elif not answer_once(mail, "mail_state", state):
        leave_to_person(mail, W.MANY)


def ask_writer(mail: StoredMail, words: str, reading: MailReading) -> None:
    in_danger = danger.mentions_danger(words)
    mail.state, mail.why = (S.FOR_PERSON, W.DANGER) if in_danger else (S.ASKED, "")
    questions = [] if reading.place else [_("Where is it? Write the street with a number, or the ward.")]
    if not reading.category:
        groups = ", ".join(group.title for group in categories.category_groups(leaf_categories()))
        questions.append(_("What is it about? For example: %(groups)s.") % {"groups": groups})
    values = {
        "missing": "\n".join(filter(None, [spoken_here(reading.understood.language), *questions])),
        "danger": danger.danger_notice(words),
        "understood": reading.category.title if reading.category else "",
    }
    answer_once(mail, "mail_question", values)


def take_in(mail, read, lookahead, *, words, earlier):
    reading = lookahead.reading
    incoming = incoming_report(
        mail, reading.category, reading.place, words=words, pictures=lookahead.pictures, font=read.font
    )
    authentic = automatic.is_authentic(read, settings.MAIL_AUTHSERV_ID)
    try:
        outcome = reporting.receive(incoming, Sender(confirmed=frozenset([mail.sender] if authentic else [])))
    except reporting.ReportRefused as refused:
        settle_refusal(mail, refused, earlier, reading)
        return
    settle_taken(mail, outcome)
    if isinstance(outcome, Report):
        note_extra_words(outcome, words[reporting.TEXT_MAX - 2 :], THE_REST)
        note_extra_words(outcome, read.font, AS_IT_CAME)


def take_enquiry(mail, read, kind, words):
    authentic = automatic.is_authentic(read, settings.MAIL_AUTHSERV_ID)
    sender = Sender(confirmed=frozenset([mail.sender] if authentic else []))
    try:
        mail.enquiry = receiving.receive_enquiry(incoming_enquiry(mail, kind, words), sender)
    except reporting.ReportRefused as refused:
        settle_refusal(mail, refused, None, None)
        return
    settle_enquiry(mail)


def incoming_enquiry(mail: StoredMail, kind: str, words: str) -> IncomingEnquiry:
    return IncomingEnquiry(
        channel=Report.Channel.EMAIL,
        kind=kind,
        text=words if len(words) <= reporting.TEXT_MAX else words[: reporting.TEXT_MAX - 2] + "…",
        email=mail.sender,
        language=mail.language,
        sender_id=mail.message_id,
        sending=uuid.uuid5(NAMESPACE, f"{mail.digest} enquiry"),
    )


def settle_enquiry(mail: StoredMail) -> None:
    enquiry, mail.state = mail.enquiry, S.ENQUIRY
    if enquiry is None or answers_lately(mail, [S.ENQUIRY]).count() >= MOST_REFERENCES or not take_answer(mail):
        return
    to = notify.Recipient(Medium.EMAIL, mail.sender, mail.language)
    key = "mail_held" if enquiry.state == Enquiry.State.HELD else "mail_enquiry"
    values = enquiry_values(enquiry, to) | {"danger": ""}
    mail.answer = next(iter(notify.create_notices(key, f"mail:{mail.pk}", [to], values, urgent=True)), None)


def incoming_report(
    mail: StoredMail, category: Category, place: FoundPlace, *, words: str, pictures: list[Picture], font: str = ""
) -> IncomingReport:
    """IncomingReport of a mail. Text converted from an old font is for the desk only."""
    text = words if len(words) <= reporting.TEXT_MAX else words[: reporting.TEXT_MAX - 2] + "…"
    return IncomingReport(
        channel=Report.Channel.EMAIL,
        category=category,
        place=place.point,
        accuracy_m=place.accuracy_m,
        ward_named=place.ward_named,
        address=place.named or None,
        text=text,
        email=mail.sender,
        language=mail.language,
        pictures=pictures,
        sending=uuid.uuid5(NAMESPACE, mail.digest),
        public_text="" if font else None,
    )


def settle_taken(mail: StoredMail, outcome: Report | HeldReport) -> None:
    if isinstance(outcome, HeldReport):
        mail.state, mail.held = S.HELD, outcome
        notice = danger.danger_notice(all_words(mail.subject, mail.words))
        link = settings.SITE_URL + reverse("follow", args=[outcome.token])
        answer_once(mail, "mail_held", {"danger": notice, "link": link})
        return
    mail.state, mail.report = S.REPORT, outcome
    event = Event.objects.filter(incident=outcome.incident_id, kind=Event.Kind.ASSIGNED).order_by("pk").first()
    if event is None or answers_lately(mail, [S.REPORT]).count() >= MOST_REFERENCES or not take_answer(mail):
        return
    to = notify.Recipient(Medium.EMAIL, mail.sender, mail.language, report=outcome)
    values = event_values.reporter_values(outcome, event)(to) | {
        "confirm": confirming.link_in_letter(outcome, Medium.EMAIL),
        "left_out": str(mail.left_out) if mail.left_out else "",
        "danger": danger.danger_notice(all_words(mail.subject, mail.words)),
    }
    # The same cause as the event's own notice, so that nobody is notified twice.
    mail.answer = next(
        iter(notify.create_notices("mail_received", f"event:{event.pk}", [to], values, event=event)), None
    )


def settle_refusal(mail, refused, earlier, reading):
    if refused.field == "block":
        mail.state, mail.why = S.DROPPED, W.BLOCKED
        answer_once(mail, "mail_refused", {"why": str(refused), "link": settings.SITE_URL + reverse("report")})
    elif refused.field == "place" and not earlier and not was_answered_lately(mail):
        ask_writer(mail, mail.words, replace(reading, place=None))
    else:
        leave_to_person(mail, W.REFUSED)


def note_extra_words(report, words, why):
    if words := words.strip()[:NOTE_CHARS]:
        incident = report.incident
        reason = rules.in_both_languages(why)
        receipt = reporter_receipt(report)
        timeline.record(incident, Event.Kind.NOTE, note=words, public=False, reasons=(reason,), receipt=receipt)


def leave_to_person(mail: StoredMail, why: str, *, answered: bool = True) -> None:
    mail.state, mail.why = S.FOR_PERSON, why
    if answered and why not in (W.NO_SENDER, W.MANY, W.CIRCULAR):
        notice = danger.danger_notice(all_words(mail.subject, mail.words))
        answer_once(mail, "mail_person", {"danger": notice, "link": settings.SITE_URL + reverse("report")})


# ---- answering ----


def answers_lately(mail, states):
    return mails_lately(mail).filter(state__in=states).exclude(answer=None)


def was_answered_lately(mail):
    others = [S.ASKED, S.ANSWERED, S.FOR_PERSON, S.DROPPED, S.REPLY, S.HELD]
    return answers_lately(mail, others).count() >= MOST_OTHERS


def take_answer(mail: StoredMail) -> bool:
    """Whether the limits allow one more letter to this sender's mailbox, however the address is spelled.

    Senders can be forged: an unconfirmed mailbox gets one letter an hour, and all of them share one limit.
    """
    mailbox = fold_mailbox(mail.sender)
    if mail.sender_is_proven:
        return not rate_limits.take(rate_limits.Ask("mail-answer:confirmed", mailbox))
    if rate_limits.take(rate_limits.Ask("mail-answer:unconfirmed", mailbox)):
        return False
    return not rate_limits.take(rate_limits.Ask("mail-answer:all", "unconfirmed"))


def answer_once(mail: StoredMail, key: str, values: dict[str, str]) -> bool:
    """Answer a mail once, and a sender at most once an hour. Returns whether it was answered."""
    if was_answered_lately(mail) or not take_answer(mail):
        return False
    to = notify.Recipient(Medium.EMAIL, mail.sender, mail.language)
    mail.answer = next(iter(notify.create_notices(key, f"mail:{mail.pk}", [to], values, urgent=True)), None)
    return True
