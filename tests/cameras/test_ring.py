"""Test the ring on disk: packs, with and without the index."""

import errno
import os
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from cameras import ring
from cameras.models import Frame
from tests import factories
from tests.cameras.conftest import camera, in_ring

AT = datetime(2026, 11, 24, 14, 32, 7, 123456, tzinfo=UTC)


def digest(data):
    return sha256(data).hexdigest()


@given(pictures=st.lists(st.binary(min_size=1, max_size=3000), min_size=1, max_size=8), cut=st.integers(0, 4000))
def test_a_pack_tells_what_is_in_it_however_it_was_cut_off(tmp_path_factory, pictures, cut):
    media = tmp_path_factory.mktemp("media")
    packs = ring.PackWriter(media)
    spots = [packs.append(7, AT + timedelta(seconds=n), digest(data), data) for n, data in enumerate(pictures)]
    packs.close()
    assert [ring.read_frame(spot, media) for spot in spots] == pictures
    whole = [(AT + timedelta(seconds=n), digest(data), spot.offset, spot.length)
             for n, (data, spot) in enumerate(zip(pictures, spots, strict=True))]  # fmt: skip
    path = media / spots[0].pack
    assert list(ring.scan_pack(path)) == whole
    size = max(0, path.stat().st_size - cut)
    os.truncate(path, size)
    assert list(ring.scan_pack(path)) == [picture for picture in whole if picture[2] + picture[3] <= size]


def test_each_camera_and_hour_has_its_pack_and_few_are_open(tmp_path, monkeypatch):
    monkeypatch.setattr(ring, "OPEN_PACKS", 2)
    packs = ring.PackWriter(tmp_path, "p1")
    names = [packs.append(camera, AT + timedelta(hours=h), "0" * 64, b"x").pack for camera in (1, 2) for h in (0, 1)]
    again = packs.append(1, AT, "0" * 64, b"yz")
    assert names == [f"ring/{n}/{hour}-p1.pack" for n in (1, 2) for hour in ("2026112414", "2026112415")]
    assert (again.pack, ring.read_frame(again, tmp_path), len(packs.open)) == (names[0], b"yz", 2)


def test_a_full_disk_leaves_a_pack_that_can_be_read(tmp_path, monkeypatch):
    packs = ring.PackWriter(tmp_path)
    first = packs.append(1, AT, digest(b"one"), b"one")

    def full(file, pieces):
        os.write(file, b"half a head")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(ring.os, "writev", full)
        with pytest.raises(OSError, match="No space"):
            packs.append(1, AT, digest(b"two"), b"two")
    third = packs.append(1, AT, digest(b"three"), b"three")
    assert [picture[1:] for picture in ring.scan_pack(tmp_path / first.pack)] == [
        (digest(b"one"), first.offset, 3), (digest(b"three"), third.offset, 5)
    ]  # fmt: skip


@pytest.mark.django_db
def test_new_day_partition_takes_in_frames_that_came_before_it(town):
    eye = camera("A1")
    frame = in_ring(eye, factories.jpeg(), AT)
    for _ in range(2):
        ring.create_day(date(2026, 11, 24))
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM cameras_frame")
        assert cursor.fetchall() == [("cameras_frame_20261124",)]
    assert Frame.objects.get() == frame


@pytest.mark.django_db
def test_what_is_old_is_forgotten_row_and_file(town, settings):
    eye = camera("A1")
    old, young = (in_ring(eye, factories.jpeg(), AT + timedelta(hours=h)) for h in (0, 2))
    assert ring.forget_before(AT + timedelta(hours=1)) == ring.HEADER.size + old.length
    assert [frame.pk for frame in Frame.objects.all()] == [young.pk]
    with pytest.raises(ring.FrameGone):
        ring.read_frame(old)
    assert ring.read_frame(young) == factories.jpeg()
