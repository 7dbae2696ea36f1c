"""How the service's database is reached beside what Django does: connections of our own, and plans that are kept.

A connection of our own is made with all of `DATABASES`, TLS and `options` included, as Django's are.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections

DJANGO_OPTIONS = ("cursor_factory", "context", "prepare_threshold")  # how Django's own cursors behave
READER = "reader"  # of DATABASES
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
def as_owner() -> Iterator[None]:
    """Inside, this thread reaches its database as the owner of the tables; without such a role as ever."""
    usual = connections[DEFAULT_DB_ALIAS]
    if not settings.DATABASE_OWNER:
        yield
        return
    own = usual.copy()
    own.settings_dict.update({name: settings.DATABASE_OWNER[name] for name in ("USER", "PASSWORD", "HOST", "PORT")})
    own.settings_dict["OPTIONS"] = settings.DATABASE_OWNER["OPTIONS"] | {"pool": None}
    connections[DEFAULT_DB_ALIAS] = own
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = usual
        own.close()


@contextmanager
def as_reader() -> Iterator[None]:
    """Inside, this thread reads as the reader, who can change nothing; without such a role as ever.

    What limits a stranger's statements limits these, too. What is iterated later is read by whoever asks then.
    """
    usual = connections[DEFAULT_DB_ALIAS]
    if READER not in settings.DATABASES:
        yield
        return
    with usual.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        limit = cursor.fetchone()[0]
    reader = connections[READER]
    with reader.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, false)", [limit])
    connections[DEFAULT_DB_ALIAS] = reader
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = usual
        reader.close()


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
