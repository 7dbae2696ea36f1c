"""Hold published, ended incidents in memory as columns by month.

A month is read once, and again after it was packed anew: each statement says which months are unchanged.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np
from django.db import connection

from incidents.aggregates import months
from incidents.sql import statement

STEPS = 10_000_000  # in a degree
LEVEL = 16  # of the squares in whose order they stand: at 10° N 600 m wide
SUMS_LEVEL = 15  # of those that are summed up for each month
MEMORY = 64_000_000  # bytes of columns that a process keeps at most: of 2.5 million incidents
AT_ONCE = 12  # months that are read by one statement


@dataclass(frozen=True)
class MonthSums:
    """The sums of each square of SUMS_LEVEL in which a month has incidents, in order: some thousand rows."""

    start: np.ndarray  # the first of its incidents in the columns
    cell: np.ndarray  # its number among those of the world
    reach: list[np.ndarray]  # how many of a state of this number or more, for each of months.STATES
    sums: list[np.ndarray]  # of longitudes and of latitudes, in steps
    least: list[np.ndarray]
    most: list[np.ndarray]


@dataclass(frozen=True)
class MonthColumns:
    """Arrays with one element for each incident of a month: 25 bytes an incident."""

    month: date
    areas: np.ndarray  # the keys of its areas
    kinds: np.ndarray  # each that there is once, in order: state, category and whether it was done in time (KIND_…)
    first_key: int
    spot: np.ndarray  # its square of LEVEL, as `map_spot` numbers them; the columns are sorted by it
    lon: np.ndarray  # in whole steps of 1e-7 degrees
    lat: np.ndarray
    kind: np.ndarray  # which of `kinds`
    day: np.ndarray  # of the month
    unit: np.ndarray  # twice the key of its unit, and one more where everybody may see a photo
    area: np.ndarray  # which of `areas`
    key: np.ndarray  # its own less `first_key`

    @property
    def state_of_kinds(self) -> np.ndarray:
        return self.kinds >> KIND_STATE

    @property
    def category_of_kinds(self) -> np.ndarray:
        return self.kinds >> KIND_CATEGORY & (months.CATEGORIES - 1)

    @property
    def late_kinds(self) -> np.ndarray:
        return (self.kinds & 1 == 0) & (self.state_of_kinds != months.REJECTED)

    @cached_property
    def squares(self) -> MonthSums:
        """The month's sums, for questions about all of it; they take a tenth of the memory of the columns."""
        cells = self.spot >> np.uint32(2 * (LEVEL - SUMS_LEVEL))
        start = np.flatnonzero(np.r_[True, cells[1:] != cells[:-1]])
        reached = (self.kind >= np.searchsorted(self.state_of_kinds, state) for state in months.STATES.values())
        return MonthSums(
            start,
            cells[start],
            [np.add.reduceat(some.view(np.uint8), start, dtype=np.int64) for some in reached],
            [np.add.reduceat(some, start, dtype=np.int64) for some in (self.lon, self.lat)],
            [np.minimum.reduceat(some, start) for some in (self.lon, self.lat)],
            [np.maximum.reduceat(some, start) for some in (self.lon, self.lat)],
        )

    @cached_property
    def size(self) -> int:
        columns = (getattr(self, field.name) for field in fields(self))
        return sum(column.nbytes for column in columns if isinstance(column, np.ndarray))


class PackedArea(NamedTuple):
    """The packed incidents of an area in a month; all None if it has none any more."""

    area: int
    packed: bytes | None
    places: bytes | None
    units: bytes | None
    keys: bytes | None


class ReadMonth(NamedTuple):
    """The columns of a month, without the areas whose new state other columns hold."""

    columns: MonthColumns
    without: Sequence[int] = ()


class KeysQuery(NamedTuple):
    """A query of one column of keys, with its named parameters."""

    text: str
    params: dict[str, Any]


class Version(NamedTuple):
    """Identifies the content of a month: how many areas it has, and the sum of their random numbers."""

    areas: int
    number: int


class MonthMemory:
    """The months that a process has read; if there are too many, the least recently used one is dropped."""

    def __init__(self, most: int) -> None:
        self.most, self.lock = most, threading.Lock()
        self.months: dict[date, tuple[Version, MonthColumns]] = {}
        self.overflowed = False  # whether a month had to go: all of them are more than it may keep
        self.filled = False  # whether all of them were read before
        self.filling = threading.Lock()

    def find(self, first: date, last: date) -> dict[date, tuple[Version, MonthColumns]]:
        with self.lock:
            return {month: known for month, known in self.months.items() if first.replace(day=1) <= month <= last}

    def keep(self, version: Version, columns: MonthColumns) -> None:
        with self.lock:
            self.months[columns.month] = version, columns
            while sum(month_columns.size for _version, month_columns in self.months.values()) > self.most:
                del self.months[min(self.months)]
                self.overflowed = True

    def forget(self) -> None:
        with self.lock:
            self.months.clear()


memory = MonthMemory(MEMORY)


def read_months(first: date, last: date) -> list[ReadMonth]:
    return read_months_and_keys(first, last)[0]


def read_months_and_keys(
    first: date, last: date, keys_query: KeysQuery | None = None
) -> tuple[list[ReadMonth], list[int]]:
    known = memory.find(first, last)
    while True:
        versions, missing, noted, keys = ask_for_months(first, last, known, keys_query)
        for month, packed in missing.items():
            known[month] = versions[month], unpack_month(month, packed)
            memory.keep(*known[month])
        if all(month in known and known[month][0] == version for month, version in versions.items()):
            break
    unchanged = [ReadMonth(known[month][1], [row.area for row in noted.get(month, ())]) for month in versions]
    anew = (unpack_month(month, [row for row in rows if row.packed]) for month, rows in noted.items())
    return unchanged + [ReadMonth(columns) for columns in anew], keys


