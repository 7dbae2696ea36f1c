"""Fake finder of faces and small text, with a configured behaviour: `-m tests.fakes.finders WAY`."""

import os
import sys
import time
from itertools import count

from cameras.masking import finders
from cameras.masking.covering import Box

LOST = 1_000_000  # bytes that a picture costs
lost, number = [], count()


def leaks(image):
    lost.append(bytearray(os.urandom(1000) * (LOST // 1000)))


def stumbles(image):
    if next(number) == 0:
        raise ValueError("it stumbled")


def dies(image):
    if image.mean() > 200:
        os.kill(os.getpid(), 9)


def hangs(image):
    while image.mean() > 200:
        time.sleep(1)


WAYS = {way.__name__: way for way in (leaks, stumbles, dies, hangs)}


def faces(image):
    WAYS[sys.argv[1]](image)
    return [Box(1, 2, 3, 4, 0.5, "face")]


if __name__ == "__main__":
    finders.find_faces, finders.find_small_text = faces, lambda image: []
    finders.finder_versions = lambda: {"faces": "fake 1", "small text": "fake 1"}
    finders.main()
