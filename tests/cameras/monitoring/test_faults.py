"""Test the faults of cameras: why, since when, what was tried, what to do, and the next try."""

from datetime import timedelta

import pytest
from django.contrib.gis.geos import Point
from django.utils.timezone import localtime, now

from cameras.detection import findings
from cameras.models import Camera, HealthInterval, RepairPromise, Source
from cameras.monitoring import faults, promises, routes
from incidents.models import Membership, User
from tests import factories
from tests.cameras.conftest import camera, sees, was
from tests.pages import one_line

HOUR = timedelta(hours=1)


@pytest.fixture
def technician(client, town):
    client.force_login(factories.person("tech", town.desk, Membership.Role.TECHNICIAN))
    client.cookies["django_language"] = "en"
    return client


def broken(code, health="offline", hours=2, **more):
    since = now() - hours * HOUR
    return camera(code, url="http://x/", health=health, health_since=since, moved_at=since, **more)


def only_fault(at=None):
    ((team,), _count) = faults.faults_by_team(at or now())
    (fault,) = team.faults
    return fault


@pytest.mark.parametrize(("health", "why", "to_do", "next_try"), [
    ("offline", "Unreachable", "Check the power supply", "Next attempt by"),
    ("offline", "Refused", "Enter the correct name and password", "Next attempt by"),
    ("unreadable", "WebPage", "it leads to a web page", "Checked every 30 seconds"),
    ("frozen", "look", "Restart the camera: it keeps sending", "Checked every 30 seconds"),
    ("dark", "look", "Check the exposure", "Checked every 30 seconds"),
])  # fmt: skip
def test_page_says_why_since_when_and_what_to_do(technician, health, why, to_do, next_try):
    eye = broken("B1", health)
    was(eye, health, eye.health_since, why=why, detail="401")
    page = one_line(technician.get("/cameras/faults/"))
    for words in (eye.name, "since", "2 h", to_do, next_try):
        assert words in page, words
    tried = HealthInterval.Why(why).label
    assert (f"{tried} (401)" in page) == (why != "look")
    assert 'name="reason"' not in page  # only what a camera reported of itself is dismissed


def test_every_state_that_is_a_fault_has_something_to_do(town):
    assert set(Camera.Health) - faults.NO_FAULT - {"live", "late"} <= set(faults.TO_DO)
    assert set(HealthInterval.Why) - {"seen", "paused", "NoPatrol", "look"} <= set(faults.TO_DO)


@pytest.mark.parametrize(("facts", "is_fault"), [
    ({"health": "offline", "hours": 2}, True),
    ({"health": "offline", "hours": 0.1}, False),
    ({"health": "paused", "hours": 2}, False),
    ({"health": "unknown", "hours": 2}, False),
    ({"health": "offline", "hours": 2, "active": False}, False),
])  # fmt: skip
def test_what_counts_as_a_fault(town, facts, is_fault):
    broken("B1", **facts)
    assert bool(faults.faults_by_team(now())[0]) == is_fault


def test_faults_stand_by_team_and_a_source_down_is_one_line(technician):
    tram = Source.objects.create(code="tram", name="Tram cameras", down_since=now() - HOUR)
    port = Source.objects.create(code="port", name="Port cameras")
    for code in ("T1", "T2", "T3"):
        broken(code, "source-down", source=tram)
    broken("P1", hours=3, source=port)
    sees(camera("P2", source=port))
    broken("N1")
    teams, count = faults.faults_by_team(now())
    assert [(team.source and team.source.code, team.count, len(team.faults)) for team in teams] == [
        ("port", 1, 1), ("tram", 3, 1), (None, 1, 1),
    ]  # fmt: skip
    assert count == 6
    page = one_line(technician.get("/cameras/faults/"))
    assert "and 2 more cameras" in page
    assert '<span class="num">5</span> of 6 cameras are faulty' in page
    assert "1 other camera of this source is working: the fault is in this camera." in page


def test_fault_that_comes_again_is_counted(town):
    eye = broken("B1")
    for days in (1, 2, 40):
        was(eye, "offline", now() - timedelta(days=days), now() - timedelta(days=days) + HOUR, why="Unreachable")
    was(eye, "offline", eye.health_since, why="Unreachable")
    assert only_fault().repeated == 3


def test_last_good_picture_stands_beside_the_fault(technician, town):
    eye = camera("B1", url="http://x/")
    frame = sees(eye, seconds_ago=7200)
    frame.health = "live"
    frame.save(update_fields=["health"])
    Camera.objects.filter(pk=eye.pk).update(health="offline", health_since=now() - HOUR)
    assert f"/cameras/B1/{frame.micros}.jpg?size=tile" in technician.get("/cameras/faults/").text


def test_reason_is_asked_only_where_something_is_dismissed(technician, eye):
    fault = findings.propose_finding(eye, "covered", now() - HOUR)
    page = technician.get("/cameras/faults/").text
    assert (page.count('name="reason"'), "<details" in page, "Remove what blocks" in page) == (1, True, True)
    assert technician.post(f"/cameras/faults/{fault.pk}/dismiss/", {"reason": ""}).status_code == 400


# ---- routes and promised times


def place(x, y=50.005):
    return Point(x, y, srid=4326)


