"""Test the capture of one picture over real HTTP from the demo's camera server."""

import asyncio
import socket
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from cameras.capture import http
from demo.cameras.server import FORBIDDEN_REDIRECTS
from geoapp import outbound
from tests.fakes.camera import Cameras, street
from tests.machine import patience

HERE = ["127.0.0.0/8"]


def capture_once(url, networks=HERE, **more):
    async def once():
        async with http.open_session(networks) as client:
            return await http.capture_picture(client, url, **more)

    return asyncio.run(once())


def test_a_picture_comes_as_it_was_sent(demo_cameras):
    picture = capture_once(f"{demo_cameras}/bad/frozen/A1.jpg")

    assert picture.kind == "jpg"
    assert (picture.data[:3], picture.data[-2:]) == (b"\xff\xd8\xff", b"\xff\xd9")
    assert 15_000 < len(picture.data) < 45_000
    assert timedelta() <= datetime.now(UTC) - picture.taken_at < timedelta(seconds=5)


def test_what_the_server_said_is_kept_with_the_picture():
    with Cameras(lambda path: street(1), etag=lambda picture: '"one"') as cameras:
        picture = capture_once(f"{cameras.url}/a.jpg")
    assert (picture.data, picture.received) == (
        street(1),
        {"status": 200, "etag": '"one"', "address": "127.0.0.1"},
    )


@pytest.mark.parametrize("way", ["Basic", "Digest"])
def test_credentials_are_sent_in_the_requested_scheme_only(way):
    with Cameras(lambda path: street(1), password="s3:crét", way=way) as cameras:
        credentials = http.Credentials.parse("camera:s3:crét")
        for _ in range(2):
            assert capture_once(f"{cameras.url}/a.jpg?x=1", credentials=credentials).data == street(1)
        with pytest.raises(http.Refused) as refused:
            capture_once(f"{cameras.url}/a.jpg", credentials=http.Credentials.parse("camera:guess"))
        with pytest.raises(http.Refused):
            capture_once(f"{cameras.url}/a.jpg")
    assert (refused.value.status, "guess" in str(refused.value)) == (401, False)
    shown = [headers.get("Authorization", "").partition(" ")[0] for _at, _path, headers, _status in cameras.calls]
    assert shown == ["", way, way, "", way, ""]  # nothing is shown before it is asked for


def test_no_name_and_no_password_are_none():
    assert http.Credentials.parse("") is None


def test_a_server_is_told_what_is_known():
    with Cameras(lambda path: street(1), etag=lambda picture: '"one"') as cameras:
        known = http.Known('"one"')
        assert isinstance(capture_once(f"{cameras.url}/a.jpg", known=known), http.Unchanged)
        assert capture_once(f"{cameras.url}/a.jpg", known=http.Known('"two"')).data == street(1)
        assert capture_once(f"{cameras.url}/a.jpg").data == street(1)


def test_not_modified_is_no_answer_to_who_knows_nothing():
    with listener(b"HTTP/1.1 304 Not Modified\r\n\r\n") as (port, _calls), pytest.raises(http.BadAnswer):
        capture_once(f"http://127.0.0.1:{port}/a.jpg")


def test_a_code_may_hold_anything(demo_cameras):
    assert capture_once(f"{demo_cameras}/bad/well/TTH 21.84 Đ.jpg").kind == "jpg"


def test_the_first_bytes_decide_what_it_is(demo_cameras):
    assert capture_once(f"{demo_cameras}/bad/png/A1.jpg").kind == "png"


def test_a_redirect_within_the_camera_is_followed(demo_cameras):
    assert capture_once(f"{demo_cameras}/bad/redirect-home/A1.jpg").kind == "jpg"


@pytest.mark.parametrize(
    ("how", "failure"),
    [
        ("html", http.WebPage),
        ("huge", http.TooLarge),
        ("gone", http.BadAnswer),
        ("fault", http.BadAnswer),
        ("broken-off", http.BrokenOff),
        ("endless", http.TooLarge),
        *((how, http.Forbidden) for how in FORBIDDEN_REDIRECTS),
        ("redirect-hundred", http.BadAnswer),
        ("redirect-loop", http.BadAnswer),
    ],
)
def test_each_way_to_go_wrong_has_its_name(demo_cameras, how, failure):
    with pytest.raises(failure) as raised:
        capture_once(f"{demo_cameras}/bad/{how}/A1.jpg")
    assert type(raised.value) is failure
    assert str(raised.value).startswith(failure.__doc__)


