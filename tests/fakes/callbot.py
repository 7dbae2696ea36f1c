"""Fake callbot of our own contract: it signs requests and records the words it gets."""

import hashlib
import hmac
import itertools
import json
import time
from datetime import timedelta

from django.utils.timezone import now

PHONE = "+84901234567"


class Callbot:
    """A call of a telephone system. `last`: the last answer, as JSON."""

    def __init__(self, client, source, secret, call_id="c-1"):
        self.client, self.source, self.secret, self.call_id = client, source, secret, call_id
        self.numbers, self.began, self.last, self.phone = itertools.count(1), now(), {}, PHONE

    def event(self, name, **more):
        number = next(self.numbers)
        return {
            "event_id": f"{self.call_id}-{number}",
            "event": name,
            "call_id": self.call_id,
            "occurred_at": (self.began + timedelta(milliseconds=number)).isoformat(),
            "direction": "inbound",
            "from": self.phone,
            "to": "1022",
            "language": "vi-VN",
        } | more

    def post(self, event, *, secret=None, ago=0, headers=None, body=None):
        """Send a signed event; returns the response."""
        body = json.dumps(event).encode() if body is None else body
        sent_at = str(int(time.time() - ago))
        mac = hmac.new((secret or self.secret).encode(), f"{sent_at}.".encode() + body, hashlib.sha256).hexdigest()
        signed_headers = {"X-Timestamp": sent_at, "X-Signature": f"v1={mac}"} | (headers or {})
        return self.client.post(
            f"/hooks/voice/{self.source}", body, content_type="application/json", headers=signed_headers
        )

    def send(self, name, **more):
        """Send an event that must be accepted; returns the words to say."""
        answer = self.post(self.event(name, **more))
        assert answer.status_code == 202, answer.content.decode()
        self.last = answer.json()
        return self.last

    def start(self, phone=PHONE):
        self.phone = phone
        return self.send("call.started")

    def says(self, words, confidence=0.95, **more):
        return self.send(
            "call.input", transcript=[{"speaker": "caller", "text": words, "confidence": confidence}], **more
        )

    def presses(self, keys, **more):
        return self.send("call.input", dtmf=keys, **more)

    def hangs_up(self, reason="caller_hangup", **more):
        return self.send("call.ended", end_reason=reason, duration_s=40, **more)
