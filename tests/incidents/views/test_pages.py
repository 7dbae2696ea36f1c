"""Test who reads what on the public page of an incident and on a reporter's private page."""

import json
import re
import uuid

import pytest

from incidents import reporting, timeline, workflow
from incidents.map import live
from incidents.models import Event, Incident, Membership, Report
from tests import factories
from tests.pages import one_line

PERSONAL = ["0908 112 345", "908112345", "an@example.org", "079203001234", "officer"]


@pytest.fixture(autouse=True)
def in_english(settings):
    settings.LANGUAGE_CODE = "en"


def send_report(category, **more):
    incoming = {"channel": "web", "category": category, "place": factories.IN_OLD, "text": "Knee deep"}
    return reporting.receive(reporting.IncomingReport(**incoming | more))


def page(client, report):
    return client.get(f"/f/{report.token}/").content.decode()


def read_page(response):
    body = re.sub(r"(?s)<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode().partition("<body")[2])
    return " ".join(body.split())


def test_everybody_reads_what_where_who_and_until_when(client, incident, officer):
    workflow.move(incident, "accept", by=officer)
    response = client.get(f"/i/{incident.reference}/")
    text = read_page(response)
    for words in (
        "Pothole · Harbour Road", "Accepted", "Old Wharf Office has accepted it and will start.",
        "The location is in Old Wharf Ward.",
        "The ward handles this.", "48 hours around the clock, from", "Accepted by Old Wharf Office", "Knee deep",
    ):  # fmt: skip
        assert words in text
    assert 'data-state="accepted"' in response.content.decode()


def test_reasons_are_said_in_the_language_of_the_page(client, incident, settings):
    settings.LANGUAGE_CODE = "vi"
    text = read_page(client.get(f"/i/{incident.reference}/"))
    assert "Vị trí nằm trong Phường Old Wharf." in text
    assert "Việc này do phường xử lý." in text


@pytest.mark.usual_rows(5)
@pytest.mark.parametrize(("steps", "state", "says"), [
    ([], "assigned", "Received. Old Wharf Office has not accepted it yet."),
    (["pass_on"], "passed_on", "It was passed on to Old Wharf Office."),
    (["accept", "begin"], "working", "Old Wharf Office is working on it."),
    (["accept", "more_time"], "extension", "Old Wharf Office is working on it and has asked for more time."),
    (["resolve", "dispute"], "disputed", "The result is disputed."),
    (["resolve", "confirm"], "closed", "That is 1 day"),
    (["accept", "ask"], "waiting", "Old Wharf Office asks the person who reported it: “Words”"),
    (["resolve"], "resolved", "That is 1 day"),
    (["reject"], "rejected", "Words"),
])  # fmt: skip
def test_the_verdict_says_how_it_stands(client, incident, officer, steps, state, says):
    for step in steps:
        workflow.move(incident, step, by=officer, note="Words")
    html = one_line(client.get(f"/i/{incident.reference}/"))
    verdict = re.search(r'id="verdict" data-live data-state="(\w+)">(.*?)</div>', html, re.S)
    assert verdict[1] == state
    assert says in " ".join(re.sub(r"<[^>]+>", "", verdict[2]).split())


def test_late_is_late_whatever_its_state(client, incident):
    Incident.objects.update(due_at=incident.received_at)
    html = one_line(client.get(f"/i/{incident.reference}/"))
    assert 'id="verdict" data-live data-state="late"' in html


def test_after_a_hand_over_the_reason_is_what_the_unit_said(client, town, incident, officer):
    workflow.move(incident, "hand_over", by=officer, note="The pipe is yours", to=town.water)
    text = read_page(client.get(f"/i/{incident.reference}/"))
    assert "Water Company" in text
    assert "Old Wharf Office transferred it: The pipe is yours" in text
    assert "The ward handles this." not in text.partition("What has happened")[0]


def test_reports_that_join_are_one_line_of_the_story(client, town, incident):
    for words in ("Me too", "Still there"):
        send_report(town.hole, text=words, join=incident)
    text = read_page(client.get(f"/i/{incident.reference}/"))
    assert "2 more reports merged" in text
    assert "Me too" in text
    assert "3 reports" in text


def test_what_is_not_published_is_no_page_for_anybody(client, town, officer):
    secret = factories.incident(town.secret)
    for user in (None, officer):
        if user:
            client.force_login(user)
        assert client.get(f"/i/{secret.reference}/").status_code == 404
    for address in ("/i/2611-00000/", "/i/%07/", "/i/a%2Fb/", "/f/%07/", "/f/nobody/", f"/f/{secret.reference}/"):
        assert client.get(address).status_code == 404


def test_nothing_personal_is_ever_public(client, town, officer):
    officer.first_name, officer.last_name = "Hiding", "Nobody"
    officer.save()
    text = "Knee deep, call 0908 112 345 or 0908.112.345 or +84908112345, an@example.org, 079203001234, 079203001"
    first = send_report(town.hole, text=text, phone="+84908112345", email="an@example.org")
    send_report(town.hole, text=f"Me too! {text}", phone="+84908112345", email="an@example.org", join=first.incident)
    workflow.move(first.incident, "accept", by=officer)
    workflow.move(first.incident, "ask", by=officer, note="Which side?")
    workflow.move(first.incident, "answer", note=f"Left, I am {text}")
    timeline.record(first.incident, Event.Kind.VIEWED, by=officer, authority=town.office, public=False)
    workflow.move(first.incident, "resolve", by=officer, note="Filled")

    personal = {
        "page": client.get(f"/i/{first.incident.reference}/").content.decode(),
        "stream": heard(),
        "list": client.get("/list/?state=all&days=0").content.decode(),
        "map": client.get("/?state=all&days=0").content.decode(),
        "tile": client.get("/tiles/incidents/0/0/0.json?state=all&days=0").content.decode(),
        "near": client.get("/report/near/?lon=10.005&lat=50.005&category=ST.1").content.decode(),
    }
    assert "Knee deep" in personal["page"]
    assert all(first.incident.reference in personal[where] for where in ("stream", "list"))
    assert json.loads(personal["tile"]) != {}
    forbidden = [
        *PERSONAL,
        "0908.112.345",
        "079203001",
        "Hiding",
        "Nobody",
        "I am",
        first.token,
        "Contact details viewed",
    ]
    assert [(where, word) for where, text in personal.items() for word in forbidden if word in text] == []


def heard():
    events = live.events_with_incidents().filter(public=True, incident__published=True)
    return json.dumps([timeline.news_of(event) for event in events], ensure_ascii=False)


def test_the_reporter_reads_the_own_words_and_nobody_else_s(client, town, incident):
    mine = send_report(town.hole, text="Mine: 0908 112 345", join=incident)
    html = page(client, mine)
    assert "Mine: 0908 112 345" in html
    assert "Mine: ‹…›" in html  # as everybody reads it, in the story
    assert "Mine: 0908 112 345" not in page(client, incident.reports.first())


def test_the_box_of_the_header_is_empty_on_pages_of_an_incident(client, incident):
    for address in (f"/i/{incident.reference}/", f"/f/{incident.reports.get().token}/"):
        (box,) = re.findall(r'<input[^>]*name="q"[^>]*>', one_line(client.get(address)))
        assert "value=" not in box


def test_the_private_page_stays_private(client, town):
    report = send_report(town.hole)
    for query in ("", "?sent=1"):
        response = client.get(f"/f/{report.token}/{query}")
        assert "no-store" in response["Cache-Control"]
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        # Own pages may see where one comes from (Django's forms need it), no other site does.
        assert response["Referrer-Policy"] == "same-origin"
        assert '<meta name="robots" content="noindex, nofollow">' in one_line(response)


def test_what_is_never_public_can_be_followed_all_the_same(client, town, officer):
    report = send_report(town.secret, text="At night")
    html = page(client, report)
    assert "At night" in html
    assert "Incidents of this type are never shown in public." in html
    assert f"/i/{report.incident.reference}/" not in html


def test_the_page_after_sending_says_who_why_and_until_when(client, town):
    report = send_report(town.hole, email="an@example.org")
    text = read_page(client.get(f"/f/{report.token}/?sent=1"))
    for words in (
        "Sent to Old Wharf Office", report.incident.reference, "The location is in Old Wharf Ward.",
        "The ward handles this.", "48 hours around the clock", "An e-mail to a•••@example.org", "What happens next",
    ):  # fmt: skip
        assert words in text
    assert f'value="http://testserver/f/{report.token}/"' in client.get(f"/f/{report.token}/?sent=1").content.decode()


def test_who_joined_is_told_so(client, town, incident):
    report = send_report(town.hole, join=incident)
    text = read_page(client.get(f"/f/{report.token}/?sent=1"))
    assert "Sent to Old Wharf Office, together with other reports" in text
    assert "2 people reported this." in text


@pytest.fixture
def asked_report(town, officer):
    report = send_report(town.hole)
    workflow.move(report.incident, "ask", by=officer, note="Which side?")
    return report


def test_the_reporter_answers_and_the_clock_runs_again(client, asked_report):
    assert "Which side?" in page(client, asked_report)
    response = client.post(f"/f/{asked_report.token}/answer/", {"note": " The left\u200b one "})
    assert (response.status_code, response["Location"]) == (
        303, f"/f/{asked_report.token}/?answered=1#done",
    )  # fmt: skip
    asked_report.incident.refresh_from_db()
    answer = asked_report.incident.timeline.last()
    assert (asked_report.incident.state, answer.kind, answer.note, answer.public) == (
        "working",
        "answered",
        "The left one",
        False,
    )
    assert "The left one" not in client.get(f"/i/{asked_report.incident.reference}/").content.decode()


@pytest.mark.parametrize(("note", "says"), [
    ("", "Write a few words: the unit is waiting for your answer."),
    (" \u200b ", "Write a few words: the unit is waiting for your answer."),
    ("x" * 4001, "Please shorten the text to 4000 characters; it has 4001."),
])  # fmt: skip
def test_an_answer_that_cannot_be_taken_is_shown_again(client, asked_report, note, says):
    response = client.post(f"/f/{asked_report.token}/answer/", {"note": note})
    assert response.status_code == 400
    assert says in read_page(response)
    assert Incident.objects.get().state == "waiting"


def test_an_answer_given_twice_is_told_so(client, asked_report):
    client.post(f"/f/{asked_report.token}/answer/", {"note": "Left"})
    response = client.post(f"/f/{asked_report.token}/answer/", {"note": "Left again"})
    assert response.status_code == 409
    assert "Somebody has already done this" in read_page(response)
    assert "Left again" in response.content.decode()
    assert asked_report.incident.timeline.filter(kind="answered").count() == 1


def test_an_answer_whose_cookie_is_gone_is_not_lost(client, asked_report):
    client.handler.enforce_csrf_checks = True
    response = client.post(f"/f/{asked_report.token}/answer/", {"note": "Left"})
    assert response.status_code == 403
    assert "Left" in one_line(response)
    fresh = re.search(r'id="answer".*?name="csrfmiddlewaretoken" value="(\w+)"', one_line(response), re.S)[1]
    again = client.post(f"/f/{asked_report.token}/answer/", {"note": "Left", "csrfmiddlewaretoken": fresh})
    assert again.status_code == 303


@pytest.mark.parametrize("joins", [1, 5])
def test_incident_page_asks_at_most_ten_queries_for_any_joins(
    client, town, incident, officer, django_assert_max_num_queries, joins
):
    for number in range(joins):
        send_report(town.hole, text=f"Me too {number}", join=incident, sending=uuid.uuid4())
    workflow.move(incident, "accept", by=officer)
    with django_assert_max_num_queries(10):
        client.get(f"/i/{incident.reference}/")


def test_signed_in_people_read_the_same_public_page(client, incident, officer, outsider):
    pages = []
    for user in (officer, outsider):
        client.force_login(user)
        html = one_line(client.get(f"/i/{incident.reference}/"))
        pages.append(re.sub(r'value="\w{64}"', "", html.partition("<main")[2]))
    assert pages[0] == pages[1]
    assert Membership.objects.count() == 2
    assert Report.objects.count() == 1
