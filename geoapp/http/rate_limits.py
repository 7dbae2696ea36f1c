"""Limit request rates by token buckets: one for each limit of `settings.LIMITS` and each key.

A bucket fills at a steady rate and gives tokens; an empty one tells when the next token comes. Its only state is the
moment it will be full again. Limits shared by all processes (`is_shared`) are stored in an unlogged table, with one
statement for all buckets of a question; the others, asked a thousand times as often, in each process's memory. See
docs/adr/0022.
"""

import hashlib
import ipaddress
import math
import threading
import time
import weakref
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from geoapp.db import planner
from geoapp.db.admission import refusal_response
from geoapp.http.token_bucket import CLOCKS_DIFFER_S, Limit, take_token

# Limits counted for all processes together: of what is stored, costs money, or guesses secrets.
SHARED_KINDS = frozenset(
    {
        "report",
        "hold",
        "upload",
        "waiting",
        "code",
        "code-try",
        "urgent",
        "mail-answer",
        "me-too",
        "answer-vote",
        "idea",
        "support",
        "neighbour",
        "follow",
        "add",
        "puzzle",
        "sign-in",
    }
)
SHARED_NAMES = frozenset({"open311:key", "surge:key"})
BUCKETS_IN_MEMORY = 50_000
STREAMS_AT_ONCE = 7_000  # of the 8,192 connections that bin/web admits to each process
View = TypeVar("View", bound=Callable[..., Any])


class Ask(NamedTuple):
    """A request for tokens: limit name, key it is counted for, number of tokens."""

    name: str
    whom: str
    cost: int = 1


class MemoryBuckets:
    """Token buckets in this process's memory; the least recently used are dropped beyond a maximum."""

    def __init__(self) -> None:
        self.full_at: OrderedDict[tuple[str, str], float] = OrderedDict()
        self.lock = threading.Lock()

    def take(self, asks: Iterable[Ask], at: float) -> dict[str, float]:
        """Return the seconds to wait by the name of each exhausted limit."""
        waits = {}
        with self.lock:
            for ask in asks:
                key = ask.name, ask.whom
                full_at, wait = take_token(self.full_at.pop(key, 0.0), at, limit_of(ask.name), ask.cost)
                self.full_at[key] = full_at
                if wait:
                    waits[ask.name] = wait
            while len(self.full_at) > BUCKETS_IN_MEMORY:
                self.full_at.popitem(last=False)
        return waits

    def charge(self, asks: Iterable[Ask], at: float) -> None:
        """Take tokens after the fact, down to empty; a negative cost gives tokens back."""
        with self.lock:
            for ask in asks:
                key, limit = (ask.name, ask.whom), limit_of(ask.name)
                then = max(self.full_at.pop(key, 0.0), at) + ask.cost * limit.step_s
                self.full_at[key] = min(then, at + limit.period_s)

    def clear(self) -> None:
        with self.lock:
            self.full_at.clear()


# Rows are locked in the order of their keys, so that two questions never wait for one another. The rule is that of
# `take_token`, a clock that was put back included.
TAKE = """
INSERT INTO incidents_limitbucket AS bucket (key, full_at, period, taken)
SELECT key, %(at)s::timestamptz + step, period, step <= period
FROM unnest(%(keys)s::text[], %(steps)s::interval[], %(periods)s::interval[]) AS asked (key, step, period)
ORDER BY key
ON CONFLICT (key) DO UPDATE SET (full_at, period, taken) = (
    SELECT CASE WHEN fits THEN later ELSE full_by END, EXCLUDED.period, fits
    FROM (SELECT CASE WHEN bucket.full_at > %(at)s + EXCLUDED.period + %(clocks_differ)s THEN %(at)s
                      ELSE least(bucket.full_at, %(at)s + EXCLUDED.period) END) AS now (full_by)
    CROSS JOIN LATERAL (SELECT greatest(full_by, %(at)s) + (EXCLUDED.full_at - %(at)s)) AS next (later)
    CROSS JOIN LATERAL (SELECT later <= %(at)s + EXCLUDED.period) AS test (fits)
)
RETURNING key, taken, full_at
"""
LOOK = "SELECT key, full_at FROM incidents_limitbucket WHERE key = ANY (%s)"


def take_shared(asks: Iterable[Ask], at: Any) -> dict[str, float]:
    return take_of_rows({bucket_key(ask): (ask, limit_of(ask.name)) for ask in asks}, at)[1]


