"""Test how true the verdicts are, for fifteen hundred drawn cameras of every kind, and for real pictures."""

import os
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from cameras.analysis import CameraInspector, Cards, Health, inspect_picture, next_health
from cameras.analysis.view_tracking import Reference, ViewTracker
from demo.cameras.kinds import KINDS, send_picture
from tests.truth import confusion, drawn

REAL = Path(os.environ.get("CITY_DATA") or "/nowhere").parent / "camera_images"
in_truth = pytest.mark.skipif(not REAL.is_dir(), reason="no real camera pictures beside CITY_DATA")
T0 = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("streets", "hours", "send"),
    [(1, (12,), drawn.send_picture), pytest.param(3, (12, 2), send_picture, marks=pytest.mark.deep)],
    ids=["one street", "three streets"],
)
def test_no_camera_that_does_not_see_is_called_live(streets, hours, send):
    """A street at noon in every kind, or three, also by night; `bin/bench truth` does twenty, at eight hours."""
    table = confusion.ConfusionTable(confusion.judge_streets(streets, [hours], send))
    assert table.total == streets * len(hours) * len(KINDS)
    assert (table.false_live, table.wrong if table.false_alarms >= 0.01 else []) == (0, []), str(table)


# ---- real pictures (27 of London and of Newcastle, 2020), and two files that are none

CARDS = {"NETravelData-images_20200508_1800_NT_A193H1.jpg", "TfL-images_20200501_0520_00001.06592.jpg"}
HALF = {"TfL-images_20200504_0240_00001.08859.jpg"}  # its lower half is one line, drawn down to the end
NONE = {"this_isnt_an_image.jpeg", "zero_length_image.jpeg"}


@in_truth
def test_real_pictures_are_taken_for_what_they_are():
    problems = defaultdict(set)
    for file in REAL.iterdir():
        problems[inspect_picture(file.read_bytes()).problem].add(file.name)
    live = problems.pop(None)
    assert problems == {"card": CARDS, "torn": HALF, "unreadable": NONE}
    assert len(live) == 24


@in_truth
@pytest.mark.parametrize("name", sorted(CARDS))
def test_real_card_is_recognised_from_its_third_camera_on(name, monkeypatch):
    monkeypatch.setattr("cameras.analysis.quality.CARD_EDGES", 1e9)  # as if it looked like a street
    cards, card = Cards(), (REAL / name).read_bytes()
    problems = [
        CameraInspector(f"camera {n}").inspect(card, T0 + timedelta(seconds=n), cards).problem for n in range(4)
    ]
    assert problems == ["covered", "covered", "card", "card"]


@in_truth
def test_no_real_camera_stands_still_between_two_pictures():
    before = {}
    for file in sorted(REAL.glob("*.jpg")):
        view = file.stem[-11:]
        glance = inspect_picture(file.read_bytes(), before.get(view))
        assert (glance.still, glance.calm) == (False, False), file.name
        before[view] = glance


@in_truth
@pytest.mark.parametrize(
    ("noise", "quality", "one_in"),
    [(1.5, 60, 3), *(pytest.param(*row, 1, marks=pytest.mark.deep) for row in [(1.5, 60), (0.7, 50), (2.6, 80)])],
)
def test_quiet_real_street_is_live_and_frozen_once_it_freezes(noise, quality, one_in):
    """Real pictures as streets in which nothing moves but the noise, and then not even that."""
    r, problems = np.random.default_rng(1), Counter()
    streets = [file for file in sorted(REAL.glob("*.jpg")) if not inspect_picture(file.read_bytes()).problem]
    assert len(streets) == 24
    for file in streets[::one_in]:
        street, eye, health, states = cv2.imread(str(file)), CameraInspector(file.name), Health(), []
        for n in range(46):
            if n < 36:
                seen = np.clip(street + r.normal(0, noise, (*street.shape[:2], 1)), 0, 255).astype(np.uint8)
            better = (n % 4) * 4 if n >= 36 else 0  # encoded anew, a little better or worse
            picture = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, quality + better])[1].tobytes()
            # The clock of these is drawn into the picture: no two files are the same.
            picture = picture[:-2] + bytes([n]) + picture[-2:]
            at = T0 + timedelta(seconds=30 * n)
            health = next_health(health, eye.inspect(picture, at), at, 30)
            states.append(health.state)
        problems[tuple(sorted(set(states[:36]))), states[-1]] += 1
    assert problems == {(("live",), "frozen"): 24 // one_in}


@in_truth
def test_real_camera_turned_between_two_nights_is_shifted():
    nights = [
        inspect_picture((REAL / f"TfL-images{day}.08859.jpg").read_bytes()).small
        for day in ("-20200501-0040-00001", "-20200501-0050-00001", "-20200501-0100-00001", "_20200504_0250_00001")
    ]
    first, *same, turned = nights
    tracker = follow_view(first)
    for small in same:
        assert tracker.track(small, T0, 12).state == "fits"
    fit = tracker.track(turned, T0 + timedelta(minutes=30), 12)
    assert fit.state == "shifted"
    assert abs(fit.transform[0][2] + 0.12) < 0.03


LONDON, NEWCASTLE = "TfL-images{}.{}.jpg", "NETravelData-images_20200508_{}_{}.jpg"


@in_truth
@pytest.mark.parametrize(
    ("names", "view", "times", "state"),
    [
        (LONDON, "04542", ("-20200501-1320-00001", "-20200501-1340-00001"), "fits"),
        (LONDON, "08750", ("-20200501-1330-00001", "-20200501-1350-00001"), "fits"),
        (LONDON, "01251", ("_20200620_2010_00001", "_20200620_2030_00001"), "fits"),
        (LONDON, "06592", ("_20200502_0500_00001", "_20200502_0530_00001"), "fits"),
        (NEWCASTLE, "CM_A69A1-View_02", ("1040", "1100"), "fits"),
        (NEWCASTLE, "NT_A191E1", ("1050", "1100"), "lost"),  # it is turned from one view to the next
        (NEWCASTLE, "NT_A191E1", ("1050", "1110"), "lost"),
        (NEWCASTLE, "NT_A191E1", ("1100", "1110"), "lost"),
    ],
)
def test_real_views_are_told_apart(names, view, times, state):
    first, other = (inspect_picture((REAL / names.format(at, view)).read_bytes()).small for at in times)
    assert follow_view(first).track(other, T0, 12).state == state


def follow_view(small):
    """Return a tracker whose only reference is one picture, known at noon."""
    return ViewTracker([Reference(small, {12: [20, 0.3, 0.3, 0.3]})])
