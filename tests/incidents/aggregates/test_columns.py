"""Columns of ended incidents in the memory of a process: read once, never of what is not public, never too many."""

import datetime

import numpy as np
import pytest
from django.db import connection
from django.utils.timezone import now
from hypothesis import given
from hypothesis import strategies as st

from gis_data.services.tiles import tile_of
from incidents import aggregates
from incidents.aggregates import columns
from incidents.aggregates.columns import MonthMemory, PackedArea, Version
from incidents.aggregates.months import packed_query
from incidents.aggregates.places import STEPS, PlacesQuery, TileGrid, choose_places
from incidents.models import Incident
from tests import factories

ALL_LEVELS = 26


@pytest.fixture
def memory(monkeypatch):
    """A process that has read nothing yet."""
    monkeypatch.setattr(columns, "memory", MonthMemory(columns.MEMORY))
    return columns.memory


@pytest.fixture
def months_read(monkeypatch):
    """The months that are read from PostgreSQL, in turn, each with how many areas."""
    read, unpack = [], columns.unpack_month
    monkeypatch.setattr(
        columns, "unpack_month", lambda month, rows: read.append((month, len(rows))) or unpack(month, rows)
    )
    return read


def close(incident, day, **fields):
    at = datetime.datetime.combine(day, datetime.time(5), tzinfo=datetime.UTC)
    return factories.change(incident, received_at=at, state="closed", closed_at=now(), **fields)


def references(first=datetime.date(2025, 1, 1), last=datetime.date(2025, 12, 31)):
    """Those that the columns of these months hold."""
    keys = []
    for month in columns.read_months(first, last):
        hidden = np.isin(month.columns.areas, list(month.without))[month.columns.area]
        keys += (month.columns.key[~hidden] + month.columns.first_key).tolist()
    return sorted(Incident.objects.filter(pk__in=keys).values_list("reference", flat=True))


def test_a_month_is_read_again_only_when_it_was_packed_anew(town, memory, months_read):
    first = close(factories.incident(town.hole), datetime.date(2025, 3, 31))
    other = close(factories.incident(town.hole), datetime.date(2025, 4, 1))
    aggregates.fold_changes()
    for _time in range(2):
        assert references() == [first.reference, other.reference]
    assert sorted(months_read) == [(datetime.date(2025, 3, 1), 1), (datetime.date(2025, 4, 1), 1)]
    del months_read[:]
    third = close(factories.incident(town.hole), datetime.date(2025, 4, 2))
    assert references() == [first.reference, other.reference, third.reference]
    aggregates.fold_changes()
    assert references() == [first.reference, other.reference, third.reference]
    # What is noted is packed while it is read; then the one month is read as it is kept.
    assert months_read == [(datetime.date(2025, 4, 1), 1)] * 2


def test_many_months_are_read_some_at_a_time(town, memory, months_read, monkeypatch):
    monkeypatch.setattr(columns, "AT_ONCE", 2)
    incidents = [close(factories.incident(town.hole), datetime.date(2025, month, 5)) for month in range(1, 6)]
    aggregates.fold_changes()
    assert references() == [incident.reference for incident in incidents]
    read = [month.month for month, _areas in months_read]
    assert (sorted(read[:2]), sorted(read[2:4]), read[4:]) == ([4, 5], [2, 3], [1])


def test_memory_holds_nothing_that_is_not_public(town, memory):
    shown = close(factories.incident(town.hole), datetime.date(2025, 3, 3))
    down = close(factories.incident(town.hole), datetime.date(2025, 3, 4))
    close(factories.incident(town.secret), datetime.date(2025, 3, 5))
    aggregates.fold_changes()
    assert references() == [shown.reference, down.reference]
    factories.change(down, published=False)
    for _folded in (False, True):
        assert references() == [shown.reference]
        aggregates.fold_changes()
    assert [len(columns.key) for _version, columns in memory.months.values()] == [1]


def test_an_area_of_which_nothing_is_left_is_left_out(town, memory):
    incident = close(factories.incident(town.hole), datetime.date(2025, 3, 3))
    aggregates.fold_changes()
    assert references() == [incident.reference]
    factories.change(incident, state="working", closed_at=None)
    for _folded in (False, True):
        assert references() == []
        aggregates.fold_changes()


