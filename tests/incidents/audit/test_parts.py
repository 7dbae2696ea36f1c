"""The history lies in parts by its numbers: each is made ahead, and no line is refused for want of one."""

import pytest
from django.db import connection

from incidents.audit import chain, parts
from incidents.models import Event
from tests import factories, owner

WHERE = "SELECT tableoid::regclass::text, count(*) FROM incidents_event GROUP BY 1 ORDER BY min(id)"
RIGHTS = """
SELECT relname, has_table_privilege(%s, oid, 'SELECT'), has_table_privilege(%s, oid, 'INSERT, UPDATE, DELETE')
FROM pg_class WHERE relname LIKE 'incidents\\_event\\_%%' AND relispartition AND relkind = 'r' ORDER BY 1
"""
INDEXES_ALONE = """
SELECT indexrelid::regclass::text FROM pg_index LEFT JOIN pg_inherits ON inhrelid = indexrelid
WHERE indrelid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'incidents_event'::regclass) AND inhparent IS NULL
"""


def ask(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall()


def go_on_from(number):
    with owner.as_owner() as cursor:
        cursor.execute("SELECT setval('incidents_event_id_seq', %s)", [number])


@pytest.fixture
def restore_numbers(db):
    """The numbers go on as before when the test is over: a sequence knows no transaction."""
    ((last,),) = ask("SELECT last_value FROM incidents_event_id_seq")
    yield
    go_on_from(last)


def test_lines_go_from_part_to_part(town, restore_numbers):
    """Into the oldest, into that after it, into that made while the last is written; the chain goes through all."""
    for number in (1_000, 2_000_000, 6_000_000):
        go_on_from(number)
        factories.incident(town.hole)
        part = parts.add_history_part()
    assert part == "incidents_event_10000000"
    assert ask(WHERE) == [
        ("incidents_event_oldest", 2), ("incidents_event_2000000", 2), ("incidents_event_6000000", 2),
    ]  # fmt: skip
    assert parts.add_history_part() is None
    assert parts.lines_ahead() == 14_000_000 - 1 - Event.objects.last().pk
    assert (chain.seal_history(), chain.HISTORY.verify().lines) == (6, 6)


def test_a_line_without_a_part_is_written_all_the_same(town, restore_numbers):
    """The next part begins so far ahead that it is not in its way."""
    go_on_from(7_654_321)
    factories.incident(town.hole)
    assert (ask(WHERE), parts.lines_ahead()) == ([("incidents_event_other", 2)], 0)
    assert parts.add_history_part() == "incidents_event_9000000"
    go_on_from(9_000_000)
    factories.incident(town.leak)
    assert ask(WHERE) == [("incidents_event_other", 2), ("incidents_event_9000000", 2)]


def test_parts_have_the_indexes_of_the_whole_and_no_rights(db):
    assert parts.add_history_part() is None
    assert ask(INDEXES_ALONE) == []
    names = ["incidents_event_2000000", "incidents_event_oldest", "incidents_event_other"]
    for role in {owner.SERVICE, owner.READER} - {owner.OWNER}:
        assert ask(RIGHTS, role, role) == [(name, False, False) for name in names]


def test_planner_figures_of_the_whole_are_renewed(db):
    parts.renew_figures()