def test_route_goes_to_the_nearest_of_the_rest():
    places = [place(10.0), place(10.03), place(10.01), place(10.02), place(9.98)]
    assert routes.order_stops(places) == [0, 2, 3, 1, 4]
    assert routes.order_stops([]) == []
    assert routes.length_m([place(10.0), place(10.01), place(10.0)]) == pytest.approx(2 * 717.0, rel=0.01)


@pytest.fixture
def port(town):
    return Source.objects.create(code="port", name="Port cameras")


def stops_of(team):
    return [(fault.camera.code, fault.stop) for fault in team.faults]


def only_team():
    ((team,), _count) = faults.faults_by_team(now())
    return team


def test_route_begins_at_the_longest_fault_or_the_first_promise(port, town):
    person = factories.person("tech", town.desk, Membership.Role.TECHNICIAN)
    for code, lon, hours in (("A", 10.00, 2), ("B", 10.03, 5), ("C", 10.02, 3)):
        broken(code, hours=hours, lon=lon, source=port)
    assert stops_of(only_team()) == [("B", 1), ("C", 2), ("A", 3)]
    promises.promise_repair(Camera.objects.get(code="A"), now() + HOUR, person)
    assert stops_of(only_team()) == [("A", 1), ("C", 2), ("B", 3)]


def test_route_has_the_most_pressing_stops_only(port, monkeypatch):
    monkeypatch.setattr(faults, "STOPS", 2)
    for number, hours in enumerate((2, 5, 3)):
        broken(f"A{number}", hours=hours, lon=10 + number / 100, source=port)
    team = only_team()
    assert (stops_of(team), team.stops) == ([("A1", 1), ("A2", 2), ("A0", 0)], 2)


def test_nobody_drives_to_a_source_that_is_down_or_unowned(town):
    tram = Source.objects.create(code="tram", name="Tram cameras", down_since=now() - HOUR)
    broken("T1", "source-down", source=tram)
    broken("N1")
    teams, _count = faults.faults_by_team(now())
    assert [(team.stops, team.route_m) for team in teams] == [(0, 0.0), (0, 0.0)]


def promise(technician, code, until):
    return technician.post(f"/cameras/faults/of/{code}/promise/", {"until": f"{localtime(until):%Y-%m-%dT%H:%M}"})


def test_promised_time_is_stored_and_shown_with_who_gave_it(technician, port):
    broken("B1", source=port)
    until = now() + 3 * HOUR
    assert promise(technician, "B1", until).status_code == 302
    row = RepairPromise.objects.get()
    assert (row.camera.code, row.by.username) == ("B1", "tech")
    page = one_line(technician.get("/cameras/faults/"))
    assert f'<time datetime="{row.until.isoformat(timespec="seconds")}">' in page
    assert ("Change the time" in page, 'class="overdue"' in page) == (True, False)


def test_later_promise_stands_beside_the_former_row(technician, port):
    broken("B1", source=port)
    promise(technician, "B1", now() + 2 * HOUR)
    promise(technician, "B1", now() + 5 * HOUR)
    assert RepairPromise.objects.count() == 2
    assert only_team().faults[0].promise == RepairPromise.objects.latest("pk")


def store(camera, until, made_at, by):
    return RepairPromise.objects.create(camera=camera, until=until, made_at=made_at, by=by)


def test_promise_that_passed_is_late_and_counted(technician, port):
    eye, person = broken("B1", hours=6, source=port), User.objects.get(username="tech")
    store(eye, now() - HOUR, now() - 5 * HOUR, person)
    team = only_team()
    assert (team.faults[0].is_overdue, team.overdue) == (True, 1)
    assert "1 promised time has passed." in one_line(technician.get("/cameras/faults/"))


def test_promise_of_an_earlier_fault_counts_no_more(port, town):
    eye, person = broken("B1", hours=2, source=port), factories.person("tech", town.desk, Membership.Role.TECHNICIAN)
    store(eye, now() + HOUR, now() - 5 * HOUR, person)
    assert only_team().faults[0].promise is None


def test_source_down_has_the_newest_promise_of_its_cameras(town):
    person = factories.person("tech", town.desk, Membership.Role.TECHNICIAN)
    tram = Source.objects.create(code="tram", name="Tram cameras", down_since=now() - HOUR)
    first, second = (broken(code, "source-down", source=tram) for code in ("T1", "T2"))
    store(first, now() + HOUR, now() - HOUR, person)
    newest = store(second, now() + 2 * HOUR, now(), person)
    assert only_team().faults[0].promise == newest


@pytest.mark.parametrize("hours", [-1, 24 * 31])
def test_promise_of_a_time_past_or_too_far_is_refused(technician, port, hours):
    broken("B1", source=port)
    answer = promise(technician, "B1", now() + hours * HOUR)
    assert (answer.status_code, RepairPromise.objects.count()) == (400, 0)
    assert "Choose a time within the next 30 days." in answer.text


def test_camera_without_a_fault_takes_no_promise(technician, port):
    sees(camera("OK", source=port))
    promise(technician, "OK", now() + HOUR)
    assert RepairPromise.objects.count() == 0
    assert "This camera has no fault at the moment." in technician.get("/cameras/faults/").text


def test_promise_without_a_time_is_refused(technician, port):
    broken("B1", source=port)
    assert technician.post("/cameras/faults/of/B1/promise/", {"until": "soon"}).status_code == 400
