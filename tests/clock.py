"""Set the clock of tests, for Python and PostgreSQL, under `bin/test --clock`."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.utils.timezone import get_default_timezone

# How much of a day must be left, in UTC and in the city, for a test that depends on days to begin.
ENOUGH = timedelta(minutes=1)


def set_back():
    """Reset the clock of Python and PostgreSQL to a day's last second, under `bin/test --clock`; else do nothing.

    Only there each look at the clock reads the file in which it is set.
    """
    if "CLOCK_MOMENT" not in os.environ or "FAKETIME_NO_CACHE" not in os.environ:
        return
    file = Path(os.environ["FAKETIME_TIMESTAMP_FILE"])
    real = time.time() - float(file.read_text())
    new = file.with_suffix(".new")
    new.write_text(f"{float(os.environ['CLOCK_MOMENT']) - real:+f}\n")
    new.replace(file)


def wait_for_a_whole_day():
    """Wait for the next day if today is about to end, in UTC or in the city."""
    while (left := time_left()) < ENOUGH:
        time.sleep(min(left.total_seconds() + 0.01, 1))


def time_left():
    """Return the time until the next midnight, in UTC or in the city."""
    at = datetime.now(UTC)
    return min(until_midnight(at), until_midnight(at.astimezone(get_default_timezone())))


def until_midnight(at):
    return at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1) - at
