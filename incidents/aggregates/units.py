"""Sum what units did by field and by day, week and longer spans.

MEASURES says what is counted, `sql/aggregate_unit_rows.sql` by which moment.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from incidents.aggregates.days import ACCEPTED, DONE, KINDS, build_days, count_day_differences, pack_days
from incidents.aggregates.parts import SPANS, ZONE, cover_days, moments_params, whole_days
from incidents.sql import statement

MEASURES = ("received", "done", "in_time", "in_time_first", "ended_late", "missed", "stars", "ratings")
# What the sums are of, as sql/aggregate_unit_rows.sql reads it: what the tables say, and what is noted still.
ENDED = """
    SELECT 1 AS n, authority_id, category_id, state, received_at, due_at, first_due_at, closed_at
    FROM incidents_incident WHERE state IN ('resolved', 'closed', 'rejected')
"""
RATINGS = """
    SELECT 1 AS n, rating.at, rating.stars, incident.authority_id, incident.category_id
    FROM incidents_rating rating
    JOIN incidents_report report ON report.id = rating.report_id
    JOIN incidents_incident incident ON incident.id = report.incident_id
"""
NOTED = "SELECT * FROM incidents_unitchange"
NOTED_RATINGS = "SELECT * FROM incidents_ratingchange"


def rows_query(ended: str, ratings: str) -> str:
    return statement("aggregate_unit_rows", rows=ended, ratings=ratings)


def add_query(rows: str) -> str:
    return statement("aggregate_unit_add", spans=spans_query(rows))


def spans_query(rows):
    return statement("aggregate_unit_spans", rows=rows)


def unnoted_query():
    """Return the statement of the expected sums: the tables, less the notes not folded yet."""
    negated = "SELECT {} FROM ({}) noted"
    incidents = "-n AS n, authority_id, category_id, state, received_at, due_at, first_due_at, closed_at"
    ratings = "-n AS n, at, stars, authority_id, category_id"
    return rows_query(
        f"{ENDED} UNION ALL {negated.format(incidents, NOTED)}",
        f"{RATINGS} UNION ALL {negated.format(ratings, NOTED_RATINGS)}",
    )


def fold_changes(cursor: Any) -> None:
    """Fold the notes in one statement: a reader sees each change either noted or summed, never both."""
    added = add_query(rows_query("SELECT * FROM gone", "SELECT * FROM gone_ratings"))
    cursor.execute(statement("aggregate_unit_fold", add=added), SPANS)
    for kind, days in zip((DONE, ACCEPTED), cursor.fetchone(), strict=True):
        if days:
            pack_days(cursor, kind, days)


def build_sums(cursor: Any) -> tuple[int, int]:
    """Count all anew and delete the notes. Returns how many sums and days. Needs a transaction with one snapshot."""
    for table in ("unitchange", "ratingchange", "acceptedchange", "unitsum"):
        cursor.execute(f"DELETE FROM incidents_{table}")
    cursor.execute(add_query(rows_query(ENDED, RATINGS)), SPANS)
    return cursor.rowcount, sum(build_days(cursor, kind) for kind in KINDS)


def count_differences(cursor: Any) -> int:
    cursor.execute(statement("aggregate_unit_differences", spans=spans_query(unnoted_query())), SPANS)
    return cursor.fetchone()[0] + sum(count_day_differences(cursor, kind) for kind in KINDS)


def weeks_query(ranges: Sequence[tuple[date, date]]) -> tuple[str, dict[str, Any]]:
    """Return the statement that gives (Monday, authority_id, *MEASURES) of each week, and its parameters except the
    keys of the `units` and of the `fields` (or None). `ranges`: the first Monday, and the one after the last.
    """
    firsts, afters = map(list, zip(*ranges, strict=True))
    text = statement("aggregate_unit_weeks", noted=rows_query(NOTED, NOTED_RATINGS))
    return text, {"firsts": firsts, "afters": afters, **ZONE}


def parts_query(moments: Sequence[datetime], endless: bool = True) -> tuple[str, dict[str, Any]]:
    """Return the statement that gives (part, authority_id, category_id, *MEASURES) between these moments, and its
    parameters. Part 1 lies between the first and the second, and so on; with `endless` one more after the last. One
    moment may be within a day.
    """
    days = whole_days(moments, endless)
    spans = [(part, *span) for part, first, after in days for span in cover_days(first, after)]
    columns = zip(*spans, strict=True) if spans else ((), (), (), ())
    params = dict(zip(("parts", "days", "firsts", "afters"), map(list, columns), strict=True))
    text = statement("aggregate_unit_parts", noted=rows_query(NOTED, NOTED_RATINGS), counted=rows_query(ENDED, RATINGS))
    return text, params | moments_params(moments, endless)
