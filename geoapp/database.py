"""How the service's database is reached beside what Django does: connections of our own, and plans that are kept.

A connection of our own is made with all of `DATABASES`, TLS and `options` included, as Django's are.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections

DJANGO_OPTIONS = ("cursor_factory", "context", "prepare_threshold")  # how Django's own cursors behave
PROBES_AT_ONCE = threading.BoundedSemaphore(2)
PROBE_S = 3


def connection_parameters() -> dict:
    """What psycopg is told to reach the database: everything that `DATABASES` says."""
    return {name: value for name, value in connection.get_connection_params().items() if name not in DJANGO_OPTIONS}


def connect() -> psycopg.Connection:
    """A connection of its own, in autocommit."""
    return psycopg.connect(**connection_parameters(), autocommit=True)


async def connect_async() -> psycopg.AsyncConnection:
    """The same for asyncio."""
    return await psycopg.AsyncConnection.connect(**connection_parameters(), autocommit=True)


@contextmanager
def prepared_statements() -> Iterator[None]:
    """Statements inside are planned once for each connection, and the plan is kept: for look-ups by a point or a key.

    Planning is half of such a look-up, and one plan is right for all of them. Everything else is planned anew each
    time: a plan for any box or any period is the wrong one for most.
    """
    connection.ensure_connection()
    database = connection.connection
    before, database.prepare_threshold = database.prepare_threshold, 3
    try:
        yield
    finally:
        database.prepare_threshold = before


@contextmanager
def outside_the_pool() -> Iterator[None]:
    """Inside, this thread asks the database on a new connection: for probes, which the pool must not keep waiting.

    Each statement has three seconds. Raises OperationalError where no connection can be had in that time.
    """
    if not PROBES_AT_ONCE.acquire(timeout=PROBE_S):
        raise OperationalError("Too many probes at once")
    usual = connections[DEFAULT_DB_ALIAS]
    own = usual.copy()
    options = own.settings_dict["OPTIONS"]
    options["pool"] = None
    options["connect_timeout"] = PROBE_S
    options["options"] = f"{options.get('options', '')} -c statement_timeout={PROBE_S}s".strip()
    connections[DEFAULT_DB_ALIAS] = own
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = usual
        own.close()
        PROBES_AT_ONCE.release()
