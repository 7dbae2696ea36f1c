"""Test hostile files at every decoder: a picture or a refusal, and the next good file is decoded."""

import asyncio
import io
import mmap
import os
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cameras.analysis import decoding
from cameras.capture import http, streams
from cameras.masking import thumbnails
from geoapp.media import pictures
from geoapp.media.sandboxed_process import Busy
from incidents import photos
from tests import hostile_pictures
from tests.fakes import streams as streams_of_cameras
from tests.machine import patience

FORMATS = hostile_pictures.FORMATS
WHOLE = {form: hostile_pictures.small(form) for form in FORMATS}
REFUSALS = {"pixels", "unreadable"}


def as_photo(data):
    try:
        picture = photos.decode_photo("photo", data)
    except pictures.Unreadable as bad:
        return bad.fault
    for jpeg, longest in ((picture.large, photos.LONG_SIDE), (picture.small, photos.SMALL_SIDE)):
        assert hostile_pictures.PAYLOAD not in jpeg
        assert max(Image.open(io.BytesIO(jpeg)).size) <= longest
    return "picture"


def as_covered(data):
    try:
        photos.cover_parts(data, [(0.1, 0.1, 0.5, 0.5)])
    except pictures.Unreadable as bad:
        return bad.fault
    return "picture"


def as_thumbnail(data):
    try:
        thumbnails.make_thumbnail(data)
    except thumbnails.Unreadable:
        return "unreadable"
    return "picture"


def as_pixels(data):
    return "unreadable" if decoding.decode(data, cv2.IMREAD_REDUCED_GRAYSCALE_2) is None else "picture"


DECODERS = {"photo": as_photo, "cover": as_covered, "thumbnail": as_thumbnail, "pixels": as_pixels}
POOLS = [pictures.photo_decoders, pictures.camera_decoders, decoding.decoders]


@pytest.fixture(scope="module", autouse=True)
def patient_pools():
    """Pools that wait longer for an answer on a busy machine; the processor limit stays."""
    with pytest.MonkeyPatch.context() as patch:
        for pool in POOLS:
            pool.stop()
            patch.setattr(pool, "answer_s", 20 * pool.answer_s)
        yield
    for pool in POOLS:
        pool.stop()


@pytest.fixture(scope="module")
def made_files():
    return hostile_pictures.make_files()


# What is not named here is refused as unreadable.
TAKEN_AS_PHOTO = {
    "PNG of 49 Mpx", "grey PNG of 50 Mpx", "PNG one pixel high", "PNG with a payload", "JPEG of 2000 scans",
    "JPEG with EXIF that points at itself", "JPEG with deep EXIF", "JPEG with EXIF of noise",
    "JPEG with a profile cut off", "JPEG and ZIP in one", "JPEG and HTML in one", "GIF of many frames",
    "PNG of many frames", "WEBP of many frames", "JPEG that says 7000 × 7000", "WEBP with zeros in it",
    "GIF with zeros in it", *(f"{form} twice" for form in FORMATS),
}  # fmt: skip
TOO_MANY_PIXELS = {"PNG that says 2^31", "JPEG that says 65500 × 65500"}


def test_what_becomes_of_each_hostile_file(made_files):
    became = {name: as_photo(data) for name, data in made_files.items()}
    assert {name for name, what in became.items() if what == "picture"} == TAKEN_AS_PHOTO
    assert {name for name, what in became.items() if what == "pixels"} == TOO_MANY_PIXELS
    assert all(as_photo(whole) == "picture" for whole in WHOLE.values())


@pytest.mark.usual_rows(1)
@pytest.mark.parametrize("decoder", ["thumbnail", "pixels"])
def test_cameras_may_send_hostile_files_too(made_files, decoder):
    became = {DECODERS[decoder](data) for data in made_files.values()}
    assert became == {"picture", "unreadable"}
    assert DECODERS[decoder](WHOLE["JPEG"]) == "picture"


@pytest.mark.deep
@pytest.mark.parametrize("one_in", [4, pytest.param(1, marks=pytest.mark.deep)])
def test_broken_pictures_among_what_is_installed(one_in):
    """Those of Pillow's sources, where bin/prepare has fetched them: all that once crashed decoders, and others."""
    for number, path in enumerate(hostile_pictures.find_broken()):
        if number % one_in == 0 or hostile_pictures.has_crashed(path):
            assert as_photo(path.read_bytes()) in {"picture", *REFUSALS}, path
    assert as_photo(WHOLE["HEIF"]) == "picture"


