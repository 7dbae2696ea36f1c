"""Measure whether drawn streets are reported as crowded or jammed when they are, and only then.

python -m tests.truth.counting. The usual count of an hour is learnt in three days, as the demo does; on the fourth day
the same hour is inspected once a minute while all is as usual, then for a quarter of an hour with standing cars, or a
crowd. No database, but the model that bin/make_detector makes, and the rules by which cameras report. Each picture
takes about a tenth of a second.
"""

import argparse
import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import cv2
import numpy as np

from cameras.analysis import counting
from cameras.detection import detector
from demo.cameras import days, events, kinds
from demo.cameras.pictures import Pictures

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TODAY = datetime(2026, 11, 24, tzinfo=ZONE)
HOURS = (8, 17, 21)
MODEL = Path(os.environ.get("DETECTOR_MODEL") or "var/models/nanodet.onnx")
AS_EVER, LASTS = 40, 15  # minutes
REPORTS = {"jam": counting.TRAFFIC, "crowd": counting.CROWD}


class Finder:
    """The model, in this process."""

    def find_things(self, picture: bytes, over: list) -> list[counting.Thing]:
        image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
        return detector.find_things(image, MODEL)


def judge_hour(pictures: Pictures, code: str, what: str, hour: int) -> Iterator[tuple[str, int, set[str]]]:
    """Yield (the truth, the count of what it concerns, the kinds reported) of each look of the fourth day."""
    finder, gauges, before = Finder(), counting.gauges_from_json({}), None
    hours = days.count_days(finder, pictures, code, what, hour, TODAY)
    for minute in range(AS_EVER + LASTS):
        at = TODAY.replace(hour=hour) + timedelta(minutes=minute)
        truth = "as ever" if minute < AS_EVER else what
        since = at.timestamp() + (truth == "as ever")
        things = finder.find_things(kinds.send_picture(pictures, what, code, at.timestamp(), since), [])
        counted = counting.count_things(things, before, timedelta(minutes=1) if minute else None)
        before = things
        raised = counting.update_gauges(gauges, hours, counted, at.astimezone(UTC), at.date())
        yield truth, len(counted.people if what == "crowd" else counted.standing or ()), set(raised)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--streets", type=int, default=4, help="of each event (4)")
    streets = parser.parse_args().streets
    cv2.setNumThreads(1)
    pictures, total = Pictures(ZONE), Counter()
    fit = [code for code in (f"TTH {n}" for n in range(200)) if events.is_overlooked(code)][: streets * 2]
    for place, code in enumerate(fit):
        what = events.EVENTS[place % 2]
        for hour in HOURS:
            looks = list(judge_hour(pictures, code, what, hour))
            counts = {truth: [count for label, count, _ in looks if label == truth] for truth in ("as ever", what)}
            means = {truth: round(float(np.mean(of)), 1) for truth, of in counts.items()}
            reported = {truth: set().union(*(kinds for label, _, kinds in looks if label == truth)) for truth in counts}
            total["hours as ever"] += 1
            total["false reports"] += bool(reported["as ever"])
            total[what] += 1
            total[f"{what} reported"] += REPORTS[what] in reported[what]
            total["reported as something else"] += bool(reported[what] - {REPORTS[what]})
            print(f"{code} at {hour:02}:00, {what}: counted {means}, reported {reported}", flush=True)
    print(dict(total))


if __name__ == "__main__":
    main()
