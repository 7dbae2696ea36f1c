"""Test that a camera reports a crowd and standing traffic against its own usual counts."""

import io
import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.timezone import localtime, now

from cameras.analysis import counting
from cameras.analysis.counting import PERSON, VEHICLE, Thing
from cameras.detection import crowds, detector, findings
from cameras.masking import covering, pauses
from cameras.models import Camera, Evidence, Finding, Pause, Tally, UsualTally, View
from demo.cameras.pictures import Pictures
from tests import factories
from tests.cameras.analysis.test_counting import LOOKS
from tests.cameras.conftest import camera, in_ring

RUSH = 1795503294  # 24 November 2026, 13:54:54 in the city: the street C6 is full
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
needs_model = pytest.mark.skipif(not crowds.has_model(), reason="the model has not been made (bin/make_detector)")


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def people(count):
    return [Thing(PERSON, 0.6, n / 50, 0.3, 0.01, 0.05, LOOKS[n]) for n in range(count)]


def vehicles(count, first=0):
    return [Thing(VEHICLE, 0.8, n / 50, 0.6, 0.015, 0.05, LOOKS[first + n]) for n in range(count)]


def learn_usual_counts(eye, crowd=2, traffic=1):
    """Store that so many people and standing vehicles are usual, learnt in three days, at any hour."""
    usual = {}
    for kind, mean in (("crowd", crowd), ("traffic", traffic)):
        usual[kind] = counting.HourCount(180, 3, "2026-01-01", mean, 1).as_json()
    UsualTally.objects.bulk_create(
        UsualTally(camera=eye, hour=hour, usual=usual, learnt_at=now() - HOUR) for hour in range(24)
    )


def count_in_picture(eye, things, minutes_ago=0, **frame):
    """Give the camera a picture of that time with these detections; return whether it was counted in."""
    at = now() - minutes_ago * MINUTE
    in_ring(eye, factories.jpeg(colour=f"#{int(minutes_ago * 7919) % 0xFFFFFF:06x}"), at, health="live", **frame)
    Camera.objects.filter(pk=eye.pk).update(last_taken_at=at, moved_at=at, health=eye.health, health_since=at)
    eye.refresh_from_db()
    return crowds.count_camera(eye, lambda picture, over: things, at)


def list_findings(**which):
    return list(Finding.objects.filter(**which).values_list("kind", "state"))


# ---- what is proposed


def test_lasting_crowd_is_proposed_and_closed_when_it_has_gone(eye):
    learn_usual_counts(eye)
    for minute in range(20, 16, -1):
        assert count_in_picture(eye, people(20), minute)
    assert list_findings() == []
    began = now() - 20 * MINUTE
    count_in_picture(eye, people(20), 16)
    finding = Finding.objects.get()
    assert (finding.camera, finding.kind, finding.state, finding.score) == (eye, "crowd", "open", 0.6)
    assert abs(finding.since - began) < MINUTE
    assert finding.picture
    assert finding.taken_at == eye.last_taken_at
    assert (len(finding.boxes), finding.boxes[1], round(finding.usual)) == (20, [0.02, 0.3, 0.01, 0.05], 2)
    for minute in range(15, 11, -1):
        count_in_picture(eye, people(2), minute)
    assert list_findings() == [("crowd", "gone")]


def test_standing_vehicles_are_proposed_and_moving_ones_are_not(eye):
    learn_usual_counts(eye)
    for minute in range(30, 20, -1):
        count_in_picture(eye, vehicles(12, first=minute % 2 * 14), minute)  # other ones in each picture
    assert list_findings() == []
    for minute in range(20, 13, -1):
        count_in_picture(eye, vehicles(12), minute)
    assert list_findings() == [("traffic", "open")]
    tally = Tally.objects.get()
    assert (tally.people, tally.vehicles, tally.standing) == (0, 12, 12)


def test_the_same_number_is_nothing_where_it_is_usual(eye):
    busy = camera("B1", health="live")
    learn_usual_counts(eye)
    learn_usual_counts(busy, crowd=18)
    for minute in range(20, 10, -1):
        count_in_picture(eye, people(20), minute)
        count_in_picture(busy, people(20), minute)
    assert list_findings(camera=eye) == [("crowd", "open")]
    assert list_findings(camera=busy) == []


