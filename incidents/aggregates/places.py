"""Count published, ended incidents by place from columns with NumPy, by what no sum separates (days, units, photos,
late). Places are in whole steps of 1e-7 degrees.
"""

import math
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
from dateutil.relativedelta import relativedelta

from incidents.aggregates import months
from incidents.aggregates.columns import (
    LEVEL,
    STEPS,
    SUMS_LEVEL,
    MonthColumns,
    MonthSums,
    columns_of,
    edge_steps,
    interleave_bits,
    read_months,
)
from incidents.aggregates.squares import bits_below, spots_of_tile

STATE_NAMES = {number: str(state) for state, number in months.STATES.items()}  # from 1 on
EVER = (date(1900, 1, 1), date(2999, 12, 31))
GREATEST, LEAST = 2**31 - 1, -(2**31)  # no place is so far


@dataclass(frozen=True)
class Bounds:
    """A part of the map in degrees; its west and north edges belong to it, the others do not."""

    west: float
    south: float
    east: float
    north: float

    def contain(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        mask = (lon >= math.ceil(self.west * STEPS)) & (lon < math.ceil(self.east * STEPS))
        return mask & (lat > math.floor(self.south * STEPS)) & (lat <= math.floor(self.north * STEPS))


@dataclass(frozen=True)
class PlacesQuery:
    """Filters of published, ended incidents."""

    first: date = EVER[0]  # the days of their reports, both counted
    last: date = EVER[1]
    categories: Collection[int] = ()  # keys; of others none is wanted
    states: Collection[str] = ()
    areas: Collection[int] | None = None  # keys; None: all
    unit: int | None = None  # the key of an authority
    with_photo: bool = False
    flags: np.ndarray | None = None  # of each key whether it is wanted, the last one is not; None: all


@dataclass(frozen=True)
class TileGrid:
    """A tile divided into squares: halved `levels` times.

    The squares are numbered as spots are, from the first one of the tile.
    """

    z: int
    x: int
    y: int
    levels: int

    @property
    def level(self) -> int:
        return self.z + self.levels

    @property
    def side(self) -> int:
        return 2**self.levels

    @cached_property
    def first_cell(self) -> int:
        return spots_of_tile(self.z, self.x, self.y)[0] >> bits_below(self.level)

    @property
    def range(self) -> tuple[int, int]:
        first, after = spots_of_tile(self.z, self.x, self.y)
        return first >> bits_below(LEVEL), after - 1 >> bits_below(LEVEL)

    @cached_property
    def row_edges(self) -> np.ndarray:
        """The edges between its rows in steps of 1e-7 degrees, from the south: a greater place lies north of one."""
        return edge_steps(np.arange((self.y + 1) * self.side - 1, self.y * self.side, -1), self.level)

    @cached_property
    def latitudes(self) -> list[int]:
        """Its south edge (exclusive) and north edge (inclusive) in steps of 1e-7 degrees."""
        south, north = edge_steps(np.array([self.y + 1, self.y]), self.z).tolist()
        return [LEAST if self.y == 2**self.z - 1 else south, GREATEST if self.y == 0 else north]

    def contain(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        south, north = self.latitudes
        return (columns_of(lon, self.z) == self.x) & (lat > south) & (lat <= north)

    def squares_of(self, places: "Places") -> np.ndarray:
        if self.level <= LEVEL:
            return ((places.spot >> np.uint32(2 * (LEVEL - self.level))) - np.uint32(self.first_cell)).astype(np.uint16)
        columns = columns_of(places.lon, self.level) - self.x * self.side
        rows = self.side - 1 - np.searchsorted(self.row_edges, places.lat, side="left")
        return square_numbers(self.levels)[rows * self.side + columns]

    def cells(self) -> np.ndarray:
        """The number of each square among all of its level, row by row from the north-west."""
        return square_numbers(self.levels).astype(np.int64) + self.first_cell


@lru_cache(maxsize=8)
def square_numbers(levels):
    side = 2**levels
    rows, columns = np.divmod(np.arange(side**2), side)
    return interleave_bits(columns, rows).astype(np.uint16)


@dataclass(frozen=True)
class Places:
    """The incidents of a month that a query selects."""

    columns: MonthColumns
    which: np.ndarray | slice

    def __getattr__(self, column: str) -> np.ndarray:
        return getattr(self.columns, column)[self.which]

    def reach(self, state: int) -> np.ndarray:
        return self.kind >= np.searchsorted(self.columns.state_of_kinds, state)

    @property
    def late(self) -> np.ndarray:
        return self.columns.late_kinds[self.kind]


def read_places(query: PlacesQuery, within: Bounds | TileGrid | None = None) -> list[Places]:
    chosen = (
        choose_places(month.columns, query, within=within, without=month.without)
        for month in read_months(query.first, query.last)
    )
    return [places for places in chosen if len(places.kind)]


def choose_places(
    columns: MonthColumns, query: PlacesQuery, *, within: Bounds | TileGrid | None, without: Collection[int]
) -> Places:
    first, last = 0, len(columns.spot)
    if isinstance(within, TileGrid):
        least, most = (np.uint32(spot) for spot in within.range)
        first, last = int(np.searchsorted(columns.spot, least)), int(np.searchsorted(columns.spot, most, side="right"))
    part = slice(first, last)
    masks = []
    if within and not (isinstance(within, TileGrid) and within.z <= LEVEL):
        masks.append(within.contain(columns.lon[part], columns.lat[part]))
    of_kind = np.isin(columns.category_of_kinds, list(query.categories))
    of_kind &= np.isin(columns.state_of_kinds, [months.STATES[state] for state in query.states])
    if not of_kind.all():
        masks.append(of_kind[columns.kind[part]])
    following = columns.month + relativedelta(months=1)
    if columns.month < query.first or following - timedelta(days=1) > query.last:
        after = (query.first - columns.month).days
        masks.append((columns.day[part] > after) & (columns.day[part] <= (query.last - columns.month).days + 1))
    if query.unit is not None:
        masks.append(columns.unit[part] >> 1 == query.unit)
    if query.with_photo:
        masks.append(columns.unit[part] & 1 == 1)
    if query.flags is not None:
        flags = query.flags[min(columns.first_key, len(query.flags) - 1) :]
        masks.append(np.take(flags, columns.key[part], mode="clip"))
    if query.areas is not None or without:
        areas = np.isin(columns.areas, list(without), invert=True)
        if query.areas is not None:
            areas &= np.isin(columns.areas, list(query.areas))
        masks.append(areas[columns.area[part]])
    return Places(columns, first + np.flatnonzero(np.all(masks, axis=0)) if masks else part)


def count_by_area(query: PlacesQuery) -> dict[int, tuple[int, int]]:
    counts: Counter[int] = Counter()
    late: Counter[int] = Counter()
    for places in read_places(query):
        areas = places.columns.areas.tolist()
        for counter, some in ((counts, places.area), (late, places.area[places.late])):
            numbers = np.bincount(some, minlength=len(areas)).tolist()
            for area, n in zip(areas, numbers, strict=True):
                counter[area] += n
    return {area: (n, late[area]) for area, n in counts.items() if n}


def count_by_state(months_of_places: list[Places]) -> dict[str, int]:
    reached = [sum(int(places.reach(state).sum()) for places in months_of_places) for state in STATE_NAMES]
    counts = {name: n - after for name, n, after in zip(STATE_NAMES.values(), reached, [*reached[1:], 0], strict=True)}
    return {name: n for name, n in counts.items() if n}


def count_by_step(months_of_places: list[Places], grid: TileGrid, starts: list[date]) -> dict[tuple[int, int], int]:
    """Return {(square, row by row, number of the step): how many were received}.

    `starts`: the first day of each step; the first is not after any incident.
    """
    counts = np.zeros(grid.side**2 * len(starts), dtype=np.int64)
    firsts = np.array([start.toordinal() for start in starts])
    for places in months_of_places:
        days = places.columns.month.toordinal() - 1 + np.arange(32)
        steps = (np.searchsorted(firsts, days, side="right") - 1).clip(0)
        keys = grid.squares_of(places) * np.int32(len(starts)) + steps.astype(np.int32)[places.day]
        counts += np.bincount(keys, minlength=len(counts))
    row_by_row = counts.reshape(grid.side**2, len(starts))[square_numbers(grid.levels)]
    squares, steps = np.nonzero(row_by_row)
    numbers = row_by_row[squares, steps].tolist()
    return dict(zip(zip(squares.tolist(), steps.tolist(), strict=True), numbers, strict=True))


class SquareSums:
    """The sums of each square of a tile: count by state, sums of coordinates, bounds."""

    def __init__(self, months_of_places: list[Places], grid: TileGrid) -> None:
        self.grid = grid
        squares = grid.side**2
        self.counts = np.zeros((squares, len(STATE_NAMES)), dtype=np.int64)
        self.sums = [np.zeros(squares, dtype=np.int64) for _coordinate in "xy"]
        self.least = [np.full(squares, GREATEST, dtype=np.int32) for _coordinate in "xy"]
        self.most = [np.full(squares, LEAST, dtype=np.int32) for _coordinate in "xy"]
        self.parts: list[tuple[Places, np.ndarray, np.ndarray, np.ndarray]] = []
        for places in months_of_places:
            whole = isinstance(places.which, slice) and grid.level <= SUMS_LEVEL
            self.add(*(sum_whole_month if whole else sum_places)(places, grid))

    def add(self, places: Places, starts: np.ndarray, ends: np.ndarray, sums: MonthSums) -> None:
        cells = sums.cell
        for n, (some, fewer) in enumerate(pairwise([*sums.reach, np.zeros_like(starts)])):
            self.counts[cells, n] += some - fewer
        for n in range(2):
            self.sums[n][cells] += sums.sums[n]
            self.least[n][cells] = np.minimum(self.least[n][cells], sums.least[n])
            self.most[n][cells] = np.maximum(self.most[n][cells], sums.most[n])
        self.parts.append((places, cells, starts, ends))

    def rows(self) -> list[tuple]:
        """Return (square, state, count, sums of longitudes and latitudes, west, south, east, north) in degrees.

        The sums of a square's coordinates are in its first row.
        """
        squares, states = np.nonzero(self.counts)
        firsts = np.r_[True, squares[1:] != squares[:-1]][: len(squares)]
        columns = [np.where(firsts, totals[squares], 0) / STEPS for totals in self.sums]
        columns += [totals[squares] / STEPS for totals in self.least + self.most]
        names = [STATE_NAMES[number + 1] for number in states.tolist()]
        cells = (squares + self.grid.first_cell).tolist()
        counts = self.counts[squares, states].tolist()
        return list(zip(cells, names, counts, *(totals.tolist() for totals in columns), strict=True))

    def keys_in_small_squares(self, *, few: int, few_of_tile: int) -> list[tuple[int, int]]:
        """Return (key, square) of incidents in squares with at most `few`, or of all if the tile has at most
        `few_of_tile`.

        They may have changed since: the caller filters them again.
        """
        of_square = self.counts.sum(axis=1)
        loose = of_square <= max(few, few_of_tile if of_square.sum() <= few_of_tile else few)
        rows: list[tuple[int, int]] = []
        for places, squares, starts, ends in self.parts:
            at = np.flatnonzero(loose[squares])
            for square, start, end in zip(squares[at].tolist(), starts[at].tolist(), ends[at].tolist(), strict=True):
                keys = places.key[start:end].astype(np.int64) + places.columns.first_key
                rows += ((key, square + self.grid.first_cell) for key in keys.tolist())
        return rows


def sum_places(unsorted, grid):
    places, numbers = sort_by_square(unsorted, grid.squares_of(unsorted))
    starts = first_of_each(numbers)
    ends = np.r_[starts[1:], len(numbers)]
    beyond = (places.reach(n).view(np.uint8) for n in STATE_NAMES if n > 1)
    coordinates = (places.lon, places.lat)
    return places, starts, ends, MonthSums(
        starts,
        numbers[starts],
        [ends - starts, *(np.add.reduceat(some, starts, dtype=np.int64) for some in beyond)],
        [np.add.reduceat(some, starts, dtype=np.int64) for some in coordinates],
        [np.minimum.reduceat(some, starts) for some in coordinates],
        [np.maximum.reduceat(some, starts) for some in coordinates],
    )  # fmt: skip


def sum_whole_month(places, grid):
    """Return the same for all of a month in a tile, from its sums: their squares are parts of the grid's."""
    month_sums, which = places.columns.squares, places.which
    first, last = np.searchsorted(month_sums.start, [which.start, which.stop])
    numbers = (month_sums.cell[first:last] >> np.uint32(2 * (SUMS_LEVEL - grid.level))) - np.uint32(grid.first_cell)
    at = first_of_each(numbers)
    starts = month_sums.start[first:last][at] - which.start
    ends = np.r_[starts[1:], which.stop - which.start]
    return places, starts, ends, MonthSums(
        starts,
        numbers[at],
        [np.add.reduceat(some[first:last], at) for some in month_sums.reach],
        [np.add.reduceat(some[first:last], at) for some in month_sums.sums],
        [np.minimum.reduceat(some[first:last], at) for some in month_sums.least],
        [np.maximum.reduceat(some[first:last], at) for some in month_sums.most],
    )  # fmt: skip


def first_of_each(numbers):
    return np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]])


def sort_by_square(places, numbers):
    """Return the places sorted by square, and the square numbers; for squares larger than LEVEL they are sorted
    already.
    """
    if len(numbers) < 2 or (numbers[1:] >= numbers[:-1]).all():
        return places, numbers
    order = np.argsort(numbers, kind="stable")
    which = places.which
    indices = np.arange(which.start, which.stop) if isinstance(which, slice) else which
    return Places(places.columns, indices[order]), numbers[order]
