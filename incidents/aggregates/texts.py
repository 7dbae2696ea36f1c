"""Remember which incidents contain a text in their public words.

A text is searched once in the index of words; each further question reads what has changed since.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from geoapp.db import planner
from incidents.models import Incident, IncidentWords
from incidents.models.incident import words_of
from incidents.sql import named_query, statement

MEMORY = 8_000_000  # bytes that a process keeps at most: of two million incidents 32 texts
EVERYTHING, ONLY_OPEN = date(1900, 1, 1), date(2999, 12, 1)  # days before all reports, and after them
MANY = 100_000  # candidates: to read all incidents is cheaper than to look each of these up
NOBODY = "SELECT 0::bigint AS id WHERE false"


@dataclass(frozen=True)
class KnownText:
    """The incidents with a text: the open ones, and those reported since a day."""

    database: str  # which one told it, since it was started and filled
    number: int  # what transactions before this one have written is in it
    since: date
    bits: bytes  # of each key whether it is one of them, the lowest bit first; the last one is not set

    @property
    def flags(self) -> np.ndarray:
        return np.unpackbits(np.frombuffer(self.bits, dtype=np.uint8), bitorder="little").view(bool)

    @property
    def last_bit(self) -> int:
        return len(self.bits) * 8 - 1


class TextMemory:
    """The texts that a process has searched; if there are too many, the least recently used one is dropped."""

    def __init__(self, most: int) -> None:
        self.most, self.lock = most, threading.Lock()
        self.texts: OrderedDict[str, KnownText] = OrderedDict()

    def find(self, text: str) -> KnownText | None:
        with self.lock:
            if text in self.texts:
                self.texts.move_to_end(text)
            return self.texts.get(text)

    def keep(self, text: str, known: KnownText) -> None:
        with self.lock:
            self.texts[text] = known
            self.texts.move_to_end(text)
            while sum(len(known_text.bits) for known_text in self.texts.values()) > self.most:
                self.texts.popitem(last=False)

    def forget(self) -> None:
        with self.lock:
            self.texts.clear()


memory = TextMemory(MEMORY)


def find_text(text: str, since: date) -> KnownText:
    """Return which incidents `matching_in_public` finds now: all open ones, and those reported since that day."""
    known = memory.find(text)
    answer = ask_for_text(text, since, known)
    if known and answer.database != known.database:
        answer = ask_for_text(text, since, None)
    memory.keep(text, answer)
    return answer


def ask_for_text(text, since, known):
    unknown, params = unknown_query(text, since, known)
    matching = Incident.objects.matching_in_public(text, by_index=False)
    changed_query, values = named_query(matching.filter(pk=RawSQL("changed.incident_id", [])).values("id"), "one")
    params |= values | {"number": known.number if known else None}
    text_query = statement("aggregate_texts", unknown=unknown, one=changed_query)
    connection.ensure_connection()
    # As bytes are, without the detour by hexadecimal digits.
    with connection.wrap_database_errors, connection.connection.cursor(binary=True) as cursor:
        database, number, *told_keys = cursor.execute(text_query, params).fetchone()
    with_text, without = (read_keys(some) for some in (told_keys[:2], told_keys[2:]))
    before = known.flags if known else np.zeros(0, dtype=bool)
    flags = np.zeros(max(int(with_text.max(initial=0)) + 2, len(before)), dtype=bool)
    flags[: len(before)] = before
    flags[with_text] = True
    flags[without[without < len(flags)]] = False
    bits = np.packbits(flags, bitorder="little").tobytes()
    return KnownText(database, number, min(since, known.since) if known else since, bits)


def read_keys(pieces):
    return np.frombuffer(b"".join(keys for keys in pieces if keys), dtype=">i8").astype(np.int64)


def unknown_query(text, since, known):
    lately = {} if since == EVERYTHING else {"received_at__gte": earliest(since)}
    if known:
        parts = [] if known.since <= since else [{"received_at__lt": earliest(known.since)} | lately]
    elif since == EVERYTHING:
        parts = [{}]
    else:
        parts = [{"closed_at": None}] + [lately] * (since < ONLY_OPEN)
    if not parts:
        return NOBODY, {}
    matching = Incident.objects.matching_in_public(text, by_index=may_read_words() and expect_candidates(text) < MANY)
    named = [named_query(matching.filter(**part).order_by().values("id"), f"part_{n}") for n, part in enumerate(parts)]
    params = {name: value for _query, values in named for name, value in values.items()}
    return " UNION ALL ".join(query for query, _values in named), params


def may_read_words():
    """Return whether this database role may read words: the reader of a replica may not, for they include
    private ones.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_column_privilege('incidents_incidentwords', 'text', 'SELECT')")
        return cursor.fetchone()[0]


def expect_candidates(text):
    conditions = [Q(text__contains=word) for word in words_of(text)]
    return planner.expected_rows(IncidentWords.objects.filter(*conditions))


def earliest(day):
    """Return a moment before the day begins in any time zone."""
    return datetime.combine(day, time(), tzinfo=UTC) - timedelta(days=1)
