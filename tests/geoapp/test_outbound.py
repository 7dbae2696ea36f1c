"""Test which addresses may be called, in every spelling and by every client."""

import asyncio
import socket
import subprocess
from contextlib import contextmanager, suppress
from threading import Thread

import httpx
import pytest
from django.conf import settings as project
from geopy.exc import GeocoderUnavailable

from cameras.capture import http as capture
from cameras.capture import streams
from cameras.evidence.bucket import Bucket
from cameras.evidence.store import StoreAway
from geoapp import deadline, outbound
from geoapp.environment import PURPOSES
from geoapp.outbound import AllowedTargets
from gis_data.addresses.external import BoundedAdapter
from gis_data.gazetteer import download
from incidents.notify import http_calls, smpp
from incidents.notify.transport import Refused

# What may be called: by default; where private networks may be; where 10.20.0.0/24 and fd20::/64 may be.
TABLE = [
    ("8.8.8.8", "public", True, True, True),
    ("2001:4860:4860::8888", "public", True, True, True),
    ("::ffff:8.8.8.8", "public, mapped", True, True, True),
    ("64:ff9b::808:808", "public by NAT64", True, True, True),
    ("2002:808:808::", "public by 6to4", True, True, True),
    ("10.0.0.1", "private", False, True, False),
    ("172.16.0.1", "private", False, True, False),
    ("192.168.1.1", "private", False, True, False),
    ("100.64.0.1", "of a provider", False, True, False),
    ("127.0.0.1", "loopback", False, True, False),
    ("::1", "loopback", False, True, False),
    ("fd00::1", "unique local", False, True, False),
    ("10.20.0.7", "of a camera's network", False, True, True),
    ("::ffff:10.20.0.7", "of it, mapped", False, True, True),
    ("64:ff9b::a14:7", "of it, by NAT64", False, True, True),
    ("fd20::7", "of it, IPv6", False, True, True),
    ("10.20.1.7", "beside it", False, True, False),
    ("::ffff:10.0.0.1", "private, mapped", False, True, False),
    ("::10.0.0.1", "private, compatible", False, True, False),
    ("::ffff:0:10.0.0.1", "private, translated", False, False, False),
    ("2002:7f00:1::", "loopback by 6to4", False, True, False),
    ("64:ff9b::7f00:1", "loopback by NAT64", False, True, False),
    ("64:ff9b:1::7f00:1", "loopback by a NAT64 of one's own", False, False, False),
    ("2001:0:808:808:0:ffff:80ff:fffe", "loopback by Teredo", False, True, False),
    ("169.254.169.254", "metadata", False, False, False),
    ("::ffff:169.254.169.254", "metadata, mapped", False, False, False),
    ("64:ff9b::a9fe:a9fe", "metadata by NAT64", False, False, False),
    ("2002:a9fe:a9fe::", "metadata by 6to4", False, False, False),
    ("fd00:ec2::254", "metadata, IPv6", False, True, False),
    ("fe80::1%lo", "link-local", False, False, False),
    ("fec0::1", "site-local", False, False, False),
    ("224.0.0.1", "multicast", False, False, False),
    ("ff02::1", "multicast", False, False, False),
    ("0.0.0.0", "unspecified", False, False, False),
    ("::", "unspecified", False, False, False),
    ("255.255.255.255", "broadcast", False, False, False),
    ("240.0.0.1", "reserved", False, False, False),
    ("2001:db8::1", "documentation", False, False, False),
]


@pytest.mark.parametrize(("address", "what", "internet", "private", "networks"), TABLE)
def test_which_addresses_may_be_called(address, what, internet, private, networks):
    reaches = (
        AllowedTargets(),
        AllowedTargets(private=True),
        AllowedTargets.of_networks(["10.20.0.0/24", "fd20::/64"]),
    )
    assert [reach.allows(address) for reach in reaches] == [internet, private, networks]


# ---- each way out, before a server on the loopback that takes whatever comes ----


