"""Two photos show the same view, or nothing is said: by drawn streets before and after, both ways."""

from functools import cache

import cv2
import numpy as np
import pytest

from demo.incidents.scenes import draw_scene
from geoapp.media import photo_likeness, pictures

ICONS = ("c-pothole", "c-flood", "c-tree", "c-waste")
SEEDS = range(8)


@cache
def street(seed, *, mended):
    return draw_scene(seed, ICONS[seed % len(ICONS)], mended=mended).large


def draw_from_aside(jpeg, seed):
    """The photo as somebody takes it who stands a step aside under another light."""
    rng, image = np.random.default_rng(seed), photo_likeness.read_grey(jpeg)
    height, width = image.shape
    corners = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    aside = (corners + rng.uniform(-0.05, 0.05, (4, 2)) * [width, height]).astype(np.float32)
    seen = cv2.warpPerspective(image, cv2.getPerspectiveTransform(corners, aside), (width, height))
    return cv2.convertScaleAbs(seen, alpha=rng.uniform(0.75, 1.25), beta=rng.uniform(-12, 12))


def test_same_street_before_and_after_is_sure():
    befores = [photo_likeness.read_grey(street(seed, mended=False)) for seed in SEEDS]
    afters = [draw_from_aside(street(seed, mended=True), seed) for seed in SEEDS]
    sure = [photo_likeness.compare(*pair)["sure"] for pair in zip(befores, afters, strict=True)]
    assert sure == [True] * len(SEEDS)


def test_another_street_is_never_sure():
    befores = [photo_likeness.read_grey(street(seed, mended=False)) for seed in SEEDS]
    afters = [photo_likeness.read_grey(street(seed, mended=True)) for seed in SEEDS]
    sure = [
        (first, second)
        for first in SEEDS
        for second in SEEDS
        if first != second and photo_likeness.compare(befores[first], afters[second])["sure"]
    ]
    assert sure == []


@pytest.mark.parametrize("turn", [lambda image: image[:, ::-1].copy(), lambda image: np.full_like(image, 90)])
def test_mirrored_or_empty_photo_is_not_sure(turn):
    image = photo_likeness.read_grey(street(1, mended=False))
    assert not photo_likeness.compare(image, turn(image))["sure"]


def test_child_process_answers_and_refuses_what_is_no_picture():
    assert pictures.show_same_view(street(2, mended=False), street(2, mended=True))
    assert not pictures.show_same_view(street(2, mended=False), street(3, mended=True))
    with pytest.raises(pictures.Unreadable):
        pictures.show_same_view(street(2, mended=False), b"no picture")