@st.composite
def draw_mangled(draw, forms, whole=WHOLE):
    """Draw a picture with bytes changed, removed, doubled or inserted."""
    data = bytearray(whole[draw(st.sampled_from(forms))])
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        much = draw(st.integers(0, 40))
        match draw(st.sampled_from(["change", "take out", "double", "put in", "cut"])):
            case "change":
                data[at : at + 1] = bytes([draw(st.integers(0, 255))])
            case "take out":
                del data[at : at + much]
            case "double":
                data[at:at] = data[at : at + much]
            case "put in":
                data[at:at] = draw(st.binary(max_size=8))
            case "cut":
                del data[max(at, 20) :]
    return bytes(data)


@pytest.mark.parametrize("form", FORMATS)
@given(st.data())
def test_mangled_photos_are_taken_or_refused(form, data):
    assert as_photo(data.draw(draw_mangled([form]))) in {"picture", *REFUSALS}


@pytest.mark.parametrize("decoder", ["cover", "thumbnail", "pixels"])
@given(draw_mangled(["JPEG", "PNG"]))
def test_mangled_pictures_are_taken_or_refused(decoder, data):
    assert DECODERS[decoder](data) in {"picture", *REFUSALS}


VIDEOS = {kind: streams_of_cameras.segment(kind) for kind in (".ts", ".mp4")}


def as_frame(path):
    return streams.decode_first_frame({"what": str(path), "protocols": "file", "formats": streams.SEGMENT_FORMATS})


@pytest.mark.deep
@settings(max_examples=settings.default.max_examples // 5)
@given(st.lists(draw_mangled(list(VIDEOS), VIDEOS), min_size=streams.AT_ONCE, max_size=streams.AT_ONCE))
def test_mangled_videos_are_taken_or_refused(tmp_path_factory, videos):
    """As many at once as there are children; a frame, or a failure that a camera may have."""
    folder = tmp_path_factory.mktemp("videos")
    paths = [folder / str(number) for number in range(len(videos))]
    for path, video in zip(paths, videos, strict=True):
        path.write_bytes(video)

    async def decode_all():
        return await asyncio.gather(*map(as_frame, paths), return_exceptions=True)

    for became in asyncio.run(decode_all()):
        assert isinstance(became, http.Picture | http.NotAPicture | http.TooSlow), became


def test_decoders_are_confined():
    """The filter on system calls is there, and no privilege can be had."""
    for pool in POOLS:
        pool.warm_up()
        status = Path(f"/proc/{pool.idle[-1].process.pid}/status").read_text()
        facts = dict(line.split(":\t", 1) for line in status.splitlines())
        assert (facts["NoNewPrivs"], facts["Seccomp"]) == ("1", "2")


@pytest.mark.deep
def test_200_bombs_at_once_take_no_gigabyte(monkeypatch):
    """Nobody waits long either: who cannot be served soon is told so at once."""
    monkeypatch.setattr(pictures.photo_decoders, "wait_s", 1)
    bomb, became = hostile_pictures.bomb(5000, 5000), []
    gate = threading.Barrier(200)

    def send():
        gate.wait()
        began = time.monotonic()
        try:
            became.append(as_photo(bomb))
        except Busy:
            became.append("busy")
            waited.append(time.monotonic() - began)

    waited, most, threads = [], 0, [threading.Thread(target=send) for _ in range(200)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        most = max(most, sum(map(resident_bytes, children_of_pool())))
        threads[0].join(0.02)
    assert len(became) == 200
    assert set(became) <= {"picture", "busy", "unreadable"}
    assert "busy" in became
    assert 0 < most < 1e9
    assert max(waited) < patience(1 + 5)
    assert as_photo(WHOLE["JPEG"]) == "picture"


def children_of_pool():
    """Return this process's photo decoders."""
    threads = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    pids = {pid for thread in threads for pid in read_if_there(thread).split()}
    return [pid for pid in pids if pictures.PROCESS[0] in read_if_there(Path(f"/proc/{pid}/cmdline"))]


def read_if_there(path):
    """Read a file of /proc; "" where the process has just ended."""
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def resident_bytes(pid):
    sizes = read_if_there(Path(f"/proc/{pid}/statm")).split()
    return int(sizes[1]) * mmap.PAGESIZE if sizes else 0


def test_pixels_are_those_that_opencv_reads_itself():
    for data in (WHOLE["JPEG"], WHOLE["PNG"]):
        for reading in (cv2.IMREAD_COLOR, cv2.IMREAD_GRAYSCALE, cv2.IMREAD_REDUCED_COLOR_2):
            assert np.array_equal(decoding.decode(data, reading), decoding.decode_by_opencv(data, reading))
