"""Test live camera video over a real connection."""

import http.client
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils.timezone import now

from cameras.masking import pauses
from cameras.models import Source, ViewLogEntry
from tests import factories
from tests.browser.conftest import wait_until
from tests.cameras.conftest import camera
from tests.fakes.camera import Cameras, street
from tests.fakes.streams import Rtsp, Streams, segment
from tests.machine import patience

pytestmark = pytest.mark.browser


@pytest.fixture
def look(site):
    """Opens a camera's live view as a person; closes everything at the end."""
    opened = []

    def start(code, user=None):
        to = http.client.HTTPConnection(urlsplit(site).netloc, timeout=20)
        headers = {}
        if user:
            client = Client()
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            headers["Cookie"] = f"sessionid={client.cookies['sessionid'].value}"
        to.request("GET", f"/cameras/{code}/live", headers=headers)
        answer = to.getresponse()
        answer.hang_up = lambda: (answer.close(), to.close())
        opened.append(answer)
        return answer

    yield start
    for stream in opened:
        stream.hang_up()


def picture(answer):
    length = 0
    while (line := answer.readline()) != b"\r\n" or not length:
        assert line, "it ended"
        if line.lower().startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    data = answer.read(length)
    assert answer.readline() == b"\r\n"
    return data


def test_only_the_control_room_sees_a_camera_live(town, look, controller, operator, officer):
    with Streams() as cameras:
        camera("M1", url=f"{cameras.url}/mjpeg", kind="mjpeg")
        assert [look("M1", user).status for user in (None, officer, operator)] == [404] * 3
        answer = look("M1", controller)
        assert (answer.status, answer.headers["Content-Type"], answer.headers["Cache-Control"]) == (
            200, "multipart/x-mixed-replace; boundary=frame", "private, no-store",
        )  # fmt: skip
        seen = [picture(answer) for _ in range(3)]
        assert seen[0] == street(0)
        assert len(set(seen)) > 1
        assert [(line.by, line.how) for line in ViewLogEntry.objects.all()] == [(controller, "live")]
        answer.hang_up()
        assert cameras.hung_up.wait(patience(10))  # who leaves is gone at the camera, too


@pytest.mark.parametrize("kind", ["jpeg", "hls", "rtsp"])
def test_every_kind_of_camera_is_seen_live(town, look, controller, kind):
    files = {"/l": "#EXTM3U\n#EXTINF:1,\na.ts\n", "/a.ts": segment()}
    with Cameras() as stills, Streams(files) as streams, Rtsp() as session:
        url = {"jpeg": f"{stills.url}/a", "hls": f"{streams.url}/l", "rtsp": session.url}[kind]
        camera("C1", url=url, kind=kind)
        answer = look("C1", controller)
        assert answer.status == 200
        assert [picture(answer)[:3] for _ in range(2)] == [b"\xff\xd8\xff"] * 2


def test_what_cannot_be_seen_says_why(town, look, controller):
    camera("away", url="http://127.0.0.1:9/a.jpg")
    camera("locked", url="http://127.0.0.1:9/a.jpg", credentials="of another key", source=source())
    camera("paused", url="http://127.0.0.1:9/a.jpg", paused_until=now() + timedelta(minutes=1))
    camera("resting", url="http://127.0.0.1:9/a.jpg", active=False)
    camera("none")
    reasons = {code: look(code, controller) for code in ("away", "locked", "paused", "resting", "none")}
    assert {code: answer.status for code, answer in reasons.items()} == {
        "away": 502, "locked": 502, "paused": 404, "resting": 404, "none": 404,
    }  # fmt: skip
    assert reasons["away"].read().decode() == "Không có phản hồi tại địa chỉ của camera"


def source():
    return Source.objects.create(code="own", name="Own", networks=["nonsense", "127.0.0.0/8"])


def test_a_pause_for_privacy_ends_what_is_seen_live(town, look, controller):
    with Streams() as cameras:
        camera_row = camera("M1", url=f"{cameras.url}/mjpeg", kind="mjpeg")
        answer = look("M1", controller)
        picture(answer)
        pauses.pause_cameras(controller, [camera_row.pk], now() + timedelta(hours=1), "By order")
        assert cameras.hung_up.wait(patience(15))
        assert look("M1", controller).status == 404


@pytest.mark.deep
def test_no_more_look_at_a_time_than_the_server_bears(town, look, controller):
    with Streams() as cameras:
        camera("M1", url=f"{cameras.url}/mjpeg", kind="mjpeg")
        answers = [look("M1", controller) for _ in range(7)]
        assert [answer.status for answer in answers] == [200] * 6 + [503]
        answers[0].hang_up()

        def let_in():
            return look("M1", controller).status == 200

        wait_until(let_in)


def test_an_officer_of_the_town_learns_nothing_of_cameras(town, look):
    assert look("none", factories.person("nobody")).status == 404
