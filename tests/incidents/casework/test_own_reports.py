"""Own reports of a browser: found by its cookie only, read, kept, dropped and forgotten."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from incidents import access, jobs, reporting, workflow
from incidents.casework import own_reports
from incidents.data_requests import requests as data_requests
from incidents.forms import NEW
from incidents.models import Browser, HeldReport, KeptReport, Report, WatchedWord
from incidents.reporting.sender import Sender
from tests import factories
from tests.incidents.views.test_pages import read_page

pytestmark = pytest.mark.django_db
FORM = {"lon": "10.005", "lat": "50.005", "category": "ST.1", "text": "Knee deep", "join": NEW}


def visitor():
    """An anonymous browser that reads English."""
    client = Client()
    client.cookies["django_language"] = "en"
    return client


def send(client, **more):
    """Send the web form; returns the report."""
    before = Report.objects.count()
    answer = client.post("/report/", FORM | more)
    assert (answer.status_code, Report.objects.count()) == (303, before + 1)
    return Report.objects.order_by("-pk").first()


def references_at_mine(client, query=""):
    """References of the cards that a browser sees, in order."""
    return [card.incident.reference for card in client.get(f"/mine/{query}").context["listed"].cards]


def test_what_a_browser_sends_is_found_there_and_nowhere_else(town):
    client, other = visitor(), visitor()
    report = send(client)
    reference = report.incident.reference
    assert references_at_mine(client) == [reference]
    page = client.get(f"/mine/{reference}/", follow=True)
    assert (page.redirect_chain, [line.words for line in page.context["talk"]]) == (
        [(f"/f/{report.token}/", 302)], ["Knee deep"],
    )  # fmt: skip
    assert references_at_mine(other) == []
    assert other.get(f"/mine/{reference}/").status_code == 404
    cookie = client.cookies["mine"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 400 * 86_400)
    assert cookie.value not in str(list(Browser.objects.values()))


@pytest.mark.parametrize("key", ["", "x", "a" * 43, "a" * 4000, "' OR 1=1 --"])
def test_guessed_key_finds_nothing(town, key):
    reference = send(visitor()).incident.reference
    client = visitor()
    client.cookies["mine"] = key
    assert references_at_mine(client) == []
    assert client.get(f"/mine/{reference}/").status_code == 404


def test_what_staff_writes_down_is_not_kept(client, town, officer):
    client.force_login(officer)
    send(client)
    assert Browser.objects.count() == 0


def test_report_of_a_link_is_kept_and_dropped_by_a_tap(town):
    report, client = factories.incident(town.hole).reports.get(), visitor()
    assert client.get(f"/f/{report.token}/").context["kept"] is False
    client.post(f"/f/{report.token}/keep/")
    assert (references_at_mine(client), client.get(f"/f/{report.token}/").context["kept"]) == (
        [report.incident.reference],
        True,
    )
    client.post(f"/f/{report.token}/keep/", {"drop": "1"})
    assert references_at_mine(client) == []
    assert client.post("/f/nothing/keep/").status_code == 404


def test_held_report_is_found_before_and_after_somebody_looks(town, officer):
    WatchedWord.watch("knee")
    client = visitor()
    client.post("/report/", FORM)
    waiting = HeldReport.objects.get()
    page = client.get("/mine/")
    assert [held_report.pk for held_report in page.context["listed"].held_reports] == [waiting.pk]
    assert "Being checked" in read_page(page)
    report = reporting.let_through(waiting, by=officer)
    assert references_at_mine(client) == [report.incident.reference]
    assert client.get("/mine/").context["listed"].held_reports == []


def test_what_the_city_wrote_is_new_until_it_is_read(town, officer):
    client = visitor()
    report = send(client)
    workflow.move(report.incident, "accept", by=officer)
    workflow.move(report.incident, "ask", by=officer, note="Which side of the road?")
    (card,) = client.get("/mine/").context["listed"].cards
    assert (card.unread, card.words) == (2, "Which side of the road?")
    first, second = (
        client.get(f"/mine/{report.incident.reference}/", follow=True).context["talk"] for _time in range(2)
    )
    assert [(line.theirs, line.words, line.is_new) for line in first] == [
        (False, "Knee deep", False), (True, "", True), (True, "Which side of the road?", True),
    ]  # fmt: skip
    assert [line.is_new for line in second] == [False] * 3
    assert client.get("/mine/").context["listed"].unread == 0


def test_the_private_page_reads_what_the_city_wrote(town, officer):
    client = Client()
    report = factories.incident(town.hole).reports.get()
    client.post(f"/f/{report.token}/keep/")
    workflow.move(report.incident, "ask", by=officer, note="Which side of the road?")
    Client().get(f"/f/{report.token}/")
    assert client.get("/mine/").context["listed"].unread == 1
    client.get(f"/f/{report.token}/")
    assert client.get("/mine/").context["listed"].unread == 0


def test_own_words_stand_in_the_talk_and_others_do_not(town, officer):
    client = visitor()
    report = send(client)
    other = send(visitor(), text="Mine as well", join=report.incident.reference)
    workflow.move(report.incident, "ask", by=officer, note="Where?")
    workflow.move(report.incident, "answer", note="At the gate", receipt={"report": report.pk})
    workflow.move(report.incident, "ask", by=officer, note="Which gate?")
    workflow.move(report.incident, "answer", note="Secret of the other", receipt={"report": other.pk})
    talk = client.get(f"/mine/{report.incident.reference}/", follow=True).context["talk"]
    assert [line.words for line in talk] == ["Knee deep", "Where?", "At the gate", "Which gate?"]


def test_list_is_filtered_and_put_in_order(town, officer):
    client = visitor()
    states = {"waiting": "ask", "resolved": "resolve", "assigned": ""}
    reports = {state: send(client).incident for state in states}
    for state, step in states.items():
        if step:
            workflow.move(reports[state], step, by=officer, note="Said")
    names = {incident.reference: state for state, incident in reports.items()}
    shown = {
        query: [names[name] for name in references_at_mine(client, query)]
        for query in ("", "?show=waiting", "?show=open", "?show=ended", "?sort=newest", "?sort=due", "?show=x&sort=y")
    }
    assert shown == {
        "": ["resolved", "waiting", "assigned"],
        "?show=waiting": ["waiting"],
        "?show=open": ["waiting", "assigned"],
        "?show=ended": ["resolved"],
        "?sort=newest": ["assigned", "resolved", "waiting"],
        "?sort=due": ["waiting", "assigned", "resolved"],
        "?show=x&sort=y": ["resolved", "waiting", "assigned"],
    }
    assert client.get("/mine/").context["listed"].counts == {"": 3, "waiting": 1, "open": 2, "ended": 1}


def test_forgetting_a_browser_takes_all_but_the_reports(town):
    client = visitor()
    report = send(client)
    key = client.cookies["mine"].value
    client.post("/mine/forget/")
    assert (Browser.objects.count(), KeptReport.objects.count(), Report.objects.count()) == (0, 0, 1)
    client.cookies["mine"] = key
    assert references_at_mine(client) == []
    assert client.get(f"/f/{report.token}/").status_code == 200


def test_erased_report_is_found_in_no_browser(town):
    client = visitor()
    report = send(client)
    data_requests.erase_reports(Report.objects.filter(pk=report.pk))
    assert (references_at_mine(client), KeptReport.objects.count()) == ([], 0)


def test_new_link_takes_the_report_out_of_other_browsers(town):
    client, other = visitor(), visitor()
    report = send(client)
    other.post(f"/f/{report.token}/keep/")
    client.post(f"/f/{report.token}/renew/")
    assert (references_at_mine(client), references_at_mine(other)) == ([report.incident.reference], [])


def test_report_told_in_the_chat_is_found(town):
    client = visitor()
    key = "a" * 32
    client.cookies["chat"] = key
    report = factories.incident(town.hole, chat=f"webchat:{key}").reports.get()
    client.get("/chat/")
    assert references_at_mine(client) == [report.incident.reference]


def test_browser_that_nobody_uses_is_forgotten(town):
    send(visitor())
    Browser.objects.update(seen_at=now() - timedelta(days=401))
    send(visitor())
    jobs.forget_browsers(0)
    assert (Browser.objects.count(), Report.objects.count()) == (1, 2)


def test_browser_keeps_the_newest_reports(town, monkeypatch):
    monkeypatch.setattr(own_reports, "KEPT_AT_MOST", 2)
    browser, _key = own_reports.new_browser()
    reports = [factories.incident(town.hole).reports.get() for _time in range(3)]
    for report in reports:
        own_reports.keep_report(browser, report, how="sent")
    assert set(access.own_reports(browser)) == set(reports[1:])


def test_list_asks_the_database_as_often_for_many(town):
    browser, key = own_reports.new_browser()
    client = visitor()
    client.cookies["mine"] = key
    counts = []
    for number in (1, 5):
        for _time in range(number):
            own_reports.keep_report(browser, factories.incident(town.hole).reports.get(), how="sent")
        with CaptureQueriesContext(connection) as queries:
            client.get("/mine/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_held_report_of_another_is_not_found(town):
    WatchedWord.watch("knee")
    incoming = reporting.IncomingReport("web", town.hole, factories.IN_OLD, text="Knee deep")
    reporting.receive(incoming, Sender(network="203.0.113.7"))
    assert visitor().get("/mine/").context["listed"].held_reports == []
