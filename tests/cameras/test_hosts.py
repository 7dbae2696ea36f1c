"""How hosts of cameras are treated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameras import hosts
from cameras.hosts import Host


def host_of(cameras):
    host = Host()
    host.cameras.update(cameras)
    return host


def test_a_host_is_down_when_not_one_of_its_cameras_is_reached_and_up_with_the_first():
    host = host_of(range(4))
    said = [host.heard(camera, reached) for camera, reached in [(0, True), (1, False), (2, False), (3, False)]]
    assert (said, host.down) == ([None] * 4, False)  # one was reached at its last try
    assert (host.heard(0, False), host.heard(1, False), host.down) == ("down", None, True)
    assert (host.heard(2, True), host.heard(3, True), host.down) == ("up", None, False)
    assert host.heard(0, False) is None


def test_two_cameras_that_are_gone_make_no_host_down():
    host = host_of(range(2))
    assert [host.heard(camera, False) for camera in (0, 1, 0, 1)] == [None] * 4


def test_a_camera_that_left_is_no_longer_counted():
    host = host_of(range(4))
    for camera in (0, 1, 2):
        host.heard(camera, False)
    host.leave(3)
    assert host.heard(0, False) is None  # who takes it up has not been heard of yet
    host.others = 0, 0, 0
    assert host.turned() == "down"


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=80))
def test_a_host_with_a_camera_that_answers_is_never_down(tries):
    host, last = host_of(range(10)), {}
    for camera, reached in tries:
        host.heard(camera, reached)
        last[camera] = reached
        assert host.down is False or not any(last.values())


@given(st.integers(1, 5), st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=80))
def test_a_host_is_down_for_all_patrols_or_for_none_however_they_share_its_cameras(patrols, tries):
    alone, shared = host_of(range(10)), [host_of(range(n, 10, patrols)) for n in range(patrols)]
    for camera, reached in tries:
        alone.heard(camera, reached)
        shared[camera % patrols].note(camera, reached)
        for one in shared:
            others = [other for other in shared if other is not one]
            one.others = tuple(
                sum(len(getattr(other, what)) for other in others) for what in ("cameras", "away", "reached")
            )
            one.turned()
        assert {one.down for one in shared} == {alone.down}


@pytest.mark.parametrize(
    ("failure", "status", "away"),
    [
        (None, 0, False),
        ("Unreachable", 0, True),
        ("Silent", 0, True),
        ("BadAnswer", 503, True),
        ("BadAnswer", 404, False),
        ("BadAnswer", 0, False),
        ("WebPage", 0, False),
        ("TooSlow", 0, False),
    ],
)
def test_which_failures_may_be_the_hosts(failure, status, away):
    assert hosts.is_away(failure, status) is away


@given(st.integers(0, 10_000))
def test_a_camera_that_fails_is_asked_less_and_less_but_never_given_up(failures):
    assert 0 <= hosts.pause_s(failures) <= min(900, 20 * 2 ** max(0, min(failures, 20) - 3))
    assert failures >= 3 or hosts.pause_s(failures) == 0
    assert 0 <= hosts.probe_s(failures) <= 60


def test_those_who_failed_together_do_not_come_back_together():
    assert len({round(hosts.pause_s(9)) for _ in range(200)}) > 100
