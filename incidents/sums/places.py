"""The published incidents that have ended, as arrays: what no sum tells apart (days, units, photos, whether they were
late) is asked of the months in which they are packed, with NumPy. Places are in whole steps of 1e-7 degrees.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from dateutil.relativedelta import relativedelta
from django.db import connection

from incidents.sql import statement
from incidents.sums import months
from incidents.sums.squares import bits_below, spots_of_tile

STEPS = 10_000_000  # in a degree
STATE_NAMES = {number: str(state) for state, number in months.STATES.items()}
EVER = (date(1900, 1, 1), date(2999, 12, 31))


@dataclass(frozen=True)
class Bounds:
    """A part of the map in degrees: with its west and its north edge, without the others."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True)
class PlacesQuery:
    """Which of the published incidents that have ended are wanted."""

    first: date = EVER[0]  # the days of their reports, both counted
    last: date = EVER[1]
    categories: Collection[int] = ()  # keys; of others none is wanted
    states: Collection[str] = ()
    areas: Collection[int] | None = None  # keys; None: all
    unit: int | None = None  # the key of an authority
    with_photo: bool = False


class Source(NamedTuple):
    """A month of an area in which incidents are packed: with their keys if it was packed while it was read."""

    month: date
    area: int
    first: int  # the position of its first incident among those of all that were read
    keys: bytes | None


@dataclass(frozen=True)
class EndedPlaces:
    """Arrays with one element for each incident."""

    ended: months.EndedIncidents
    lon: np.ndarray
    lat: np.ndarray
    position: np.ndarray  # among all that were read
    sources: list[Source]

    def __len__(self) -> int:
        return len(self.lon)

    def __getitem__(self, which: np.ndarray) -> "EndedPlaces":
        return EndedPlaces(self.ended[which], self.lon[which], self.lat[which], self.position[which], self.sources)

    @property
    def area(self) -> np.ndarray:
        """The key of each one's area."""
        return np.array([source.area for source in self.sources], dtype=np.int64)[self.ended.row]


def read_places(asked: PlacesQuery, bounds: Bounds | None = None) -> EndedPlaces:
    """Those that are wanted, in these bounds or everywhere, in one statement."""
    rows = read_rows(asked, bounds)
    ended, mask, firsts = find_wanted(asked, rows)
    places = np.frombuffer(b"".join(row.places for row in rows), dtype=months.PLACES)
    lon, lat = places["lon"].astype(np.int32), places["lat"].astype(np.int32)
    if bounds:
        mask &= (lon >= math.ceil(bounds.west * STEPS)) & (lon < math.ceil(bounds.east * STEPS))
        mask &= (lat > math.floor(bounds.south * STEPS)) & (lat <= math.floor(bounds.north * STEPS))
    found = np.flatnonzero(mask)
    sources = [Source(row.month, row.area, int(first), row.keys) for row, first in zip(rows, firsts, strict=False)]
    return EndedPlaces(ended[found], lon[found], lat[found], found, sources)


def count_by_area(asked: PlacesQuery) -> dict[int, tuple[int, int]]:
    """Of each area in which some that are wanted lie: how many, and how many were done after their deadline."""
    rows = read_rows(asked, None, places="NULL::bytea")
    ended, mask, _firsts = find_wanted(asked, rows)
    ended = ended[mask]
    late = ~ended.in_time & (ended.state != months.REJECTED)
    counts = np.bincount(ended.row, minlength=len(rows)).tolist()
    late_ones = np.bincount(ended.row[late], minlength=len(rows)).tolist()
    found: dict[int, tuple[int, int]] = {}
    for row, n, n_late in zip(rows, counts, late_ones, strict=True):
        before = found.get(row.area, (0, 0))
        found[row.area] = before[0] + n, before[1] + n_late
    return {area: (n, n_late) for area, (n, n_late) in found.items() if n}


