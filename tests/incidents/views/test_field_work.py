"""Test resolving in the field with a photo exactly once, however often the phone sends it."""

import uuid
from datetime import time

import pytest
from django.contrib.sessions.models import Session

from incidents import workflow
from incidents.models import AnswerTemplate, Crew, Event, Incident, Report
from tests import factories

ADDRESS = "/desk/street/"
SEND = "/desk/street/done/"


@pytest.fixture
def send(client, officer, incident):
    client.force_login(officer)
    values = {"reference": incident.reference, "moves": incident.steps_taken, "note": "Filled"}
    values |= {"own_lon": incident.place.x, "own_lat": incident.place.y, "own_accuracy": 9, "live": 1}
    return lambda **more: client.post(SEND, values | {"photos": factories.picture()} | more)


def lines_of(incident, kind):
    return list(incident.timeline.filter(kind=kind).values_list("note", "by__username", "public"))


def test_the_list_has_own_ones_that_can_be_done(client, town, officer, incident):
    late, done, others = (factories.incident(kind) for kind in (town.waste, town.hole, town.leak))
    workflow.move(done, "resolve", by=officer, note="Done")
    factories.change(late, due_at=incident.due_at.replace(year=2020))
    for category, title in ((None, "Any"), (town.streets, "Group"), (town.waste, "Swept"), (town.leak, "Other")):
        AnswerTemplate.objects.create(step="resolve", category=category, title=title, text=title)
    client.force_login(officer)
    rows = client.get(ADDRESS).context["rows"]
    assert [row.reference for row in rows] == [late.reference, incident.reference]
    assert rows[0].ready == '[{"title": "Swept", "text": "Swept"}, {"title": "Group", "text": "Group"}, ' + (
        '{"title": "Any", "text": "Any"}]'
    )
    assert others.reference not in client.get(ADDRESS).content.decode()


def test_what_the_own_crew_has_stands_first(client, town, officer, incident):
    hours = {"starts": time(0), "ends": time(23, 59)}
    own, other = (Crew.objects.create(authority=town.office, name=name, **hours) for name in ("Ours", "Theirs"))
    own.members.add(officer)
    last, theirs = (factories.incident(town.hole) for _n in range(2))
    for crewed, crew in ((last, own), (theirs, other)):
        factories.change(crewed, crew=crew, due_at=incident.due_at.replace(year=2099))
    client.force_login(officer)
    page = client.get(ADDRESS)
    assert [(row.pk, row.of_crew) for row in page.context["rows"]] == [
        (last.pk, True), (incident.pk, False), (theirs.pk, False),
    ]  # fmt: skip
    assert "Ours" in page.content.decode()


