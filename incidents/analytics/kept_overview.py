"""Read the figures of `/lead/` from the sums of units; they equal those that `overview` counts one by one.

Open incidents are not included.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
from django.db import connection

from gis_data.sql import fetch_rows
from incidents.aggregates import days
from incidents.aggregates.units import parts_query, weeks_query
from incidents.sql import statement

BEFORE, NOW = 1, 3  # parts of the time: the period before, and the period; 2 lies between them


def read_figures(reach: Mapping[str, Any], moments: Sequence[datetime]) -> list[tuple]:
    """Return the rows of `sql/overview_kept.sql`. `reach`: keys of the `units`, and of the `fields` or None."""
    parts, params = parts_query(moments)
    return fetch_rows(statement("overview_kept", parts=parts), {**params, **reach})


def read_weeks(reach: Mapping[str, Any], ranges: Sequence[tuple[date, date]], units_from: date) -> list[tuple]:
    """Return the rows of `sql/overview_kept_weeks.sql`: of all units (None), and of each from the week
    `units_from` on.
    """
    weeks, params = weeks_query(ranges)
    values = {**params, **reach, "units_from": units_from}
    return fetch_rows(statement("overview_kept_weeks", weeks=weeks), values)


def read_medians(
    reach: Mapping[str, Any], moments: Sequence[datetime], groups: Mapping[int, int] | None
) -> list[tuple]:
    """Return (1 of all or 0 of one, key, median seconds now, median seconds of the period before): by unit, or by the
    value in `groups` of each field.
    """
    with connection.cursor() as cursor:
        done = days.read_durations(cursor, moments)[days.DONE].of(reach["units"], reach["fields"])
    keys = done.unit if groups is None else lookup(groups)[done.category]
    medians: dict[tuple, list] = {}
    for place, part in enumerate((NOW, BEFORE)):
        here = done.part == part
        ended = done[here]
        middles, seconds = ended.medians_by(keys[here]), ended.seconds
        if len(seconds):
            medians.setdefault((1, None), [None, None])[place] = float(np.median(seconds))
        for key, middle in middles.items():
            medians.setdefault((0, key), [None, None])[place] = middle
    return [(*name, *pair) for name, pair in medians.items()]


def lookup(groups):
    table = np.zeros(max(groups, default=0) + 1, dtype=np.int32)
    table[list(groups)] = list(groups.values())
    return table
