"""Test CORS: other sites' scripts may read public data and faults, nothing else."""

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
    "/f/%(token)s/place/",
    "/stats/map.js",
    "/wards/%(code)s/manifest.webmanifest",
    "/card.png",
}


@pytest.fixture
def addresses(town, settings):
    settings.SMS_CALLBACK_TOKEN = "x" * 24
    all_addresses = every_address(values_of(town, people_of(town)))
    return [address for address in all_addresses if not is_of_a_model(address) or "/user/" in address.route]


def is_data(answer):
    return answer.status_code == 200 and not answer["Content-Type"].startswith("text/html")


def test_every_public_read_is_open_to_other_sites(addresses):
    client = Client(raise_request_exception=False)
    answers = {address: client.get(address.path) for address in addresses if address.route not in OUR_OWN}
    shut = [
        address.route
        for address, answer in answers.items()
        if is_data(answer) and "Access-Control-Allow-Origin" not in answer
    ]
    assert shut == []
    opened = {address.route for address, answer in answers.items() if answer.get("Access-Control-Allow-Origin") == "*"}
    assert opened == {address.route for address in addresses if is_open(address.path) and address.route not in OUR_OWN}
    assert len(opened) > 50


def test_preflight_is_answered_for_every_public_read(addresses):
    client, wrong = Client(), {}
    headers = {"Origin": "https://maps.example", "Access-Control-Request-Method": "GET"}
    for address in addresses:
        answer = client.options(address.path, headers=headers | {"Access-Control-Request-Headers": "if-none-match"})
        allowed = answer.get("Access-Control-Allow-Methods"), answer.get("Access-Control-Allow-Origin")
        summary = answer.status_code, *allowed, "If-None-Match" in answer.get("Access-Control-Allow-Headers", "")
        if summary != (
            (204, "GET, HEAD, OPTIONS", "*", True) if is_open(address.path) else (answer.status_code, None, None, False)
        ):
            wrong[address.route] = summary
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
