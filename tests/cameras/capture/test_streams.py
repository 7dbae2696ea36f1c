"""Test the capture of one picture from each kind of stream."""

import asyncio
import signal
import subprocess
import sys
import time
from contextlib import aclosing, suppress
from pathlib import Path

import cv2
import numpy as np
import pytest

from cameras.capture import http, streams
from cameras.models import Camera
from tests.fakes.camera import street
from tests.fakes.streams import Rtsp, Streams, segment
from tests.machine import patience

HERE = ("127.0.0.0/8",)
MEDIA = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nold.ts\n#EXTINF:1,\nnew.ts?key=1\n"


def capture_once(kind, url, networks=HERE, credentials=None):
    async def once():
        async with http.open_session(networks) as client:
            return await streams.fetch_picture(client, kind, url, networks, credentials)

    return asyncio.run(once())


def size(picture):
    return cv2.imdecode(np.frombuffer(picture.data, np.uint8), cv2.IMREAD_COLOR).shape[:2]


def closeness(picture, other):
    """Return the mean difference in grey levels, at thumbnail size."""
    first, second = (cv2.resize(cv2.imdecode(np.frombuffer(data, np.uint8), 0), (32, 18)) for data in (picture, other))
    return cv2.absdiff(first, second).mean()


def test_every_kind_of_the_register_can_be_seen():
    assert streams.FETCHERS.keys() == set(Camera.Kind.values)


@pytest.mark.parametrize("path", ["/mjpeg", "/bare"])
def test_mjpeg_capture_takes_the_first_picture_and_hangs_up(path):
    with Streams() as cameras:
        picture = capture_once("mjpeg", cameras.url + path)
        assert (picture.data, picture.kind, picture.received["status"]) == (street(0), "jpg", 200)
        assert cameras.hung_up.wait(patience(5))


def test_a_stream_camera_that_sends_one_picture_is_no_fault():
    with Streams({"/one.jpg": street(3)}) as cameras:
        assert capture_once("mjpeg", f"{cameras.url}/one.jpg").data == street(3)


@pytest.mark.parametrize(("path", "failure"), [("/endless", http.TooLarge), ("/gone", http.BadAnswer)])
def test_an_mjpeg_stream_that_is_none_has_its_failure(path, failure):
    with Streams() as cameras, pytest.raises(failure):
        capture_once("mjpeg", cameras.url + path)


def test_a_stream_that_dribbles_is_given_up(monkeypatch):
    monkeypatch.setattr(http, "TOTAL_S", 0.8)
    began = time.monotonic()
    with Streams() as cameras, pytest.raises(http.TooSlow):
        capture_once("mjpeg", f"{cameras.url}/dribble")
    assert time.monotonic() - began < patience(2)


def test_the_newest_segment_of_a_playlist_is_decoded():
    with Streams({"/a/list.m3u8": MEDIA, "/a/new.ts?key=1": segment()}) as cameras:
        picture = capture_once("hls", f"{cameras.url}/a/list.m3u8")
        assert (picture.kind, size(picture)) == ("jpg", (360, 640))
        assert closeness(picture.data, street(0)) < 12 < closeness(picture.data, street(5))
        assert [path for path, _shown in cameras.asked] == ["/a/list.m3u8", "/a/new.ts?key=1"]


def test_hls_capture_reads_the_lightest_wide_enough_playlist():
    master = (
        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=5000000,RESOLUTION=1920x1080\nhigh.m3u8\n"
        '#EXT-X-STREAM-INF:CODECS="avc1,mp4a",BANDWIDTH=900000,RESOLUTION=640x360\nmiddle.m3u8\n'
        "#EXT-X-STREAM-INF:BANDWIDTH=100000,RESOLUTION=160x90\nlow.m3u8\n"
    )
    with Streams({"/m.m3u8": master, "/middle.m3u8": MEDIA, "/new.ts?key=1": segment()}) as cameras:
        assert size(capture_once("hls", f"{cameras.url}/m.m3u8")) == (360, 640)


