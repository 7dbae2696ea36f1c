"""What is usual for a camera in each hour of the day, learnt from its own good pictures in a few numbers."""

from dataclasses import asdict, dataclass, field
from math import log10, sqrt

KNOWN = 12  # pictures in an hour, before what they say of it is believed
SLOWEST = 0.02  # how much one picture still counts after many: what is usual follows the seasons
# Blurred: below this sharpness, and below this share of the camera's own. Of a camera that is not known yet, only what
# no lens in focus sends, by day or by night, is called so.
BLURRED_EDGES, BLURRED_SHARE, BLURRED_EDGES_OF_ANY, STAYS_BLURRED = 150, 0.15, 18, 1.5
HAZY_SHARE = 0.25
# The share of pictures in which something moves, in a street of which nothing is known; and never more than the most.
MOVING_ANYWHERE, MOVING_MOST = 0.2, 0.9
LONGEST_RHYTHM_S = 3600


@dataclass(slots=True)
class Hour:
    """Medians over the pictures of one hour of the day (UTC: the sun knows no summer time)."""

    looks: int = 0
    edges: float = 0
    mean: float = 0
    noise: float = 0  # the step between two pictures in the calmest tenth of them, in grey levels
    moving: float = 0  # the share of pictures in which something moved

    def learn(self, glance, follows):
        """`follows`: whether the picture has one before it to be compared with."""
        self.edges = stepped(self.edges, glance.edges, 0.5, self.looks)
        self.mean = stepped(self.mean, glance.mean, 0.5, self.looks)
        if follows:
            self.noise = stepped(self.noise, glance.step, 0.1, self.looks)
            self.moving += max(1 / max(self.looks, 1), SLOWEST) * ((not glance.calm) - self.moving)
        self.looks += 1


def stepped(quantile, value, share, count):
    """A running quantile after one more value: a step towards it, that gets smaller with the count."""
    if not quantile:
        return value
    size = 2 * quantile * max(1 / (count + 1), SLOWEST)
    return max(quantile + size * (share - (value < quantile)), 1e-3)


@dataclass(slots=True)
class Rhythm:
    """Seconds between two pictures that differ: how often a camera has a new one, however often it is asked."""

    count: int = 0
    mean: float = 0
    var: float = 0

    def learn(self, seconds):
        seconds = min(seconds, LONGEST_RHYTHM_S)
        if self.count >= KNOWN:
            seconds = min(seconds, 2 * self.longest_s())  # one long silence is no new rhythm
        share = max(1 / (self.count + 1), 0.05)
        off = seconds - self.mean
        self.mean += share * off
        self.var = (1 - share) * (self.var + share * off * off)
        self.count += 1

    def longest_s(self):
        return self.mean + 2 * sqrt(self.var)


@dataclass(slots=True)
class Baseline:
    hours: dict[int, Hour] = field(default_factory=dict)
    rhythm: Rhythm = field(default_factory=Rhythm)

    def learn(self, glance, hour, follows):
        self.hours.setdefault(hour, Hour()).learn(glance, follows)

    def known(self, hour):
        """What is known of an hour; None before that is worth anything."""
        usual = self.hours.get(hour)
        return usual if usual and usual.looks >= KNOWN else None

    def is_blurred(self, glance, hour, before=None):
        """`before`: the glance before. What was blurred then is so in an hour of which nothing is known, too."""
        usual = self.known(hour)
        if usual:
            return glance.edges < min(BLURRED_EDGES, BLURRED_SHARE * usual.edges)
        if before and before.problem == "blurred" and glance.edges < min(BLURRED_EDGES, STAYS_BLURRED * before.edges):
            return True
        return glance.edges < BLURRED_EDGES_OF_ANY

    def is_hazy(self, glance, hour):
        """Whether fog, rain or glare leave so little of what is usually sharp that two views cannot be compared."""
        usual = self.known(hour)
        return usual is not None and glance.edges < HAZY_SHARE * usual.edges

    def doubt(self, glance, hour):
        """How much one more calm picture speaks against a live camera: the decades of its likelihood there."""
        usual = self.known(hour)
        known = [usual] if usual else [one for one in self.hours.values() if one.looks >= KNOWN]
        moving = min((one.moving for one in known), default=MOVING_ANYWHERE)
        doubt = -log10(1 - min(moving, MOVING_MOST))
        # Where nothing moves for hours, the noise of a live lens is never far below its own.
        if known and glance.step < 0.5 * min(one.noise for one in known):
            doubt = max(doubt, 1.0)
        return doubt

    def rhythm_s(self, period_s):
        """Seconds after which a new picture is expected, of a camera that is asked every `period_s`."""
        return max(period_s, self.rhythm.longest_s() if self.rhythm.count >= 3 else 0)

    def as_json(self):
        found = asdict(self)
        return found | {"hours": {str(hour): rounded(usual) for hour, usual in found["hours"].items()}}

    @classmethod
    def from_json(cls, data):
        hours = {int(hour): Hour(**usual) for hour, usual in data.get("hours", {}).items()}
        return cls(hours, Rhythm(**data.get("rhythm", {})))


def rounded(numbers):
    return {name: round(value, 3) for name, value in numbers.items()}
