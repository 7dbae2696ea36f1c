"""What units did with fields, by day and by week; and how long each incident took that was done: for exact medians.

MEASURES says what is counted, `sql/sums_unit_rows.sql` by which moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
from django.conf import settings
from django.utils.timezone import localdate, localtime, make_aware

from incidents.sql import statement

MEASURES = ("received", "done", "in_time", "in_time_first", "ended_late", "missed", "stars", "ratings")
DAY, WEEK = 1, 7
NEVER = date(9999, 1, 1)
UNITS, CATEGORIES, SECONDS = 1 << 18, 1 << 17, 1 << 28  # the keys of units and of fields are less; a result takes less
ZONE = {"zone": settings.TIME_ZONE}
# What the sums are of, as sql/sums_unit_rows.sql reads it: what the tables say, and what is noted still.
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
OF_A_DAY = """
    SELECT * FROM incidents_incident
    WHERE closed_at >= noted.day::timestamp AT TIME ZONE %(zone)s
        AND closed_at < (noted.day + 1)::timestamp AT TIME ZONE %(zone)s
"""
OF_THE_CUT_DAY = "SELECT * FROM incidents_incident WHERE closed_at >= %(cut_from)s AND closed_at < %(cut_to)s"


def rows_query(ended: str, ratings: str) -> str:
    """The statement that gives what these incidents and ratings add to the figures: a moment, unit, field, MEASURES."""
    return statement("sums_unit_rows").replace("{rows}", ended).replace("{ratings}", ratings)


def add_query(rows: str) -> str:
    """The statement that adds what a statement of `rows_query` gives to the sums that are kept."""
    return statement("sums_unit_add").replace("{spans}", spans_query(rows))


def spans_query(rows):
    return statement("sums_unit_spans").replace("{rows}", rows)


def unnoted_query():
    """What the tables say, less what is noted and will be added: what is to be kept."""
    taken = "SELECT {} FROM ({}) noted"
    incidents = "-n AS n, authority_id, category_id, state, received_at, due_at, first_due_at, closed_at"
    ratings = "-n AS n, at, stars, authority_id, category_id"
    return rows_query(
        f"{ENDED} UNION ALL {taken.format(incidents, NOTED)}",
        f"{RATINGS} UNION ALL {taken.format(ratings, NOTED_RATINGS)}",
    )


def fold(cursor: Any) -> None:
    """Put what is noted into the sums, in one statement: whoever reads sees it in one of the two, never in both."""
    added = add_query(rows_query("SELECT * FROM gone", "SELECT * FROM gone_ratings"))
    cursor.execute(statement("sums_unit_fold").replace("{add}", added), ZONE)
    (days,) = cursor.fetchone()
    if days:
        pack(cursor, days)


def build(cursor: Any) -> tuple[int, int]:
    """Count all anew, less what is noted still; how many sums and how many days there are."""
    cursor.execute("DELETE FROM incidents_unitsum")
    cursor.execute(add_query(unnoted_query()), ZONE)
    number = cursor.rowcount
    cursor.execute("DELETE FROM incidents_doneday")
    cursor.execute(f"INSERT INTO incidents_doneday (day, packed) {pack_query(LOCAL_DAY, ALL)} ORDER BY 1", ZONE)
    return number, cursor.rowcount


LOCAL_DAY, ALL = "(closed_at AT TIME ZONE %(zone)s)::date", "SELECT * FROM incidents_incident"


def pack_query(key, incidents):
    return statement("sums_pack_days").replace("{key}", key).replace("{incidents}", incidents)


def pack(cursor: Any, days: Sequence[date]) -> None:
    """Pack what was done on these days anew."""
    params = {"of_days": list(days), **ZONE}
    noted = "(SELECT unnest(%(of_days)s::date[]) AS day) noted"
    rows = f"SELECT key, packed FROM {noted} CROSS JOIN LATERAL ({pack_query('noted.day', OF_A_DAY)}) anew"
    cursor.execute("DELETE FROM incidents_doneday WHERE day = ANY(%(of_days)s)", params)
    cursor.execute(f"INSERT INTO incidents_doneday (day, packed) {rows}", params)


def count_differences(cursor: Any) -> int:
    """How many sums of units, and how many days, are not what the incidents say, with what is noted."""
    cursor.execute(statement("sums_unit_differences").replace("{spans}", spans_query(unnoted_query())), ZONE)
    sums = cursor.fetchone()[0]
    cursor.execute(statement("sums_days_differences").replace("{packed}", pack_query(LOCAL_DAY, ALL)), ZONE)
    return sums + cursor.fetchone()[0]


def cover_days(first: date, after: date) -> list[tuple[int, date, date]]:
    """Days from the first on, up to the second, as ranges of kept sums: (DAY or WEEK, the first, the day after)."""
    monday = first + timedelta(-first.weekday() % WEEK)
    last_monday = after - timedelta(after.weekday())
    if monday >= last_monday:
        return [(DAY, first, after)] if first < after else []
    ranges = [(DAY, first, monday), (WEEK, monday, last_monday), (DAY, last_monday, after)]
    return [one for one in ranges if one[1] < one[2]]


def midnight(day):
    return make_aware(datetime.combine(day, time()))


def starts_late(moment):
    return localtime(moment) != midnight(localdate(moment))


def weeks_query(ranges: Sequence[tuple[date, date]]) -> tuple[str, dict[str, Any]]:
    """The statement that gives (Monday, authority_id, category_id, *MEASURES) of each week, with its parameters.
    `ranges`: the first Monday of some, and the one after their last.
    """
    firsts, afters = map(list, zip(*ranges, strict=True))
    text = statement("sums_unit_weeks").replace("{noted}", rows_query(NOTED, NOTED_RATINGS))
    return text, {"firsts": firsts, "afters": afters, **ZONE}


def parts_query(moments: Sequence[datetime]) -> tuple[str, dict[str, Any]]:
    """The statement that gives (part, authority_id, category_id, *MEASURES) of the time between these moments, with its
    parameters. Part 1 lies between the first and the second; the last has no end. One moment may be within a day.
    """
    spans = [(part, *span) for part, first, after in whole_days(moments) for span in cover_days(first, after)]
    columns = zip(*spans, strict=True) if spans else ((), (), (), ())
    params = dict(zip(("parts", "days", "firsts", "afters"), map(list, columns), strict=True))
    text = statement("sums_unit_parts").replace("{noted}", rows_query(NOTED, NOTED_RATINGS))
    return text.replace("{counted}", rows_query(ENDED, RATINGS)), params | moments_params(moments)


def whole_days(moments):
    """(part, its first whole day, the day after its last) of the time between moments."""
    days = [localdate(moment) for moment in moments]
    for number, (moment, day) in enumerate(zip(moments, days, strict=True)):
        after = days[number + 1] if number + 1 < len(days) else NEVER
        yield number + 1, day + timedelta(starts_late(moment)), after


def moments_params(moments):
    cut = next((localdate(moment) for moment in moments if starts_late(moment)), None)
    return {
        "moments": list(moments),
        "cut_from": cut and midnight(cut),
        "cut_to": cut and midnight(cut + timedelta(1)),
        **ZONE,
    }


@dataclass(frozen=True)
class DoneIncidents:
    """Arrays with one element for each incident that was done."""

    part: np.ndarray
    packed: np.ndarray  # what sql/sums_pack_days.sql wrote

    def __getitem__(self, which: np.ndarray) -> "DoneIncidents":
        return DoneIncidents(self.part[which], self.packed[which])

    @property
    def unit(self) -> np.ndarray:
        return self.packed >> 45

    @property
    def category(self) -> np.ndarray:
        return (self.packed >> 28) & (CATEGORIES - 1)

    @property
    def seconds(self) -> np.ndarray:
        """From report to result."""
        return self.packed & (SECONDS - 1)


def medians(keys: np.ndarray, values: np.ndarray) -> dict[int, float]:
    """{key: median of its values}"""
    sizes = np.bincount(keys)
    found = np.flatnonzero(sizes)
    numbers = np.zeros(len(sizes), dtype=np.uint16)
    numbers[found] = np.arange(len(found))
    order = np.argsort(numbers[keys], kind="stable")  # of so small numbers it takes one pass
    starts = np.cumsum(sizes[found])[:-1]
    parts = np.split(values[order], starts) if len(found) else []
    return {int(key): float(np.median(part)) for key, part in zip(found, parts, strict=True)}


def read_done(cursor: Any, moments: Sequence[datetime]) -> DoneIncidents:
    """What was done between moments, and after the last, by the same parts as those of `parts_query`."""
    ranges = list(whole_days(moments))
    columns = zip(*ranges, strict=True)
    params = dict(zip(("day_parts", "day_firsts", "day_afters"), map(list, columns), strict=True))
    bucket = "width_bucket(closed_at, %(moments)s::timestamptz[])"
    text = statement("sums_days").replace("{of_noted}", pack_query("noted.day", OF_A_DAY))
    text = text.replace("{cut}", pack_query(bucket, OF_THE_CUT_DAY))
    cursor.execute(text, params | moments_params(moments))
    rows = [row for row in cursor.fetchall() if row[0]]
    sizes = [len(packed) // 8 for _part, packed in rows]
    values = np.frombuffer(b"".join(packed for _part, packed in rows), dtype=">i8").astype(np.int64)
    return DoneIncidents(np.repeat(np.array([part for part, _packed in rows], dtype=np.int8), sizes), values)
