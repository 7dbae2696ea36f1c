"""Test that every row of `bin/bench` runs, with little data."""

import json
import os
import subprocess

import pytest
from django.conf import settings

from tests.bench.tables import NOT_MEASURED
from tests.machine import patience

ROWS = (
    "look-up", "submit", "live", "tiles", "mvt", "page", "patrol", "patrols", "killed", "drawn", "ring", "addresses",
    "editions", "reforms", "desk", "chase", "digest", "pan", "seeing", "truth", "counting", "health", "hotline",
    "box", "ward", "seals", "photos", "memory", "millions", "limits", "streams", "storm", "answers", "emergency",
    "announcements",
)  # fmt: skip


@pytest.mark.deep
@pytest.mark.parametrize("rows", [ROWS, ("scale",)], ids=["all but scale", "scale"])
def test_every_row_of_the_bench_runs(rows, tmp_path):
    """It ends with the code of a kept or a missed budget, and each row is measured."""
    table = tmp_path / "table.json"
    command = [settings.BASE_DIR / "bin" / "bench", *rows, "--small", "--write", table]
    own = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "TEST_"))}
    done = subprocess.run(command, env=own, capture_output=True, text=True, timeout=patience(3000))
    assert (done.returncode in (0, 1), table.exists()) == (True, True), done.stdout[-3000:] + done.stderr[-3000:]
    measured = json.loads(table.read_text())
    assert [row["what"] for row in measured if "(5" in row["measured"]] == []  # none answered with an error
    assert [row["what"] for row in measured if row["measured"] == NOT_MEASURED] == [], done.stderr[-5000:]
    assert {name for name in rows if f"\n· {name}\n" in f"\n{done.stdout}"} == {*rows}