def find_wanted(asked, rows):
    """All incidents of the rows, which of them are wanted wherever they lie, and where those of each row begin."""
    ended = months.unpack([row[:2] for row in rows])
    mask = wanted_heads(asked)[(ended.packed >> 32) & (HEADS - 1)]
    if asked.unit is not None or asked.with_photo:
        units = np.frombuffer(b"".join(row.units for row in rows), dtype=months.UNITS)
        if asked.unit is not None:
            mask &= units >> 1 == asked.unit
        if asked.with_photo:
            mask &= (units & 1) == 1
    firsts = np.cumsum([0, *(len(row.packed) // 8 for row in rows)])
    leave_out_other_days(mask, ended, rows, firsts, asked)
    return ended, mask, firsts


HEADS = 1 << 24  # of the 64 bits of an incident those that say published, in time, state and category


def wanted_heads(asked):
    """For each of these numbers whether such an incident is wanted."""
    wanted = np.zeros(HEADS, dtype=bool)
    categories = np.array(list(asked.categories), dtype=np.int64)
    for state in asked.states:
        for in_time in (0, months.IN_TIME):
            wanted[((months.PUBLISHED | in_time | months.STATES[state] << 52) >> 32) + categories] = True
    return wanted


def leave_out_other_days(mask, ended, rows, firsts, asked):
    """Of the months in which the period begins or ends only its days count."""
    for row, first, last in zip(rows, firsts, firsts[1:], strict=False):
        if row.month < asked.first or row.month + relativedelta(months=1) - timedelta(days=1) > asked.last:
            day = row.month.toordinal() - 1 + (ended.packed[first:last] >> 56)
            mask[first:last] &= (day >= asked.first.toordinal()) & (day <= asked.last.toordinal())


class PackedRow(NamedTuple):
    """What is read of a month of an area."""

    month: date
    packed: bytes
    places: bytes | None
    area: int
    units: bytes | None
    keys: bytes | None


def read_rows(asked, bounds, places="places"):
    """The months and areas in which some may be."""
    params = months.ZONE | {"first_day": asked.first, "last_day": asked.last}
    there = ""
    if bounds:
        there += "AND west <= %(east)s AND east >= %(west)s AND south <= %(north)s AND north >= %(south)s"
        least, most = -(2**31), 2**31 - 1
        edges = {
            "west": math.floor(bounds.west * STEPS),
            "south": math.floor(bounds.south * STEPS),
            "east": math.ceil(bounds.east * STEPS),
            "north": math.ceil(bounds.north * STEPS),
        }
        params |= {name: min(max(value, least), most) for name, value in edges.items()}
    if asked.areas is not None:
        there += " AND area_id = ANY(%(areas)s)"
        params["areas"] = list(asked.areas)
    if asked.unit is not None:
        there += " AND %(unit)s = ANY(unit_keys)"
        params["unit"] = asked.unit
    columns = f"month, packed, {places}, area_id, "
    columns += "NULL::bytea" if asked.unit is None and not asked.with_photo else "units"
    text = months.packed_query(f"{columns}, NULL::bytea", noted=f"{columns}, keys", there=there)
    connection.ensure_connection()
    # As bytes are, without the detour by hexadecimal digits.
    with connection.wrap_database_errors, connection.connection.cursor(binary=True) as cursor:
        return [PackedRow(*row) for row in cursor.execute(text, params)]


def read_keys(places: EndedPlaces) -> list[int | None]:
    """The key of each of these few; None where it was packed anew meanwhile, and is none of the map's any more.

    Packed anew may be another one: whoever shows them asks again which of them are wanted.
    """
    found: list[int | None] = [None] * len(places)
    asked = []
    for number, (row, position) in enumerate(zip(places.ended.row.tolist(), places.position.tolist(), strict=True)):
        source = places.sources[row]
        at = 8 * (position - source.first)
        if source.keys is None:
            asked.append((number, source.month, source.area, at))
        else:
            found[number] = int.from_bytes(source.keys[at : at + 8])
    if asked:
        columns = {name: list(column) for name, column in zip("nmap", zip(*asked, strict=True), strict=True)}
        with connection.cursor() as cursor:
            cursor.execute(statement("sums_keys"), columns)
            found_now = cursor.fetchall()
        for number, key in found_now:
            found[number] = int.from_bytes(bytes(key)) if key else None
    return found


@dataclass(frozen=True)
class TileGrid:
    """A tile that is divided into squares, `side` in a row: as many times halved as `levels` says."""

    z: int
    x: int
    y: int
    levels: int

    @property
    def side(self) -> int:
        return 2**self.levels

    @cached_property
    def latitudes(self) -> list[float]:
        """The edges of its rows, from the north one of the first to the south one of the last."""
        rows = range(self.y * self.side, (self.y + 1) * self.side + 1)
        whole = 2 ** (self.z + self.levels)
        return [math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / whole)))) for row in rows]

    @property
    def bounds(self) -> Bounds:
        """What the edges of the world leave out lies in their squares, too."""
        last = 2**self.z - 1
        west, east = (column / 2**self.z * 360 - 180 for column in (self.x, self.x + 1))
        south = -90.1 if self.y == last else self.latitudes[-1]
        north = 90.1 if self.y == 0 else self.latitudes[0]
        return Bounds(west, south, 180.1 if self.x == last else east, north)

    def squares_of(self, places: EndedPlaces) -> np.ndarray:
        """Of each place the number of its square, row by row from the north-west."""
        west, width = self.x / 2**self.z * 360 - 180, 360 / 2 ** (self.z + self.levels)
        columns = (places.lon * (1 / STEPS / width) - west / width).clip(0, self.side - 1).astype(np.uint16)
        edges = np.floor(np.array(self.latitudes[-2:0:-1]) * STEPS).astype(np.int32)
        rows = self.side - 1 - np.searchsorted(edges, places.lat, side="left")
        return rows.astype(np.uint16) * np.uint16(self.side) + columns

    def cells(self) -> np.ndarray:
        """The number that each of these squares has among all of its level: the first bits of its spots."""
        return morton_numbers(self.levels) + (
            spots_of_tile(self.z, self.x, self.y)[0] >> bits_below(self.z + self.levels)
        )


