"""Measure how busy the machine is, to scale time limits of tests."""

import os
from pathlib import Path


def processes_per_core():
    """How many processes want to run for each core: now, or over the last minute where that is more. At least one."""
    running = int(Path("/proc/loadavg").read_text().split()[3].partition("/")[0])
    return max(1.0, running / os.cpu_count(), os.getloadavg()[0] / os.cpu_count())


def patience(seconds):
    """So many seconds of an idle machine, as seconds of this one now."""
    return seconds * processes_per_core()
