"""Fake jambonz: it signs JSON and follows documented verbs only."""

import hashlib
import hmac
import json
import time
from urllib.parse import urlsplit

from django.conf import settings

PROPERTIES = {
    "gather": {"verb", "actionHook", "input", "bargein", "dtmfBargein", "finishOnKey", "numDigits", "maxDigits",
               "timeout", "recognizer", "say"},
    "say": {"verb", "text", "synthesizer"},
    "dial": {"verb", "target", "actionHook", "callerId"},
    "hangup": {"verb"},
}  # fmt: skip


class JambonzCall:
    """A call to us. `said`: the last spoken words."""

    def __init__(self, client, source, secret, sid="aad0115d-ec21-40db-aa02-31b7b01540c5", caller="+84901234567"):
        self.client, self.secret, self.sid, self.caller = client, secret, sid, caller
        self.hook = f"{settings.SITE_URL}/hooks/voice/{source}"
        self.said, self.gather, self.dialled, self.over = "", None, "", False

    def payload(self, **more):
        return {"call_sid": self.sid, "call_id": "7ade3efb-7163", "account_sid": "a", "application_sid": "b",
                "direction": "inbound", "from": self.caller, "to": "1022", "caller_name": "", "sip_status": 200,
                "call_status": "in-progress"} | more  # fmt: skip

    def post(self, url, payload, *, secret=None, ago=0, also=""):
        """Post signed JSON; returns the response. `also`: another signature in the same header."""
        body, sent_at = json.dumps(payload).encode(), int(time.time()) - ago
        mac = hmac.new((secret or self.secret).encode(), f"{sent_at}.".encode() + body, hashlib.sha256).hexdigest()
        parts = urlsplit(url)
        return self.client.post(
            f"{parts.path}?{parts.query}" if parts.query else parts.path,
            body,
            content_type="application/json",
            headers={"Jambonz-Signature": f"t={sent_at},{also}v1={mac}"},
        )

    def do(self, answer):
        assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, "application/json")
        self.gather, spoken = None, []
        for verb in answer.json():
            assert set(verb) <= PROPERTIES[verb["verb"]], verb
            if verb["verb"] == "gather":
                assert set(verb["input"]) <= {"digits", "speech"}
                self.gather = verb
                spoken.append(verb["say"]["text"])
            if verb["verb"] == "say":
                spoken.append(verb["text"])
            if verb["verb"] == "dial":
                self.dialled = verb["target"][0]["number"]
            self.over = verb["verb"] == "hangup"
        self.said = " ".join(spoken)
        return self.said

    def begin(self):
        return self.do(self.post(self.hook, self.payload(call_status="trying", sip_status=100)))

    def gathered(self, reason, **more):
        return self.do(self.post(self.gather["actionHook"], self.payload(reason=reason, **more)))

    def speech(self, words, confidence=0.93):
        alternatives = [
            {"transcript": "xxx", "confidence": confidence / 2},
            {"transcript": words, "confidence": confidence},
        ]
        recognition = {"is_final": True, "language_code": "vi-VN", "channel_tag": 1, "alternatives": alternatives}
        return self.gathered("speechDetected", speech=recognition)

    def press(self, digits):
        return self.gathered("dtmfDetected", digits=digits)

    def silence(self):
        return self.gathered("timeout")

    def status(self, status, **more):
        return self.post(f"{self.hook}?status=1", self.payload(call_status=status, **more))
