"""Limit the calls to camera hosts: concurrency, pauses after failures, and whether a host is down.

Pure but for awaiting a free call: no database, no network.
"""

import asyncio
import random
import zlib
from dataclasses import dataclass, field

AT_ONCE = 16
# A camera that failed so often in a row is tried less and less, at last about every quarter of an hour.
PATIENT_FAILURES, FIRST_WAIT_S, LONGEST_WAIT_S = 3, 20, 900
# With fewer cameras than this, a host that is down cannot be told from cameras that are.
FEWEST = 3
PROBE_S, LONGEST_PROBE_S = 2, 60
# 304 answers of a server are verified: once in so many seconds the whole picture is requested.
DOUBT_S = 60

# What a failure of cameras.capture says of the host: False where the host may be down, not the camera alone; None where
# it says nothing: a 401 or 403 may come from a proxy while the host is down, and a forbidden address was not called.
# Any other failure, and a picture, say that the host is up.
HOST_REACHED = {"Unreachable": False, "Silent": False, "Refused": None, "Forbidden": None}


class Gate:
    """An adjustable semaphore (`async with`); when it is made narrower, it counts the calls still inside."""

    def __init__(self, most: int) -> None:
        self.most, self.places = most, asyncio.Semaphore(most)
        self.owed = 0  # places that are to go as soon as they are free

    def set_limit(self, most: int) -> None:
        self.owed += self.most - most
        self.most = most
        while self.owed < 0:
            self.owed += 1
            self.places.release()

    async def __aenter__(self) -> None:
        await self.places.acquire()
        while self.owed > 0:
            self.owed -= 1
            await self.places.acquire()

    async def __aexit__(self, *_):
        if self.owed > 0:
            self.owed -= 1
        else:
            self.places.release()


@dataclass
class Host:
    """The common origin of some cameras' pictures: a source of the register, or else one server.

    It goes down when each of its cameras was tried, by any patrol, and none could be reached; it is up again with the
    first that is. Refused cameras count for neither; if they are as many as those that could not be reached, somebody
    answers, and the host is not down. The results of other patrols arrive every few seconds.
    """

    name: str = ""
    # Our share of its concurrent calls.
    calls: Gate = field(default_factory=lambda: Gate(AT_ONCE))
    cameras: set[int] = field(default_factory=set)
    # The cameras reached at the last try, not reached, and refused.
    reached: set[int] = field(default_factory=set)
    away: set[int] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)
    # The number of cameras of other patrols; of these: not reached, reached, refused.
    others: tuple[int, ...] = (0, 0, 0, 0)
    down: bool = False
    honest: bool = True  # "not modified" is believed, and asked for

    def hand_over(self, camera: int) -> None:
        """Leave a camera to others; its last result counts until theirs arrive."""
        tally = 1, camera in self.away, camera in self.reached, camera in self.refused
        self.others = tuple(map(sum, zip(self.others, tally, strict=True)))
        for some in (self.cameras, self.reached, self.away, self.refused):
            some.discard(camera)

    def note_result(self, camera: int, reached: bool | None) -> None:
        for some in (self.reached, self.away, self.refused):
            some.discard(camera)
        {True: self.reached, False: self.away, None: self.refused}[reached].add(camera)

    def record_try(self, camera: int, reached: bool | None) -> str | None:
        """Record one try; return "down" or "up" if that changes the state of the host, else None."""
        self.note_result(camera, reached)
        return self.judge()

    def judge(self) -> str | None:
        others, others_away, others_reached, others_refused = self.others
        was, away, refused = self.down, len(self.away) + others_away, len(self.refused) + others_refused
        if self.reached or others_reached or away <= refused:
            self.down = False
        elif away >= FEWEST and away + refused == len(self.cameras) + others:
            self.down = True
        return None if self.down == was else "down" if self.down else "up"

    def next_probe(self, tries: int) -> int:
        return sorted(self.cameras)[tries % len(self.cameras)]


def share_of_calls(at_once: int, name: str, place: int = 0, patrols: int = 1) -> int:
    """Return how many of a host's concurrent calls belong to the patrol at this place among so many (from 0).

    The shares add up to the host's limit, but each is at least one. Which patrols get one call more differs from host
    to host.
    """
    whole, rest = divmod(at_once, patrols)
    return max(1, whole + ((place + zlib.crc32(name.encode())) % patrols < rest))


def is_host_reached(failure: str | None, status: int = 0) -> bool | None:
    """Return whether a try reached the host: False if not, or if a proxy says so; None if that is not known."""
    if failure is None:
        return True
    return status < 500 if failure == "BadAnswer" else HOST_REACHED.get(failure, True)


def pause_s(failures: int) -> float:
    """Return the seconds before the next try after so many failures in a row: exponential up to a limit, with
    jitter.
    """
    if failures < PATIENT_FAILURES:
        return 0
    return random.uniform(0, min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(failures - PATIENT_FAILURES, 20)))


def probe_s(tries: int) -> float:
    return random.uniform(0, min(LONGEST_PROBE_S, PROBE_S * 2 ** min(tries, 20)))
