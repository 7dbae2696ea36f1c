"""Compare the count of people and standing vehicles with what is usual for the camera at that hour of the day.

The detector also finds false positives; a letter box taken for a person is there at every hour, so it becomes part of
what is usual. Places and sizes are fractions of the picture's width and height.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from math import sqrt
from typing import NamedTuple

import numpy as np

PERSON, TWO_WHEELS, VEHICLE = "person", "two-wheels", "vehicle"
CROWD, TRAFFIC = "crowd", "traffic"
# A vehicle stands if it is in the same place and looks the same in two pictures that are so far apart.
APART = timedelta(seconds=40), timedelta(minutes=3)
SAME_PLACE, SAME_LOOK = 0.6, 0.7
# Who sits on a motorbike is traffic, not a person in the street: so much of such a box lies within the motorbike's.
RIDES = 0.3
# Counts below these are never unusual.
AT_LEAST = {CROWD: 12, TRAFFIC: 6}
# An hour is known after so many looks on so many days; the weight of one look does not fall below this.
KNOWN_LOOKS, KNOWN_DAYS, SLOWEST = 45, 3, 1 / 600
# Unusual: so many times the spread above the mean, and so many times the mean.
SPREADS, TIMES = 4, 2
# It begins after so many unusual looks one after the other, and is over after so many below this part of the limit.
BEGINS, ENDS, BELOW = 5, 3, 0.75
# After a gap without a look the gauge starts anew.
GAP = timedelta(minutes=10)


class Thing(NamedTuple):
    """A detected object: its kind, score (0–1), box, and appearance."""

    kind: str
    score: float
    x: float
    y: float
    width: float
    height: float
    look: str = ""

    @property
    def area(self) -> float:
        return self.width * self.height


class Counted(NamedTuple):
    """The people and the standing vehicles of one picture; None for a count that cannot be known."""

    people: list[Thing]
    standing: list[Thing] | None


def shared_area(thing, other):
    across = min(thing.x + thing.width, other.x + other.width) - max(thing.x, other.x)
    down = min(thing.y + thing.height, other.y + other.height) - max(thing.y, other.y)
    return max(across, 0) * max(down, 0)


def is_same(thing, other):
    shared = shared_area(thing, other)
    if shared < SAME_PLACE * (thing.area + other.area - shared):
        return False
    return look_similarity(thing.look, other.look) >= SAME_LOOK


def look_similarity(first, second):
    """Return the correlation of two appearances, whatever the light: 1 for the same object, about 0 for different
    ones.
    """
    first, second = (np.frombuffer(bytes.fromhex(look), np.uint8).astype(float) for look in (first, second))
    if first.size != second.size or not first.size:
        return 0.0
    first, second = first - first.mean(), second - second.mean()
    size = sqrt((first @ first) * (second @ second))
    return float(first @ second) / size if size else 0.0


def count_things(
    things: Sequence[Thing], before: Sequence[Thing] | None = None, apart: timedelta | None = None
) -> Counted:
    """Count people and standing vehicles. `before`: the detections in the picture before; `apart`: the time between the
    two.
    """
    bikes = [thing for thing in things if thing.kind == TWO_WHEELS]
    people = [
        thing
        for thing in things
        if thing.kind == PERSON and not any(shared_area(thing, bike) >= RIDES * thing.area for bike in bikes)
    ]
    if before is None or apart is None or not APART[0] <= apart <= APART[1]:
        return Counted(people, None)
    stood = vehicles(before)
    return Counted(people, [thing for thing in vehicles(things) if any(is_same(thing, standing) for standing in stood)])


def vehicles(things: Iterable[Thing]) -> list[Thing]:
    return [thing for thing in things if thing.kind != PERSON]


@dataclass(slots=True)
class HourCount:
    """Mean and spread of a count in one hour of the day."""

    looks: int = 0
    days: int = 0
    last: str = ""  # the last day of which it learnt
    mean: float = 0
    var: float = 0

    @property
    def is_known(self) -> bool:
        return self.looks >= KNOWN_LOOKS and self.days >= KNOWN_DAYS

    def limit(self, kind: str) -> float | None:
        """Return the count from which on it is unusual; None as long as too little was learnt."""
        if not self.is_known:
            return None
        spread = sqrt(max(self.var, self.mean))  # things that come one by one spread at least so much
        return max(AT_LEAST[kind], self.mean + SPREADS * spread, TIMES * self.mean)

    def learn(self, number: float, day: date, kind: str) -> None:
        """Learn a count. A count above the limit is learnt as the limit and with little weight, so that one unusual
        evening does not become usual.
        """
        limit = self.limit(kind)
        self.looks += 1
        self.days += str(day) != self.last
        self.last = str(day)
        share = max(1 / self.looks, SLOWEST)
        if limit is not None and number >= limit:
            number, share = limit, SLOWEST
        off = number - self.mean
        self.mean += share * off
        self.var = (1 - share) * (self.var + share * off * off)

    def as_json(self) -> dict:
        return asdict(self) | {"mean": round(self.mean, 4), "var": round(self.var, 4)}


@dataclass(slots=True)
class Gauge:
    """Whether a count of one camera is unusual, with hysteresis. `since`: when it began, if it is unusual or may be."""

    kind: str
    on: bool = False
    streak: int = 0  # looks one after the other that speak for the other state
    since: str = ""
    at: str = ""  # of the last look

    def update(self, number: float, at: datetime, limit: float | None) -> bool:
        """Update with one more count and return whether it is unusual. `limit`: that of the hour in which it was
        counted.
        """
        if self.at and at - datetime.fromisoformat(self.at) > GAP:
            self.on, self.streak, self.since = False, 0, ""
        self.at = at.isoformat()
        if limit is None:
            speaks = self.on  # nothing is unusual where nobody knows what is usual
        elif self.on:
            speaks = number < BELOW * limit
        else:
            speaks = number >= limit
        self.streak = self.streak + 1 if speaks else 0
        if not self.on:
            self.since = "" if not self.streak else self.since if self.streak > 1 else self.at
        if self.streak >= (ENDS if self.on else BEGINS):
            self.on, self.streak = not self.on, 0
            self.since = self.since if self.on else ""
        return self.on

    @property
    def began(self) -> datetime | None:
        return datetime.fromisoformat(self.since) if self.on else None

    def as_json(self) -> dict:
        return {"on": self.on, "streak": self.streak, "since": self.since, "at": self.at}


def gauges_from_json(data: dict) -> dict[str, Gauge]:
    return {kind: Gauge(kind, **data.get(kind, {})) for kind in AT_LEAST}


def hours_from_json(data: dict) -> dict[str, HourCount]:
    return {kind: HourCount(**data.get(kind, {})) for kind in AT_LEAST}


def update_gauges(
    gauges: dict[str, Gauge], hours: dict[str, HourCount], counted: Counted, at: datetime, day: date
) -> dict[str, list[Thing]]:
    """Update gauges and hours with one more look; return {kind: the objects that make it unusual} for each unusual
    kind.

    `gauges`, `hours` (of the hour of the look): {kind: …}. `at`: when the picture was taken; `day`: that day in the
    city's time zone.
    """
    unusual = {}
    for kind, things in ((CROWD, counted.people), (TRAFFIC, counted.standing)):
        if things is None:
            continue
        hour = hours[kind]
        if gauges[kind].update(len(things), at, hour.limit(kind)):
            unusual[kind] = things
        hour.learn(len(things), day, kind)
    return unusual
