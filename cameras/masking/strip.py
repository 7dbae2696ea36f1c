"""Choose a dozen evenly spread pictures of a camera's last hour."""

from bisect import bisect_left
from datetime import datetime, timedelta

from django.db.models import QuerySet

from cameras.models import Frame

HOUR, PICTURES = timedelta(hours=1), 12


def last_hour_frames(frames: QuerySet[Frame], at: datetime) -> list[Frame]:
    """Return at most twelve of a camera's `frames` over its last hour, oldest first, the newest included."""
    moments = list(
        frames.filter(taken_at__gt=at - HOUR, taken_at__lte=at).order_by("taken_at").values_list("taken_at", flat=True)
    )
    return list(frames.filter(taken_at__in=spread_evenly(moments, PICTURES)).order_by("taken_at"))


def spread_evenly(moments: list[datetime], count: int) -> list[datetime]:
    if len(moments) <= count:
        return moments
    first, last = moments[0], moments[-1]
    return sorted({nearest(moments, first + (last - first) * n / (count - 1)) for n in range(count)})


def nearest(moments, wanted):
    after = bisect_left(moments, wanted)
    return min(moments[max(after - 1, 0) : after + 1], key=lambda moment: abs(moment - wanted))
