"""Test that direct reports give Django's answers and rows, and leave everything else to Django."""

import asyncio
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import urlencode

import pytest
from asgiref.testing import ApplicationCommunicator
from django.db import connection, transaction
from django.utils.timezone import now

from geoapp.db import locks
from geoapp.http.token_bucket import Limit
from incidents.models import ApiKey, Event, HeldReport, Incident, LimitBucket, Report, WatchedWord
from incidents.reporting import batch
from incidents.views.api import direct_reports
from tests import factories, owner

pytestmark = pytest.mark.django_db(transaction=True)
PATH, KEY = "/open311/v2/requests.json", "swordfish"
FORM = b"application/x-www-form-urlencoded"
PLAIN = {"api_key": KEY, "service_code": "ST.1", "description": "Knee deep", "lat": "50.005", "long": "10.005"}
# Of the headers those that differ from one answer to the next.
OWN_HEADERS = {"x-request-id", "content-length", "vary"}


@pytest.fixture
def key(town):
    return ApiKey.objects.create(name="Neighbour City", sha256=hashlib.sha256(KEY.encode()).hexdigest())


async def django(scope, receive, send):
    body = (await receive())["body"]
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def ask(body, path=PATH, method="POST", query="", root="", header_twice="", **headers):
    """Returns (status, headers, body) of a POST; 299 with the request if it was left to Django."""
    body = body if isinstance(body, bytes) else urlencode(body).encode()
    header_values = {"host": "localhost", "content-type": FORM.decode(), "content-length": str(len(body))}
    header_values |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [(name.encode(), value.encode()) for name, value in header_values.items()]
    lines += [line for line in lines if line[0] == header_twice.encode()]
    scope = {
        "type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": lines,
        "client": ("203.0.113.7", 4711), "scheme": "http", "root_path": root,
    }  # fmt: skip
    web = ApplicationCommunicator(direct_reports.answer_reports(django), scope)
    half = len(body) // 2
    await web.send_input({"type": "http.request", "body": body[:half], "more_body": True})
    await web.send_input({"type": "http.request", "body": body[half:], "more_body": False})
    start, sent = await web.receive_output(60), await web.receive_output(60)
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, sent["body"]


def ask_all(*requests):
    async def all_of_them():
        try:
            return await asyncio.gather(*(ask(body, **more) for body, more in requests))
        finally:
            direct_reports.queue().close()

    return asyncio.run(all_of_them())


def without_numbers(body):
    return [{name: value for name, value in row.items() if name != "service_request_id"} for row in json.loads(body)]


ANSWERED = {
    "plain": {},
    "with a contact": {"email": "ann@example.org", "phone": "+84 901 234 567"},
    "with an address": {"address_string": "12 Lê Lợi"},
    "with more than is kept": {"first_name": "Ann", "ngày": "x", "jurisdiction_id": "y"},
    "with fields that are empty": {"media_url": "", "attribute[WH]": ""},
    "of a service that is not there": {"service_code": "XX"},
    "of a service that nobody gives there": {"service_code": "ST.9"},
    "outside": {"lat": "51", "long": "11"},
    "turned around": {"lat": "10.005", "long": "50.005"},
    "watched": {"description": "All of it is gambling"},
    "without a key": {"api_key": ""},
    "with a wrong key": {"api_key": "sword"},
}


def test_answers_are_those_of_django(client, key, standing_clock, monkeypatch):
    WatchedWord.watch("gambling")
    moment = now()
    monkeypatch.setattr("incidents.reporting.building.now", lambda: moment)
    bodies = [PLAIN | more for more in ANSWERED.values()]
    expected = [client.post(PATH, urlencode(body), content_type=FORM.decode()) for body in bodies]
    stored = counts()
    answers = ask_all(*((body, {}) for body in bodies))
    assert counts() == [2 * count for count in stored]
    rows = list(Report.objects.order_by("pk").values(*SAME_FIELDS))
    assert rows[: stored[1]] == rows[stored[1] :]
    for name, (status, headers, body), django_said in zip(ANSWERED, answers, expected, strict=True):
        assert (name, status) == (name, django_said.status_code)
        usual = {name.lower(): value for name, value in django_said.items()}
        assert apart(headers) == apart(usual)
        if name == "watched":
            assert [sorted(row) for row in json.loads(body)] == [sorted(row) for row in django_said.json()]
        else:
            assert (name, without_numbers(body)) == (name, without_numbers(django_said.content))


