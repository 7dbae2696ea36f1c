"""Fake streaming cameras: MJPEG and HLS over HTTP, RTSP with interleaved JPEG (RFC 2326, RFC 2435)."""

import re
import socketserver
import struct
import tempfile
import threading
import time
from functools import cache
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import cv2
import numpy as np

from tests.fakes.camera import street
from tests.fakes.served import Served

BOUNDARY = "frame"


@cache
def segment(kind=".ts", fourcc="mp4v"):
    """Return a second of MPEG-4 video, 640 × 360."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / f"video{kind}")
        writer = cv2.VideoWriter(path, cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*fourcc), 10, (640, 360))
        for n in range(10):
            writer.write(cv2.resize(cv2.imdecode(np.frombuffer(street(n), np.uint8), 1), (640, 360)))
        writer.release()
        return Path(path).read_bytes()


class Streams(Served):
    """Fake streams. `files`: bodies by path; /mjpeg and /bare stream endlessly, with and without Content-Length of
    parts.
    """

    def __init__(self, files=()):
        self.files, self.asked, self.hung_up = dict(files), [], threading.Event()
        self.listen()

    def handler(self):
        streams = self

        class Stream(BaseHTTPRequestHandler):
            def do_GET(self):
                streams.asked.append((self.path, self.headers.get("Authorization")))
                if self.path in ("/mjpeg", "/bare", "/endless", "/dribble"):
                    return self.go_on(self.path)
                body = streams.files.get(self.path)
                if isinstance(body, str) and body.startswith("→"):
                    self.send_response(302)
                    self.send_header("Location", body[1:])
                    return self.end_headers()
                self.send_response(200 if body is not None else 404)
                self.end_headers()
                self.wfile.write(body.encode() if isinstance(body, str) else body or b"")

            def go_on(self, path):
                self.send_response(200)
                self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
                self.end_headers()
                try:
                    for n in range(1000):
                        for piece in part(path, n):
                            self.wfile.write(piece)
                            self.wfile.flush()
                except OSError:
                    streams.hung_up.set()

            def log_message(self, *args):
                pass

        return Stream


def part(path, n):
    picture = street(n % 5)
    length = f"Content-Length: {len(picture)}\r\n" if path == "/mjpeg" else ""
    head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\n{length}\r\n".encode()
    if path == "/endless":
        yield head + b"\xff\xd8\xff" if n == 0 else bytes(100_000)
    elif path == "/dribble":
        time.sleep(0.5)
        yield (head + picture)[n : n + 1]
    else:
        yield head + picture + b"\r\n"
        time.sleep(0.05)


class Rtsp(Served):
    """RTSP camera on a local port. `elsewhere`: redirect; `password`: for Basic authentication."""

    def __init__(self, elsewhere="", silent=False):
        rtsp, self.asked = self, []

        class Session(socketserver.StreamRequestHandler):
            def handle(self):
                while head := self.head():
                    rtsp.asked.append(head.splitlines()[0])
                    if silent:
                        time.sleep(30)
                    method, sequence = head.split()[0], re.search(r"CSeq: *(\d+)", head)[1]
                    if elsewhere:
                        return self.say("302 Moved", sequence, Location=elsewhere)
                    self.answer(method, sequence)

            def head(self):
                lines = []
                while (line := self.rfile.readline().decode()) not in ("", "\r\n"):
                    lines.append(line)
                return "".join(lines)

            def say(self, status, sequence, body="", **headers):
                more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
                length = f"Content-Length: {len(body)}\r\n" if body else ""
                self.wfile.write(f"RTSP/1.0 {status}\r\nCSeq: {sequence}\r\n{more}{length}\r\n{body}".encode())

            def answer(self, method, sequence):
                if method == "OPTIONS":
                    self.say("200 OK", sequence, Public="OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")
                elif method == "DESCRIBE":
                    body = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nm=video 0 RTP/AVP 26\r\na=control:one\r\n"
                    self.say("200 OK", sequence, body, Content_Type="application/sdp")
                elif method == "SETUP":
                    self.say("200 OK", sequence, Session="1", Transport="RTP/AVP/TCP;unicast;interleaved=0-1")
                elif method == "PLAY":
                    self.say("200 OK", sequence, Session="1")
                    for n in range(30):
                        self.picture(n)
                else:
                    self.say("200 OK", sequence)

            def picture(self, n):
                tables, scan = jpeg_parts(street(n % 5))
                for at in range(0, len(scan), 1200):
                    piece = scan[at : at + 1200]
                    head = struct.pack(">I", at) + bytes([1, 255, 512 // 8, 288 // 8])
                    head += struct.pack(">BBH", 0, 0, len(tables)) + tables if at == 0 else b""
                    last = 0x80 if at + 1200 >= len(scan) else 0
                    packet = struct.pack(">BBHII", 0x80, 26 | last, (n * 500 + at // 1200) % 65536, n * 9000, 7)
                    packet += head + piece
                    self.wfile.write(b"$\0" + struct.pack(">H", len(packet)) + packet)
                time.sleep(0.05)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # the camera does not mind who hangs up

    @property
    def url(self):
        return f"rtsp://127.0.0.1:{self.server.server_address[1]}/street"


def jpeg_parts(picture):
    """Return a JPEG's quantisation tables, and its data after the last header."""
    tables, at = b"", 2
    while picture[at + 1] != 0xDA:
        length = int.from_bytes(picture[at + 2 : at + 4])
        if picture[at + 1] == 0xDB:
            body = picture[at + 4 : at + 2 + length]
            tables += b"".join(body[n + 1 : n + 65] for n in range(0, len(body), 65))
        at += 2 + length
    at += 2 + int.from_bytes(picture[at + 2 : at + 4])
    return tables, picture[at:-2]
