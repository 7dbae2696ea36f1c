"""Measure what counting people and vehicles in a picture costs."""

import time

import cv2
import numpy as np
from django.conf import settings

from cameras.detection import crowds, detector
from demo.cameras.pictures import Pictures
from tests.bench.rows import row
from tests.truth.confusion import DAY, ZONE

LOOKS, WARM, STREETS, MOST_MS = 40, 3, 4, 90  # 45 s of each minute are enough for 500 cameras


def counting(stage):
    """Measures milliseconds of processor per picture in one thread, decoding included; needs bin/make_detector."""
    if not crowds.has_model():
        print("  bin/make_detector has not been called: not measured")
        return
    cv2.setNumThreads(1)
    draw = Pictures(ZONE)
    for n, picture in enumerate([draw.draw(f"C{n % STREETS}", DAY + 13 * 3600 + 61 * n) for n in range(WARM + LOOKS)]):
        if n == WARM:
            began = time.thread_time()
        detector.find_things(cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR), settings.DETECTOR_MODEL)
    cost = (time.thread_time() - began) / LOOKS * 1000
    budget = f"≤ {MOST_MS} ms"
    yield row("counting in a picture, 512 × 288", cost, unit="ms", budget=budget, good=cost <= MOST_MS)
