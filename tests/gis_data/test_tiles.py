"""Tiles of the ground: land, ward lines and streets."""

import datetime
import itertools
import json

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from gis_data import tiles
from gis_data.models import Level

ZOOM = 14


def ground(z=ZOOM, lon=10.005, lat=50.005, **more):
    return json.loads(tiles.area_tile(z, *tiles.tile_of(lon, lat, z), **more))


def corners(steps):
    """A ring or line of a tile as points."""
    return list(zip(itertools.accumulate(steps[::2]), itertools.accumulate(steps[1::2]), strict=True))


def size(ring):
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in itertools.pairwise(ring))) / 2


@pytest.mark.parametrize(
    ("z", "x", "y", "there"),
    [(0, 0, 0, True), (0, 1, 0, False), (3, 7, 7, True), (3, 8, 0, False), (3, 0, 8, False), (22, 0, 0, True),
     (23, 0, 0, False), (2, -1, 0, False), (10**9, 0, 0, False)],
)  # fmt: skip
def test_which_tiles_there_are(z, x, y, there):
    if there:
        tiles.check(z, x, y)
    else:
        with pytest.raises(tiles.NoSuchTile):
            tiles.check(z, x, y)


def test_a_tile_shows_the_areas_and_streets_that_touch_it(town):
    tile = ground()
    assert [(area["code"], area["name"], area["label"]) for area in tile["areas"]] == [
        ("001", "Old Wharf", [10.005, 50.005]),
        ("002", "New Wharf", [10.015, 50.005]),
    ]
    assert [(rank, name) for rank, name, _ in tile["streets"]] == [(1, "Harbour Road")]
    assert ground(lon=20) == {"areas": [], "streets": []}


def test_neighbours_share_the_corners_of_their_border(town):
    old, new = (area["shape"] for area in ground(12)["areas"])
    old, new = ({corner for polygon in shape for ring in polygon for corner in corners(ring)} for shape in (old, new))
    assert len(old & new) == 2


def test_an_area_has_its_true_size_in_the_units_of_the_tile(town):
    """0.01° are 0.01 / 360 of the world's width: at zoom 11, 58 units of 1024 a tile."""
    shapes = [area["shape"] for area in ground(11)["areas"]]
    wide = 0.01 / 360 * 2**11 * 1024
    high = wide / 0.6427  # at 50.005° N a degree is drawn longer northward by 1 / cos
    for (((outer),),) in shapes:
        assert size(corners(outer)) == pytest.approx(wide * high, rel=0.05)


@pytest.mark.parametrize(("zoom", "shown"), [(9, False), (10, True), (16, True)])
def test_main_roads_show_from_a_zoom_on(town, zoom, shown):
    assert bool(ground(zoom, lat=50.0051)["streets"]) == shown


def test_only_the_boundaries_of_the_day_are_drawn(town):
    """An edition that is past is no map of today, and a draft is none at all."""
    town.edition.in_force = DateRange(datetime.date(2025, 7, 1), datetime.date(2026, 1, 1))
    town.edition.save()
    assert ground(day=datetime.date(2026, 1, 1))["areas"] == []
    assert len(ground(day=datetime.date(2025, 12, 31))["areas"]) == 2
    town.edition.in_force = None
    town.edition.save()
    assert ground(day=datetime.date(2025, 12, 31))["areas"] == []


def test_where_districts_are_the_law_too_the_wards_are_drawn(town):
    district = town.city.editions.create(
        level=Level.DISTRICT, code="d", name="Districts", in_force=DateRange(datetime.date(2025, 1, 1), None)
    )
    town.old.pk, town.old.edition, town.old.level, town.old.code = None, district, Level.DISTRICT, "D1"
    town.old.save(force_insert=True)
    assert [area["code"] for area in ground()["areas"]] == ["001", "002"]


def test_the_version_changes_with_what_was_loaded(town):
    before = tiles.version()
    town.city.pack_digest = "f" * 64
    town.city.save()
    assert before
    assert tiles.version() not in ("", before)
