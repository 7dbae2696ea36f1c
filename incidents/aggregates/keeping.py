"""Fold notes into the sums, verify the sums and rebuild them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, transaction

from geoapp.db import locks
from incidents.aggregates import months, units
from incidents.aggregates.squares import AREAS_FROM, DEPTH, LEVELS
from incidents.sql import statement

SHAPE = {"depth": DEPTH, "areas_from": AREAS_FROM, "zone": settings.TIME_ZONE}
OPEN_AT_ONCE = 5000  # open incidents that are placed by one statement
NOTED = "SELECT * FROM gone WHERE published"
# Incidents as they would have been noted.
ROWS = """
    SELECT 1 AS n, map_spot(place) AS spot, round(ST_X(place) * 1e7)::int AS lon, round(ST_Y(place) * 1e7)::int AS lat,
           area_id, category_id, state
    FROM incidents_incident WHERE published AND closed_at IS NOT NULL
"""


def fold_changes() -> int:
    """Fold all notes or none. Returns how many notes of the map; 0 while another worker folds."""
    with transaction.atomic():
        if not locks.try_hold(locks.Lock.SUMS):
            return 0
        with connection.cursor() as cursor:
            cursor.execute(map_statement("aggregate_fold", NOTED), levels(LEVELS))
            noted, keys, changed = cursor.fetchone()
            if keys:
                cursor.execute(statement("aggregate_measure"), {"keys": keys, **SHAPE})
                cursor.execute(statement("aggregate_tidy"), {"keys": keys})
            if changed:
                months.pack(cursor, changed)
            units.fold_changes(cursor)
    return noted


def place_months() -> bool:
    with transaction.atomic():
        if not locks.try_hold(locks.Lock.SUMS):
            return False
        with connection.cursor() as cursor:
            keys = months.find_unplaced(cursor, months.PLACED_AT_ONCE)
            if keys:
                months.place(cursor, keys)
    return bool(keys)


def place_open(after: int = 0) -> int | None:
    """Store where some open incidents with larger keys lie in other editions that are or were in force. Returns the
    last key.

    None if there are no more. Two workers at once do the same work, and nothing twice.
    """
    params = {"after": after, "most": OPEN_AT_ONCE, "zone": settings.TIME_ZONE}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement("aggregate_place_open"), params)
        return cursor.fetchone()[0]


class SumsAreInUse(Exception):
    """Another process folds or rebuilds the sums."""


@contextmanager
def hold_one_moment() -> Iterator[None]:
    """Lock the sums and read a snapshot of one moment. Raises SumsAreInUse.

    It begins its own transaction; inside one that began before, as in tests, it sees what is committed meanwhile.
    """
    if not locks.try_take(locks.Lock.SUMS):
        raise SumsAreInUse
    try:
        with transaction.atomic():
            if not connection.savepoint_ids:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield
    finally:
        locks.release(locks.Lock.SUMS)


def rebuild_sums(tell: Callable[[str], object] = lambda line: None) -> None:
    """Count all incidents anew, inside `hold_one_moment`; notes that come meanwhile stay."""
    rebuild_map(tell)
    rebuild_units(tell)


def rebuild_map(tell: Callable[[str], object] = lambda line: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM incidents_sumchange")
        cursor.execute("DELETE FROM incidents_mapsum")
        for level in LEVELS:
            cursor.execute(map_statement("aggregate_build", ROWS), levels([level]))
            tell(f"squares of level {level}: {cursor.rowcount:,} sums")
        tell(f"months of areas: {months.pack_all(cursor):,}")


def rebuild_units(tell: Callable[[str], object] = lambda line: None) -> None:
    with connection.cursor() as cursor:
        tell("days and weeks of units: {:,} sums; days: {:,}".format(*units.build_sums(cursor)))


def count_differences() -> int:
    with connection.cursor() as cursor:
        rows = statement("aggregate_map_rows", rows=ROWS)
        noted = statement("aggregate_map_rows", rows="SELECT * FROM incidents_sumchange WHERE published")
        cursor.execute(statement("aggregate_differences", rows=rows, noted=noted), levels(LEVELS))
        map_sums = cursor.fetchone()[0]
        return map_sums + months.count_differences(cursor) + units.count_differences(cursor)


def map_statement(name, rows):
    return statement(name, sums=statement("aggregate_map_rows", rows=rows))


def levels(some):
    return {"first_level": min(some), "last_level": max(some), **SHAPE}
