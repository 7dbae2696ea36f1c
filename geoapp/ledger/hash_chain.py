"""Hash chains: each entry's digest is the SHA-256 of the digest before it and of the entry's own bytes."""

import hashlib
import json
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.utils.timezone import get_default_timezone

GENESIS = bytes(32)  # what stands before the first entry
encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def canonical_bytes(value: object) -> bytes:
    """JSON in one way of writing: letters as they are, keys of objects in their order, no blanks; UTF-8."""
    return encode(value).encode()


def utc_text(moment: datetime) -> str:
    """A moment (aware) in UTC with six digits of a second: `2026-11-25T01:00:00.000000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def next_digest(previous: bytes, entry: bytes) -> bytes:
    """The digest of an entry, from its bytes and the digest of the entry before it."""
    return hashlib.sha256(previous + entry).digest()


def salted_digest(text: str, salt: UUID | None = None) -> bytes:
    """The digest of words that may be erased later; without its salt a short text is found by trying."""
    return hashlib.sha256((salt.bytes if salt else b"") + text.encode()).digest()


def start_of_day(day: date) -> datetime:
    """The moment at which a day begins, in the city's time."""
    return datetime.combine(day, time(), tzinfo=get_default_timezone())


def end_of_day(day: date) -> datetime:
    """The moment at which the day after it begins, in the city's time."""
    return start_of_day(day + timedelta(days=1))
