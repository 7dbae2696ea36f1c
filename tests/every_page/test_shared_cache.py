"""Test the Varnish configuration of deploy/cache: public answers are shared until they change, others passed on."""

import gzip
import os
import shutil
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from django.conf import settings

from geoapp.db import connections
from gis_data.services.tiles import tile_of
from incidents import timeline
from incidents.map.purging import CachePurger
from incidents.map.shared_cache import key_of_tile
from tests.fakes.replicated_postgres import free_port
from tests.machine import patience

CONFIG = Path(settings.BASE_DIR) / "deploy" / "cache" / "default.vcl"
TILE = b'{"incidents": []}'
PUBLIC = {"Cache-Control": "public, max-age=10"}
LASTING = PUBLIC | {"Surrogate-Control": "max-age=300"}
PRIVATE = {"Cache-Control": "private, no-store"}


class Web(ThreadingHTTPServer):
    """A web server that records its requests and answers with prepared headers."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.calls, self.gate, self.heads, self.status = [], threading.Event(), PUBLIC, 200
        self.gate.set()


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/healthz":
            return self.answer(200, b"", {})
        heads = ("Cookie", "X-Forwarded-For", "Accept-Encoding")
        self.server.calls.append((self.path, *(self.headers.get(name) for name in heads)))
        self.server.gate.wait(patience(30))
        public = self.path.startswith(("/tiles/", "/static/"))
        heads = {"Vary": "Accept-Encoding, Cookie, Accept-Language", "Content-Type": "application/json"}
        heads |= {"Content-Encoding": "gzip"} | (self.server.heads if public else PRIVATE)
        if self.path.startswith("/tiles/incidents/"):
            z, x, y = map(int, self.path.partition(".")[0].split("/")[3:])
            heads["Surrogate-Key"] = f"tiles {key_of_tile(z, x, y)}"
        return self.answer(self.server.status, gzip.compress(TILE), heads)

    def answer(self, status, body, heads):
        self.send_response(status)
        for name, value in {**heads, "Content-Length": len(body)}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_told):
        pass


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Runs Varnish with the shipped configuration except for the backends' addresses."""
    folder, port, inner, web = tmp_path_factory.mktemp("cache"), free_port(), free_port(), Web()
    threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    text = CONFIG.read_text()
    for here, target in (
        ('.host = "web";\n    .port = "8000"', f'.host = "127.0.0.1";\n    .port = "{web.server_port}"'),
        ('.host = "web2";\n    .port = "8000"', f'.host = "127.0.0.1";\n    .port = "{web.server_port}"'),
    ):
        assert here in text
        text = text.replace(here, target)
    (folder / "default.vcl").write_text(text)
    varnish = shutil.which("varnishd") or "/usr/sbin/varnishd"
    command = [varnish, "-F", "-j", "none", "-n", folder / "work", "-f", folder / "default.vcl", "-s", "malloc,8m"]
    real_clock = {name: text for name, text in os.environ.items() if name != "LD_PRELOAD"}
    listening = ["-a", f"http=127.0.0.1:{port},HTTP", "-a", f"purge=127.0.0.1:{inner},HTTP"]
    with (
        (folder / "said").open("w") as log,
        subprocess.Popen(
            [*command, *listening, "-p", "thread_pool_min=20"], stdout=log, stderr=log, env=real_clock
        ) as server,
    ):
        end = time.monotonic() + patience(30)
        while True:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200:
                    break
            except httpx.HTTPError:
                pass
            assert server.poll() is None, (folder / "said").read_text()
            assert time.monotonic() < end, "Varnish does not answer"
            time.sleep(0.02)
        yield SimpleNamespace(address=f"http://127.0.0.1:{port}", inner=f"http://127.0.0.1:{inner}", web=web)
        server.terminate()
    web.shutdown()
    web.server_close()


@pytest.fixture
def web(cache):
    drop(cache, "tiles", "static")
    cache.web.calls.clear()
    cache.web.heads, cache.web.status = PUBLIC, 200
    return cache.web


def drop(cache, *keys):
    answer = httpx.request("PURGE", cache.inner, headers={"Purge-Keys": " ".join(keys)})
    assert answer.status_code == 200
    return int(answer.headers["Dropped"])


def ask(cache, path, **heads):
    answer = httpx.get(cache.address + path, headers={"X-Forwarded-For": "203.0.113.7"} | heads)
    return answer.status_code, answer.json()


ONE, NEAR, FAR = (f"/tiles/incidents/12/{x}/1924.json" for x in (3263, 3264, 3300))
ALL_OF_IT, CORNER = "/tiles/incidents/8/203/120.mvt?state=all", "/tiles/incidents/18/208832/123136.json"


@pytest.mark.usual_rows(4)
@pytest.mark.parametrize("heads", [
    PRIVATE, {}, {"Cache-Control": "max-age=60"}, PUBLIC | {"Set-Cookie": "sessionid=mine"},
    LASTING | PRIVATE, LASTING | {"Set-Cookie": "sessionid=mine"}, {"Cache-Control": "public, no-store"},
])  # fmt: skip
def test_nothing_is_kept_that_does_not_say_it_is_public(cache, web, heads):
    web.heads = heads
    for path in (FAR, "/static/app.css"):
        ask(cache, path)
        web.heads = LASTING
        ask(cache, path)
        assert [call[0] for call in web.calls].count(path) == 2
        web.heads = heads