def ask_for_months(first, last, known, keys_query):
    """Return the versions of all months, the packed areas of changed months, the areas with unfolded notes as they are
    now ({month: …}), and the keys of the query.
    """
    params = months.ZONE | {
        "first_day": first,
        "last_day": last,
        "months": list(known),
        "areas": [version.areas for version, _columns in known.values()],
        "numbers": [version.number for version, _columns in known.values()],
        "at_once": AT_ONCE,
    }
    packed = months.pack_query("SELECT month, area_id FROM noted")
    text = statement("aggregate_columns", noted=months.NOTED, packed=packed)
    if keys_query:
        text += (
            f"\nUNION ALL SELECT 'key', NULL, key, NULL, NULL, NULL, NULL, NULL FROM ({keys_query.text}) asked (key)"
        )
        params |= keys_query.params
    versions: dict[date, Version] = {}
    missing: dict[date, list[PackedArea]] = {}
    noted: dict[date, list[PackedArea]] = {}
    keys: list[int] = []
    connection.ensure_connection()
    # As bytes are, without the detour by hexadecimal digits.
    with connection.wrap_database_errors, connection.connection.cursor(binary=True) as cursor:
        for kind, month, number, *row in cursor.execute(text, params):
            if kind == "month":
                versions[month] = Version(row[0], number)
            elif kind == "key":
                keys.append(number)
            else:
                rows = missing if kind == "missing" else noted
                rows.setdefault(month, []).append(PackedArea(*row))
    return versions, missing, noted, keys


# Of the numbers of kinds, from the lowest bit on: in time, category, state.
KIND_CATEGORY, KIND_STATE = 1, 21
HEADS = np.dtype([("head", ">u4"), ("seconds", ">u4")])  # first what sql/aggregate_pack.sql wrote of day and kind


def unpack_month(month: date, rows: Sequence[PackedArea]) -> MonthColumns:
    heads = read_array([row.packed for row in rows], HEADS)["head"].astype(np.uint32)
    places = read_array([row.places for row in rows], months.PLACES)
    lon, lat = places["lon"].astype(np.int32), places["lat"].astype(np.int32)
    spot = number_squares(lon, lat)
    order = np.argsort(spot, kind="stable")
    order = order[(heads[order] & (months.PUBLISHED >> 32)) != 0]
    keys = read_array([row.keys for row in rows], months.KEYS_OF_INCIDENTS).astype(np.int64)[order]
    first_key = int(keys.min()) if len(keys) else 0
    area = np.repeat(np.arange(len(rows), dtype=np.uint16), [len(row.keys or b"") // 8 for row in rows])
    heads = heads[order]
    in_time, state = (heads & (months.IN_TIME >> 32)) != 0, heads >> 20 & 3
    category = heads & (months.CATEGORIES - 1)
    kinds, kind = np.unique(state << KIND_STATE | category << KIND_CATEGORY | in_time, return_inverse=True)
    return MonthColumns(
        month=month,
        areas=np.array([row.area for row in rows], dtype=np.int64),
        kinds=kinds,
        first_key=first_key,
        spot=spot[order],
        lon=lon[order],
        lat=lat[order],
        kind=kind.astype(np.uint16),
        day=(heads >> 24).astype(np.uint8),
        unit=read_array([row.units for row in rows], months.UNITS).astype(np.int32)[order],
        area=area[order],
        key=(keys - first_key).astype(np.uint32),
    )


def read_array(pieces, dtype):
    return np.frombuffer(b"".join(pieces), dtype=dtype)


def number_squares(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Return for each place (steps of 1e-7 degrees) the number of its square of LEVEL."""
    if not len(lon):
        return np.zeros(0, dtype=np.uint32)
    edges = row_edges(LEVEL)
    first, last = np.searchsorted(edges, [lat.min(), lat.max()])
    rows = 2**LEVEL - 1 - (first + np.searchsorted(edges[first:last], lat))
    return interleave_bits(columns_of(lon, LEVEL), rows)


def columns_of(lon: np.ndarray, level: int) -> np.ndarray:
    return (((lon.astype(np.int64) + 180 * STEPS) << level) // (360 * STEPS)).clip(0, 2**level - 1)


def interleave_bits(columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return square numbers: the bits of column and row in turn, as in `map_spot`."""
    interleaved = np.zeros(len(columns), dtype=np.uint32)
    for shift, numbers in enumerate((columns, rows)):
        bits = numbers.astype(np.uint32)
        for distance, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
            bits = (bits | (bits << np.uint32(distance))) & np.uint32(mask)
        interleaved |= bits << np.uint32(shift)
    return interleaved


@cache
def row_edges(level: int) -> np.ndarray:
    """Return the edges between all rows of squares of a level in steps of 1e-7 degrees, from the south."""
    return edge_steps(np.arange(2**level - 1, 0, -1), level)


def edge_steps(rows: np.ndarray, level: int) -> np.ndarray:
    """Return the north edges of these rows in steps of 1e-7 degrees: greater places lie north of them."""
    latitudes = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * rows / 2**level))))
    return np.floor(latitudes * STEPS).astype(np.int32)