def test_crowds_are_learnt_but_not_proposed_before_three_days(eye):
    for minute in range(20, 10, -1):
        count_in_picture(eye, people(20), minute)
    assert list_findings() == []
    learnt = {row.hour: row.usual["crowd"] for row in UsualTally.objects.filter(camera=eye)}
    assert sum(hour["looks"] for hour in learnt.values()) == 10
    assert learnt[localtime(eye.last_taken_at).hour]["mean"] == 20


def test_dismissed_crowd_is_not_proposed_again_while_it_lasts(eye, controller):
    learn_usual_counts(eye)
    for minute in range(20, 15, -1):
        count_in_picture(eye, people(20), minute)
    findings.dismiss_finding(controller, Finding.objects.get().pk, "the market")
    count_in_picture(eye, people(20), 14)
    assert list_findings() == [("crowd", "dismissed")]


def test_what_nobody_sees_any_longer_is_not_proposed_any_longer(eye):
    findings.propose_finding(eye, "crowd", now() - HOUR)
    findings.propose_finding(eye, "covered", now() - HOUR)
    Finding.objects.update(seen_at=now() - 16 * MINUTE)
    crowds.count_due_cameras()
    assert sorted(list_findings()) == [("covered", "open"), ("crowd", "gone")]


# ---- where nothing is counted


def test_paused_or_unhealthy_cameras_are_not_counted(eye, controller):
    assert [due.pk for due in crowds.cameras_due(now())] == [eye.pk]
    for health in ("unknown", "moved", "covered", "offline", "frozen", "card"):
        Camera.objects.filter(pk=eye.pk).update(health=health)
        assert not crowds.cameras_due(now()).exists()
    Camera.objects.filter(pk=eye.pk).update(health="live")
    pauses.pause_cameras(controller, [eye.pk], now() + HOUR, "Visit")
    assert not crowds.cameras_due(now()).exists()
    pauses.resume_camera(controller, eye.pk)
    assert crowds.cameras_due(now()).exists()


def test_picture_taken_in_a_pause_is_not_counted_afterwards(eye, controller):
    pauses.pause_cameras(controller, [eye.pk], now() + HOUR, "Visit")
    Pause.objects.update(since=now() - HOUR)
    pauses.resume_camera(controller, eye.pk)
    Pause.objects.update(ended_at=now() - MINUTE / 2)
    assert not count_in_picture(eye, people(3), 1)
    assert count_in_picture(eye, people(3), 0)


def test_a_pause_that_begins_during_the_round_counts(eye, controller):
    (waits,) = crowds.cameras_due(now())
    pauses.pause_cameras(controller, [eye.pk], now() + HOUR, "Visit")
    assert not crowds.count_camera(waits, lambda picture, over: people(3))


@pytest.mark.parametrize("state", ["lost", "turns"])
def test_nothing_is_counted_where_the_camera_looks_elsewhere(eye, state):
    View.objects.create(camera=eye, current=True, state=state)
    assert not count_in_picture(eye, people(3))


def test_camera_with_zones_and_unknown_view_is_not_counted(eye):
    view = View.objects.create(camera=eye, current=True, state="unknown", zones=[[[0, 0], [1, 0], [1, 1]]])
    assert not count_in_picture(eye, people(3), 1)
    View.objects.filter(pk=view.pk).update(state="fits")
    assert count_in_picture(eye, people(3))


def test_a_picture_is_counted_in_once_and_a_bad_one_not_at_all(eye):
    assert count_in_picture(eye, people(3), 2)
    assert not crowds.count_camera(eye, lambda picture, over: people(3))  # of then, and counted in
    assert Tally.objects.get().people == 3
    assert not count_in_picture(eye, None, 1)  # it could not be read


