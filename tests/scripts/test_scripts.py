"""The unit tests of scripts, each file by Node's own runner."""

import subprocess
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
FILES = sorted(path.name for path in (ROOT / "tests" / "scripts").glob("*.test.js"))


@pytest.mark.parametrize("name", FILES)
def test_units_of_scripts(name):
    command = ["node", "--import", "./tests/scripts/modules.mjs", "--test", f"tests/scripts/{name}"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "# pass 0" not in run.stdout
