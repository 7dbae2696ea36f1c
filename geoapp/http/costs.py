"""Charge anonymous reads by processor seconds and bytes, per network and in all; refuse beyond the budget.

What an address will cost is expected from what it has cost so far, and taken from the buckets before; what it did cost
is settled after. So a network that asks much at once is refused as soon as its bucket is empty, and a hundred small
tiles cost it nothing that it notices. Seconds are those of this thread, and those in which the database worked for it.

Sent reports are never refused here: they have limits of their own (docs/adr/0022). Pages that lead to a report, and
signing in, have a bucket apart from the map's (`settings.REPORTING_ADDRESSES`). See docs/adr/0063.
"""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connections
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from geoapp.db.admission import busy_response
from geoapp.db.places import Purpose, Visitor
from geoapp.http import rate_limits
from geoapp.http.rate_limits import Ask

DEAR_MS = 250  # from here on a read is dear
NEWEST = 0.2  # the weight of the newest measure in what is expected
READS = ("GET", "HEAD")


class Cost(NamedTuple):
    ms: float
    kb: float


@dataclass
class Meter:
    """Measured cost of a request: database seconds, and the tokens charged before it ran."""

    database_s: float = 0.0
    route: str = ""  # of a read that is answered
    network: str = ""
    reports: bool = False
    charged: list[Ask] = field(default_factory=list)

    def time_statement(self, execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
        began, on_processor = time.perf_counter(), time.thread_time()
        try:
            return execute(sql, params, many, context)
        finally:
            self.database_s += time.perf_counter() - began - (time.thread_time() - on_processor)

    def asks(self, cost: Cost) -> list[Ask]:
        ms, kb = round(cost.ms), round(cost.kb)
        own = "report-cost:address" if self.reports else "cost:address"
        return [
            Ask(own, self.network, ms),
            Ask("bytes:address", self.network, kb),
            Ask("cost:all", "", ms),
            Ask("bytes:all", "", kb),
        ]

    def give_back(self) -> None:
        rate_limits.charge(*(ask._replace(cost=-ask.cost) for ask in self.charged))
        self.charged = []


expected: dict[str, Cost] = {}  # by the route of an address


def mark_read_only(view: Callable) -> Callable:
    """Mark a view as read-only although its query comes as a POST."""
    view.only_reads = True  # type: ignore[attr-defined]
    return view


class CostMiddleware:
    """Charge each anonymous read; answer 429 where the network's bucket is empty.

    Where that of all is empty, 503 to what is dear; everything else goes on.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        meter, began = Meter(), time.thread_time()
        request.meter = meter  # type: ignore[attr-defined]
        with ExitStack() as timed:
            for alias in connections:
                timed.enter_context(connections[alias].execute_wrapper(meter.time_statement))
            response = self.get_response(request)
        meter.give_back()
        if is_from_stranger(request):
            settle(request, response, time.thread_time() - began + meter.database_s)
        return response

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        if getattr(view, "for_probes", False):
            return None
        meter = request.meter
        meter.network, meter.reports = rate_limits.network_of_request(request), is_for_reports(request)
        is_read = request.method in READS or getattr(view, "only_reads", False)
        purpose = Purpose.REPORT if meter.reports or not is_read else Purpose.READ
        if is_read:
            meter.route = f"/{request.resolver_match.route}"
            cost = expected.get(meter.route, Cost(1, 1))
            if purpose is Purpose.READ and cost.ms >= DEAR_MS:
                purpose = Purpose.READ_MUCH
            refusal = charge_expected_cost(request, cost, dear=purpose is Purpose.READ_MUCH)
            if refusal:
                return refusal
        request.visitor = Visitor(meter.network, purpose)  # read by `admission`
        return None


def is_for_reports(request: HttpRequest) -> bool:
    return request.path_info.startswith(settings.REPORTING_ADDRESSES)


def is_from_stranger(request: HttpRequest) -> bool:
    """Whether no signed-in user was loaded for this request; asks no database."""
    user = getattr(request, "_cached_user", None)
    return user is None or not user.is_authenticated


def charge_expected_cost(request: Any, cost: Cost, *, dear: bool) -> HttpResponseBase | None:
    """Charge the expected cost. Returns the refusal where the bucket is empty, unless somebody is signed in."""
    if not rate_limits.is_on():
        return None
    meter = request.meter
    # More than half a bucket is never asked for at once: a full one gives it, and the rest is settled after.
    half = [rate_limits.limit_of(name).count / 2 for name in ("cost:address", "bytes:address")]
    asks = meter.asks(Cost(*(min(max(1, part), most) for part, most in zip(cost, half, strict=True))))
    waits = rate_limits.take(*asks)
    meter.charged = [ask for ask in asks if ask.name not in waits]
    own = {name: wait for name, wait in waits.items() if not name.endswith(":all")}
    if not own and not (waits and dear):
        return None
    if request.user.is_authenticated:
        return None
    meter.route = ""
    return rate_limits.too_many_response(request, max(own.values())) if own else busy_response(request)


def settle(request: Any, response: HttpResponseBase, seconds: float) -> None:
    meter = request.meter
    if not meter.route:
        return settle_unknown(request, response, seconds)
    if not isinstance(response, StreamingHttpResponse):
        kilobytes = len(response.content) / 1000  # type: ignore[attr-defined]
    else:
        kilobytes = 0
        if not response.get("Content-Type", "").startswith("text/event-stream"):
            count_pieces(response, meter)
    cost = Cost(seconds * 1000, kilobytes)
    before = expected.get(meter.route, cost)
    expected[meter.route] = Cost(*(old + NEWEST * (new - old) for old, new in zip(before, cost, strict=True)))
    charge(meter, cost)


def settle_unknown(request: Any, response: HttpResponseBase, seconds: float) -> None:
    if request.resolver_match is None and response.status_code == 404:
        meter = request.meter
        meter.network = rate_limits.network_of_request(request)
        charge(meter, Cost(seconds * 1000, 0))


def charge(meter: Meter, cost: Cost) -> None:
    if rate_limits.is_on():
        rate_limits.charge(*meter.asks(cost))


def count_pieces(response: StreamingHttpResponse, meter: Meter) -> None:
    pieces: Any = response.streaming_content

    def charge_bytes(size: int) -> None:
        charge(meter, Cost(0, size / 1000))

    response.streaming_content = (
        count_as_sent_async(pieces, charge_bytes) if response.is_async else count_as_sent(pieces, charge_bytes)
    )


def count_as_sent(pieces: Any, charge_bytes: Callable[[int], None]) -> Iterator[bytes]:
    size = 0
    try:
        for piece in pieces:
            size += len(piece)
            yield piece
    finally:
        charge_bytes(size)


async def count_as_sent_async(pieces: Any, charge_bytes: Callable[[int], None]) -> AsyncIterator[bytes]:
    size = 0
    try:
        async for piece in pieces:
            size += len(piece)
            yield piece
    finally:
        charge_bytes(size)


def refuse_unknown(request: HttpRequest) -> HttpResponseBase | None:
    """Return the refusal for a network that requested too many unknown addresses; else None."""
    network = rate_limits.network_of_request(request)
    waits = rate_limits.take(Ask("cost:address", network)) if request.resolver_match is None else {}
    return rate_limits.too_many_response(request, max(waits.values())) if waits else None
