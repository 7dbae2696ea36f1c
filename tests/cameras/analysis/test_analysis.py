"""Test the inspection of one picture, and the health derived from many."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameras import analysis
from cameras.analysis import Health, Inspection, inspect_picture, next_health
from cameras.capture import http
from cameras.models import Camera
from demo.cameras.pictures import Pictures, Quiet

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = datetime(2026, 11, 24, 12, tzinfo=ZONE).timestamp()
T0 = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def pictures():
    return Pictures(ZONE)


def jpeg(image, quality=85):
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


# ---- one look


@pytest.mark.usual_rows(6)
@pytest.mark.parametrize("hour", [2, 5.5, 8, 12, 18, 21])
@pytest.mark.parametrize("code", ["A1", "A2", "TTH 406"])
def test_a_street_is_seen_at_every_hour(pictures, code, hour):
    glance = inspect_picture(pictures.draw(code, NOON + (hour - 12) * 3600))
    assert (glance.width, glance.height, glance.problem) == (512, 288, None)
    assert not glance.still


def test_traffic_moves(pictures):
    first = inspect_picture(pictures.draw("A1", NOON))
    later = inspect_picture(pictures.draw("A1", NOON + 5), first)
    assert (later.same, later.still) == (False, False)


def test_a_street_at_night_moves_too(pictures):
    first = inspect_picture(pictures.draw("A2", NOON - 9 * 3600))
    later = inspect_picture(pictures.draw("A2", NOON - 9 * 3600 + 5), first)
    assert (later.same, later.still) == (False, False)


def test_a_running_clock_is_no_movement(pictures):
    first = inspect_picture(pictures.draw("A1", NOON, NOON))
    later = inspect_picture(pictures.draw("A1", NOON, NOON + 10), first)
    assert (later.same, later.still) == (False, True)


def test_the_same_bytes_are_the_same_picture(pictures):
    picture = pictures.draw("A1", NOON)
    first = inspect_picture(picture)
    again = inspect_picture(picture, first)
    assert (again.same, again.still, again.sha256) == (True, True, first.sha256)


def test_a_lone_motorbike_moves_in_a_street_without_noise():
    street = np.full((288, 512, 3), 60, np.uint8)
    first = inspect_picture(jpeg(cv2.rectangle(street.copy(), (200, 150), (208, 166), (180, 180, 180), -1)))
    later = inspect_picture(jpeg(cv2.rectangle(street.copy(), (230, 150), (238, 166), (180, 180, 180), -1)), first)
    assert not later.still


def test_dark_and_covered_are_told_apart(pictures):
    assert inspect_picture(pictures.draw_dark("A1", NOON)).problem == "dark"
    assert inspect_picture(pictures.draw_covered("A1", NOON)).problem == "covered"
    assert inspect_picture(jpeg(np.full((288, 512, 3), 128, np.uint8))).problem == "covered"


@pytest.mark.parametrize(
    ("light", "noise", "problem"),
    [(0.3, 4, None), (0.2, 1.5, None), (0.12, 4, None), (0.1, 1.5, "dark"), (0.05, 1.5, "dark")],
)
def test_a_lane_without_a_lamp_is_seen_or_dark_but_not_covered(pictures, light, noise, problem):
    lane = pictures.draw_scene("TTH 0", NOON - 9 * 3600, quiet=Quiet())
    r = np.random.default_rng(1).normal(0, noise, (*lane.shape[:2], 1))
    assert inspect_picture(jpeg(np.clip(lane * light + r, 0, 255).astype(np.uint8))).problem == problem


def test_a_picture_cut_short_is_unreadable(pictures):
    picture = pictures.draw("A1", NOON)
    for share in (0.001, 0.01, 0.3, 0.66, 0.99):
        assert inspect_picture(picture[: int(len(picture) * share)]).problem == "unreadable"
    assert inspect_picture(picture + b"\0\0\r\n").problem is None


def test_a_claimed_size_is_checked_before_anything_is_decoded(pictures):
    picture = bytearray(pictures.draw("A1", NOON))
    at = picture.index(b"\xff\xc0") + 5
    picture[at : at + 4] = (60_000).to_bytes(2) * 2
    began = time.process_time()
    glance = inspect_picture(bytes(picture))
    assert (glance.problem, glance.width, glance.height) == ("unreadable", 60_000, 60_000)
    assert time.process_time() - began < 0.05


@pytest.mark.parametrize("kind", [".jpg", ".png"])
@pytest.mark.parametrize("size", [(1920, 1080), (352, 288), (64, 48), (2, 2), (4000, 16)])
def test_any_size_and_kind_is_looked_at(kind, size):
    image = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), np.uint8)
    glance = inspect_picture(cv2.imencode(kind, image)[1].tobytes())
    assert (glance.width, glance.height) == size
    assert glance.small.shape == (108, 256)


@given(st.binary(max_size=300))
def test_no_bytes_make_it_stumble(noise):
    for start in (b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"):
        assert inspect_picture(start + noise).problem == "unreadable"


@given(st.integers(2, 30_000), st.binary(min_size=1, max_size=4))
def test_a_damaged_picture_is_read_or_refused(at, damage):
    picture = bytearray(Pictures(ZONE).draw_covered("A1", NOON))
    picture[at : at + len(damage)] = damage
    assert inspect_picture(bytes(picture)).problem in (None, "unreadable", "covered", "dark", "torn", "card")


# ---- health

MOVED, SAME, STILL = Inspection("a"), Inspection("a", same=True, still=True), Inspection("b", still=True)
DARK, COVERED, UNREADABLE, CARD, BLURRED, TURNED = (
    Inspection("a", problem=problem) for problem in ("dark", "covered", "unreadable", "card", "blurred", "moved")
)
BAD = [
    (CARD, "card"),
    (BLURRED, "blurred"),
    (TURNED, "moved"),
    (DARK, "dark"),
    ("Silent", "stale"),
    ("Unreachable", "offline"),
    ("WebPage", "unreadable"),
]


def follow_states(*outcomes, every=10, health=None):
    """Return the states after each try, one every so many seconds."""
    health, states = health or Health(), []
    for n, outcome in enumerate(outcomes):
        health = next_health(health, outcome, T0 + timedelta(seconds=n * every), every)
        states.append(health.state)
    return states


@pytest.mark.parametrize(
    ("outcomes", "states"),
    [
        ([MOVED], ["live"]),
        ([MOVED, "Silent", MOVED, MOVED], ["live", "live", "live", "live"]),
        ([MOVED, "Silent", "Silent", "Silent"], ["live", "live", "live", "stale"]),
        ([MOVED, "Unreachable", "Unreachable", "Unreachable", MOVED, MOVED], ["live"] * 3 + ["offline"] * 2 + ["live"]),
        ([MOVED, DARK, DARK, MOVED, DARK], ["live"] * 4 + ["dark"]),
        ([MOVED, DARK, MOVED, DARK, MOVED, DARK], ["live"] * 6),
        ([MOVED, COVERED, COVERED, COVERED], ["live"] * 3 + ["covered"]),
        ([MOVED, UNREADABLE, "WebPage", "TooLarge"], ["live"] * 3 + ["unreadable"]),
        ([MOVED, "Silent", "Unreachable", "WebPage"], ["live"] * 3 + ["unreadable"]),
        (["Silent", "Silent", "Silent"], ["unknown", "unknown", "stale"]),
        ([MOVED, SAME, SAME, SAME, MOVED, MOVED], ["live"] * 3 + ["frozen"] * 2 + ["live"]),
        ([MOVED, STILL, STILL, STILL, STILL, STILL, STILL], ["live"] * 5 + ["frozen"] * 2),
        ([MOVED, TURNED, TURNED, TURNED, MOVED, MOVED], ["live"] * 3 + ["moved"] * 2 + ["live"]),
        ([MOVED, BLURRED, TURNED, BLURRED, BLURRED], ["live"] * 3 + ["blurred"] * 2),
        ([MOVED, *[Inspection("a", same=True, still=True, problem="moved")] * 3], ["live"] * 3 + ["frozen"]),
        ([MOVED, *["Forbidden"] * 3, *["Silent"] * 3], ["live"] * 3 + ["offline"] * 3 + ["stale"]),
    ],
)
def test_how_health_follows(outcomes, states):
    assert follow_states(*outcomes) == states


@pytest.mark.parametrize(
    ("outcomes", "states"),
    [
        ([MOVED], ["live"]),
        (["Silent", MOVED], ["unvisited", "live"]),
        ([DARK, DARK, DARK], ["unvisited", "unvisited", "dark"]),
        (["Silent", "Silent", "Silent"], ["unvisited", "unvisited", "stale"]),
    ],
)
def test_first_sure_outcome_ends_the_unvisited_state(outcomes, states):
    assert follow_states(*outcomes, health=Health("unvisited", T0 - timedelta(hours=9))) == states


def test_quick_equal_pictures_are_frozen_only_after_30_seconds():
    states = follow_states(MOVED, *[SAME] * 40, every=1)
    assert states.index("frozen") == 30


def test_a_missed_try_makes_a_camera_late_before_it_is_lost():
    health = next_health(Health(), MOVED, T0, 10)
    health = next_health(health, "Silent", T0 + timedelta(seconds=15), 10)
    assert health.state == "live"
    health = next_health(health, "Silent", T0 + timedelta(seconds=25), 10)
    assert (health.state, health.since) == ("late", T0 + timedelta(seconds=25))
    assert next_health(health, MOVED, T0 + timedelta(seconds=30), 10).state == "live"


def test_age_counts_pictures_that_moved():
    health = Health()
    for n, outcome in enumerate([MOVED, SAME, STILL, "Silent"]):
        health = next_health(health, outcome, T0 + timedelta(seconds=n), 1)
    assert health.moved_at == T0


def test_a_paused_camera_begins_anew():
    health = Health("paused", T0 + timedelta(minutes=1))
    assert [next_health(health, outcome, T0 + timedelta(minutes=3), 10).state for outcome in (MOVED, "Silent")] == [
        "live",
        "unknown",
    ]


def test_every_failure_says_something_of_health():
    failures = {failure.__name__ for failure in http.CaptureFailed.__subclasses__()}
    problems = {"unreadable", "dark", "covered", "torn", "card", "blurred", "moved"}
    assert failures == analysis.STATE_BY_OUTCOME.keys() - {None, *problems}


def test_every_state_has_a_name_in_the_register():
    assert {*analysis.STATE_BY_OUTCOME.values(), "frozen", "late", "unknown", "paused", "unvisited"} <= set(
        Camera.Health.values
    )


OUTCOMES = st.sampled_from(
    [MOVED, SAME, STILL, DARK, COVERED, UNREADABLE, CARD, BLURRED, TURNED, "Silent", "Unreachable", "WebPage"]
)
TRIES = st.lists(st.tuples(OUTCOMES, st.floats(0.1, 120)), max_size=60)


def run_tries(tries, health=None, period_s=10):
    health, at, path = health or Health(), T0, []
    for outcome, pause in tries:
        at += timedelta(seconds=pause)
        health = next_health(health, outcome, at, period_s)
        path.append((health, at, outcome))
    return path


@given(TRIES)
def test_since_is_when_the_state_began(tries):
    before = Health()
    for health, at, _ in run_tries(tries):
        if health.state == before.state:
            assert health.since == before.since
        else:
            assert health.since == at
        assert len(health.tries) <= analysis.TRIES
        before = health


@given(st.lists(st.tuples(OUTCOMES, st.floats(-86_400, 86_400)), max_size=60))
def test_health_has_no_future_moments_when_clocks_are_set_back(tries):
    before = Health()
    for health, at, _ in run_tries(tries):
        for moment in (health.since, health.good_at, health.moved_at):
            assert moment is None or moment <= at
        if health.state == before.state and before.since and before.since <= at:
            assert health.since == before.since
        before = health


@given(TRIES)
def test_last_good_moment_is_that_of_the_last_good_picture(tries):
    path = run_tries(tries)
    for n, (health, _, _) in enumerate(path):
        good = [at for _, at, outcome in path[: n + 1] if outcome in (MOVED, SAME, STILL)]
        assert health.good_at in [None, *good]
        if path[n][2] is MOVED:
            assert health.good_at == path[n][1]


@given(TRIES, st.sampled_from([DARK, COVERED, UNREADABLE, "Silent", "Unreachable"]))
def test_one_bad_try_takes_no_camera_down(tries, bad):
    start = run_tries([*tries, (MOVED, 10), (MOVED, 10), (MOVED, 10), (MOVED, 10)])[-1][0]
    assert start.state == "live"
    assert next_health(start, bad, T0 + timedelta(days=1), 10).state in ("live", "late")


@given(TRIES, st.sampled_from(BAD))
def test_three_in_a_row_are_believed_whatever_was_before(tries, believed):
    outcome, state = believed
    assert run_tries([*tries, *[(outcome, 10)] * 3])[-1][0].state == state


@given(TRIES)
def test_two_good_pictures_bring_every_camera_back(tries):
    assert run_tries([*tries, (MOVED, 10), (MOVED, 10)])[-1][0].state == "live"


@given(TRIES)
def test_only_pictures_alike_are_frozen(tries):
    alike, was = 0, ""
    for health, _, outcome in run_tries(tries):
        if not isinstance(outcome, str) and outcome.problem != "unreadable":  # else no picture came: it tells nothing
            alike = alike + 1 if outcome.same or outcome.still else 0
        if health.state == "frozen" != was:
            assert alike >= 2
        was = health.state
