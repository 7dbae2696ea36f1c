"""Take and release PostgreSQL advisory locks; every lock number of the code is a member of `Lock`.

To add a lock, add a member to `Lock`; only the functions below take and release locks.
"""

from enum import IntEnum, unique

from django.db import connection

from geoapp.db.connections import Pipeline


@unique
class Lock(IntEnum):
    HISTORY = 7_300_001  # writing into the history: numbers of events become visible in their order
    SPENDING = 7_300_002  # deciding whether the day's limits allow one more message
    LAW = 7_300_003  # putting a change of boundaries into force, or taking it back
    CHASING = 7_300_004  # the chase of a minute
    DIGEST = 7_300_005  # writing the week's digests
    CHAT = 7_300_006  # with a person's id: what one person writes is taken one after the other
    MAIL = 7_300_017  # with an address: what comes from one sender of e-mail is taken one after the other
    REPLIES = 7_300_007  # with a phone number: what comes from one phone is taken one after the other
    EXPORT = 7_300_008  # with a number: one of the few places at which a file may be made
    CITY = 7_300_009  # loading a city pack, its streets or its register of cameras
    GRANTS = 7_300_010  # giving the roles their rights after a migration
    CHAIN = 7_300_012  # sealing the history: two that seal at once would fork the chain
    SMPP = 7_300_013  # the one session with the message centre
    SUMS = 7_300_014  # folding what was noted into the sums, or building them anew
    HISTORY_PARTS = 7_300_015  # adding a part to the history (sql/guards/history_parts.sql)
    ARCHIVE = 7_300_016  # giving lines of history to an archive, or taking them back
    LOOKS = 7_300_021  # writing into the viewing ledger: two that write at once would fork its chain
    ACCOUNTS = 7_300_022  # writing into the ledger of accounts: two that write at once would fork its chain
    TIDYING = 7_300_023  # tidying the ring
    PERSONAL_VIEWS = 7_300_024  # writing into the register of personal data: its chain must not fork
    ANNOUNCEMENTS = 7_300_025  # saying something of an announcement: each line follows the one that was read
    EMERGENCY = 7_300_029  # switching emergency mode: two at once, and the second is told
    TARGET = 7_300_026  # with a host: one round of webhooks at a time is sent to it
    ANSWERS = 7_300_028  # writing which words stand in the pages that answer
    FILES = 7_300_031  # shared by who keeps evidence, alone by who deletes files of it
    SEALS = 7_300_032  # sealing frames and evidence: two that seal at once would fork the chain


def hold(lock: Lock, key: str | int | None = None) -> None:
    """Wait for the lock and hold it until the transaction ends. A key excludes only the same key."""
    call_lock_function("pg_advisory_xact_lock", lock, key)


def hold_in_turn(pipeline: Pipeline, lock: Lock) -> None:
    """Queue taking the lock in a pipeline; statements queued after it run under the lock."""
    pipeline.execute("SELECT pg_advisory_xact_lock(%s)", [int(lock)])


def hold_shared(lock: Lock) -> None:
    """Hold the lock in shared mode until the transaction ends."""
    call_lock_function("pg_advisory_xact_lock_shared", lock, None)


def try_hold(lock: Lock, key: str | int | None = None) -> bool:
    """Take the lock until the transaction ends if it is free; returns whether it was."""
    return call_lock_function("pg_try_advisory_xact_lock", lock, key)


def try_take(lock: Lock, key: str | int | None = None) -> bool:
    """Take the lock for this connection, across transactions, until `release`; returns whether it was free."""
    return call_lock_function("pg_try_advisory_lock", lock, key)


def release(lock: Lock, key: str | int | None = None) -> None:
    call_lock_function("pg_advisory_unlock", lock, key)


def call_lock_function(function, lock, key):
    values: list[int | str] = [int(lock)]
    arguments = "%s"
    if isinstance(key, str):
        arguments, values = "%s, hashtext(%s)", [int(lock), key]
    elif key is not None:
        arguments, values = "%s, %s", [int(lock), key]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}({arguments})", values)
        return cursor.fetchone()[0]
