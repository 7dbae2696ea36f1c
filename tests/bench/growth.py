"""How the pages of the row scale grow with the incidents: the same addresses with 20k, with 200k, and with 2M."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.tables import align_columns

SIZES = (20_000, 200_000)  # and the largest, which is asked for
SHOWN = ("worked", "measured")


def growth(largest: int, *, filled: bool) -> int:
    """Measure the pages at each size, in a database of its own; at the largest, with `filled`, in that of DATABASE_URL.

    Prints one table: the processor time of an answer, Python's and PostgreSQL's, and p95 of the wait for it. Returns
    the exit code.
    """
    tables = {}
    for size in (*(one for one in SIZES if one < largest), largest):
        found = ["--filled"] if filled and size == largest else ["--size", str(size)]
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            command = [sys.executable, "-m", "tests.bench", "scale", "--only", "", "--write", file.name, *found]
            subprocess.run(command, check=False)  # a budget that is missed is no fault of it
            tables[size] = {row["what"]: row for row in json.loads(Path(file.name).read_text() or "[]")}
    heads = ["what", *(f"{size:,}: {words}" for size in tables for words in ("processor", "p95")), "budget"]
    rows = [
        [what, *(table.get(what, {}).get(name, "–") for table in tables.values() for name in SHOWN), row["budget"]]
        for what, row in tables[largest].items()
    ]
    print("\n" + "\n".join(align_columns([heads, *rows])))
    return 0