@lru_cache(maxsize=8)
def morton_numbers(levels):
    side = 2**levels
    return np.array(
        [spots_of_tile(levels, column, row)[0] >> bits_below(levels) for row in range(side) for column in range(side)],
        dtype=np.int64,
    )


def sum_squares(places: EndedPlaces, grid: TileGrid) -> list[tuple]:
    """(square, state, how many, sums of longitudes and latitudes, west, south, east, north) in degrees."""
    if not len(places):
        return []
    keys = grid.squares_of(places) * np.uint16(4) + places.ended.state.astype(np.uint16)
    order = np.argsort(keys, kind="stable")  # of so small numbers it takes one pass
    keys, lon, lat = keys[order], places.lon[order], places.lat[order]
    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    counts = np.diff(np.r_[starts, len(keys)])
    cells = grid.cells()
    columns = [np.add.reduceat(one, starts, dtype=np.int64) / STEPS for one in (lon, lat)]
    columns += [least.reduceat(one, starts) / STEPS for least in (np.minimum, np.maximum) for one in (lon, lat)]
    names = [STATE_NAMES[number] for number in (keys[starts] % 4).tolist()]
    return list(
        zip(cells[keys[starts] // 4].tolist(), names, counts.tolist(), *(one.tolist() for one in columns), strict=True)
    )


def loose_places(places: EndedPlaces, grid: TileGrid, *, few: int, few_of_tile: int) -> list[tuple]:
    """(key, square, state) of those in squares with at most `few`, or of all where the tile holds no more than that."""
    if not len(places):
        return []
    squares = grid.squares_of(places)
    if len(places) > few_of_tile:
        loose = np.bincount(squares)[squares] <= few
        places, squares = places[loose], squares[loose]
    names = [STATE_NAMES[number] for number in places.ended.state.tolist()]
    found = zip(read_keys(places), grid.cells()[squares].tolist(), names, strict=True)
    return [row for row in found if row[0] is not None]
