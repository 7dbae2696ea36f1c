"""Test request numbers and the access log line, which names nobody."""

import io
import json
import logging
import logging.config
import re

import pytest
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.test import Client
from django.urls import path

from geoapp import urls
from geoapp.http import request_log

GIVEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def log(request):
    """Return lines of the service's log handler in the wanted format."""
    wanted = getattr(request, "param", "json")
    stream = io.StringIO()
    handler = settings.LOGGING["handlers"]["stdout"] | {"formatter": wanted, "stream": stream}
    before = logging.getLogger("geoapp.access").level
    configured = settings.LOGGING | {"handlers": {"stdout": handler}}
    logging.config.dictConfig(configured)
    logging.getLogger("geoapp.access").setLevel("INFO")
    yield lambda: stream.getvalue().splitlines()
    logging.config.dictConfig(settings.LOGGING)
    logging.getLogger("geoapp.access").setLevel(before)


def lines_of(log, logger):
    return [line for line in map(json.loads, log()) if line["logger"] == logger]


@pytest.mark.parametrize(("sent", "is_kept"), [(GIVEN, True), ("no number\tat all", False), ("", False)])
def test_each_answer_has_a_number(client, town, sent, is_kept):
    answer = client.get("/", headers={"X-Request-ID": sent} if sent else {})
    assert re.fullmatch(r"[0-9a-f]{32}", answer["X-Request-ID"])
    assert (answer["X-Request-ID"] == sent) is is_kept


def test_the_line_of_a_request_names_the_route_and_nobody(client, incident, officer, log):
    token = incident.reports.get().token
    client.get(f"/f/{token}/?q=0901234567", REMOTE_ADDR="203.0.113.77", headers={"X-Request-ID": GIVEN})
    client.force_login(officer)
    client.get("/desk/", REMOTE_ADDR="2001:db8:1:2::3")
    Client().get("/no/such/0901234567")
    lines = lines_of(log, "geoapp.access")
    facts = ("method", "route", "status", "network", "user")
    assert [tuple(line[name] for name in facts) for line in lines] == [
        ("GET", "/f/<slug:token>/", 200, "203.0.113.0/24", None),
        ("GET", "/desk/", 200, "2001:db8:1::/48", officer.pk),
        ("GET", "-", 404, "127.0.0.0/24", None),
    ]
    assert lines[0]["request"] == GIVEN
    assert [token in line or "0901234567" in line for line in map(json.dumps, lines)] == [False] * 3


def test_probes_write_no_line(client, db, log):
    for probe in ("/healthz", "/metrics"):
        client.get(probe)
    assert lines_of(log, "geoapp.access") == []


@login_not_required
def break_down(_request):
    raise ZeroDivisionError("broken")


urlpatterns = [path("broken/", break_down)]
handler500 = urls.handler500


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("log", ["json", "plain"], indirect=True)
def test_the_error_page_names_the_number_of_the_log(town, log):
    answer = Client(raise_request_exception=False).get("/broken/", headers={"X-Request-ID": GIVEN})
    assert answer.status_code == 500
    assert f"<code>{GIVEN}</code>" in answer.content.decode()
    assert [GIVEN in line for line in log() if "Internal Server Error" in line] == [True]
    assert "ZeroDivisionError: broken" in "\n".join(log())


@pytest.mark.parametrize("log", ["json", "plain"], indirect=True)
def test_lines_of_either_form_name_nobody(log):
    try:
        raise ValueError("lan@example.org")
    except ValueError:
        logging.getLogger("x").exception("to %s", "0901234567", stack_info=True, extra={"to": "+84901234567"})
    lines = "\n".join(log())
    assert [named for named in ("lan@", "0901234567", "84901234567") if named in lines] == []
    assert "ValueError: ‹…›" in lines


@pytest.mark.parametrize(("address", "network"), [
    ("203.0.113.77", "203.0.113.0/24"),
    ("2001:db8:aaaa:bbbb::1", "2001:db8:aaaa::/48"),
    ("", ""),
    ("unix:", ""),
])  # fmt: skip
def test_a_line_names_the_network(address, network):
    assert request_log.network_of(address) == network


def test_lines_outside_requests_have_no_number(log):
    logging.getLogger("cameras.patrol").warning("A camera %s", "stands still")
    [line] = lines_of(log, "cameras.patrol")
    assert {name: line[name] for name in ("level", "message", "request")} == {
        "level": "WARNING", "message": "A camera stands still", "request": None,
    }  # fmt: skip
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00", line["at"])


def test_pages_may_ask_for_place_and_microphone_only(client, town):
    policy = dict(part.split("=", 1) for part in client.get("/")["Permissions-Policy"].split(", "))
    assert [policy.pop(name) for name in ("geolocation", "microphone")] == ["(self)", "(self)"]
    assert {*policy.values()} == {"()"}
    assert {"camera", "payment", "usb"} <= {*policy}
