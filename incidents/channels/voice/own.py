"""Own webhook contract for callbots: JSON signed with a time, and an id for each event (docs/voice.md)."""

import hashlib
import hmac
import json
import re
import time
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.crypto import constant_time_compare
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from geoapp.http.text_validation import InvalidJson, read_json
from gis_data.words import tidy
from incidents.channels.chat_input import is_timely, nested_value
from incidents.channels.voice.events import (
    LANGUAGES,
    MAX_KEYS,
    MAX_SAID,
    CallEvent,
    Forged,
    Ring,
    Slot,
    ToldRecording,
    Unreadable,
    VoiceAnswer,
)
from incidents.channels.voice.systems import HookCall

MAX_SKEW_S = 600  # a signature that is older, or younger, is none
PREFIX = "v1="
EVENTS = {
    "call.started": "started",
    "call.input": "input",
    "call.ended": "ended",
    "call.transcribed": "transcribed",
    "call.recording_ready": "recorded",
}
END_REASONS = ("completed", "caller_hangup", "no_input", "transferred", "error")
SLOTS = ("category_hint", "address_text", "ward_text", "description", "reporter_name", "callback_phone", "wants_sms",
         "urgent")  # fmt: skip
ID = re.compile(r"[\x21-\x7e]{1,100}")
KEYS = re.compile(rf"[0-9*#]{{0,{MAX_KEYS}}}")
EXTENSION = re.compile(r"[\x21-\x7e]{0,40}")
DIGEST = re.compile(r"[0-9a-fA-F]{64}")
MAX_QUEUE = 100  # characters of its name
MAX_PARTS = 500  # of a transcript


def check_signature(call: HookCall, secret: str) -> None:
    """Raise Forged unless signed: hexadecimal HMAC-SHA256 of the time, a dot and the body."""
    sent_at, signature = call.headers.get("X-Timestamp", ""), call.headers.get("X-Signature", "")
    if not (sent_at.isascii() and sent_at.isdigit() and len(sent_at) <= 12):
        raise Forged(_("X-Timestamp must be the time in seconds."))
    mac = hmac.new(secret.encode(), f"{sent_at}.".encode() + call.body, hashlib.sha256).hexdigest()
    if not constant_time_compare(signature.strip().lower().removeprefix(PREFIX), mac):
        raise Forged(_("X-Signature does not match the content."))
    if abs(time.time() - int(sent_at)) > MAX_SKEW_S:
        raise Forged(_("It was signed more than ten minutes ago, or a clock is wrong."))


def parse_call(call: HookCall, source: str) -> CallEvent:
    """Event of a JSON body. Raises Unreadable with all faults."""
    try:
        fields = read_json(call.body)
    except InvalidJson as fault:
        raise Unreadable({"body": str(fault)}) from None
    if not isinstance(fields, dict):
        raise Unreadable({"body": _("It is not a JSON object.")})
    return EventReader(fields, source, call.headers.get("Idempotency-Key", "")).read()


