"""Streets, the junctions that follow from their lines, and what an OpenStreetMap extract brings."""

import time

import pytest
from django.contrib.gis.geos import LineString
from django.db import connection, transaction

from gis_data import streets
from gis_data.models import Junction, Street
from gis_data.words import plain

METRE_EAST, METRE_NORTH = 1 / 71_700, 1 / 111_250  # degrees at 50° N


def street(city, name, *metres):
    """A street along these points, in metres east and north of 10° E, 50° N."""
    line = LineString(*((10 + x * METRE_EAST, 50 + y * METRE_NORTH) for x, y in metres), srid=4326)
    return Street.objects.create(city=city, name=name, rank=2, line=line, search=plain(name))


def junctions(city):
    """Junctions as (one, other, metres east, metres north), after computing them anew."""
    with transaction.atomic():
        streets.join(city)
    return sorted(
        (j.one, j.other, round((j.point.x - 10) / METRE_EAST), round((j.point.y - 50) / METRE_NORTH))
        for j in Junction.objects.all()
    )


@pytest.fixture
def city(town):
    town.city.streets.all().delete()
    return town.city


def test_two_streets_that_cross_make_a_junction_in_the_order_of_their_names(city):
    street(city, "Quay", (0, 50), (100, 50))
    street(city, "Dock", (50, 0), (50, 100))

    assert junctions(city) == [("Dock", "Quay", 50, 50)]
    assert list(Junction.objects.values_list("search_one", "search_other")) == [("dock", "quay")]


@pytest.mark.parametrize(("gap", "there"), [(0, True), (5, True), (8, False)])
def test_an_end_within_six_metres_of_another_street_meets_it(city, gap, there):
    street(city, "Quay", (0, 50), (100, 50))
    street(city, "Dock", (50, 50 - gap), (50, 0))

    assert [(one, other) for one, other, *_ in junctions(city)] == ([("Dock", "Quay")] if there else [])


def test_parts_of_one_street_make_no_junction_however_they_are_written(city):
    street(city, "Quay", (0, 50), (50, 50))
    street(city, "QUAY", (50, 50), (100, 50))
    street(city, "Quay", (50, 0), (50, 100))

    assert junctions(city) == []


def test_two_dual_carriageways_make_one_junction_and_a_second_meeting_far_away_another(city):
    street(city, "Quay", (0, 50), (1000, 50))
    street(city, "Quay", (0, 80), (1000, 80))
    street(city, "Ring", (50, 0), (50, 200), (900, 200), (900, 0))
    street(city, "Ring", (70, 0), (70, 180), (880, 180), (880, 0))

    assert junctions(city) == [("Quay", "Ring", 60, 65), ("Quay", "Ring", 890, 65)]


def test_streets_that_share_a_stretch_meet_there_once(city):
    street(city, "Quay", (0, 50), (50, 50), (90, 50))
    street(city, "Dock", (50, 50), (90, 50), (90, 0))

    assert junctions(city) == [("Dock", "Quay", 70, 50)]


def test_computing_again_takes_the_place_of_what_was_there(city):
    street(city, "Quay", (0, 50), (100, 50))
    street(city, "Dock", (50, 0), (50, 100))
    junctions(city)
    Street.objects.filter(name="Dock").delete()

    assert junctions(city) == []


def test_numbers_in_names_are_written_out_as_the_citys_abbreviations_say(city):
    city.abbreviations = {"thang 8": "Tháng Tám", "quay 7": "Seventh Quay", "q": "Quay"}
    words = streets.searched_by(city)

    assert [words(name) for name in ("Hẻm 7 Cách Mạng Tháng 8", "Quay 7", "Quay 77", "Q")] == [
        "hem 7 cach mang thang tam", "seventh quay", "quay 77", "q",
    ]  # fmt: skip


GRID = """
INSERT INTO gis_data_street (city_id, name, search, rank, line)
SELECT %s, 'East ' || n, 'east ' || n, 2, ST_SetSRID(ST_MakeLine(ST_Point(10 + n %% 100 * 0.002, 50 + n / 100 * 0.002),
       ST_Point(10.003 + n %% 100 * 0.002, 50 + n / 100 * 0.002)), 4326) FROM generate_series(0, 9999) n
UNION ALL
SELECT %s, 'North ' || n, 'north ' || n, 2, ST_SetSRID(ST_MakeLine(ST_Point(10.001 + n %% 100 * 0.002,
       49.999 + n / 100 * 0.002), ST_Point(10.001 + n %% 100 * 0.002, 50.0015 + n / 100 * 0.002)), 4326)
FROM generate_series(0, 9999) n
"""


@pytest.mark.slow
def test_twenty_thousand_streets_are_joined_in_a_few_seconds(city):
    with connection.cursor() as cursor:
        cursor.execute(GRID, [city.pk, city.pk])

    start = time.monotonic()
    with transaction.atomic():
        streets.join(city)
    seconds = time.monotonic() - start

    assert Junction.objects.count() > 10_000
    assert seconds < 10
    print(f"{Street.objects.count()} streets, {Junction.objects.count()} junctions in {seconds:.1f} s")
