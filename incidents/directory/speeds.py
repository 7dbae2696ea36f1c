"""Count what each unit did in 30 days: how much, how much in time, and the median from report to result.

The sums of units hold every incident; what not everybody may read is left out by its category, or taken out.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, F, Q

from gis_data.sql import fetch_rows
from incidents.aggregates import days
from incidents.aggregates.units import parts_query
from incidents.analytics.statistics import SMALL_SAMPLE
from incidents.models import Category, Incident
from incidents.wards.figures import MONTH
from incidents.wards.speed import packed_seconds, without


@dataclass(frozen=True)
class UnitSpeed:
    """Results of a unit's public incidents in 30 days. `took` and `share` are None for fewer than SMALL_SAMPLE."""

    done: int = 0
    in_time: int = 0
    took: timedelta | None = None

    @property
    def share(self) -> float | None:
        return 100 * self.in_time / self.done if self.done >= SMALL_SAMPLE else None


def speeds_of_units(at: datetime, units: Sequence[int] | None = None) -> dict[int, UnitSpeed]:
    """Return the speed of each of these units (keys; None: all) that did anything in the 30 days before `at`."""
    since = at - MONTH
    fields = list(Category.objects.filter(restricted=False).values_list("pk", flat=True))
    hidden = hidden_results(since, fields)
    sums = sum_units(since, fields)
    wanted = sums.keys() if units is None else sums.keys() & set(units)
    seconds = seconds_by_unit(since, fields, units=wanted)
    speeds = {}
    for unit in wanted:
        done, in_time = sums[unit]
        speed = UnitSpeed(done - len(hidden[unit]), in_time - sum(in_time for _took, in_time in hidden[unit]))
        if speed.share is not None and unit in seconds:  # another statement, which may have seen less
            shown = without(np.sort(seconds[unit]), [took for took, _in_time in hidden[unit]])
            speed = UnitSpeed(speed.done, speed.in_time, timedelta(seconds=float(np.median(shown))))
        speeds[unit] = speed
    return speeds


def sum_units(since: datetime, fields: list[int]) -> dict[int, tuple[int, int]]:
    """Return (done, done in time) from a moment on in these categories, by key of the unit."""
    parts, params = parts_query([since])
    text = (
        f"SELECT authority_id, sum(done)::int, sum(in_time)::int FROM ({parts}) parts"
        " WHERE category_id = ANY(%(fields)s) GROUP BY authority_id HAVING sum(done) > 0"
    )
    return {unit: (done, in_time) for unit, done, in_time in fetch_rows(text, params | {"fields": fields})}


def seconds_by_unit(since: datetime, fields: list[int], *, units: Iterable[int]) -> dict[int, np.ndarray]:
    """Return how long each result of these categories and units took, by key of the unit."""
    with connection.cursor() as cursor:
        done = days.read_durations(cursor, [since])[days.DONE].of(units=units, fields=fields)
    order = np.argsort(done.unit, kind="stable")
    keys, firsts = np.unique(done.unit[order], return_index=True)
    return dict(zip(keys.tolist(), np.split(done.seconds[order], firsts[1:]), strict=True)) if len(keys) else {}


def hidden_results(since: datetime, fields: list[int]) -> dict[int, list[tuple[int, bool]]]:
    """Return (seconds, whether in time) of each result of these categories that is not public, by key of the unit."""
    rows = Incident.objects.filter(published=False, state__in=Incident.DONE, closed_at__gte=since, category__in=fields)
    in_time = ExpressionWrapper(Q(closed_at__lte=F("due_at")), BooleanField())
    columns = ("authority_id", F("closed_at") - F("received_at"), in_time)
    hidden: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    for unit, took, is_in_time in rows.order_by().values_list(*columns):
        hidden[unit].append((packed_seconds(took), is_in_time))
    return hidden