def test_what_is_noted_after_the_period_hides_nothing_of_it(town, memory):
    """The month of its last day is one of which something later is noted."""
    early = close(factories.incident(town.hole), datetime.date(2025, 3, 3))
    aggregates.fold_changes()
    later = close(factories.incident(town.hole), datetime.date(2025, 3, 20))
    assert references(last=datetime.date(2025, 3, 10)) == [early.reference, later.reference]
    params = {
        "first_day": datetime.date(2025, 3, 1),
        "last_day": datetime.date(2025, 3, 10),
        "zone": "Asia/Ho_Chi_Minh",
    }
    with connection.cursor() as cursor:
        cursor.execute(packed_query(), params)
        assert [len(packed) // 8 for _month, _area, _version, packed in cursor.fetchall()] == [2]


def test_the_oldest_month_leaves_a_full_memory():
    months = [datetime.date(2025, month, 1) for month in (2, 3, 1)]
    row = PackedArea(1, *(bytes(8 * n) for n in (100, 100, 50, 100)))
    some = [columns.unpack_month(month, [row]) for month in months]
    memory = MonthMemory(some[0].size * 2)
    for month_columns in some:
        memory.keep(Version(1, 1), month_columns)
    assert sorted(memory.months) == sorted(months[:2])
    assert list(memory.find(datetime.date(2025, 3, 20), datetime.date(2025, 4, 1))) == [datetime.date(2025, 3, 1)]


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-85, 85)), min_size=1, max_size=20))
def test_squares_are_numbered_as_postgresql_numbers_them(db, places):
    """But for places within a step of an edge, which are rounded."""
    lon, lat = (np.round(np.array(some) * STEPS).astype(np.int32) for some in zip(*places, strict=True))
    numbers = columns.number_squares(lon, lat).tolist()
    with connection.cursor() as cursor:
        for number, x, y in zip(numbers, lon.tolist(), lat.tolist(), strict=True):
            near = [(x / STEPS + dx, y / STEPS + dy) for dx in (0, -1e-7, 1e-7) for dy in (0, -1e-7, 1e-7)]
            params = [2 * (ALL_LEVELS - columns.LEVEL), *map(list, zip(*near, strict=True))]
            place = "ST_SetSRID(ST_MakePoint(x, y), 4326)"
            cursor.execute(f"SELECT map_spot({place}) >> %s FROM unnest(%s::float[], %s::float[]) one (x, y)", params)
            assert number in {spot for (spot,) in cursor.fetchall()}


@pytest.mark.parametrize("z", [3, 14, 16, 17, 20, 22])
def test_a_place_lies_in_one_square_of_one_tile(z):
    """Of those around it, at each zoom; and in the square that its spot tells."""
    rng = np.random.default_rng(5)
    lon = (rng.uniform(10.000, 10.01, 60) * STEPS).astype(np.int32)
    lat = (rng.uniform(50.000, 50.01, 60) * STEPS).astype(np.int32)
    row = PackedArea(
        1,
        np.full(60, 1 << 55 | 2 << 52 | 1 << 56 | 5 << 32, dtype=">i8").tobytes(),
        np.rec.fromarrays([lon, lat]).astype([("lon", ">i4"), ("lat", ">i4")]).tobytes(),
        bytes(4 * 60),
        np.arange(60, dtype=">i8").tobytes(),
    )
    month = columns.unpack_month(datetime.date(2025, 1, 1), [row])
    query = PlacesQuery(categories=[5], states=["closed"])
    for key in range(0, 60, 7):
        at = int(np.flatnonzero(month.key == key)[0])
        x, y = tile_of(month.lon[at] / STEPS, month.lat[at] / STEPS, z)
        count = 0
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                grid = TileGrid(z, x + dx, y + dy, 3)
                places = choose_places(month, query, within=grid, without=())
                numbers = grid.squares_of(places)[places.key == key]
                count += len(numbers)
                assert (numbers < 64).all()
        assert count == 1