def playlist(segment):
    return f"#EXTM3U\n#EXTINF:1,\n{segment}\n"


@pytest.mark.parametrize(
    ("files", "failure"),
    [
        ({"/l": "<html>Sign in"}, http.WebPage),
        ({"/l": "nonsense"}, http.NotAPicture),
        ({"/l": "#EXTM3U\n"}, http.NotAPicture),
        ({"/l": playlist("gone.ts")}, http.BadAnswer),
        ({"/l": playlist("file:///etc/passwd")}, http.Forbidden),
        ({"/l": playlist("http://169.254.169.254/latest/")}, http.Forbidden),
        ({"/l": playlist("http://[::ffff:10.0.0.1]/a.ts")}, http.Forbidden),
        ({"/l": playlist("http://192.168.0.1/a.ts")}, http.Forbidden),
        ({"/l": playlist("a.ts"), "/a.ts": "→http://10.0.0.1/a.ts"}, http.Forbidden),
        ({"/l": playlist("a.ts"), "/a.ts": playlist("file:///etc/passwd")}, http.NotAPicture),
        ({"/l": playlist("a.ts"), "/a.ts": b"G" + bytes(187) + b"G" + bytes(5000)}, http.NotAPicture),
        ({"/l": "#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n#EXTINF:1,\na.ts\n"}, http.BadAnswer),
        ({"/l": "#EXTM3U\n" + "#x\n" * 200_000}, http.TooLarge),
    ],
)  # fmt: skip
def test_a_playlist_that_leads_astray_has_its_failure(files, failure):
    with Streams(files) as cameras, pytest.raises(failure) as raised:
        capture_once("hls", f"{cameras.url}/l")
    assert type(raised.value) is failure


def test_a_password_is_not_carried_to_where_a_segment_lies():
    with Streams({"/a.ts": segment()}) as other, Streams({"/l": playlist(f"{other.url}/a.ts")}) as cameras:
        credentials = http.Credentials("camera", "secret")
        credentials.asks_basic = True
        capture_once("hls", f"{cameras.url}/l", credentials=credentials)
    assert cameras.asked == [("/l", credentials.basic)]
    assert other.asked == [("/a.ts", None)]


def test_a_frame_of_an_rtsp_session_is_decoded():
    with Rtsp() as camera:
        picture = capture_once("rtsp", camera.url)
    assert (picture.kind, size(picture), picture.received) == ("jpg", (288, 512), {"address": "127.0.0.1"})
    assert min(closeness(picture.data, street(n)) for n in range(5)) < 12
    assert camera.asked[0].startswith("OPTIONS rtsp://127.0.0.1:")


def test_an_rtsp_camera_does_not_lead_elsewhere():
    with Rtsp() as inside, Rtsp(elsewhere=inside.url) as camera:
        with pytest.raises(http.Forbidden):
            capture_once("rtsp", camera.url)
        assert (len(camera.asked), inside.asked) == (1, [])


@pytest.mark.parametrize(
    ("url", "networks", "failure"),
    [
        ("rtsp://127.0.0.1:9/a", HERE, http.Unreachable),
        ("rtsp://127.0.0.1:9/a", (), http.Forbidden),
        ("rtsp://2130706433/a", (), http.Forbidden),
        ("rtsp://[::ffff:127.0.0.1]/a", (), http.Forbidden),
        ("rtsp://localhost/a", (), http.Forbidden),
        ("rtsp://no-such-camera.invalid/a", (), http.Unreachable),
        ("http://127.0.0.1/a", HERE, http.Forbidden),
        ("file:///etc/passwd", HERE, http.Forbidden),
        ("rtsp://127.0.0.1:99999/a", HERE, http.Forbidden),
        ("-f lavfi -i testsrc", HERE, http.Forbidden),
    ],
)
def test_an_rtsp_address_is_judged_before_it_is_called(url, networks, failure):
    with pytest.raises(failure):
        capture_once("rtsp", url, networks)


