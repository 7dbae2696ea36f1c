"""The public stream that thousands watch: answered ahead of Django, as Django would answer it."""

import asyncio
import itertools
import random
from contextlib import asynccontextmanager

import pytest
from asgiref.sync import sync_to_async
from django.core.asgi import get_asgi_application
from django.db import connection
from django.db.backends.signals import connection_created
from django.test import AsyncClient
from django.urls import reverse

from geoapp.http import rate_limits
from geoapp.http.token_bucket import Limit
from incidents import timeline, workflow
from incidents.disclosure import publishing
from incidents.map import live, news_log, public_streams
from incidents.models import Event
from tests import factories, owner
from tests.fakes.page import Page, read_messages

pytestmark = pytest.mark.django_db(transaction=True)
application = public_streams.answer_public_streams(get_asgi_application())


def newest():
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


@asynccontextmanager
async def open_page(query="", **more):
    """A page whose stream has begun."""
    page = Page(application, query, **more)
    assert await page.chunk() == b"retry: 2000\n\n"
    try:
        yield page
    finally:
        await page.leave()


def test_its_address_is_that_of_the_view():
    assert reverse("live") == public_streams.PATH


def test_it_says_what_the_view_says(town, officer):
    """From the history and as it happens. What is restricted, hidden or written for staff is told by neither."""
    factories.incident(town.hole)
    hidden = factories.incident(town.hole)

    def change():
        workflow.move(factories.incident(town.hole), "accept", by=officer)
        factories.incident(town.secret)
        timeline.record(hidden, "note", note="For us", public=False, by=officer)
        publishing.hide_incident(hidden, by=officer, note="A name in it")
        factories.incident(town.hole, factories.IN_NEW, accuracy_m=500)

    async def listen():
        lines = aiter(await AsyncClient().get("/live/?after=0"))
        async with open_page("after=0") as page:
            await sync_to_async(change)()
            last = await sync_to_async(newest)()
            ours = theirs = b""
            while b"id: %d\n" % last not in ours:
                ours += await page.chunk()
            while b"id: %d\n" % last not in theirs:
                theirs += await anext(lines)
        return ours, theirs.removeprefix(b"retry: 2000\n\n")

    ours, theirs = asyncio.run(listen())
    assert ours == theirs


HERE_ONLY = {"vary", "content-language", "x-request-id", "date"}  # of Django's: it may speak, and reads cookies


@pytest.mark.parametrize("cookie", ["", "sessionid=abc"])
def test_its_head_is_that_of_the_view(town, cookie):
    async def both():
        sent = {"cookie": cookie} if cookie else {}
        theirs = await AsyncClient().get("/live/", headers=sent)
        async with open_page(**sent) as page:
            return page.status, page.headers, theirs

    status, headers, theirs = asyncio.run(both())
    shown = {name.lower(): text for name, text in theirs.items()}
    assert (status, theirs.status_code) == (200, 200)
    assert {name: headers[name] for name in headers if name not in HERE_ONLY} == {
        name: shown[name] for name in shown if name not in HERE_ONLY
    }
    assert len(headers["x-request-id"]) == 32


