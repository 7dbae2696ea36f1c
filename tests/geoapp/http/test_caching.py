"""Test caching headers at every address: nothing of signed-in people, nothing personal of others."""

import pytest
from django.template.backends.django import Template
from django.test import Client

from tests import factories
from tests.every_address import every_address, is_of_a_model, people_of, values_of

NOTHING = "private, no-store"


@pytest.fixture
def people(town):
    return people_of(town)


@pytest.fixture
def addresses(town, people, settings):
    settings.SMS_CALLBACK_TOKEN = "x" * 24
    return every_address(values_of(town, people))


def signed_in(user):
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


# A usual run asks at every other address, and at those of one model of the administration, which are alike.
@pytest.mark.parametrize("deep", [False, pytest.param(True, marks=pytest.mark.deep)])
def test_nothing_is_kept_of_who_is_signed_in(people, addresses, deep, monkeypatch):
    monkeypatch.setattr(Template, "render", lambda *arguments, **named: "")  # what is kept stands ahead of the page
    client = signed_in(people["mighty"])
    chosen = (
        addresses
        if deep
        else [address for address in addresses if not is_of_a_model(address) or "/user/" in address.route][::2]
    )
    answers = {address.route: client.get(address.path) for address in chosen}
    assert {route: answer.get("Cache-Control") for route, answer in answers.items()} == dict.fromkeys(answers, NOTHING)
    assert len([answer for answer in answers.values() if answer.status_code == 200]) > (
        200 if deep else 100
    )  # not of closed doors only


def test_data_carry_no_rules_of_pages(client, town):
    """Half a kilobyte with each of a dozen tiles; no browser makes a page of them."""
    rules = {"Content-Security-Policy", "Permissions-Policy", "X-Frame-Options"}
    carried = {path: rules & {*client.get(path).headers} for path in ("/", "/tiles/areas/1/0/0.json", "/no-such/")}
    assert carried == {"/": rules, "/tiles/areas/1/0/0.json": set(), "/no-such/": rules}
    assert client.get("/tiles/areas/1/0/0.json")["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(("method", "path", "status"), [
    ("get", "/no/such/page/", 404),
    ("get", "/desk/", 404),
    ("post", "/report/", 400),
    ("post", "/sign-out/", 302),
    ("post", "/language/", 302),
    ("put", "/ogc/", 405),
])  # fmt: skip
def test_nothing_is_kept_of_other_answers_to_them(people, method, path, status):
    answer = getattr(signed_in(people["nobody"]), method)(path)
    assert (answer.status_code, answer["Cache-Control"]) == (status, NOTHING)


def test_nothing_is_kept_of_signing_in(client, town):
    factories.person("officer", town.office)
    answer = client.post("/sign-in/", {"username": "officer", "password": "secret-harbour"})
    assert (answer.status_code, answer["Cache-Control"]) == (302, NOTHING)


PUBLIC = {
    "/tiles/density/14/8647/5565.json",
    "/tiles/incidents/14/8647/5565.json", "/tiles/incidents/14/8647/5565.mvt", "/tiles/areas/14/8647/5565.json",
    "/tiles/areas/14/8647/5565.mvt", "/areas/001.json", "/history/heads.json", "/cameras/places.json",
    "/cameras.geojson", "/cameras/truth.json", "/evidence/seals.json", "/evidence/heads.json",
    "/ogc/collections/areas/items", "/mapit/types",
}  # fmt: skip


def test_what_strangers_share_is_nobodys(addresses):
    """What may be kept on its way to others sets no cookie, and is given to nobody who sends another one."""
    answers = {address.path: Client().get(address.path) for address in addresses if not is_of_a_model(address)}
    shared = {path: answer for path, answer in answers.items() if "public" in answer.get("Cache-Control", "")}
    assert shared.keys() >= PUBLIC
    assert [path for path, answer in shared.items() if answer.cookies or "Cookie" not in answer["Vary"]] == []