@contextmanager
def listening():
    """Listen on 127.0.0.1 and ::1; yields the port, and the list of callers."""
    callers, sockets = [], []

    def take(listener):
        while True:
            try:
                caller, _address = listener.accept()
            except OSError:
                return
            callers.append(caller)
            caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            caller.close()

    first = socket.create_server(("127.0.0.1", 0))
    port = first.getsockname()[1]
    sockets.append(first)
    if socket.has_ipv6:
        sockets.append(socket.create_server(("::1", port), family=socket.AF_INET6))
    threads = [Thread(target=take, args=[socket_listening], daemon=True) for socket_listening in sockets]
    for thread in threads:
        thread.start()
    try:
        yield port, callers
    finally:
        for socket_listening in sockets:
            socket_listening.shutdown(socket.SHUT_RDWR)
            socket_listening.close()
        for thread in threads:
            thread.join()


def in_url(host):
    return f"[{host.replace('%', '%25')}]" if ":" in host else host


def allow(private, purpose):
    """Allow private networks for every purpose but this one, or for this one as well."""
    project.OUTBOUND_ALLOWED = dict.fromkeys(PURPOSES, ("private",)) | {purpose: ("private",) if private else ()}


def by_httpx(host, port, private, tmp_path):
    with deadline.total_time(5), outbound.http_client(AllowedTargets(private), timeout=5) as http:
        http.get(f"http://{in_url(host)}:{port}/")


def by_gateway(host, port, private, tmp_path):
    allow(private, "gateways")
    http_calls.call_url("POST", f"http://{in_url(host)}:{port}/", purpose="gateways", timeout=5)


def by_download(host, port, private, tmp_path):
    with download.http_client(private) as http:
        download.fetch_file(http, f"http://{in_url(host)}:{port}/", tmp_path / "file", sha256="", size=1)


def by_geocoder(host, port, private, tmp_path):
    allow(private, "geocoder")
    BoundedAdapter(proxies=None, ssl_context=None).get_text(f"http://{in_url(host)}:{port}/", timeout=5, headers={})


def by_camera(kind, scheme="http"):
    def call(host, port, private, tmp_path):
        networks = ["127.0.0.0/8", "::1/128"] if private else []

        async def ask():
            async with capture.open_session(networks) as client:
                await streams.fetch_picture(client, kind, f"{scheme}://{in_url(host)}:{port}/", networks)

        asyncio.run(ask())

    call.__name__ = f"by_camera_{kind}"
    return call


def by_smpp(host, port, private, tmp_path):
    allow(private, "gateways")
    project.SMPP_HOST, project.SMPP_PORT = host, port
    with smpp.open_session("transmitter", 5):
        pass


def by_bucket(host, port, private, tmp_path):
    allow(private, "evidence")
    project.MEDIA_ROOT = tmp_path
    place = Bucket(url=f"http://{in_url(host)}:{port}", bucket="b", prefix="", region="x", key="k", secret="s")
    place.exists("evidence/a.jpg")


REFUSALS = {
    by_httpx: (outbound.NotAllowed, httpx.InvalidURL, httpx.ConnectError),  # a spelling that is no name
    by_gateway: Refused,
    by_download: download.NotFetched,
    by_geocoder: GeocoderUnavailable,
    by_camera("jpeg"): capture.Forbidden,
    by_camera("mjpeg"): capture.Forbidden,
    by_camera("hls"): capture.Forbidden,
    by_camera("rtsp", "rtsp"): (capture.Forbidden, capture.Unreachable),
    by_smpp: Refused,
    by_bucket: StoreAway,
}
SPELLED = ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "::1"]
FORBIDDEN = [*SPELLED, *(address for address, _what, internet, *_more in TABLE if not internet)]


@pytest.fixture
def own_settings(settings):
    """Restore the settings a client sets for itself."""
    for name in ("OUTBOUND_ALLOWED", "SMPP_HOST", "SMPP_PORT", "MEDIA_ROOT"):
        setattr(settings, name, getattr(settings, name))