def test_head_says_what_is_safe_of_tls(town, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_HSTS_SECONDS = 60

    async def head():
        async with open_page(x_forwarded_proto="https") as page:
            return page.headers["strict-transport-security"]

    public_streams.head_maker.cache_clear()  # it has read the settings
    try:
        assert asyncio.run(head()) == "max-age=60"
    finally:
        public_streams.head_maker.cache_clear()


@pytest.mark.usual_rows(5)
@pytest.mark.parametrize(("path", "status"), [
    ({"method": "HEAD"}, 405),
    ({"method": "POST"}, 405),
    ({"query": "after=x"}, 400),
    ({"last_event_id": "1.5"}, 400),
    ({"host": "evil.example"}, 400),
    ({"query": "after=1&a=%00"}, 400),
    ({"cookie": "a=\"\\000\""}, 400),
    ({"content_type": "text/plain; charset=hex"}, 400),
    ({"address": "203.0.113.8"}, 429),
    ({"path": "/live/desk/"}, 302),
])  # fmt: skip
def test_everything_else_is_answered_as_ever(town, settings, monkeypatch, path, status):
    settings.LIMITS = settings.LIMITS | {"stream:address": Limit(2)}
    monkeypatch.setattr(rate_limits, "streams", rate_limits.OpenStreams())
    rate_limits.streams.open["203.0.113.8"] = 2

    async def ask():
        page = Page(application, **path)
        await page.whole()
        return page.status

    assert asyncio.run(ask()) == status


def test_pages_keep_connections_of_their_own(town, monkeypatch):
    monkeypatch.setattr(rate_limits, "STREAMS_AT_ONCE", 1)
    monkeypatch.setattr(rate_limits, "streams", rate_limits.OpenStreams())

    async def ask():
        async with open_page():
            page = Page(application, address="203.0.113.8")
            await page.whole()
            return page.status, page.headers["retry-after"]

    assert asyncio.run(ask()) == (503, "10")


def test_streams_of_an_address_are_counted_until_they_end(town, monkeypatch):
    monkeypatch.setattr(rate_limits, "streams", rate_limits.OpenStreams())

    async def count():
        async with open_page(), open_page(), open_page(address="2001:db8::1"):
            return dict(rate_limits.streams.open)

    assert asyncio.run(count()) == {"203.0.113.7": 2, "2001:db8::/64": 1}
    assert rate_limits.streams.open == {}


def test_each_item_is_encoded_once_for_all(town):
    async def listen():
        async with open_page() as first, open_page() as second, open_page() as third:
            await sync_to_async(factories.incident)(town.hole)
            return [await page.chunk() for page in (first, second, third)]

    chunks = asyncio.run(listen())
    assert len({id(chunk) for chunk in chunks}) == 1
    assert [kind for kind, _number in read_messages(chunks[0])] == ["news"] * len(read_messages(chunks[0]))


def test_what_happens_during_a_write_comes_in_one_piece(town, officer):
    """So a storm costs a write a round, and not one for each item."""

    def change():
        incident = factories.incident(town.hole)
        workflow.move(incident, "accept", by=officer)
        return newest()

    async def listen():
        async with open_page() as page:
            page.taking.clear()
            await sync_to_async(factories.incident)(town.hole)
            await wait_for_send()
            last = await sync_to_async(change)()
            await wait_for_news(last)
            page.taking.set()
            return [len(read_messages(await page.chunk())) for _chunk in range(2)]

    first, second = asyncio.run(listen())
    assert (first + second, second >= 3) == (5, True)


async def wait_for_news(last):
    """Until this process has heard of an event."""
    streams = await public_streams.begin_streams()
    while streams.log.newest < last:
        await asyncio.sleep(0)


async def wait_for_send():
    """Until something is being sent that the page does not take."""
    streams = await public_streams.begin_streams()
    stream = next(iter(streams.streams))
    while stream.position < streams.log.newest or not streams.log.newest:
        await asyncio.sleep(0)


def test_page_too_slow_to_keep_up_is_told_to_reload(town, officer, monkeypatch):
    monkeypatch.setattr(news_log, "LINES_KEPT", 2)
    monkeypatch.setattr(public_streams, "SEND_S", 3600)

    async def listen():
        async with open_page() as slow, open_page(address="203.0.113.8") as quick:
            slow.taking.clear()
            others = []
            for _incident in range(4):
                await sync_to_async(factories.incident)(town.hole)
                others += await quick.messages(2)  # before there are more lines than are kept
            last = await sync_to_async(newest)()
            slow.taking.set()
            heard = await slow.messages(1)
            while heard[-1][1] < last and (more := await slow.messages(1)):
                heard += more
            after = await sync_to_async(factories.incident)(town.hole)
            keys = await sync_to_async(lambda: [*after.timeline.order_by("pk").values_list("pk", flat=True)])()
            return others, heard, last, keys, await slow.messages(2)

    quick, heard, last, keys, messages = asyncio.run(listen())
    assert [kind for kind, _number in quick] == ["news"] * 8
    assert ("reload" in dict(heard), heard[-1][1] == last) == (True, True)
    assert messages == [("news", key) for key in keys]


def test_page_that_takes_nothing_is_let_go(town, monkeypatch):
    monkeypatch.setattr(public_streams, "SEND_S", 0)
    monkeypatch.setattr(rate_limits, "streams", rate_limits.OpenStreams())

    async def listen():
        page = Page(application)
        await page.chunk()
        page.taking.clear()
        await sync_to_async(factories.incident)(town.hole)
        return await page.whole()

    assert asyncio.run(listen()) == b"retry: 2000\n\n"
    assert rate_limits.streams.open == {}


def test_beats_move_the_position_past_what_may_not_be_heard(town, monkeypatch):
    monkeypatch.setattr(live, "HEARTBEAT", 0)

    async def listen():
        async with open_page() as page:
            await sync_to_async(factories.incident)(town.secret)
            last = await sync_to_async(newest)()
            while (chunk := await page.chunk()) != b"id: %d\nevent: beat\ndata: {}\n\n" % last:
                assert chunk.endswith(b"event: beat\ndata: {}\n\n")

    asyncio.run(listen())


def test_ended_stream_is_resumed_without_a_gap(town, monkeypatch):
    monkeypatch.setattr(live, "STREAM_LASTS_S", 0)
    factories.incident(town.hole)

    async def listen():
        last = await sync_to_async(newest)()
        first = await Page(application).whole()
        between = await sync_to_async(factories.incident)(town.hole)
        keys = await sync_to_async(lambda: [*between.timeline.order_by("pk").values_list("pk", flat=True)])()
        heard, position = [], last
        while position < keys[-1]:  # one that ends before this process has heard of them is resumed, too
            heard += read_messages(await Page(application, last_event_id=str(position)).whole())
            position = heard[-1][1]
        return last, first, keys, heard

    last, first, keys, heard = asyncio.run(listen())
    assert first == b"retry: 2000\n\nid: %d\nevent: over\ndata: {}\n\n" % last
    assert [message for message in heard if message[0] == "news"] == [("news", key) for key in keys]
    assert {kind for kind, _number in heard} == {"news", "over"}


def test_who_missed_too_much_reads_anew_from_now(town, monkeypatch):
    monkeypatch.setattr(public_streams, "MISSED_MAX", 1)
    factories.incident(town.hole)
    last = newest()

    async def listen():
        async with open_page("after=0") as page:
            return await page.messages(1)

    assert asyncio.run(listen()) == [("reload", last)]


def test_who_missed_nothing_asks_the_database_nothing(town):
    factories.incident(town.hole)
    last = newest()
    began = []

    async def listen():
        async with open_page():
            with counted_connections(began):
                async with open_page(f"after={last}"), open_page():
                    pass

    asyncio.run(listen())
    assert began == []


def test_all_who_resume_at_once_share_one_question(town):
    factories.incident(town.hole)
    began = []

    async def listen():
        streams = await public_streams.begin_streams()
        with counted_connections(began):
            return await asyncio.gather(*(streams.missed.read_after(position) for position in (newest_key - 1, 0, 0)))

    newest_key = newest()
    answers = asyncio.run(listen())
    assert [[number for number, _line in lines] for lines in answers] == [
        [newest_key], [newest_key - 1, newest_key], [newest_key - 1, newest_key],
    ]  # fmt: skip
    assert len(began) == 1


class counted_connections:
    """Notes each connection of Django's that begins inside: a stream closes its own after each question."""

    def __init__(self, began):
        self.began = began

    def note(self, connection, **_signal):
        self.began.append(connection)

    def __enter__(self):
        connection_created.connect(self.note)

    def __exit__(self, *_fault):
        connection_created.disconnect(self.note)


def test_streams_end_when_the_database_goes_and_resume(town):
    def hang_up():
        with owner.as_owner(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query = 'LISTEN incident_news' AND datname = current_database()"  # beside it others listen
            )

    async def listen():
        async with open_page() as page:
            last = await sync_to_async(newest)()
            await sync_to_async(hang_up)()
            assert await page.chunk() == b""
        await sync_to_async(factories.incident)(town.hole)
        async with open_page(f"after={last}") as page:
            return [kind for kind, _number in await page.messages(2)]

    assert asyncio.run(listen()) == ["news", "news"]


PAGES, KILLED = 20, 50  # times each


@pytest.mark.deep
def test_stream_resumed_1000_times_tells_each_item_once(town, officer):
    """Killed at any byte, before and after any message, while others commit: a page hears every item, in order."""
    incidents = [factories.incident(town.hole), factories.incident(town.secret)]
    first = newest()
    left = PAGES

    async def watch(chance):
        nonlocal left
        heard, last = [], first
        for _time in range(KILLED):
            page = Page(application, f"after={last}", address=f"203.0.113.{chance.randrange(250)}")
            text = b"".join([await page.chunk() for _chunk in range(chance.randrange(1, 4))])
            await page.leave()
            messages = read_messages(text[: chance.randrange(len(text) + 1)])
            heard += [number for kind, number in messages if kind == "news"]
            last = messages[-1][1] if messages else last
        left -= 1
        return heard, last

    async def commit():
        for number in itertools.count():
            if not left:
                return
            fields = {"public": number % 5 > 0, "by": officer, "note": f"{number}"}
            await sync_to_async(timeline.record)(incidents[number % 7 == 0], "note", **fields)

    def told_keys():
        events = Event.objects.filter(pk__gt=first, public=True, incident=incidents[0])
        return events.order_by("pk").values_list("pk", flat=True)

    async def play():
        *watched, _nothing = await asyncio.gather(*(watch(random.Random(seed)) for seed in range(PAGES)), commit())
        end = await sync_to_async(told_keys().last)()
        for heard, last in watched:
            async with open_page(f"after={last}") as page:
                while last < end and (messages := read_messages(await page.chunk())):
                    heard += [number for _kind, number in messages]
                    last = messages[-1][1]
        return [heard for heard, _last in watched]

    heard = asyncio.run(play())
    assert heard == [[*told_keys()]] * PAGES