SAME_FIELDS = (
    "channel", "language", "text", "public_text", "address", "phone", "email", "accuracy_m", "place", "notice_version",
    "phone_confirmed_at", "email_confirmed_at", "received_at", "incident__authority", "incident__state",
)  # fmt: skip


def counts():
    return [model.objects.count() for model in (Incident, Report, Event, HeldReport)]


def apart(headers):
    return {name: sorted(value.split("; ")) for name, value in headers.items() if name not in OWN_HEADERS}


def test_answer_in_xml_is_that_of_django(client, key, monkeypatch):
    moment = now()
    monkeypatch.setattr("incidents.reporting.building.now", lambda: moment)
    path = "/open311/v2/requests.xml"
    expected = client.post(path, urlencode(PLAIN), content_type=FORM.decode())
    ((status, headers, body),) = ask_all((PLAIN, {"path": path}))
    first, second = Incident.objects.order_by("pk").values_list("reference", flat=True)
    assert (status, headers["content-type"]) == (200, expected["Content-Type"])
    assert body.decode() == expected.content.decode().replace(first, second)


LEFT = {
    "read": (PLAIN, {"method": "GET"}),
    "tested": (PLAIN, {"path": "/open311/test/v2/requests.json"}),
    "elsewhere": (PLAIN, {"path": "/open311/v2/services.json"}),
    "with a question": (PLAIN, {"query": "api_key=swordfish"}),
    "with a cookie": (PLAIN, {"cookie": "sessionid=x"}),
    "in another language": (PLAIN, {"accept_language": "en-GB, vi;q=0.5"}),
    "in parts": (PLAIN, {"content_type": "multipart/form-data; boundary=x"}),
    "in another alphabet": (PLAIN, {"content_type": "application/x-www-form-urlencoded; charset=latin-1"}),
    "of another host": (PLAIN, {"host": "example.org"}),
    "twice over": (PLAIN, {"header_twice": "host"}),
    "below another address": (PLAIN, {"root": "/city"}),
    "packed": (PLAIN, {"content_encoding": "gzip"}),
    "under a number that is none": (PLAIN, {"x_request_id": "7"}),
    "large": (PLAIN | {"description": "x" * 60_000}, {}),
    "with a picture elsewhere": (PLAIN | {"media_url": "https://example.org/1.jpg"}, {}),
    "with an answer": (PLAIN | {"attribute[WH]": "1"}, {}),
    "too long": (PLAIN | {"description": "x" * 4001}, {}),
    "no text": (PLAIN | {"description": "\0"}, {}),
    "without a place": ({name: value for name, value in PLAIN.items() if name not in ("lat", "long")}, {}),
    "no number": (PLAIN | {"lat": "north"}, {}),
    "off the earth": (PLAIN | {"lat": "91"}, {}),
    "with a bad address": (PLAIN | {"email": "ann@"}, {}),
    "without a service": (PLAIN | {"service_code": " "}, {}),
}


def note_reason(reasons, reason, is_left, *args):
    left = is_left(*args)
    if left:
        reasons.add(reason)
    return left


def test_all_else_is_left_to_django_as_it_came(key, monkeypatch):
    reasons = set()
    for table in (direct_reports.LEFT_BY_HEADERS, direct_reports.LEFT_BY_FIELDS):
        for reason, is_left in list(table.items()):
            monkeypatch.setitem(table, reason, partial(note_reason, reasons, reason, is_left))
    answers = ask_all(*LEFT.values())
    assert reasons == {*direct_reports.LEFT_BY_HEADERS, *direct_reports.LEFT_BY_FIELDS}
    assert [name for name, (status, *_rest) in zip(LEFT, answers, strict=True) if status != 299] == []
    assert [body for *_rest, body in answers][1] in urlencode(PLAIN).encode()
    assert (Incident.objects.count(), LimitBucket.objects.count()) == (0, 0)


