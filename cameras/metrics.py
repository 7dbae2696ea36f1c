"""Register the metrics of cameras and patrols for /metrics."""

from django.db.models.functions import Now
from django.utils.timezone import now

from cameras import freshness
from cameras.models import Camera, Feed, Shift
from cameras.patrol.partitioning import DEAD_AFTER
from geoapp.metrics import figure


@figure("cameras", "Active cameras, by how they are", "health")
def cameras_by_health() -> dict[str, float]:
    counts: dict[str, float] = {}
    for health in list_healths():
        counts[health] = counts.get(health, 0) + 1
    return counts


@figure(
    "cameras_alive_ratio",
    "The part of the active cameras without a pause that see, from 0 to 1; 1 where there are none",
)
def alive_ratio() -> float:
    wanted = [health for health in list_healths() if health != Camera.Health.PAUSED]
    return sum(health in freshness.SEEING for health in wanted) / len(wanted) if wanted else 1


def list_healths() -> list[Camera.Health]:
    at = now()
    return [freshness.health_of(camera, at) for camera in Camera.objects.filter(active=True).exclude(url="")]


@figure("patrols_alive", "Patrols heard of within half a minute")
def count_living_patrols() -> float:
    return Shift.objects.filter(heard_at__gt=Now() - DEAD_AFTER).count()


@figure("feed_failing_seconds", "For how long a feed of the map cannot be read; 0: it can", "feed")
def failing_feeds() -> dict[str, float]:
    at = now()
    feeds = Feed.objects.filter(active=True).values_list("code", "failing_since")
    return {code: (at - since).total_seconds() if since else 0 for code, since in feeds}
