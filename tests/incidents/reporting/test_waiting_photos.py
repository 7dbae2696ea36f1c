"""Photos uploaded one by one ahead of their report."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.timezone import now

from incidents.models import Photo, Report, WaitingPhoto
from incidents.reporting import waiting_photos
from tests import factories

AS_DATA = {"HTTP_ACCEPT": "application/json"}
SENDING, OTHER = "5b0f3c3e-6d7e-4f0a-9a53-0f6f1b0c9d11", "5b0f3c3e-6d7e-4f0a-9a53-0f6f1b0c9d12"


@pytest.fixture(autouse=True)
def media(town, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


def come_ahead(client, width=64, sending=SENDING, data=None):
    file = SimpleUploadedFile("street.jpg", factories.jpeg(width) if data is None else data)
    return client.post("/report/photos/", {"sending": sending, "photo": file}, **AS_DATA)


def send(client, digests, **more):
    form = {
        "sending": SENDING,
        "lon": "10.005",
        "lat": "50.005",
        "category": "ST.1",
        "join": "new",
        "photos_public": "on",
    }
    return client.post("/report/", form | {"uploaded": digests} | more, **AS_DATA)


def files_in(folder):
    return [path for path in Path(folder).rglob("*") if path.is_file()]


def test_a_report_takes_the_photos_that_came_ahead_in_its_order(client):
    first, second = (come_ahead(client, width).json()["photo"] for width in (64, 65))
    assert client.get(f"/report/photos/?sending={SENDING}").json() == {"photos": [first, second]}
    assert send(client, [second, first], photos=factories.picture(width=66)).status_code == 201
    assert list(Photo.objects.order_by("pk").values_list("width", flat=True)) == [65, 64, 66]


def test_a_photo_that_is_there_is_stored_once(client, media):
    answers = [come_ahead(client) for _time in range(3)]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert (WaitingPhoto.objects.count(), len(files_in(media))) == (1, 2)


def test_photos_of_another_form_are_not_found(client):
    digest = come_ahead(client, sending=OTHER).json()["photo"]
    assert client.get(f"/report/photos/?sending={SENDING}").json() == {"photos": []}
    answer = send(client, [digest])
    assert (answer.status_code, answer.json()) == (
        400, {"faults": {"photos": ["Có ảnh chưa gửi tới. Hãy gửi lại."]}},
    )  # fmt: skip
    assert Report.objects.count() == 0


def test_what_is_no_photo_is_refused_by_itself(client, media):
    answer = come_ahead(client, data=b"no picture")
    assert (answer.status_code, list(answer.json()["faults"]), files_in(media)) == (400, ["photos"], [])


@pytest.mark.parametrize("form", [{}, {"sending": "x"}, {"sending": SENDING}])
def test_a_form_that_is_not_whole_is_refused(client, form):
    assert client.post("/report/photos/", form, **AS_DATA).status_code == 400


def test_no_form_has_more_photos_than_it_may(client, settings):
    settings.PHOTOS_MAX = 2
    answers = [come_ahead(client, 60 + n) for n in range(5)]
    assert [answer.status_code for answer in answers] == [201] * 4 + [400]
    assert send(client, [answer.json()["photo"] for answer in answers[:3]]).status_code == 400
    assert Report.objects.count() == 0


def test_a_report_sent_again_does_not_miss_its_photos(client):
    digest = come_ahead(client).json()["photo"]
    link = send(client, [digest]).json()["link"]
    waiting_photos.delete_old(now() + timedelta(days=2))
    again = send(client, [digest])
    assert (again.status_code, again.json()["link"], Photo.objects.count()) == (201, link, 1)


def test_photos_that_waited_a_day_go_with_their_files(client, media, django_capture_on_commit_callbacks):
    come_ahead(client)
    with django_capture_on_commit_callbacks(execute=True):
        deleted = [waiting_photos.delete_old(now() + timedelta(hours=hours)) for hours in (23, 25)]
    assert (deleted, WaitingPhoto.objects.count(), files_in(media)) == ([0, 1], 0, [])


def test_a_photo_without_a_token_is_told_one(media):
    answer = come_ahead(Client(enforce_csrf_checks=True))
    assert (answer.status_code, list(answer.json()), WaitingPhoto.objects.count()) == (403, ["token"], 0)


def test_a_photo_that_is_too_large_is_not_read(client, settings):
    settings.PHOTO_MAX_BYTES = 100
    answer = come_ahead(client)
    assert (answer.status_code, "street.jpg" in answer.json()["faults"]["photos"][0]) == (400, True)
