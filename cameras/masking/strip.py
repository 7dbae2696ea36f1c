"""The last hour of a camera in a dozen pictures, evenly spread."""

from bisect import bisect_left
from datetime import datetime, timedelta

from django.db.models import QuerySet

from cameras.models import Frame

HOUR, PICTURES = timedelta(hours=1), 12


def last_hour_frames(frames: QuerySet[Frame], at: datetime) -> list[Frame]:
    """Of one camera's `frames` those that tell its last hour, oldest first: at most twelve, the newest always."""
    moments = list(
        frames.filter(taken_at__gt=at - HOUR, taken_at__lte=at).order_by("taken_at").values_list("taken_at", flat=True)
    )
    return list(frames.filter(taken_at__in=spread_evenly(moments, PICTURES)).order_by("taken_at"))


def spread_evenly(moments: list[datetime], count: int) -> list[datetime]:
    """At most `count` of these moments (in their order): those nearest to evenly spread ones, both ends too."""
    if len(moments) <= count:
        return moments
    first, last = moments[0], moments[-1]
    return sorted({nearest(moments, first + (last - first) * n / (count - 1)) for n in range(count)})


def nearest(moments, wanted):
    after = bisect_left(moments, wanted)
    return min(moments[max(after - 1, 0) : after + 1], key=lambda moment: abs(moment - wanted))
