"""Test `/ask/` and `/enquiries/`: asked without a pin, found again, answered, passed on, made an incident."""

import uuid

import pytest
from django.test import Client

from geoapp.http.token_bucket import parse_limit
from incidents.casework import own_reports
from incidents.enquiries.receiving import IncomingEnquiry, receive_enquiry
from incidents.models import AddressCode, Browser, Enquiry, Incident, Membership, PersonalDataView
from incidents.reporting import TEXT_MAX
from incidents.views.public import own_browser
from tests import factories

ROLE = Membership.Role


@pytest.fixture
def desk(client, town):
    client.force_login(factories.person("dispatcher", town.desk, ROLE.DISPATCHER))
    return client


def make_enquiry(kind="question", text="Xin hỏi thủ tục làm khai sinh", **more):
    return receive_enquiry(IncomingEnquiry("web", kind, text, **more))


def test_a_question_is_asked_without_a_place(client, town):
    sent = {"kind": "question", "text": "Xin hỏi thủ tục", "phone": "+84 901 234 567", "sending": uuid.uuid4()}
    answers = [client.post("/ask/", sent) for _n in range(2)]
    enquiry = Enquiry.objects.get()
    assert [answer["Location"] for answer in answers] == [f"/q/{enquiry.token}/?sent=1"] * 2
    assert (enquiry.kind, enquiry.phone, enquiry.channel, enquiry.language) == ("question", "+84901234567", "web", "vi")
    assert enquiry.reference in client.get(answers[0]["Location"]).text
    assert enquiry.reference in client.get("/mine/").text
    assert enquiry.reference not in Client().get("/mine/").text
    assert not Incident.objects.exists()


def test_all_faults_of_the_form_are_said_at_once(client, town):
    answer = client.post("/ask/", {"kind": "praise", "text": " ", "phone": "12", "email": "x@", "sending": "?"})
    assert answer.status_code == 400
    assert set(answer.context["form"].errors) == {"kind", "text", "phone", "email", "sending"}
    assert not Enquiry.objects.exists()


@pytest.mark.parametrize("kind", ["question", "thanks", "complaint"])
def test_twenty_thousand_characters_are_refused_with_their_limit(client, town, kind):
    text = "Xin hỏi thủ tục. " * 1200
    answer = client.post("/ask/", {"kind": kind, "text": text, "sending": uuid.uuid4()})
    fault = f"Hãy viết gọn lại còn {TEXT_MAX} ký tự; hiện có {len(text.strip())}."
    assert (answer.status_code, answer.context["form"].errors["text"]) == (400, [fault])
    assert text.strip() in answer.text  # to be shortened, not typed again
    assert not Enquiry.objects.exists()


def test_words_of_the_search_come_along(client, town):
    suggestions = client.get("/report/kinds/", {"words": "xin hỏi thủ tục làm khai sinh"}).json()
    assert suggestions["enquiry"] == "question"
    assert client.get("/report/kinds/", {"words": "ổ gà"}).json()["enquiry"] == ""
    page = client.get("/ask/", {"text": "Cảm ơn phường"})
    assert (page.context["form"]["kind"].value(), page.context["form"]["text"].value()) == ("thanks", "Cảm ơn phường")


def test_a_page_that_was_open_too_long_keeps_its_words(town):
    answer = Client(enforce_csrf_checks=True).post("/ask/", {"kind": "thanks", "text": "Cảm ơn"})
    assert (answer.status_code, "Cảm ơn" in answer.text) == (403, True)


@pytest.mark.usefixtures("standing_clock")
def test_a_puzzle_comes_before_very_many(client, town, settings):
    settings.LIMITS = settings.LIMITS | {"report:address": parse_limit("1/h")}
    for n in range(2):
        client.post("/ask/", {"kind": "question", "text": f"Xin hỏi {n}"})
    assert [enquiry.state for enquiry in Enquiry.objects.order_by("pk")] == ["received", "held"]
    assert client.get("/ask/").context["question"]


def test_a_code_to_the_address_finds_it_again(client, town):
    browser, key = own_reports.new_browser()
    named, other, confirmed = (make_enquiry(email="an@example.org") for _n in range(3))
    Enquiry.objects.filter(pk=confirmed.pk).update(email_confirmed_at=confirmed.received_at)
    now = confirmed.received_at
    AddressCode.objects.create(
        browser=browser, medium="email", address="an@example.org", reference=named.reference, digest="0" * 64,
        asked_at=now, until=now.replace(year=now.year + 1),
    )  # fmt: skip
    client.cookies[own_browser.COOKIE] = key
    page = client.get("/mine/").text
    assert [enquiry.reference in page for enquiry in (named, other, confirmed)] == [True, False, True]
    assert Browser.objects.count() == 1


def test_number_of_an_enquiry_is_one_to_ask_by(client, town):
    enquiry = make_enquiry(email="an@example.org")
    assert client.post("/mine/code/", {"contact": "an@example.org", "reference": enquiry.reference}).status_code == 303
    assert AddressCode.objects.get().reference == enquiry.reference


# ---- the desk ----


