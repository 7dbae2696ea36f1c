"""What somebody says in a chat, whichever platform brings it, and how the platforms' JSON is read.

Their own pages and the programs that run do not agree on some names: adapters read each spelling that was seen.
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
    """What somebody said in the chat, or did there."""

    kind: str  # sent, follow, unfollow
    event_id: str
    user: str  # as Correspondent.user
    at: datetime
    text: str = ""
    pictures: tuple = ()  # addresses
    place: tuple | None = None  # longitude, latitude
    phone: str = ""
    network: str = ""  # from where, as `limits.network_of` has it, where that is known
    unsupported: bool = False  # a sticker, a voice, a film: nothing that we can take


def parse_json(body: bytes | str) -> dict:
    """The JSON object, {} for anything else. Numbers stay strings: ids are longer than a float is exact."""
    try:
        payload = read_json(body, any_text=True, parse_int=str, parse_float=str)
    except InvalidJson:
        return {}
    return payload if isinstance(payload, dict) else {}


def nested_value(value: Any, *keys: str) -> Any:
    """What stands under these keys, one in the other; None where there is no such thing."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def short_text(value: Any, longest: int = 100) -> str:
    """A short word in one line; "" for what is none."""
    return tidy(value)[:longest] if isinstance(value, str) and is_storable(value) else ""


def is_storable(text: str) -> bool:
    """Whether it is text at all: half of a letter is none."""
    return not any(0xD800 <= ord(letter) <= 0xDFFF for letter in text)


def first_text(candidates: Iterable[Any]) -> str:
    """The first of these that is a text with words, tidied and at most MAX_TEXT long; "" for none."""
    texts = (
        tidy(text[: 4 * MAX_TEXT])[:MAX_TEXT] for text in candidates if isinstance(text, str) and is_storable(text)
    )
    return next(filter(None, texts), "")


def event_time(stamp: str) -> datetime:
    """The time of a stamp in milliseconds; now, where it is none. What no calendar has is its first moment or last."""
    try:
        milliseconds = int(stamp)
    except ValueError:
        return now()
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return (datetime.min if milliseconds < 0 else datetime.max).replace(tzinfo=UTC)


def is_timely(at: datetime) -> bool:
    """Whether an event of this moment may still come in, or its platform's clock, or ours, is wrong.

    A platform sends again what it could not deliver for some hours. What is older was taken long ago, and the key by
    which a second copy is known is kept for some days only: a signature alone does not say that it is new.
    """
    here = now()
    return here - MAX_CLOCK_ERROR < at < here + MAX_AHEAD


def parse_degrees(payload: Any, names: tuple[str, ...], most: float) -> float | None:
    """The degrees that stand under one of these names; None where there are none, or more than `most`."""
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
