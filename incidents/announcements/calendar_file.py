"""Write announcements as iCalendar (RFC 5545): an event each, works with hours as a repeated one."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import get_current_timezone, localtime

from incidents.announcements import periods
from incidents.models import AnnouncementLine
from incidents.models.announcements import EVERY_DAY

LINE_BYTES = 75  # longer lines are folded
DAYS = dict(zip(EVERY_DAY, ("MO", "TU", "WE", "TH", "FR", "SA", "SU"), strict=True))
REMINDED_BEFORE = "-PT1H"
STAMP = "%Y%m%dT%H%M%S"


def calendar_of(lines: Iterable[AnnouncementLine], *, name: str) -> bytes:
    """Return a calendar of these valid lines, in the active language and the city's time zone."""
    lines = list(lines)
    content = [
        ("BEGIN", "VCALENDAR"), ("VERSION", "2.0"), ("PRODID", f"-//{host()}//announcements//"),
        ("METHOD", "PUBLISH"), ("X-WR-CALNAME", as_text(name)), *zone_of(lines),
    ]  # fmt: skip
    for line in lines:
        content += event_of(line)
    content.append(("END", "VCALENDAR"))
    return b"".join(fold_line(f"{name}:{value}") for name, value in content)


def host() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def event_of(line: AnnouncementLine) -> Iterator[tuple[str, str]]:
    announcement = line.announcement
    page = settings.SITE_URL + reverse("announcement", args=[announcement.pk])
    spell = next(periods.spells_of(line), (line.starts_at, line.until))
    zone = f";TZID={zone_name()}"
    yield "BEGIN", "VEVENT"
    yield "UID", f"announcement-{announcement.pk}@{host()}"
    yield "DTSTAMP", utc(line.at)
    yield "LAST-MODIFIED", utc(line.at)
    yield "SEQUENCE", str(line.pk)  # grows with each correction
    yield f"DTSTART{zone}", f"{localtime(spell[0]):{STAMP}}"
    yield f"DTEND{zone}", f"{localtime(spell[1]):{STAMP}}"
    if line.hours_from and periods.first_day(line) != periods.last_day(line):
        days = "" if line.weekdays == EVERY_DAY else ";BYDAY=" + ",".join(DAYS[number] for number in line.weekdays)
        yield "RRULE", f"FREQ={'WEEKLY' if days else 'DAILY'}{days};UNTIL={utc(line.until)}"
    yield "SUMMARY", as_text(f"{line.headline} · {announcement.place_title}")
    yield "DESCRIPTION", as_text(f"{line.words}\n{announcement.unit.title}")
    yield "LOCATION", as_text(announcement.place_title)
    yield "CATEGORIES", as_text(announcement.get_kind_display())
    yield "URL", page
    yield "STATUS", "CANCELLED" if line.kind == AnnouncementLine.Kind.ENDED else "CONFIRMED"
    yield "TRANSP", "TRANSPARENT"
    yield from (("BEGIN", "VALARM"), ("ACTION", "DISPLAY"), ("TRIGGER", REMINDED_BEFORE))
    yield "DESCRIPTION", as_text(line.headline)
    yield from (("END", "VALARM"), ("END", "VEVENT"))


def utc(moment: datetime) -> str:
    return f"{localtime(moment, UTC):{STAMP}}Z"


def zone_name() -> str:
    return str(get_current_timezone())


def zone_of(lines: list[AnnouncementLine]) -> Iterator[tuple[str, str]]:
    """Yield the city's time zone with each change of its offset while these lines are valid."""
    if not lines:
        return
    first = min(localtime(line.starts_at) for line in lines) - timedelta(days=1)
    last = max(localtime(line.until) for line in lines) + timedelta(days=1)
    yield "BEGIN", "VTIMEZONE"
    yield "TZID", zone_name()
    before = None
    for n in range((last - first).days + 1):
        day = periods.at_clock(first.date() + timedelta(days=n), time())
        if before is None or day.utcoffset() != before.utcoffset():
            kind = "DAYLIGHT" if day.dst() else "STANDARD"
            since = change_between(before, day) if before else day
            yield from (("BEGIN", kind), ("DTSTART", f"{since:{STAMP}}"))
            yield "TZOFFSETFROM", f"{before or day:%z}"
            yield from (("TZOFFSETTO", f"{day:%z}"), ("TZNAME", f"{day:%Z}"), ("END", kind))
        before = day
    yield "END", "VTIMEZONE"


def change_between(before: datetime, after: datetime) -> datetime:
    """Return when the offset changes, by the clock that is valid until then."""
    for minutes in range(0, 25 * 60, 15):
        moment = before.astimezone(UTC) + timedelta(minutes=minutes)
        if localtime(moment).utcoffset() != before.utcoffset():
            return moment + (before.utcoffset() or timedelta())
    return after


def as_text(words: Any) -> str:
    """Return words as a value of type TEXT."""
    text = "".join(character for character in str(words) if character >= " " or character == "\n")
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\n", "\\n")


def fold_line(line: str) -> bytes:
    """Return a content line of pieces that have at most 75 bytes, and no character in two pieces."""
    pieces, piece = [], b""
    for character in line:
        encoded = character.encode()
        if len(piece) + len(encoded) > LINE_BYTES:
            pieces.append(piece)
            piece = b" "
        piece += encoded
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
