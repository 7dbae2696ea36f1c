"""jambonz webhooks: parse JSON events, optionally signed, and answer with an array of verbs.

From its documentation and source: Jambonz-Signature `t=…,v1=…` (HMAC-SHA256 of time, dot and body), the verbs say,
gather, dial and hangup, call statuses, fields of a gather's hook. From memory: a recording's `recording_url`; jambonz
stores none, so a recorder may report it by the own contract instead.
"""

import hashlib
import hmac
import json
import time
from typing import Any

from django.conf import settings
from django.utils.crypto import constant_time_compare
from django.utils.timezone import now
from django.utils.translation import gettext as _

from geoapp.http.text_validation import InvalidJson, read_json
from incidents.channels.chat_input import nested_value
from incidents.channels.voice.events import (
    LANGUAGES,
    MAX_KEYS,
    MAX_SAID,
    CallEvent,
    Forged,
    ToldRecording,
    Unreadable,
    VoiceAnswer,
)
from incidents.channels.voice.systems import HookCall

MAX_SKEW_S = 300
WAIT_S = 6
ENDED = {"completed": "caller_hangup", "failed": "error", "busy": "error", "no-answer": "no_input"}
TOLD = ("trying", "ringing", "early-media", "in-progress")  # statuses of a call that goes on


def check_signature(call: HookCall, secret: str) -> None:
    """Raise Forged. The header may hold signatures of several secrets; one match is enough."""
    parts = [part.strip().partition("=") for part in call.headers.get("Jambonz-Signature", "")[:2000].split(",")]
    sent_at = next((value for name, _sign, value in parts if name == "t"), "")
    if not (sent_at.isascii() and sent_at.isdigit() and len(sent_at) <= 12):
        raise Forged(_("Jambonz-Signature is missing or not valid."))
    mac = hmac.new(secret.encode(), f"{sent_at}.".encode() + call.body, hashlib.sha256).hexdigest()
    if not any(constant_time_compare(value, mac) for name, _sign, value in parts if name == "v1"):
        raise Forged(_("Jambonz-Signature does not match the content."))
    if abs(time.time() - int(sent_at)) > MAX_SKEW_S:
        raise Forged(_("It was signed more than five minutes ago, or a clock is wrong."))


def parse_call(call: HookCall, source: str) -> CallEvent:
    """Event of a new call, a gather (?turn=) or a call status. Raises Unreadable."""
    try:
        fields = read_json(call.body)
    except InvalidJson as fault:
        raise Unreadable({"body": str(fault)}) from None
    call_id = nested_value(fields, "call_sid")
    if not isinstance(call_id, str) or not 0 < len(call_id) <= 60 or not call_id.isascii():
        raise Unreadable({"call_sid": _("It is missing or not valid.")})
    common: dict[str, Any] = {"call_id": call_id, "at": now(), "phone": caller_of(fields)}
    if call.query.get("status"):
        return read_status(fields, common)
    turn = call.query.get("turn", "")
    if not turn:
        return CallEvent("started", event_id=f"{call_id}:start", **common)
    if not (turn.isascii() and turn.isdigit() and len(turn) <= 4):
        raise Unreadable({"turn": _("It must be a number.")})
    keys, best = nested_value(fields, "digits"), best_alternative(nested_value(fields, "speech", "alternatives"))
    return CallEvent(
        "input",
        event_id=f"{call_id}:{turn}",
        turn=int(turn),
        keys="".join(key for key in str(keys or "") if key in "0123456789*#")[:MAX_KEYS],
        words=best[0],
        confidence=best[1],
        **common,
    )


def caller_of(fields):
    outbound = fields.get("direction") == "outbound"
    value = fields.get("to" if outbound else "from")
    return value[:60] if isinstance(value, str) else ""


def best_alternative(alternatives):
    candidates = (
        [alternative for alternative in alternatives if isinstance(alternative, dict)]
        if isinstance(alternatives, list)
        else []
    )
    candidates = [(alternative.get("transcript"), alternative.get("confidence")) for alternative in candidates[:20]]
    read = [
        (words[:MAX_SAID], sure if isinstance(sure, int | float) and 0 <= sure <= 1 else None)
        for words, sure in candidates
        if isinstance(words, str)
    ]
    return max(read, key=lambda alternative: -1 if alternative[1] is None else alternative[1], default=("", None))


def read_status(fields, common):
    status, call_id = fields.get("call_status"), common["call_id"]
    if status in TOLD:
        return CallEvent("recorded", event_id=f"{call_id}:{status}", **common)
    if status not in ENDED:
        raise Unreadable({"call_status": _("It is missing or not valid.")})
    url, seconds = fields.get("recording_url"), fields.get("duration")
    recording = None
    if isinstance(url, str) and url.startswith(("http://", "https://")) and len(url) <= 2000:
        whole = isinstance(seconds, int) and not isinstance(seconds, bool) and 0 <= seconds < 1_000_000
        recording = ToldRecording(url, seconds=seconds if whole else None)
    return CallEvent("ended", event_id=f"{call_id}:end", end_reason=ENDED[status], recording=recording, **common)


def write_answer(answer: VoiceAnswer, event: CallEvent, url: str) -> tuple[int, str, str]:
    verbs = verbs_of(answer, url) if event.kind in ("started", "input") else []
    return 200, "application/json", json.dumps(verbs, ensure_ascii=False)


def verbs_of(answer, url):
    language = LANGUAGES.get(answer.language, answer.language)
    synthesizer = {"language": language}
    if voice := settings.VOICE_VOICES.get(answer.language):
        synthesizer["voice"] = voice
    say = {"text": answer.text, "synthesizer": synthesizer}
    if answer.transfer:
        dial = {"verb": "dial", "target": [{"type": "phone", "number": answer.transfer}]}
        return [{"verb": "say", **say}, dial]
    if answer.ends:
        return [{"verb": "say", **say}, {"verb": "hangup"}]
    gather: dict[str, Any] = {
        "verb": "gather",
        "actionHook": f"{url}?turn={answer.turn}",
        "input": ["digits", "speech"],
        "bargein": True,
        "dtmfBargein": True,
        "timeout": WAIT_S,
        "recognizer": {"language": language},
        "say": say,
    }
    return [gather | ({"numDigits": 1} if answer.keys == 1 else {"finishOnKey": "#", "maxDigits": answer.keys})]
