"""Periods that people ask about: from one day to another, both counted, by the city's clock."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

YEAR_RANGE = (2000, 2100)


def parse_period(first: str | None, last: str | None, usual: tuple[date, date], faults: list[str]) -> tuple[date, date]:
    """The days that these texts (`2026-11-24`, or "") name; `usual` = (first, last) where they name none.

    What is wrong with them goes into `faults` as sentences. The first day is never after what is usual as the last.
    """
    last = parse_day(last, usual[1], faults)
    first = parse_day(first, min(usual[0], last), faults)
    if first > last:
        faults.append(_("The first day comes after the last one."))
    return first, last


def parse_day(text, usual, faults):
    try:
        given = date.fromisoformat(text) if text else usual
    except ValueError:
        faults.append(_("A day is written as 2026-11-24."))
        return usual
    if not YEAR_RANGE[0] <= given.year < YEAR_RANGE[1]:
        faults.append(
            _("Days from %(first)s to %(last)s can be asked for.") % {"first": YEAR_RANGE[0], "last": YEAR_RANGE[1] - 1}
        )
        return usual
    return given


def midnights(first: date, last: date) -> tuple[datetime, datetime]:
    """The midnights between which these days lie: (at the start of the first, at the end of the last)."""
    zone = timezone.get_current_timezone()
    return datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone)
