"""Test by random pictures in any order that the analysis never fails."""

import itertools
import struct
import zlib
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameras import analysis
from cameras.analysis import Alignment, CameraInspector, Cards, inspect_picture, transform_zones
from cameras.analysis.reading import BAND, SMALL
from cameras.analysis.view_tracking import ViewTracker
from cameras.evidence import aligning
from cameras.patrol.pictures import SMALL_WIDTH, make_thumbnail

NOON = datetime(2026, 11, 24, 5, tzinfo=UTC)
PROBLEMS = {None, "unreadable", "torn", "dark", "covered", "card", "blurred", "moved"}
# Width and height: odd, tiny, one line, one column, upright, the usual ones, around each step of coarse decoding.
SIZES = st.one_of(
    st.sampled_from(
        [(1, 1), (2, 1), (1, 7), (640, 1), (1, 480), (3, 5), (255, 143), (256, 144), (257, 145), (511, 287), (512, 288),
         (800, 450), (352, 288), (144, 256), (1023, 577)]
    ),
    st.tuples(st.integers(1, 700), st.integers(1, 500)),
)  # fmt: skip


@st.composite
def images(draw):
    """Draw images: grey, colour, or colour with alpha; 8 or 16 bits; also with strides that run backwards."""
    (width, height), channels, seed = draw(SIZES), draw(st.sampled_from([1, 3, 4])), draw(st.integers(0, 5))
    depth = draw(st.sampled_from([np.uint8, np.uint8, np.uint16]))
    some, most, shape = np.random.default_rng(seed), np.iinfo(depth).max, (height, width, channels)
    image = {
        "noise": lambda: some.integers(0, most, shape, depth, endpoint=True),
        "flat": lambda: np.full(shape, most // 3, depth),
        "black": lambda: np.zeros(shape, depth),
        "white": lambda: np.full(shape, most, depth),
        "street": lambda: street(some, width, height, channels).astype(depth),
        "half": lambda: np.vstack([some.integers(0, 256, (height // 2, width, channels)), np.full(shape, 128)])
        [:height].astype(depth),
    }[draw(st.sampled_from(["noise", "flat", "black", "white", "street", "half"]))]()  # fmt: skip
    if draw(st.booleans()):
        return image[::-1, ::-1]
    return image


def street(some, width, height, channels):
    """Return large soft spots, in which corners and edges are found repeatedly."""
    spots = cv2.resize(some.integers(0, 256, (9, 16)).astype(np.uint8), (width, height))
    return np.dstack([spots] * channels)


@st.composite
def draw_picture(draw):
    """Draw a picture as a camera may send it: encoded in one of many ways, possibly damaged."""
    image = draw(images())
    way = draw(st.sampled_from([".jpg", ".png"]))
    if way == ".jpg":
        image = (image >> 8).astype(np.uint8) if image.dtype == np.uint16 else image
        image = image[:, :, :3] if image.shape[2] == 4 else image
        more = [
            cv2.IMWRITE_JPEG_QUALITY,
            draw(st.integers(1, 100)),
            cv2.IMWRITE_JPEG_PROGRESSIVE,
            draw(st.integers(0, 1)),
        ]
    else:
        more = [cv2.IMWRITE_PNG_COMPRESSION, 1]
    data = cv2.imencode(way, np.ascontiguousarray(image), more)[1].tobytes()
    match draw(st.sampled_from(["whole", "whole", "cut", "flipped", "padded", "lying", "swapped", "nothing"])):
        case "cut":
            data = data[: draw(st.integers(0, len(data)))]
        case "flipped":
            at = draw(st.integers(0, len(data) - 1))
            data = data[:at] + bytes([data[at] ^ draw(st.integers(1, 255))]) + data[at + 1 :]
        case "padded":
            data += draw(st.binary(max_size=40))
        case "lying":
            data = claiming(data, *draw(st.sampled_from([(60_000, 60_000), (0, 0), (1, 1), (9, 4000), (4000, 3000)])))
        case "swapped":  # the head of one kind before the body of the other
            data = (b"\xff\xd8\xff" if way == ".png" else b"\x89PNG\r\n\x1a\n") + data[8:]
        case "nothing":
            data = draw(st.sampled_from([b"", b"\xff\xd8\xff", b"\xff\xd8\xff\xd9", b"\x89PNG\r\n\x1a\n", b"<html>"]))
    return data


def claiming(data, width, height):
    """Return the same picture with another size in its header."""
    if data.startswith(b"\x89PNG"):
        head = b"IHDR" + struct.pack(">II", width, height) + data[24:29]
        return data[:12] + head + struct.pack(">I", zlib.crc32(head)) + data[33:]
    for mark in (b"\xff\xc0", b"\xff\xc2"):
        if (at := data.find(mark)) > 0:
            return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]
    return data


# Seconds to the next picture: also none, and back.
PAUSES = st.floats(-7200, 7200)


@given(st.lists(st.tuples(draw_picture(), PAUSES), max_size=10))
def test_no_sequence_of_pictures_makes_the_analysis_stumble(course):
    """Inspection, inspector, tracker, cards and health: sizes, planes, depths, faults and clocks in any order."""
    eye, cards, health, at, before = CameraInspector("a"), Cards(), analysis.Health(), NOON, None
    for data, pause in course:
        at += timedelta(seconds=pause)
        bare = inspect_picture(data, before)
        before = bare if bare.problem not in analysis.BROKEN else before
        glance = eye.inspect(data, at, cards)
        assert glance.problem in PROBLEMS
        assert (glance.problem in analysis.BROKEN) == (bare.problem in analysis.BROKEN)
        assert glance.small is None or (glance.small.shape, glance.small.dtype) == ((108, 256), np.uint8)
        assert isinstance(eye.alignment, Alignment)
        health = analysis.next_health(health, glance, at, 10)
        small = make_thumbnail(data) if glance.problem != "unreadable" else b""
        assert small == b"" or analysis.size_of(small)[0] <= SMALL_WIDTH
    assert health.state in {
        "unknown",
        "live",
        "late",
        "unreadable",
        "dark",
        "covered",
        "card",
        "blurred",
        "moved",
        "frozen",
    }


@pytest.mark.deep
@given(st.lists(draw_picture(), min_size=1, max_size=3))
def test_no_two_pictures_make_aligning_stumble(pictures):
    for first, other in itertools.product(pictures, repeat=2):
        alignment = aligning.align_pictures(first, other)
        assert alignment is None or np.isfinite(np.array(alignment.matrix)).all()


@pytest.mark.parametrize("size", [(1, 20_000), (20_000, 1), (640, 1), (40, 161)])
def test_odd_shaped_picture_gets_a_thumbnail_but_no_alignment(size):
    data = cv2.imencode(".png", np.random.default_rng(1).integers(0, 256, size[::-1], np.uint8))[1].tobytes()
    assert aligning.align_pictures(data, data) is None
    assert analysis.size_of(make_thumbnail(data))[0] == min(size[0], SMALL_WIDTH)


@given(st.lists(st.tuples(images(), PAUSES), min_size=1, max_size=40))
def test_no_sequence_of_views_makes_a_gaze_stumble(course):
    """Many views, none twice, back and forth: references stay few, and the state is a known one."""
    tracker, at = ViewTracker(), NOON
    for image, pause in course:
        at += timedelta(seconds=pause)
        gray = cv2.cvtColor(image[:, :, :3].copy(), cv2.COLOR_BGR2GRAY) if image.shape[2] > 1 else image[:, :, 0]
        small = cv2.resize((gray >> 8 if gray.dtype == np.uint16 else gray).astype(np.uint8), SMALL)[BAND:-BAND]
        tracker.track(small, at, at.hour, False)  # a view of rows: its strides are not its width
        assert tracker.single.state in {"unknown", "fits", "shifted", "lost", "turns"}
        assert len(tracker.references) <= 3
        assert transform_zones([[[0, 0], [1, 0], [1, 1]]], tracker.single.transform) is None or tracker.single.transform


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (20_001, 1), (0, 400), (5001, 5000)])
@pytest.mark.parametrize("way", [".jpg", ".png"])
def test_header_with_a_false_size_is_refused_before_decoding(monkeypatch, way, width, height):
    data = claiming(cv2.imencode(way, np.full((64, 64, 3), 90, np.uint8))[1].tobytes(), width, height)
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("it was decoded"))
    assert inspect_picture(data).problem == "unreadable"
    assert analysis.size_of(data) == (width, height)
