"""The true city, where CITY_DATA has it: what is assigned equals what GeoPandas' own spatial join says."""

import os
import time
from contextlib import suppress
from io import StringIO
from pathlib import Path

import geopandas
import numpy
import pytest
import shapely
from django.contrib.gis.geos import Point
from django.core.management import call_command
from django.db import transaction

from cameras.models import Camera
from gis_data.geocode import BORDER, OutsideTheCity, locate
from gis_data.models import Area, City, Edition, Street

PACK = Path(__file__).parent.parent.parent / "gis_data" / "packs" / "hcmc"
BOUNDARIES = "hcmc_2025_168_units_full.geojson.gz"
DATA = Path(os.environ.get("CITY_DATA") or "nowhere")
POINTS = 20_000

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (DATA / BOUNDARIES).is_file(), reason=f"CITY_DATA names no folder with {BOUNDARIES}"),
]


@pytest.fixture(scope="module")
def said(django_db_setup, django_db_blocker):
    """The true city, loaded once for this file, rolled back at its end: what the command said, in how many seconds."""
    with django_db_blocker.unblock(), transaction.atomic():
        out, start = StringIO(), time.monotonic()
        call_command("load_city", str(PACK), "--no-download", stdout=out)
        yield out.getvalue(), time.monotonic() - start
        transaction.set_rollback(True)


@pytest.fixture
def true_city(said, db):
    return said


@pytest.fixture(scope="module")
def truth():
    """The boundary file as GeoPandas reads it, by code."""
    return geopandas.read_file(f"/vsigzip/{(DATA / BOUNDARIES).resolve()}").set_index("code")[["geometry"]]


def test_all_of_it_is_loaded_in_less_than_a_minute(true_city):
    said, seconds = true_city

    assert dict(line.rsplit(None, 1) for line in said.splitlines()[1:]) == {
        "Areas": "168",
        "Authorities": "198",
        "Categories": "95",
        "Rules": "586",
        "Former units": "569",
        "Landmarks": "252",
        "Streets": "4444",
        "Cameras": "697",
    }
    assert (Area.objects.count(), Camera.objects.count(), Street.objects.count()) == (168, 697, 4444)
    assert Edition.objects.get().approximate is False
    assert "OpenStreetMap" in City.objects.get().attribution
    assert seconds < 60


def test_outlines_are_light_and_true_to_their_areas(true_city):
    areas = Area.objects.all()
    outlines = [shapely.from_wkb(bytes(area.outline.wkb)) for area in areas]

    assert sum(area.outline.num_coords for area in areas) < 0.2 * sum(area.shape.num_coords for area in areas)
    assert shapely.coverage_is_valid(outlines)
    assert all(area.shape.contains(area.label_point) for area in areas)


def points_over(truth, count):
    """Random points over the city, a fifth of them within about four metres of a border."""
    random = numpy.random.default_rng(20251101)
    city = truth.union_all()
    shapely.prepare(city)
    west, south, east, north = city.bounds
    spread = shapely.points(random.uniform(west, east, 12 * count), random.uniform(south, north, 12 * count))
    spread = spread[shapely.contains(city, spread)]
    lines = truth.geometry.boundary.to_numpy()
    chosen = lines[random.integers(len(lines), size=count // 5)]
    at = shapely.line_interpolate_point(chosen, random.uniform(0, 1, len(chosen)), normalized=True)
    near = shapely.points(shapely.get_coordinates(at) + random.uniform(-4e-5, 4e-5, (len(chosen), 2)))
    return numpy.concatenate([spread[: count - len(near)], near])


def test_twenty_thousand_points_lie_where_geopandas_has_them(true_city, truth):
    points = geopandas.GeoDataFrame(geometry=points_over(truth, POINTS), crs=4326)
    joined = points.sjoin(truth, predicate="intersects")
    expected = joined.groupby(level=0)["code"].agg(set)
    metres = truth.to_crs(32648).geometry
    close = points.to_crs(32648).sjoin(truth.to_crs(32648), predicate="dwithin", distance=BORDER - 0.01)
    both = close.groupby(level=0)["code"].agg(set)
    assert len(points) == POINTS
    assert len(both[both.map(len) > 1]) > 500  # the test reaches the borders

    wrong, unlisted = [], []
    for number, point in points.geometry.items():
        try:
            located = locate(Point(point.x, point.y, srid=4326))
        except OutsideTheCity:
            if number in both:
                wrong.append((number, expected.get(number), None))
            continue
        answer = {located.area.code}
        inside = expected.get(number, set())
        if not (answer <= inside if inside else answer <= both.get(number, answer)):
            wrong.append((number, inside, answer))
        missing = both.get(number, set()) - answer - {area.code for area in located.on_border}
        if missing:
            unlisted.append(
                (
                    number,
                    missing,
                    [round(metres[code].distance(points.to_crs(32648).geometry[number]), 2) for code in missing],
                )
            )

    assert wrong == []
    assert unlisted == []


def test_every_camera_stands_in_its_ward(true_city, truth):
    cameras = list(Camera.objects.all())
    there = geopandas.GeoSeries.from_xy(*zip(*(c.place.coords for c in cameras), strict=True), crs=4326)
    expected = there.to_frame("geometry").sjoin(truth)["code"].to_dict()

    found = {}
    for number, camera in enumerate(cameras):
        with suppress(OutsideTheCity):
            found[number] = locate(camera.place).area.code

    assert len(expected) == 694  # three stand beyond the border
    assert {number: code for number, code in found.items() if number in expected} == expected
