"""Parse rate limits (`10/h`) and compute token buckets. Pure functions."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured

PERIODS = {"s": 1, "min": 60, "h": 3600, "d": 86_400}
LIMIT = re.compile(r"([1-9]\d*)(?:/([1-9]\d*)?(s|min|h|d))?")
# By how much the clocks of two machines may differ. Were less taken for a clock that was put back, whoever emptied a
# bucket at one machine would find it full at another.
CLOCKS_DIFFER_S = 60.0


@dataclass(frozen=True)
class Limit:
    """So many tokens in a period (seconds); without a period, so many at the same time."""

    count: int
    period_s: float = 0.0

    @property
    def step_s(self) -> float:
        return self.period_s / self.count


def parse_limit(text: str) -> Limit:
    """Parse a limit: `10/h`, `30/15min`, or `20` for concurrent use."""
    match = LIMIT.fullmatch(text.strip())
    if not match:
        raise ImproperlyConfigured(f"LIMITS: {text} is no limit; one looks like 10/h, 30/15min or 20.")
    count, many, unit = match.groups()
    return Limit(int(count), int(many or 1) * PERIODS[unit] if unit else 0.0)


def parse_table(rows: dict[str, str], changes: Iterable[str]) -> dict[str, Limit]:
    """Return limits by name (`report:address`): the table's, overridden by a city's (`report:address=20/h`)."""
    table = dict(rows)
    for change in filter(None, map(str.strip, changes)):
        name, _equals, text = change.partition("=")
        if name not in rows:
            raise ImproperlyConfigured(f"LIMITS: there is no {name}; there are {', '.join(rows)}.")
        table[name] = text
    return {name: parse_limit(text) for name, text in table.items()}


def take_token(full_at: float, at: float, limit: Limit, cost: int = 1) -> tuple[float, float]:
    """Return (when the bucket is full again, seconds to wait); tokens are taken only if nobody has to wait.

    `full_at`: when the bucket is full, in the past for a full one; `at`: now. Both in seconds. A bucket emptier than
    empty was written before the clock was set back: it counts as full, or as empty where two machines' clocks may only
    differ.
    """
    beyond_empty = full_at - at - limit.period_s
    full_at = at if beyond_empty > CLOCKS_DIFFER_S else min(full_at, at + limit.period_s)
    then = max(full_at, at) + cost * limit.step_s
    wait = then - at - limit.period_s
    # A millionth of a second is what is lost in the arithmetic, not what somebody has to wait.
    return (full_at, wait) if wait > 1e-6 else (then, 0.0)
