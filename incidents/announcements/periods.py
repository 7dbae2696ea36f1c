"""Say when planned works are done: their days, with hours of work on some days of the week."""

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils.timezone import get_current_timezone, localtime
from django.utils.translation import gettext as _

from incidents.models import AnnouncementLine
from incidents.models.announcements import EVERY_DAY
from incidents.wording import WEEKDAYS

DAY = timedelta(days=1)
BAR_DAYS = 7
MONTHS_AWAY = timedelta(days=400)
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class MonthDay:
    """A day of a calendar, whether it lies in the month, and what is on."""

    day: date
    inside: bool
    lines: list[AnnouncementLine]

    @property
    def title(self) -> str:
        return f"{WEEKDAYS[self.day.weekday()]} {self.day:%d/%m}"


def at_clock(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=get_current_timezone())


def span_of_days(first: date, last: date, *, hours: tuple[time, time] | None, weekdays: str) -> Span | None:
    """Return from when until when works last that are done on these days; None where no day is one of the week's."""
    days = [day for day in days_between(first, last) if str(day.isoweekday()) in weekdays]
    if not days:
        return None
    if hours is None:
        return at_clock(days[0], time()), at_clock(days[-1] + DAY, time())
    return spell_on(days[0], hours)[0], spell_on(days[-1], hours)[1]


def days_between(first: date, last: date) -> Iterator[date]:
    return (first + n * DAY for n in range((last - first).days + 1))


def spell_on(day: date, hours: tuple[time, time]) -> Span:
    """Return the hours of work of a day; where the end is earlier it is on the next day."""
    begins, ends = hours
    return at_clock(day, begins), at_clock(day + DAY if ends <= begins else day, ends)


def hours_of(line: AnnouncementLine) -> tuple[time, time] | None:
    return None if line.hours_from is None or line.hours_to is None else (line.hours_from, line.hours_to)


def first_day(line: AnnouncementLine) -> date:
    return localtime(line.starts_at).date()


def last_day(line: AnnouncementLine) -> date:
    """Return the last day on which works begin: a night that ends in the morning belongs to the day before."""
    hours, ends = hours_of(line), localtime(line.until)
    if hours is None:
        return (ends - timedelta(microseconds=1)).date()
    return ends.date() - DAY if hours[1] <= hours[0] else ends.date()


def spells_of(line: AnnouncementLine) -> Iterator[Span]:
    """Yield when works are done, in order. What ended early is cut there; without hours it is one spell."""
    hours = hours_of(line)
    if hours is None:
        yield line.starts_at, line.until
        return
    for day in days_between(localtime(line.starts_at).date(), localtime(line.until).date()):
        begins, ends = spell_on(day, hours)
        if begins >= line.until:
            return
        if str(day.isoweekday()) in line.weekdays and ends > line.starts_at:
            yield max(begins, line.starts_at), min(ends, line.until)


def period_in_words(line: AnnouncementLine) -> str:
    return period_words(first_day(line), last_day(line), hours=hours_of(line), weekdays=line.weekdays)


def days_of_sign(line: AnnouncementLine) -> str:
    """Return the period as short as a sign on a map has room: `23/11–05/12`, of a day with its hours."""
    first, last = first_day(line), last_day(line)
    return period_in_words(line) if first == last else f"{first:%d/%m}–{last:%d/%m}"


def period_words(first: date, last: date, *, hours: tuple[time, time] | None, weekdays: str) -> str:
    """Return `Thu 26/11, 08:00–12:00`, `23/11–05/12, 22:00–05:00 (Mon–Fri)`, or without hours `23/11–05/12`."""
    days = f"{WEEKDAYS[first.weekday()]} {day_as_words(first)}" if first == last else days_in_words(first, last)
    if hours is None:
        return days
    week = f" ({weekdays_in_words(weekdays)})" if first != last and weekdays != EVERY_DAY else ""
    return f"{days}, {hours[0]:%H:%M}–{hours[1]:%H:%M}{week}"


def days_in_words(first: date, last: date) -> str:
    return f"{day_as_words(first, beside=last)}–{day_as_words(last)}"


def day_as_words(day: date, beside: date | None = None) -> str:
    """Return `26/11`, with the year if it is another one than today's, or than that of the day beside it."""
    years = {day.year, localtime().year, (beside or day).year}
    return f"{day:%d/%m/%Y}" if len(years) > 1 else f"{day:%d/%m}"


def weekdays_in_words(weekdays: str) -> str:
    """Return `Mon–Fri` for days in a row, else `Mon, Wed`."""
    names = [str(WEEKDAYS[int(number) - 1]) for number in weekdays]
    if len(names) > 2 and weekdays in EVERY_DAY:
        return f"{names[0]}–{names[-1]}"
    return ", ".join(names)


# ---- a month ----


def is_on(line: AnnouncementLine, day: date) -> bool:
    """Whether something begins or goes on on this day; a night's work is on the day it begins."""
    return first_day(line) <= day <= last_day(line) and str(day.isoweekday()) in line.weekdays


def read_month(text: str, today: date) -> date:
    """Return the first day of a month written as `2026-12`; of today's where it is none, or over a year away."""
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return month if abs((month - today).days) <= MONTHS_AWAY.days else today.replace(day=1)


def weeks_of(month: date, lines: Iterable[AnnouncementLine]) -> list[list[MonthDay]]:
    """Return the weeks, Monday first, that a month touches, with what is on on each day of it."""
    lines, weeks = list(lines), calendar.Calendar().monthdatescalendar(month.year, month.month)
    return [[month_day(day, month, lines) for day in week] for week in weeks]


def month_day(day: date, month: date, lines: list[AnnouncementLine]) -> MonthDay:
    inside = day.month == month.month
    return MonthDay(day, inside=inside, lines=[line for line in lines if inside and is_on(line, day)])


# ---- the bar of a page ----


@dataclass(frozen=True)
class BarDay:
    """A day of the bar: its spells as (percent from the left, width in percent), and the hours of what begins on it."""

    day: date
    spells: list[tuple[str, str]]
    words: str

    @property
    def title(self) -> str:
        return f"{WEEKDAYS[self.day.weekday()]} {self.day:%d/%m}"


def days_ahead(line: AnnouncementLine, at: datetime) -> list[BarDay]:
    """Return at most a week of days from today or the first one on, as far as works last."""
    begins = max(first_day(line), localtime(at).date())
    ends = min(localtime(line.until - timedelta(microseconds=1)).date(), begins + (BAR_DAYS - 1) * DAY)
    return [bar_day(line, day) for day in days_between(begins, ends)]


def bar_day(line: AnnouncementLine, day: date) -> BarDay:
    midnight, next_midnight = at_clock(day, time()), at_clock(day + DAY, time())
    spells = [spell for spell in spells_of(line) if spell[1] > midnight and spell[0] < next_midnight]
    parts = [(max(begins, midnight), min(ends, next_midnight)) for begins, ends in spells]
    lengths = [
        (f"{(begins - midnight) / DAY * 100:.1f}", f"{max((ends - begins) / DAY * 100, 1):.1f}")
        for begins, ends in parts
    ]
    hours = hours_of(line)
    begun = [f"{localtime(begins):%H:%M}–{localtime(ends):%H:%M}" for begins, ends in spells if begins >= midnight]
    return BarDay(day, spells=lengths, words=", ".join(begun) if hours else _("all day"))
