"""python -m tests.truth.counting: are drawn streets reported as crowded or jammed when they are, and only then?

Each street is looked at once a minute in one hour of three days, from which is learnt what is usual; in the same hour
of the fourth day all is as ever, then its traffic stands for a quarter of an hour. No database, but the model that
bin/make_detector makes, and the rules by which cameras report. Each picture takes about a tenth of a second.
"""

import argparse
from collections import Counter
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
from django.conf import settings

from cameras.analysis import counting
from cameras.demo.kinds import send_frozen_noisy
from cameras.demo.pictures import Pictures
from cameras.detection import detector
from tests.truth.confusion import DAY, ZONE

HOURS = (8, 20)
MINUTES, STANDS = 60, 15


def find_in_picture(picture):
    """What the model finds in a JPEG."""
    return detector.find_things(
        cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR), settings.DETECTOR_MODEL
    )


def draw_looks(draw, code, hour):
    """(what is true, the moment, the JPEG) of each look at a street."""
    for day in range(4):
        begins = DAY + day * 86400 + hour * 3600
        for minute in range(MINUTES):
            at = begins + 60 * minute
            yield "learning" if day < 3 else "as ever", at, draw.draw(code, at)
    last = at
    for minute in range(1, STANDS + 1):
        yield "stands", last + 60 * minute, send_frozen_noisy(draw, code, last + 60 * minute, last)


def judge_looks(looks):
    """Each look as (what is true, counted, what is reported after it)."""
    gauges, hours, before, then = counting.gauges_from_json({}), counting.hours_from_json({}), None, 0
    for truth, at, picture in looks:
        things = find_in_picture(picture)
        counted = counting.count_things(things, before, timedelta(seconds=at - then))
        before, then = things, at
        moment = datetime.fromtimestamp(at, UTC)
        yield (
            truth,
            counted,
            set(counting.update_gauges(gauges, hours, counted, moment, moment.astimezone(ZONE).date())),
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--streets", type=int, default=4)
    streets = parser.parse_args().streets
    cv2.setNumThreads(1)
    draw, looks, told = Pictures(ZONE), Counter(), Counter()
    for hour in HOURS:
        for code in (f"S{n}" for n in range(streets)):
            kinds, most = {}, Counter()
            for truth, counted, unusual in judge_looks(draw_looks(draw, code, hour)):
                looks[truth] += 1
                kinds.setdefault(truth, set()).update(unusual)
                most[truth] = max(most[truth], len(counted.standing or ()))
            told.update((truth, kind) for truth, ones in kinds.items() for kind in ones)
            print(f"{code} at {hour}:00, most that stood: {dict(most)}, reported: {kinds}", flush=True)
    print(dict(looks), {f"{truth}: {kind}": count for (truth, kind), count in told.items()})


if __name__ == "__main__":
    main()
