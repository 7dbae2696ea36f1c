"""Faults of cameras: why there is no picture, since when, what was tried, what to do, and when it is tried again."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from cameras.detection import findings
from cameras.models import Camera, HealthInterval, Source
from cameras.monitoring import faults
from incidents.models import Membership
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
    ("offline", "Unreachable", "Check the power supply", "Next try by"),
    ("offline", "Refused", "Enter the right name and password", "Next try by"),
    ("unreadable", "WebPage", "it leads to a web page", "Asked every 30 seconds"),
    ("frozen", "look", "Restart the camera: the same picture", "Asked every 30 seconds"),
    ("dark", "look", "Check the exposure", "Asked every 30 seconds"),
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
    assert '<span class="num">5</span> of 6 cameras have a fault' in page
    assert "1 camera of the same source sees: the fault is at this one." in page


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
    assert (page.count('name="reason"'), "<details" in page, "Clear what hangs" in page) == (1, True, True)
    assert technician.post(f"/cameras/faults/{fault.pk}/dismiss/", {"reason": ""}).status_code == 400
