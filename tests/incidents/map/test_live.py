"""Event streams end when who listens may no longer, and go on elsewhere without a gap when they have lasted long."""

import asyncio
import json
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.test import AsyncClient
from django.utils.timezone import localdate, now

from cameras.patrol.news import announce_cameras
from incidents import workflow
from incidents.map import live
from incidents.models import Event, Membership
from tests import factories
from tests.cameras.conftest import camera
from tests.fakes.streams import Streams
from tests.machine import patience

pytestmark = pytest.mark.django_db(transaction=True)


def sign_out(client, user):
    client.logout()


def deactivate(client, user):
    user.is_active = False
    user.save()


def change_password(client, user):
    user.set_password("another one")
    user.save()


def let_session_expire(client, user):
    Session.objects.update(expire_date=now() - timedelta(seconds=1))


def end_posts(client, user):
    factories.change_posts(Membership.objects.filter(user=user), ends=localdate() - timedelta(days=1))


ENDS = [sign_out, deactivate, change_password, let_session_expire, end_posts]


async def signed_in(user):
    client = AsyncClient()
    await client.aforce_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


async def open_stream(client, path, **headers):
    """The lines of a stream, of which the first, that it has begun, is taken."""
    lines = aiter(await client.get(path, headers=headers))
    assert await anext(lines) == b"retry: 2000\n\n"
    return lines


async def next_line(lines):
    """The next line that is no beat."""
    while b"event: beat" in (line := await anext(lines)):
        pass
    return line


async def news(lines):
    return json.loads((await next_line(lines)).partition(b"data: ")[2])


async def rest(lines):
    return [line async for line in lines if b"event: beat" not in line]


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize("end", ENDS)
def test_desk_stream_ends_with_what_it_was_opened_by(town, officer, monkeypatch, end):
    monkeypatch.setattr(live, "RECHECK_EVERY_S", 0)

    async def listen():
        client = await signed_in(officer)
        lines = await open_stream(client, "/live/desk/")
        assert b"event: beat" in await anext(lines)  # what follows is told as it happens, not read from the history
        heard = await sync_to_async(factories.incident)(town.secret)
        assert [(await news(lines))["reference"] for _event in range(2)] == [heard.reference] * 2
        await sync_to_async(end)(client, officer)
        await sync_to_async(factories.incident)(town.secret)
        return await rest(lines)

    assert asyncio.run(listen()) == []


@pytest.mark.parametrize("end", ENDS)
def test_control_stream_ends_with_what_it_was_opened_by(controller, monkeypatch, end):
    monkeypatch.setattr(live, "RECHECK_EVERY_S", 0)

    async def listen():
        client = await signed_in(controller)
        lines = await open_stream(client, "/control/live/")
        await sync_to_async(announce_cameras)([["A1", "", "live", None]])
        assert await news(lines) == [["A1", "", "live", None]]
        await sync_to_async(end)(client, controller)
        await sync_to_async(announce_cameras)([["A1", "", "offline", None]])
        return await rest(lines)

    assert asyncio.run(listen()) == []


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize("end", ENDS)
def test_live_camera_ends_with_what_it_was_opened_by(controller, monkeypatch, settings, end):
    monkeypatch.setattr("cameras.views.control_room.moving_picture.ASK_EVERY_S", 0)
    settings.OUTBOUND_ALLOWED = {"cameras": ["127.0.0.0/8"]}

    async def look():
        client = await signed_in(controller)
        parts = aiter(await client.get("/cameras/M1/live"))
        assert b"image/jpeg" in await anext(parts)
        await sync_to_async(end)(client, controller)
        return [part async for part in parts]

    with Streams() as cameras:
        camera("M1", url=f"{cameras.url}/mjpeg", kind="mjpeg")
        assert asyncio.run(look()) == []
        assert cameras.hung_up.wait(patience(10))


def test_a_stream_hears_by_the_posts_of_now(town, officer, monkeypatch):
    """Who has moved to another office meanwhile hears its news, and none of the one before."""
    monkeypatch.setattr(live, "RECHECK_EVERY_S", 0)

    def move():
        factories.change_posts(Membership.objects.filter(user=officer), authority=town.other)
        factories.incident(town.secret)
        return factories.incident(town.secret, factories.IN_NEW)

    async def listen():
        lines = await open_stream(await signed_in(officer), "/live/desk/")
        assert b"event: beat" in await anext(lines)
        theirs = await sync_to_async(move)()
        assert (await news(lines))["reference"] == theirs.reference

    asyncio.run(listen())


def test_between_two_questions_nothing_is_asked(town, officer):
    questions = []

    def asks():
        questions.append(1)
        return lambda item: True

    async def listen():
        queue = asyncio.Queue()
        for number in range(3):
            queue.put_nowait({"id": number})
        queue.put_nowait(None)
        return [item async for item, _allowed in live.arriving_items(queue, asks)]

    assert asyncio.run(listen()) == [{"id": 0}, {"id": 1}, {"id": 2}]
    assert questions == [1]


@pytest.mark.parametrize("path", ["/live/", "/live/desk/"])
def test_an_ended_stream_is_resumed_without_a_gap(town, officer, monkeypatch, path):
    """Also where nothing was heard in it, so that the page knows no other number than the one told at the end."""
    factories.incident(town.hole)
    last = Event.objects.order_by("-pk").first()
    monkeypatch.setattr(live, "STREAM_LASTS_S", 0)

    async def listen():
        client = await signed_in(officer)
        first = await rest(await open_stream(client, path))
        assert first == [f"id: {last.pk}\nevent: over\ndata: {{}}\n\n".encode()]
        between = await sync_to_async(factories.incident)(town.hole)
        lines = await open_stream(client, path, last_event_id=str(last.pk))
        assert [(await news(lines))["reference"] for _event in range(2)] == [between.reference] * 2
        return await rest(lines)

    assert asyncio.run(listen()) == [f"id: {last.pk + 2}\nevent: over\ndata: {{}}\n\n".encode()]


def test_control_stream_ends_and_says_so(controller, monkeypatch):
    monkeypatch.setattr(live, "STREAM_LASTS_S", 0)

    async def listen():
        return await rest(await open_stream(await signed_in(controller), "/control/live/"))

    assert asyncio.run(listen()) == [b"event: over\ndata: {}\n\n"]


def test_what_may_not_be_heard_moves_the_position_too(town, outsider, monkeypatch):
    """Else who hears little would be told of years when the stream is resumed."""
    incident = factories.incident(town.hole)

    async def listen():
        lines = await open_stream(await signed_in(outsider), "/live/")
        await sync_to_async(factories.incident)(town.secret)
        await sync_to_async(workflow.move)(incident, "accept")
        return (await next_line(lines)).partition(b"\n")[0]

    last = asyncio.run(listen())
    assert last == f"id: {Event.objects.order_by('-pk').first().pk}".encode()


def test_who_missed_too_much_reads_anew_from_now(town, monkeypatch):
    monkeypatch.setattr(live, "MISSED_MAX", 1)
    factories.incident(town.hole)

    async def listen():
        return await next_line(await open_stream(AsyncClient(), "/live/", last_event_id="0"))

    last = Event.objects.order_by("-pk").first()
    assert asyncio.run(listen()) == f"id: {last.pk}\nevent: reload\ndata: {{}}\n\n".encode()


def test_streams_last_15_minutes_and_recheck_every_30_seconds():
    assert (live.STREAM_LASTS_S, live.RECHECK_EVERY_S) == (15 * 60, 30)