def take_of_rows(rows: dict[str, tuple[Ask, Limit]], at: Any) -> tuple[set[str], dict[str, float]]:
    """Return (keys of refusing buckets, seconds to wait by name of the exhausted limit)."""
    if not rows:
        return set(), {}
    values = {
        "keys": list(rows),
        "steps": [timedelta(seconds=ask.cost * limit.step_s) for ask, limit in rows.values()],
        "periods": [timedelta(seconds=limit.period_s) for _ask, limit in rows.values()],
        "at": at,
        "clocks_differ": timedelta(seconds=CLOCKS_DIFFER_S),
    }
    with planner.prepared_statements(), connection.cursor() as cursor:
        cursor.execute(TAKE, values)
        refused = {key: full_at for key, is_granted, full_at in cursor.fetchall() if not is_granted}
    return set(refused), {
        rows[key][0].name: seconds_to_wait(*rows[key], full_at, at) for key, full_at in refused.items()
    }


def take_each(questions: Sequence[Sequence[Ask]]) -> list[dict[str, float]]:
    """Answer several `take` questions of database-counted limits by one statement, as if asked in turn.

    Of a bucket that has enough for all of them the tokens are taken at once, which leaves it as one by one would. Call
    it outside a transaction.
    """
    if not is_on():
        return [{} for _asks in questions]
    moment = now()
    questions_by_key = [{bucket_key(ask): (ask, limit_of(ask.name)) for ask in asks} for asks in questions]
    wanted: dict[str, tuple[Ask, Limit]] = {}
    for rows in questions_by_key:
        for key, (ask, limit) in rows.items():
            before = wanted[key][0].cost if key in wanted else 0
            wanted[key] = ask._replace(cost=before + ask.cost), limit
    # One that never holds so many is asked one by one only: a new bucket that refuses is left empty.
    enough = {key: row for key, row in wanted.items() if row[0].cost <= row[1].count}
    scarce = (wanted.keys() - enough.keys()) | take_of_rows(enough, moment)[0]
    return [
        take_of_rows({key: row for key, row in rows.items() if key in scarce}, moment)[1] for rows in questions_by_key
    ]


def bucket_key(ask: Ask) -> str:
    """Return a bucket's database key: a digest that hides whom it is counted for."""
    digest = hashlib.blake2b(ask.whom.encode(), digest_size=16, key=settings.SECRET_KEY.encode()[:64]).hexdigest()
    return f"{ask.name} {digest}"


def count_reached(name: str, at: Any = None) -> int:
    moment, limit = at or now(), limit_of(name)
    with connection.cursor() as cursor:
        full = moment + timedelta(seconds=limit.period_s - limit.step_s)
        cursor.execute(
            "SELECT count(*) FROM incidents_limitbucket WHERE key LIKE %s AND full_at > %s", [f"{name} %", full]
        )
        return cursor.fetchone()[0]


def seconds_to_wait(ask, limit, full_at, at):
    behind = max(0.0, (full_at - at).total_seconds())
    return max(1.0, behind + ask.cost * limit.step_s - limit.period_s)


buckets = MemoryBuckets()


def limit_of(name: str) -> Limit:
    return settings.LIMITS[name]


def is_on() -> bool:
    return bool(settings.LIMITS)


def take(*asks: Ask, at: Any = None) -> dict[str, float]:
    """Take tokens. Returns the seconds to wait by the name of each exhausted limit.

    Buckets are independent: when one refuses, the others have given their tokens. Call it outside a transaction where
    others may use the same buckets: a shared one stays locked until commit.
    """
    if not is_on():
        return {}
    moment = at or now()
    shared = [ask for ask in asks if is_shared(ask.name)]
    own = [ask for ask in asks if not is_shared(ask.name)]
    waits = take_shared(shared, moment)
    return waits | (buckets.take(own, moment.timestamp() if at else time.monotonic()) if own else {})


def charge(*asks: Ask) -> None:
    """Charge used tokens to buckets in memory without refusing; a negative cost gives tokens back."""
    buckets.charge(asks, time.monotonic())


def are_reached(*asks: Ask, at: Any = None) -> bool:
    """Whether one of these database-counted limits is exhausted; takes no token."""
    return bool(find_waits(*asks, at=at))