def test_a_silent_rtsp_camera_is_given_up_and_no_child_is_left(monkeypatch):
    monkeypatch.setattr(streams, "WAIT_S", 0.5)
    before, began = children(), time.monotonic()
    with Rtsp(silent=True) as camera, pytest.raises((http.TooSlow, http.Silent)):
        capture_once("rtsp", camera.url)
    assert time.monotonic() - began < patience(5)
    assert children() == before


@pytest.mark.usual_rows(2)
@pytest.mark.parametrize(("does", "ends"), [
    ("while True: pass", "CPU"),
    ("bytearray(one_frame.MEMORY)", "MemoryError"),
    ("open(name, 'wb', 0).write(b'x')", "File too large"),
    ("[open('/dev/null') for _ in range(100)]", "Too many open files"),
])  # fmt: skip
def test_a_child_has_little_time_memory_and_room(tmp_path, does, ends):
    """The kernel ends a decoder that exceeds its limits. The limit of time is a second here, ten in production."""
    program = (
        f"import sys; sys.path.insert(0, {str(streams.CHILD.parent)!r}); import one_frame;"
        f" one_frame.limit_resources(1); name = {str(tmp_path / 'written')!r}\n{does}"
    )
    began = time.monotonic()
    ended = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, timeout=60)
    if ends == "CPU":
        assert ended.returncode in (-signal.SIGXCPU, -signal.SIGKILL)
        assert time.monotonic() - began < patience(15)  # a second of processor
    else:
        assert (ended.returncode, ends in ended.stderr) == (1, True)


def children():
    """Return the number of our child processes."""
    count = 0
    for thread in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            count += len((thread / "children").read_text().split())
    return count


def test_children_are_few_and_one_that_never_ends_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "CHILD", tmp_path / "stuck.py")
    monkeypatch.setattr(streams, "CHILD_S", 0.5)
    streams.CHILD.write_text("import time\ntime.sleep(60)\n")
    before, most = children(), 0

    async def all_at_once():
        nonlocal most
        jobs = [asyncio.create_task(streams.decode_first_frame({"what": "a"})) for _ in range(2 * streams.AT_ONCE)]
        while not all(job.done() for job in jobs):
            most = max(most, children() - before)
            await asyncio.sleep(0.02)
        return [job.exception() for job in jobs]

    began = time.monotonic()
    assert {type(error) for error in asyncio.run(all_at_once())} == {http.TooSlow}
    assert time.monotonic() - began < patience(10)
    assert most == streams.AT_ONCE
    assert children() == before


def test_a_video_can_read_no_file_and_its_child_has_no_secrets():
    """The decoder does not follow a playlist in a segment, and its environment has no database settings."""
    job = {"what": "/etc/passwd", "protocols": "file", "formats": "mpegts,mov,mp4"}
    with pytest.raises(http.NotAPicture):
        asyncio.run(streams.decode_first_frame(job))


def first_moving(kind, url):
    async def once():
        async with (
            http.open_session(HERE) as client,
            aclosing(streams.stream_pictures(client, kind, url, HERE)) as pictures,
        ):
            return await anext(pictures)

    return asyncio.run(once())


def test_moving_camera_that_dribbles_is_too_slow(monkeypatch):
    """A byte now and then keeps the connection open, but no picture is ever complete."""
    monkeypatch.setattr(streams, "TOTAL_S", 0.8)
    with Streams() as cameras, pytest.raises(http.TooSlow):
        first_moving("mjpeg", f"{cameras.url}/dribble")


def test_moving_video_without_frames_is_too_slow(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "CHILD", tmp_path / "stuck.py")
    monkeypatch.setattr(streams, "CHILD_S", 0.2)
    streams.CHILD.write_text("import time\ntime.sleep(60)\n")
    before = children()
    with Rtsp() as camera, pytest.raises(http.TooSlow):
        first_moving("rtsp", camera.url)
    assert children() == before
