"""Steer PostgreSQL's planner where its estimates are wrong; nothing else in Python does.

A file of `sql/` may say MATERIALIZED or OFFSET 0 itself, with a comment `-- planner:` that says why.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import BooleanField, F, Func, QuerySet
from django.db.models.functions import Coalesce, Greatest

# A statement whose CTE calls set_config gets no parallel workers. For counts from an index, where they take twice the
# processor. Nobody reads the CTE.
WITHOUT_WORKERS = "serial AS (SELECT set_config('max_parallel_workers_per_gather', '0', true)\n"


def computed_once(name: str, query: str) -> str:
    """Begin a CTE that is run once, however often it is read; its bracket stays open."""
    return f"{name} AS MATERIALIZED ({query}"


def without_index(field: str) -> Coalesce:
    """Return a field for a condition for which the planner must not choose an index on it.

    It would where it takes the matching rows for few, or where that index lacks the columns of another.
    """
    return Coalesce(field, field)


def without_index_either(field: str) -> Greatest:
    """Return the same in another form, for the other end of a period: of two ends of one form few rows are expected."""
    return Greatest(field, field)


def has_key_of(keys: QuerySet) -> Func:
    """Return the condition `pk = ANY (ARRAY(…))` of a query of keys: they are read first, once, by their own plan.

    As a subquery of IN it would be joined, and the other conditions tried on all rows of the table.
    """
    pair = F("pk"), ArraySubquery(keys)
    return Func(*pair, template="%(expressions)s)", arg_joiner=" = ANY (", output_field=BooleanField())


def expected_rows(rows: QuerySet) -> int:
    """Return how many rows the planner expects of a query."""
    return json.loads(rows.explain(format="json"))[0]["Plan"]["Plan Rows"]


def analyze_table(table: str) -> None:
    """Renew the planner's figures of a table that has just grown, which only its owner may do otherwise.

    Without them a join may read all of the table for each row.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT analyze_table(%s)", [table])


@contextmanager
def prepared_statements() -> Iterator[None]:
    """Plan each statement inside once for each connection and keep the plan: for look-ups by a point or a key.

    Planning is half of such a look-up, and one plan fits all of them. Everything else is planned anew each time: a plan
    for any box or period is wrong for most.
    """
    connection.ensure_connection()
    database = connection.connection
    before, database.prepare_threshold = database.prepare_threshold, 3
    try:
        yield
    finally:
        database.prepare_threshold = before
