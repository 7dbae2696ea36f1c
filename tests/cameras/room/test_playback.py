"""Test playback: when the ring has pictures, and a stretch of two cameras that is kept as sealed evidence."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now

from cameras.detection import findings
from cameras.evidence import seals, stretches
from cameras.models import Evidence, Pause, RoomLine, ViewLogEntry
from cameras.room import marks
from incidents import workflow
from incidents.models import Category
from tests import factories
from tests.cameras.conftest import camera, in_ring, keeps
from tests.pages import one_line

MINUTE = timedelta(minutes=1)


@pytest.fixture
def room(controller):
    client = Client(HTTP_ACCEPT="application/json")
    client.force_login(controller)
    return client


def ms(moment):
    return round(moment.timestamp() * 1000)


@pytest.fixture
def two(town):
    """Two cameras with a picture a minute of the last twenty minutes, but for a gap."""
    end, pair = now(), [camera("A1"), camera("B1", lon=10.0056)]
    for number, eye in enumerate(pair):
        for n in (*range(8), *range(12, 20)):
            in_ring(eye, factories.jpeg(colour=(n, number, 90)), end - n * MINUTE)
    return pair


def ask(room, eye, begin, end):
    return room.get(f"/control/playback/moments/?camera={eye.code}&from={ms(begin)}&to={ms(end)}")


def test_the_bar_is_told_of_every_picture_and_pauses_hide_theirs(room, two, controller):
    eye, at = two[0], now()
    frames = [frame.micros for frame in eye.frames.order_by("taken_at")]
    assert ask(room, eye, at - 60 * MINUTE, at).json()["moments"] == frames
    pause = {"since": at - 5 * MINUTE - MINUTE / 2, "until": at, "ended_at": at, "ended_by": controller}
    Pause.objects.create(camera=eye, why="Visit", by=controller, **pause)
    assert ask(room, eye, at - 60 * MINUTE, at).json()["moments"] == frames[:-6]
    assert [(look.how, look.cameras) for look in ViewLogEntry.objects.all()] == [("history", [eye.pk])]
    for begin in (at, at - 121 * MINUTE):
        assert ask(room, eye, begin, at).status_code == 400


def keep(room, eye, begin, end, **more):
    fields = {
        "camera": ["A1", "B1"],
        "from": ms(begin),
        "to": ms(end),
        "incident": eye.reference,
        "reason": "Who came first",
    }
    return room.post("/control/playback/keep/", fields | more)


def test_a_stretch_of_both_is_kept_once_and_sealed(room, two, incident, controller):
    at = now()
    for status in (200, 409):
        assert keep(room, incident, at - 6 * MINUTE - MINUTE / 2, at).status_code == status
    rows = Evidence.objects.order_by("pk")
    assert [(row.camera.code, row.moment, row.by, row.ring) for row in rows] == [
        (code, "pinned", controller, True) for code in ("A1", "B1") for _n in range(7)
    ]
    (line,) = incident.timeline.filter(kind="pinned")
    assert (line.note, line.public, line.receipt["evidence"]) == ("Who came first", False, [row.pk for row in rows])
    assert list(RoomLine.objects.values_list("kind", "text").order_by("pk")) == [("kept", "Who came first")] * 2
    written = one_line(room.get("/control/shift/"))
    assert [written.count(f"{incident.reference}</a> · {eye.name}") for eye in two] == [1, 1]
    assert ViewLogEntry.objects.filter(how="pin", incident=incident, purpose="Who came first").exists()
    seals.seal_new()
    assert all(row.seal_id and row.frame_seal_id for row in Evidence.objects.all())


def test_the_second_camera_is_kept_shifted(room, two, incident):
    at = now()
    assert keep(room, incident, at - MINUTE / 2, at - MINUTE / 4, apart="15").status_code == 200
    (row,) = Evidence.objects.all()  # of the second one that of now: half a minute back is that of 15 seconds ago
    assert (row.camera, row.taken_at) == (two[1], two[1].frames.latest("taken_at").taken_at)
    assert keep(room, incident, at - MINUTE / 2, at, apart="301").json()["faults"].keys() == {"apart"}


def test_what_happened_before_a_camera_is_marked_on_its_bar(room, two, incident, controller, officer, town):
    workflow.move(incident, "accept", by=officer)
    factories.incident(town.hole, place=factories.IN_NEW)
    factories.incident(town.leak, text="No camera may look")
    Category.objects.filter(pk=town.leak.pk).update(cameras=False)
    findings.propose_finding(two[0], "crowd", now(), score=0.7, picture=factories.jpeg())
    bar_marks = marks.marks_of_cameras(controller, two, now() - 60 * MINUTE, now())
    assert [(mark.kind, mark.lane, mark.reference) for mark in bar_marks] == [
        ("report", 1, incident.reference), ("step", 1, incident.reference), ("finding", 1, ""),
    ]  # fmt: skip
    assert marks.marks_of_cameras(controller, two, now() - 60 * MINUTE, now() - 30 * MINUTE) == []
    page = room.get(f"/control/playback/?camera={two[0].code}").content.decode()
    assert page.count('data-kind="report"') == 1


def test_what_is_kept_is_listed_by_acts(room, two, incident, controller, django_assert_num_queries):
    at = now()
    keeps(two[0], incident)
    assert keep(room, incident, at - 6 * MINUTE, at).status_code == 200
    seals.seal_new()
    assert keep(room, incident, at - 16 * MINUTE, at - 11 * MINUTE, camera=["A1"], reason="And then").status_code == 200
    rows = stretches.group_stretches(Evidence.objects.all())
    with django_assert_num_queries(5):
        described = stretches.describe_stretches(list(rows))
    assert [
        (stretch.camera.code, stretch.count, stretch.by, stretch.reason, stretch.seal is None) for stretch in described
    ] == [
        ("A1", 4, controller, "And then", True),
        ("B1", 6, controller, "Who came first", False),
        ("A1", 6, controller, "Who came first", False),
        ("A1", 1, None, "", False),
    ]
    assert {(stretch.on_hold, stretch.until, stretch.deleted) for stretch in described} == {(False, None, 0)}
    for query, count in (("", 4), ("?camera=B1", 1), (f"?incident={incident.reference}", 4)):
        assert room.get(f"/control/playback/kept/{query}").content.decode().count('scope="row"') == count
    for page in ("abc", "0", "-1"):
        refused = room.get(f"/control/playback/kept/?page={page}")
        assert (refused.status_code, "page: " in refused.content.decode()) == (400, True)


def test_a_long_stretch_is_thinned(room, two, incident, monkeypatch):
    monkeypatch.setattr("cameras.views.control_room.playback.CLIP_MAX", 5)
    assert keep(room, incident, now() - 25 * MINUTE, now(), camera=["A1"]).status_code == 200
    assert Evidence.objects.count() == 5


@pytest.mark.parametrize(
    ("more", "status", "fields"),
    [
        ({"incident": "2611-99999", "camera": ["none"], "from": "x"}, 400, ["camera", "from", "incident"]),
        ({"from": "0"}, 400, ["from"]),
        ({"reason": " "}, 409, ["reason"]),
    ],
)
def test_what_cannot_be_kept_says_why(room, two, incident, more, status, fields):
    answer = keep(room, incident, now() - 5 * MINUTE, now(), **more)
    assert (answer.status_code, sorted(answer.json()["faults"])) == (status, fields)
    assert not Evidence.objects.exists()
