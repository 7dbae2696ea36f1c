"""Test the clock of the tests, for Python and PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils.timezone import get_default_timezone, localdate, now

from tests.clock import ENOUGH, until_midnight

CITY = get_default_timezone()


def test_python_and_the_server_have_one_clock(db):
    """Under `bin/test --clock`, too, where the time is another."""
    before = now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (server,) = cursor.fetchone()
    assert before <= server <= now()


@pytest.mark.parametrize(
    ("at", "left"),
    [
        (datetime(2027, 3, 17, 23, 59, 59, tzinfo=UTC), timedelta(seconds=1)),
        (datetime(2027, 3, 17, tzinfo=UTC), timedelta(days=1)),
        (datetime(2027, 12, 31, 12, tzinfo=CITY), timedelta(hours=12)),
        (datetime(2028, 2, 29, 23, 59, tzinfo=CITY), ENOUGH),
    ],
)
def test_time_until_midnight(at, left):
    assert until_midnight(at) == left


def test_day_of_a_test_does_not_end_within_it(moment, today):
    assert today == localdate(moment)
    for zone in (UTC, CITY):
        assert until_midnight(moment.astimezone(zone)) > ENOUGH / 2
