"""Measure how the pages of the `scale` row grow from 20k over 200k to 2M incidents."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.tables import align_columns

SIZES = (20_000, 200_000)  # and the largest, which is asked for
SHOWN = ("worked", "measured")


def growth(largest: int, *, filled: bool) -> int:
    """Measures the pages at each size in a database of its own; at the largest, with `filled`, in that of DATABASE_URL.

    Prints one table: processor time of an answer in Python and PostgreSQL, and p95 of the wait. Returns the exit code.
    """
    tables = {}
    for size in (*(smaller for smaller in SIZES if smaller < largest), largest):
        options = ["--filled"] if filled and size == largest else ["--size", str(size)]
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            command = [sys.executable, "-m", "tests.bench", "scale", "--only", "", "--write", file.name, *options]
            subprocess.run(command, check=False)  # a budget that is missed is no fault of it
            tables[size] = {row["what"]: row for row in json.loads(Path(file.name).read_text() or "[]")}
    heads = ["what", *(f"{size:,}: {words}" for size in tables for words in ("processor", "p95")), "budget"]
    rows = [
        [what, *(table.get(what, {}).get(name, "–") for table in tables.values() for name in SHOWN), row["budget"]]
        for what, row in tables[largest].items()
    ]
    print("\n" + "\n".join(align_columns([heads, *rows])))
    return 0
