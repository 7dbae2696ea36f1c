"""Working time and due dates: plain functions of dates.

A target is `30min`, `4h` or `10d` around the clock, or `5wd` in working days. Day n of working days ends when the
offices close; what comes after closing counts from the next morning.
"""

import re
from datetime import datetime, time, timedelta
from functools import cache

import holidays

OPENS, CLOSES = time(7, 30), time(17, 0)
ROUND_THE_CLOCK = {"min": "minutes", "h": "hours", "d": "days"}


@cache
def calendar(country: str):
    """The public holidays of a country (ISO code), as `holidays` knows them; without one only weekends are free."""
    return holidays.country_holidays(country) if country else holidays.HolidayBase()


def is_working_day(day, country: str) -> bool:
    """Monday to Friday without public holidays, with the Saturdays that are worked in exchange for a bridge day."""
    return calendar(country).is_working_day(day)


def due(start: datetime, target: str, country: str = "") -> datetime:
    """When a target that starts at `start` (aware, in the city's time zone) is reached."""
    amount, unit = re.fullmatch(r"(\d+)(min|h|d|wd)", target).groups()
    if unit in ROUND_THE_CLOCK:
        return start + timedelta(**{ROUND_THE_CLOCK[unit]: int(amount)})
    day, left = start.date(), int(amount)
    if not is_working_day(day, country) or start.time() > CLOSES:
        day = next_working_day(day, country)
    while left:
        day, left = next_working_day(day, country), left - 1
    return datetime.combine(day, CLOSES, tzinfo=start.tzinfo)


def next_working_day(day, country):
    day += timedelta(days=1)
    while not is_working_day(day, country):
        day += timedelta(days=1)
    return day