def test_cameras_are_counted_once_a_minute_longest_waiting_first(eye):
    other, third = camera("B1", health="live"), camera("B2", health="live")
    for watched in (other, third):
        count_in_picture(watched, [], 0)
    assert [watched.code for watched in crowds.cameras_due(now())] == ["A1"]
    Tally.objects.filter(camera=other).update(looked_at=now() - 3 * MINUTE)
    Tally.objects.filter(camera=third).update(looked_at=now() - 2 * MINUTE)
    assert [watched.code for watched in crowds.cameras_due(now())] == ["A1", "B1", "B2"]


def test_late_camera_is_due_in_the_next_round_after_a_minute(eye):
    at = now()
    for code, seconds_ago in (("late", 20), ("last", 5), ("early", 58)):
        count_in_picture(camera(code, health="live"), [], 0)
        Tally.objects.filter(camera__code=code).update(looked_at=at - timedelta(seconds=seconds_ago))
    waiting = list(crowds.cameras_due(at))
    assert [watched.code for watched in waiting] == ["A1", "early", "late"]
    assert [round(crowds.due_s(watched, at)) for watched in waiting] == [0, 0, 35]


def test_a_camera_that_was_turned_on_purpose_learns_anew(eye):
    learn_usual_counts(eye)
    count_in_picture(eye, vehicles(12), 2)
    Camera.objects.filter(pk=eye.pk).update(aimed_at=now() - 1.5 * MINUTE)
    eye.refresh_from_db()
    count_in_picture(eye, vehicles(12), 1)
    tally = Tally.objects.get()
    row = UsualTally.objects.get(camera=eye, hour=localtime(eye.last_taken_at).hour)
    assert (tally.standing, row.usual["crowd"]["looks"]) == (None, 1)


def test_the_database_knows_24_hours_each_once(eye):
    learn_usual_counts(eye)
    for hour in (3, 24):
        with pytest.raises(IntegrityError), transaction.atomic():
            UsualTally.objects.create(camera=eye, hour=hour, learnt_at=now())


# ---- a person decides


def test_incident_made_of_a_crowd_keeps_the_original_picture(eye, town, controller):
    learn_usual_counts(eye)
    for minute in range(20, 15, -1):
        count_in_picture(eye, people(20), minute)
    finding = Finding.objects.get()
    incident = findings.make_incident(controller, finding.pk, town.hole)
    rows = Evidence.objects.filter(incident=incident, moment="found")
    assert [row.sha256 for row in rows] == [eye.last_frame.sha256]


# ---- what the network says


