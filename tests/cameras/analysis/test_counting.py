"""Test counts of people and vehicles, and when a count is unusual for its camera and hour."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameras.analysis import counting
from cameras.analysis.counting import CROWD, PERSON, TRAFFIC, TWO_WHEELS, VEHICLE, Gauge, HourCount, Thing

MINUTE = timedelta(minutes=1)
NOON = datetime(2026, 11, 24, 5, tzinfo=UTC)
RNG = np.random.default_rng(7)
LOOKS = [RNG.integers(0, 256, 36, np.uint8).tobytes().hex() for _ in range(40)]


def thing(kind, x=0.5, y=0.5, width=0.1, height=0.1, look=LOOKS[0], score=0.6):
    return Thing(kind, score, x, y, width, height, look)


def brighter(look):
    return bytes(min(value // 2 + 90, 255) for value in bytes.fromhex(look)).hex()


# ---- counting


@pytest.mark.parametrize(
    ("bike", "people"),
    [(None, 1), ((0.5, 0.55), 0), ((0.7, 0.5), 1), ((0.58, 0.5), 1)],
)
def test_who_sits_on_a_motorbike_is_no_person_in_the_street(bike, people):
    things = [thing(PERSON)] + ([thing(TWO_WHEELS, *bike)] if bike else [])
    assert len(counting.count_things(things).people) == people


@pytest.mark.parametrize(
    ("now", "apart", "standing"),
    [
        (thing(VEHICLE), MINUTE, 1),
        (thing(TWO_WHEELS), MINUTE, 1),
        (thing(VEHICLE, look=brighter(LOOKS[0])), MINUTE, 1),  # a cloud went by
        (thing(VEHICLE, x=0.51), MINUTE, 1),  # the box is never quite the same
        (thing(VEHICLE, x=0.55), MINUTE, 0),  # it drove on
        (thing(VEHICLE, look=LOOKS[1]), MINUTE, 0),  # another stands there now
        (thing(VEHICLE, look=""), MINUTE, 0),
        (thing(PERSON), MINUTE, 0),
        (thing(VEHICLE), timedelta(seconds=10), None),  # anything stands for ten seconds
        (thing(VEHICLE), timedelta(minutes=9), None),  # too long ago
    ],
)
def test_a_vehicle_stands_if_it_was_there_a_minute_ago(now, apart, standing):
    counted = counting.count_things([now], [thing(VEHICLE)], apart)
    assert (counted.standing if standing is None else len(counted.standing)) == standing


def test_of_the_first_picture_nobody_knows_what_stands():
    assert counting.count_things([thing(VEHICLE)]).standing is None


# ---- what is usual


def learnt(counts, kind=CROWD, days=3):
    """Return an hour that learnt these counts, spread over so many days."""
    hour = HourCount()
    for n, number in enumerate(counts):
        hour.learn(number, date(2026, 11, 1) + timedelta(days=n * days // len(counts)), kind)
    return hour


@pytest.mark.parametrize(
    ("looks", "days", "known"), [(44, 3, False), (45, 2, False), (45, 3, True), (600, 1, False), (60, 30, True)]
)
def test_what_is_usual_is_known_after_some_looks_on_some_days(looks, days, known):
    assert (learnt([3] * looks, days=days).limit(CROWD) is not None) == known


@pytest.mark.parametrize(
    ("counts", "kind", "limit"),
    [
        ([0] * 180, CROWD, 12),  # an empty square: counts below a dozen are never unusual
        ([0] * 180, TRAFFIC, 6),
        ([4] * 180, CROWD, 12),  # 4 + 4 × 2
        ([25] * 180, CROWD, 50),  # twice as many as ever
        ([10, 30] * 90, CROWD, 60),  # 20 + 4 × 10
    ],
)
def test_the_limit_follows_from_what_was_seen(counts, kind, limit):
    assert learnt(counts, kind).limit(kind) == pytest.approx(limit, abs=1)


def test_one_night_of_football_does_not_become_usual():
    hour = learnt([3] * 180)
    before = hour.limit(CROWD)
    for _ in range(60):
        hour.learn(200, date(2026, 12, 1), CROWD)
    assert hour.limit(CROWD) < 1.5 * before


def test_what_stays_for_weeks_becomes_usual():
    hour = learnt([3] * 180)
    for day in range(40):
        for _ in range(60):
            hour.learn(20, date(2026, 12, 1) + timedelta(days=day), CROWD)
    assert hour.limit(CROWD) > 20


@given(st.lists(st.integers(0, 400), max_size=200), st.sampled_from(sorted(counting.AT_LEAST)))
def test_an_hour_survives_whatever_it_learns_and_being_kept(counts, kind):
    hour = learnt(counts, kind)
    again = HourCount(**hour.as_json())
    assert (again.looks, again.days, again.last) == (hour.looks, hour.days, hour.last)
    assert 0 <= hour.mean <= 400
    assert hour.var >= 0
    limit = again.limit(kind)
    assert limit is None or limit >= counting.AT_LEAST[kind]


# ---- patience


def states(counts, limit=12, step=MINUTE):
    gauge = Gauge(CROWD)
    return [gauge.update(number, NOON + n * step, limit) for n, number in enumerate(counts)], gauge


@pytest.mark.parametrize(
    ("counts", "limit", "on"),
    [
        ([20] * 5, 12, "00001"),
        ([20] * 4 + [3] + [20] * 4, 12, "000000000"),  # a bus stopped, and went on
        ([20] * 5 + [10] * 9, 12, "00001111111111"),  # between the limits it stays as it is
        ([20] * 5 + [3] * 4, 12, "000011100"),
        ([20] * 5 + [3, 3, 20, 3, 3, 20], 12, "00001111111"),
        ([20] * 9, None, "000000000"),  # nobody knows what is usual
        ([11] * 9, 12, "000000000"),
    ],
)
def test_it_takes_some_looks_to_begin_and_some_to_end(counts, limit, on):
    assert "".join(str(int(state)) for state in states(counts, limit)[0]) == on


def test_it_began_with_the_first_look_that_was_unusual():
    _, gauge = states([3, 3] + [20] * 7)
    assert gauge.began == NOON + 2 * MINUTE
    assert Gauge(CROWD, **gauge.as_json()) == gauge


def test_after_a_long_gap_it_begins_anew():
    on, gauge = states([20] * 9, step=timedelta(minutes=11))
    assert (any(on), gauge.streak) == (False, 1)


@given(st.lists(st.integers(0, 30), max_size=80))
def test_it_never_begins_without_five_unusual_looks_in_a_row(counts):
    on, _ = states(counts)
    for n, state in enumerate(on):
        if state and not (n and on[n - 1]):
            assert min(counts[n - 4 : n + 1]) >= 12