class EventReader:
    """Reads the fields of an event and collects faults."""

    def __init__(self, fields: dict[str, Any], source: str, key: str) -> None:
        self.fields, self.source, self.key = fields, source, key
        self.faults: dict[str, str] = {}

    def read(self) -> CallEvent:
        event_id, call_id = self.text("event_id", ID), self.text("call_id", ID)
        kind = EVENTS.get(str(self.fields.get("event")), "")
        if not kind:
            self.faults["event"] = _("It must be one of: %(names)s.") % {"names": ", ".join(EVENTS)}
        if self.key and self.key != event_id:
            self.faults["Idempotency-Key"] = _("It must be the event_id.")
        if self.fields.get("source", self.source) != self.source:
            self.faults["source"] = _("It must be the same as in the address.")
        keys = self.text("dtmf", KEYS, missing="")
        spoken, confidence = self.transcript()
        event = CallEvent(
            kind=kind,
            event_id=event_id,
            call_id=call_id,
            at=self.moment("occurred_at"),
            phone=self.caller(),
            language=self.language(),
            keys=keys,
            words=spoken,
            confidence=confidence,
            slots=self.slots(),
            place=self.place(),
            recording=self.recording() if kind == "recorded" else None,
            ring=self.ring() if kind in ("started", "input") else None,
            end_reason=self.end_reason() if kind == "ended" else "",
        )
        if self.faults:
            raise Unreadable(self.faults)
        return event

    def text(self, name: str, pattern: re.Pattern[str], missing: str | None = None) -> str:
        value = self.fields.get(name, missing)
        if isinstance(value, str) and pattern.fullmatch(value):
            return value
        self.faults[name] = _("It is missing or not valid.")
        return ""

    def moment(self, name: str) -> datetime:
        value = self.fields.get(name)
        try:
            moment = parse_datetime(value) if isinstance(value, str) and len(value) < 40 else None
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None or not 2000 < moment.year < 2200:
            self.faults[name] = _("It must be a time with an offset, like 2026-11-28T23:15:00+07:00.")
            return datetime.min
        if not is_timely(moment):
            self.faults[name] = _("It is too long ago, or in the future.")
        return moment

    def caller(self):
        outbound = self.fields.get("direction", "inbound") == "outbound"
        value = self.fields.get("to" if outbound else "from", "")
        if not isinstance(value, str) or len(value) > 60:
            self.faults["from"] = _("It must be a phone number, or “anonymous”.")
            return ""
        return value

    def language(self):
        value = self.fields.get("language", "")
        short = value[:2].lower() if isinstance(value, str) else ""
        return short if short in LANGUAGES else ""

    def transcript(self):
        """(words of the caller, lowest confidence of their parts)."""
        parts = self.fields.get("transcript") or []
        if not isinstance(parts, list) or len(parts) > MAX_PARTS or not all(isinstance(part, dict) for part in parts):
            self.faults["transcript"] = _("It must be a list of {speaker, text, confidence}.")
            return "", None
        theirs = [part for part in parts if part.get("speaker", "caller") == "caller"]
        words = [part.get("text") for part in theirs]
        sure = [part.get("confidence") for part in theirs if part.get("confidence") is not None]
        if not all(isinstance(part, str) for part in words) or not all(map(is_share, sure)):
            self.faults["transcript"] = _("It must be a list of {speaker, text, confidence}.")
            return "", None
        return " ".join(words)[:MAX_SAID], min(sure, default=None)

    def slots(self):
        slots = self.fields.get("slots") or {}
        if not isinstance(slots, dict):
            self.faults["slots"] = _("It must be an object of slots.")
            return {}
        found_slots = {}
        for name in SLOTS:
            if slots.get(name) in (None, ""):
                continue
            value: Any = slots[name]
            more: dict[str, Any] = {}
            if isinstance(value, dict):
                more = value
                value = more.get("value")
            if isinstance(value, bool):
                value = "true" if value else "false"
            sure = more.get("confidence")
            if not isinstance(value, str) or not (sure is None or is_share(sure)):
                self.faults[f"slots.{name}"] = _("It must be a text, or {value, confidence, confirmed_by_caller}.")
            elif value.strip():
                found_slots[name] = Slot(value.strip()[:MAX_SAID], sure, more.get("confirmed_by_caller") is True)
        return found_slots

    def place(self) -> tuple[float, float] | None:
        location = self.fields.get("location")
        if not location:
            return None
        lon, lat = nested_value(location, "lon"), nested_value(location, "lat")
        if not (is_number(lon) and is_number(lat) and abs(lon) <= 180 and abs(lat) <= 90):
            self.faults["location"] = _("It must have lon and lat in degrees.")
            return None
        # A mobile network cell is kilometres wide: too vague for an incident.
        return (lon, lat) if nested_value(location, "method") != "cell" else None

    def recording(self):
        recording = self.fields.get("recording")
        url, digest = nested_value(recording, "url"), nested_value(recording, "sha256") or ""
        try:
            sound = isinstance(url, str) and len(url) <= 2000 and bool(urlsplit(url).hostname)
        except ValueError:
            sound = False
        if not sound or not isinstance(digest, str) or (digest and not DIGEST.fullmatch(digest)):
            self.faults["recording"] = _("It must have a url, and its sha256 in hexadecimal digits.")
            return None
        seconds = self.fields.get("duration_s")
        return ToldRecording(url, digest, seconds if is_whole(seconds) else None)

    def ring(self) -> Ring | None:
        """Ring of a `transfer` whose `to_agent` is true."""
        transfer = self.fields.get("transfer") or {}
        to_agent = nested_value(transfer, "to_agent") or False
        agent, queue = nested_value(transfer, "agent_id") or "", nested_value(transfer, "queue") or ""
        named = isinstance(agent, str) and EXTENSION.fullmatch(agent)
        if not (named and isinstance(to_agent, bool) and isinstance(queue, str) and len(queue) <= MAX_QUEUE):
            self.faults["transfer"] = _("It must be {to_agent, agent_id, queue}.")
            return None
        return Ring(agent, tidy(queue)) if to_agent else None

    def end_reason(self):
        value = self.fields.get("end_reason", "completed")
        if value not in END_REASONS:
            self.faults["end_reason"] = _("It must be one of: %(names)s.") % {"names": ", ".join(END_REASONS)}
            return ""
        return value


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_share(value: Any) -> bool:
    return is_number(value) and 0 <= value <= 1


def is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1_000_000


def write_answer(answer: VoiceAnswer, event: CallEvent, url: str) -> tuple[int, str, str]:
    """Status 202 with the document to speak."""
    document = {
        "received": True,
        "case_code": answer.reference or None,
        "turn": answer.turn,
        "say": list(answer.sentences),
        "language": LANGUAGES.get(answer.language, answer.language),
        "choices": [{"key": key, "title": title} for key, title in answer.choices],
        "max_keys": answer.keys,
        "record": answer.records,
        "transfer": answer.transfer or None,
        "end": answer.ends,
    }
    return 202, "application/json", json.dumps(document, ensure_ascii=False)