def find_waits(*asks: Ask, at: Any = None) -> dict[str, float]:
    """Return the seconds to wait for database-counted limits without taking tokens."""
    if not is_on() or not asks:
        return {}
    moment = at or now()
    with connection.cursor() as cursor:
        cursor.execute(LOOK, [[bucket_key(ask) for ask in asks]])
        full_at = dict(cursor.fetchall())
    full_moments = ((ask, full_at.get(bucket_key(ask))) for ask in asks)
    clock = moment.timestamp()
    waits = (
        (ask.name, take_token(full.timestamp(), clock, limit_of(ask.name), ask.cost)[1])
        for ask, full in full_moments
        if full
    )
    return {name: wait for name, wait in waits if wait}


def count_tokens_left(ask: Ask, at: Any = None) -> int:
    """Return the tokens left of a database-counted limit; 0 where limits are off."""
    if not is_on():
        return 0
    moment, limit = at or now(), limit_of(ask.name)
    with connection.cursor() as cursor:
        cursor.execute(LOOK, [[bucket_key(ask)]])
        full_at = dict(cursor.fetchall()).get(bucket_key(ask), moment)
    missing_s = min(max((full_at - moment).total_seconds(), 0.0), limit.period_s)
    return limit.count - math.ceil(missing_s / limit.step_s - 1e-6)


def is_shared(name: str) -> bool:
    return name in SHARED_NAMES or name.partition(":")[0] in SHARED_KINDS


def remove_full_buckets(at: Any = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM incidents_limitbucket WHERE full_at < %s", [at or now()])


# ---- whose tokens ----


def network_of(address: str) -> str:
    """Return the network an address is counted as: itself for IPv4, its /64 for IPv6."""
    try:
        network = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(network, ipaddress.IPv6Address):
        if network.ipv4_mapped:
            return str(network.ipv4_mapped)
        return str(ipaddress.ip_network((int(network) >> 64 << 64, 64)))
    return str(network)


def network_of_request(request: HttpRequest) -> str:
    """Return the client's network, by X-Forwarded-For as far as TRUSTED_PROXIES allows (`geoapp.asgi`)."""
    return network_of(request.META.get("REMOTE_ADDR", ""))


# ---- pages that have a limit ----


def limit_requests(kind: str) -> Callable[[View], View]:
    """Decorate a view with the limit `KIND:address` for anonymous networks. Must be the outermost decorator."""

    def mark(view: View) -> View:
        view.limited = kind  # type: ignore[attr-defined]  # read by the middleware
        return view

    return mark


class LimitMiddleware:
    """Middleware: answer 429 to a network over its limit before the body is read.

    Signed-in people have no limit by address: an office shares one.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        kind = getattr(view, "limited", None)
        if kind is None or not is_on():
            return None
        waits = take(Ask(f"{kind}:address", network_of_request(request)))
        if not waits or request.user.is_authenticated:
            return None
        return too_many_response(request, max(waits.values()))


def too_many_response(request: HttpRequest, wait_s: float) -> HttpResponseBase:
    return refusal_response(request, too_many_sentence(wait_s), 429, math.ceil(wait_s))


def too_many_sentence(wait_s: float) -> str:
    if wait_s <= 90:
        seconds = math.ceil(wait_s)
        sentence = ngettext(
            "Too many requests from here. Please try again in %(n)d second.",
            "Too many requests from here. Please try again in %(n)d seconds.",
            seconds,
        )
        return sentence % {"n": seconds}
    return _("Too many requests from here. Please try again in %(n)d minutes.") % {"n": math.ceil(wait_s / 60)}


# ---- what is open at the same time ----


class OpenStreams:
    """Count open event streams by network in this process."""

    def __init__(self) -> None:
        self.open: Counter[str] = Counter()
        self.lock = threading.Lock()

    def is_full(self, whom: str) -> bool:
        return is_on() and self.open[whom] >= limit_of("stream:address").count

    def has_room(self) -> bool:
        return self.open.total() < STREAMS_AT_ONCE

    def count_until_closed(self, whom: str, response: HttpResponseBase) -> None:
        self.enter(whom)
        closed = weakref.finalize(response, self.leave, whom)
        response._resource_closers.append(closed)  # type: ignore[attr-defined]  # of every response

    def enter(self, whom: str) -> None:
        with self.lock:
            self.open[whom] += 1

    def leave(self, whom: str) -> None:
        with self.lock:
            self.open[whom] -= 1
            if not self.open[whom]:
                del self.open[whom]


streams = OpenStreams()
