"""Twilio voice webhooks: parse signed forms and answer with TwiML.

From Twilio's documentation: attributes of Gather, Say, Start/Recording, Dial; form fields; X-Twilio-Signature. From
memory, hence settings: voices that speak Vietnamese (VOICE_VOICES), hosts of recordings.
"""

import base64
import hashlib
import hmac
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

from django.conf import settings
from django.utils.crypto import constant_time_compare
from django.utils.timezone import now
from django.utils.translation import gettext as _

from geoapp.http.text_validation import is_text
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

MAX_FIELDS = 200
WAIT_S = 6  # for the first key or word
ENDED = ("completed", "busy", "failed", "no-answer", "canceled")
END_REASONS = {"completed": "caller_hangup", "no-answer": "no_input"}


def read_form(call):
    """Form fields, each once. Raises Unreadable."""
    try:
        fields = parse_qsl(call.body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError:
        raise Unreadable({"body": _("It is not a form.")}) from None
    if not all(is_text(value) for _name, value in fields):
        raise Unreadable({"body": _("It contains an invalid character.")})
    return fields


def check_signature(call: HookCall, secret: str) -> None:
    """Raise Forged unless signed: Base64 HMAC-SHA1 of address and sorted fields with the account's token."""
    try:
        fields = sorted(set(read_form(call)))
    except Unreadable as fault:
        raise Forged(str(fault)) from None
    signed_text = call.url + "".join(f"{name}{value}" for name, value in fields)
    mac = base64.b64encode(hmac.new(secret.encode(), signed_text.encode(), hashlib.sha1).digest()).decode()
    if not constant_time_compare(call.headers.get("X-Twilio-Signature", ""), mac):
        raise Forged(_("X-Twilio-Signature does not match the content."))


def parse_call(call: HookCall, source: str) -> CallEvent:
    """Event of a new call, a Gather (?turn=), a call's end or a recording. Raises Unreadable."""
    form = dict(read_form(call))
    call_id = form.get("CallSid", "")
    if not call_id or len(call_id) > 60 or not call_id.isascii():
        raise Unreadable({"CallSid": _("It is missing or not valid.")})
    common = {"call_id": call_id, "at": now(), "phone": caller_of(form)}
    if "RecordingSid" in form:
        return read_recording(form, common)
    if form.get("CallStatus") in ENDED:
        reason = END_REASONS.get(form["CallStatus"], "error")
        return CallEvent("ended", event_id=f"{call_id}:end", end_reason=reason, **common)
    turn = call.query.get("turn", "")
    if not turn:
        return CallEvent("started", event_id=f"{call_id}:start", **common)
    if not (turn.isascii() and turn.isdigit() and len(turn) <= 4):
        raise Unreadable({"turn": _("It must be a number.")})
    keys = "".join(key for key in form.get("Digits", "") if key in "0123456789*#")[:MAX_KEYS]
    return CallEvent(
        "input",
        event_id=f"{call_id}:{turn}",
        turn=int(turn),
        keys=keys,
        words=form.get("SpeechResult", "")[:MAX_SAID],
        confidence=read_confidence(form),
        **common,
    )


def caller_of(form):
    """Caller's number; of outgoing calls the number called."""
    outbound = form.get("Direction", "inbound").startswith("outbound")
    return form.get("To" if outbound else "From", "")[:60]


def read_confidence(form):
    try:
        value = float(form.get("Confidence", ""))
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None


def read_recording(form, common):
    if form.get("RecordingStatus", "completed") != "completed":
        return CallEvent("recorded", event_id=f"{common['call_id']}:{form.get('RecordingStatus')}"[:100], **common)
    seconds, url = form.get("RecordingDuration", ""), form.get("RecordingUrl", "")
    if not url.startswith(("http://", "https://")) or len(url) > 2000:
        raise Unreadable({"RecordingUrl": _("It is missing or not valid.")})
    recording = ToldRecording(
        url, seconds=int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 7 else None
    )
    return CallEvent(
        "recorded", event_id=f"{common['call_id']}:{form['RecordingSid']}"[:100], recording=recording, **common
    )


def write_answer(answer: VoiceAnswer, event: CallEvent, url: str) -> tuple[int, str, str]:
    response = ET.Element("Response")
    if event.kind in ("started", "input"):
        add_verbs(response, answer, url)
    return 200, "text/xml", ET.tostring(response, encoding="unicode", xml_declaration=True)


def add_verbs(response, answer, url):
    if answer.records and answer.turn == 2:  # at the second turn the caller has heard of it
        start = ET.SubElement(response, "Start")
        ET.SubElement(start, "Recording", recordingStatusCallback=url, channels="mono")
    if answer.ends or answer.transfer:
        say(response, answer)
        if answer.transfer:
            ET.SubElement(ET.SubElement(response, "Dial"), "Number").text = answer.transfer
        else:
            ET.SubElement(response, "Hangup")
        return
    gather = ET.SubElement(
        response,
        "Gather",
        input="dtmf speech",
        language=LANGUAGES.get(answer.language, answer.language),
        action=f"{url}?turn={answer.turn}",
        method="POST",
        timeout=str(WAIT_S),
        speechTimeout="auto",
        actionOnEmptyResult="true",
        finishOnKey="" if answer.keys == 1 else "#",
    )
    if answer.keys == 1:
        gather.set("numDigits", "1")
    say(gather, answer)


def say(parent, answer):
    for sentence in answer.sentences:
        verb = ET.SubElement(parent, "Say", language=LANGUAGES.get(answer.language, answer.language))
        verb.text = sentence
        if voice := settings.VOICE_VOICES.get(answer.language):
            verb.set("voice", voice)
