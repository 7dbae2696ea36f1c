"""Order the tests of a whole run by the recorded time of their files.

xdist gives each worker an equal number of tests, in one piece, and who has none left takes from the end of what others
have (`--dist worksteal`). So each piece begins with files that take long, and ends with many short tests.
"""

import os
import random
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
DURATIONS = Path(__file__).with_name("durations.txt")
LONG = 2  # seconds; files that take less are not kept


def read_durations():
    """Return {file: seconds} of slow files."""
    lines = DURATIONS.read_text().splitlines() if DURATIONS.exists() else []
    return {file: float(seconds) for seconds, file in map(str.split, lines)}


def record(reports):
    """Store the durations of these reports by file."""
    took = defaultdict(float)
    for report in reports:
        took[report.nodeid.partition("::")[0]] += report.duration
    longest = sorted(took.items(), key=lambda row: -row[1])
    DURATIONS.write_text("".join(f"{seconds:7.1f} {file}\n" for file, seconds in longest if seconds >= LONG))


def rows_of_a_usual_run(items):
    """Return the items without rows that the mark `usual_rows` leaves to `bin/test --deep`."""
    rows = defaultdict(list)
    for item in items:
        rows[item.nodeid.partition("[")[0]].append(item)
    return [item for some in rows.values() for item in spread_rows(some)]


def spread_rows(items):
    """Return as many of a test's rows as its mark says, evenly spread with both ends."""
    mark = items[0].get_closest_marker("usual_rows")
    if mark is None or mark.args[0] >= len(items):
        return items
    most = mark.args[0]
    return [items[round(n * (len(items) - 1) / max(most - 1, 1))] for n in range(most)]


def for_workers(items, workers, took):
    """Order the items for so many workers; a browser test has a core of its own."""
    files = defaultdict(list)
    for item in items:
        files[item.path.relative_to(ROOT).as_posix()].append(item)
    pieces, loads = [[] for _ in range(workers)], [0.0] * workers
    browsers = {file for file in files if file.startswith("tests/browser/")}
    for file in sorted(browsers | files.keys() & took.keys(), key=lambda file: (-took.get(file, 0), file)):
        place = min(range(min(workers, os.cpu_count()) if file in browsers else workers), key=loads.__getitem__)
        loads[place] += took.get(file, 0)
        pieces[place] += files.pop(file)
    short = [item for some in files.values() for item in some]
    ordered = []
    for place, piece in enumerate(pieces):
        share = (len(items) - len(ordered)) // (workers - place)
        room = max(share - len(piece), 0)
        ordered += piece + short[:room]
        del short[:room]
    return ordered + short


def shuffle_files(items, seed):
    """Shuffle files by a seed, keeping each file's items together.

    Every process of a run draws the same order, as xdist requires.
    """
    files = defaultdict(list)
    for item in items:
        files[item.path].append(item)
    shuffled = [*files.values()]
    random.Random(seed).shuffle(shuffled)
    return [item for file in shuffled for item in file]
