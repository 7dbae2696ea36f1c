"""Fake download site whose files change daily, as download.geofabrik.de: redirects, ETag, ranges, .md5.

Its answers follow RFC 9110: a range is honoured (206) only while `If-Range` names the edition that is there, else the
whole file comes (200); a range behind the end is 416. `cut` files end after half of what was to come, once each.
"""

import contextlib
import hashlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class ExtractSite(ThreadingHTTPServer):
    """Serve `files` by name. `/latest/NAME` redirects to `/NAME`; `asked`: requests as (path, Range header)."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.files, self.cut, self.asked = {}, [], []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/"

    def publish(self, name, body):
        """Publish a new edition of the file and of its MD5."""
        self.files[name] = body
        self.files[f"{name}.md5"] = f"{hashlib.md5(body, usedforsecurity=False).hexdigest()}  {name}\n".encode()


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        name, wanted = self.path.lstrip("/"), self.headers.get("Range")
        self.server.asked.append((name, wanted))
        if name.startswith("latest/"):
            self.send_response(302)
            self.send_header("Location", "/" + name.removeprefix("latest/"))
            self.send_header("Content-Length", "0")
            return self.end_headers()
        body = self.server.files.get(name)
        if body is None:
            return self.send_error(404)
        edition = f'"{hashlib.sha256(body).hexdigest()[:12]}"'
        start = 0
        if wanted and self.headers.get("If-Range", edition) == edition:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(body):
                return self.send_error(416)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        rest = body[start:]
        self.send_header("ETag", edition)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if name in self.server.cut:
            self.server.cut.remove(name)
            rest, self.close_connection = rest[: len(rest) // 2], True
        self.wfile.write(rest)
        return None

    def log_message(self, *args):
        pass


@contextlib.contextmanager
def extract_site():
    site = ExtractSite()
    thread = Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.shutdown()
        site.server_close()
        thread.join()
