"""In the streets of some demo cameras something happens, and what is usual there is learnt of the days before."""

from datetime import timedelta

import cv2
import numpy as np
import pytest
from django.core.management import call_command
from django.utils.timezone import localtime, now

from cameras.analysis import counting
from cameras.detection import crowds
from cameras.models import Camera, Tally, UsualTally
from demo.cameras import days, events, kinds, learning, server
from demo.cameras.pictures import Pictures
from demo.cameras.street import Street
from tests.cameras.conftest import camera
from tests.cameras.detection.test_crowds import people, vehicles
from tests.truth.confusion import ZONE

CODES = [f"TTH {n}" for n in range(300)]


def test_the_same_few_cameras_show_each_event():
    chosen = events.choose_cameras(CODES)
    assert chosen == events.choose_cameras(reversed(CODES))
    assert sorted(chosen.values()) == ["crowd"] * 3 + ["jam"] * 3
    assert {server.behaviour_of(code) for code in chosen} == {"well"}
    assert events.choose_cameras([]) == {}


def test_an_event_begins_lasts_and_comes_again():
    hours = [server.happens("TTH 1", 60 * minute, began=0) for minute in range(0, 200)]
    begins = [minute for minute in range(1, 200) if hours[minute] and not hours[minute - 1]]
    assert hours[:2] == [False, False]
    assert 2 <= begins[0] <= 4
    assert [later - begins[0] for later in begins] == [0, 75, 150]
    assert sum(hours[:75]) == 50


def test_cars_of_a_jam_stand_and_people_of_a_crowd_do_not_leave():
    street = Street(3)
    stand = [[car[:2] for car in street.jam_at(t) if car[3] == "standing"] for t in (0, 60)]
    assert stand[0] == stand[1]
    assert len(stand[0]) > 15
    strolls, crowd = (len(street.people_at(0, share)) for share in (0.06, 0.8))
    assert strolls * 4 < crowd > 60


@pytest.mark.parametrize("kind", ["jam", "crowd"])
def test_a_picture_of_an_event_shows_it_in_the_same_street(kind):
    pictures = Pictures(ZONE)
    before, then = (kinds.send_picture(pictures, kind, "A1", 1795503294.0, 1795503294.0 + s) for s in (1, 0))
    first, second = (cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE) for data in (before, then))
    changed = cv2.absdiff(first, second) > 25
    assert changed[100:].mean() > 0.05
    assert changed[:40, :300].mean() < 0.03  # houses and trees stay


# ---- what is usual


class Counter:
    """Finds five people in each picture, and two vehicles that stand."""

    def find_things(self, picture, over):
        assert picture[:2] == b"\xff\xd8"
        return people(5) + vehicles(2)


def test_what_is_usual_is_counted_in_pictures_of_three_days():
    learnt = days.count_days(Counter(), Pictures(ZONE), "TTH 1", "jam", 8, localtime())
    crowd, traffic = learnt["crowd"], learnt["traffic"]
    assert (crowd.is_known, crowd.days, crowd.mean) == (True, 3, 5)
    assert (traffic.is_known, traffic.looks, traffic.mean) == (True, 45, 2)


def test_what_a_camera_has_learnt_itself_is_kept(eye):
    known = {kind: counting.HourCount(180, 3, "2026-01-01", 9, 1).as_json() for kind in counting.AT_LEAST}
    UsualTally.objects.create(camera=eye, hour=8, usual=known, learnt_at=now())
    fresh = {kind: counting.HourCount(48, 3, "2026-01-01", 1, 1) for kind in counting.AT_LEAST}
    learning.keep_learnt(eye, 8, fresh)
    learning.keep_learnt(eye, 9, fresh)
    means = UsualTally.objects.order_by("hour").values_list("hour", "usual__crowd__mean")
    assert list(means) == [(8, 9), (9, 1)]


def test_without_a_model_the_demo_learns_nothing(eye, settings, tmp_path, capsys):
    Camera.objects.filter(pk=eye.pk).update(url="http://127.0.0.1:1/event/jam/A1.jpg")
    settings.DETECTOR_MODEL = tmp_path / "none.onnx"
    call_command("learn_demo_counts")
    assert "there is no model" in capsys.readouterr().out
    assert not UsualTally.objects.exists()


def test_cameras_that_can_report_are_counted_more_often(town):
    """A minute of waiting counts as eight where it is known what is usual at this hour, and never as ten."""
    at = now()
    for code, minutes, looks in (("known", 1, 48), ("new", 6, 3), ("old", 9, 0)):
        eye = camera(code, health="live", last_taken_at=at, moved_at=at)
        Tally.objects.create(camera=eye, looked_at=at - timedelta(minutes=minutes, seconds=1))
        usual = {kind: counting.HourCount(looks, 3).as_json() for kind in counting.AT_LEAST}
        UsualTally.objects.create(camera=eye, hour=localtime(at).hour, usual=usual, learnt_at=at)
    camera("never", health="live", last_taken_at=at, moved_at=at)
    assert [eye.code for eye in crowds.cameras_due(at)] == ["never", "old", "known", "new"]