def test_tile_is_made_once_for_everybody(cache, web):
    tile = f"{ONE}?state=all"
    for heads in (
        {}, {"Cookie": "sessionid=mine"}, {"Authorization": "Bearer mine"}, {"Accept-Encoding": "identity"},
        {"Accept-Encoding": "br"}, {"Accept-Language": "en"}, {"Cache-Control": "no-cache"},
    ):  # fmt: skip
        assert ask(cache, tile, **heads) == (200, {"incidents": []})
    assert web.calls == [(tile, None, "203.0.113.7", "gzip")]
    ask(cache, tile.replace("all", "open"))
    assert len(web.calls) == 2


def test_many_who_ask_at_once_are_answered_by_one(cache, web):
    web.gate.clear()
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(ask, cache, NEAR) for _one in range(8)]
        end = time.monotonic() + patience(30)
        while not web.calls:
            assert time.monotonic() < end, "nobody asks"
            time.sleep(0.01)
        web.gate.set()
        assert [answer.result() for answer in answers] == [(200, {"incidents": []})] * 8
    assert len(web.calls) == 1


def test_everything_else_passes_as_it_is(cache, web):
    paths = ("/", "/desk/", "/stats/", "/open311/v2/requests.json", "/live/")
    for path in paths:
        for _again in range(2):
            ask(cache, path, Cookie="sessionid=mine")
    assert [(path, cookie, address) for path, cookie, address, _form in web.calls] == [
        (path, "sessionid=mine", "203.0.113.7") for path in paths for _again in range(2)
    ]


def test_a_change_drops_the_tiles_of_its_place_only(cache, web):
    web.heads = LASTING
    tiles = (ONE, f"{ONE}?days=0", NEAR, FAR, ALL_OF_IT, CORNER)
    for tile in tiles:
        ask(cache, tile)
    assert drop(cache, key_of_tile(8, 203, 120), key_of_tile(12, 3263, 1924), key_of_tile(18, 208832, 123136)) == 4
    web.calls.clear()
    for tile in tiles:
        ask(cache, tile)
    assert [call[0] for call in web.calls] == [ONE, f"{ONE}?days=0", ALL_OF_IT, CORNER]


def test_nobody_outside_drops_anything(cache, web):
    web.heads = LASTING
    ask(cache, ONE)
    for address, method in ((cache.address, "PURGE"), (cache.address + ONE, "PURGE"), (cache.inner + ONE, "POST")):
        assert httpx.request(method, address, headers={"Purge-Keys": "tiles static"}).status_code == 405
    ask(cache, ONE)
    assert len(web.calls) == 1


@pytest.mark.parametrize(("heads", "listening", "is_kept"), [
    (LASTING, "yes", True), (LASTING, "no", False), (PUBLIC, "yes", False), (PUBLIC, "no", False)
])  # fmt: skip
def test_tiles_are_kept_long_only_while_changes_are_told(cache, web, heads, listening, is_kept):
    web.heads = heads | {"Age": "25"}
    httpx.request("PURGE", cache.inner, headers={"Listening": listening})
    for _again in range(2):
        ask(cache, ONE)
    assert len(web.calls) == (1 if is_kept else 2)
    assert httpx.get(cache.inner).status_code == {"yes": 204, "no": 503}[listening]


def test_what_is_told_to_browsers(cache, web):
    seen = {}
    for name, heads in (("lasting", LASTING), ("short", PUBLIC)):
        web.heads = heads
        ask(cache, f"{ONE}?{name}")
        seen[name] = httpx.get(f"{cache.address}{ONE}?{name}").headers
    inner = {"surrogate-key", "surrogate-control", "xkey", "via", "x-varnish"}
    assert [inner & set(heads) for heads in seen.values()] == [set(), set()]
    assert {name: ("age" in heads, heads["cache-control"]) for name, heads in seen.items()} == {
        "lasting": (False, "public, max-age=10"), "short": (True, "public, max-age=10")
    }  # fmt: skip
    assert {name: (heads["vary"], heads["x-cache"]) for name, heads in seen.items()} == dict.fromkeys(
        seen, ("Accept-Encoding", "HIT")
    )


def test_an_old_tile_is_given_while_no_web_server_makes_one(cache, web):
    web.heads = PUBLIC | {"Age": "25"}
    ask(cache, ONE)
    web.status = 500
    assert ask(cache, ONE) == (200, {"incidents": []})
    assert httpx.get(cache.address + FAR).status_code == 503


@pytest.mark.django_db(transaction=True)
def test_what_happens_to_an_incident_drops_its_tiles(cache, web, incident):
    here = "/tiles/incidents/{}/{}/{}.json".format(14, *tile_of(incident.place.x, incident.place.y, 14))
    web.heads, purger = LASTING, CachePurger([cache.inner])
    with closing(connections.connect()) as listener, closing(purger.client):
        listener.execute(f"LISTEN {timeline.CHANNEL}")
        for tell in (
            lambda: purger.tell(purger.find_missed()),
            lambda: [timeline.record(incident, "accepted"), purger.tell_next(listener, 0)],
        ):
            purger.again = []  # what is told once more, for tiles in the making
            for tile in (here, FAR):
                ask(cache, tile)
            web.calls.clear()
            tell()
        for tile in (here, FAR):
            ask(cache, tile)
    assert ([call[0] for call in web.calls], purger.behind) == ([here], set())
