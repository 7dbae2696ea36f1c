"""Fake push service and subscribed browsers, which decrypt messages and check their signer."""

import base64
import json
import os
import time
from http.server import BaseHTTPRequestHandler

import http_ece
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests.fakes.served import Served


class Browser:
    def __init__(self, service, name):
        self.key, self.auth = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
        self.endpoint = f"{service.url}/push/{name}"
        self.waiting = {}  # by topic: a later one takes the place of an earlier

    @property
    def subscription(self):
        form = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        keys = {"p256dh": text(self.key.public_key().public_bytes(*form)), "auth": text(self.auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    @property
    def inbox(self):
        return [
            json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"))
            for body in self.waiting.values()
        ]


class PushService(Served):
    """Fake push service. `answer`: status in place of accepting. `silent`: accept without answering."""

    def __init__(self):
        self.browsers, self.seen, self.answer, self.silent = {}, [], None, False
        self.listen()

    def browser(self, name="one"):
        self.browsers[name] = Browser(self, name)
        return self.browsers[name]

    def take(self, name, headers, body):
        """Return a message's status, by RFC 8030, 8188 and 8292."""
        if self.answer:
            return self.answer
        if name not in self.browsers:
            return 410
        if not headers.get("TTL", "").isdigit() or headers.get("Content-Encoding") != "aes128gcm":
            return 400
        if len(headers.get("Topic", "")) > 32 or len(body) > 4096:
            return 413
        if not self.signed(headers.get("Authorization", "")):
            return 403
        self.seen.append(dict(headers))
        self.browsers[name].waiting[headers.get("Topic") or len(self.seen)] = body
        return 201

    def signed(self, authorization):
        kind, _blank, rest = authorization.partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        if kind != "vapid":
            return False
        head, claims, signature = parts["t"].split(".")
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), octets(parts["k"]))
        r, s = octets(signature)[:32], octets(signature)[32:]
        both = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
        key.verify(both, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
        claim_values = json.loads(octets(claims))
        in_time = time.time() < claim_values["exp"] <= time.time() + 24 * 3600
        return claim_values["aud"] == self.url and claim_values["sub"].startswith("mailto:") and in_time

    def handler(service):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = service.take(self.path.rpartition("/")[2], self.headers, body)
                if service.silent:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Location", f"{service.url}/message/{len(service.seen)}")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        return Handler


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def octets(data):
    return base64.urlsafe_b64decode(data + "=" * (-len(data) % 4))
