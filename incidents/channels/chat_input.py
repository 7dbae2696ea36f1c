"""Common form of chat input from all platforms, and tolerant readers of their JSON.

Platforms' documentation and actual payloads differ in some names; adapters accept each spelling seen.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.timezone import now

from geoapp.http.text_validation import InvalidJson, read_json
from gis_data.words import tidy

MAX_TEXT = 4000  # characters of what was written
MAX_URL = 2000
MAX_PICTURES = 10  # of one message
MAX_CLOCK_ERROR = timedelta(days=2)  # what was said longer ago, or later, has a wrong clock
MAX_AHEAD = timedelta(hours=1)  # of an event that a platform has signed


@dataclass(frozen=True)
class ChatInput:
    kind: str  # sent, follow, unfollow
    event_id: str
    user: str  # as Correspondent.user
    at: datetime
    text: str = ""
    pictures: tuple = ()  # addresses
    place: tuple | None = None  # longitude, latitude
    phone: str = ""
    network: str = ""  # from where, as `rate_limits.network_of` has it, where that is known
    unsupported: bool = False  # a sticker, a voice, a film: nothing that we can take


def parse_json(body: bytes | str) -> dict:
    """The JSON object, {} for anything else. Numbers stay strings: ids have more digits than a float."""
    try:
        payload = read_json(body, any_text=True, parse_int=str, parse_float=str)
    except InvalidJson:
        return {}
    return payload if isinstance(payload, dict) else {}


def nested_value(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def short_text(value: Any, longest: int = 100) -> str:
    return tidy(value)[:longest] if isinstance(value, str) and is_storable(value) else ""


def is_storable(text: str) -> bool:
    return not any(0xD800 <= ord(letter) <= 0xDFFF for letter in text)


def first_text(candidates: Iterable[Any]) -> str:
    """First candidate that is non-empty text, tidied and cut to MAX_TEXT; "" for none."""
    texts = (
        tidy(text[: 4 * MAX_TEXT])[:MAX_TEXT] for text in candidates if isinstance(text, str) and is_storable(text)
    )
    return next(filter(None, texts), "")


def event_time(stamp: str) -> datetime:
    """Time of a stamp in milliseconds; now for an invalid one. Clamped to the range of datetime."""
    try:
        milliseconds = int(stamp)
    except ValueError:
        return now()
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return (datetime.min if milliseconds < 0 else datetime.max).replace(tzinfo=UTC)


def is_timely(at: datetime) -> bool:
    """Whether an event of this time is accepted: neither too old nor in the future.

    Platforms retry for some hours. The key that detects a repeated event is kept for some days only, so an older signed
    event may be a replay.
    """
    here = now()
    return here - MAX_CLOCK_ERROR < at < here + MAX_AHEAD


def parse_degrees(payload: Any, names: tuple[str, ...], most: float) -> float | None:
    """Degrees under one of these names; None for none, or an absolute value above `most`."""
    for name in names:
        value = nested_value(payload, name)
        if isinstance(value, str):
            try:
                number = float(value)
            except ValueError:
                continue
            if abs(number) <= most:  # nor is it no number
                return number
    return None
