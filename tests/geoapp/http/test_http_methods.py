"""Test that read-only views answer 405 with Allow to other methods, before CSRF."""

import pytest
from django.template.backends.django import Template
from django.test import Client

from tests.every_address import every_address, people_of, values_of

OTHERS = ("POST", "PUT", "PATCH", "DELETE")
# The addresses that strangers may write to, and how those begin that they may.
WRITTEN = (
    "/report/", "/ask/", "/chat/", "/g/", "/i/%(reference)s/gone/", "/wards/", "/answers/%(slug)s/vote/",
    "/mine/code/", "/following/", "/privacy/request/",
    "/ideas/new/", "/ideas/code/", "/c/", "/t/", "/f/%(token)s/place/", "/q/%(token)s/agreement/", "/w/%(token)s/",
    "/stop/", "/emergency/report/", "/hooks/", "/sign-in/", "/control/layouts/", "/control/create/",
    "/control/announce/",
    "/control/incident/%(reference)s/act/",
    "/language/", "/mapit/", "/open311/v2/requests.", "/open311/v2/servicerequestupdates", "/open311/test/v2/requests.",
    "/open311/test/v2/servicerequestupdates", "/api/reports/", "/webhooks/", "/developers/keys/", "/admin/",
)  # fmt: skip
READ = {
    "/report/here/",
    "/report/danger/",
    "/report/kinds/",
    "/report/near/",
    "/report/puzzle/",
    "/report/privacy/",
    "/chat/lines/",
    "/wards/%(code)s/",
    "/wards/%(code)s/manifest.webmanifest",
    "/w/%(token)s/photo/%(pk)s/",
}


@pytest.fixture
def addresses(town, settings):
    settings.SMS_CALLBACK_TOKEN = "x" * 24
    return every_address(values_of(town, people_of(town)))


def answer_to(method, path):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    answer = client.generic(method, path)
    allowed = [word.strip() for word in answer.get("Allow", "").split(",")]
    return answer.status_code, method in allowed, "GET" in allowed


@pytest.mark.parametrize("others", [OTHERS[::3], pytest.param(OTHERS[1:3], marks=pytest.mark.deep)])
def test_what_is_only_read_takes_no_other_method(addresses, monkeypatch, others):
    monkeypatch.setattr(Template, "render", lambda *arguments, **named: "")  # what stands on a page is not asked here
    read = [address for address in addresses if address.route in READ or not address.route.startswith(WRITTEN)]
    public = [address for address in read if Client().get(address.path).status_code not in (302, 405)]
    answers = {(method, address.route): answer_to(method, address.path) for address in public for method in others}
    assert answers == dict.fromkeys(answers, (405, False, True))
    assert len(public) > 70


@pytest.mark.parametrize("path", ["/mapit/types", "/mapit/nothing", "/open311/v2/requests.json"])
def test_what_takes_posts_says_so_to_others(town, path):
    assert {method: answer_to(method, path) for method in OTHERS[1:]} == dict.fromkeys(OTHERS[1:], (405, False, True))


def test_ogc_answers_another_method_without_a_page(town):
    answer = Client(enforce_csrf_checks=True).post("/ogc/collections")
    assert (answer.status_code, answer["Allow"], answer.content) == (405, "GET, HEAD", b"")
