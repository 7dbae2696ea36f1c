"""Measure how busy the machine is, to scale time limits of tests."""

import os
from pathlib import Path


def processes_per_core():
    """Return runnable processes per core: now or over the last minute, at least one."""
    running = int(Path("/proc/loadavg").read_text().split()[3].partition("/")[0])
    return max(1.0, running / os.cpu_count(), os.getloadavg()[0] / os.cpu_count())


def patience(seconds):
    """Scale seconds of an idle machine to this one's present load."""
    return seconds * processes_per_core()
