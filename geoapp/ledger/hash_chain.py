"""Hash chains: each entry's digest is the SHA-256 of the digest before it and of the entry's own bytes."""

import hashlib
import json
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.utils.timezone import get_default_timezone

GENESIS = bytes(32)  # what stands before the first entry
encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def canonical_bytes(value: object) -> bytes:
    """Return canonical JSON: keys sorted, no blanks, letters unescaped, UTF-8."""
    return encode(value).encode()


def utc_text(moment: datetime) -> str:
    """Format an aware moment in UTC with microseconds: `2026-11-25T01:00:00.000000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def next_digest(previous: bytes, entry: bytes) -> bytes:
    return hashlib.sha256(previous + entry).digest()


def salted_digest(text: str, salt: UUID | None = None) -> bytes:
    """Return the digest of a text that may be erased later; the salt keeps short texts from being guessed."""
    return hashlib.sha256((salt.bytes if salt else b"") + text.encode()).digest()


def start_of_day(day: date) -> datetime:
    """Return the first moment of a day in the city's time zone."""
    return datetime.combine(day, time(), tzinfo=get_default_timezone())


def end_of_day(day: date) -> datetime:
    """Return the first moment of the next day in the city's time zone."""
    return start_of_day(day + timedelta(days=1))
