"""Judge fifteen hundred drawn cameras of every kind, and compare the verdicts with the truth.

python -m tests.truth.confusion. Drawn directly and in fast time: no network, no database, no waiting. Each camera is
good for two hours of a day, from which is learnt what is usual for it; a day later it begins to misbehave.
"""

import argparse
import sys
import time
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

import cv2

from cameras.analysis import CameraInspector, Cards, Health, next_health
from demo.cameras.kinds import KINDS, send_picture
from demo.cameras.pictures import Pictures

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = datetime(2026, 11, 23, tzinfo=ZONE).timestamp()
HOURS = [(7, 19), (12, 2), (15, 22), (17, 4)]  # one by day, one by night
PERIOD_S = 30
LEARNING, WELL = 22, 2  # pictures
# It takes longer to learn what is usual where there is a new picture every five minutes, or a ferry every half hour.
# Busy streets are known for three days, the others for one.
LEARNING_OF, DAYS_OF = {"slow-rhythm": 88, "quiet-ferry": 66, "well": 24}, {"well": 3}
SEEING = {"live", "late"}


@dataclass
class JudgedCamera:
    """A camera and its inspector on the way through its pictures."""

    code: str
    kind: str
    hour: int
    eye: CameraInspector
    health: Health = field(default_factory=Health)
    states: list[str] = field(default_factory=list)

    def visit(self, send, at, since, cards=None):
        moment = datetime.fromtimestamp(at, UTC)
        glance = self.eye.inspect(send(self.kind, self.code, at, since), moment, cards)
        self.health = next_health(self.health, glance, moment, self.eye.baseline.rhythm_s(PERIOD_S))
        self.states.append(self.health.state)


def learn_first_days(send, code, kind, hours):
    """Return a camera after its first days."""
    seen, days = JudgedCamera(code, kind, 0, CameraInspector(code)), DAYS_OF.get(kind, 1)
    for day in range(1 - days, 1):
        for hour in hours:
            for n in range(LEARNING_OF.get(kind, LEARNING) // days):
                seen.visit(send, DAY + day * 86_400 + hour * 3600 + n * PERIOD_S, 0)
    return seen


def judge_streets(streets, all_hours=HOURS, send=send_picture):
    """Judge every kind at each of so many streets, by day and by night; return the cameras with all their states of the
    second day.

    `send`: returns their pictures, as `demo.cameras.kinds.send_picture` does. Cameras of one kind and hour run in step,
    as only cameras that send the same at the same time betray a card: for each pair of hours there must be at least
    three streets.
    """
    send, cards = partial(send, CachedPictures(ZONE)), Cards()
    for n, hours in enumerate(all_hours):
        codes = [f"TTH {street}" for street in range(n, streets, len(all_hours))]
        known = {
            before: {code: learn_first_days(send, code, before, hours) for code in codes}
            for before in dict.fromkeys(kind.before for kind in KINDS.values())
        }
        for hour in hours:
            for kind in KINDS:
                starts = [deepcopy(known[KINDS[kind].before][code]) for code in codes]
                cameras = [JudgedCamera(start.code, kind, hour, start.eye, start.health) for start in starts]
                visit_all(send, cards, cameras)
                yield from cameras


def visit_all(send, cards, cameras):
    began = DAY + 86_400 + cameras[0].hour * 3600 + 600
    for n in range(WELL + KINDS[cameras[0].kind].pictures):
        for seen in cameras:
            seen.visit(send, began + n * PERIOD_S, began + WELL * PERIOD_S, cards)


class CachedPictures(Pictures):
    """Draws only once what several kinds begin with."""

    def __init__(self, zone):
        super().__init__(zone)
        self.draw_scene = lru_cache(128)(super().draw_scene)  # type: ignore[method-assign]  # each album remembers its own


class ConfusionTable:
    """The counts of truth × verdict."""

    def __init__(self, cameras):
        self.cells, self.wrong = Counter(), []
        for seen in cameras:
            truth, verdict = KINDS[seen.kind].truth, seen.states[-1]
            # A camera that is well must be called so at every moment, a bad one at the end.
            if truth == "live":
                verdict = next((state for state in seen.states if state not in SEEING), "live")
            self.cells[truth, verdict] += 1
            if truth != verdict:
                self.wrong.append((seen.kind, seen.code, seen.hour, seen.states))

    @property
    def total(self):
        return self.cells.total()

    def count(self, of):
        return sum(count for (truth, verdict), count in self.cells.items() if of(truth, verdict))

    @property
    def false_live(self):
        """Return how many that do not see were called live."""
        return self.count(lambda truth, verdict: truth != "live" and verdict in SEEING)

    @property
    def false_alarms(self):
        """Return the share of good cameras that were not called live."""
        well = self.count(lambda truth, _: truth == "live")
        return self.count(lambda truth, verdict: truth == "live" and verdict != "live") / well

    def __str__(self):
        truths = list(dict.fromkeys(kind.truth for kind in KINDS.values()))
        verdicts = [*truths, *sorted({verdict for _, verdict in self.cells} - set(truths))]
        lines = [f"{'truth':>12} " + "".join(f"{verdict:>12}" for verdict in verdicts)]
        for truth in truths:
            counts = [self.cells[truth, verdict] for verdict in verdicts]
            lines.append(f"{truth:>12} " + "".join(f"{count or '.':>12}" for count in counts))
        return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.truth.confusion", description=__doc__.splitlines()[0])
    parser.add_argument("--streets", type=int, default=20, help=f"each gives {2 * len(KINDS)} cameras; default 20")
    streets = parser.parse_args().streets
    cv2.setNumThreads(1)
    began = time.monotonic()
    table = ConfusionTable(judge_streets(streets))
    print(table)
    for kind, code, hour, states in table.wrong:
        print(f"wrong: {kind}, {code}, {hour}:10: {' '.join(states)}")
    print(
        f"{table.total} cameras, {table.false_live} falsely live, {table.false_alarms:.2%} false alarms, "
        f"{time.monotonic() - began:.0f} s"
    )
    return 1 if table.false_live or table.false_alarms >= 0.01 else 0


if __name__ == "__main__":
    sys.exit(main())
