"""How hosts of cameras are treated: so many calls at a time, a pause where nobody answers, belief where it is earned.

Pure but for the calls that wait: no database, no network.
"""

import asyncio
import random
from dataclasses import dataclass, field

AT_ONCE = 16
# A camera that failed so often in a row is asked less and less, at last every quarter of an hour or so.
PATIENT_FAILURES, FIRST_WAIT_S, LONGEST_WAIT_S = 3, 20, 900
# With fewer cameras than this one cannot tell a host that is down from cameras that are.
FEWEST = 3
PROBE_S, LONGEST_PROBE_S = 2, 60
# What a server said of a picture is put to the test so often: once in so many seconds all of it is asked for.
DOUBT_S = 60

# The failures of cameras.capture in which the host, and not the camera, may be away.
AWAY = {"Unreachable", "Silent"}


@dataclass
class Host:
    """Where the pictures of some cameras come from together: a source of the register, or else one server.

    It goes down when not one of its cameras could be reached, each having been tried, whoever looks after them; it is
    up again with the first that is. What other patrols found of theirs is told anew every few seconds.
    """

    name: str = ""
    at_once: int = AT_ONCE
    calls: asyncio.Semaphore = field(init=False)
    cameras: set[int] = field(default_factory=set)
    # Those of its cameras that could be reached at the last try, and those that could not.
    reached: set[int] = field(default_factory=set)
    away: set[int] = field(default_factory=set)
    # How many cameras others look after, how many of these could not be reached, and how many could.
    others: tuple[int, int, int] = (0, 0, 0)
    down: bool = False
    honest: bool = True  # "not modified" is believed, and asked for

    def __post_init__(self):
        self.allow(self.at_once)

    def allow(self, at_once):
        """Let so many calls be made at a time."""
        self.at_once, self.calls = at_once, asyncio.Semaphore(at_once)

    def join(self, camera, reached=None):
        """Take up a camera; `reached` is what is known of its last try, None where it was never tried."""
        self.cameras.add(camera)
        if reached is not None:
            self.note(camera, reached)

    def leave(self, camera):
        """Leave a camera to others; until they are heard of, what was found of it holds."""
        found = 1, camera in self.away, camera in self.reached
        self.others = tuple(map(sum, zip(self.others, found, strict=True)))
        for some in (self.cameras, self.reached, self.away):
            some.discard(camera)

    def note(self, camera, reached):
        (self.reached if reached else self.away).add(camera)
        (self.away if reached else self.reached).discard(camera)

    def heard(self, camera, reached):
        """Take note of one try; "down" or "up" where that changes how the host is, else None."""
        self.note(camera, reached)
        return self.turned()

    def turned(self):
        """Judge by all that is known; "down" or "up" where that changes how the host is, else None."""
        others, others_away, others_reached = self.others
        was = self.down
        if self.reached or others_reached:
            self.down = False
        elif len(self.cameras) + others >= FEWEST and self.cameras <= self.away and others == others_away:
            self.down = True
        return None if self.down == was else "down" if self.down else "up"

    def next_probe(self, tries):
        """The camera to try next while the host is down: each in its turn."""
        return sorted(self.cameras)[tries % len(self.cameras)]


def is_away(failure, status=0):
    """Whether a failure may be the host's: nobody there, or a proxy that says so for it."""
    return failure in AWAY or (failure == "BadAnswer" and status >= 500)


def pause_s(failures):
    """Seconds before the next try at a camera that failed so often in a row: up to a limit that doubles (jitter)."""
    if failures < PATIENT_FAILURES:
        return 0
    return random.uniform(0, min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(failures - PATIENT_FAILURES, 20)))


def probe_s(tries):
    """Seconds before the next probe of a host that is down."""
    return random.uniform(0, min(LONGEST_PROBE_S, PROBE_S * 2 ** min(tries, 20)))
