"""Playback: when the ring has pictures, and a stretch of two cameras that is kept as sealed evidence."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now

from cameras.evidence import seals
from cameras.models import Evidence, Pause, RoomLine, ViewLogEntry
from tests import factories
from tests.cameras.conftest import camera, in_ring

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
    for number, one in enumerate(pair):
        for n in (*range(8), *range(12, 20)):
            in_ring(one, factories.jpeg(colour=(n, number, 90)), end - n * MINUTE)
    return pair


def ask(room, one, begin, end):
    return room.get(f"/control/playback/moments/?camera={one.code}&from={ms(begin)}&to={ms(end)}")


def test_the_bar_is_told_of_every_picture_and_pauses_hide_theirs(room, two, controller):
    one, at = two[0], now()
    frames = [frame.micros for frame in one.frames.order_by("taken_at")]
    assert ask(room, one, at - 60 * MINUTE, at).json()["moments"] == frames
    pause = {"since": at - 5 * MINUTE - MINUTE / 2, "until": at, "ended_at": at, "ended_by": controller}
    Pause.objects.create(camera=one, why="Visit", by=controller, **pause)
    assert ask(room, one, at - 60 * MINUTE, at).json()["moments"] == frames[:-6]
    assert [(look.how, look.cameras) for look in ViewLogEntry.objects.all()] == [("history", [one.pk])]
    for begin in (at, at - 121 * MINUTE):
        assert ask(room, one, begin, at).status_code == 400


def keep(room, one, begin, end, **more):
    given = {
        "camera": ["A1", "B1"],
        "from": ms(begin),
        "to": ms(end),
        "incident": one.reference,
        "reason": "Who came first",
    }
    return room.post("/control/playback/keep/", given | more)


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
    assert ViewLogEntry.objects.filter(how="pin", incident=incident, purpose="Who came first").exists()
    seals.seal_new()
    assert all(row.seal_id and row.frame_seal_id for row in Evidence.objects.all())


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
