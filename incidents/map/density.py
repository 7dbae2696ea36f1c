"""Count incidents by squares of a tile: public ones altogether or step by step, and those that one person may read."""

import json
from collections import Counter
from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta
from django.contrib.postgres.fields import ArrayField
from django.db.models import Count, DateTimeField, F, Func, IntegerField, Value
from django.db.models.expressions import RawSQL
from django.utils.timezone import localdate, now
from django.utils.translation import gettext_lazy

from geoapp.http.query_parameters import OneOfField, QueryError
from geoapp.web import periods
from incidents.aggregates.places import EVER, count_by_step, read_places
from incidents.map import public_map
from incidents.map.public_map import MapFilters, TileQuery
from incidents.models import MapSpot
from incidents.models.incident import IncidentQuerySet

LEVELS = 5  # a tile has 32 × 32 squares, of 16 pixels where it is drawn with 512
LEVELS_OF_STEPS = 4  # with steps 16 × 16: there are many of them
STEPS_AT_MOST = 110
STEPS = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": relativedelta(months=1),
}
STEP = OneOfField(("", *STEPS), gettext_lazy("step: must be one of %(these)s."), default="")
NO_PERIOD = gettext_lazy("step: choose a period from … to with at most %(most)s steps.")
NO_POINTS = "SELECT 0::bigint AS id, '' AS mark WHERE false"


def density_tile(z: int, x: int, y: int, filters: MapFilters, step: str = "") -> str:
    """Return the counts of one tile as JSON text: `side` squares in a row, and `steps`, each with its begin (`from`, by
    the city's clock; none without steps) and `cells`: number of a square, row by row, its count, the next one … Raises
    gis_data.tiles.NoSuchTile and QueryError.
    """
    query = TileQuery(z, x, y, LEVELS_OF_STEPS if step else LEVELS)
    starts = step_starts(filters, step) if step else [None]
    counts = count_steps(query, filters, step, starts) if step else count_all(query, filters)
    return write_tile(query, starts, counts)


def density_tile_of(z: int, x: int, y: int, filters: MapFilters, incidents: IncidentQuerySet) -> str:
    """Return the same without steps, for a filtered queryset; each incident is counted. Raises NoSuchTile."""
    query, at = TileQuery(z, x, y, LEVELS), now()
    wanted = filters.apply(incidents, at).filter(place__bboverlaps=public_map.tile_box(z, x, y))
    query.add("shown", public_map.spots(wanted, public_map.is_late_at(at), first=query.first, last=query.last))
    query.parts["points"] = NO_POINTS
    squares = numbers_of_cells(query.grid)
    rows = public_map.rows_of_tile("density_squares", query)
    return write_tile(query, [None], {(squares[cell], 0): n for cell, n in rows})


def write_tile(query, starts, counts):
    cells: list[list[int]] = [[] for _start in starts]
    for (square, number), n in sorted(counts.items()):
        cells[number] += square, n
    steps = [
        {"from": start and start.replace(tzinfo=None).isoformat(timespec="minutes"), "cells": some}
        for start, some in zip(starts, cells, strict=True)
    ]
    return json.dumps({"side": query.grid.side, "steps": steps}, separators=(",", ":"))


def step_starts(filters: MapFilters, step: str) -> list[datetime]:
    """Return when the steps of a period begin; weeks and months at their first day, or that of the period."""
    if not filters.first:
        raise QueryError(NO_PERIOD % {"most": STEPS_AT_MOST})
    start, end = periods.midnights(filters.first, filters.last or localdate())
    starts = [start]
    following = first_of_next(start, step)
    while following < end:
        starts.append(following)
        following += STEPS[step]
        if len(starts) > STEPS_AT_MOST:
            raise QueryError(NO_PERIOD % {"most": STEPS_AT_MOST})
    return starts


def first_of_next(start, step):
    if step == "month":
        return start.replace(day=1) + relativedelta(months=1)
    return start + (timedelta(days=7 - start.weekday()) if step == "week" else STEPS[step])


def count_all(query, filters):
    counts, rest = count_packed(query, filters, [EVER[0]])
    query.add("shown", *(public_map.spots(rows, mark, first=query.first, last=query.last) for rows, mark in rest))
    query.parts["points"] = NO_POINTS
    query.allow_workers(filters)
    squares = numbers_of_cells(query.grid)
    counts.update({(squares[cell], 0): n for cell, n in public_map.rows_of_tile("density_squares", query)})
    return counts


def count_steps(query, filters, step, starts):
    days = None if step == "hour" else [start.date() for start in starts]
    counts, rest = count_packed(query, filters, days)
    squares = numbers_of_cells(query.grid)
    for rows, _mark in rest:
        for cell, number, n in count_rows(rows, query, starts):
            counts[squares[cell], number - 1] += n
    return counts


def count_packed(query, filters, starts):
    """Return the same from packed months, and the queries of the others. `starts`: days; None if hours matter."""
    running, ended = public_map.wanted_rows(filters, now())
    counts: Counter[tuple[int, int]] = Counter()
    if ended and starts and not filters.words and not filters.days:
        places, ended = read_places(public_map.places_query(filters), query.grid), []
        counts.update(count_by_step(places, query.grid, starts))
    return counts, running + ended


def count_rows(rows, query, starts):
    number = Func(
        F("received_at"),
        Value(starts, ArrayField(DateTimeField())),
        function="width_bucket",
        output_field=IntegerField(),
    )
    return (
        rows.order_by()
        .annotate(spot=MapSpot("place"))
        .filter(spot__gte=query.first, spot__lt=query.last)
        .annotate(square=RawSQL(f"map_spot(place) >> {query.bits}", []), number=number)
        .values("square", "number")
        .annotate(n=Count("pk"))
        .values_list("square", "number", "n")
    )


def numbers_of_cells(grid):
    return {cell: number for number, cell in enumerate(grid.cells().tolist())}
