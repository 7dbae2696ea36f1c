"""Change tables in migrations without blocking requests: lock all tables at once, build indexes concurrently.

A migration that changes tables begins with `LockTables` and does nothing that takes long. What takes long, building
indexes and filling tables, is done by a migration that is no transaction (`atomic = False`), beside the traffic; each
of its operations can be done again, so that one that was broken off is begun anew by the same command.
"""

import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import OperationalError, connection, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from psycopg.errors import LockNotAvailable

WITHIN_S = 120
PAUSE_S = 0.05
# Whoever holds this lock hinders no request, and keeps away what looks after a table for long (VACUUM, ANALYZE).
BESIDE_REQUESTS = "SHARE UPDATE EXCLUSIVE"
Result = TypeVar("Result")
IS_BUILT = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"


class TablesAreBusy(OperationalError):
    """The tables stayed in use. Nothing was changed; the command can be repeated."""


class LockTables(Operation):
    """Lock tables until the migration's transaction ends; `modes`: lock mode by table. The first operation of all.

    Without it each change would wait for its own table while it holds others, and everybody behind it.
    """

    reversible = True

    def __init__(self, modes: Mapping[str, str], within_s: float = WITHIN_S):
        self.modes, self.within_s = modes, within_s

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        lock_tables(self.modes, within_s=self.within_s)

    database_backwards = database_forwards

    def describe(self) -> str:
        return f"Lock {', '.join(self.modes)}"


def lock_tables(modes: Mapping[str, str], *, within_s: float) -> None:
    """Lock all tables until the transaction ends, or raise TablesAreBusy. `modes`: lock mode by table.

    While one of them is in use none is locked, so no request queues behind this, and no deadlock with a holder of one
    of the tables is possible.
    """
    names = {connection.ops.quote_name(table): mode for table, mode in modes.items()}
    ends = time.monotonic() + within_s
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{within_s}s"])
            cursor.execute(f"LOCK TABLE {', '.join(names)} IN {BESIDE_REQUESTS} MODE")
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
            while not try_to_lock(cursor, names, last=time.monotonic() > ends):
                time.sleep(PAUSE_S)
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        raise TablesAreBusy(
            f"For {within_s:g} s others held one of the tables {', '.join(modes)}. Nothing was changed: end what runs"
            " so long (pg_stat_activity names it), and give the command again."
        ) from error


def try_to_lock(cursor, names, last):
    """Whether all locks were taken at once; otherwise none is held. The last try raises PostgreSQL's error."""
    try:
        with transaction.atomic():
            for name, mode in names.items():
                cursor.execute(f"LOCK TABLE {name} IN {mode} MODE NOWAIT")
    except OperationalError as error:
        if last or not isinstance(error.__cause__, LockNotAvailable):
            raise
        return False
    return True


def do_without_waiting(act: Callable[[], Result], *, within_s: float = WITHIN_S) -> Result:
    """Run `act` in a transaction of its own that is rolled back and retried when a request needs its rows.

    For changes of many rows beside requests: no request is in a deadlock with it. Raises TablesAreBusy in the end.
    """
    ends = time.monotonic() + within_s
    while True:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{PAUSE_S}s"])
                return act()
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            if time.monotonic() > ends:
                message = f"For {within_s:g} s others held a row. What was done is kept: give the command again."
                raise TablesAreBusy(message) from error
        time.sleep(PAUSE_S)


class BuildIndex(AddIndexConcurrently):
    """Create an index concurrently; an invalid one left by an interrupted run is rebuilt."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        with connection.cursor() as cursor:
            cursor.execute(IS_BUILT, [self.index.name])
            is_valid = cursor.fetchone()
        if is_valid == (False,):
            schema_editor.execute(f"DROP INDEX CONCURRENTLY {connection.ops.quote_name(self.index.name)}")
        if is_valid != (True,):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
