"""Test that the sea lies to the right of coastlines."""

import pytest
import shapely

from gis_data.basemap.coast import find_sea

BOX = (0, 0, 10, 10)
ISLAND = [(7, 4), (9, 4), (9, 6), (7, 6), (7, 4)]  # against the clock: its land lies at the left


def line(*corners):
    return shapely.LineString(corners)


@pytest.mark.parametrize(
    ("coast", "area"),
    [
        ([line((4, -1), (4, 11))], 60),  # to the north: land in the west, sea in the east
        ([line((4, 11), (4, -1))], 40),
        ([line((4, -1), (4, 3)), line((4, 3), (4, 11))], 60),
        ([line((4, -1), (4, 11)), line(*ISLAND)], 56),
        ([line(*ISLAND)], 96),
        ([line(*reversed(ISLAND))], 4),  # a lagoon
        ([line((4, 2), (4, 8))], 0),  # ends in the box
        ([line((20, 0), (20, 10))], 0),
        ([], 0),
    ],
)
def test_sea_lies_to_the_right_of_the_coast(coast, area):
    assert sum(face.area for face in find_sea(coast, BOX)) == pytest.approx(area)


def test_a_long_coast_is_asked_at_some_of_its_segments():
    coast = line(*((5 + (n % 2) / 10, n / 50 - 1) for n in range(600)))
    (sea,) = find_sea([coast], BOX)
    assert sea.contains(shapely.Point(9, 5))
    assert not sea.intersects(shapely.Point(1, 5))
