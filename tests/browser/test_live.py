"""Test the event stream over a real connection."""

import contextlib
import http.client
import json
import re
import urllib.request
from itertools import islice
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils.timezone import now

from cameras.patrol import partitioning
from cameras.patrol.news import CameraUpdate, News, publish_news
from incidents import reform, workflow
from incidents.models import Event
from tests import factories
from tests.browser.conftest import wait_until
from tests.cameras.conftest import camera

pytestmark = pytest.mark.browser


class Stream:
    """One viewer's open event stream."""

    def __init__(self, site, path="/live/", last=None, user=None):
        self.connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=10)
        headers = {"Last-Event-ID": str(last)} if last is not None else {}
        if user:
            client = Client()
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            headers["Cookie"] = f"sessionid={client.cookies['sessionid'].value}"
        self.connection.request("GET", path, headers=headers)
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200
        assert self.answer.readline() == b"retry: 2000\n"

    def next(self):
        while line := self.answer.readline():
            if line.startswith(b"data: ") and line != b"data: {}\n":
                return json.loads(line[6:])
        raise EOFError

    def close(self):
        self.answer.close()
        self.connection.close()


@pytest.fixture
def listen(site):
    streams = []

    def start(*args, **more):
        streams.append(Stream(site, *args, **more))
        return streams[-1]

    yield start
    for stream in streams:
        stream.close()


def test_everybody_hears_of_a_new_incident_without_personal_data(town, listen):
    stream = listen()
    incident = factories.incident(town.hole, text="Call 0901 234 567", phone="+84901234567", email="an@example.org")
    heard = [stream.next(), stream.next()]
    assert [(item["reference"], item["kind"], item["state"]) for item in heard] == [
        (incident.reference, "received", "assigned"),
        (incident.reference, "assigned", "assigned"),
    ]
    news_text = json.dumps(heard)
    assert (factories.OWN_PHONE.search(news_text), "example.org" in news_text) == (None, False)


def test_a_stream_resumes_without_a_gap(town, listen, officer):
    incident = factories.incident(town.hole)
    first = Event.objects.first()
    workflow.move(incident, "accept", by=officer)
    stream = listen(last=first.pk)
    workflow.move(incident, "resolve", by=officer, note="Filled")
    assert [stream.next()["kind"] for _ in range(3)] == ["assigned", "accepted", "resolved"]


def test_what_is_restricted_is_heard_by_its_desk_only(town, listen, officer, outsider, controller):
    public, own, other, control = (
        listen(),
        *(listen("/live/desk/", user=user) for user in (officer, outsider, controller)),
    )
    secret, open_one = factories.incident(town.secret), factories.incident(town.hole)
    assert public.next()["reference"] == other.next()["reference"] == open_one.reference
    assert own.next()["reference"] == control.next()["reference"] == secret.reference


def test_stranger_gets_no_desk_stream_and_bad_position_is_400(town, site):
    client = Client()
    client.force_login(factories.person("nobody"), backend="django.contrib.auth.backends.ModelBackend")
    signed_in = {"Cookie": f"sessionid={client.cookies['sessionid'].value}"}
    wanted = b": the number of an event is wanted"
    for path, headers, status, answer_text in (
        ("/live/?after=x", {}, 400, b"after" + wanted),
        ("/live/", {"Last-Event-ID": "x"}, 400, b"Last-Event-ID" + wanted),
        ("/live/desk/", signed_in, 404, b""),
    ):
        with contextlib.closing(http.client.HTTPConnection(urlsplit(site).netloc, timeout=10)) as to:
            to.request("GET", path, headers=headers)
            with to.getresponse() as answer:
                assert answer.status == status
                assert answer.read().startswith(answer_text)


def test_a_viewer_who_leaves_is_forgotten(town, site, listen):
    def open_streams():
        with urllib.request.urlopen(f"{site}/metrics") as answer:
            return int(float(re.search(rb"^live_streams (\S+)$", answer.read(), re.M)[1]))

    streams = [listen() for _ in range(3)]
    wait_until(lambda: open_streams() == 3)
    for stream in streams:
        stream.close()
    wait_until(lambda: open_streams() == 0)


@pytest.mark.deep
def test_many_streams_leave_the_database_to_the_pages(town, site, listen, officer):
    streams = [listen("/live/desk/", last=0, user=officer) for _ in range(12)]
    with urllib.request.urlopen(f"{site}/i/{factories.incident(town.hole).reference}/", timeout=10) as answer:
        assert answer.status == 200
    assert [stream.next()["kind"] for stream in streams] == ["received"] * 12


def test_reform_reloads_pages_and_their_streams_go_on(town, listen, today):
    factories.incident(town.hole)
    stream = listen()
    plan = reform.plan_reform(factories.redrawn_town(town).edition, today)
    reform.enact_reform(plan.pk)
    last = Event.objects.order_by("-pk").first()

    # Lines of the first incident may still have been on their way when this one began to listen.
    lines = list(islice(iter(stream.answer.readline, b"event: reload\n"), 20))
    assert [lines[-1], stream.answer.readline()] == [f"id: {last.pk}\n".encode(), b"data: {}\n"]
    later = factories.incident(town.hole)
    assert stream.next()["reference"] == later.reference


def test_the_control_room_hears_of_every_new_picture(town, listen, controller):
    camera_row = camera("Đ1", url="http://192.0.2.1/a.jpg")
    partitioning.claim_share("patrol")
    stream = listen("/control/live/", user=controller)
    at = now()
    publish_news(
        "patrol", News({camera_row.pk: CameraUpdate(camera_row.pk, "live", at, at, at, "0123456789abcdef" * 4)})
    )
    assert stream.next() == [["Đ1", "0123456789ab", "live", round(at.timestamp() * 1000)]]


def test_a_page_goes_on_where_its_stream_ended(town, visitor):
    page, stream_urls = visitor(), []

    def answer(route):
        stream_urls.append(urlsplit(route.request.url).query)
        if len(stream_urls) > 1:
            return route.continue_()
        body = "retry: 2000\n\nid: 7007\nevent: over\ndata: {}\n\n"
        return route.fulfill(body=body, content_type="text/event-stream")

    page.route("**/live/**", answer)
    page.add_init_script("""addEventListener("DOMContentLoaded", () => {
        window.lost = 0
        const sign = document.getElementById("live")
        new MutationObserver(() => (window.lost += sign.matches(".lost"))).observe(sign, { attributes: true })
    })""")
    page.goto("/")
    wait_until(lambda: page.evaluate("1") and len(stream_urls) == 2)  # the browser is at work meanwhile
    assert stream_urls[1] == "after=7007"
    assert page.evaluate("window.lost") == 0
