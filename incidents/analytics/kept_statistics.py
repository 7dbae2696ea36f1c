"""Read the figures of /stats/ from packed months; they equal those of `sql/statistics_counts.sql`.

Open incidents, and those in no area of the law of their day, are counted by that statement's own rules.
"""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from dateutil.relativedelta import relativedelta
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from incidents.aggregates.days import medians
from incidents.aggregates.months import CATEGORIES, REJECTED, STATES, packed_query, unpack
from incidents.models import Category
from incidents.sql import named_query, statement

FIGURES = ("received", "done", "in_time", "late", "open", "rejected")
DAY = 86400
NOT_ASKED_FOR = -1
KEPT_QUESTIONS = 64  # whose figures a process keeps: of a large city some 300 kB each


def count_kept(
    incidents: QuerySet,
    *,
    params: Mapping[str, Any],
    categories: Sequence[Category],
    states: Sequence[str],
    published_only: bool,
) -> list[tuple]:
    """Return the rows of `sql/statistics_counts.sql`. `incidents`: those that count, with its columns, in any state.

    `categories`: those whose ended incidents count. `states`: those that count, all if empty.
    """
    groups = tuple((category.pk, category.parent_id or 0) for category in categories)
    segment_columns = [params[name] for name in ("editions", "firsts", "lasts", "formers")]
    question = (*(tuple(values) for values in segment_columns), groups, tuple(states), published_only)
    known = ended_figures.get(question)
    live, digest, packed = read_rows(incidents, params, known and known.digest)
    if known is not None and known.digest == digest and not any(row[9] for row in live):
        ended = known
    else:
        if known is not None and known.digest == digest:
            live, digest, packed = read_rows(incidents, params, None)
        took = [(row[:2], row[2] or 0, row[9]) for row in live if row[9]]
        ended = count_ended(packed, params, dict(groups), states, published_only, took)
        if not took:
            ended_figures.keep(question, replace(ended, digest=digest))
    return sum_figures(ended, live)


@dataclass(frozen=True)
class EndedFigures:
    """Figures of packed incidents, with medians of their durations in days."""

    cells: dict[tuple[tuple, int], list[int]]  # figures by place (in_area, in_district) and key of the group
    by_place: dict[tuple, float]
    by_group: dict[int, float]
    whole: float | None
    digest: str = ""  # of the packed rows


class FiguresMemory:
    """The figures of the last questions, each with the digest of the rows from which they were counted."""

    def __init__(self, most: int) -> None:
        self.most, self.lock = most, threading.Lock()
        self.figures: OrderedDict[tuple, EndedFigures] = OrderedDict()

    def get(self, question: tuple) -> EndedFigures | None:
        with self.lock:
            if question in self.figures:
                self.figures.move_to_end(question)
            return self.figures.get(question)

    def keep(self, question: tuple, figures: EndedFigures) -> None:
        with self.lock:
            self.figures[question] = figures
            self.figures.move_to_end(question)
            while len(self.figures) > self.most:
                self.figures.popitem(last=False)


ended_figures = FiguresMemory(KEPT_QUESTIONS)


def read_rows(incidents, params, known):
    """Return figures by place and group; the digest of the packed rows; and, unless `known`, the packed rows: (in_area,
    in_district, segment, month, bytes).
    """
    # Without closed_at, so that an index has all columns.
    running = incidents.filter(closed_at=None).values("id", "area_id", "state", "received_at", "due_at", "group_id")
    ended = incidents.filter(
        closed_at__isnull=False,
        area=RawSQL("here.area_id", []),
        received_at__gte=RawSQL("greatest(here.month, first)::timestamp AT TIME ZONE %s", [params["zone"]]),
        received_at__lt=RawSQL(
            "least(here.month + interval '1 month', last + interval '1 day') AT TIME ZONE %s", [params["zone"]]
        ),
    )
    open_query, open_values = named_query(running, "open")
    ended_query, ended_values = named_query(ended, "ended")
    values = {**params, **open_values, **ended_values, "known": known}
    shown = statement("statistics_unfitting", open=open_query, ended=ended_query)
    text = statement("statistics_months", packed=packed_query())
    text += statement("statistics_placed", incidents=shown) + statement("statistics_kept")
    connection.ensure_connection()
    # As bytes are, without the detour by hexadecimal digits.
    with connection.wrap_database_errors, connection.connection.cursor(binary=True) as cursor:
        rows = cursor.execute("WITH " + text, values).fetchall()
    live = [row[:10] for row in rows if row[3] is not None]
    digest = next(row[10] for row in rows if row[10] is not None)
    return live, digest, [(*row[:2], *row[11:]) for row in rows if row[13] is not None]


