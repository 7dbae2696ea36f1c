"""Videos: what is taken, what is kept of one, who may watch it, and how it is played."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from geoapp.media import pictures
from incidents import photos
from incidents.disclosure import publishing
from incidents.models import Photo, Report
from tests import factories, videos
from tests.incidents.reporting.test_reporting import faults, form_fields

PAYLOAD = b"<script>alert(1)</script>"
UNREADABLE = "The video “street.mp4” cannot be opened. Record it again or choose another."
TOO_LONG = "“street.mp4” is longer than 30 seconds. Choose a shorter video, or cut it."


@pytest.fixture(autouse=True)
def media(settings, tmp_path, monkeypatch):
    settings.LANGUAGE_CODE = "en"
    settings.MEDIA_ROOT = str(tmp_path)
    monkeypatch.setattr(pictures.video_decoders, "answer_s", 600)  # others want the cores, too
    monkeypatch.setattr(pictures.video_decoders, "wait_s", 600)
    return tmp_path


def upload(content, name="street.mp4"):
    return SimpleUploadedFile(name, content, "video/mp4")


def send(client, *uploads, **more):
    return client.post("/report/", form_fields(photos=list(uploads), **more))


def files_in(folder):
    return [path for path in Path(folder).rglob("*") if path.is_file()]


def seconds_of(webm):
    file = io.BytesIO(webm)
    video = cv2.VideoCapture(file, cv2.CAP_FFMPEG, [])
    count = 0
    while video.grab():
        count += 1
    video.release()
    return count / 10


@pytest.mark.usual_rows(2)
@pytest.mark.parametrize("ending", ["mp4", "mov", "3gp", "webm"])
def test_of_a_video_a_still_and_its_frames_are_kept(client, town, media, ending):
    original = videos.video(ending)
    original = original if ending == "webm" else videos.with_place(original)
    assert send(client, upload(original + PAYLOAD)).status_code == 303
    photo = Photo.objects.get()
    files = [Path(file.path).read_bytes() for file in photos.files_of(photo)]
    assert ((photo.width, photo.height), round(photo.seconds, 1)) == ((96, 64), 0.9)
    assert [Image.open(io.BytesIO(data)).format for data in files[:2]] == ["JPEG", "JPEG"]
    assert seconds_of(files[2]) == 1.0
    for word in (videos.PLACE, b"PhoneMaker", PAYLOAD):
        assert [word in data for data in files] == [False] * 3


def test_a_video_taken_upright_stands_upright(client, town):
    send(client, upload(videos.sideways(videos.video())))
    photo = Photo.objects.get()
    assert (photo.width, photo.height) == (64, 96)


def test_the_still_is_not_the_darkness_it_begins_with(client, town):
    send(client, upload(videos.video(seconds=2, dark_s=1)))
    still = np.asarray(Image.open(Photo.objects.get().picture.path).convert("L"))
    assert still.mean() > 15


NO_SLOW_MOTION = "The video “street.mp4” has too many frames per second. Record it again without slow motion."
NO_SUCH_SHAPE = "The picture of the video “street.mp4” is too large or too small. Record it again."
BAD = {
    "31 seconds": (lambda: videos.video(seconds=31.1, rate=4), TOO_LONG),
    "two hours that say five seconds": (
        lambda: videos.that_says(videos.video(seconds=7200, rate=1, size=(64, 64)), 5), TOO_LONG,
    ),
    "a thousand frames a second": (lambda: videos.video(rate=1000, size=(64, 64)), NO_SLOW_MOTION),
    "9000 × 10": (lambda: videos.video("webm", seconds=0.3, size=(9000, 10)), NO_SUCH_SHAPE),
    "half of one": (lambda: videos.video()[:1500], UNREADABLE),
    "noise under a good head": (
        lambda: videos.video("webm")[:300] + np.random.default_rng(1).bytes(9000), UNREADABLE,
    ),
    "only a head": (lambda: videos.box(b"ftyp", b"isom\0\0\2\0isommp41"), UNREADABLE),
    "a ZIP": (lambda: b"PK\3\4" + bytes(5000), "“street.mp4” cannot be opened. Take it again or choose another."),
}  # fmt: skip


@pytest.mark.usual_rows(4)
@pytest.mark.parametrize("what", BAD)
def test_a_bad_video_is_told_and_nothing_is_kept(client, town, media, what):
    make, message = BAD[what]
    response = send(client, upload(make()), upload(factories.jpeg(), "good.jpg"))
    assert (response.status_code, faults(response)) == (400, {"photos": [message]})
    assert (Report.objects.count(), Photo.objects.count(), files_in(media)) == (0, 0, [])


def test_a_video_may_be_larger_than_a_photo_but_not_endless(client, town, settings):
    settings.PHOTO_MAX_BYTES, settings.VIDEO_MAX_BYTES = 100, 1_000_000
    assert send(client, upload(videos.video())).status_code == 303
    settings.VIDEO_MAX_BYTES = 1000
    message = "“street.mp4” is larger than 0 MB. Choose a shorter video, or one of lower resolution."
    assert faults(send(client, upload(videos.video()), text="Another")) == {"photos": [message]}


def test_a_video_that_takes_too_long_is_given_up(client, town, monkeypatch):
    monkeypatch.setattr(pictures.video_decoders, "answer_s", 0.0)
    pictures.video_decoders.stop()
    assert faults(send(client, upload(videos.video()))) == {"photos": [UNREADABLE]}
    monkeypatch.setattr(pictures.video_decoders, "answer_s", 600)
    pictures.video_decoders.stop()
    assert send(client, upload(videos.video())).status_code == 303


@pytest.fixture
def filmed_photo(town):
    """A photo that is the still of a video, of a published incident."""
    factories.incident(town.hole, pictures=[photos.read_photo(upload(videos.video()))], pictures_public=True)
    return Photo.objects.get()


def watched_by(client, request, photo):
    """Who of all is given the video."""
    seen = set()
    for who in ("anyone", "officer", "outsider", "reporter"):
        client.logout()
        if who in ("officer", "outsider"):
            client.force_login(request.getfixturevalue(who))
        query = f"?token={photo.report.token}" if who == "reporter" else ""
        if client.get(f"/photo/{photo.pk}/video.webm{query}").status_code == 200:
            seen.add(who)
    return seen


def test_who_may_watch_a_video(client, request, filmed_photo, officer):
    """Nobody has looked for faces in it: so it is the desk's and its sender's until somebody there has watched it."""
    assert watched_by(client, request, filmed_photo) == {"officer", "reporter"}
    publishing.show_video(filmed_photo, True, by=officer)
    assert watched_by(client, request, filmed_photo) == {"anyone", "officer", "outsider", "reporter"}
    publishing.show_video(filmed_photo, False, by=officer)
    assert watched_by(client, request, filmed_photo) == {"officer", "reporter"}


@pytest.mark.usual_rows(2)
@pytest.mark.parametrize("how", ["covered", "photo not public", "incident hidden", "waits for a look"])
def test_a_video_leaves_the_public_with_its_still(client, request, filmed_photo, officer, how):
    publishing.show_video(filmed_photo, True, by=officer)
    if how == "covered":
        publishing.cover_photo(filmed_photo, [(0.1, 0.1, 0.2, 0.2)], by=officer)
        with pytest.raises(publishing.PublishingRefused):
            publishing.show_video(filmed_photo, True, by=officer)
    elif how == "incident hidden":
        publishing.hide_incident(filmed_photo.incident, by=officer, note="A face")
    else:
        fields = {"public": False} if how == "photo not public" else {"masking": "due"}
        Photo.objects.filter(pk=filmed_photo.pk).update(**fields)
    expected = {"officer"} if how == "covered" else {"officer", "reporter"}
    assert watched_by(client, request, filmed_photo) == expected


def test_the_desk_shows_a_video_to_everybody_and_takes_it_back(client, filmed_photo, officer):
    client.force_login(officer)
    page, public = f"/desk/{filmed_photo.incident.reference}/public/", f"/i/{filmed_photo.incident.reference}/"
    address = f"/photo/{filmed_photo.pk}/video.webm"
    assert address in client.get(f"/desk/{filmed_photo.incident.reference}/").content.decode()
    shown = []
    for act in ("show-video", "hide-video"):
        assert client.post(page, {"do": act, "photo": filmed_photo.pk}).status_code == 302
        shown.append(address in client.get(public).content.decode())
    assert shown == [True, False]
    assert [event.kind for event in filmed_photo.incident.timeline.all()][-2:] == ["released", "covered"]


def test_a_player_is_given_the_part_that_it_asks_for(client, filmed_photo, officer):
    client.force_login(officer)
    whole = Path(filmed_photo.video.path).read_bytes()
    size = len(whole)
    table = [
        ("", 200, whole), ("bytes=0-", 206, whole), ("bytes=0-99", 206, whole[:100]), ("bytes=-5", 206, whole[-5:]),
        (f"bytes={size - 3}-{size + 9}", 206, whole[-3:]), (f"bytes={size}-", 416, b""), ("bytes=9-3", 416, b""),
        ("bytes=0-1,5-6", 200, whole), ("bytes=-", 200, whole), ("lines=1-2", 200, whole),
    ]  # fmt: skip
    for byte_range, status, part in table:
        headers = {"range": byte_range} if byte_range else {}
        answer = client.get(f"/photo/{filmed_photo.pk}/video.webm", headers=headers)
        assert (byte_range, answer.status_code, answer.content) == (byte_range, status, part)
    answer = client.get(f"/photo/{filmed_photo.pk}/video.webm", headers={"range": "bytes=2-3"})
    assert answer["Content-Range"] == f"bytes 2-3/{size}"
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("video/webm", "nosniff")


def test_a_video_comes_ahead_and_its_report_takes_it(client, town):
    sending = "5b0f3c3e-6d7e-4f0a-9a53-0f6f1b0c9d11"
    ahead = client.post("/report/photos/", {"sending": sending, "photo": upload(videos.video())})
    assert ahead.status_code == 201
    assert send(client, sending=sending, uploaded=[ahead.json()["photo"]]).status_code == 303
    assert seconds_of(Path(Photo.objects.get().video.path).read_bytes()) == 1.0
