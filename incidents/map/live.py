"""Stream changes as Server-Sent Events to those who may read them."""

import asyncio
import json
import logging
import math
from collections.abc import AsyncIterable, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, Protocol, TypeVar
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.db import connections
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, StreamingHttpResponse
from psycopg import OperationalError

from geoapp import metrics
from geoapp.db import connections as database
from geoapp.http.query_parameters import read_number
from incidents import timeline
from incidents.models import Event

log = logging.getLogger(__name__)
HEARTBEAT = 20  # seconds; proxies cut a silent connection after a minute
MISSED_MAX = 500  # a page that missed more than this reloads what it shows
QUEUE_SIZE = 200  # news a slow page may be behind
RECHECK_EVERY_S = 30  # how often it is asked whether who listens still may
STREAM_LASTS_S = 900  # then the stream ends, and the page opens another where this one ended
Answer = TypeVar("Answer")
BEGIN = "retry: 2000\n\n"  # the first line: after so many ms a page opens a stream that broke anew
BEAT, OVER = object(), object()
PRIVATE_KEYS = {
    "public",
    "was",
    "asked",
    "where",
    "what",
    "from",
    "watched",
    "staff",
    "traced",
}  # of an item: who may hear it, where it lay


class Watcher(Protocol):
    """Receives what is committed, as JSON items that it must not change."""

    def hear(self, item: Any) -> bool:
        """Take an item. Returns whether the next is wanted."""

    def cut_off(self) -> None:
        """Called when notifications end and some may have been missed."""


class NewsQueue(asyncio.Queue):
    """The items that one stream has still to send; None when it was cut off.

    A page too slow to keep up is cut off and resumes from its last event; it delays nobody.
    """

    def __init__(self) -> None:
        super().__init__(maxsize=QUEUE_SIZE)

    def hear(self, item: Any) -> bool:
        if self.full():
            self.cut_off()
            return False
        self.put_nowait(item)
        return True

    def cut_off(self) -> None:
        while not self.empty():
            self.get_nowait()
        self.put_nowait(None)


