"""Test that messages of every channel survive killed processes: each stored and answered once (bin/breakdown)."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.deep
def test_messages_of_all_channels_survive_kills():
    options = ["--channels", "--times", "5", "--messages", "40", "--seed", "1"]
    done = subprocess.run([ROOT / "bin" / "breakdown", *options], capture_output=True, text=True, timeout=1500)
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-4000:]
    rows = {
        name: list(map(int, re.findall(r"\d+", cells))) for name, cells in re.findall(r"\| (\w+) \|([\d |]+)\n", output)
    }
    channels = {"web", "open311", "json", "zalo", "messenger", "webchat", "email", "voice"}
    assert channels <= rows.keys()
    sent, once, twice, lost, answered, answered_twice, unanswered, for_a_person = rows["together"]
    assert (sent, once, twice, lost) == (40, 40, 0, 0)
    assert (answered + for_a_person, answered_twice, unanswered) == (40, 0, 0)