def test_sent_three_times_it_is_done_once(send, incident, officer):
    answers = [send() for _n in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    incident.refresh_from_db()
    assert (incident.state, lines_of(incident, Event.Kind.RESOLVED)) == (
        "resolved", [("Filled", officer.username, True)],
    )  # fmt: skip
    assert incident.photos.count() == 1


def test_who_comes_late_is_told_and_adds_the_photo_once(send, town, incident, officer):
    workflow.move(incident, "resolve", by=factories.person("faster", town.office), note="Was quicker")
    answer = send()
    assert (answer.status_code, answer.json()["again"], incident.photos.count()) == (409, False, 0)
    assert answer.json()["error"]
    assert [send(as_note="on").status_code for _n in range(2)] == [200, 200]
    assert lines_of(incident, Event.Kind.NOTE) == [("Filled", officer.username, False)]
    assert incident.photos.count() == 1


def test_what_others_changed_can_be_sent_all_the_same(send, town, incident):
    workflow.move(incident, "accept", by=factories.person("other", town.office))
    answer = send()
    assert (answer.status_code, answer.json()["again"], answer.json()["moves"]) == (409, True, incident.steps_taken)
    assert send(moves=answer.json()["moves"]).status_code == 200


def test_what_was_sent_is_taken_back_once(send, incident, officer):
    assert send(fresh="on").status_code == 200
    answers = [send(undo="on") for _n in range(2)]
    incident.refresh_from_db()
    assert [(answer.status_code, answer.json()["moves"]) for answer in answers] == [(200, incident.steps_taken)] * 2
    assert (incident.state, len(lines_of(incident, Event.Kind.UNDONE))) == ("assigned", 1)
    assert not incident.photos.filter(public=True).exists()
    assert send(moves=incident.steps_taken).status_code == 200


def test_what_never_came_is_taken_back_by_nothing(send, incident):
    lines = incident.timeline.count()
    assert send(undo="on").status_code == 200
    assert incident.timeline.count() == lines


def test_what_was_told_already_is_not_taken_back(send, incident):
    send()  # pressed long ago: nobody offered to take it back, and its messages are out
    assert (send(undo="on").status_code, Incident.objects.get().state) == (409, "resolved")
    send(as_note="on")
    assert send(undo="on").status_code == 409


def test_all_that_is_wrong_is_said_at_once(send, incident):
    answer = send(note=" ", moves="x", photos=factories.picture(name="bad.jpg"))
    assert (answer.status_code, set(answer.json()["faults"])) == (400, {"note", "moves"})
    assert incident.photos.count() == 0


@pytest.fixture
def see(client, officer, town):
    client.force_login(officer)
    values = {"category": "ST.1", "lon": "10.005", "lat": "50.005", "accuracy": "9", "sending": str(uuid.uuid4())}
    return lambda **more: client.post("/desk/street/seen/", values | {"photos": factories.picture()} | more)


def test_what_was_seen_is_one_report_however_often_it_is_sent(see, officer):
    answers = [see() for _n in range(3)]
    report = Report.objects.get()
    words = f"Đã ghi nhận: {report.incident.reference}, UBND Old Wharf"
    assert [(answer.status_code, answer.json()["said"]) for answer in answers] == [(200, words)] * 3
    assert (report.channel, report.incident.photos.count(), report.incident.accuracy_m) == ("officer", 1, 9)


def test_what_may_be_known_is_asked_and_joined_or_not(see, incident):
    answer = see(photos=factories.picture())
    assert (answer.status_code, [near["reference"] for near in answer.json()["near"]]) == (409, [incident.reference])
    assert see(join=incident.reference).status_code == 200
    assert incident.reports.count() == 2
    apart = str(uuid.uuid4())
    assert (see(sending=apart).status_code, see(sending=apart, join="new").status_code) == (409, 200)
    assert Incident.objects.count() == 2


def test_faults_of_what_was_seen_are_all_told(see):
    answer = see(category="XX", lon="1", lat="1")
    assert (answer.status_code, "category" in answer.json()["faults"]) == (400, True)
    assert len(answer.json()["faults"]) > 1
    assert not Report.objects.exists()


def test_tiles_are_what_the_unit_had_most_often(client, town, officer):
    for _n in range(2):
        factories.incident(town.waste)
    client.force_login(officer)
    page = client.get(ADDRESS)
    assert page.context["kinds"][0] == town.waste


def test_strangers_and_others_find_nothing(client, send, outsider):
    client.force_login(outsider)
    assert send().status_code == 404
    client.force_login(factories.person("nobody"))
    seen = client.post("/desk/street/seen/", {})
    assert (client.get(ADDRESS).status_code, send().status_code, seen.status_code) == (404, 404, 404)


def test_each_answer_names_the_session_or_that_it_has_ended(client, town, officer):
    client.force_login(officer)
    page = client.get("/desk/street/")
    own = page.context["own_of"]
    assert (page["Own"], client.get("/")["Own"], len(own)) == (own, own, 16)
    assert client.session.session_key not in page.content.decode()
    key = page.context["own_key"]
    Session.objects.all().delete()
    assert client.get("/desk/street/")["Own"] == client.get("/")["Own"] == "none"
    other = factories.person("other", town.office)
    client.force_login(other)
    page = client.get("/desk/street/")
    assert own != page["Own"] != "none"
    assert key != page.context["own_key"]
    client.logout()
    client.cookies.clear()
    assert "Own" not in client.get("/")
