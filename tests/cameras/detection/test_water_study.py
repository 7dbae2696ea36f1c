"""Test the study of water on the road: what it draws and reads."""

import cv2
import numpy as np
import pytest

from demo.cameras.street import H, Street, W
from tests.truth import water

STREET = Street(3)


@pytest.fixture(scope="module")
def dry():
    """Return a scene with a wall and lines on the road."""
    image = np.full((H, W, 3), 110, np.uint8)
    image[:60] = np.random.default_rng(1).integers(40, 220, (60, W, 3))
    cv2.line(image, (150, H), (220, 110), (230, 230, 230), 3)
    cv2.line(image, (330, H), (270, 110), (230, 230, 230), 3)
    return image


def test_water_is_drawn_where_it_stands_and_nowhere_else(dry):
    mask = water.water_mask(STREET, "W3")
    changed = cv2.absdiff(water.flood(dry, mask, 0.75, 1), dry).max(2) > 8
    assert changed[mask == 0].mean() == 0
    assert changed[mask > 0.9].mean() > 0.5


def test_signs_are_nothing_for_the_same_and_something_for_water(dry):
    road = water.road_mask(STREET)
    same = water.read_signs(dry, dry, road)
    assert same == pytest.approx(np.zeros(len(water.SIGNS)), abs=1e-6)
    flooded = water.flood(dry, road.astype(np.float32), 0.9, 1)
    signs = dict(zip(water.SIGNS, water.read_signs(flooded, dry, road), strict=True))
    assert signs["marks gone"] > 0.2
    assert signs["mirrors"] > 0.2


def test_a_curve_and_a_weighing_of_known_numbers():
    assert water.area_under_curve(np.array([2, 3]), np.array([1, 2])) == 0.875
    truth = np.array([False, False, True, True])
    signs = np.array([[0.0, 5], [1, 4], [4, 5], [5, 4]])
    scores = water.Weighing(signs, truth).judge(signs)
    assert (scores > 0).tolist() == truth.tolist()
