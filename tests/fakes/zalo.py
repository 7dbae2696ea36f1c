"""Fake Zalo: consultation messages of an account, and rotating tokens."""

import hashlib
import json
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs

from tests.fakes.served import Served


class Zalo(Served):
    """Fake Zalo. `inbox`: delivered messages. `answers`: errors for the next messages, in turn.

    `media`: path → bytes of the pictures that lie here. `hook`: where it brings what followers say, signed as `oa`.
    """

    def __init__(
        self, *, followers=("6042137785190045512",), app="app", secret="app secret", lives_s=90_000, oa="oa secret"
    ):
        self.media, self.hook, self.oa, self.events_sent = {}, "", oa, 0
        self.followers, self.app, self.secret, self.lives_s = set(followers), app, secret, lives_s
        self.inbox, self.answers, self.renewals, self.silent = [], [], 0, False
        self.access, self.refresh = "access-0", "refresh-0"
        self.lock = threading.Lock()
        self.listen()

    def send(self, token, request):
        if token != self.access:
            return {"error": -216, "message": "Access token is invalid"}
        if self.answers:
            return {"error": self.answers.pop(0), "message": "refused"}
        user = request["recipient"]["user_id"]
        if user not in self.followers:
            return {"error": -213, "message": "User has not followed OA"}
        message = request["message"]
        assert 0 < len(message["text"]) <= 2000
        self.inbox.append((user, message))
        return {"error": 0, "message": "Success", "data": {"message_id": f"m{len(self.inbox)}", "user_id": user}}

    def event(self, user="6042137785190045512", name="user_send_text", **message):
        """Return an event's body."""
        self.events_sent += 1
        message = {"msg_id": f"in-{self.events_sent}", **message}
        event = {
            "app_id": self.app,
            "sender": {"id": user},
            "recipient": {"id": "579745863508352884"},
            "event_name": name,
            "message": message,
            "timestamp": str(int(time.time() * 1000) + self.events_sent),
        }
        return json.dumps(event).encode()

    def signature(self, body, when):
        return "mac=" + hashlib.sha256(self.app.encode() + body + when.encode() + self.oa.encode()).hexdigest()

    def bring(self, body, **headers):
        """Call the webhook with an event; returns its status."""
        when = str(int(time.time() * 1000))
        signed = {"X-ZEvent-Signature": self.signature(body, when), "X-ZEvent-Timestamp": when, "num_retry": "0"}
        request = urllib.request.Request(
            self.hook, body, {"Content-Type": "application/json", **signed, **headers}, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def renew(self, secret, form):
        if secret != self.secret or form.get("app_id") != self.app or form.get("grant_type") != "refresh_token":
            return {"error": -14004, "error_name": "Invalid app", "error_description": "Invalid app"}
        if form.get("refresh_token") != self.refresh:  # each works once
            return {"error": -14014, "error_name": "Invalid refresh token"}
        self.renewals += 1
        self.access, self.refresh = f"access-{self.renewals}", f"refresh-{self.renewals}"
        return {"access_token": self.access, "refresh_token": self.refresh, "expires_in": str(self.lives_s)}

    def handler(zalo):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                with zalo.lock:
                    if self.path == "/v4/oa/access_token":
                        form = {key: values[0] for key, values in parse_qs(body).items()}
                        body_sent = zalo.renew(self.headers["secret_key"], form)
                    elif self.path == "/v3.0/oa/message/cs":
                        body_sent = zalo.send(self.headers["access_token"], json.loads(body))
                    else:
                        body_sent = {"error": -201, "message": "No such path"}
                if zalo.silent:
                    self.close_connection = True
                    return
                answer = json.dumps(body_sent).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def do_GET(self):
                medium = zalo.media.get(self.path)
                self.send_response(404 if medium is None else 200)
                self.send_header("Content-Length", str(len(medium or b"")))
                self.end_headers()
                self.wfile.write(medium or b"")

            def log_message(self, *_):
                pass

        return Handler
