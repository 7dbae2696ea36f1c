"""Scripts on pages of other sites read what everybody may read, faults included, and nothing else."""

import pytest
from django.test import Client

from geoapp.http.cors import is_open
from tests.every_address import every_address, is_of_a_model, people_of, values_of

# Told to everybody, but to our own pages, to probes or to nobody's script.
OUR_OWN = {
    "/chat/lines/",
    "/cameras/%(key)s/still.jpg",  # of a camera that is public: none of the invented town is
    "/healthz",
    "/metrics",
    "/words.js",
    "/push-worker.js",
    "/sw.js",
    "/manifest.webmanifest",
    "/report/puzzle/",
    "/stats/map.js",
}


@pytest.fixture
def addresses(town, settings):
    settings.SMS_CALLBACK_TOKEN = "x" * 24
    made = every_address(values_of(town, people_of(town)))
    return [one for one in made if not is_of_a_model(one) or "/user/" in one.route]


def is_data(answer):
    return answer.status_code == 200 and not answer["Content-Type"].startswith("text/html")


def test_every_public_read_is_open_to_other_sites(addresses):
    client = Client(raise_request_exception=False)
    answers = {one: client.get(one.path) for one in addresses if one.route not in OUR_OWN}
    shut = [
        one.route for one, answer in answers.items() if is_data(answer) and "Access-Control-Allow-Origin" not in answer
    ]
    assert shut == []
    opened = {one.route for one, answer in answers.items() if answer.get("Access-Control-Allow-Origin") == "*"}
    assert opened == {one.route for one in addresses if is_open(one.path) and one.route not in OUR_OWN}
    assert len(opened) > 50


def test_preflight_is_answered_for_every_public_read(addresses):
    client, wrong = Client(), {}
    headers = {"Origin": "https://maps.example", "Access-Control-Request-Method": "GET"}
    for one in addresses:
        answer = client.options(one.path, headers=headers | {"Access-Control-Request-Headers": "if-none-match"})
        allowed = answer.get("Access-Control-Allow-Methods"), answer.get("Access-Control-Allow-Origin")
        told = answer.status_code, *allowed, "If-None-Match" in answer.get("Access-Control-Allow-Headers", "")
        if told != (
            (204, "GET, HEAD, OPTIONS", "*", True) if is_open(one.path) else (answer.status_code, None, None, False)
        ):
            wrong[one.route] = told
    assert wrong == {}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/tiles/incidents/14/99999999/1.mvt", 404),
        ("get", "/tiles/areas/1/0/0.mvt?level=moon", 400),
        ("get", "/tiles/nothing", 404),
        ("get", "/areas/none.json", 404),
        ("get", "/addresses/?near=moon", 400),
        ("get", "/addresses/?q=%00", 400),
        ("get", "/photo/999/small.jpg", 404),
        ("get", "/data/nothing.csv", 404),
        ("get", "/live/?after=moon", 400),
        ("post", "/live/", 405),
        ("delete", "/addresses/", 405),
        ("put", "/photo/1/small.jpg", 405),
        ("patch", "/mapit/types", 405),
    ],
)
def test_script_of_another_site_reads_what_is_wrong(town, method, path, status):
    answer = getattr(Client(enforce_csrf_checks=True), method)(path, headers={"Accept": "application/json"})
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (status, "*")
    assert ("Allow" in answer) == (status == 405)