def test_late_ones_stand_first_and_say_how_long_they_wait(desk, town):
    rows = [make_enquiry(), make_enquiry(), make_enquiry("thanks")]
    Enquiry.objects.filter(pk=rows[1].pk).update(received_at="2026-01-05T08:00Z", due_at="2026-01-09T08:00Z")
    page = desk.get("/enquiries/")
    assert [row.pk for row in page.context["rows"]] == [rows[1].pk, rows[0].pk, rows[2].pk]
    assert page.context["late"] == 1
    assert [row.pk for row in desk.get("/enquiries/?kind=thanks").context["rows"]] == [rows[2].pk]


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_the_same_few_questions(desk, town, count, django_assert_max_num_queries):
    for _n in range(count):
        make_enquiry()
    desk.get("/enquiries/")
    with django_assert_max_num_queries(20):
        desk.get("/enquiries/")


def test_a_contact_is_shown_on_demand_only(desk, town):
    enquiry = make_enquiry(phone="+84901234567")
    assert "+84901234567" not in desk.get(f"/enquiries/{enquiry.reference}/").text
    assert "+84901234567" in desk.post(f"/enquiries/{enquiry.reference}/contact/").text
    lines = PersonalDataView.objects.order_by("pk").values_list("enquiry", "address")
    page = f"/enquiries/{enquiry.reference}/"
    assert list(lines) == [(enquiry.pk, page), (enquiry.pk, f"{page}contact/")]  # what it says, and then whose it is


def test_a_dispatcher_answers_and_passes_on(desk, town):
    first, second = make_enquiry(), make_enquiry()
    sent = desk.post(f"/enquiries/{first.reference}/answer/", {"note": "Giấy chứng sinh"})
    passed = {"note": "Theirs", "authority": town.office.code}
    assert (sent.status_code, desk.post(f"/enquiries/{second.reference}/pass-on/", passed).status_code) == (302, 302)
    states = dict(Enquiry.objects.values_list("pk", "state"))
    assert states == {first.pk: "answered", second.pk: "passed_on"}
    own = Client().get(f"/q/{first.token}/").text
    assert ("Giấy chứng sinh" in own, "Theirs" in Client().get(f"/q/{second.token}/").text) == (True, False)


@pytest.mark.parametrize(("step", "sent", "faulty"), [
    ("answer", {}, {"note"}),
    ("pass-on", {"note": "x", "authority": "nowhere"}, {"authority"}),
    ("pass-on", {"authority": "old"}, {"note"}),
    ("incident", {}, {"category", "where"}),
    ("incident", {"category": "ST.1", "where": "Nowhere at all"}, {"where"}),
])  # fmt: skip
def test_faults_of_a_step_are_said_and_words_stay(desk, town, step, sent, faulty):
    enquiry = make_enquiry()
    answer = desk.post(f"/enquiries/{enquiry.reference}/{step}/", sent)
    assert (answer.status_code, set(answer.context["faults"])) == (400, faulty)
    assert Enquiry.objects.get().state == "received"


def test_a_matter_of_the_street_becomes_an_incident(desk, town):
    enquiry = make_enquiry(text="Xin hỏi bao giờ lấp ổ gà")
    sent = {"category": "ST.1", "where": "50.005, 10.005"}
    assert desk.post(f"/enquiries/{enquiry.reference}/incident/", sent).status_code == 302
    enquiry.refresh_from_db()
    assert enquiry.incident.category == town.hole
    assert enquiry.incident.reference in Client().get(f"/q/{enquiry.token}/").text


def test_what_was_settled_meanwhile_is_said(desk, town):
    enquiry = make_enquiry()
    desk.post(f"/enquiries/{enquiry.reference}/answer/", {"note": "Yes"})
    answer = desk.post(f"/enquiries/{enquiry.reference}/answer/", {"note": "No"})
    assert (answer.status_code, enquiry.lines.count()) == (400, 2)


@pytest.mark.parametrize("step", ["let-through", "refuse"])
def test_held_ones_wait_for_a_look(desk, town, step):
    enquiry = make_enquiry()
    Enquiry.objects.filter(pk=enquiry.pk).update(state="held")
    assert enquiry.reference not in desk.get("/enquiries/").text
    assert enquiry.reference in desk.get("/enquiries/?show=held").text
    desk.post(f"/enquiries/{enquiry.reference}/{step}/", {"note": "Spam"})
    assert Enquiry.objects.get().state == {"let-through": "received", "refuse": "refused"}[step]


def test_an_officer_takes_no_step_with_a_complaint(client, town, officer):
    enquiry = make_enquiry("complaint")
    Enquiry.objects.filter(pk=enquiry.pk).update(state="passed_on", authority=town.office)
    client.force_login(officer)
    assert client.post(f"/enquiries/{enquiry.reference}/answer/", {"note": "Lies"}).status_code == 404
    leader = factories.person("leader", town.office, ROLE.LEADER)
    client.force_login(leader)
    assert client.post(f"/enquiries/{enquiry.reference}/answer/", {"note": "Lies"}).status_code == 404
    assert client.post(f"/enquiries/{enquiry.reference}/contact/").status_code == 404
    assert client.post(f"/enquiries/{enquiry.reference}/give-back/", {"note": "He was ill"}).status_code == 302
    assert client.get(f"/enquiries/{enquiry.reference}/").status_code == 404
