"""How densely incidents lie: the squares of a tile, altogether and step by step."""

import json
from datetime import date, datetime

import pytest
from django.contrib.gis.geos import Point
from django.http import QueryDict
from django.utils.timezone import get_current_timezone, now

from geoapp.http.query_parameters import QueryError
from gis_data.services.tiles import tile_of
from incidents import aggregates
from incidents.map import density
from incidents.map.public_map import MapFilters
from tests import factories

Z = 14
TILE = tile_of(10.005, 50.005, Z)


def steps(parameters, step=""):
    """{when a step begins: how many in each of its squares}"""
    filters = MapFilters.from_parameters(QueryDict(f"state=all&days=0&{parameters}"))
    tile = json.loads(density.density_tile(Z, *TILE, filters, step))
    assert tile["side"] == (16 if step else 32)
    return {
        step_of_tile["from"]: step_of_tile["cells"][1::2] for step_of_tile in tile["steps"] if step_of_tile["cells"]
    }


def clock(*moment):
    return datetime(*moment, tzinfo=get_current_timezone())


@pytest.fixture
def flood(town):
    """Three in one square within a day, one of them ended; two in another; first one that nobody may see."""
    secret = factories.published_before(town.secret)
    factories.change(secret, received_at=clock(2026, 3, 1, 20), state="closed", closed_at=now())
    moments = (
        clock(2026, 3, 1, 20),
        clock(2026, 3, 1, 20, 59),
        clock(2026, 3, 2, 0),
        clock(2026, 3, 31, 23),
        clock(2025, 12, 31, 12),
    )
    for number, moment in enumerate(moments):
        ended = {"state": "closed", "closed_at": now()} if number % 2 else {}
        place = Point(10.005 + (number > 2) * 0.004, 50.005, srid=4326)
        factories.change(factories.incident(town.hole, place=place), received_at=moment, **ended)


SQUARES = (
    ("", "", {None: [3, 2]}),
    ("from=2026-03-01&to=2026-03-01", "", {None: [2]}),
    ("words=o ga", "", {None: [3, 2]}),
    ("category=WA", "", {}),
    ("from=2026-03-01&to=2026-03-02", "hour", {"2026-03-01T20:00": [2], "2026-03-02T00:00": [1]}),
    (
        "from=2026-03-01&to=2026-03-31",
        "day",
        {"2026-03-01T00:00": [2], "2026-03-02T00:00": [1], "2026-03-31T00:00": [1]},
    ),
    (
        "from=2026-03-01&to=2026-03-31",
        "week",
        {"2026-03-01T00:00": [2], "2026-03-02T00:00": [1], "2026-03-30T00:00": [1]},
    ),
    ("from=2025-12-15&to=2026-12-31", "month", {"2025-12-15T00:00": [1], "2026-03-01T00:00": [3, 1]}),
    ("from=2026-03-01&to=2026-03-31&words=o ga", "month", {"2026-03-01T00:00": [3, 1]}),
)


@pytest.mark.parametrize("folded", [False, True])
def test_squares_count_what_came_in(flood, folded):
    if folded:
        aggregates.fold_changes()
    for parameters, step, wanted in SQUARES:
        assert (parameters, step, steps(parameters, step)) == (parameters, step, wanted)


@pytest.mark.parametrize(
    ("parameters", "step"),
    [("", "day"), ("to=2026-01-01", "day"), ("from=2026-01-01&to=2026-04-30", "hour"), ("from=2020-01-01", "week")],
)
def test_steps_want_a_period_of_not_too_many(town, parameters, step):
    with pytest.raises(QueryError):
        steps(parameters, step)


def test_steps_begin_with_weeks_and_months():
    filters = MapFilters(first=date(2026, 1, 29), last=date(2026, 3, 1), days=0)
    begins = {step: [start.date() for start in density.step_starts(filters, step)] for step in ("week", "month")}
    assert begins["week"][:3] == [date(2026, 1, 29), date(2026, 2, 2), date(2026, 2, 9)]
    assert begins["month"] == [date(2026, 1, 29), date(2026, 2, 1), date(2026, 3, 1)]


def test_a_density_tile_over_http(client, flood):
    path = "/tiles/density/{}/{}/{}.json".format(Z, *TILE)
    answer = client.get(path, {"state": "all", "from": "2026-03-01", "to": "2026-03-02", "step": "hour"})
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/json", "public, max-age=10")
    assert len(answer.json()["steps"]) == 48
    assert client.get(path, {"step": "day"}).status_code == 400
    assert client.get(path, {"step": "minute"}).status_code == 400
    assert client.get("/tiles/density/3/8/0.json").status_code == 404
