"""Learn what is usual for a camera in each hour of the day, from its own good pictures, in a few numbers."""

from dataclasses import asdict, dataclass, field, fields
from math import log10, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cameras.analysis.inspection import Inspection

KNOWN = 12  # pictures in an hour, before what they say of it is believed
SLOWEST = 0.02  # how much one picture still counts after many: what is usual follows the seasons
# Blurred: below this sharpness, and below this share of the camera's own. Of a camera that is not known yet, only what
# no lens in focus sends, by day or by night, is called so.
BLURRED_EDGES, BLURRED_SHARE, BLURRED_EDGES_OF_ANY, STAYS_BLURRED = 150, 0.15, 18, 1.5
HAZY_SHARE = 0.25
# The share of pictures in which something moves, at the most: in a street of which little is known, and in one that was
# watched on so many days. On a single day it rained, or there was a market.
MOVING_ANYWHERE, MOVING_MOST, KNOWN_DAYS = 0.05, 0.5, 3
# So long nothing may move anywhere, and as long as it was quiet there before; of a silence that is longer than all
# before, no more than this is believed.
LULL_S, LONGER, FORGETS = 1200, 2, 0.9999
# Below this part of its usual noise a live lens seldom is in the same hour of the day: so many decades.
NOISE_GONE, GONE = 0.4, 0.3
LONGEST_RHYTHM_S = 3600


@dataclass(slots=True)
class HourBaseline:
    """Running medians over the pictures of one hour of the day (UTC: the sun knows no summer time)."""

    looks: int = 0
    edges: float = 0
    mean: float = 0
    grain: float = 0  # the noise of the calmest tenth of the pictures, in grey levels
    moving: float = 0  # the share of pictures in which something moved
    lull_s: float = 0  # how long nothing moved, at the longest
    days: int = 0  # on which it was watched
    last: str = ""  # of these

    def learn(self, inspection: "Inspection", follows: bool, day: str = "", calm_s: float = 0) -> None:
        """Learn from one picture. `follows`: whether it has a previous picture to be compared with.

        A calm that has lasted `calm_s` may be that of a frozen camera: a long one is learnt only when it is over.
        """
        self.days += day != self.last
        self.last = day
        self.edges = step_quantile(self.edges, inspection.edges, 0.5, self.looks)
        self.mean = step_quantile(self.mean, inspection.mean, 0.5, self.looks)
        if follows:
            self.grain = step_quantile(self.grain, inspection.noise, 0.1, self.looks)
        if follows and calm_s <= LULL_S:
            self.moving += max(1 / max(self.looks, 1), SLOWEST) * ((not inspection.calm) - self.moving)
        self.looks += 1


def step_quantile(quantile: float, value: float, share: float, count: int) -> float:
    """Return a running quantile after one more value: a step towards it that gets smaller with the count."""
    if not quantile:
        return value
    size = 2 * quantile * max(1 / (count + 1), SLOWEST)
    return max(quantile + size * (share - (value < quantile)), 1e-3)


@dataclass(slots=True)
class Rhythm:
    """Seconds between two pictures that differ: how often a camera has a new one, however often it is polled."""

    count: int = 0
    mean: float = 0
    var: float = 0

    def learn(self, seconds: float) -> None:
        seconds = min(seconds, LONGEST_RHYTHM_S)
        if self.count >= KNOWN:
            seconds = min(seconds, 2 * self.longest_s())  # one long silence is no new rhythm
        share = max(1 / (self.count + 1), 0.05)
        off = seconds - self.mean
        self.mean += share * off
        self.var = (1 - share) * (self.var + share * off * off)
        self.count += 1

    def longest_s(self) -> float:
        return self.mean + 2 * sqrt(self.var)


@dataclass(slots=True)
class Baseline:
    hours: dict[int, HourBaseline] = field(default_factory=dict)
    rhythm: Rhythm = field(default_factory=Rhythm)

    def learn(self, inspection: "Inspection", hour: int, follows: bool, day: str = "", calm_s: float = 0) -> None:
        self.hours.setdefault(hour, HourBaseline()).learn(inspection, follows, day, calm_s)

    def note_motion(self, hour: int, calm_s: float) -> None:
        usual = self.hours.setdefault(hour, HourBaseline())
        usual.lull_s = max(FORGETS * usual.lull_s, min(calm_s, max(LULL_S, LONGER * usual.lull_s)))

    def known_hour(self, hour: int) -> HourBaseline | None:
        usual = self.hours.get(hour)
        return usual if usual and usual.looks >= KNOWN else None

    def is_blurred(self, inspection: "Inspection", hour: int, before: "Inspection | None" = None) -> bool:
        """Return whether a picture is blurred for this camera and hour.

        `before`: the previous inspection. In an hour of which nothing is known, what was blurred before stays blurred.
        """
        usual = self.known_hour(hour)
        if usual:
            # Edges are as much weaker as the light: at dusk, too, within the hour.
            light = min(1, inspection.mean / usual.mean) if usual.mean else 1
            return inspection.edges < min(BLURRED_EDGES, BLURRED_SHARE * usual.edges * light * light)
        if (
            before
            and before.problem == "blurred"
            and inspection.edges < min(BLURRED_EDGES, STAYS_BLURRED * before.edges)
        ):
            return True
        return inspection.edges < BLURRED_EDGES_OF_ANY

    def is_hazy(self, inspection: "Inspection", hour: int) -> bool:
        """Return whether fog, rain or glare leave so few of the usual edges that two views cannot be compared."""
        usual = self.known_hour(hour)
        return usual is not None and inspection.edges < HAZY_SHARE * usual.edges

    def doubt(self, inspection: "Inspection", hour: int, calm_s: float) -> float:
        """Return the evidence of one more calm picture against a live camera: the negative decadic logarithm of its
        likelihood there.

        `calm_s`: how long nothing has moved by now.
        """
        usual = self.known_hour(hour)
        if usual and inspection.noise < NOISE_GONE * usual.grain:
            return GONE
        near = [self.hours[near_hour % 24] for near_hour in (hour - 1, hour, hour + 1) if near_hour % 24 in self.hours]
        if calm_s <= max([LULL_S, *(baseline.lull_s for baseline in near)]):
            return 0.0
        known = [usual] if usual else [baseline for baseline in self.hours.values() if baseline.looks >= KNOWN]
        most = MOVING_MOST if usual and usual.days >= KNOWN_DAYS else MOVING_ANYWHERE
        moving = min([most, *(baseline.moving for baseline in known)])
        return -log10(1 - moving)

    def rhythm_s(self, period_s: float) -> float:
        """Return the seconds after which a new picture is expected, of a camera that is polled every `period_s`."""
        return max(period_s, self.rhythm.longest_s() if self.rhythm.count >= 3 else 0)

    def as_json(self) -> dict:
        values = asdict(self)
        return values | {"hours": {str(hour): round_numbers(usual) for hour, usual in values["hours"].items()}}

    @classmethod
    def from_json(cls, data: dict) -> "Baseline":
        # Stored baselines may have fields that are no longer measured.
        names = {known_field.name for known_field in fields(HourBaseline)}
        hours = {
            int(hour): HourBaseline(**{name: usual[name] for name in names & usual.keys()})
            for hour, usual in data.get("hours", {}).items()
        }
        return cls(hours, Rhythm(**data.get("rhythm", {})))


def round_numbers(numbers):
    return {name: value if isinstance(value, str) else round(value, 3) for name, value in numbers.items()}
