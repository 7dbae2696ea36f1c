"""Measure the accuracy of camera verdicts and the cost of checking a picture."""

import time
from datetime import UTC, datetime

import cv2

from cameras.analysis import CameraInspector, Cards
from demo.cameras.pictures import Pictures
from tests.bench.rows import row
from tests.truth import confusion

STREETS, LEARNING, LOOKS, EVERY_S = 20, 30, 100, 10


def truth(stage):
    cv2.setNumThreads(1)
    table = confusion.ConfusionTable(confusion.judge_streets(STREETS))
    print(table)
    yield {
        "what": f"of {table.total:,} cameras, falsely called live", "measured": f"{table.false_live}",
        "budget": "0", "ok": table.false_live == 0,
    }  # fmt: skip
    yield {
        "what": "of those that are well, called otherwise", "measured": f"{table.false_alarms:.2%}",
        "budget": "< 1 %", "ok": table.false_alarms < 0.01,
    }  # fmt: skip
    cost = cost_ms()
    yield row("a whole look at a picture, 512 × 288", cost, unit="ms", budget="≤ 2.5 ms", good=cost <= 2.5)


def cost_ms():
    pictures, eye, cards = Pictures(confusion.ZONE), CameraInspector("bench"), Cards()
    moments = [confusion.DAY + 12 * 3600 + n * EVERY_S for n in range(LEARNING + LOOKS)]
    for n, (at, picture) in enumerate([(at, pictures.draw("bench", at)) for at in moments]):
        if n == LEARNING:
            began = time.thread_time()
        eye.inspect(picture, datetime.fromtimestamp(at, UTC), cards)
    return (time.thread_time() - began) / LOOKS * 1000
