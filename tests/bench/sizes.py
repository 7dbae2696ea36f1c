"""Sizes of the benchmarks: full, or with `bin/bench --small` just enough to show that a row runs."""

import os

SMALL = bool(os.environ.get("BENCH_SMALL"))


def choose(whole: int, small: int) -> int:
    return small if SMALL else whole
