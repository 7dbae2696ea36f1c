"""Test migrate: tables of 0.8.0 are accepted, older ones refused unchanged."""

import pytest
from django.core.management import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from geoapp.roles.management.commands.migrate import AFTER_THE_FIRST_TWO, LAST_OF_0_8, refuse_old_tables
from tests import owner

LAST = ("incidents", "0053_work_orders_in_english")


def note_as_applied(names):
    with owner.as_owner() as cursor:
        cursor.executemany("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())", list(names))


def test_tables_of_0_8_are_taken_as_they_are(db):
    refuse_old_tables()
    note_as_applied({AFTER_THE_FIRST_TWO, *LAST_OF_0_8})
    refuse_old_tables()
    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []


def test_tables_from_before_0_8_are_refused(db):
    note_as_applied({AFTER_THE_FIRST_TWO, *LAST_OF_0_8} - {LAST})
    with pytest.raises(CommandError, match=r"before 0\.8\.0 \(without incidents 0053_work_orders_in_english\)"):
        refuse_old_tables()
