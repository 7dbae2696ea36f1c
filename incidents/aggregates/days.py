"""Pack the durations of incidents done or accepted by day, so that medians of any days are exact."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from psycopg.pq import Format

from incidents.aggregates.parts import ZONE, moments_params, whole_days
from incidents.sql import statement

# The keys of units and of fields are less, and so are seconds.
UNITS, CATEGORIES, SECONDS = 1 << 18, 1 << 17, 1 << 28
RANGES_BITS = 17  # of keys and ranges of seconds that `medians_by` counts: so many fit in a processor's memory


@dataclass(frozen=True)
class PackedDays:
    """A kind of packed days: its table, packing statement, moment column and notes."""

    table: str
    pack: str
    moment: str
    noted: str

    def pack_query(self, where: str, key: str = "(moment AT TIME ZONE %(zone)s)::date") -> str:
        """Return the statement that packs what `where` selects, `{moment}` being its moment, by the day or
        another key.
        """
        return statement(self.pack, where=where.format(moment=self.moment), key=key)


DONE = PackedDays(
    "incidents_doneday",
    "aggregate_pack_done",
    moment="closed_at",
    noted="SELECT closed_at AS at FROM incidents_unitchange",
)
ACCEPTED = PackedDays(
    "incidents_acceptedday",
    "aggregate_pack_accepted",
    moment="line.at",
    noted="SELECT at FROM incidents_acceptedchange",
)
KINDS = (DONE, ACCEPTED)
OF_NOTED_DAY = (
    "{moment} >= noted.day::timestamp AT TIME ZONE %(zone)s"
    " AND {moment} < (noted.day + 1)::timestamp AT TIME ZONE %(zone)s"
)
OF_THE_CUT_DAY = "{moment} >= %(cut_from)s AND {moment} < %(cut_to)s"


def build_days(cursor: Any, kind: PackedDays) -> int:
    cursor.execute(f"DELETE FROM {kind.table}")
    cursor.execute(f"INSERT INTO {kind.table} (day, packed) {kind.pack_query('true')} ORDER BY 1", ZONE)
    return cursor.rowcount


def pack_days(cursor: Any, kind: PackedDays, days: Sequence[date]) -> None:
    params = {"of_days": list(days), **ZONE}
    noted = "(SELECT unnest(%(of_days)s::date[]) AS day) noted"
    rows = f"SELECT key, packed FROM {noted} CROSS JOIN LATERAL ({kind.pack_query(OF_NOTED_DAY, 'noted.day')}) anew"
    cursor.execute(f"DELETE FROM {kind.table} WHERE day = ANY(%(of_days)s)", params)
    cursor.execute(f"INSERT INTO {kind.table} (day, packed) {rows}", params)


def count_day_differences(cursor: Any, kind: PackedDays) -> int:
    parts = {"table": kind.table, "noted": kind.noted, "packed": kind.pack_query("true")}
    cursor.execute(statement("aggregate_days_differences", **parts), ZONE)
    return cursor.fetchone()[0]


@dataclass(frozen=True)
class Durations:
    """Arrays with one element for each incident that was done, or accepted."""

    part: np.ndarray  # of the time, as `units.parts_query` numbers them
    packed: np.ndarray  # what the statement of its kind wrote

    def __getitem__(self, which: np.ndarray) -> "Durations":
        return Durations(self.part[which], self.packed[which])

    @property
    def unit(self) -> np.ndarray:
        return self.packed >> 45

    @property
    def category(self) -> np.ndarray:
        return (self.packed >> 28) & (CATEGORIES - 1)

    @property
    def seconds(self) -> np.ndarray:
        return self.packed & (SECONDS - 1)

    def of(self, units: Iterable[int] | None = None, fields: Iterable[int] | None = None) -> "Durations":
        durations = self
        if units is not None:
            durations = durations.only(is_among(durations.unit, units))
        if fields is not None:
            durations = durations.only(is_among(durations.category, fields))
        return durations

    def only(self, which: np.ndarray) -> "Durations":
        return self if which.all() else self[which]

    def medians_by(self, keys: np.ndarray) -> dict[int, float]:
        """Return {key: median of the seconds}, one key for each element. Seconds are counted in ranges; only the range
        of a median is sorted.
        """
        if not len(keys):
            return {}
        seconds, number = self.seconds, int(keys.max()) + 1
        shift = max(0, int(seconds.max()).bit_length() + number.bit_length() - RANGES_BITS)
        ranges = (int(seconds.max()) >> shift) + 1
        place = keys.astype(np.int64)
        place *= ranges
        place += seconds >> shift
        ends = np.bincount(place, minlength=number * ranges).cumsum()
        last = ends[ranges - 1 :: ranges]
        sizes = np.diff(last, prepend=0)
        present_keys = np.flatnonzero(sizes)
        # Of an even number the mean of the two in the middle.
        ranks = (last - sizes)[present_keys] + np.stack([(sizes[present_keys] - 1) // 2, sizes[present_keys] // 2])
        wanted = np.unique(np.searchsorted(ends, ranks, side="right"))
        is_wanted = np.zeros(len(ends), dtype=bool)
        is_wanted[wanted] = True
        mask = is_wanted[place]
        near = (keys[mask].astype(np.int64) << 28) | seconds[mask]
        near.sort()
        # How many of those that are not sorted lie before each wanted range.
        counts = np.diff(ends, prepend=0)[wanted]
        left_out = ends[wanted] - counts.cumsum()
        low, high = near[ranks - left_out[np.searchsorted(ends[wanted], ranks, side="right")]] & (SECONDS - 1)
        return dict(zip(present_keys.tolist(), ((low + high) / 2).tolist(), strict=True))


def is_among(keys, wanted):
    if not len(keys):
        return np.zeros(0, dtype=bool)
    known = np.zeros(int(keys.max()) + 1, dtype=bool)
    known[[key for key in wanted if key < len(known)]] = True
    return known[keys]


def read_durations(
    cursor: Any, moments: Sequence[datetime], *, kinds: Sequence[PackedDays] = (DONE,), endless: bool = True
) -> Mapping[PackedDays, Durations]:
    columns = zip(*whole_days(moments, endless), strict=True)
    params = dict(zip(("day_parts", "day_firsts", "day_afters"), map(list, columns), strict=True))
    queries = [f"SELECT {number}, part, packed FROM ({days_query(kind)}) kind" for number, kind in enumerate(kinds)]
    cursor.cursor.format = Format.BINARY  # bytes as they are, without the detour by hexadecimal digits
    cursor.execute(" UNION ALL ".join(queries), params | moments_params(moments, endless))
    rows = [row for row in cursor.fetchall() if row[1]]
    return {kind: unpack_days([row[1:] for row in rows if row[0] == number]) for number, kind in enumerate(kinds)}


def days_query(kind):
    bucket = "width_bucket(moment, %(moments)s::timestamptz[])"
    return statement(
        "aggregate_days",
        table=kind.table,
        noted=kind.noted,
        of_noted=kind.pack_query(OF_NOTED_DAY, "noted.day"),
        cut=kind.pack_query(OF_THE_CUT_DAY, bucket),
    )


def unpack_days(rows):
    sizes = [len(packed) // 8 for _part, packed in rows]
    values = np.frombuffer(b"".join(packed for _part, packed in rows), dtype=">i8").astype(np.int64)
    return Durations(np.repeat(np.array([part for part, _packed in rows], dtype=np.int8), sizes), values)


def medians(keys: np.ndarray, values: np.ndarray) -> dict[int, float]:
    sizes = np.bincount(keys)
    present_keys = np.flatnonzero(sizes)
    numbers = np.zeros(len(sizes), dtype=np.uint16)
    numbers[present_keys] = np.arange(len(present_keys))
    order = np.argsort(numbers[keys], kind="stable")  # of so small numbers it takes one pass
    starts = np.cumsum(sizes[present_keys])[:-1]
    parts = np.split(values[order], starts) if len(present_keys) else []
    return {int(key): float(np.median(part)) for key, part in zip(present_keys, parts, strict=True)}
