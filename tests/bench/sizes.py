"""How much a row measures: the whole, or with `bin/bench --small` as little as shows that the row still runs."""

import os

SMALL = bool(os.environ.get("BENCH_SMALL"))


def choose(whole: int, small: int) -> int:
    return small if SMALL else whole
