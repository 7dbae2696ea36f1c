"""Say how the service works now, in parts that anybody may know: no host, no queue and no number of people at work."""

import time
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from django.utils.timezone import localdate, now

from geoapp.metrics import Figures, read_figure
from gis_data.models import Edition
from incidents.models import Incident

FRESH_S = 30  # so long a state is told again without being read
SLOW_S, DOWN_S = 600, 3600  # messages and the work behind them: so late they are slow, or stand still
FEED_S = 3600  # for so long a layer of the map may fail
FEW_CAMERAS, ALMOST_NO_CAMERAS = 0.9, 0.5
WAITING_QUEUE = "slow"  # what is in it has time


class Condition(StrEnum):
    """State of a part of the service, for the public."""

    WORKING = "working"
    SLOW = "slow"
    DOWN = "down"


@dataclass(frozen=True)
class ServiceState:
    """States of the service's parts at a moment. `cameras` is None where there are none."""

    at: datetime
    messages: Condition
    cameras: Condition | None
    cameras_live: int
    cameras_all: int
    map: Condition
    last_report: datetime | None

    @property
    def is_whole(self) -> bool:
        return {self.messages, self.cameras or Condition.WORKING, self.map} == {Condition.WORKING}


def service_state() -> ServiceState:
    """Return the state, at most FRESH_S old."""
    return read_state(int(time.monotonic() // FRESH_S))


@lru_cache(maxsize=1)
def read_state(period: int) -> ServiceState:
    at = now()
    ratio, cameras = number_of(read_figure("cameras_alive_ratio")), count_cameras()
    return ServiceState(
        at=at,
        messages=state_of_messages(),
        cameras=state_of_cameras(ratio) if cameras else None,
        cameras_live=round(ratio * cameras),
        cameras_all=cameras,
        map=state_of_map(at),
        last_report=last_report(),
    )


def state_of_messages() -> Condition:
    ages = read_figure("oldest_job_seconds")
    ages = ages if isinstance(ages, dict) else {}
    oldest = max(
        [number_of(read_figure("oldest_unsent_notice_seconds"))]
        + [age for queue, age in ages.items() if queue != WAITING_QUEUE]
    )
    if oldest >= DOWN_S:
        return Condition.DOWN
    return Condition.SLOW if oldest >= SLOW_S else Condition.WORKING


def count_cameras() -> int:
    """Return how many cameras should give a picture: those that are paused should not."""
    counts = read_figure("cameras")
    return int(sum(n for health, n in counts.items() if health != "paused")) if isinstance(counts, dict) else 0


def state_of_cameras(ratio: float) -> Condition:
    if ratio < ALMOST_NO_CAMERAS:
        return Condition.DOWN
    return Condition.SLOW if ratio < FEW_CAMERAS else Condition.WORKING


def state_of_map(at: datetime) -> Condition:
    """Return DOWN without boundaries in force, SLOW while a layer from elsewhere cannot be read."""
    if not Edition.objects.on(localdate(at)).exists():
        return Condition.DOWN
    feeds = read_figure("feed_failing_seconds")
    failing = max(feeds.values(), default=0.0) if isinstance(feeds, dict) else feeds
    return Condition.SLOW if failing > FEED_S else Condition.WORKING


def last_report() -> datetime | None:
    """Return when the newest public report was received, to the minute."""
    shown = Incident.objects.filter(published=True).order_by("-received_at")
    received_at = shown.values_list("received_at", flat=True).first()
    return received_at and received_at.replace(second=0, microsecond=0)


def number_of(figures: Figures) -> float:
    return sum(figures.values()) if isinstance(figures, dict) else figures
