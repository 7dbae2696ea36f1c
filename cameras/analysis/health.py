"""Derive the health of a camera from a sequence of inspections and failures."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from cameras.analysis.inspection import Inspection

# The result of one try → the health that it indicates.
STATE_BY_OUTCOME = {
    None: "live",
    "unreadable": "unreadable",
    "dark": "dark",
    "covered": "covered",
    "torn": "unreadable",
    "card": "card",
    "blurred": "blurred",
    "moved": "moved",
    # failures of cameras.capture, by name
    "Silent": "stale",
    "TooSlow": "stale",
    "Unreachable": "offline",
    "Forbidden": "offline",
    "Refused": "offline",
    "BadAnswer": "offline",
    "BrokenOff": "unreadable",
    "TooLarge": "unreadable",
    "WebPage": "unreadable",
    "NotAPicture": "unreadable",
}
SEEING = {"live", "late", "unknown", "unvisited"}
OF_NOW = {"live", "blurred", "moved"}  # what a frozen picture can still look like

# A bad result counts after 3 of the last 4 tries, a good one after two in a row.
TRIES, BAD, GOOD = 4, 3, 2
# Frozen: this many pictures alike, over at least this long.
SAME_FRAMES, STILL_FRAMES, FROZEN_S = 3, 6, 30
LATE_PERIODS = 2


@dataclass(frozen=True, slots=True)
class Health:
    """The health of a camera, since when, and the state that the next judgement needs."""

    state: str = "unknown"
    since: datetime | None = None
    tries: tuple[str, ...] = ()  # what the last few tries said, the newest last
    good_at: datetime | None = None  # the last good picture
    moved_at: datetime | None = None  # the last picture in which something had moved
    same: int = 0  # pictures in a row that are byte for byte the one before
    still: int = 0  # pictures in a row in which nothing moved

    def becomes(self, state: str, at: datetime | None) -> "Health":
        return self if state == self.state else replace(self, state=state, since=at)


def next_health(health: Health, outcome: Inspection | str, at: datetime, period_s: float) -> Health:
    """Return the health after one more try. `outcome`: what the picture shows, or the name of the failure to get one.

    `period_s`: seconds after which a new picture is expected. If `at` lies before known times, a clock was set back:
    known times that lie in the future then count as now.
    """
    health = limit_times(health, at)
    if health.state == "paused":
        health = health.becomes("unknown", at)
    says = STATE_BY_OUTCOME[outcome.problem if isinstance(outcome, Inspection) else outcome]
    if isinstance(outcome, Inspection) and says != "unreadable":
        health = replace(
            health,
            same=health.same + 1 if outcome.same else 0,
            still=health.still + 1 if outcome.still else 0,
            moved_at=outcome.frozen_since or (health.moved_at if outcome.still else at),
        )
        if says in OF_NOW and (outcome.frozen_since or is_frozen(health, at, period_s)):
            says = "frozen"
    if says == "live":
        health = replace(health, good_at=at)
    health = limit_times(replace(health, tries=(*health.tries, says)[-TRIES:]), at)
    return health.becomes(judge_state(health, at, period_s), at)


def limit_times(health, at):
    late = {
        name: at
        for name in ("since", "good_at", "moved_at")
        if getattr(health, name) is not None and getattr(health, name) > at
    }
    return replace(health, **late) if late else health


def is_frozen(health, at, period_s):
    alike = health.same + 1 >= SAME_FRAMES or health.still + 1 >= STILL_FRAMES
    if not alike or health.moved_at is None:
        return False
    return (at - health.moved_at).total_seconds() >= max(FROZEN_S, LATE_PERIODS * period_s)


def judge_state(health, at, period_s):
    says = health.tries[-1]
    if says == "frozen":
        return says  # many pictures alike are proof already
    bad = Counter(verdict for verdict in health.tries if verdict != "live")
    worst = max(bad, key=bad.__getitem__, default=None)
    if says != "live" and worst and bad[worst] >= BAD:
        return worst
    if health.state in SEEING:
        if says == "live":
            return "live"
        if bad.total() >= BAD:
            return says
        if health.good_at is None:
            return health.state
        return "late" if (at - health.good_at).total_seconds() > LATE_PERIODS * period_s else health.state
    return "live" if health.tries[-GOOD:] == ("live",) * GOOD else health.state
