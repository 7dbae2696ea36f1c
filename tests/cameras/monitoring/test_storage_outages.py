"""Test the notices to technicians about pictures that cannot be stored, at the beginning and at the end."""

import errno
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import translation
from django.utils.timezone import now

from cameras.models import Camera, Shift, StorageOutage
from cameras.monitoring import storage_outages
from incidents.models import Notice, User
from tests import factories

MINUTE = timedelta(minutes=1)


@pytest.fixture
def technician(town):
    person = factories.person("technician", town.desk, "technician")
    User.objects.filter(pk=person.pk).update(email="technician@example.vn", language="vi")


@pytest.fixture
def shift(eye, technician):
    """Create a patrol whose pictures cannot be stored."""
    return Shift.objects.create(name="a", machine="m1", not_kept_since=now(), not_kept_why="ENOSPC")


def well(shift):
    Shift.objects.filter(pk=shift.pk).update(not_kept_since=None, not_kept_why="")


def list_notices():
    return list(Notice.objects.order_by("pk").values_list("template", flat=True))


def test_storage_errors_are_translated_or_shown_by_their_name():
    texts = {}
    for language in ("vi", "en"):
        with translation.override(language):
            texts[language] = [storage_outages.error_text(why) for why in storage_outages.WHY]
            assert storage_outages.error_text("EMFILE") == "EMFILE"
    assert set(storage_outages.WHY) <= set(errno.errorcode.values())
    assert texts["en"][:3] == [
        "there is no space left on the disk",
        "pictures have used all the space set aside for them, or their quota",
        "the disk is read-only",
    ]
    assert not set(texts["vi"]) & set(texts["en"])


def test_lasting_outage_is_reported_once_and_so_is_its_end(shift, eye):
    at = now()
    assert [storage_outages.update_outage(at + n * MINUTE) for n in range(6)] == [
        None,
        None,
        None,
        "pictures_unkept",
        None,
        None,
    ]
    notice = Notice.objects.get()
    assert (notice.template, notice.address, notice.urgent) == ("pictures_unkept", "technician@example.vn", True)
    assert "đĩa đã đầy" in notice.text
    assert "m1" in notice.text
    assert "/cameras/health/" in notice.text
    well(shift)
    assert storage_outages.update_outage(at + 9 * MINUTE) is None  # it may come back
    assert storage_outages.update_outage(at + 11 * MINUTE) is None  # no picture was kept since
    Camera.objects.filter(pk=eye.pk).update(last_taken_at=at + 6 * MINUTE)
    assert [storage_outages.update_outage(at + n * MINUTE) for n in (11, 12)] == ["pictures_kept", None]
    assert list_notices() == ["pictures_unkept", "pictures_kept"]
    Shift.objects.update(not_kept_since=at + 60 * MINUTE, not_kept_why="EIO")
    assert [storage_outages.update_outage(at + n * MINUTE) for n in (60, 64)] == [None, "pictures_unkept"]
    assert list_notices() == ["pictures_unkept", "pictures_kept", "pictures_unkept"]


def test_what_passes_soon_is_told_to_nobody(shift, eye):
    at = now()
    storage_outages.update_outage(at)
    well(shift)
    Camera.objects.filter(pk=eye.pk).update(last_taken_at=at + MINUTE)
    assert [storage_outages.update_outage(at + n * MINUTE) for n in range(1, 8)] == [None] * 7
    assert list_notices() == []
    assert StorageOutage.objects.get().ended_at == at + 5 * MINUTE


def test_a_disk_on_the_edge_of_full_is_told_once(shift, eye):
    at, templates = now(), []
    for n in range(12):
        if n % 3:
            well(shift)
        else:
            Shift.objects.update(not_kept_since=at + n * MINUTE, not_kept_why="ENOSPC")
        Camera.objects.filter(pk=eye.pk).update(last_taken_at=at + n * MINUTE)
        templates.append(storage_outages.update_outage(at + n * MINUTE))
    assert [template for template in templates if template] == ["pictures_unkept"]


def test_restarted_patrol_neither_ends_nor_repeats_an_outage(shift, eye):
    at = now()
    for n in (0, 4):
        storage_outages.update_outage(at + n * MINUTE)
    shift.delete()
    Camera.objects.filter(pk=eye.pk).update(last_taken_at=at + 9 * MINUTE)
    assert storage_outages.update_outage(at + 10 * MINUTE) is None  # nobody is at work
    Shift.objects.create(name="b", machine="m1", not_kept_since=at + 10 * MINUTE, not_kept_why="ENOSPC")
    assert storage_outages.update_outage(at + 14 * MINUTE) is None
    assert StorageOutage.objects.count() == 1
    assert list_notices() == ["pictures_unkept"]


def test_a_patrol_that_is_not_heard_of_has_no_trouble_of_now(shift):
    Shift.objects.update(heard_at=now() - MINUTE)
    assert storage_outages.update_outage(now() + 10 * MINUTE) is None
    assert not StorageOutage.objects.exists()


def test_two_workers_at_once_begin_it_once(shift):
    assert storage_outages.begin_outage(shift, now()) == storage_outages.begin_outage(shift, now())
    with pytest.raises(IntegrityError, match="one_storage_outage_at_a_time"):
        StorageOutage.objects.create(began_at=now(), seen_at=now(), why="EIO")