def test_many_at_once_are_all_stored(key):
    answers = ask_all(*[(PLAIN | {"description": f"Hole {n}"}, {}) for n in range(50)])
    references = {row["service_request_id"] for _status, _headers, body in answers for row in json.loads(body)}
    assert [status for status, *_rest in answers] == [200] * 50
    assert references == set(Incident.objects.values_list("reference", flat=True))
    assert sorted(Incident.objects.values_list("text", flat=True)) == sorted(f"Hole {n}" for n in range(50))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT xmin::text) FROM incidents_incident")
        assert cursor.fetchone()[0] < 50


@pytest.mark.parametrize("how", ["field", "header"])
def test_the_same_request_again_is_the_same_report(key, how):
    again = (PLAIN | {"client_request_id": "7"}, {}) if how == "field" else (PLAIN, {"idempotency_key": "7"})
    answers = ask_all(again, again, (PLAIN, {}))
    first, second, third = (json.loads(body)[0]["service_request_id"] for *_rest, body in answers)
    assert (first == second, first == third, Report.objects.count()) == (True, False, 2)
    ((_status, _headers, body),) = ask_all(again)
    assert json.loads(body)[0]["service_request_id"] == first


def test_limits_count_each_request_once(client, key, settings, standing_clock):
    few = {
        "surge:key": Limit(1, 1800),
        "open311:key": Limit(4, 3600),
        "hold:category": Limit(3, 3600),
        "open311:address": Limit(6, 3600),
    }
    settings.LIMITS = settings.LIMITS | few
    answers = ask_all(*[(PLAIN, {})] * 8)
    kinds = [(status, sorted(json.loads(body)[0]) if status == 200 else None) for status, _headers, body in answers]
    stored_fields, held_fields = (
        ["account_id", "service_notice", "service_request_id"],
        ["account_id", "service_notice", "token"],
    )
    assert kinds == [(200, stored_fields)] * 3 + [(200, held_fields)] * 2 + [(429, None)] + [(299, None)] * 2
    assert int(dict(answers[5][1])["retry-after"]) == 1800


def test_error_of_ours_is_a_500_and_is_logged(key, monkeypatch, nobody_in_the_log):
    monkeypatch.setattr(batch.building, "build_report", lambda *_given: 1 / 0)
    ((status, headers, body),) = ask_all((PLAIN, {"x_request_id": "12345678123456781234567812345678"}))
    assert (status, headers["x-request-id"]) == (500, "12345678123456781234567812345678")
    assert b"12345678123456781234567812345678" in body
    assert "ZeroDivisionError" in "".join(nobody_in_the_log)


CANCEL = """
SELECT pg_cancel_backend(pid) FROM pg_locks JOIN pg_database place ON place.oid = database
WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()
"""


def test_who_waits_too_long_may_come_again(key):
    with ThreadPoolExecutor(1) as thread, transaction.atomic(), owner.as_owner() as cursor:
        locks.hold(locks.Lock.HISTORY)
        pending = thread.submit(ask_all, (PLAIN, {}))
        while not pending.done():
            cursor.execute(CANCEL)  # as after so many seconds
        ((status, headers, _body),) = pending.result()
    assert (status, headers["retry-after"], Report.objects.count()) == (503, "10", 0)
    ((status, *_rest),) = ask_all((PLAIN, {}))
    assert (status, Report.objects.count()) == (200, 1)


def test_report_lies_at_its_place(key):
    ask_all((PLAIN | {"lat": "50.0050001", "long": "10.0049999"}, {}))
    place = Report.objects.get().place
    assert (place.x, place.y, place.srid) == (10.0049999, 50.0050001, 4326)
    assert Incident.objects.get().area.code == "001"
    assert place.distance(factories.IN_OLD) < 1e-6
