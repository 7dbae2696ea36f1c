"""Test that ASGI look-ups of points answer as the view does."""

import asyncio
import json
from urllib.parse import urlsplit

import pytest
from asgiref.testing import ApplicationCommunicator

from geoapp.http.token_bucket import Limit
from gis_data.services import lookups

pytestmark = pytest.mark.django_db(transaction=True)
ASKED = [
    "10.005,50.005",
    "10.01,50.005",
    "11,51",
    "10.005,50.005?type=DISTRICT",
    "10.005,50.005?type=DISTRICT,WARD",
    "10.005,50.005?at=2025-06-30",
    "10.005,50.005?generation=0",
    "10.005,50.005?type=WARD;generation=20250701",
    "nan,50",
    "a,b",
    "10",
    "10,50?at=yesterday",
    "10,50?generation=x",
]


async def django(scope, receive, send):
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


async def ask(path, method="GET"):
    path, query = urlsplit(path).path, urlsplit(path).query
    scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": []}
    web = ApplicationCommunicator(lookups.answer_lookups(django), scope)
    await web.send_input({"type": "http.request", "body": b""})
    start, body = await web.receive_output(30), await web.receive_output(30)
    return start["status"], dict(start["headers"]), json.loads(body["body"])


async def ask_all(paths):
    try:
        return await asyncio.gather(*(ask(f"/mapit/point/4326/{path}") for path in paths))
    finally:
        await (await lookups.pool()).close()


def test_they_say_what_the_view_says(client, town):
    answers = asyncio.run(ask_all(ASKED))
    for path, (status, headers, body) in zip(ASKED, answers, strict=True):
        expected = client.get(f"/mapit/point/4326/{path}") if "," in path else None
        if expected is None:
            assert (status, body["code"]) == (400, 400)
            continue
        assert (path, status, body) == (path, expected.status_code, expected.json())
        assert headers[b"access-control-allow-origin"] == b"*"
    assert [status for status, *_ in answers].count(200) == 8


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/mapit/point/4326/10,50"),
        ("GET", "/mapit/point/4326/10,50?within=5"),
        ("GET", "/mapit/point/4326/10,50.html"),
        ("GET", "/mapit/point/4326/10,50/box"),
        ("GET", "/mapit/areas/WARD"),
        ("GET", "/"),
    ],
)
def test_everything_else_is_left_to_django(method, path):
    assert asyncio.run(ask(path, method))[0] == 299


def test_network_that_looks_up_too_much_is_told_when_to_come(town, settings):
    settings.LIMITS = settings.LIMITS | {"lookup:address": Limit(2, 3600)}
    answers = asyncio.run(ask_all(["10.005,50.005"] * 3))
    assert sorted(status for status, *_ in answers) == [200, 200, 429]
    [(headers, body)] = [(headers, body) for status, headers, body in answers if status == 429]
    assert (body["code"], 1700 < int(headers[b"retry-after"]) <= 1800, headers[b"cache-control"]) == (
        429,
        True,
        b"no-store",
    )
