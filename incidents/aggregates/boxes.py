"""Find the keys of published, ended incidents in a box of the map from the columns in memory."""

import logging
import threading
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from django.db import DatabaseError, connection, connections

from geoapp.db.connections import as_reader
from incidents.aggregates import columns
from incidents.aggregates.columns import LEVEL, STEPS, KeysQuery, ReadMonth, read_months, read_months_and_keys
from incidents.aggregates.places import EVER, Bounds
from incidents.aggregates.squares import bits_below, cover_box, join_ranges

EDGE_STEPS = 0.6  # by which a place, as it is kept, may lie elsewhere: half a step, and what is lost by rounding
RANGES_AT_MOST = 32  # of squares that are looked up in each month; of a larger box all places are compared

log = logging.getLogger(__name__)


class KeysInBox(NamedTuple):
    """The keys of places in a box. `at_edges`: so near an edge that the stored precision does not tell the side."""

    inside: np.ndarray
    at_edges: np.ndarray


def are_months_at_hand() -> bool:
    """Return whether the memory has all months but for some, which are read at once.

    Else a thread reads them, which takes seconds; but never more months than the memory may hold.
    """
    memory = columns.memory
    if memory.overflowed:
        return False
    if not memory.filled and count_months() - len(memory.months) > columns.AT_ONCE:
        if memory.filling.acquire(blocking=False):
            threading.Thread(target=fill_memory, name="months", daemon=True).start()
        return False
    memory.filled = True
    return True


def count_months():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT month) FROM incidents_endedmonth")
        return cursor.fetchone()[0]


def fill_memory() -> None:
    try:
        with as_reader():
            read_months(*EVER)
        columns.memory.filled = True
    except DatabaseError:
        log.exception("the columns of all months were not read")
    finally:
        columns.memory.filling.release()
        connections.close_all()


def read_keys_in_box(
    box: Bounds, restricted: list[int], *, spots: list[tuple[int, int]], beside: KeysQuery
) -> tuple[KeysInBox, list[int]]:
    """Return the keys of those in a box with all its edges, and the keys of another query at the same moment.

    `restricted`: keys of categories to leave out. `spots`: ranges that hold the box (`spots_of_box`).
    """
    months, others = read_months_and_keys(*EVER, beside)
    squares = squares_of(spots)
    parts = [part for month in months for part in places_in_squares(month, squares, restricted)]
    lon, lat, keys = (np.concatenate([np.zeros(0, np.int32), *(part[n] for part in parts)]) for n in range(3))
    inside, near = (with_margin(box, steps).contain(lon, lat) for steps in (-EDGE_STEPS, EDGE_STEPS))
    return KeysInBox(keys[inside], keys[near & ~inside]), others


def with_margin(box, steps):
    margin = steps / STEPS
    return Bounds(box.west - margin, box.south - margin, box.east + margin, box.north + margin)


def spots_of_box(box: Bounds) -> list[tuple[int, int]]:
    """Return ranges of spots [first, after the last) that hold a box and some steps around it."""
    wide = with_margin(box, 2)
    inside, edges = cover_box(wide.west, wide.south, wide.east, wide.north)
    return join_ranges([*((first, last) for _level, first, last in inside), *edges])


def squares_of(spots):
    """Return the ranges [first, last] of squares of LEVEL that hold these ranges of spots; all squares for
    many ranges.
    """
    bits = bits_below(LEVEL)
    ranges: list[tuple[int, int]] = []
    for first, last in spots:
        square, end = first >> bits, last - 1 >> bits
        if ranges and square <= ranges[-1][1] + 1:
            ranges[-1] = ranges[-1][0], max(end, ranges[-1][1])
        else:
            ranges.append((square, end))
    return ranges if len(ranges) <= RANGES_AT_MOST else [(0, 4**LEVEL - 1)]


def places_in_squares(month: ReadMonth, squares: list[tuple[int, int]], restricted: list[int]) -> Iterator[tuple]:
    columns = month.columns
    unwanted_kinds = is_one_of(columns.category_of_kinds, restricted)
    least, most = np.array(squares, dtype=columns.spot.dtype).T  # of another type all of the spots would become it
    firsts, lasts = np.searchsorted(columns.spot, least), np.searchsorted(columns.spot, most, side="right")
    for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
        if first == last:
            continue
        part: Any = slice(first, last)
        if unwanted_kinds.any() or month.without:
            unwanted_areas = is_one_of(columns.areas, month.without)
            part = first + np.flatnonzero(~(unwanted_kinds[columns.kind[part]] | unwanted_areas[columns.area[part]]))
        yield columns.lon[part], columns.lat[part], columns.key[part] + np.int64(columns.first_key)


def is_one_of(values: np.ndarray, some: Sequence[int]) -> np.ndarray:
    """Return which of these values are among a few numbers: np.isin takes twenty times as long for them."""
    return (values[:, None] == np.array(some, dtype=np.int64)).any(axis=1)
