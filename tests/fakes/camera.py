"""Fake camera server with configurable behaviour."""

import hashlib
import re
import secrets
import time
from base64 import b64encode
from functools import cache
from http.server import BaseHTTPRequestHandler

import cv2
import numpy as np

from tests.fakes.served import Served


@cache
def street(number):
    """Return a picture with structure, different for each number."""
    image = np.random.default_rng(number).integers(0, 255, (36, 64, 3), np.uint8)
    return cv2.imencode(".jpg", cv2.resize(image, (512, 288)), [cv2.IMWRITE_JPEG_QUALITY, 60])[1].tobytes()


class Cameras(Served):
    """Fake cameras. `picture(path)` returns the current bytes; `calls`: requests as (moment, path, headers, status). A
    proxy answers 503 for a camera `missing(path)`, and 403 where it `shuts(path)`.

    Where a camera is `gone(path)`, a proxy says so for it; where the door `shuts(path)`, it says no more than that.
    """

    def __init__(
        self, picture=None, etag=None, password=None, way="Basic", takes_s=0, port=0, missing=None, shuts=None
    ):
        self.picture, self.etag = picture or (lambda path: street(time.time_ns() // 10**6)), etag
        self.password, self.way, self.takes_s = password, way, takes_s
        self.missing, self.shuts = missing or (lambda path: False), shuts or (lambda path: False)
        self.calls, self.at_once, self.most = [], 0, 0
        self.nonce = secrets.token_hex(8)
        self.listen(port)

    def status(self, headers):
        if self.password and not self.knows(headers.get("Authorization", "")):
            return 401
        known = headers.get("If-None-Match")
        return 304 if self.etag and known and known == self.etag(None) else 200

    def knows(self, shown):
        user = "camera"
        if self.way == "Basic":
            return shown == "Basic " + b64encode(f"{user}:{self.password}".encode()).decode()
        credentials = dict(re.findall(r'(\w+)="?([^",]*)"?', shown))

        def md5(*parts):
            return hashlib.md5(":".join(parts).encode()).hexdigest()

        if credentials.get("nonce") != self.nonce:
            return False
        ours = md5(user, "cameras", self.password), md5("GET", credentials["uri"])
        return credentials["response"] == md5(
            ours[0], self.nonce, credentials["nc"], credentials["cnonce"], credentials["qop"], ours[1]
        )

    def challenge(self):
        more = f', nonce="{self.nonce}", qop="auth"' if self.way == "Digest" else ""
        return f'{self.way} realm="cameras"{more}'

    def handler(self):
        cameras = self

        class Camera(BaseHTTPRequestHandler):
            def do_GET(self):
                cameras.at_once += 1
                cameras.most = max(cameras.most, cameras.at_once)
                time.sleep(cameras.takes_s)
                status = 403 if cameras.shuts(self.path) else 503 if cameras.missing(self.path) else None
                status = status or cameras.status(self.headers)
                picture = cameras.picture(self.path) if status == 200 else b""
                cameras.calls.append((time.monotonic(), self.path, dict(self.headers), status))
                cameras.at_once -= 1
                self.send_response(status)
                self.send_header("Content-Length", str(len(picture)))
                if status == 401:
                    self.send_header("WWW-Authenticate", cameras.challenge())
                elif cameras.etag:
                    self.send_header("ETag", cameras.etag(picture or None))
                self.end_headers()
                self.wfile.write(picture)

            def log_message(self, *args):
                pass

        return Camera
