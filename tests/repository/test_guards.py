"""Test that triggers and functions of PostgreSQL are those of sql/guards."""

import re

import pytest
from django.conf import settings
from django.db import connection

from tests import owner

FILES = sorted(settings.BASE_DIR.glob("*/sql/guards/*.sql"))
WRITTEN = "".join(path.read_text() for path in FILES)
FUNCTIONS = """
    SELECT proname, prosrc FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND NOT starts_with(proname, 'procrastinate_')
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
"""
TRIGGERS = """
    SELECT tgname, tgrelid::regclass::text FROM pg_trigger
    WHERE NOT tgisinternal AND tgparentid = 0 AND NOT starts_with(tgname, 'procrastinate_')
"""


@pytest.mark.parametrize(("question", "pattern"), [
    (FUNCTIONS, r"REPLACE FUNCTION (\w+)\(.*?\$\$(.*?)\$\$"),
    (TRIGGERS, r"REPLACE TRIGGER (\w+)\s.*?\sON (\w+)"),
], ids=["functions", "triggers"])  # fmt: skip
def test_what_the_database_runs_is_what_the_files_say(db, question, pattern):
    with connection.cursor() as cursor:
        cursor.execute(question)
        assert sorted(cursor.fetchall()) == sorted(re.findall(pattern, WRITTEN, re.S))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parts[-4]}/{path.stem}")
def test_a_migration_may_run_a_guard_again(db, path):
    with owner.as_owner() as cursor:
        cursor.execute(path.read_text())