@pytest.mark.slow
@pytest.mark.parametrize("in_earnest", [False, pytest.param(True, marks=pytest.mark.deep)])
@pytest.mark.parametrize(
    ("how", "failure", "ends_s"), [("silent", http.Silent, 4), ("slow", http.TooSlow, 8), ("loris", http.TooSlow, 8)]
)
def test_patience_ends(demo_cameras, monkeypatch, how, failure, ends_s, in_earnest):
    assert {"silent": http.TIMES.sock_read, "slow": http.TOTAL_S, "loris": http.TOTAL_S}[how] == ends_s
    if not in_earnest and failure is http.Silent:
        ends_s = 0.5
        monkeypatch.setattr(http, "TIMES", aiohttp.ClientTimeout(total=None, sock_read=ends_s))
    elif not in_earnest:
        ends_s = 1.2  # a second byte has come by then
        monkeypatch.setattr(http, "TOTAL_S", ends_s)
    began = time.monotonic()
    with pytest.raises(failure):
        capture_once(f"{demo_cameras}/bad/{how}/A1.jpg")
    assert time.monotonic() - began < patience(ends_s + 1)


def test_a_server_that_is_gone_is_unreachable():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(http.Unreachable):
        capture_once(f"http://127.0.0.1:{port}/a.jpg")
    with pytest.raises(http.Unreachable):
        capture_once("http://no-such-camera.invalid/a.jpg")


@contextmanager
def listener(answer):
    """Serve a fixed answer on every loopback address and hang up; yields the port and the callers."""
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server:
        calls = []

        def serve():
            while True:
                try:
                    call, who = server.accept()
                except OSError:
                    return
                calls.append(who[0])
                with call:
                    call.recv(4096)
                    call.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1], calls
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


LOOPBACK = [
    "127.0.0.1",
    "localhost",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "[::ffff:127.0.0.1]",
    "camera.example@127.0.0.1",
    "①②⑦.⓪.⓪.①",
]


@pytest.mark.parametrize("spelling", LOOPBACK)
def test_no_spelling_of_this_machine_gets_through(spelling):
    with listener(b"HTTP/1.1 200 OK\r\n\r\n\xff\xd8\xff\xe0 secret") as (port, calls):
        with pytest.raises(http.CaptureFailed) as raised:
            capture_once(f"http://{spelling}:{port}/a.jpg", networks=[])
        assert isinstance(raised.value, http.Forbidden | http.Unreachable)
        assert calls == []


def test_this_machine_is_reached_once_it_is_allowed():
    body = b"\xff\xd8\xff\xe0 street"
    with listener(b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n" + body) as (port, calls):
        assert capture_once(f"http://127.0.0.1:{port}/a.jpg", networks=["127.0.0.1/32"]).data == body
        assert calls == ["::ffff:127.0.0.1"]


def test_a_name_for_a_forbidden_address_is_forbidden_too():
    with pytest.raises(http.Forbidden):
        capture_once("http://localhost:9/a.jpg", networks=["127.0.0.2/32"])


@pytest.mark.parametrize(
    "url", ["", "nonsense", "file:///etc/passwd", "ftp://192.0.2.1/a.jpg", "http://", "http://[::1"]
)
def test_an_address_that_is_none_is_forbidden(url):
    with pytest.raises(http.Forbidden):
        capture_once(url)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("::7f00:1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::808:808", True),
        ("2002:7f00:1::", False),
        ("10.20.0.7", True),
        ("::ffff:10.20.0.7", True),
        ("10.20.1.7", False),
    ],
)
def test_which_addresses_cameras_may_have(address, allowed):
    assert outbound.AllowedTargets.of_networks(["10.20.0.0/24"]).allows(address) is allowed
