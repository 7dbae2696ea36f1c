"""Interpret incoming SMS and apply them to the reports they answer.

People write without diacritics, in abbreviations, and with thanks around it. A reply that can be read as an answer is
one; all others are stored as notes for those who work on the incident.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import phonenumbers
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geoapp.db import locks
from gis_data import city
from gis_data.words import plain, tidy
from incidents import notify, timeline, workflow
from incidents.casework import verdicts
from incidents.models import Event, Incident, Medium, Notice, Report, StoredSms
from incidents.notify import opt_outs
from incidents.notify.transports import TRANSPORTS
from incidents.public_text import reporter_receipt
from incidents.reporting import danger
from incidents.routing import rules

K = Event.Kind
ANSWERABLE_KINDS = (K.ASKED, *verdicts.RESULTS)  # lines to which a reporter may answer
MAX_TEXT = 2000  # characters that are kept
RECENT_LINES = 20  # such lines of one phone that are looked at
REPLY_INTERVAL = timedelta(hours=1)  # between two automatic replies to one phone
BY_SMS = gettext_noop("By SMS.")

# ---- meaning ----

# Abbreviations of quick typing.
ABBREVIATIONS = {
    "khong": "ko k kg kh khg hok hong hem hk k0 hog khog",
    "chua": "chx cua chuah ch",
    "roi": "r rui roy ruj",
    "xong": "xog xg sog song xonq",
    "duoc": "dc dk duok duocj",
    "ok": "oke oki okie okey okay okla okela okk",
    "van": "v",
    "sao": "star stars diem",
}
ABBREVIATIONS = {short: word for word, shorts in ABBREVIATIONS.items() for short in shorts.split()}
# Said around an answer. "da" is dạ (yes, please) or đã (already), "on" is ơn or ổn: none changes what is meant.
FILLER_WORDS = frozenset(
    ("da", "a", "ah", "ak", "nha", "nhe", "em", "anh", "chi", "ad", "admin", "cam", "on", "camon", "cmon", "thank",
     "thanks", "thks", "tks", "you", "u")
)  # fmt: skip
DONE = (
    "xong", "xong roi", "xong het", "xong het roi", "roi", "xong viec", "xong nhanh", "lam roi", "lam xong",
    "lam xong roi", "hoan thanh", "hoan tat", "ok", "ok roi", "ok xong", "ok xong roi", "ok tot", "tot", "tot roi",
    "duoc", "duoc roi", "dung", "dung roi", "dung xong", "dung xong roi", "vang", "vang xong", "vang xong roi",
    "yes", "y", "co", "done", "yes done", "good", "fixed", "hai long", "rat hai long", "sach roi", "het roi",
)  # fmt: skip
NOT_DONE = (
    "chua", "chua xong", "chua roi", "chua lam", "chua duoc", "chua thay", "chua thay gi", "chua co gi", "chua ai lam",
    "chua het", "chua sach", "chua ok", "chua dat", "khong", "khong xong", "khong duoc", "khong ok", "khong dat",
    "khong dung", "khong hai long", "van con", "van vay", "van chua", "van chua xong", "van nhu cu", "nhu cu", "no",
    "n", "not done", "not yet", "sai", "chua xong dau", "dau co xong",
)  # fmt: skip
# Beginnings of a dispute, whatever follows; “chua” alone may as well begin a question.
BEGINS_NOT_DONE = ("chua xong", "chua lam", "chua duoc", "chua het", "chua sach", "van con", "van chua", "khong xong")
STOP = ("stop", "dung gui", "dung gui nua", "dung nhan", "dung nhan tin", "dung nhan nua", "ngung", "ngung gui", "huy",
        "huy nhan tin", "tu choi", "tc", "khong nhan", "khong nhan tin", "khong nhan nua", "unsubscribe")  # fmt: skip
START = ("start", "nhan lai", "nhan tin lai", "dang ky")
MEANINGS = {"DONE": DONE, "NOT_DONE": NOT_DONE, "STOP": STOP, "START": START}
MEANING_OF_PHRASE = {phrase: name for name, phrases in MEANINGS.items() for phrase in phrases}
NUMBERS = {"mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5}
ONLY_NUMBER = re.compile(r"(?:danh gia |cho |rate )?([1-5])(?:/5)?")
# Stars are at the beginning or after another answer (else they may be a hotel's); the reason follows.
STARS = re.compile(
    r"(?:(?P<before>.+?) )??(?:danh gia |cho |rate |tang |vote )?"
    rf"(?P<n>[1-5]|{'|'.join(NUMBERS)}) ?sao(?: (?P<after>.+))?"
)
# “dung” is đúng (right), or dừng, đừng (stop): where the marks are written they decide.
STOP_MARKED = re.compile(r"(dừng|đừng)( (gửi|nhắn|nhận|nữa|làm phiền).*)?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class SmsReply:
    """Meaning of an SMS: stars (0: none), a meaning (DONE, NOT_DONE, STOP, START or ""), and its words."""

    stars: int = 0
    meaning: str = ""
    words: str = ""


def parse_reply(text: str) -> SmsReply:
    words = tidy(text)[:MAX_TEXT]
    drawn = sum(words.count(star) for star in "⭐★*")
    if 1 <= drawn <= 5 and not plain(words):
        return SmsReply(stars=drawn, words=words)
    normalized = normalize_words(words)
    if match := ONLY_NUMBER.fullmatch(normalized):
        return SmsReply(stars=int(match[1]), words=words)
    if (match := STARS.fullmatch(normalized)) and (not match["before"] or match["before"] in MEANING_OF_PHRASE):
        meaning = MEANING_OF_PHRASE.get(match["before"]) or find_meaning(match["after"] or "")
        return SmsReply(NUMBERS.get(match["n"]) or int(match["n"]), meaning, words)
    if STOP_MARKED.fullmatch(words.rstrip(" .!")):
        return SmsReply(meaning="STOP", words=words)
    return SmsReply(meaning=find_meaning(normalized), words=words)


def normalize_words(words):
    """The text without marks, signs, politeness and letters repeated three times or more, abbreviations expanded."""
    normalized = re.sub(r"([a-z])\1{2,}", r"\1", plain(re.sub(r"([1-5])\s*[*★⭐]", r"\1 sao ", words)))
    return " ".join(ABBREVIATIONS.get(word, word) for word in normalized.split() if word not in FILLER_WORDS)


def find_meaning(normalized):
    if normalized in MEANING_OF_PHRASE:
        return MEANING_OF_PHRASE[normalized]
    return "NOT_DONE" if normalized.startswith(tuple(f"{begin} " for begin in BEGINS_NOT_DONE)) else ""


# ---- finding the report and applying the answer ----


@transaction.atomic
def process_inbound(inbound_id: int) -> None:
    """Process a stored SMS once, then delete phone and text from StoredSms."""
    sms = StoredSms.objects.select_for_update().filter(pk=inbound_id).exclude(phone="").first()
    if sms:
        process_sms(sms.phone, sms.text, sms.at, f"{sms.provider}:{sms.message_id}")
        StoredSms.objects.filter(pk=sms.pk).update(phone="", text="")


@transaction.atomic
def process_sms(phone: str, text: str, at: datetime | str, message_id: str) -> None:
    """Apply an SMS: an answer, a verdict or stars; other text becomes a note with an automatic reply.

    `phone`: as the gateway writes it. `at`: when it came (datetime or ISO 8601). `message_id`: makes it idempotent. Of
    a phone without reports only the fact of the automatic reply is stored.
    """
    phone, reply = normalize_phone(phone), parse_reply(text)
    if not phone or not reply.words:
        return
    locks.hold(locks.Lock.REPLIES, phone)  # two at once from one phone go one after the other
    if reply.meaning == "STOP":
        opt_outs.opt_out(Medium.SMS, phone)
        return
    if reply.meaning == "START":
        opt_outs.opt_in(Medium.SMS, phone)
        return
    mark = {"sms": hashlib.sha256(message_id.encode()).hexdigest()[:24]}
    reports = Report.objects.filter(phone=phone, erased_at=None)
    if Event.objects.filter(incident__reports__in=reports, reasons__contains=[mark]).exists():
        return
    came = datetime.fromisoformat(at) if isinstance(at, str) else at
    report, event = find_awaited_answer(reports, came)
    more: dict[str, Any] = {"reasons": (rules.in_both_languages(BY_SMS) | mark,)}
    if report and event:
        more["at"] = max(min(came, now()), event.at)  # a gateway's clock is not ours
        with translation.override(report.language):
            why = apply_answer(report, event, reply, more)
    elif report := reports.order_by("-pk").first():
        why = record_note(
            report, reply, more, gettext_noop("Nothing is waiting for your answer; your message was passed on.")
        )
    else:
        send_automatic_reply(phone, reply.words, f"stranger:{now():%Y-%m}", "stranger", settings.LANGUAGE_CODE)
        return
    if why or danger.mentions_danger(reply.words):
        send_automatic_reply(phone, reply.words, message_id, "reply", report.language, why=why, report=report)


def find_awaited_answer(reports: QuerySet[Report], at: datetime) -> tuple[Report | None, Event | None]:
    """The report that awaits an answer from this sender and the event that asked last; (None, None) for none."""
    events = Event.objects.filter(incident__reports__in=reports, kind__in=ANSWERABLE_KINDS).select_related("incident")
    for event in events.order_by("-pk").distinct()[:RECENT_LINES]:
        if event.kind == K.ASKED:
            waits = event.incident.state == Incident.State.WAITING
        else:
            waits = verdicts.current_result(event.incident) == event and at <= verdicts.disputable_until(event)
        if waits:
            return reports.filter(incident=event.incident).order_by("-pk").first(), event
    return None, None


def apply_answer(report: Report, event: Event, reply: SmsReply, more: dict) -> str:
    """Apply an answer to this event. Returns why it was refused, "" if it was not."""
    if event.kind == K.ASKED:
        workflow.move(report.incident, "answer", note=reply.words, receipt=reporter_receipt(report), **more)
        return ""
    if not reply.stars and not reply.meaning:
        return record_note(
            report, reply, more, gettext_noop("We could not read that as an answer; your message was passed on.")
        )
    try:
        if reply.stars:
            plainly = ONLY_NUMBER.fullmatch(normalize_words(reply.words)) or len(reply.words) < 12
            verdicts.rate_result(report, reply.stars, "" if plainly else reply.words, **more)
        if reply.meaning == "NOT_DONE":
            verdicts.dispute_result(report, reply.words, **more)
        elif reply.meaning == "DONE" and event.kind == K.RESOLVED:
            verdicts.confirm_result(report, **more)
        elif reply.meaning == "DONE" and not reply.stars:
            record_note(report, reply, more, "")
    except workflow.NotAllowed as refused:
        return record_note(report, reply, more, str(refused))
    return ""


def record_note(report: Report, reply: SmsReply, more: dict, why: str) -> str:
    """Store the words as an internal note. Returns `why`."""
    incident = Incident.objects.lock(report.incident_id)
    timeline.record(incident, K.NOTE, note=reply.words, public=False, receipt=reporter_receipt(report), **more)
    return why


def send_automatic_reply(phone, words, cause, key, language, *, why="", report=None):
    """Send an automatic reply: at most one an hour to a phone, and one more with emergency numbers."""
    urgent = danger.mentions_danger(words)
    begins = "reply:danger:" if urgent else "reply:"
    recent = Notice.objects.filter(medium=Medium.SMS, address=phone, cause__startswith=begins)
    if recent.filter(made_at__gt=now() - REPLY_INTERVAL).exists():
        return
    with translation.override(language):
        link = reverse("follow", args=[report.token]) if report else reverse("report")
        values = {"danger": danger.danger_notice(words), "why": _(why) if why else "", "link": settings.SITE_URL + link}
    to = notify.Recipient(Medium.SMS, phone, language, report=report)
    if TRANSPORTS[Medium.SMS].is_configured():
        notify.create_notices(key, f"{begins}{cause}"[:120], [to], values)


def normalize_phone(phone: str) -> str:
    """Phone in E.164, also of 84901234567 as gateways write it; "" for none."""
    country = city.current().holidays or None
    for written in (phone, f"+{phone}"):
        try:
            parsed = phonenumbers.parse(written, country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed):
            return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return ""
