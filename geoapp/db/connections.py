"""Open own PostgreSQL connections beside Django's, pipeline statements, and switch roles or to the replica.

A connection of our own is made with all of `DATABASES`, TLS and `options` included, as Django's are.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections, models
from django.db.models.expressions import DatabaseDefault

from geoapp import metrics
from geoapp.db.replica import REPLICA, ReplicaWatch

DJANGO_OPTIONS = ("cursor_factory", "context", "prepare_threshold")  # how Django's own cursors behave
READER = "reader"  # of DATABASES
PROBES_AT_ONCE = threading.BoundedSemaphore(2)
PROBE_S = 3
LAG_ASKED_S = 2  # for connecting, and for the statement


def connection_parameters() -> dict:
    return {name: value for name, value in connection.get_connection_params().items() if name not in DJANGO_OPTIONS}


def connect() -> psycopg.Connection:
    return psycopg.connect(**connection_parameters(), autocommit=True)


async def connect_async() -> psycopg.AsyncConnection:
    return await psycopg.AsyncConnection.connect(**connection_parameters(), autocommit=True)


@dataclass(frozen=True)
class Pipeline:
    """A psycopg pipeline: statements are sent together without waiting for each answer."""

    connection: psycopg.Connection

    def execute(self, statement: str, values: Any = None) -> psycopg.Cursor:
        """Queue a statement and return its cursor. Errors are raised on fetching, or at the end of the block."""
        return self.connection.cursor().execute(statement, values)

    def insert(self, rows: Sequence[models.Model]) -> None:
        """Queue an INSERT for each unsaved row of one model; primary keys must be set.

        What PostgreSQL fills in by itself is read when it is asked for.
        """
        values = [stored_values(row) for row in rows]
        for defaults in {names for names, _values in values}:
            default_rows = [some for names, some in values if names == defaults]
            self.connection.cursor().executemany(insert_statement(type(rows[0]), defaults), default_rows)
        for row, (defaults, _values) in zip(rows, values, strict=True):
            row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
            for name in defaults:
                del row.__dict__[name]


@contextmanager
def open_pipeline() -> Iterator[Pipeline]:
    """Open a pipeline in the transaction of this thread's connection; its end waits for all statements."""
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield Pipeline(connection.connection)


@contextmanager
def open_pipelined_transaction() -> Iterator[Pipeline]:
    """Open a pipeline in a transaction of its own; BEGIN and COMMIT travel with the statements."""
    try:
        with open_pipeline() as pipeline:
            pipeline.execute("BEGIN")
            yield pipeline
            pipeline.execute("COMMIT")
    except BaseException:
        connection.close()  # nothing of a transaction that has failed is left to the next
        raise


def stored_values(row: models.Model) -> tuple[frozenset[str], list[Any]]:
    defaults, values, database = set(), [], connections[DEFAULT_DB_ALIAS]
    for field in stored_fields(type(row)):
        value = field.pre_save(row, add=True)
        if isinstance(value, DatabaseDefault):
            defaults.add(field.attname)
        else:
            values.append(field.get_db_prep_save(value, database))
    return frozenset(defaults), values


@lru_cache(maxsize=16)
def stored_fields(model: type[models.Model]) -> tuple[models.Field, ...]:
    return tuple(field for field in model._meta.concrete_fields if not field.generated)


@lru_cache(maxsize=64)
def insert_statement(model: type[models.Model], defaults: frozenset[str]) -> str:
    fields = stored_fields(model)
    places = ("DEFAULT" if field.attname in defaults else "%s" for field in fields)
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    return f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({columns}) VALUES ({', '.join(places)})"


def change_role(role: str) -> str:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT current_user")
        before = cursor.fetchone()[0]
        cursor.execute(f'SET ROLE "{role}"')
    return before


@contextmanager
def as_owner() -> Iterator[None]:
    """Inside, use the database as the owner role; without such a role in `DATABASES` nothing changes.

    In a transaction of a session that is the owner's and has only taken the service's role, as in tests, it goes on.
    """
    usual = connections[DEFAULT_DB_ALIAS]
    if not settings.DATABASE_OWNER:
        yield
        return
    if usual.in_atomic_block and usual.settings_dict["USER"] == settings.DATABASE_OWNER["USER"]:
        before = change_role(settings.DATABASE_OWNER["USER"])
        yield
        change_role(before)
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
    """Inside, read as the read-only role, from the replica if its lag is small enough.

    Without a replica and such a role nothing changes. The statement limit of anonymous requests applies, too. Querysets
    evaluated after the block are read by the connection current then.
    """
    with on_replica() as is_replica:
        if is_replica or READER not in settings.DATABASES:
            yield
            return
        with reading_by(READER, statement_limit()):
            yield


@contextmanager
def on_replica() -> Iterator[bool]:
    """Inside, read from the replica if its lag is at most REPLICA_LAG_S; yields whether it is used.

    Do not use it to read what was just written: the replica may lag by REPLICA_LAG_S.
    """
    if REPLICA not in settings.DATABASES or not replica_watch.is_usable():
        yield False
        return
    with ExitStack() as stack:
        try:
            stack.enter_context(reading_by(REPLICA, statement_limit()))
        except OperationalError:
            replica_watch.note_failure()
            is_replica = False
        else:
            is_replica = True
        yield is_replica


def reads_replica() -> bool:
    """Whether this thread reads from the replica as the read-only role, which has no right on citizens' texts."""
    return connections[DEFAULT_DB_ALIAS].alias == REPLICA


def connect_to_watch(alias: str) -> psycopg.Connection:
    parameters = connections[alias].get_connection_params()
    parameters = {name: value for name, value in parameters.items() if name not in DJANGO_OPTIONS}
    parameters |= {"connect_timeout": LAG_ASKED_S}
    parameters |= {"options": f"{parameters.get('options', '')} -c statement_timeout={LAG_ASKED_S}s".strip()}
    return psycopg.connect(**parameters, autocommit=True)


replica_watch = ReplicaWatch(connect_to_watch)


@metrics.figure("replica_lag_seconds", "How far the streaming replica lags behind", "database")
def replica_lags() -> dict[str, float]:
    """Return the lag in seconds by name of the replica; {} without a replica, infinite while it is unreachable."""
    if REPLICA not in settings.DATABASES:
        return {}
    replica_watch.start()
    return {REPLICA: float("inf") if replica_watch.lag_s is None else replica_watch.lag_s}


def statement_limit() -> str:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return cursor.fetchone()[0]


@contextmanager
def reading_by(alias: str, limit: str) -> Iterator[None]:
    usual, other = connections[DEFAULT_DB_ALIAS], connections[alias]
    with other.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, false)", [limit])
    connections[DEFAULT_DB_ALIAS] = other
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = usual
        other.close()


def take_own_connection(statement_s: float) -> None:
    """Give this thread a connection beside the pool with a statement timeout of so many seconds."""
    own = connections[DEFAULT_DB_ALIAS].copy()
    options = own.settings_dict["OPTIONS"]
    options["pool"] = None
    options["options"] = f"{options.get('options', '')} -c statement_timeout={statement_s}s".strip()
    connections[DEFAULT_DB_ALIAS] = own


@contextmanager
def outside_the_pool() -> Iterator[None]:
    """Inside, use a new connection beside the pool: for health probes, which must not wait for the pool.

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
