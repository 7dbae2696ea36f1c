"""Server-Sent Events: every change as it happens, to whoever may see it."""

import asyncio
import json
import logging
import math
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import TypeVar

from asgiref.sync import sync_to_async
from django.db import connections
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, StreamingHttpResponse
from psycopg import OperationalError

from geoapp import database, metrics
from geoapp.query_parameters import read_number
from incidents import timeline
from incidents.models import Event

log = logging.getLogger(__name__)
HEARTBEAT = 20  # seconds; proxies cut a silent connection after a minute
MISSED_MAX = 500  # a page that missed more than this reloads what it shows
QUEUE_SIZE = 200  # news a slow page may be behind
RECHECK_EVERY_S = 30  # how often it is asked whether who listens still may
STREAM_LASTS_S = 900  # then the stream ends, and the page opens another where this one ended
Answer = TypeVar("Answer")
BEAT, OVER = object(), object()
PRIVATE_KEYS = {"public", "was", "asked", "where", "what"}  # of an item: who may hear it


class NotifyRelay:
    """Passes the notifications of a database channel to all queues of this process, over one connection."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.watchers: set[asyncio.Queue] = set()
        self.relaying: dict[asyncio.AbstractEventLoop, tuple[asyncio.Task, asyncio.Event]] = {}

    async def watch(self) -> asyncio.Queue:
        """A queue that receives everything that is committed from now on; None when it was cut off."""
        loop = asyncio.get_running_loop()
        if loop not in self.relaying or self.relaying[loop][0].done():
            listening = asyncio.Event()
            self.relaying[loop] = (loop.create_task(self.relay(listening)), listening)
        await self.relaying[loop][1].wait()
        queue = asyncio.Queue(maxsize=QUEUE_SIZE)
        self.watchers.add(queue)
        return queue

    async def relay(self, listening: asyncio.Event) -> None:
        """Pass every NOTIFY on.

        A page too slow to keep up is cut off and resumes from its last event; it delays nobody. When the database
        goes away all are cut off likewise, since what happened meanwhile is in the history only.
        """
        while True:
            try:
                async with await database.connect_async() as listener:
                    await listener.execute(f"LISTEN {self.channel}")
                    listening.set()
                    async for notice in listener.notifies():
                        item = json.loads(notice.payload)
                        for queue in list(self.watchers):
                            try:
                                queue.put_nowait(item)
                            except asyncio.QueueFull:
                                self.hang_up(queue)
            except OperationalError as error:
                log.warning("the listener lost the database: %s", error)
            listening.clear()
            for queue in list(self.watchers):
                self.hang_up(queue)
            await asyncio.sleep(1)

    def hang_up(self, queue: asyncio.Queue) -> None:
        self.watchers.discard(queue)
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)


incident_relay = NotifyRelay(timeline.CHANNEL)


def stream_events(
    request: HttpRequest, asks: Callable[[], Callable[[dict], bool] | None], missed: QuerySet[Event]
) -> HttpResponse | StreamingHttpResponse:
    """The response that tells what happens, as long as the person may hear it.

    `asks()` gives the test of an item whether this person may hear it, or None where they may hear nothing (any more).
    `missed` is a queryset of the events that this person may read: what came after `Last-Event-ID` is told first.
    """
    last = request.headers.get("Last-Event-ID") or request.GET.get("after") or ""
    number = read_number(last)
    if last and number is None:
        return HttpResponseBadRequest("Last-Event-ID is the number of an event")
    return stream_response(event_lines(number, asks, missed))


def stream_response(lines: AsyncIterator[str]) -> StreamingHttpResponse:
    """The response that streams these lines."""
    response = StreamingHttpResponse(count_stream(lines), content_type="text/event-stream")
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


async def event_lines(last, asks, missed):
    queue = await incident_relay.watch()
    try:
        if last is None:
            last = await query_database(newest_event_id)
        yield "retry: 2000\n\n"
        may_hear = await query_database(asks)
        if may_hear is None:
            return
        old = await query_database(
            lambda: [timeline.news_of(event) for event in missed.filter(pk__gt=last)[: MISSED_MAX + 1]]
        )
        if len(old) > MISSED_MAX:
            last, old = await query_database(newest_event_id), []
            yield f"id: {last}\nevent: reload\ndata: {{}}\n\n"
        for item in old:
            last = item["id"]
            if may_hear(item):
                yield event_line(item)
        async for item, may_hear in arriving_items(queue, asks):
            if item is BEAT or item is OVER:
                yield f"id: {last}\nevent: {'beat' if item is BEAT else 'over'}\ndata: {{}}\n\n"
            elif item.get("reload"):  # more happened at once than is told one by one
                last = item["id"]
                yield f"id: {last}\nevent: reload\ndata: {{}}\n\n"
            elif item["id"] > last:
                last = item["id"]
                if may_hear(item):
                    yield event_line(item)
    finally:
        incident_relay.watchers.discard(queue)


async def arriving_items(queue: asyncio.Queue, asks: Callable[[], object | None]) -> AsyncIterator[tuple]:
    """The items that arrive in the queue, each with what `asks()` returned last.

    BEAT after some silence; OVER, as the last, when the stream has lasted long enough. It ends at once when it was cut
    off, and when `asks()`, called every RECHECK_EVERY_S, gives None: the person is signed out, or has no such post now.
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
    """The result of `question()`, called in a thread. Its connection is closed at once, since a stream lasts long."""

    def answer() -> Answer:
        try:
            return question()
        finally:
            for connection in connections.all(initialized_only=True):
                if not connection.in_atomic_block:  # as in a test, whose transaction goes on
                    connection.close()

    return await sync_to_async(answer)()


def newest_event_id():
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def event_line(item):
    shown = {key: value for key, value in item.items() if key not in PRIVATE_KEYS}
    return f"id: {item['id']}\ndata: {json.dumps(shown, ensure_ascii=False)}\n\n"


def events_with_incidents() -> QuerySet[Event]:
    return Event.objects.select_related("incident__category", "incident__area", "incident__authority").defer(
        "incident__area__shape", "incident__area__outline"
    )
