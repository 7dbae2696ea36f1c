import math
from datetime import date

import pytest
from django.contrib.gis.geos import Point
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from gis_data.addresses import geocode
from gis_data.models import Area, Edition, House, Junction, Landmark, Level
from tests import factories

METRE = 1 / 71_700  # degrees of longitude at 50° N


@pytest.mark.parametrize(
    ("metres_west_of_the_border", "area", "neighbours", "on_border"),
    [
        (300, "Old Wharf", [], []),
        (30, "Old Wharf", [30], []),
        (1, "Old Wharf", [1], ["New Wharf"]),
        (0, "Old Wharf", [0], ["New Wharf"]),
        (-1, "New Wharf", [1], ["Old Wharf"]),
        (-30, "New Wharf", [30], []),
    ],
)
def test_where_a_pin_lies(town, metres_west_of_the_border, area, neighbours, on_border):
    located = geocode.locate(Point(10.01 - metres_west_of_the_border * METRE, 50.005, srid=4326))
    assert located.area.name == area
    assert [round(neighbour.metres) for neighbour in located.neighbours] == neighbours
    assert [border_area.name for border_area in located.on_border] == on_border


@pytest.mark.parametrize(("metres_outside", "is_inside"), [(1.5, True), (5, False), (5000, False)])
def test_what_lies_outside_is_taken_within_two_metres_only(town, metres_outside, is_inside):
    point = Point(10.0 - metres_outside * METRE, 50.005, srid=4326)
    if is_inside:
        assert geocode.locate(point).area.name == "Old Wharf"
    else:
        with pytest.raises(geocode.OutsideTheCity):
            geocode.locate(point)


def test_locating_ignores_drafts_and_days_before_the_edition(town):
    Edition.objects.create(city=town.city, level=Level.WARD, code="draft", name="Draft")
    with pytest.raises(geocode.OutsideTheCity):
        geocode.locate(factories.IN_OLD, day=date(2025, 6, 30))
    assert geocode.locate(factories.IN_OLD, day=date(2025, 7, 1)).area == town.old


def test_two_editions_of_a_level_cannot_be_law_on_one_day(town):
    with pytest.raises(IntegrityError, match="one_edition_of_a_level_on_any_day"), transaction.atomic():
        Edition.objects.create(
            city=town.city, level=Level.WARD, code="2", name="2", in_force=DateRange(date(2026, 1, 1), None)
        )


@pytest.mark.parametrize(
    ("latitude", "address"), [(50.0051, "Harbour Road"), (50.0058, "gần Harbour Road"), (50.009, "")]
)
def test_a_pin_has_an_address_where_streets_are_known(town, latitude, address):
    assert geocode.nearest_address(Point(10.005, latitude, srid=4326)) == address


# Metres from a pin at 10.005° E, 50.005° N to each, and how the pin is named. Harbour Road passes 11 m to the north.
PINS = [
    ({"house": 14}, "12/3 Dock"),
    ({"house": 16, "junction": 24}, "Dock × Quay"),
    ({"house": 16, "junction": 30}, "gần 12/3 Dock"),
    ({"house": 40, "junction": 26}, "gần Dock × Quay"),
    ({"junction": 59}, "gần Dock × Quay"),
    ({"junction": 62, "landmark": 30}, "Harbour Road"),
]
FAR_FROM_STREETS = [
    ({"landmark": 99}, "gần Chợ Cá"),
    ({"landmark": 290}, "gần Chợ Cá"),
    ({"landmark": 310}, ""),
    ({}, ""),
]


def stand(city, metres, pin):
    """Put a house, a junction and a landmark so many metres south of the pin."""
    south = {kind: Point(pin.x, pin.y - far / 111_250, srid=4326) for kind, far in metres.items()}
    makers = {
        "house": lambda at: House.objects.create(city=city, number="12/3", street="Dock", point=at, search="dock"),
        "junction": lambda at: Junction.objects.create(city=city, one="Dock", other="Quay", point=at),
        "landmark": lambda at: Landmark.objects.create(city=city, kind="market", name="Chợ Cá", point=at),
    }
    for kind, at in south.items():
        makers[kind](at)


@pytest.mark.parametrize(("metres", "name"), PINS)
def test_a_pin_is_named_by_what_says_most_within_reach(town, metres, name):
    stand(town.city, metres, factories.IN_OLD)

    assert geocode.nearest_address(factories.IN_OLD) == name


@pytest.mark.parametrize(("metres", "name"), FAR_FROM_STREETS)
def test_far_from_streets_a_landmark_says_where_it_is(town, metres, name):
    pin = Point(10.005, 50.009, srid=4326)
    stand(town.city, metres, pin)

    assert geocode.nearest_address(pin) == name


@pytest.mark.parametrize(("language", "lon", "lat", "address", "ward"), [
    ("vi", *factories.IN_OLD.coords, "Harbour Road", "Phường Old Wharf"),
    ("vi", 10.015, 50.009, "", "Phường New Wharf"),
    ("en", 10.005, 50.0058, "near Harbour Road", "Old Wharf Ward"),
])  # fmt: skip
def test_a_pin_has_an_address_and_a_ward(town, language, lon, lat, address, ward):
    pin = Point(lon, lat, srid=4326)
    with translation.override(language):
        assert (geocode.nearest_address(pin), geocode.locate(pin).area.title) == (address, ward)


@pytest.mark.parametrize(("lon", "lat", "address"), [
    (9.9999, 50.0051, "Harbour Road"), (*factories.OUTSIDE.coords, ""),
])  # fmt: skip
def test_a_pin_outside_the_city_has_an_address_alone(town, lon, lat, address):
    pin = Point(lon, lat, srid=4326)
    assert geocode.nearest_address(pin) == address
    with pytest.raises(geocode.OutsideTheCity):
        geocode.locate(pin)


@pytest.mark.parametrize("text", ["old wharf", "OLD WHAR", "phuong old", "Phường Old Wharf", "olt wharf"])
def test_a_ward_is_found_as_people_type_it(town, text):
    assert geocode.find_areas(text)[0] == town.old


@pytest.mark.parametrize("text", ["", "   ", "%", "_____", "'; DROP TABLE", "x" * 5000, "💡"])
def test_odd_words_find_nothing_and_break_nothing(town, text):
    assert geocode.find_areas(text) == []
    assert Area.objects.count() == 2


@given(st.floats(0.1, 5000), st.floats(-60, 60))
def test_degrees_are_never_too_few_for_the_metres(metres, latitude):
    here, east = Point(0, latitude), Point(geocode.degrees_of_metres(metres, latitude), latitude)
    assert (east.x - here.x) * 111_320 * math.cos(math.radians(latitude)) >= metres * 0.99