def count_ended(packed, params, groups, states, published_only, took):
    """Return the EndedFigures of packed rows. `took`: (place, key of the group, seconds) of others, for the medians."""
    keys = dict.fromkeys([row[:2] for row in packed] + [place for place, _group, _seconds in took])
    places = {key: number for number, key in enumerate(keys)}
    ended = unpack([row[3:] for row in packed])
    group = groups_by_category(groups)[ended.category]
    mask = group != NOT_ASKED_FOR
    if published_only:
        mask &= ended.published
    if states:
        mask &= np.isin(ended.state, [STATES[state] for state in states if state in STATES])
    leave_out_other_days(mask, ended, packed, params)
    ended, group = ended[mask], group[mask]
    place = np.array([places[row[:2]] for row in packed], dtype=np.int32)[ended.row]
    names = list(places)
    cells = {(names[number], key): figures for (number, key), figures in count_cells(ended, place, group).items()}
    done = ended.state != REJECTED
    parts = [(place[done], group[done], ended.seconds[done])]
    for name, key, seconds in took:
        parts.append((np.full(len(seconds), places[name]), np.full(len(seconds), key), np.array(seconds, dtype=float)))
    parts = [part for part in parts if len(part[0])] or parts[:1]
    place, group, seconds = (np.concatenate(part) for part in zip(*parts, strict=True))
    return EndedFigures(
        cells,
        {names[number]: middle for number, middle in medians_in_days(place, seconds).items()},
        medians_in_days(group, seconds),
        np.median(seconds) / DAY if len(seconds) else None,
    )


def groups_by_category(groups):
    by_category = np.full(CATEGORIES, NOT_ASKED_FOR, dtype=np.int32)
    for category, group in groups.items():
        by_category[category] = group
    return by_category


def leave_out_other_days(mask, ended, packed, params):
    """Keep only the days of the segment in months in which it begins or ends."""
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
    width = int(group.max(initial=0)) + 1
    counts = np.bincount(((place.astype(np.int64) * width + group) * 4 + ended.state) * 2 + ended.in_time)
    counts = np.pad(counts, (0, -len(counts) % 8)).reshape(-1, 4, 2)  # by cell, state, whether in time
    done = counts[:, 1:REJECTED, :].sum(axis=1)
    rejected = counts[:, REJECTED, :].sum(axis=1)
    cells = defaultdict(lambda: [0] * len(FIGURES))
    for cell in np.flatnonzero(counts.sum(axis=(1, 2))):
        late, in_time = done[cell].tolist()
        figures = [late + in_time + int(rejected[cell]), late + in_time, in_time, late, 0, int(rejected[cell])]
        cells[divmod(int(cell), width)] = figures
    return cells


def sum_figures(ended: EndedFigures, live: Sequence[tuple]) -> list[tuple]:
    by_place, by_group, total = (defaultdict(lambda: [0] * len(FIGURES)) for _times in range(3))
    total[0]  # also where there is nothing
    counted = [*ended.cells.items(), *(((row[:2], row[2] or 0), row[3:9]) for row in live)]
    for (place, key), figures in counted:
        for rows, name in ((by_place, place), (by_group, key), (total, 0)):
            rows[name] = [sum(pair) for pair in zip(rows[name], figures, strict=True)]
    return [
        *((1, *place, None, *row, ended.by_place.get(place)) for place, row in by_place.items()),
        *((2, None, None, key or None, *row, ended.by_group.get(key)) for key, row in by_group.items()),
        (3, None, None, None, *total[0], ended.whole),
    ]


def medians_in_days(keys, seconds):
    return {key: middle / DAY for key, middle in medians(keys, seconds).items()}
