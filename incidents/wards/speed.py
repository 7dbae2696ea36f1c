"""Compare how quickly a ward and the whole city do each kind of matter: medians from report to result."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db import connection
from django.db.models import F

from incidents.aggregates import days
from incidents.analytics.statistics import SMALL_SAMPLE
from incidents.models import Category, Incident
from incidents.wards import figures

KINDS = 6


@dataclass(frozen=True)
class KindSpeed:
    """How many of a kind a ward did in 30 days, and the medians; None for fewer than SMALL_SAMPLE."""

    category: Category
    done: int
    took: timedelta | None
    city_took: timedelta | None

    @property
    def is_slower(self) -> bool:
        return bool(self.took and self.city_took and self.took > self.city_took)


def speeds_by_kind(work: figures.WardWork, most: int = KINDS) -> list[KindSpeed]:
    """Return the kinds of which most was done in the ward in 30 days, the quickest first, too small ones last."""
    most_done = sorted(work.done, key=lambda kind: (-kind.number, kind.category))[:most]
    keys = [kind.category for kind in most_done]
    categories = Category.objects.select_related("parent").in_bulk(keys)
    city = city_medians(keys, work.at - figures.MONTH)
    speeds = [
        KindSpeed(
            categories[kind.category],
            done=kind.number,
            took=median_of(kind.micros) if kind.number >= SMALL_SAMPLE else None,
            city_took=city.get(kind.category),
        )
        for kind in most_done
    ]
    return sorted(speeds, key=lambda speed: (speed.took is None, speed.took or timedelta(), -speed.done))


def median_of(ordered: np.ndarray) -> timedelta:
    low, high = (int(ordered[at]) for at in ((len(ordered) - 1) // 2, len(ordered) // 2))
    return timedelta(microseconds=low + high) / 2


def city_medians(categories: Iterable[int], since: datetime) -> dict[int, timedelta]:
    """Return the median of each of these categories that was done often enough, from the packed days.

    These hold every incident; the few that not everybody may read are taken out of them.
    """
    keys = list(categories)
    if not keys:
        return {}
    with connection.cursor() as cursor:
        done = days.read_durations(cursor, [since])[days.DONE].of(fields=keys)
    hidden = hidden_seconds(keys, since)
    medians = {}
    for key in keys:
        seconds = without(np.sort(done.seconds[done.category == key]), hidden[key])
        if len(seconds) >= SMALL_SAMPLE:
            medians[key] = timedelta(seconds=float(np.median(seconds)))
    return medians


def hidden_seconds(keys: list[int], since: datetime) -> dict[int, list[int]]:
    hidden: dict[int, list[int]] = defaultdict(list)
    rows = Incident.objects.filter(published=False, state__in=Incident.DONE, closed_at__gte=since, category__in=keys)
    for category, took in rows.order_by().values_list("category_id", F("closed_at") - F("received_at")):
        hidden[category].append(packed_seconds(took))
    return hidden


def packed_seconds(took: timedelta) -> int:
    """Return a duration in whole seconds as `sql/aggregate_pack_done.sql` rounds it."""
    micros = took // timedelta(microseconds=1)
    return min((max(micros, 0) + 500_000) // 1_000_000, days.SECONDS - 1)


def without(ordered: np.ndarray, values: list[int]) -> np.ndarray:
    """Return a sorted array without one element for each of the values."""
    keep = np.ones(len(ordered), dtype=bool)
    for value, times in Counter(values).items():
        first = int(np.searchsorted(ordered, value))
        keep[first : first + times] = False
    return ordered[keep]
