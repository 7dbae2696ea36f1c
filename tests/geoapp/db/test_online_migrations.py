"""Test online migrations: all tables are locked at once, without a queue behind the lock."""

from types import SimpleNamespace

import psycopg
import pytest
from django.apps import apps
from django.db import connection, models, transaction

from geoapp.db import online_migrations
from geoapp.db.online_migrations import BuildIndex, TablesAreBusy, lock_tables
from incidents.models import Category
from tests import owner

MODES = {"incidents_category": "ACCESS EXCLUSIVE", "incidents_report": "SHARE ROW EXCLUSIVE"}
HELD = """
SELECT relation::regclass::text, mode FROM pg_locks
WHERE pid = pg_backend_pid() AND relation = ANY (%s::regclass[]) ORDER BY relation::regclass::text
"""


@pytest.fixture
def request_of_somebody(transactional_db):
    """Another connection, in a transaction that has written to the second table."""
    with owner.sign_in(owner.SERVICE) as other:
        other.execute("UPDATE incidents_report SET language = language")
        yield other


def test_tables_are_locked_all_at_once(request_of_somebody, monkeypatch):
    """While one is in use everybody reads and writes the others; when it is free all are held."""
    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        with owner.sign_in(owner.SERVICE) as third:
            third.execute("LOCK TABLE incidents_category, incidents_report IN ROW EXCLUSIVE MODE NOWAIT")
        if len(pauses) == 2:
            request_of_somebody.commit()

    monkeypatch.setattr(online_migrations.time, "sleep", pause)
    with owner.as_owner() as cursor, transaction.atomic():
        lock_tables(MODES, within_s=600)
        cursor.execute(HELD, [list(MODES)])
        locks_held = cursor.fetchall()
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)
    assert locks_held == [
        ("incidents_category", "ShareUpdateExclusiveLock"),
        ("incidents_category", "AccessExclusiveLock"),
        ("incidents_report", "ShareUpdateExclusiveLock"),
        ("incidents_report", "ShareRowExclusiveLock"),
    ]  # fmt: skip
    assert pauses == [online_migrations.PAUSE_S] * 2


def test_tables_in_use_for_too_long_are_named(request_of_somebody):
    with (
        owner.as_owner(),
        pytest.raises(TablesAreBusy, match="incidents_category, incidents_report"),
        transaction.atomic(),
    ):
        lock_tables(MODES, within_s=0.01)


@pytest.mark.server_limit
def test_what_looks_after_a_table_is_waited_for(transactional_db):
    """VACUUM and the like hold a lock that no request minds: neither is the wait for them in a request's way."""
    with owner.sign_in(owner.OWNER) as other:
        other.execute("LOCK TABLE incidents_report IN SHARE UPDATE EXCLUSIVE MODE")
        with owner.as_owner(), pytest.raises(TablesAreBusy), transaction.atomic():
            lock_tables(MODES, within_s=0.01)


def test_an_index_broken_off_is_built_anew(transactional_db):
    for code in ("A", "B"):
        Category.objects.create(code=code, name=code, name_en=code, icon="c-road")
    operation = BuildIndex("category", models.Index(fields=["position"], name="tried"))
    now = SimpleNamespace(apps=apps)
    with owner.as_owner() as cursor:
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.connection.execute("CREATE UNIQUE INDEX CONCURRENTLY tried ON incidents_category (position)")
        for _again in range(2):
            with connection.schema_editor(atomic=False) as editor:
                operation.database_forwards("incidents", editor, now, now)
            cursor.execute("SELECT indisvalid, indisunique FROM pg_index WHERE indexrelid = 'tried'::regclass")
            assert cursor.fetchone() == (True, False)
        cursor.execute("DROP INDEX tried")