def test_boxes_are_read_from_the_grids_of_the_network():
    """In the coarse grid, at the second place of the second row: a truck whose sides are 0, 1, 2 and 3 strides away."""
    wide, tall = detector.SIZE
    places = [wide // stride * (tall // stride) for stride in detector.STRIDES]
    likely = [np.zeros((1, count, 80), np.float32) for count in places]
    sides = [np.zeros((1, count, 4, 11), np.float32) for count in places]
    place = wide // 32 + 1
    likely[2][0, place, 7] = 0.9  # a truck
    likely[2][0, place + 3, 11] = 0.9  # a stop sign, which nobody asks for
    likely[2][0, place + 5, 0] = 0.3  # hardly a person
    for side in range(4):
        sides[2][0, place, side, side] = 50
    boxes, scores, kinds = detector.read_outputs([*likely, *(grid.reshape(1, -1, 44) for grid in sides)], wide)
    assert boxes == [pytest.approx([48, 48 - 32, 64, 128], abs=1e-3)]
    assert scores == [pytest.approx(0.9)]
    assert [detector.KINDS[kind] for kind in kinds] == [VEHICLE]


@pytest.mark.parametrize(
    ("box", "parts"),
    [
        ([10, 10, 20, 40], (0.1, 0.2, 0.2, 0.8)),
        ([-10, -10, 20, 40], (0, 0, 0.1, 0.6)),  # only what lies in the picture
        ([90, 40, 20, 40], (0.9, 0.8, 0.1, 0.2)),
        ([100, 10, 20, 40], None),
        ([10, 60, 20, 40], None),
    ],
)
def test_a_box_becomes_parts_of_the_picture(box, parts):
    thing = detector.thing_of(np.zeros((50, 100), np.uint8), box, 0.5, 0)
    assert (thing and thing[2:6]) == (parts and pytest.approx(parts, abs=1e-3))


def test_privacy_zones_are_filled_before_anything_is_looked_for(monkeypatch):
    seen = []
    monkeypatch.setattr(detector, "find_things", lambda image, path: seen.append(image.copy()) or people(1))
    picture, out = factories.jpeg(colour="white"), io.BytesIO()
    left = [[0, 0], [0.4, 0], [0.4, 1], [0, 1]]
    jobs = b"".join(
        json.dumps({"zones": over, "bytes": len(data)}).encode() + b"\n" + data
        for over, data in (([left], picture), ([], b"no picture"), ([], picture))
    )
    detector.serve_jobs("model", io.BytesIO(jobs), out)
    first, last = seen
    assert (first[:, : first.shape[1] // 3] == covering.FILL).all()
    assert first[:, -first.shape[1] // 3 :].min() > 250
    assert last.min() > 250
    ready, *answers = map(json.loads, out.getvalue().splitlines())
    assert (ready, answers) == (True, [[list(people(1)[0])], None, [list(people(1)[0])]])


# ---- the model, and where there is none


@pytest.mark.parametrize("page", ["/control/findings/", "/cameras/health/"])
def test_without_a_model_nothing_is_counted_and_pages_say_so(eye, client, controller, settings, tmp_path, page):
    client.force_login(controller)
    client.cookies["django_language"] = "en"
    settings.DETECTOR_MODEL = tmp_path / "none.onnx"
    assert crowds.count_due_cameras() == 0
    assert "are not detected" in client.get(page).content.decode()
    settings.DETECTOR_MODEL.write_bytes(b"there")
    assert "are not detected" not in client.get(page).content.decode()


def test_a_file_that_is_no_model_ends_the_round_and_nothing_else(eye, settings, tmp_path, caplog):
    settings.DETECTOR_MODEL = tmp_path / "broken.onnx"
    settings.DETECTOR_MODEL.write_bytes(b"no model")
    with pytest.raises(detector.Missing):
        detector.load_network(str(settings.DETECTOR_MODEL))
    assert crowds.count_due_cameras() == 0
    assert "broken.onnx ended" in caplog.text
    assert not Tally.objects.exists()


def busy_street():
    """Return a drawn street of the demo by day: how well the model finds its vehicles is measured in
    docs/cameras.md.
    """
    return Pictures(ZoneInfo("Asia/Ho_Chi_Minh")).draw("C6", RUSH)


@needs_model
def test_the_model_finds_things_where_no_zone_lies_over_them(settings):
    everything = [[0, 0], [1, 0], [1, 1], [0, 1]]
    with crowds.CountingProcess(settings.DETECTOR_MODEL) as counter:
        seen = counter.find_things(busy_street(), [])
        hidden = counter.find_things(busy_street(), [everything])
        assert counter.find_things(b"no picture", []) is None
        assert counter.find_things(busy_street(), []) == seen
    assert seen
    assert hidden == []
    for thing in seen:
        assert thing.kind in detector.KINDS
        assert detector.LIKELY < thing.score <= 1
        assert 0 <= thing.x <= thing.x + thing.width <= 1.001
        assert 0 <= thing.y <= thing.y + thing.height <= 1.001
        assert len(thing.look) == 2 * detector.LOOK**2


@needs_model
def test_a_round_counts_before_every_camera_that_sees(eye):
    in_ring(eye, busy_street(), now(), health="live")
    Camera.objects.filter(pk=eye.pk).update(last_taken_at=eye.frames.order_by("-taken_at").first().taken_at)
    assert crowds.count_due_cameras() == 1
    assert Tally.objects.get().people + Tally.objects.get().vehicles > 0
    assert crowds.count_due_cameras() == 0  # not twice in a minute


@needs_model
def test_the_model_was_made_for_pictures_of_the_size_it_is_given(settings):
    net = detector.load_network(str(settings.DETECTOR_MODEL))
    wide, tall = detector.SIZE
    net.setInput(np.zeros((1, 3, tall, wide), np.float32))
    places = [output.shape[1] for output in net.forward(detector.OUTPUTS)[:3]]
    assert places == [wide // stride * (tall // stride) for stride in detector.STRIDES]
