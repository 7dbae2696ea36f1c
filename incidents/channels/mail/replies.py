"""Match e-mail replies to our letters, and apply them to their incidents."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from gis_data.words import tidy
from incidents import access, timeline, workflow
from incidents.channels import sms_replies
from incidents.channels.chat.draft import WORDLESS, attach_pictures
from incidents.channels.mail.parsing import ReadMail
from incidents.channels.sms_replies import SmsReply
from incidents.models import Event, Incident, Medium, Notice, Report, StoredMail, User
from incidents.notify import confirming, opt_outs, reply_addresses, texts
from incidents.photos import Picture
from incidents.routing import rules

BY_MAIL = gettext_noop("By e-mail.")
AUTOMATICALLY = gettext_noop("By e-mail, automatic reply.")
SUBJECT = "s"  # a Target by the number in the subject alone, which anybody may know
MAX_WORDS = 4000
SIGNATURE_WORDS = 6  # words, at most, that stand under a short answer: thanks and a name
MUTED_WORDS = 300


@dataclass(frozen=True)
class Target:
    """What a mail replies to. `is_signed`: by a token that only the recipient knows."""

    kind: str
    pk: int
    is_signed: bool = True


def find_target(mail: StoredMail, read: ReadMail) -> Target | None:
    """Target by a reply address, a referenced letter, or a reference in the subject.

    The last counts only where the sender is the reporter.
    """
    for address in (*mail.recipients.split(), *read.to):
        if named := reply_addresses.read_address(address):
            return target_of_notice(named) if named.kind == reply_addresses.BOUNCE else Target(named.kind, named.pk)
    # A bounce contains the returned letter.
    for written in (*reversed(read.references), read.nested.get("message-id", "")):
        if named := reply_addresses.read_message_id(written):
            return target_of_notice(named)
    for reference in texts.mentioned_references(read.subject):
        reports = Report.objects.filter(incident__reference=reference, erased_at=None)
        report = reports.filter(email=mail.sender).order_by("-pk").first() if mail.sender else None
        if report:
            return Target(SUBJECT, report.pk, is_signed=False)
    return None


def target_of_notice(named):
    notice = Notice.objects.filter(pk=named.pk, medium=Medium.EMAIL).first()
    if notice is None:
        return None
    if notice.report_id:
        return Target(reply_addresses.REPORT, notice.report_id)
    answered = notice.answered_mails.order_by("pk").first()
    return Target(reply_addresses.MAIL, answered.pk) if answered else Target(reply_addresses.NOTICE, notice.pk)


def report_of(target: Target | None) -> Report | None:
    if target is None or target.kind not in (reply_addresses.REPORT, SUBJECT):
        return None
    return Report.objects.filter(pk=target.pk, erased_at=None).select_related("incident").first()


def notice_of(mail: StoredMail, read: ReadMail) -> Notice | None:
    named = [reply_addresses.read_address(address) for address in (*mail.recipients.split(), *read.to)]
    named += [reply_addresses.read_message_id(read.nested.get("message-id", ""))]
    kinds = (reply_addresses.BOUNCE, reply_addresses.NOTICE)
    keys = [notice.pk for notice in named if notice and notice.kind in kinds]
    return Notice.objects.filter(pk__in=keys, medium=Medium.EMAIL).exclude(address="").first()


def stop_letters(address: str) -> None:
    opt_outs.opt_out(Medium.EMAIL, address)


# ---- a reporter's reply ----


def reply_to_report(
    mail: StoredMail, report: Report, read: ReadMail, *, pictures: Sequence[Picture], by_token: bool
) -> str:
    """Apply a reporter's reply. Returns why it was refused, "" if it was not.

    Without a token, only a note is added: anybody may know the number.
    """
    words = tidy(read.words)[:MAX_WORDS]
    if not words and not pictures:
        return ""
    if by_token:
        confirm_sender(report, mail.sender)
    reply = meaning_of(words)
    if by_token and reply.meaning == "STOP":
        stop_letters(report.email or mail.sender)
        return ""
    if by_token and reply.meaning == "START":
        opt_outs.opt_in(Medium.EMAIL, report.email, mail.sender)
        return ""
    more: dict[str, Any] = {"reasons": (rules.in_both_languages(BY_MAIL),)}
    waiting, event = sms_replies.find_awaited_answer(Report.objects.filter(pk=report.pk), mail.at)
    why = ""
    if by_token and waiting and event:
        more["at"] = max(min(mail.at, now()), event.at)  # a sender's clock is not ours
        try:
            why = sms_replies.apply_answer(waiting, event, reply, more)
        except workflow.NotAllowed as refused:
            why = sms_replies.record_note(report, reply, {"reasons": more["reasons"]}, str(refused))
    else:
        sms_replies.record_note(report, reply, more, "")
    attach_pictures(report, list(pictures))
    return _(why) if why else ""


def meaning_of(words: str) -> SmsReply:
    reply = sms_replies.parse_reply(words)
    first, _break, rest = words.partition("\n")
    if not reply.stars and not reply.meaning and len(rest.split()) <= SIGNATURE_WORDS:
        short = sms_replies.parse_reply(first)
        if short.meaning not in ("STOP", "START"):
            reply = SmsReply(short.stars, short.meaning, reply.words)
    return SmsReply(reply.stars, reply.meaning, words or WORDLESS)


def confirm_sender(report, sender):
    """Confirm the address of a report by a reply from it with a token that was sent to it alone."""
    same = report.email.casefold() == sender.casefold()
    if same and sender and not confirming.is_confirmed(report, Medium.EMAIL):
        confirming.mark_confirmed(report, Medium.EMAIL)


def note_automatic_reply(report: Report, words: str) -> None:
    if words := tidy(words)[:MUTED_WORDS]:
        more = {"reasons": (rules.in_both_languages(AUTOMATICALLY),)}
        sms_replies.record_note(report, SmsReply(words=words), more, "")


# ---- staff ----


def note_of_staff(mail: StoredMail, target: Target, read: ReadMail) -> bool:
    if target.kind != reply_addresses.NOTICE:
        return False
    notice = Notice.objects.filter(pk=target.pk).select_related("event", "person").first()
    incident, person = incident_of(notice), notice and notice.person
    words = tidy(read.words)[:MAX_WORDS]
    if not (incident and person and words and is_sender(mail, person)):
        return False
    if not access.incidents_for(person, "work").filter(pk=incident.pk).exists():
        return False
    reason = rules.in_both_languages(BY_MAIL)
    locked = Incident.objects.lock(incident.pk)
    timeline.record(locked, Event.Kind.NOTE, by=person, note=words, public=False, reasons=(reason,))
    return True


def incident_of(notice):
    if notice is None:
        return None
    if notice.event:
        return notice.event.incident
    return Incident.objects.filter(reference__in=notice.mentioned).first() if len(notice.mentioned) == 1 else None


def is_sender(mail: StoredMail, person: User) -> bool:
    return person.is_active and person.email.casefold() == mail.sender.casefold()
