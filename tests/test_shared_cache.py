"""The shared cache of deploy/cache: what is the same for everybody is made once; everything else passes as it is."""

import gzip
import os
import shutil
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from django.conf import settings

from tests.fakes.replicated_postgres import free_port
from tests.machine import patience

CONFIG = Path(settings.BASE_DIR) / "deploy" / "cache" / "nginx.conf"
TILE = b'{"incidents": []}'


class Web(ThreadingHTTPServer):
    """A web server that notes what it is asked, and takes as long as it is told."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked, self.gate = [], threading.Event()
        self.gate.set()


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        heads = ("Cookie", "X-Forwarded-For", "Accept-Encoding")
        self.server.asked.append((self.path, *(self.headers.get(name) for name in heads)))
        self.server.gate.wait(patience(30))
        body = gzip.compress(TILE)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Vary", "Accept-Encoding, Cookie")
        public = self.path.startswith(("/tiles/", "/static/"))
        self.send_header("Cache-Control", "public, max-age=600" if public else "private, no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_told):
        pass


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """nginx with the configuration as it is, but for where it listens and writes."""
    folder, port, web = tmp_path_factory.mktemp("cache"), free_port(), Web()
    threading.Thread(target=web.serve_forever, daemon=True).start()
    text = CONFIG.read_text()
    for here, there in (
        ("listen 8000", f"listen 127.0.0.1:{port}"),
        ("server web:8000", f"server 127.0.0.1:{web.server_port}"),
        ("server web2:8000", f"server 127.0.0.1:{web.server_port}"),
        ("/tmp/", f"{folder}/"),
        ("/var/cache/nginx", str(folder / "kept")),
    ):
        assert here in text
        text = text.replace(here, there)
    (folder / "nginx.conf").write_text(text)
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    as_root = ["-g", "user root;"] if os.getuid() == 0 else []
    with subprocess.Popen([nginx, "-p", folder, "-c", folder / "nginx.conf", *as_root]) as server:
        end = time.monotonic() + patience(30)
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/")
                break
            except httpx.HTTPError:
                assert server.poll() is None, "nginx did not start"
                assert time.monotonic() < end, "nginx does not answer"
                time.sleep(0.02)
        yield SimpleNamespace(address=f"http://127.0.0.1:{port}", web=web)
        server.terminate()
    web.shutdown()
    web.server_close()


@pytest.fixture
def web(cache):
    cache.web.asked.clear()
    return cache.web


def ask(cache, path, **heads):
    answer = httpx.get(cache.address + path, headers={"X-Forwarded-For": "203.0.113.7"} | heads)
    return answer.status_code, answer.json()


def test_tile_is_made_once_for_everybody(cache, web):
    """Whoever is signed in gets the same, and is not passed on; who cannot unpack it gets it unpacked."""
    tile = "/tiles/incidents/12/3263/1924.json?state=all"
    for heads in ({}, {"Cookie": "sessionid=mine"}, {"Accept-Encoding": "identity"}, {"Accept-Encoding": "br"}):
        assert ask(cache, tile, **heads) == (200, {"incidents": []})
    assert web.asked == [(tile, None, "203.0.113.7", "gzip")]
    ask(cache, tile.replace("all", "open"))
    assert len(web.asked) == 2


def test_many_who_ask_at_once_are_answered_by_one(cache, web):
    tile = "/tiles/incidents/13/6526/3848.json"
    web.gate.clear()
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(ask, cache, tile) for _one in range(8)]
        end = time.monotonic() + patience(30)
        while not web.asked:
            assert time.monotonic() < end, "nobody asks"
            time.sleep(0.01)
        web.gate.set()
        assert [answer.result() for answer in answers] == [(200, {"incidents": []})] * 8
    assert len(web.asked) == 1


def test_everything_else_passes_as_it_is(cache, web):
    for path in ("/", "/desk/", "/stats/", "/open311/v2/requests.json"):
        for _again in range(2):
            ask(cache, path, Cookie="sessionid=mine")
    assert [(path, cookie, address) for path, cookie, address, _form in web.asked] == [
        (path, "sessionid=mine", "203.0.113.7")
        for path in ("/", "/desk/", "/stats/", "/open311/v2/requests.json") for _again in range(2)
    ]  # fmt: skip
