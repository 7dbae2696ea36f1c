"""The one private page of a report: its stops, who opens it, what it says beside what was pressed, what it hides."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from incidents import workflow
from incidents.casework import additions, verdicts, withdrawing
from incidents.models import Event, Report
from tests import factories
from tests.incidents.views.test_pages import read_page
from tests.pages import one_line

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(incident):
    return incident.reports.get()


def reader(**cookies):
    client = Client(REMOTE_ADDR="203.0.113.7")
    client.cookies["django_language"] = "en"
    for name, value in cookies.items():
        client.cookies[name] = value
    return client


def page_of(report, client=None, query=""):
    return (client or reader()).get(f"/f/{report.token}/{query}")


def stops_of(report):
    return [(str(stop.name), stop.sign, stop.is_passed) for stop in page_of(report).context["stops"]]


def take(report, officer, *steps):
    for step in steps:
        workflow.move(report.incident, step, by=officer, note="Said")


ARRIVED, ASSIGNED, DUE = ("Arrived", "received", True), ("Assigned", "assigned", True), ("Done", "", False)
WORKED = ("Working", "working", True)
AHEAD = [("Assigned", "", False), ("Working", "", False), DUE]


@pytest.mark.parametrize(
    ("steps", "stops"),
    [
        ([], [ARRIVED, ("Assigned", "assigned", False), ("Working", "", False), DUE]),
        (["accept"], [ARRIVED, ASSIGNED, ("Accepted", "accepted", False), DUE]),
        (["accept", "begin"], [ARRIVED, ASSIGNED, ("Working", "working", False), DUE]),
        (["ask"], [ARRIVED, ASSIGNED, ("Asks you", "waiting", False), DUE]),
        (["accept", "resolve"], [ARRIVED, ASSIGNED, WORKED, ("Done", "resolved", False)]),
        (["reject"], [ARRIVED, ASSIGNED, ("Reviewed", "working", True), ("Not accepted", "rejected", False)]),
        (["accept", "resolve", "reopen"], [ARRIVED, ASSIGNED, ("Working again", "working", False), DUE]),
        (["accept", "hand_back"], [("Arrived", "received", False), *AHEAD]),
    ],
)  # fmt: skip
def test_four_stops_say_where_it_stands(report, officer, steps, stops):
    take(report, officer, *steps)
    assert stops_of(report) == stops


def test_a_dispute_is_looked_at_again(report, officer):
    take(report, officer, "accept", "resolve")
    verdicts.dispute_result(report, "Still there")
    assert stops_of(report)[2:] == [("Reviewed again", "disputed", False), DUE]


def test_who_withdrew_reads_that_they_did(report):
    withdrawing.withdraw_report(report)
    text = read_page(page_of(report))
    assert stops_of(report) == [
        ARRIVED, ("Assigned", "assigned", False), ("Working", "", False), ("You withdrew it", "rejected", False),
    ]  # fmt: skip
    assert "You withdrew your report." in text
    assert "It ends here: nobody else had reported it" in text
    assert "Not accepted" not in text.partition("Every step so far")[0]
    public = read_page(reader().get(f"/i/{report.incident.reference}/"))
    assert "Withdrawn by the reporter Nobody else had reported it, and no unit had accepted it." in public


def test_what_goes_on_without_who_withdrew_says_so(report, officer):
    take(report, officer, "accept")
    withdrawing.withdraw_report(report)
    text = read_page(page_of(report))
    assert "You withdrew your report." in text
    assert "it continues without you" in text
    assert 'id="add"' not in page_of(report).text


@pytest.mark.parametrize("query", ["", "?sent=1"])
def test_the_address_is_told_to_nobody(report, query):
    page = page_of(report, query=query)
    heads = [page[name] for name in ("Referrer-Policy", "X-Robots-Tag")]
    assert heads == ["same-origin", "noindex, nofollow"]
    assert "no-store" in page["Cache-Control"]
    assert "og:url" not in page.text
    assert re.findall(r'<a [^>]*href="https?://[^"]*' + report.token, page.text) == []


@pytest.mark.parametrize(
    ("path", "posted", "notice"),
    [
        ("add", {"words": "More"}, "Added: the unit will read it."),
        ("add", {"gone": "1"}, "The unit knows that it is gone. Thank you."),
        ("place", {"where": "New Wharf"}, "The location has been corrected."),
        ("withdraw", {}, "You withdrew your report."),
        ("renew", {}, "This is your new private page: keep its address."),
    ],
)
def test_what_was_done_is_told_where_it_was_pressed(report, path, posted, notice):
    client = reader()
    answer = client.post(f"/f/{report.token}/{path}/", posted)
    assert answer["Location"].endswith("#done")
    html = one_line(client.get(answer["Location"]))
    (shown,) = re.findall(r'<(?:p|div) [^>]*id="done"[^>]*role="status"[^>]*tabindex="-1"[^>]*>(.*?)</(?:p|div)>', html)
    assert notice in shown


def test_faults_keep_what_was_typed(report):
    answer = reader().post(f"/f/{report.token}/add/", {"gone": "1", "words": "x" * 1001})
    assert (answer.status_code, 'id="gone" open' in one_line(answer)) == (400, True)


@pytest.mark.parametrize(
    ("place", "change"),
    [
        ("lon=10.0051&lat=50.005", "7 m away, still in Old Wharf Ward: the unit does not change."),
        ("lon=10.015&lat=50.005", "in New Wharf Ward: it goes to New Wharf Office, and the deadline is recalculated."),
        ("lon=50&lat=10", "outside the city"),
        ("", "Tell us where it is"),
    ],
)
def test_a_moved_pin_says_what_it_changes(report, place, change):
    answer = reader().get(f"/f/{report.token}/place/?{place}")
    assert (answer.status_code, change in answer.json()["said"]) == (200, True)
    assert (reader().get(f"/f/x{report.token}/place/?{place}").status_code, Event.objects.count()) == (404, 2)


def test_an_ended_link_is_read_where_the_report_is_kept(report, officer):
    client, stranger = reader(), reader()
    client.post(f"/f/{report.token}/keep/")
    take(report, officer, "resolve")
    factories.change(report.incident, closed_at=now() - timedelta(days=800))
    page = client.get(f"/mine/{report.incident.reference}/", follow=True)
    assert (page.status_code, page.context["link_open"], "word" in page.context) == (200, False, False)
    assert "The private link of this page has ended." in read_page(page)
    assert (page_of(report, stranger).status_code, client.post(f"/f/{report.token}/add/").status_code) == (410, 404)


def test_the_header_counts_what_is_unread(report, officer):
    client = reader()
    twin = factories.incident(report.incident.category).reports.get()
    Report.objects.filter(pk=twin.pk).update(incident=report.incident)
    for own in (report, twin):  # a message on both counts once
        client.post(f"/f/{own.token}/keep/")
    take(report, officer, "accept", "ask")

    def badge(path="/history/"):
        page = client.get(path)
        shown = re.search(r'unread-count num">(\d+)', page.text)
        return (shown and int(shown[1]), "private" in page.get("Cache-Control", ""))

    assert badge() == (2, True)
    client.get(f"/f/{report.token}/")
    assert badge()[0] is None
    assert Client().get("/history/").get("Cache-Control") is None


def test_nothing_is_asked_without_the_cookie(town):
    with CaptureQueriesContext(connection) as queries:
        reader().get("/history/")
    assert [query["sql"] for query in queries if "keptreport" in query["sql"]] == []
    with CaptureQueriesContext(connection) as queries:
        reader(mine="a" * 43).get("/history/")
    assert len([query for query in queries if "keptreport" in query["sql"]]) == 1


def test_the_new_ones_are_marked_in_the_talk(report, officer):
    client = reader()
    client.post(f"/f/{report.token}/keep/")
    take(report, officer, "ask")
    assert [page_of(report, client).context["new"] for _time in range(2)] == [1, 0]


def test_the_title_is_what_was_written(report):
    Report.objects.filter(pk=report.pk).update(text="")
    assert page_of(report).context["title"] == "Pothole"
    factories.incident(report.incident.category, text="the lamp before number 12 is dark for three nights now")
    newest = Report.objects.latest("pk")
    assert page_of(newest).context["title"] == "The lamp before number 12 is dark for t…"
    additions.add_to_report(newest, words="More", pictures=[])
    assert [line.words for line in page_of(newest).context["talk"]][1:] == ["More"]
