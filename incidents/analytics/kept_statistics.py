"""The figures of /stats/ where those that have ended are read packed: the same as `sql/statistics_counts.sql` gives.

What is open, and what lies in no area of the law of its day, is counted by that statement's own rules.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from dateutil.relativedelta import relativedelta
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from incidents import sums
from incidents.models import Category
from incidents.sql import named_query, statement

FIGURES = ("received", "done", "in_time", "late", "open", "rejected")
DAY = 86400
NOT_ASKED_FOR = -1


def count_kept(
    incidents: QuerySet,
    *,
    params: Mapping[str, Any],
    categories: Sequence[Category],
    states: Sequence[str],
    published_only: bool,
) -> list[tuple]:
    """The rows of `sql/statistics_counts.sql`. `incidents`: those that count, with its columns, in whatever state.

    `categories`: those of which ended ones count. `states`: those in which they count, all if there are none.
    """
    live, packed = read_rows(incidents, params)
    places = {key: number for number, key in enumerate(dict.fromkeys([row[:2] for row in live + packed]))}
    ended = sums.unpack([row[3:] for row in packed])
    group = groups_by_category(categories)[ended.category]
    mask = group != NOT_ASKED_FOR
    if published_only:
        mask &= ended.published
    if states:
        mask &= np.isin(ended.state, [sums.STATES[state] for state in states if state in sums.STATES])
    leave_out_other_days(mask, ended, packed, params)
    ended, group = ended[mask], group[mask]
    place = np.array([places[row[:2]] for row in packed], dtype=np.int32)[ended.row]
    cells = count_cells(ended, place, group)
    done = ended.state != sums.REJECTED
    took = [(place[done], group[done], ended.seconds[done])]
    for row in live:
        cell = cells[places[row[:2]], row[2] or 0]
        for number, figure in enumerate(row[3:9]):
            cell[number] += figure
        some = np.array(row[9] or (), dtype=float)
        took.append((np.full(len(some), places[row[:2]]), np.full(len(some), row[2] or 0), some))
    took = [part for part in took if len(part[0])] or took[:1]
    return sum_figures(list(places), cells, [np.concatenate(part) for part in zip(*took, strict=True)])


def read_rows(incidents, params):
    """What is counted, by place and group, and what is packed: (in_area, in_district, segment, month, bytes)."""
    running = incidents.filter(closed_at=None)
    ended = incidents.filter(
        closed_at__isnull=False,
        area=RawSQL("here.area_id", []),
        received_at__gte=RawSQL("greatest(here.month, first)::timestamp AT TIME ZONE %s", [params["zone"]]),
        received_at__lt=RawSQL(
            "least(here.month + interval '1 month', last + interval '1 day') AT TIME ZONE %s", [params["zone"]]
        ),
    )
    shown, given = statement("statistics_unfitting"), dict(params)
    for name, rows in (("open", running), ("ended", ended)):
        query, values = named_query(rows, name)
        shown, given = shown.replace("{" + name + "}", query), given | values
    text = statement("statistics_months").replace("{packed}", sums.packed_query())
    text += statement("statistics_placed").replace("{incidents}", shown) + statement("statistics_kept")
    connection.ensure_connection()
    # As bytes are, without the detour by hexadecimal digits.
    with connection.wrap_database_errors, connection.connection.cursor(binary=True) as cursor:
        rows = cursor.execute("WITH " + text, given).fetchall()
    live = [row[:10] for row in rows if row[12] is None]
    return live, [(*row[:2], *row[10:]) for row in rows if row[12] is not None]


def groups_by_category(categories):
    """The key of the group of each category, by the category's key."""
    groups = np.full(sums.CATEGORIES, NOT_ASKED_FOR, dtype=np.int32)
    for category in categories:
        groups[category.pk] = category.parent_id or 0
    return groups


def leave_out_other_days(mask, ended, packed, params):
    """Of the months in which a segment begins or ends only its days count."""
    whole = {}  # whether all days of a month lie in a segment
    for number, (_area, _district, segment, month, _bytes) in enumerate(packed):
        first, last = params["firsts"][segment - 1], params["lasts"][segment - 1]
        if (segment, month) not in whole:
            whole[segment, month] = month >= first and month + relativedelta(months=1) <= last
        if not whole[segment, month]:
            begin, end = np.searchsorted(ended.row, np.array((number, number + 1), dtype=np.int32))
            day = ended[begin:end].day
            mask[begin:end] &= (day >= first.toordinal()) & (day <= last.toordinal())


def count_cells(ended, place, group):
    """{(number of the place, key of the group): figures}"""
    width = int(group.max(initial=0)) + 1
    counts = np.bincount(((place.astype(np.int64) * width + group) * 4 + ended.state) * 2 + ended.in_time)
    counts = np.pad(counts, (0, -len(counts) % 8)).reshape(-1, 4, 2)  # by cell, state, whether in time
    done = counts[:, 1 : sums.REJECTED, :].sum(axis=1)
    rejected = counts[:, sums.REJECTED, :].sum(axis=1)
    cells = defaultdict(lambda: [0] * len(FIGURES))
    for cell in np.flatnonzero(counts.sum(axis=(1, 2))):
        late, in_time = done[cell].tolist()
        figures = [late + in_time + int(rejected[cell]), late + in_time, in_time, late, 0, int(rejected[cell])]
        cells[divmod(int(cell), width)] = figures
    return cells


def sum_figures(places, cells, took):
    """The rows by place, by group, and altogether, each with its median in days."""
    place, group, seconds = took
    by_place, by_group, total = (defaultdict(lambda: [0] * len(FIGURES)) for _times in range(3))
    total[0]  # also where there is nothing
    for (number, key), figures in cells.items():
        for rows, name in ((by_place, number), (by_group, key), (total, 0)):
            rows[name] = [one + other for one, other in zip(rows[name], figures, strict=True)]
    middle_of_place, middle_of_group = medians_in_days(place, seconds), medians_in_days(group, seconds)
    whole = np.median(seconds) / DAY if len(seconds) else None
    return [
        *((1, *places[number], None, *row, middle_of_place.get(number)) for number, row in by_place.items()),
        *((2, None, None, key or None, *row, middle_of_group.get(key)) for key, row in by_group.items()),
        (3, None, None, None, *total[0], whole),
    ]


def medians_in_days(keys, seconds):
    return {key: middle / DAY for key, middle in sums.medians(keys, seconds).items()}
