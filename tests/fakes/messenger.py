"""Fake Messenger: a page that people write to, and the Send API."""

import hashlib
import hmac
import json
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from tests.fakes.served import Served

PAGE = "104000000000001"


class Messenger(Served):
    """Fake Messenger. `inbox`: delivered messages. `answers`: errors (code, subcode) for the next messages, in turn.

    `media`: path → bytes of the pictures that lie here; `moved`: path → where a link leads. `hook`: where it brings
    what people write, signed.
    """

    def __init__(self, *, secret="app secret", token="page token"):
        self.secret, self.token, self.hook = secret, token, ""
        self.inbox, self.answers, self.media, self.said = [], [], {}, 0
        self.moved = {}
        self.lock, self.silent = threading.Lock(), False
        self.listen()

    def send(self, path, query, message):
        if path != f"/v26.0/{PAGE}/messages":
            return 404, {"error": {"message": "Unknown path", "code": 2500}}
        if query.get("access_token") != self.token:
            return 400, {"error": {"message": "Error validating access token", "code": 190}}
        proof = hmac.new(self.secret.encode(), self.token.encode(), hashlib.sha256).hexdigest()
        if query.get("appsecret_proof", proof) != proof:
            return 400, {"error": {"message": "Invalid appsecret_proof", "code": 100}}
        if self.answers:
            code, subcode = self.answers.pop(0)
            more = {"error_subcode": subcode} if subcode else {}
            return 400, {"error": {"message": "refused", "type": "OAuthException", "code": code, **more}}
        message_body = message["message"]
        assert 0 < len(message_body["text"]) <= 2000
        assert len(message_body.get("quick_replies", [])) <= 13
        for reply in message_body.get("quick_replies", []):
            assert 0 < len(reply["title"]) <= 20
            assert len(reply["payload"]) <= 1000
        self.inbox.append((message["recipient"]["id"], message))
        return 200, {"recipient_id": message["recipient"]["id"], "message_id": f"m_{len(self.inbox)}"}

    def event(self, user="9001", **content):
        """Return an event: `message={…}`, `postback={…}` and so on; a message without mid gets one."""
        self.said += 1
        if "message" in content:
            content["message"] = {"mid": f"m_in-{self.said}", **content["message"]}
        at = int(time.time() * 1000) + self.said
        return {"sender": {"id": user}, "recipient": {"id": PAGE}, "timestamp": at, **content}

    def call(self, *events, page=PAGE):
        """Return the body of a webhook call with these events; non-ASCII is escaped, as by Meta."""
        entry = {"id": page, "time": int(time.time() * 1000), "messaging": list(events)}
        return json.dumps({"object": "page", "entry": [entry]}).encode()

    def signature(self, body):
        return "sha256=" + hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()

    def bring(self, body, **headers):
        """Call the webhook; returns its status."""
        signed = {"X-Hub-Signature-256": self.signature(body), "Content-Type": "application/json"}
        request = urllib.request.Request(self.hook, body, signed | headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def handler(messenger):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                where = urlsplit(self.path)
                query = {key: values[0] for key, values in parse_qs(where.query).items()}
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with messenger.lock:
                    status, body = messenger.send(where.path, query, message)
                if messenger.silent:
                    self.close_connection = True
                    return
                self.answer(status, json.dumps(body).encode())

            def do_GET(self):
                medium, target = messenger.media.get(self.path), messenger.moved.get(self.path)
                self.answer(302 if target else 404 if medium is None else 200, medium or b"", Location=target)

            def answer(self, status, body, **headers):
                self.send_response(status)
                for name, value in headers.items():
                    if value:
                        self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler
