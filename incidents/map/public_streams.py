"""Serve the public stream directly in ASGI: thousands read it, and all get the same.

It sends the lines of `views.api.live.public_stream`, which stays for servers without ASGI and for error messages. A
stream is here one coroutine and one number. See docs/adr/0029.
"""

import asyncio
import contextlib
import io
import logging
import random
from bisect import bisect_right
from collections.abc import Awaitable, Callable
from functools import cache, partial
from weakref import WeakKeyDictionary

from django.core.handlers.asgi import ASGIRequest
from django.db import OperationalError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import resolve

from geoapp import metrics
from geoapp.http import asgi_guards, rate_limits
from incidents import timeline
from incidents.map import live
from incidents.map.live import MISSED_MAX, event_line, signal_line
from incidents.map.news_log import NewsLog

log = logging.getLogger(__name__)
PATH = "/live/"
UNREADABLE = -1  # a position that is none
UNUSUAL = {b"content-length", b"transfer-encoding", b"content-type"}  # of a request without a body
AT_ONCE = 100  # streams that are woken one after the other; then pages have their turn
BREATH_S = 0.002
# After a round the process has other things to do for so many times as long, as far as that is no longer than PAUSE_S;
# after a longer round for as long as it took.
PAUSES, PAUSE_S = 3, 0.25
SEND_S = 60  # so long the next line may lie here because nobody takes it
SPREAD = 0.1  # streams end before they have lasted as long as they may by up to this part of it, not all at once

Lines = list[tuple[int, bytes]]  # the number of each event, and its line


def answer_public_streams(application: Callable) -> Callable:
    async def answer(scope, receive, send):
        if not (is_stream_request(scope) and await open_stream(scope, receive, send)):
            await application(scope, receive, send)

    return answer


def is_stream_request(scope: dict) -> bool:
    if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "GET":
        return False
    return UNUSUAL.isdisjoint(name for name, _value in scope["headers"])


async def open_stream(scope: dict, receive: Callable, send: Callable) -> bool:
    """Answer a request for the stream. Returns False, with nothing sent, if it cannot be answered here."""
    network, position = read_request(scope)
    if position == UNREADABLE or rate_limits.streams.is_full(network) or not rate_limits.streams.has_room():
        return False
    rate_limits.streams.enter(network)
    try:
        streams = await begin_streams()
        head = make_head(scope)
        if head["status"] != 200:
            return False
        await send(head)
        await Stream(streams, send, position).run(receive)
    except OperationalError:
        return False
    finally:
        rate_limits.streams.leave(network)
    return True


def read_request(scope):
    request = ASGIRequest(scope, io.BytesIO())
    position: int | None = UNREADABLE
    if asgi_guards.is_acceptable(request):
        with contextlib.suppress(ValueError):
            position = live.read_position(request)
    return rate_limits.network_of_request(request), position


def make_head(scope):
    response = head_maker()(ASGIRequest(scope, io.BytesIO()))
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]
    return {"type": "http.response.start", "status": response.status_code, "headers": headers}


@cache
def head_maker() -> asgi_guards.View:
    return asgi_guards.guard(make_response)


def make_response(request: HttpRequest) -> HttpResponseBase:
    request.resolver_match = resolve(PATH)  # which the log names
    return live.empty_stream_response()


class PublicStreams:
    """All public streams of an event loop. Takes what the relay passes on, and sends it in rounds.

    In a round each stream is woken once and takes all that it has not sent: however much happens at once, a stream is
    written to a few times a second.
    """

    def __init__(self) -> None:
        self.streams: set[Stream] = set()
        self.log = NewsLog()
        self.silences = 0  # how often nothing was to be told for a while
        self.arrived = asyncio.Event()
        self.missed = MissedNews()
        self.rounds: asyncio.Task | None = None
        self.is_over = False

    async def begin(self) -> None:
        await live.incident_relay.add(self)
        try:
            self.log.begin_after(await live.query_database(live.newest_event_id))
        except OperationalError:
            live.incident_relay.remove(self)
            raise
        if not self.is_over:
            self.rounds = asyncio.create_task(self.tell_in_rounds())

    def hear(self, item: dict) -> bool:
        if self.log.add(item):
            self.arrived.set()
        return True

    def cut_off(self) -> None:
        """End all streams: they are opened anew and read the history."""
        self.is_over = True
        all_streams.pop(asyncio.get_running_loop(), None)
        if self.rounds is not None:
            self.rounds.cancel()
        for stream in list(self.streams):
            stream.end()

    async def tell_in_rounds(self):
        while True:
            try:
                async with asyncio.timeout(live.HEARTBEAT):
                    await self.arrived.wait()
            except TimeoutError:
                self.silences += 1
            self.arrived.clear()
            began = asyncio.get_running_loop().time()
            streams = list(self.streams)
            for first in range(0, len(streams), AT_ONCE):
                for stream in streams[first : first + AT_ONCE]:
                    stream.wake()
                await asyncio.sleep(BREATH_S)
            took = asyncio.get_running_loop().time() - began
            await asyncio.sleep(pause_after(took))


