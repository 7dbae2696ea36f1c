"""Test the total time limit of every outgoing call against a server that sends a byte each hundredth of a second.

The server would be done in nine seconds and more, and no wait of a socket is longer than allowed: whoever looks at the
time between two pieces only, or at each wait by itself, gets an answer here, or another failure.
"""

import asyncio
import re

import httpx
import pytest
from django.core.mail import EmailMessage
from geopy.exc import GeocoderTimedOut

from cameras.capture import http as capture
from cameras.capture import streams
from cameras.evidence import bucket
from cameras.evidence.store import StoreAway
from cameras.feeds import fetching
from cameras.models import Feed
from geoapp import deadline, outbound
from geoapp.environment import PURPOSES
from geoapp.http import openid
from geoapp.ledger import anchoring
from gis_data.addresses.external import BoundedAdapter
from gis_data.gazetteer import download
from incidents.channels.mail import imap
from incidents.map import purging
from incidents.notify import http_calls, smpp
from incidents.notify.transport import Refused
from tests.fakes.dripping import (
    HTTP_BODY,
    HTTP_HEAD,
    IMAP_GREETING,
    SMPP_ANSWER,
    SMTP_GREETING,
    TLS_RECORD,
    dripping,
)

SHORT_S = 0.2
OUT_OF_TIME = re.compile("time of the whole call|timed out|not whole in the time")


