"""Test the retention of the ring, and its repair after a crash."""

import os
import threading
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from cameras import ring
from cameras.models import Frame
from cameras.patrol import tidying
from cameras.patrol.tidying import RingLimits
from geoapp.db import connections, locks
from tests import owner
from tests.cameras.conftest import camera
from tests.fakes.camera import street

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 24, 14, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def media(settings):
    return settings.MEDIA_ROOT


def write_frames(media, eye, begins=AT, count=18, every=10, indexed=True, patrol="p1"):
    """Write so many frames, so many seconds apart, to packs and, if `indexed`, to the index."""
    packs = ring.PackWriter(media, patrol)
    for n in range(count):
        at, data = begins + timedelta(seconds=n * every), street(n % 3)
        sha = sha256(data).hexdigest()
        spot = packs.append(eye.pk, at, sha, data)
        if indexed:
            Frame.objects.create(
                camera=eye, taken_at=at, sha256=sha, pack=spot.pack, offset=spot.offset, length=spot.length,
                kind="jpg", width=512, height=288,
            )  # fmt: skip
    packs.close()


def seconds(begins=AT):
    """Return when the frames of the index were taken, relative to a moment; assert that each has its bytes."""
    for frame in Frame.objects.all():
        assert sha256(ring.read_frame(frame)).hexdigest() == frame.sha256
    return [(frame.taken_at - begins).total_seconds() for frame in Frame.objects.order_by("taken_at")]


def files(media):
    return sorted(path.name for path in media.glob("ring/*/*"))


def test_after_a_day_one_frame_a_minute_stays_and_the_last(town, media):
    write_frames(media, camera("A1"))
    tidying.tidy_ring(media, RingLimits(24, 7), AT + HOUR + DAY - timedelta(seconds=1))
    assert len(seconds()) == 18
    for _ in range(2):
        tidying.tidy_ring(media, RingLimits(24, 7), AT + HOUR + DAY)
        assert (seconds(), files(media)) == ([0, 60, 120, 170], ["2026112414-p1.thin.pack"])
    tidying.tidy_ring(media, RingLimits(24, 7), AT + HOUR + 7 * DAY)
    assert (seconds(), files(media)) == ([], [])


@pytest.mark.parametrize("when", ["writing", "before the index", "in the index", "before the old one goes"])
def test_interrupted_thinning_loses_nothing_and_can_be_repeated(town, media, monkeypatch, when):
    write_frames(media, camera("A1"))

    def crash(*_args, **_more):
        raise KeyboardInterrupt

    place = {
        "writing": (tidying.os, "fsync"),
        "before the index": (tidying.sql, "execute"),
        "in the index": (tidying, "frames_of_pack"),
        "before the old one goes": (tidying.Path, "unlink"),
    }[when]
    later = AT + HOUR + DAY
    with monkeypatch.context() as patch:
        patch.setattr(*place, crash)
        with pytest.raises(KeyboardInterrupt):
            tidying.tidy_ring(media, RingLimits(24, 7), later)
    assert seconds() == ([0, 60, 120, 170] if when == "before the old one goes" else [n * 10 for n in range(18)])
    assert tidying.mend_packs(media) == (0, 0)  # what was thinned does not come back
    tidying.tidy_ring(media, RingLimits(24, 7), later)
    assert seconds() == [0, 60, 120, 170]
    assert [name for name in files(media) if name.endswith(".pack")] == ["2026112414-p1.thin.pack"]


def test_a_disk_that_is_to_bear_less_loses_its_oldest_hours(town, media):
    first, second = camera("A1"), camera("A2")
    for hours in range(4):
        write_frames(media, first, AT + hours * HOUR, count=2)
    write_frames(media, second, AT, count=2)
    an_hour = sum(path.stat().st_size for path in media.glob(f"ring/{first.pk}/2026112414*"))
    tidying.tidy_ring(media, RingLimits(24, 7, 3.5 * an_hour / 1e9), AT + 4 * HOUR)
    assert seconds() == [3600, 3610, 7200, 7210, 10800, 10810]
    tidying.tidy_ring(media, RingLimits(24, 7, 1e-9), AT + 3.5 * HOUR)
    assert seconds() == [10800, 10810]  # the present hour stays