def pause_after(took: float) -> float:
    """Return how many seconds other work of the process runs after a round of so many streams."""
    return min(PAUSES * took, max(took, PAUSE_S))


class Stream:
    """One open stream: the last event that was sent or skipped, and the send function."""

    __slots__ = ("__weakref__", "ended", "position", "send", "silences", "streams", "woken")

    def __init__(self, streams: PublicStreams, send: Callable[[dict], Awaitable[None]], position: int | None) -> None:
        self.streams, self.send = streams, send
        self.position = streams.log.newest if position is None else position
        self.silences = streams.silences
        self.ended = False
        self.woken: asyncio.Future[None] | None = None

    def wake(self) -> None:
        if self.woken is not None and not self.woken.done():
            self.woken.set_result(None)

    def end(self, *_gone: object) -> None:
        self.ended = True
        self.wake()

    async def run(self, receive: Callable) -> None:
        self.streams.streams.add(self)
        self.ended = self.streams.is_over
        metrics.STREAMS.inc()
        disconnect = None
        try:
            await self.tell(live.BEGIN.encode())
            await receive()  # the request, which has no body
            disconnect = asyncio.ensure_future(receive())
            disconnect.add_done_callback(self.end)
            await self.tell_missed()
            await self.tell_news()
            await self.send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            pass  # nobody takes what is sent: it breaks off, and whoever still is there opens another
        except OperationalError as error:
            log.warning("a stream could not be told what it missed: %s", error)
        finally:
            if disconnect is not None:
                disconnect.cancel()
            metrics.STREAMS.dec()
            self.streams.streams.discard(self)

    async def tell(self, lines: bytes) -> None:
        async with asyncio.timeout(SEND_S):
            await self.send({"type": "http.response.body", "body": lines, "more_body": True})

    async def tell_missed(self):
        newest = self.streams.log.newest
        if self.position >= newest:
            return
        missed = await self.streams.missed.read_after(self.position)
        if len(missed) > MISSED_MAX:
            lines = signal_line("reload", newest).encode()
        else:
            lines = b"".join(line for _number, line in missed)
            newest = max(newest, missed[-1][0]) if missed else newest
        self.position = newest
        if lines:
            await self.tell(lines)

    async def tell_news(self):
        streams, news, clock = self.streams, self.streams.log, asyncio.get_running_loop().time
        ends = clock() + live.STREAM_LASTS_S * random.uniform(1 - SPREAD, 1)
        while not self.ended:
            lines = news.lines_after(self.position)
            if lines:
                self.position = news.newest
            elif self.silences != streams.silences or clock() >= ends:
                self.ended = clock() >= ends
                # Another process may have told what this one has not heard of yet.
                self.position = max(self.position, news.newest)
                lines = signal_line("over" if self.ended else "beat", self.position).encode()
            else:
                self.woken = asyncio.get_running_loop().create_future()
                await self.woken
                continue
            self.silences = streams.silences
            await self.tell(lines)


class MissedNews:
    """Reads from the history what streams have missed: requests that arrive during a query share the next one."""

    def __init__(self) -> None:
        self.now: asyncio.Task[Lines] | None = None
        self.next: asyncio.Task[Lines] | None = None
        self.first = 0  # where the next question begins

    async def read_after(self, position: int) -> Lines:
        """Return the public news after this event; of more than MISSED_MAX the newest, and one more than that."""
        if self.next is None:
            self.first, self.next = position, asyncio.create_task(self.read_next())
        self.first = min(self.first, position)
        news = await asyncio.shield(self.next)
        return news[bisect_right(news, position, key=lambda line: line[0]) :]

    async def read_next(self):
        if self.now is not None:
            await asyncio.wait([self.now])
        self.now, self.next = self.next, None
        return await live.query_database(partial(read_lines_after, self.first))


def read_lines_after(position: int) -> Lines:
    """Return the newest public news after this event by number, at most one more than MISSED_MAX."""
    newest = live.public_events().filter(pk__gt=position).order_by("-pk")[: MISSED_MAX + 1]
    # The units that are asked for a part of it are not told to everybody.
    return [(event.pk, event_line(timeline.news_of(event, asked_units=[])).encode()) for event in reversed(newest)]


all_streams: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[PublicStreams]] = WeakKeyDictionary()


async def begin_streams() -> PublicStreams:
    loop = asyncio.get_running_loop()
    if loop not in all_streams or is_failed(all_streams[loop]):
        all_streams[loop] = loop.create_task(make_streams())
    return await asyncio.shield(all_streams[loop])


def is_failed(task):
    return task.done() and (task.cancelled() or task.exception() is not None)


async def make_streams():
    streams = PublicStreams()
    await streams.begin()
    return streams
