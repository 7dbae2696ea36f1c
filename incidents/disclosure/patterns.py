"""Detect unusual patterns in what a person viewed: pure functions of moments and objects, without the database."""

from collections import Counter, deque
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.timezone import localtime

NIGHT_FROM, NIGHT_UNTIL = 22, 5  # hours by the city's clock


@dataclass(frozen=True)
class Pattern:
    """A pattern in somebody's views: from when to when, and how often."""

    first: datetime
    last: datetime
    count: int


def most_different_within(pairs: Iterable[tuple[datetime, Hashable]], span: timedelta) -> Pattern | None:
    """Return the Pattern with the most different things within a span, of (moment, thing) by moment; None
    for no views.
    """
    inside: Counter = Counter()
    window: deque = deque()
    best = None
    for at, thing in pairs:
        window.append((at, thing))
        inside[thing] += 1
        while window[0][0] <= at - span:
            _moment, dropped = window.popleft()
            inside[dropped] -= 1
            if not inside[dropped]:
                del inside[dropped]
        if best is None or len(inside) > best.count:
            best = Pattern(window[0][0], at, len(inside))
    return best


def is_night(moment: datetime) -> bool:
    """Return whether it is night by the city's clock."""
    hour = localtime(moment).hour
    return hour >= NIGHT_FROM or hour < NIGHT_UNTIL


def more_than(limit: int, pattern: Pattern | None) -> Pattern | None:
    return pattern if pattern and pattern.count > limit else None
