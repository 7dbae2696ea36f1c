"""Pack ended incidents by month of report and by area: two million take 16 MB and are read at once; their places, as
much again, are read by the map only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.conf import settings

from incidents.models import Incident
from incidents.sql import statement

S = Incident.State
STATES: dict[str, int] = {S.RESOLVED: 1, S.CLOSED: 2, S.REJECTED: 3}  # as sql/aggregate_pack.sql writes them
REJECTED = STATES[S.REJECTED]
PUBLISHED, IN_TIME = 1 << 55, 1 << 54
CATEGORIES = 1 << 20  # keys of categories are less
ZONE = {"zone": settings.TIME_ZONE}
EVERYTHING = "SELECT * FROM incidents_incident"
PLACED_AT_ONCE = 500  # months of areas: of a large city some 150,000 incidents, twenty seconds


@dataclass(frozen=True)
class EndedIncidents:
    """Arrays with one element for each incident; they are unpacked on access."""

    row: np.ndarray  # which of the packed rows it comes from
    packed: np.ndarray  # what sql/aggregate_pack.sql wrote
    first_days: np.ndarray  # of each row: the day before its month, as `date.toordinal` numbers it

    def __getitem__(self, which: np.ndarray) -> "EndedIncidents":
        return EndedIncidents(self.row[which], self.packed[which], self.first_days)

    @property
    def day(self) -> np.ndarray:
        return self.first_days[self.row] + (self.packed >> 56)

    @property
    def published(self) -> np.ndarray:
        return (self.packed & PUBLISHED) != 0

    @property
    def in_time(self) -> np.ndarray:
        return (self.packed & IN_TIME) != 0

    @property
    def state(self) -> np.ndarray:
        return (self.packed >> 52) & 3

    @property
    def category(self) -> np.ndarray:
        return (self.packed >> 32) & (CATEGORIES - 1)

    @property
    def seconds(self) -> np.ndarray:
        return self.packed & 0xFFFFFFFF


def unpack(rows: Sequence[tuple[date, bytes]]) -> EndedIncidents:
    sizes = [len(packed) // 8 for _month, packed in rows]
    values = np.frombuffer(b"".join(packed for _month, packed in rows), dtype=">i8").astype(np.int64)
    first_days = np.array([month.toordinal() - 1 for month, _packed in rows], dtype=np.int64)
    return EndedIncidents(np.repeat(np.arange(len(rows), dtype=np.int32), sizes), values, first_days)


PLACES = np.dtype([("lon", ">i4"), ("lat", ">i4")])  # as sql/aggregate_pack.sql writes them
UNITS, KEYS_OF_INCIDENTS = ">i4", ">i8"


# The months and areas of which something is noted, in the months from the parameter first_day to last_day.
NOTED = """
    SELECT DISTINCT date_trunc('month', received_at AT TIME ZONE %(zone)s)::date AS month, area_id
    FROM incidents_sumchange
    WHERE received_at >= date_trunc('month', %(first_day)s::date)::timestamp AT TIME ZONE %(zone)s
        AND received_at < (date_trunc('month', %(last_day)s::timestamp) + interval '1 month') AT TIME ZONE %(zone)s
"""


def packed_query() -> str:
    return statement("aggregate_months", noted=pack_query(NOTED))


def pack_query(keys: str) -> str:
    return packing("aggregate_pack", statement("aggregate_noted", keys=keys))


def packing(name: str, incidents: str, **parts: str) -> str:
    return statement(name, bits=statement("aggregate_bits"), incidents=incidents, **parts)


COLUMNS = "month, area_id, packed, places, units, keys, unit_keys, west, south, east, north"
PLACED_COLUMNS = "edition_id, month, own_area_id, area_id, packed"
KEYS = "SELECT * FROM json_to_recordset(%(keys)s::json) AS key (month date, area_id bigint)"


def pack(cursor: Any, keys: str) -> None:
    params = {"keys": keys, **ZONE}
    cursor.execute(
        f"DELETE FROM incidents_endedmonth kept USING ({KEYS}) key"
        " WHERE (kept.month, kept.area_id) = (key.month, key.area_id)",
        params,
    )
    cursor.execute(f"INSERT INTO incidents_endedmonth ({COLUMNS}) {pack_query(KEYS)}", params)
    place(cursor, keys)


def place(cursor: Any, keys: str) -> None:
    params = {"keys": keys, **ZONE}
    cursor.execute(
        f"DELETE FROM incidents_placedmonth kept USING ({KEYS}) key"
        " WHERE (kept.month, kept.own_area_id) = (key.month, key.area_id)",
        params,
    )
    placed = packing("aggregate_place", statement("aggregate_noted", keys=KEYS), keys=KEYS)
    cursor.execute(f"INSERT INTO incidents_placedmonth ({PLACED_COLUMNS}) {placed}", params)


def find_unplaced(cursor: Any, most: int) -> str | None:
    """Return some months of areas, as JSON, not yet placed in every other edition; None if all are."""
    cursor.execute(statement("aggregate_unplaced"), {"most": most})
    return cursor.fetchone()[0]


def pack_all(cursor: Any) -> int:
    cursor.execute("DELETE FROM incidents_endedmonth")
    everything = packing("aggregate_pack", EVERYTHING)
    cursor.execute(f"INSERT INTO incidents_endedmonth ({COLUMNS}) {everything} ORDER BY 1, 2", ZONE)
    packed = cursor.rowcount
    cursor.execute("DELETE FROM incidents_placedmonth")
    while keys := find_unplaced(cursor, PLACED_AT_ONCE):
        place(cursor, keys)
    return packed


def count_differences(cursor: Any) -> int:
    cursor.execute(statement("aggregate_months_differences", packed=packing("aggregate_pack", EVERYTHING)), ZONE)
    (differences,) = cursor.fetchone()
    placed = packing("aggregate_place", EVERYTHING, keys="SELECT month, area_id FROM incidents_endedmonth")
    cursor.execute(statement("aggregate_placed_differences", placed=placed), ZONE)
    return differences + cursor.fetchone()[0]
