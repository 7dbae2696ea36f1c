"""Read a city's own rules from [policies] of its `city.toml`: hours, terms, limits of messages."""

import re
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Any

from gis_data import city
from gis_data.models import City
from gis_data.pack import InvalidData, Pack

DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
DAYS = rf"{DAY}(?:-{DAY})?(?:,{DAY}(?:-{DAY})?)*"
TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"
HOURS = rf"{DAYS}(?: +{TIME}-(?:{TIME}|24:00))+"
TERM = r"[1-9]\d{0,3}(?:min|h|d|wmin|wh|wd)"


@dataclass(frozen=True)
class Policies:
    """Default policies; docs/city-packs.md describes each."""

    office_hours: str = "Mon-Fri 07:30-11:30 13:00-17:00"
    hotline_hours: str = ""
    call_back_within: str = "30min"
    call_back_urgent_within: str = "5min"
    more_time_days: int = 15
    close_after_days: int = 7
    dispute_days: int = 14
    on_time_goal: int = 95
    many_reports: int = 10
    digest_weekday: int = 5
    digest_at: str = "15:00"
    digest_segments: int = 2
    quiet_hours: str = "21:00-07:00"
    batch_minutes: int = 10
    sms_countries: tuple[str, ...] = ()
    notice_cap_per_day: int = 0
    notice_reserve: int = 50
    camera_news_hours: int = 24
    camera_still_minutes: int = 5
    link_months: int = 12
    keep_contacts_months: int = 24
    idea_supporters: int = 500
    idea_answer_days: int = 30
    idea_network_most: int = 50
    bulletin_minutes: int = 60
    keep_calls_days: int = 180
    keep_evidence_months: int = 24
    keep_looks_months: int = 36
    keep_room_log_months: int = 24
    browser_language: bool = True


# Of each number the least and the most that make sense; 1 and more where a policy is not named.
RANGES = {
    "on_time_goal": (1, 100), "digest_weekday": (1, 7), "batch_minutes": (0, 1440), "bulletin_minutes": (5, 1440),
    "notice_cap_per_day": (0, 10**12), "notice_reserve": (0, 100), "keep_looks_months": (12, 1200),
    "keep_room_log_months": (12, 1200),
}  # fmt: skip
# Of each text what it looks like, and an example.
SHAPES = {
    "office_hours": (rf"{HOURS}(?:; *{HOURS})*", "Mon-Fri 07:30-11:30 13:00-17:00; Sat 07:30-11:30"),
    "hotline_hours": (rf"(?:{HOURS}(?:; *{HOURS})*)?", "Mon-Sun 07:00-22:00"),
    "call_back_within": (TERM, "30min, 2h, 1d or 2wh"),
    "call_back_urgent_within": (TERM, "5min"),
    "digest_at": (TIME, "15:00"),
    "quiet_hours": (rf"(?:{TIME}-{TIME})?", "21:00-07:00, or empty"),
}


def read_policies(pack: Pack) -> dict[str, Any]:
    table = pack.section("policies", []) or {}
    defaults = asdict(Policies())
    faults = [f"city.toml [policies]: there is no {name}." for name in table.keys() - defaults.keys()]
    faults += [
        f"city.toml [policies]: {name} {fault}"
        for name, value in table.items()
        if name in defaults and (fault := fault_of(name, value, defaults[name]))
    ]
    if faults:
        raise InvalidData(*sorted(faults))
    return dict(table)


def fault_of(name: str, value: object, default: object) -> str:
    if isinstance(default, tuple):
        right = isinstance(value, list) and all(re.fullmatch("[A-Z]{2}", str(code)) for code in value)
        return "" if right else 'is a list of countries such as ["LA", "KH"].'
    if isinstance(default, bool):
        return "" if isinstance(value, bool) else "is true or false."
    if isinstance(default, int):
        least, most = RANGES.get(name, (1, 100_000))
        right = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        return "" if right else f"is a number from {least} to {most}."
    shape, example = SHAPES[name]
    return "" if isinstance(value, str) and re.fullmatch(shape, value) else f"looks like {example}."


def current() -> Policies:
    if city.CITY_OF_REQUEST.get() is None:  # a job asks for them alone
        stored = City.objects.values_list("policies", flat=True).first() or {}
    else:
        stored = loaded.policies if (loaded := city.find_city()) else {}
    return policies_of(tuple((name, freeze(value)) for name, value in stored.items()))


def allows_browser_language() -> bool:
    """Return `browser_language` by one small query: also requests that need nothing else of the city ask."""
    stored = City.objects.values_list("policies__browser_language", flat=True).first()
    return Policies.browser_language if stored is None else stored


@lru_cache(maxsize=8)
def policies_of(stored: tuple[tuple[str, Any], ...]) -> Policies:
    known = {field.name for field in fields(Policies)}
    return Policies(**{name: value for name, value in stored if name in known})


def freeze(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
