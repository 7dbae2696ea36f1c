"""Split a period into parts between moments, each made of whole days and longer spans that have sums."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.utils.timezone import localdate, localtime, make_aware

DAY, WEEK = 1, 7
LENGTHS = (DAY, WEEK, 4 * WEEK, 16 * WEEK)  # of the spans that sums are kept of, each a multiple of the one before
EPOCH = date(1900, 1, 1)  # the Monday from which they are counted
NEVER = date(9999, 1, 1)
ZONE = {"zone": settings.TIME_ZONE}
SPANS = ZONE | {"epoch": EPOCH, "lengths": list(LENGTHS[1:])}


def cover_days(first: date, after: date, lengths: Sequence[int] = LENGTHS) -> list[tuple[int, date, date]]:
    """Return the days [first, second) as few ranges of stored sums: (length, first, day after)."""
    *shorter, length = lengths
    begin = first + timedelta((EPOCH - first).days % length)
    end = after - timedelta((after - EPOCH).days % length)
    if begin >= end:
        return cover_days(first, after, shorter) if shorter else []
    return [
        *(cover_days(first, begin, shorter) if shorter else ()),
        (length, begin, end),
        *(cover_days(end, after, shorter) if shorter else ()),
    ]


def midnight(day):
    return make_aware(datetime.combine(day, time()))


def starts_late(moment):
    return localtime(moment) != midnight(localdate(moment))


def whole_days(moments: Sequence[datetime], endless: bool = True) -> Iterator[tuple[int, date, date]]:
    """Return (number of the part, its first whole day, the day after its last) between moments; with `endless` also
    after the last.
    """
    days = [localdate(moment) for moment in moments]
    afters = [*days[1:], NEVER] if endless else days[1:]
    for number, (moment, day, after) in enumerate(zip(moments, days, afters, strict=False)):
        yield number + 1, day + timedelta(starts_late(moment)), after


def moments_params(moments: Sequence[datetime], endless: bool = True) -> dict[str, Any]:
    """Return the parameters of statements over these parts: the moments, and the day that one of them cuts, if any."""
    cut = next((localdate(moment) for moment in moments if starts_late(moment)), None)
    return {
        "moments": list(moments),
        "end": None if endless else moments[-1],
        "cut_from": cut and midnight(cut),
        "cut_to": cut and midnight(cut + timedelta(1)),
        **ZONE,
    }
