"""Compute office time and due dates: pure functions of moments and a calendar.

A target is `30min`, `4h` or `10d` around the clock, or `30wmin`, `4wh` or `5wd` in office time. Working day n ends when
the offices close; time after closing counts from the next morning. An office hour used up at closing ends then, not at
the next opening.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache, cached_property, lru_cache

import holidays
from django.utils.translation import gettext as _

Week = tuple[tuple[tuple[int, int], ...], ...]  # per weekday, Monday first: spans as minutes from midnight
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY, NOTHING = timedelta(days=1), timedelta()
ROUND_THE_CLOCK = {"min": timedelta(minutes=1), "h": timedelta(hours=1)}
OFFICE = {"wmin": timedelta(minutes=1), "wh": timedelta(hours=1)}
# Longest target: a longer one is a typing error.
MAX_AMOUNT = {"min": 525_600, "h": 8_760, "d": 366, "wmin": 125_280, "wh": 2_088, "wd": 261}


def parse_office_hours(text: str) -> Week:
    """Office hours per weekday, Monday first, of text such as `Mon-Fri 07:30-11:30 13:00-17:00; Sat 07:30-11:30`.

    Spans are minutes from midnight: ((450, 690), (780, 1020)). Raises ValueError with a message in the active language.
    """
    week = {}
    for part in filter(str.strip, text.split(";")):
        named, *spans = part.split()
        for day in parse_weekdays(named):
            if day in week:
                raise ValueError(_("%(day)s appears twice in the opening hours.") % {"day": DAYS[day]})
            week[day] = parse_spans(named, spans)
    if not week:
        raise ValueError(
            _("Opening hours are empty. Write them like Mon-Fri 07:30-11:30 13:00-17:00; Sat 07:30-11:30.")
        )
    return tuple(week.get(day, ()) for day in range(7))


def parse_weekdays(named: str) -> Iterator[int]:
    for part in named.split(","):
        first, _to, last = part.partition("-")
        if not {first, last or first} <= set(DAYS) or DAYS.index(first) > DAYS.index(last or first):
            raise ValueError(
                _("“%(text)s” contains no days. The days are Mon, Tue, Wed, Thu, Fri, Sat, Sun.") % {"text": part}
            )
        yield from range(DAYS.index(first), DAYS.index(last or first) + 1)


def parse_spans(named: str, spans: list[str]) -> tuple[tuple[int, int], ...]:
    """`07:30-11:30`, `13:00-17:00` … as minutes from midnight, ascending and disjoint."""
    if not spans:
        raise ValueError(_("%(days)s has no times.") % {"days": named})
    day_spans = []
    for span in spans:
        times = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]|24):([0-5]\d)", span)
        if not times:
            raise ValueError(_("“%(text)s” is not a time of day such as 07:30-11:30.") % {"text": span})
        hour, minute, to_hour, to_minute = map(int, times.groups())
        opens, closes = hour * 60 + minute, to_hour * 60 + to_minute
        if opens >= closes or closes > 1440:
            raise ValueError(_("“%(text)s” ends before it begins.") % {"text": span})
        if day_spans and opens < day_spans[-1][1]:
            raise ValueError(_("“%(text)s” begins before the previous time ends.") % {"text": span})
        day_spans.append((opens, closes))
    return tuple(day_spans)


DEFAULT_HOURS = parse_office_hours("Mon-Fri 07:30-11:30 13:00-17:00")


@cache
def public_holidays(country: str, year: int) -> tuple[dict[date, dict[str, str]], frozenset[date]]:
    """Days off of a year with names, {day: {"vi": …, "en": …}}, and substituted working days.

    From the library `holidays`. Each call makes its own object, since the library fills one while others read it.
    """
    if not country:
        return {}, frozenset()
    # An exchange may reach over the new year: a Saturday in December for a Friday in January.
    near, spoken = (year - 1, year, year + 1), holidays.country_holidays(country).supported_languages
    known = {
        short: holidays.country_holidays(
            country,
            years=near,
            language=next((language for language in spoken if language.split("_")[0] == short), None),
        )
        for short in ("vi", "en")
    }
    off = {
        day: {short: names[day] for short, names in known.items()}
        for day in known["vi"]
        if day.year == year and day not in known["vi"].weekend_workdays
    }
    return off, frozenset(day for day in known["vi"].weekend_workdays if day.year == year)


@dataclass(frozen=True)
class Calendar:
    """Office hours with public holidays of a country and corrections of them.

    `corrections`: (day, whether it is worked, name), each day once. Caches each day, so reuse one calendar.
    """

    country: str = ""
    hours: tuple = DEFAULT_HOURS
    corrections: tuple = ()
    zone: tzinfo | None = None  # in which the hours are meant; None: that of the moments asked for

    @cached_property
    def corrections_by_day(self) -> dict[date, tuple[bool, str]]:
        return {day: (works, name) for day, works, name in self.corrections}

    @cached_property
    def ordinary_spans(self) -> tuple[tuple[int, int], ...]:
        return next(spans for spans in self.hours if spans)

    @cached_property
    def spans_by_day(self) -> dict[date, tuple[tuple[datetime, datetime], ...]]:
        return {}

    def spans(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """Office time of a day as naive wall-clock pairs (opens, closes); () when closed."""
        if day not in self.spans_by_day:
            midnight = datetime.combine(day, time())
            self.spans_by_day[day] = tuple(
                (midnight + timedelta(minutes=opens), midnight + timedelta(minutes=closes))
                for opens, closes in self.minutes_open(day)
            )
        return self.spans_by_day[day]

    def minutes_open(self, day: date) -> tuple[tuple[int, int], ...]:
        off, exchanged = public_holidays(self.country, day.year)
        usual = self.hours[day.weekday()]
        if day in self.corrections_by_day:
            works, _name = self.corrections_by_day[day]
            holiday_is_worked = usual and day in off
            return () if not works else usual if holiday_is_worked else self.ordinary_spans
        if day in exchanged:
            return self.ordinary_spans  # a whole day, also where Saturdays have only their mornings
        return () if day in off else usual

    def is_working_day(self, day: date) -> bool:
        return bool(self.spans(day))

    def day_off_name(self, day: date) -> dict[str, str] | None:
        if day in self.corrections_by_day:
            works, name = self.corrections_by_day[day]
            return None if works else {"vi": name, "en": name}
        off, _worked = public_holidays(self.country, day.year)
        return off.get(day)

    def wall(self, moment: datetime) -> datetime:
        """Naive wall-clock time of a moment at the office."""
        return (moment.astimezone(self.zone) if self.zone else moment).replace(tzinfo=None)

    def moment(self, wall: datetime, like: datetime) -> datetime:
        return wall.replace(tzinfo=self.zone or like.tzinfo)

    def next_day(self, day: date, step: timedelta = DAY) -> date:
        day += step
        while not self.spans(day):
            day += step
        return day


@lru_cache(maxsize=256)
def parse_target(target: str) -> tuple[int, str]:
    """(number, unit) of a target, such as (4, "wh"). Raises ValueError, also above a year."""
    match = re.fullmatch(r"([1-9]\d{0,7})(min|h|d|wmin|wh|wd)", target)
    if not match:
        raise ValueError(
            _(
                "“%(text)s” is not a target. Write 30min, 4h or 10d around the clock; 30wmin, 4wh or 5wd in working "
                "time."
            )
            % {"text": target}
        )
    amount, unit = int(match[1]), match[2]
    if amount > MAX_AMOUNT[unit]:
        raise ValueError(_("“%(text)s” is more than a year.") % {"text": target})
    return amount, unit


def counts_office_time(target: str) -> bool:
    return parse_target(target)[1].startswith("w")


def due_date(start: datetime, target: str, calendar: Calendar) -> datetime:
    """End of a target that starts at `start` (aware). Raises ValueError for an invalid target."""
    amount, unit = parse_target(target)
    if unit == "d":
        return calendar.moment(calendar.wall(start) + amount * DAY, start)
    if unit in ROUND_THE_CLOCK:
        return add_elapsed_time(start, amount * ROUND_THE_CLOCK[unit])
    if unit in OFFICE:
        return add_working_time(start, amount * OFFICE[unit], calendar)
    wall = calendar.wall(start)
    day = wall.date()
    if not calendar.is_working_day(day) or wall > calendar.spans(day)[-1][1]:
        day = calendar.next_day(day)
    for _one in range(amount):
        day = calendar.next_day(day)
    return calendar.moment(calendar.spans(day)[-1][1], start)


def add_elapsed_time(moment: datetime, length: timedelta) -> datetime:
    """A moment later by elapsed time, also across daylight saving changes."""
    return (moment.astimezone(UTC) + length).astimezone(moment.tzinfo)


def add_working_time(moment: datetime, length: timedelta, calendar: Calendar) -> datetime:
    """First moment by which this much office time has passed since `moment`; `moment` for zero."""
    if length <= NOTHING:
        return moment
    wall = calendar.wall(moment)
    day = wall.date()
    while True:
        for opens, closes in calendar.spans(day):
            begins = max(opens, wall)
            if begins < closes:
                if closes - begins >= length:
                    return calendar.moment(begins + length, moment)
                length -= closes - begins
        day += DAY


def subtract_working_time(moment: datetime, length: timedelta, calendar: Calendar) -> datetime:
    """Last moment after which this much office time passes until `moment`; `moment` for zero."""
    if length <= NOTHING:
        return moment
    wall = calendar.wall(moment)
    day = wall.date()
    while True:
        for opens, closes in reversed(calendar.spans(day)):
            ends = min(closes, wall)
            if opens < ends:
                if ends - opens >= length:
                    return calendar.moment(ends - length, moment)
                length -= ends - opens
        day -= DAY


def working_time_between(a: datetime, b: datetime, calendar: Calendar) -> timedelta:
    """Office time from a to b; negative where b is before a."""
    since, until = calendar.wall(a), calendar.wall(b)
    if until < since:
        return -working_time_between(b, a, calendar)
    worked, day = NOTHING, since.date()
    while day <= until.date():
        for opens, closes in calendar.spans(day):
            worked += max(min(closes, until) - max(opens, since), NOTHING)
        day += DAY
    return worked


def shift_deadline(deadline: datetime, offset: str, calendar: Calendar, start: datetime | None = None) -> datetime:
    """Moment of a ladder offset: `-25%` of the time from `start` to the deadline, `-4h`, `0`, `+30wmin`, `+1wd`.

    Working days keep the time of day. A deadline on a day off counts as the closing before it when days are added, and
    as the opening after it when they are subtracted. Raises ValueError for an invalid offset.
    """
    if offset == "0":
        return deadline
    if share := re.fullmatch(r"-([1-9]\d?)%", offset):
        if start is None:
            raise ValueError("A part of the time needs its start.")
        return add_elapsed_time(deadline, -max(deadline - start, NOTHING) * int(share[1]) / 100)
    if offset[:1] not in ("+", "-"):
        raise ValueError(_("“%(text)s” is not a time before or after a deadline.") % {"text": offset})
    back, (amount, unit) = offset[0] == "-", parse_target(offset[1:])
    if unit in OFFICE:
        return (subtract_working_time if back else add_working_time)(deadline, amount * OFFICE[unit], calendar)
    if unit in ROUND_THE_CLOCK:
        return add_elapsed_time(deadline, amount * ROUND_THE_CLOCK[unit] * (-1 if back else 1))
    wall, step = calendar.wall(deadline), -DAY if back else DAY
    if unit == "d":
        return calendar.moment(wall + amount * step, deadline)
    day = wall.date()
    if not calendar.is_working_day(day):
        day = calendar.next_day(day, -step)
        wall = calendar.spans(day)[0][0] if back else calendar.spans(day)[-1][1]
    clock = wall - datetime.combine(day, time())
    for _one in range(amount):
        day = calendar.next_day(day, step)
    return calendar.moment(datetime.combine(day, time()) + clock, deadline)


def skipped_days(
    start: datetime, end: datetime, calendar: Calendar
) -> tuple[int, list[tuple[str, date, date, dict[str, str] | None]]]:
    """Nights (number) and runs of unusual days between two moments.

    A run is (kind, first day, last day, name): a `weekend`; a `holiday` with its name {"vi": …, "en": …}; a day that is
    `worked` although its weekday is free.
    """
    day, last = calendar.wall(start).date(), calendar.wall(end).date()
    nights, before = 0, None
    runs: list[tuple[str, date, date, dict[str, str] | None]] = []
    while day <= last:
        name = calendar.day_off_name(day)
        if calendar.is_working_day(day):
            nights += before == "works"
            before = "works"
            if not calendar.hours[day.weekday()]:
                runs.append(("worked", day, day, None))
        else:
            before = "holiday" if name else "weekend"
            if runs and runs[-1][0] == before and runs[-1][2] == day - DAY and runs[-1][3] == name:
                runs[-1] = (before, runs[-1][1], day, name)
            else:
                runs.append((before, day, day, name))
        day += DAY
    return nights, runs
