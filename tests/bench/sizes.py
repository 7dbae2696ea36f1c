"""Sizes of the benchmarks: full, or with `bin/bench --small` just enough to show that a row runs."""

import os
from typing import TypeVar

Size = TypeVar("Size")

SMALL = bool(os.environ.get("BENCH_SMALL"))


def choose(whole: Size, small: Size) -> Size:
    return small if SMALL else whole
