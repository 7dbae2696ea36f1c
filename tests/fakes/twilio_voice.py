"""Fake Twilio: it signs forms and follows documented TwiML verbs only."""

import base64
import hashlib
import hmac
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

from django.conf import settings

# What may stand in a document, by the pages of TwiML: each verb with the attributes that are used, and what may nest.
ATTRIBUTES = {
    "Gather": {"action", "actionOnEmptyResult", "finishOnKey", "hints", "input", "language", "method", "numDigits",
               "speechTimeout", "timeout", "speechModel"},
    "Say": {"language", "loop", "voice"},
    "Start": set(),
    "Recording": {"channels", "recordingStatusCallback", "track", "trim"},
    "Dial": {"action", "callerId", "timeout"},
    "Number": set(),
    "Hangup": set(),
}  # fmt: skip
INSIDE = {
    "Response": {"Gather", "Say", "Start", "Dial", "Hangup"},
    "Gather": {"Say"},
    "Start": {"Recording"},
    "Dial": {"Number"},
}


class TwilioCall:
    """A call to our number. `said`: the last spoken words; `recording_to`: callback of its recording."""

    def __init__(self, client, source, token, sid="CA0123456789abcdef0123456789abcdef", caller="+84901234567"):
        self.client, self.token, self.sid, self.caller = client, token, sid, caller
        self.hook = f"{settings.SITE_URL}/hooks/voice/{source}"
        self.said, self.gather, self.recording_to, self.dialled, self.over = "", None, "", "", False

    def form(self, **more):
        return {
            "AccountSid": "AC1",
            "ApiVersion": "2010-04-01",
            "CallSid": self.sid,
            "CallStatus": "in-progress",
            "Caller": self.caller,
            "Direction": "inbound",
            "From": self.caller,
            "To": "+842800001022",
        } | more

    def post(self, url, form, *, token=None):
        """Post a signed form; returns the response."""
        signed_text = url + "".join(f"{name}{form[name]}" for name in sorted(form))
        mac = hmac.new((token or self.token).encode(), signed_text.encode(), hashlib.sha1).digest()
        parts = urlsplit(url)
        return self.client.post(
            f"{parts.path}?{parts.query}" if parts.query else parts.path,
            urlencode(form),
            content_type="application/x-www-form-urlencoded",
            headers={"X-Twilio-Signature": base64.b64encode(mac).decode()},
        )

    def do(self, answer):
        """Follow the verbs of a TwiML response up to the next one that waits."""
        assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, "text/xml"), answer.content
        response = ET.fromstring(answer.content)
        assert response.tag == "Response"
        check(response)
        self.gather, spoken = None, []
        for verb in response:
            if verb.tag == "Start":
                self.recording_to = verb[0].get("recordingStatusCallback")
            spoken += [say.text for say in verb.iter("Say")]
            if verb.tag == "Dial":
                self.dialled = verb[0].text
            if verb.tag == "Gather":
                self.gather = verb
                break
            self.over = verb.tag == "Hangup"
        self.said = " ".join(spoken)
        return self.said

    def begin(self):
        return self.do(self.post(self.hook, self.form(CallStatus="ringing")))

    def speech(self, words, confidence="0.9312"):
        return self.gathered(SpeechResult=words, Confidence=confidence, Language=self.gather.get("language"))

    def press(self, digits):
        if most := self.gather.get("numDigits"):
            digits = digits[: int(most)]
        return self.gathered(Digits=digits)

    def silence(self):
        """Let `timeout` pass: the action is called only with actionOnEmptyResult."""
        assert self.gather.get("actionOnEmptyResult") == "true"
        return self.gathered()

    def gathered(self, **fields):
        return self.do(self.post(self.gather.get("action"), self.form(**fields)))

    def recorded(self, url):
        fields = {"RecordingSid": "RE1", "RecordingUrl": url, "RecordingStatus": "completed", "RecordingDuration": "17",
                "RecordingChannels": "1", "RecordingSource": "StartCallRecordingTwiML"}  # fmt: skip
        form = {"AccountSid": "AC1", "CallSid": self.sid} | fields
        assert ET.fromstring(self.post(self.recording_to, form).content).tag == "Response"

    def hang_up(self):
        return self.post(self.hook, self.form(CallStatus="completed", CallDuration="42", Duration="1"))


def check(parent):
    for verb in parent:
        assert verb.tag in INSIDE.get(parent.tag, ()), f"{verb.tag} in {parent.tag}"
        assert set(verb.attrib) <= ATTRIBUTES[verb.tag], verb.attrib
        check(verb)
