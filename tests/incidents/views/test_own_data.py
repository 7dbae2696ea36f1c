"""Test `/privacy/request/`: who may ask, what is recorded, and what is told of it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now

from incidents.casework import own_reports
from incidents.models import AddressCode, SubjectRequest
from incidents.notify import own_codes
from tests import factories

pytestmark = pytest.mark.django_db
PAGE = "/privacy/request/"
PHONE, EMAIL = "+84901234567", "an@example.org"


@pytest.fixture
def browser(town):
    return own_reports.new_browser()


@pytest.fixture
def visitor(browser):
    client = Client()
    client.cookies["mine"] = browser[1]
    return client


def prove(browser, medium="sms", address=PHONE, days=7):
    return AddressCode.objects.create(
        browser=browser[0], medium=medium, address=address, digest="0" * 64, until=now() + timedelta(days=days)
    )


def test_nothing_is_asked_before_an_address_is_proven(visitor):
    page = visitor.get(PAGE)
    assert (page.status_code, page["X-Robots-Tag"]) == (200, "noindex, nofollow")
    assert ('href="/mine/code/?for=data"' in page.text, "<textarea" in page.text) == (True, False)
    answer = visitor.post(PAGE, {"kind": "access", "address": "1"})
    assert (answer.status_code, SubjectRequest.objects.count()) == (400, 0)


def test_code_leads_to_the_own_data(visitor, browser, monkeypatch, town):
    factories.incident(town.hole, email=EMAIL).reports.update(email_confirmed_at=now())
    monkeypatch.setattr(own_codes.secrets, "randbelow", lambda _limit: 123456)
    answer = visitor.post("/mine/code/?for=data", {"contact": EMAIL})
    assert answer["Location"] == "/mine/code/?for=data"
    assert 'action="/mine/code/?for=data"' in visitor.get(answer["Location"]).text
    own_codes.send_code(AddressCode.objects.get().pk)
    assert visitor.post("/mine/code/?for=data", {"code": "123456"})["Location"] == PAGE
    assert "<textarea" in visitor.get(PAGE).text


@pytest.mark.parametrize(("medium", "address", "field"), [("sms", PHONE, "phone"), ("email", EMAIL, "email")])
@pytest.mark.parametrize(("kind", "days"), [("access", 10), ("correct", 10), ("restrict", 15), ("erase", 20)])
def test_request_has_its_address_and_legal_days(visitor, browser, medium, address, field, kind, days):
    code = prove(browser, medium, address)
    sent = {"kind": kind, "address": code.pk, "note": "Tên tôi viết sai"}
    answers = [visitor.post(PAGE, sent) for _twice in range(2)]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(303, f"{PAGE}?sent=1#requests")] * 2
    request = SubjectRequest.objects.get()
    assert {"phone": request.phone, "email": request.email} == {"phone": "", "email": "", field: address}
    assert (request.kind, request.note, request.taken_by) == (kind, "Tên tôi viết sai", None)
    assert request.done_by - request.received_at == timedelta(days=days)
    page = visitor.get(f"{PAGE}?sent=1").text
    assert ("Yêu cầu của bạn" in page, "Tên tôi viết sai" in page, address in page) == (True, False, False)


@pytest.mark.parametrize(
    ("sent", "faults"),
    [
        ({}, {"kind", "address"}),
        ({"kind": "sell", "address": "own", "note": "x" * 2001}, {"kind", "note"}),
        ({"kind": "erase", "address": "others"}, {"address"}),
        ({"kind": "erase", "address": "' OR 1=1"}, {"address"}),
    ],
)
def test_all_faults_are_told_and_nothing_is_recorded(visitor, browser, sent, faults):
    keys = {"own": prove(browser).pk, "others": prove(own_reports.new_browser(), "email", EMAIL).pk}
    answer = visitor.post(PAGE, sent | {"address": keys.get(sent.get("address"), sent.get("address", ""))})
    assert (answer.status_code, set(answer.context["form"].errors)) == (400, faults)
    assert SubjectRequest.objects.count() == 0


def test_only_who_proves_the_address_reads_of_a_request(visitor, browser, town):
    code = prove(browser)
    visitor.post(PAGE, {"kind": "erase", "address": code.pk})
    stranger = Client()
    stranger.cookies["mine"] = own_reports.new_browser()[1]
    assert "requests-title" not in stranger.get(PAGE).text
    assert "requests-title" in visitor.get(PAGE).text
    over = now() - timedelta(minutes=1)
    AddressCode.objects.update(asked_at=over - timedelta(days=7), until=over)
    assert "requests-title" not in visitor.get(PAGE).text


def test_the_officer_reads_what_was_asked(visitor, browser, client, town):
    visitor.post(PAGE, {"kind": "correct", "address": prove(browser).pk, "note": "Số nhà là 12"})
    client.force_login(factories.person("officer of data", town.desk, "privacy"))
    request = SubjectRequest.objects.get()
    assert f'href="/privacy/{request.pk}/"' in client.get("/privacy/").text
    assert "Số nhà là 12" in client.get(f"/privacy/{request.pk}/").text
