"""Tell where a ward's office is and when it is open, as far as that is known."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.utils.timezone import localtime

from gis_data.models import Area
from incidents.deadlines import service_levels, working_time
from incidents.models import Authority
from incidents.wards.duties import public_numbers
from incidents.wording import WEEKDAYS

DAYS_AHEAD = 14


@dataclass(frozen=True)
class Office:
    """The unit of a ward. `hours`: rows of (days, spans), empty where its hours are not known."""

    unit: Authority
    phone: str
    hours: list[tuple[str, str]]
    open_until: datetime | None = None  # of the span that runs now
    opens_at: datetime | None = None  # where it is closed now

    @property
    def is_known(self) -> bool:
        return bool(self.unit.office_address or self.phone or self.hours)


def office_of(ward: Area, at: datetime) -> Office | None:
    unit = Authority.objects.filter(area=ward).first()
    return describe_office(unit, at, phone=public_numbers([unit.pk]).get(unit.pk, "")) if unit else None


def describe_office(
    unit: Authority, at: datetime, *, phone: str, rules: service_levels.ServiceLevelRules | None = None
) -> Office:
    """Return the office of a unit; `rules`, if read already, say when it is open."""
    try:
        week = working_time.parse_office_hours(unit.office_hours) if unit.office_hours else None
    except ValueError:  # written past the administration, which refuses it
        week = None
    if week is None:
        return Office(unit, phone, [])
    calendar = (rules or service_levels.current_rules()).calendar(unit.pk)
    until, opens = opening(calendar, at)
    return Office(unit, phone, hours_table(week), open_until=until, opens_at=opens)


def opening(calendar: working_time.Calendar, at: datetime) -> tuple[datetime | None, datetime | None]:
    """Return (end of the span that runs, beginning of the next one where none does); public holidays are closed."""
    day = localtime(at).date()
    for ahead in range(DAYS_AHEAD):
        for begin, end in calendar.spans(day + timedelta(days=ahead)):
            if begin <= calendar.wall(at) < end:
                return calendar.moment(end, at), None
            if begin > calendar.wall(at):
                return None, calendar.moment(begin, at)
    return None, None


def hours_table(week: working_time.Week) -> list[tuple[str, str]]:
    """Return rows such as (`Mon – Fri`, `07:30–11:30, 13:00–17:00`); without spans the office is closed."""
    rows = []
    for spans, group in groupby(enumerate(week), key=lambda day: day[1]):
        numbers = [number for number, _spans in group]
        first, last = WEEKDAYS[numbers[0]], WEEKDAYS[numbers[-1]]
        words = ", ".join(f"{clock(begin)}–{clock(end)}" for begin, end in spans)
        rows.append((f"{first} – {last}" if len(numbers) > 1 else str(first), words))
    return rows


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
