"""Test how hosts of cameras are called and judged."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameras.patrol import hosts
from cameras.patrol.hosts import Gate, Host


def host_of(cameras):
    host = Host()
    host.cameras.update(cameras)
    return host


def test_host_is_down_while_none_of_its_cameras_is_reached():
    host = host_of(range(4))
    changes = [host.record_try(camera, reached) for camera, reached in [(0, True), (1, False), (2, False), (3, False)]]
    assert (changes, host.down) == ([None] * 4, False)  # one was reached at its last try
    assert (host.record_try(0, False), host.record_try(1, False), host.down) == ("down", None, True)
    assert (host.record_try(2, True), host.record_try(3, True), host.down) == ("up", None, False)
    assert host.record_try(0, False) is None


def test_two_cameras_that_are_gone_make_no_host_down():
    host = host_of(range(2))
    assert [host.record_try(camera, False) for camera in (0, 1, 0, 1)] == [None] * 4


def test_a_camera_that_left_is_no_longer_counted():
    host = host_of(range(4))
    for camera in (0, 1, 2):
        host.record_try(camera, False)
    host.hand_over(3)
    assert host.record_try(0, False) is None  # no result of the other patrol yet
    host.others = 0, 0, 0, 0
    assert host.judge() == "down"


FOUND = st.sampled_from([True, False, None])
# What was found of the cameras of a source, each at its last try → whether it goes down; and whether it stays down.
JUDGED = {
    "away away away": (True, True),
    "away away away away": (True, True),
    "away away away reached": (False, False),
    "away away away untried": (False, True),
    "away away": (False, True),  # too few to tell it from cameras that are gone
    "away away untried": (False, True),
    "away away away refused": (True, True),  # a proxy also refuses while the host is down
    "away away refused": (False, True),
    "away away away refused refused refused": (False, False),  # as many refused: the host is up
    "away away away away refused refused refused": (True, True),
    "away refused refused refused refused": (False, False),
    "refused refused refused refused": (False, False),
    "refused refused refused reached": (False, False),
    "untried untried untried": (False, False),
}


@pytest.mark.parametrize(("tries", "judged"), JUDGED.items())
def test_when_a_source_is_down(tries, judged):
    def judge(was):
        host = host_of(range(len(tries.split())))
        host.down = was
        for camera, how in enumerate(tries.split()):
            if how != "untried":
                host.note_result(camera, {"away": False, "reached": True, "refused": None}[how])
        host.judge()
        return host.down

    assert (judge(was=False), judge(was=True)) == judged


@given(st.lists(st.tuples(st.integers(0, 9), FOUND), max_size=80))
def test_a_host_with_a_camera_that_answers_is_never_down(tries):
    host, last = host_of(range(10)), {}
    for camera, reached in tries:
        host.record_try(camera, reached)
        last[camera] = reached
        assert host.down is False or not any(last.values())


@given(st.integers(1, 5), st.lists(st.tuples(st.integers(0, 9), FOUND), max_size=80))
def test_all_patrols_agree_whether_a_shared_host_is_down(patrols, tries):
    alone, shared = host_of(range(10)), [host_of(range(n, 10, patrols)) for n in range(patrols)]
    for camera, reached in tries:
        alone.record_try(camera, reached)
        shared[camera % patrols].note_result(camera, reached)
        for host in shared:
            others = [other for other in shared if other is not host]
            host.others = tuple(
                sum(len(getattr(other, what)) for other in others) for what in ("cameras", "away", "reached", "refused")
            )
            host.judge()
        assert {host.down for host in shared} == {alone.down}


@pytest.mark.parametrize(
    ("failure", "status", "expected"),
    [
        (None, 0, True),
        ("Unreachable", 0, False),
        ("Silent", 0, False),
        ("BadAnswer", 503, False),
        ("BadAnswer", 404, True),
        ("BadAnswer", 0, True),
        ("Refused", 401, None),
        ("Refused", 403, None),
        ("Forbidden", 0, None),
        ("WebPage", 0, True),
        ("TooSlow", 0, True),
    ],
)
def test_what_a_try_says_of_the_host(failure, status, expected):
    assert hosts.is_host_reached(failure, status) is expected


@given(st.integers(0, 10_000))
def test_pause_before_retrying_a_failing_camera_is_bounded(failures):
    assert 0 <= hosts.pause_s(failures) <= min(900, 20 * 2 ** max(0, min(failures, 20) - 3))
    assert failures >= 3 or hosts.pause_s(failures) == 0
    assert 0 <= hosts.probe_s(failures) <= 60


def test_those_who_failed_together_do_not_come_back_together():
    assert len({round(hosts.pause_s(9)) for _ in range(200)}) > 100


@pytest.mark.parametrize(
    ("at_once", "patrols", "parts"),
    [
        (16, 1, [16]), (16, 2, [8, 8]), (16, 3, [5, 5, 6]), (4, 3, [1, 1, 2]), (1, 1, [1]),
        (2, 4, [1, 1, 1, 1]),  # each sees its own cameras: one call at the least
    ],
)  # fmt: skip
def test_patrols_part_the_calls_that_a_source_bears(at_once, patrols, parts):
    assert sorted(hosts.share_of_calls(at_once, "source 7", place, patrols) for place in range(patrols)) == parts


@given(st.integers(1, 64), st.integers(1, 12), st.text(max_size=20))
def test_shares_of_patrols_add_up_to_the_calls_a_source_allows(at_once, patrols, name):
    parts = [hosts.share_of_calls(at_once, name, place, patrols) for place in range(patrols)]
    assert sum(parts) == max(at_once, patrols)
    assert max(parts) - min(parts) <= 1


def test_remainder_of_calls_goes_to_different_patrols_by_source():
    assert {[hosts.share_of_calls(4, f"source {n}", place, 3) for place in range(3)].index(2) for n in range(20)} == {
        0,
        1,
        2,
    }


def test_new_limit_of_a_gate_counts_the_calls_already_inside():
    async def passing():
        gate, inside, leave = Gate(3), set(), [asyncio.Event() for _ in range(9)]

        async def go(n):
            async with gate:
                inside.add(n)
                await leave[n].wait()
                inside.discard(n)

        async def seen(*those_who_leave):
            for n in those_who_leave:
                leave[n].set()
            for _ in range(20):
                await asyncio.sleep(0)
            return sorted(inside)

        going = [asyncio.create_task(go(n)) for n in range(9)]
        counts = [await seen()]
        gate.set_limit(1)
        counts += [await seen(0), await seen(1), await seen(2)]
        gate.set_limit(4)
        counts += [await seen()]
        gate.set_limit(2)
        gate.set_limit(3)
        going[7].cancel()  # one who waits goes away
        counts += [await seen(3), await seen(4, 5, 6, 8)]
        await asyncio.gather(*going, return_exceptions=True)
        gate.set_limit(1)  # while nobody is inside
        for event in leave:
            event.clear()
        going = [asyncio.create_task(go(n)) for n in range(3)]
        counts += [await seen(), await seen(0, 1, 2)]
        await asyncio.gather(*going)
        return counts

    assert asyncio.run(passing()) == [
        [0, 1, 2], [1, 2], [2], [3], [3, 4, 5, 6], [4, 5, 6], [], [0], [],
    ]  # fmt: skip
