"""Fake webhook receiver: it accepts recent calls signed by Standard Webhooks only."""

import base64
import hashlib
import hmac
import json
import time
from http.server import BaseHTTPRequestHandler

from tests.fakes.served import Served

TOLERANCE_S = 300


class Receiver(Served):
    """Fake receiver. `secret`: of the subscription. `answers`: statuses of the next calls; then 204."""

    def __init__(self, secret=""):
        self.secret = secret
        self.answers = []
        self.calls = []  # (id, what was said), as often as it came
        self.forged = []  # ids of calls whose signature or time was wrong
        self.listen()

    @property
    def ids(self):
        return [number for number, _said in self.calls]

    @property
    def kinds(self):
        return [call["type"] for _number, call in self.calls]

    def handler(self):
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                number = self.headers["webhook-id"]
                if receiver.is_genuine(self.headers, body):
                    receiver.calls.append((number, json.loads(body)))
                    status = receiver.answers.pop(0) if receiver.answers else 204
                else:
                    receiver.forged.append(number)
                    status = 401
                self.send_response(status)
                if status in (301, 302, 307):
                    self.send_header("Location", "http://127.0.0.1:1/")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        return Handler

    def is_genuine(self, headers, body):
        stamp = headers["webhook-timestamp"]
        if abs(time.time() - int(stamp)) > TOLERANCE_S:
            return False
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = b".".join([headers["webhook-id"].encode(), stamp.encode(), body])
        wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        signatures = [
            part.partition(",")[2] for part in headers["webhook-signature"].split(" ") if part.startswith("v1,")
        ]
        return any(hmac.compare_digest(wanted, signature) for signature in signatures)
