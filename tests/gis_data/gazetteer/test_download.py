"""Test downloading boundary files over HTTP from a misbehaving server."""

import csv
import hashlib
import json
import shutil
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread

import pytest
from django.core.management import CommandError, call_command

from geoapp import outbound
from gis_data.gazetteer import download
from gis_data.models import Edition
from tests.machine import patience

SAMPLE = Path(__file__).parents[2] / "samples" / "city"


class Server(ThreadingHTTPServer):
    """Serve `files` by path. `tricks` by path are used once, in order; `asked`: requests."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.files, self.tricks, self.asked = {}, {}, []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/"


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        name, wanted = self.path.lstrip("/"), self.headers.get("Range")
        self.server.asked.append((name, wanted))
        body = self.server.files.get(name)
        trick = (self.server.tricks.get(name) or [None]).pop(0)
        if body is None or trick == "missing":
            return self.send_error(404)
        start = 0 if trick == "whole" else int(wanted.removeprefix("bytes=").removesuffix("-"))
        self.send_response(200 if trick == "whole" else 206)
        self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Length", len(body) - start)
        self.end_headers()
        rest = body[start:]
        if trick == "cut":
            self.wfile.write(rest[: len(rest) // 2])
            self.close_connection = True
        elif trick == "wrong":
            self.wfile.write(bytes(len(rest)))
        else:
            self.wfile.write(rest)
        return None

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    server = Server()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def folder(tmp_path, settings, server):
    """The invented city without boundaries, which the server has as one file an area."""
    settings.CITY_DATA, settings.VAR = "", tmp_path / "var"
    folder = Path(shutil.copytree(SAMPLE, tmp_path / "city"))
    drawn = json.loads((folder / "bairros.geojson").read_text())
    for feature in drawn["features"]:
        name = f"bairros/{feature['properties']['codigo']}.geojson"
        server.files[name] = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    with (folder / "files.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["path", "bytes", "sha256"])
        out.writerows([name, len(body), hashlib.sha256(body).hexdigest()] for name, body in server.files.items())
    toml = (folder / "city.toml").read_text()
    (folder / "city.toml").write_text(
        toml.replace('file = "bairros.geojson"', f'list = "files.csv"\nurl = "{server.url}"')
    )
    (folder / "bairros.geojson").unlink()
    return folder


def load_city(folder, *options):
    out = StringIO()
    call_command("load_city", str(folder), *options, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_boundaries_are_downloaded_once_and_progress_is_told(folder, server):
    output = load_city(folder, "--mirror")

    assert "Downloading boundaries: 6 of 6 files, 0.0 of 0.0 MB" in output
    assert "Areas             6\n" in output
    assert Edition.objects.get().approximate is False
    requests_before = len(server.asked)

    assert "nothing new" in load_city(folder, "--mirror")
    assert len(server.asked) == requests_before == 6


@pytest.mark.django_db
def test_a_cut_download_goes_on_where_it_stopped(folder, server):
    name = "bairros/103.geojson"
    half = len(server.files[name]) // 2
    server.tricks[name] = ["cut"]

    load_city(folder, "--mirror", "--download")

    assert [wanted for path, wanted in server.asked if path == name] == ["bytes=0-", f"bytes={half}-"]
    assert Edition.objects.get().approximate is False


@pytest.mark.django_db
def test_interrupted_download_is_resumed_at_its_last_byte(folder, server, settings):
    name = "bairros/103.geojson"
    part = settings.VAR / "cache" / "claraval" / f"{name}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(server.files[name][:100])

    load_city(folder, "--mirror", "--download")

    assert [wanted for path, wanted in server.asked if path == name] == ["bytes=100-"]
    assert not part.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("trick", ["wrong", "whole"])
def test_resuming_handles_wrong_bytes_and_missing_ranges(folder, server, trick):
    name = "bairros/101.geojson"
    server.tricks[name] = ["cut", trick]

    load_city(folder, "--mirror", "--download")

    assert Edition.objects.get().approximate is False
    got = folder.parent / "var" / "cache" / "claraval" / name
    assert got.read_bytes() == server.files[name]


@pytest.mark.django_db
def test_bytes_that_stay_wrong_are_never_loaded(folder, server):
    server.tricks["bairros/101.geojson"] = ["wrong"] * 9

    with pytest.raises(CommandError, match=r"101\.geojson: not the bytes that were expected"):
        load_city(folder, "--mirror", "--download")

    assert not Edition.objects.exists()
    assert not list((folder.parent / "var").rglob("101.geojson*"))


@pytest.mark.django_db
@pytest.mark.parametrize("trick", ["missing", "cut"])
def test_failed_download_is_an_error_only_if_it_was_demanded(folder, server, trick):
    server.tricks["bairros/104.geojson"] = [trick] * 9

    with pytest.raises(CommandError, match=r"104\.geojson"):
        load_city(folder, "--mirror", "--download")
    assert "approximate" in load_city(folder, "--mirror")


@pytest.mark.django_db
def test_offline_the_approximation_is_there_at_once(folder, server):
    server.shutdown()
    server.server_close()
    start = time.monotonic()

    output = load_city(folder, "--mirror")

    assert "Not downloaded" in output
    assert Edition.objects.get().approximate is True
    assert time.monotonic() - start < patience(5)


@pytest.mark.django_db
def test_a_private_address_is_not_asked_unless_it_was_allowed(folder, server):
    assert "127.0.0.1 is a private address" in load_city(folder)

    assert server.asked == []


@pytest.mark.django_db
def test_no_download_asks_nobody(folder, server):
    assert "approximate" in load_city(folder, "--mirror", "--no-download")

    assert server.asked == []


@pytest.mark.django_db
def test_a_downloaded_file_that_was_spoilt_is_fetched_again(folder, server, settings):
    load_city(folder, "--mirror")
    downloaded = settings.VAR / "cache" / "claraval" / "bairros" / "101.geojson"
    downloaded.write_bytes(b"{}")

    assert "nothing new" in load_city(folder, "--mirror")
    assert downloaded.read_bytes() == server.files["bairros/101.geojson"]


@pytest.mark.django_db
def test_a_given_file_that_is_not_the_expected_one_is_refused(folder, server, settings, tmp_path):
    settings.CITY_DATA = str(tmp_path / "data")
    for name, body in server.files.items():
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / name).write_bytes(body)
    (tmp_path / "data" / "bairros" / "101.geojson").write_bytes(b"{}")

    with pytest.raises(CommandError, match=r"101\.geojson: its SHA-256 is not the one the pack says"):
        load_city(folder, "--mirror")
    assert server.asked == []


@pytest.mark.parametrize("path", ["../101.geojson", "/etc/passwd", ""])
@pytest.mark.django_db
def test_a_list_cannot_reach_out_of_its_folder(folder, path):
    files = folder / "files.csv"
    files.write_text(files.read_text().replace("bairros/101.geojson", path))

    with pytest.raises(CommandError, match=r"files\.csv line 2: must have a path inside"):
        load_city(folder, "--mirror")


def test_a_resolver_that_thinks_long_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: time.sleep(20))
    monkeypatch.setattr(outbound, "RESOLVE_S", 0.1)
    start = time.monotonic()

    with pytest.raises(download.NotFetched, match="cannot be found out"):
        download.check_address("https://files.example/")
    assert time.monotonic() - start < patience(5)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "file:///etc/passwd",
        "http:///",
        "http://localhost/",
        "http://[::1]/",
        "http://10.0.0.1/",
        "http://169.254.169.254/",
    ],
)
def test_addresses_that_are_refused(url):
    with pytest.raises(download.NotFetched):
        download.check_address(url)
