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

    It is down while not one of its cameras, each having been tried, could be reached.
    """

    source: int | None = None
    at_once: int = AT_ONCE
    calls: asyncio.Semaphore = field(init=False)
    cameras: set[int] = field(default_factory=set)
    away: set[int] = field(default_factory=set)  # those of its cameras that could not be reached at the last try
    down: bool = False
    told_down: bool = False  # what the register says
    honest: bool = True  # "not modified" is believed, and asked for

    def __post_init__(self):
        self.allow(self.at_once)

    def allow(self, at_once):
        """Let so many calls be made at a time."""
        self.at_once, self.calls = at_once, asyncio.Semaphore(at_once)

    def heard(self, camera, reached):
        """Take note of one try; "down" or "up" where that changes how the host is, else None."""
        if reached:
            self.away.discard(camera)
            was, self.down = self.down, False
            return "up" if was else None
        self.away.add(camera)
        if self.down or len(self.cameras) < FEWEST or not self.cameras <= self.away:
            return None
        self.down = True
        return "down"

    def leave(self, camera):
        self.cameras.discard(camera)
        self.away.discard(camera)

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