# A bucket's client takes a fifth of a second to make, for each host anew: all of them are tried by a deep run.
EVERY_WAY = [
    *(pytest.param(way, FORBIDDEN, id=way.__name__) for way in REFUSALS if way is not by_bucket),
    pytest.param(by_bucket, SPELLED, id="by_bucket"),
    pytest.param(by_bucket, FORBIDDEN, id="by_bucket-all", marks=pytest.mark.deep),
]


@pytest.mark.parametrize(("way", "hosts"), EVERY_WAY)
def test_no_way_out_leads_into_the_own_network(own_settings, tmp_path, way, hosts):
    for host in hosts:
        with listening() as (port, callers):
            with pytest.raises(REFUSALS[way]):
                way(host, port, False, tmp_path)
            assert (host, callers) == (host, [])


@pytest.mark.django_db
@pytest.mark.parametrize("way", REFUSALS, ids=lambda way: way.__name__)
def test_every_way_out_reaches_what_is_allowed(own_settings, tmp_path, way):
    """The same server is called where the settings say so: else nothing would have been shown."""
    with listening() as (port, callers):
        with suppress(Exception):  # what it says makes no sense to most of them
            way("127.0.0.1", port, True, tmp_path)
        assert len(callers) > 0


def test_bucket_is_judged_again_at_the_socket(own_settings, tmp_path, monkeypatch):
    """Its name leads out at first, and into the own network when it is called."""
    with listening() as (port, callers):
        answers = iter(["8.8.8.8"])

        def answer(host, *args, **kwargs):
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers, "127.0.0.1"), port))]

        monkeypatch.setattr(socket, "getaddrinfo", answer)
        with pytest.raises(StoreAway):
            by_bucket("bucket.example", port, False, tmp_path)
        assert callers == []


def test_name_that_leads_both_ways_is_not_called(monkeypatch):
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: both)
    with pytest.raises(outbound.NotAllowed):
        outbound.resolve_allowed("both.example")


def test_segment_of_a_stream_leads_nowhere_else(tmp_path):
    """An allowed playlist names a segment in the own network."""
    with listening() as (port, callers):
        playlist = f"#EXTM3U\n#EXTINF:2,\nhttp://[::1]:{port}/segment.ts\n".encode()
        server = socket.create_server(("127.0.0.1", 0))

        def serve():
            caller, _address = server.accept()
            caller.recv(65536)
            caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(playlist), playlist))
            caller.close()

        thread = Thread(target=serve)
        thread.start()

        async def ask():
            async with capture.open_session(["127.0.0.1/32"]) as client:
                await streams.fetch_picture(client, "hls", f"http://127.0.0.1:{server.getsockname()[1]}/")

        with pytest.raises(capture.Forbidden):
            asyncio.run(ask())
        thread.join()
        server.close()
        assert callers == []


CLIENTS = (
    r"httpx\.(Async)?Client\(",
    r"httpx\.(get|post|put|head|request|stream)\(",
    r"HTTPTransport\(",
    r"aiohttp\.(ClientSession\(|TCPConnector)",
    r"requests\.(get|post|put|Session|request)",
    r"urlopen\(|http\.client|urllib3|URLLib3Session\(|boto3|[^.]webpush\(",
    r"socket\.socket\(|create_connection\(|open_connection\(|getaddrinfo\(|gethostbyname",
    r"is_global",
    r"smtplib\.(SMTP|LMTP)(_SSL)?\(|imaplib\.IMAP4(_SSL)?\(|poplib|ftplib|telnetlib|paramiko",
)


def test_nobody_else_makes_a_client():
    files = ["*.py", ":!tests", ":!geoapp/outbound.py", ":!geoapp/deadline.py"]
    command = ["git", "grep", "-nE", "|".join(CLIENTS), "--", *files]
    assert subprocess.run(command, cwd=project.BASE_DIR, capture_output=True, text=True).stdout == ""