@pytest.fixture
def short(settings, monkeypatch, tmp_path):
    """Short total deadlines, and long timeouts of single waits."""
    for module, name in (
        (openid, "TIMEOUT_S"), (anchoring, "TIMEOUT_S"), (fetching, "TIME_S"), (download, "HEAD_S"),
        (purging, "TIMEOUT_S"), (imap, "TOTAL_S"), (bucket, "TOTAL_S"), (capture, "TOTAL_S"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, SHORT_S)
    monkeypatch.setattr(download, "LONGEST_S", 0.0)
    monkeypatch.setattr(openid.PAGES, "silent_until", 0.0)
    settings.EMAIL_TOTAL_S = settings.SMS_TIMEOUT = SHORT_S
    settings.EMAIL_HOST, settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = "127.0.0.1", False, False
    settings.EMAIL_BACKEND = "geoapp.mail.MailServer"
    settings.MAIL_IMAP_HOST, settings.MAIL_IMAP_TLS = "127.0.0.1", False
    settings.SMPP_HOST, settings.SMPP_TLS = "127.0.0.1", False
    settings.OUTBOUND_ALLOWED = dict.fromkeys(PURPOSES, ("private",))
    settings.MEDIA_ROOT = tmp_path
    return settings


def by_gateway(url, port, settings, tmp_path):
    http_calls.call_url("GET", url, purpose="gateways", timeout=SHORT_S)


def by_openid(url, port, settings, tmp_path):
    openid.call("GET", url)


def by_timestamp(url, port, settings, tmp_path):
    settings.TIMESTAMP_URL = url
    anchoring.fetch_timestamp(b"head")


def by_feed(url, port, settings, tmp_path):
    fetching.fetch_contents(Feed(url=url, form="geojson"))


def by_geocoder(url, port, settings, tmp_path):
    BoundedAdapter(proxies=None, ssl_context=None).get_text(url, timeout=SHORT_S, headers={})


def by_purge(url, port, settings, tmp_path):
    purging.CachePurger([url]).request_purge(url, {})


def by_download(url, port, settings, tmp_path):
    with download.http_client(private=True) as http:
        download.fetch_file(http, url, tmp_path / "file", sha256="", size=500)


def by_changing_download(url, port, settings, tmp_path):
    with download.http_client(private=True) as http:
        download.fetch_changing_file(http, url, tmp_path / "file", most=1_000_000, seconds=0.0)


def by_checksum(url, port, settings, tmp_path):
    with download.http_client(private=True) as http:
        download.parse_md5(http, url)


def by_bucket(url, port, settings, tmp_path):
    bucket.Bucket(url=url, bucket="b", prefix="", region="x", key="k", secret="s").read_object("a.jpg")


def by_camera(url, port, settings, tmp_path):
    async def ask():
        async with capture.open_session(["127.0.0.1/32"]) as client:
            await streams.fetch_picture(client, "jpeg", url, ["127.0.0.1/32"])

    asyncio.run(ask())


def by_smtp(url, port, settings, tmp_path):
    settings.EMAIL_PORT = port
    EmailMessage("Xin chào", "…", "a@example.org", ["b@example.org"]).send()


def by_smtp_with_tls(url, port, settings, tmp_path):
    settings.EMAIL_USE_SSL = True
    by_smtp(url, port, settings, tmp_path)


def by_imap(url, port, settings, tmp_path):
    settings.MAIL_IMAP_PORT = port
    with deadline.total_time(imap.TOTAL_S), imap.connect():
        pass


def by_imap_with_tls(url, port, settings, tmp_path):
    settings.MAIL_IMAP_TLS = True
    by_imap(url, port, settings, tmp_path)


def by_smpp(url, port, settings, tmp_path):
    settings.SMPP_PORT = port
    with smpp.open_session("transmitter", SHORT_S):
        pass


def by_smpp_with_tls(url, port, settings, tmp_path):
    settings.SMPP_TLS = True
    by_smpp(url, port, settings, tmp_path)


HTTP_WAYS = {
    by_gateway: (http_calls.NoAnswer, Refused),
    by_openid: openid.Unreachable,
    by_timestamp: anchoring.NotStamped,
    by_feed: fetching.Failed,
    by_geocoder: GeocoderTimedOut,
    by_purge: httpx.TimeoutException,
    by_download: download.NotFetched,
    by_changing_download: download.NotFetched,
    by_checksum: (httpx.TimeoutException, download.NotFetched),
    by_bucket: StoreAway,
    by_camera: (capture.TooSlow, capture.Unreachable),
}
OTHER_WAYS = [
    (by_smtp, SMTP_GREETING, OSError),
    (by_smtp_with_tls, TLS_RECORD, OSError),
    (by_imap, IMAP_GREETING, OSError),
    (by_imap_with_tls, TLS_RECORD, OSError),
    (by_smpp, SMPP_ANSWER, Refused),
    (by_smpp_with_tls, TLS_RECORD, Refused),
]
HTTP_ANSWERS = {
    "connection and TLS": ("https", TLS_RECORD, 0),
    "head": ("http", HTTP_HEAD, 0),
    "body": ("http", HTTP_BODY, 80),
}


def passed_deadline(error):
    """Whether the deadline is among the causes of this error."""
    while error is not None:
        if isinstance(error, TimeoutError | httpx.TimeoutException) or OUT_OF_TIME.search(str(error)):
            return True
        error = error.__cause__ or error.__context__
    return False


@pytest.mark.django_db
@pytest.mark.parametrize("part", HTTP_ANSWERS)
@pytest.mark.parametrize("way", HTTP_WAYS, ids=lambda way: way.__name__)
def test_no_part_of_an_answer_outlasts_the_call(short, tmp_path, way, part):
    scheme, answer, at_once = HTTP_ANSWERS[part]
    with dripping(answer, at_once) as port, pytest.raises(HTTP_WAYS[way]) as raised:
        way(f"{scheme}://127.0.0.1:{port}/", port, short, tmp_path)
    assert passed_deadline(raised.value) or getattr(raised.value, "fault", "") == "slow"


@pytest.mark.django_db
@pytest.mark.parametrize(("way", "answer", "fault"), OTHER_WAYS, ids=lambda part: getattr(part, "__name__", ""))
def test_no_greeting_outlasts_the_call(short, tmp_path, way, answer, fault):
    with dripping(answer) as port, pytest.raises(fault) as raised:
        way("", port, short, tmp_path)
    assert passed_deadline(raised.value)


def test_mailbox_that_drips_is_left(short, db, caplog):
    with dripping(IMAP_GREETING) as port:
        short.MAIL_IMAP_PORT = port
        assert imap.fetch_mails() == 0
    assert "the mailbox cannot be read" in caplog.text


def test_call_without_a_deadline_is_refused():
    """Whoever calls out says in what time it is over: else nothing is waited for, and nothing sent."""
    with (
        dripping(HTTP_HEAD, len(HTTP_HEAD)) as port,
        outbound.http_client(outbound.AllowedTargets(private=True), timeout=5) as http,
        pytest.raises(deadline.DeadlineMissing),
    ):
        http.get(f"http://127.0.0.1:{port}/")


def test_inner_deadline_never_outlasts_the_outer():
    with deadline.total_time(5):
        with deadline.total_time(1000):
            assert deadline.time_left() <= 5
        with deadline.total_time(1):
            assert deadline.time_left() <= 1
        assert 1 < deadline.time_left(3) <= 3
    with pytest.raises(deadline.DeadlineMissing):
        deadline.time_left()
    with deadline.total_time(-1), pytest.raises(deadline.DeadlinePassed):
        deadline.time_left()
