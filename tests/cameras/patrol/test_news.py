"""Test what patrols publish to the database, and to everybody who listens."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from cameras.models import Camera, HealthInterval, Shift
from cameras.patrol import partitioning
from cameras.patrol.news import CHANNEL, CameraUpdate, News, publish_news, publish_pauses
from cameras.patrol.state_intervals import StateChange, forget_intervals, unvisited_change
from geoapp.db import connections
from tests.cameras.conftest import camera

AT = datetime(2024, 11, 24, 14, 32, tzinfo=UTC)  # nothing is told of the future


def later(minutes):
    return AT + timedelta(minutes=minutes)


@pytest.fixture
def eye(town):
    camera_row = camera("Đ1", url="http://192.0.2.1/a.jpg")
    partitioning.claim_share("patrol")
    return camera_row


def tell(camera, *turns, patrol="patrol", taken_at=None, sha256=""):
    last = turns[-1] if turns else StateChange("live", AT, "seen")
    word = CameraUpdate(camera.pk, last.health, last.since, AT, taken_at, sha256, turns)
    publish_news(patrol, News({camera.pk: word}))


def line(interval):
    return interval.health, interval.why, interval.since, interval.until


def test_each_camera_state_is_an_interval_with_reason_and_proof(eye):
    tell(eye, StateChange("live", AT, "seen", sha256="a" * 64, taken_at=AT, small=b"street"))
    tell(eye, StateChange("late", later(1), "TooSlow"), StateChange("offline", later(2), "BadAnswer", "404"))
    assert [line(interval) for interval in eye.health_intervals.order_by("since")] == [
        ("live", "seen", AT, later(1)),
        ("late", "TooSlow", later(1), later(2)),
        ("offline", "BadAnswer", later(2), None),
    ]
    first, last = eye.health_intervals.earliest("since"), eye.health_intervals.latest("since")
    with default_storage.open(first.proof) as proof:
        assert proof.read() == b"street"
    assert (first.sha256, first.taken_at, last.detail, last.proof) == ("a" * 64, AT, "404", "")
    eye.refresh_from_db()
    assert (eye.health, eye.health_since) == ("offline", later(2))


def test_intervals_are_contiguous_whatever_the_clocks_of_patrols(eye):
    began = now()
    tell(eye, StateChange("live", AT, "seen"))
    tell(eye, StateChange("late", later(5), "Silent"), StateChange("dark", later(3), "look"))
    tell(eye, StateChange("live", began + timedelta(days=700), "seen"))
    tell(eye, StateChange("late", later(9), "Silent"))
    intervals = list(eye.health_intervals.order_by("pk"))
    assert [interval.health for interval in intervals] == ["live", "late", "dark", "live", "late"]
    assert [interval.until for interval in intervals] == [*(interval.since for interval in intervals[1:]), None]
    assert [interval.since for interval in intervals[:3]] == [AT, later(5), later(5)]
    assert began <= intervals[3].since == intervals[4].since <= now()


def test_a_camera_is_one_way_at_a_time(eye):
    tell(eye, StateChange("live", AT, "seen"))
    with pytest.raises(IntegrityError), transaction.atomic():
        HealthInterval.objects.create(camera=eye, health="dark", since=AT, why="look")
    with pytest.raises(IntegrityError), transaction.atomic():
        HealthInterval.objects.filter(camera=eye).update(until=later(-1))


def test_health_is_accepted_only_from_the_patrol_of_the_camera(eye):
    tell(eye, StateChange("dark", AT, "look"), patrol="another")
    eye.refresh_from_db()
    assert (eye.health, eye.health_intervals.count()) == ("unknown", 0)


def test_an_older_picture_does_not_take_the_place_of_a_newer_one(eye):
    tell(eye, taken_at=later(5), sha256="b" * 64)
    tell(eye, taken_at=AT, sha256="a" * 64)
    eye.refresh_from_db()
    assert (eye.last_taken_at, eye.last_sha256) == (later(5), "b" * 64)


def test_what_could_not_be_told_is_told_with_what_came_later(eye):
    earlier = CameraUpdate(eye.pk, "dark", AT, AT, None, "", (StateChange("dark", AT, "look"),))
    word = CameraUpdate(eye.pk, "live", later(1), AT, None, "", (StateChange("live", later(1), "seen"),)).merged_with(
        earlier
    )
    publish_news("patrol", News({eye.pk: word}))
    assert [interval.health for interval in eye.health_intervals.order_by("since")] == ["dark", "live"]


def test_a_camera_that_rests_is_told_whoever_sees_it_first(eye):
    Camera.objects.update(active=False)
    publish_pauses()
    publish_pauses()
    eye.refresh_from_db()
    assert [line(interval) for interval in eye.health_intervals.all()] == [("paused", "paused", eye.health_since, None)]


TAKEN_UP = partitioning.Duty(
    pk=1, code="A1", url="http://192.0.2.1/a.jpg", kind="jpeg", credentials="", period_s=10, rhythm_s=None,
    health="live", health_since=AT, moved_at=AT, last_taken_at=AT, last_sha256="", wanted=False, networks=[],
    at_once=None, quickest_s=1, aimed_at=None, view=None, away_since=None, refused=False, left_at=None, left_for=None,
    host="192.0.2.1", others=0, others_away=0, others_reached=0, others_refused=0,
)  # fmt: skip


@pytest.mark.parametrize(
    ("left_s", "more", "is_told"),
    [
        (None, {}, False),  # its first patrol, or one that only now was given its new address
        (0, {}, False),
        (60, {}, False),  # handed over from one living patrol to another, or from a dead one
        (100, {}, False),
        (101, {}, True),
        (12 * 3600, {}, True),
        (12 * 3600, {"health": "late"}, True),
        (12 * 3600, {"health": "offline", "moved_at": None}, True),  # nor was it looked at whether it still is offline
        (12 * 3600, {"health": "source-down"}, True),
        (12 * 3600, {"health": "covered"}, True),
        (12 * 3600, {"health": "paused"}, False),
        (12 * 3600, {"health": "unknown"}, False),  # it never was anything
        (12 * 3600, {"health": "unvisited"}, False),  # told already, by a patrol that did not live to find how it is
        (80, {"period_s": 1}, False),
        (91, {"period_s": 1}, True),
        (3600, {"period_s": 600}, False),
        (6001, {"period_s": 600}, True),
        (600, {"rhythm_s": 300}, False),
        (601, {"rhythm_s": 300}, True),
        # Long ago its picture changed last; but a patrol was there.
        (5, {"health": "frozen", "moved_at": AT - timedelta(days=3)}, False),
        (5, {"moved_at": AT - timedelta(hours=3)}, False),
    ],
)
def test_unvisited_is_recorded_only_for_a_long_enough_gap(left_s, more, is_told):
    gap = StateChange("unvisited", AT, "NoPatrol")
    left = {} if left_s is None else {"left_at": AT, "left_for": timedelta(seconds=left_s)}
    assert unvisited_change(TAKEN_UP._replace(**left, **more)) == (gap if is_told else None)


def test_camera_paused_without_a_patrol_was_unvisited_before(eye):
    tell(eye, StateChange("live", AT, "seen"))
    Shift.objects.update(heard_at=later(60))  # killed
    Camera.objects.update(active=False)
    partitioning.claim_share("another")
    publish_pauses()
    publish_pauses()
    eye.refresh_from_db()
    assert [line(interval) for interval in eye.health_intervals.order_by("since")] == [
        ("live", "seen", AT, later(60)),
        ("unvisited", "NoPatrol", later(60), eye.health_since),
        ("paused", "paused", eye.health_since, None),
    ]
    assert eye.left_at is None


def test_old_health_intervals_and_their_pictures_are_forgotten(eye):
    tell(eye, StateChange("live", AT, "seen", small=b"street"))
    tell(eye, StateChange("dark", later(1), "look", small=b"night"))
    names = list(eye.health_intervals.order_by("since").values_list("proof", flat=True))
    forget_intervals(later(1))
    assert eye.health_intervals.count() == 2
    forget_intervals(later(2))
    assert [interval.health for interval in eye.health_intervals.all()] == ["dark"]
    assert [default_storage.exists(name) for name in names] == [False, True]


@pytest.mark.django_db(transaction=True)
def test_everybody_who_listens_hears_what_was_committed():
    cameras = [camera(f"Đường số {n} " + "x" * 20, url="http://192.0.2.1/a.jpg") for n in range(300)]
    partitioning.claim_share("patrol")
    words = {row.pk: CameraUpdate(row.pk, "live", AT, AT, AT, "0123456789abcdef" * 4, ()) for row in cameras}
    with connections.connect() as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        with transaction.atomic():
            publish_news("patrol", News(words))
            transaction.set_rollback(True)
        publish_news("patrol", News(words))
        notices = [json.loads(notice.payload) for notice in listener.notifies(timeout=2, stop_after=4)]
    assert len(notices) == 4  # what does not go into one goes into several
    assert [heard for notice in notices for heard in notice] == [
        [row.code, "0123456789ab", "live", 1732458720000] for row in sorted(cameras, key=lambda row: row.pk)
    ]
