"""Test advisory locks: each number is unique and used by `geoapp.db.locks` only."""

import re
import subprocess

import pytest
from django.conf import settings
from django.db import connection, transaction

from geoapp.db import connections, locks
from geoapp.db.locks import Lock


def test_no_two_locks_share_a_number(db):
    """Those of the code, and the one that a function of the database takes by itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT hashtext('cameras_frame')")
        numbers = [*map(int, Lock.__members__.values()), cursor.fetchone()[0]]
    assert len({*numbers}) == len(numbers)


def test_no_lock_is_taken_by_a_number_elsewhere():
    files = ["*.py", "*.sql", ":!tests", ":!*/sql/guards/*", ":!geoapp/db/locks.py"]
    command = ["git", "grep", "-nE", r"7_?300_?0[0-9]{2}|advisory_(xact_)?(un)?lock", "--", *files]
    assert subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True).stdout == ""


def test_functions_of_the_database_take_only_known_locks():
    command = ["git", "grep", "-hoE", r"advisory_\w*\(.*\);", "--", "*/sql/guards/*"]
    output = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True).stdout
    known = [Lock.HISTORY, Lock.HISTORY_PARTS]
    assert re.findall(r"\((.*)\);", output) == ["hashtext('cameras_frame')", *(str(int(lock)) for lock in known)]


@pytest.mark.parametrize("lock", [lock for lock in Lock if lock is not Lock.LAW])
def test_a_change_of_the_law_keeps_nothing_else_waiting(db, lock):
    with connections.connect() as other:
        other.execute("SELECT pg_advisory_lock(%s)", [Lock.LAW])
        assert locks.try_hold(lock) is True
        assert locks.try_hold(Lock.LAW) is False


@pytest.mark.parametrize(
    ("held_key", "tried_key", "free"), [("a", "a", False), ("a", "b", True), (1, 1, False), (1, 2, True)]
)
def test_a_lock_with_a_key_keeps_out_the_same_key(db, held_key, tried_key, free):
    key = "hashtext(%s)" if isinstance(held_key, str) else "%s"
    with connections.connect() as other:
        other.execute(f"SELECT pg_advisory_lock(%s, {key})", [Lock.CHAT, held_key])
        assert locks.try_hold(Lock.CHAT, tried_key) is free


def test_a_taken_lock_outlives_its_transaction(db):
    with transaction.atomic():
        assert locks.try_take(Lock.TIDYING) is True
    with connections.connect() as other:
        question = "SELECT pg_try_advisory_lock(%s)"
        assert other.execute(question, [Lock.TIDYING]).fetchone() == (False,)
        locks.release(Lock.TIDYING)
        assert other.execute(question, [Lock.TIDYING]).fetchone() == (True,)


def test_sharers_keep_out_only_who_wants_it_alone(db):
    locks.hold_shared(Lock.FILES)
    with connections.connect() as other:
        assert other.execute("SELECT pg_try_advisory_lock_shared(%s)", [Lock.FILES]).fetchone() == (True,)
        assert other.execute("SELECT pg_try_advisory_lock(%s)", [Lock.FILES]).fetchone() == (False,)


@pytest.mark.parametrize("app", ["gis_data", "incidents", "cameras"])
def test_every_named_statement_has_its_file(app):
    """A statement whose file is gone would show only when it is asked for."""
    files = {path.stem for folder in settings.BASE_DIR.glob("*/sql") for path in folder.glob("*.sql")}
    named = set()
    for path in settings.BASE_DIR.glob(f"{app}/**/*.py"):
        named |= set(re.findall(r'\b(?:execute|statement)\(\s*"([a-z_0-9]+)"', path.read_text()))
    assert sorted(named - files) == []