class NotifyRelay:
    """Relays the notifications of a database channel to all watchers of this process over one connection."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.watchers: WeakKeyDictionary[asyncio.AbstractEventLoop, set[Watcher]] = WeakKeyDictionary()
        self.relaying: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[asyncio.Task, asyncio.Event]]
        self.relaying = WeakKeyDictionary()

    async def watch(self) -> NewsQueue:
        queue = NewsQueue()
        await self.add(queue)
        return queue

    async def add(self, watcher: Watcher) -> None:
        loop = asyncio.get_running_loop()
        if loop not in self.relaying or self.relaying[loop][0].done():
            listening, watchers = asyncio.Event(), self.watchers.setdefault(loop, set())
            self.relaying[loop] = (loop.create_task(self.relay(listening, watchers)), listening)
        await self.relaying[loop][1].wait()
        self.watchers[loop].add(watcher)

    def remove(self, watcher: Watcher) -> None:
        self.watchers[asyncio.get_running_loop()].discard(watcher)

    async def relay(self, listening: asyncio.Event, watchers: set[Watcher]) -> None:
        """Relay every NOTIFY.

        If the connection is lost all watchers are cut off, since what happened meanwhile is in the history only.
        """
        while True:
            try:
                async with await database.connect_async() as listener:
                    await listener.execute(f"LISTEN {self.channel}")
                    listening.set()
                    async for notice in listener.notifies():
                        item = json.loads(notice.payload)
                        watchers -= {watcher for watcher in list(watchers) if not watcher.hear(item)}
            except OperationalError as error:
                log.warning("the listener lost the database: %s", error)
            listening.clear()
            for watcher in list(watchers):
                watcher.cut_off()
            watchers.clear()
            await asyncio.sleep(1)


incident_relay = NotifyRelay(timeline.CHANNEL)


def stream_events(
    request: HttpRequest,
    asks: Callable[[], Callable[[dict], bool] | None],
    missed: QuerySet[Event],
    record: Callable[[int], None] | None = None,
) -> HttpResponse | StreamingHttpResponse:
    """Return the response that streams events, as long as the person may read them.

    `record` stores that this person is sent a non-public incident (key), before it is sent.

    `asks()` returns a test whether an item may be sent to this person, or None when nothing may be sent (any more).
    `missed` is a queryset of the events that this person may read: those after `Last-Event-ID` are sent first.
    """
    try:
        position = read_position(request)
    except ValueError as error:
        return HttpResponseBadRequest(str(error))
    return stream_response(event_lines(position, asks, missed, record))


def read_position(request: HttpRequest) -> int | None:
    """Return the number of the event after which the stream begins; None: from now on. Raises ValueError."""
    header = request.headers.get("Last-Event-ID")
    last = header or request.GET.get("after") or ""
    number = read_number(last)
    if last and number is None:
        raise ValueError(f"{'Last-Event-ID' if header else 'after'}: the number of an event is wanted")
    return number


def stream_response(lines: AsyncIterable[str]) -> StreamingHttpResponse:
    response = empty_stream_response()
    response.streaming_content = count_stream(lines)
    return response


def empty_stream_response() -> StreamingHttpResponse:
    response = StreamingHttpResponse(content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def count_stream(lines):
    metrics.STREAMS.inc()
    try:
        async with aclosing(lines):
            async for line in lines:
                yield line
    finally:
        metrics.STREAMS.dec()


async def event_lines(last, asks, missed, record=None):
    async def told_line(item):
        if record and item.get("traced"):
            await query_database(lambda: record(item["traced"]))
        return event_line(item)

    queue = await incident_relay.watch()
    try:
        if last is None:
            last = await query_database(newest_event_id)
        yield BEGIN
        may_hear = await query_database(asks)
        if may_hear is None:
            return
        old = await query_database(
            lambda: [timeline.news_of(event) for event in missed.filter(pk__gt=last)[: MISSED_MAX + 1]]
        )
        if len(old) > MISSED_MAX:
            last, old = await query_database(newest_event_id), []
            yield signal_line("reload", last)
        for item in old:
            last = item["id"]
            if may_hear(item):
                yield await told_line(item)
        async for item, may_hear in arriving_items(queue, asks):
            if item is BEAT or item is OVER:
                yield signal_line("beat" if item is BEAT else "over", last)
            elif item.get("reload"):  # more happened at once than is told one by one
                last = item["id"]
                yield signal_line("reload", last)
            elif item["id"] > last:
                last = item["id"]
                if may_hear(item):
                    yield await told_line(item)
    finally:
        incident_relay.remove(queue)


async def arriving_items(queue: asyncio.Queue, asks: Callable[[], object | None]) -> AsyncIterator[tuple]:
    """Yield the items that arrive in the queue, each with the last result of `asks()`.

    BEAT after some silence; OVER, as the last, when the stream has lasted long enough. It ends at once when it was cut
    off, and when `asks()`, called every RECHECK_EVERY_S, returns None: the person is signed out or lost the post.
    """
    clock = asyncio.get_running_loop().time
    ends, asked_at, allowed = clock() + STREAM_LASTS_S, -math.inf, None
    while (at := clock()) < ends:
        if at - asked_at >= RECHECK_EVERY_S:
            asked_at, allowed = at, await query_database(asks)
            if allowed is None:
                return
        try:
            async with asyncio.timeout(min(HEARTBEAT, asked_at + RECHECK_EVERY_S - at, ends - at)):
                item = await queue.get()
        except TimeoutError:
            item = BEAT
        if item is None:
            return
        yield item, allowed
    yield OVER, allowed


async def query_database(question: Callable[[], Answer]) -> Answer:
    """Return `question()`, called in a thread. Its connection is closed at once, since a stream lasts long."""

    def answer() -> Answer:
        try:
            return question()
        finally:
            for connection in connections.all(initialized_only=True):
                if not connection.in_atomic_block:  # as in a test, whose transaction goes on
                    connection.close()

    return await sync_to_async(answer)()


def newest_event_id() -> int:
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def signal_line(kind: str, last: int) -> str:
    return f"id: {last}\nevent: {kind}\ndata: {{}}\n\n"


def event_line(item: dict[str, Any]) -> str:
    shown = {key: value for key, value in item.items() if key not in PRIVATE_KEYS}
    return f"id: {item['id']}\ndata: {json.dumps(shown, ensure_ascii=False)}\n\n"


def events_with_incidents() -> QuerySet[Event]:
    return Event.objects.select_related("incident__category", "incident__area", "incident__authority").defer(
        "incident__area__shape", "incident__area__outline"
    )


def public_events() -> QuerySet[Event]:
    seen = Q(incident__published=True) | Q(kind=Event.Kind.MERGED)
    return events_with_incidents().filter(Q(public=True) & seen | Q(kind=Event.Kind.HIDDEN))


def is_public_news(item: dict[str, Any]) -> bool:
    return item["public"]