def drop_all_days():
    """A patrol of another test may have left days behind, and the service drops none that is not over."""
    with owner.as_owner() as cursor:
        cursor.execute(ring.DAYS)
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE {name}")


def test_whole_days_of_the_index_are_dropped(town, media):
    drop_all_days()
    eye = camera("A1")
    for day in range(3):
        ring.create_day(date(2026, 11, 24) + timedelta(days=day))
        write_frames(media, eye, AT + day * DAY, count=1)
    tidying.tidy_ring(media, RingLimits(24, 1), AT + 2 * DAY)
    with connection.cursor() as cursor:
        cursor.execute(ring.DAYS)
        days = sorted(name for (name,) in cursor.fetchall())
    assert days == [f"cameras_frame_202611{day}" for day in (25, 26, 27)]
    assert seconds() == [86400, 172800]


def test_who_is_to_stop_leaves_the_rest_for_the_next_time(town, media):
    write_frames(media, camera("A1"))
    enough = threading.Event()
    enough.set()
    tidying.tidy_ring(media, RingLimits(24, 7), AT + 2 * DAY, enough.is_set)
    assert len(seconds()) == 18


def test_two_do_not_tidy_at_once(town, media):
    write_frames(media, camera("A1"))
    with connections.connect() as other:
        other.execute("SELECT pg_advisory_lock(%s)", [locks.Lock.TIDYING])
        tidying.tidy_ring(media, RingLimits(24, 7), AT + 30 * DAY)
    assert len(seconds()) == 18


def test_packs_and_index_come_into_step_after_a_crash(town, media):
    eye = camera("A1")
    write_frames(media, eye, count=3, patrol="alive")
    write_frames(media, eye, AT + timedelta(minutes=10), count=3, patrol="dead")
    write_frames(media, eye, AT + timedelta(minutes=20), count=2, indexed=False, patrol="dead")
    Frame.objects.filter(taken_at=AT).delete()
    pack = next(media.glob("ring/*/*-dead.pack"))
    os.truncate(pack, pack.stat().st_size - 10)  # the last picture did not reach the disk
    Frame.objects.filter(taken_at=AT + timedelta(seconds=620)).update(offset=10**7)
    assert tidying.mend_packs(media, "dead", AT) == (1, 2)
    assert seconds() == [10, 20, 600, 610, 620, 1200]
    frame = Frame.objects.get(taken_at=AT + timedelta(minutes=20))
    assert (frame.kind, frame.width, frame.height, frame.received) == ("jpg", 512, 288, {"worker": "dead"})
    assert tidying.mend_packs(media, "dead", AT) == (0, 0)


def test_a_ring_from_a_backup_is_mended_whole(town, media):
    eye = camera("A1")
    write_frames(media, eye, count=3)
    write_frames(media, eye, AT + HOUR, count=2)
    Frame.objects.filter(taken_at=AT).delete()
    next(media.glob("ring/*/2026112415*")).unlink()
    output = StringIO()
    call_command("mend_ring", stdout=output)
    assert output.getvalue().split() == ["Rows", "without", "a", "picture", "2", "Pictures", "found", "again", "1"]
    assert seconds() == [0, 10, 20]


def test_a_picture_that_is_not_what_its_head_says_gets_no_row(town, media):
    write_frames(media, camera("A1"), count=1, indexed=False)
    pack = next(media.glob("ring/*/*.pack"))
    with pack.open("r+b") as file:
        file.seek(-100, os.SEEK_END)
        file.write(b"damage")
    assert tidying.mend_packs(media) == (0, 0)
    assert not Frame.objects.exists()
