"""The patrol over real HTTP: what it fetches, keeps, forgets and says."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.conf import settings
from django.db import connection
from django.utils.timezone import now

from cameras import patrol, ring
from cameras.models import Camera, Frame
from tests import factories
from tests.cameras.conftest import camera, in_ring

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A patrol whose chores come round sooner, so that a test need not wait for a minute."""
    monkeypatch.setattr(patrol, "RELOAD_EVERY_S", 0.3)
    monkeypatch.setattr(patrol, "SAVE_EVERY_S", 0.1)


@asynccontextmanager
async def on_patrol(hours=24):
    walking = patrol.Patrol(settings.MEDIA_ROOT, ["127.0.0.0/8"], hours)
    stop = asyncio.Event()
    run = asyncio.create_task(walking.run(stop))
    try:
        yield walking
    finally:
        stop.set()
        await run


def ask(question):
    """Ask the database from a thread of its own, as the loop must not wait."""

    def asked():
        try:
            return question()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asked).result()


async def until(question, seconds=15):
    """Wait until the database answers yes."""
    for _ in range(int(seconds / 0.1)):
        if answer := await asyncio.to_thread(ask, question):
            return answer
        await asyncio.sleep(0.1)
    raise AssertionError("it did not happen in time")


def health_of(code):
    return Camera.objects.get(code=code).health


def test_each_camera_is_seen_as_it_is(demo_cameras):
    ways = {
        "well": "live",
        "png": "live",
        "redirect-home": "live",
        "dark": "dark",
        "covered": "covered",
        "html": "unreadable",
        "huge": "unreadable",
        "truncated": "unreadable",
        "lying-size": "unreadable",
        "broken-off": "unreadable",
        "gone": "offline",
        "fault": "offline",
        "redirect-metadata": "offline",
    }
    for way in ways:
        camera(way, url=f"{demo_cameras}/bad/{way}/A1.jpg", period_s=1)
    camera("nowhere", url="http://127.0.0.1:9/a.jpg", period_s=1)
    camera("nonsense", url="http://[::1", period_s=1)
    camera("no address", url="", period_s=1)
    expected = ways | {"nowhere": "offline", "nonsense": "offline", "no address": "unknown"}

    async def walk():
        async with on_patrol():
            await until(lambda: dict(Camera.objects.values_list("code", "health")) == expected, 20)

    began = now()
    asyncio.run(walk())
    for seen in Camera.objects.filter(health="live"):
        frame = seen.last_frame
        data = ring.read(frame)
        assert sha256(data).hexdigest() == frame.sha256
        assert (len(data), frame.width, frame.height) == (frame.length, 512, 288)
        assert began < frame.taken_at <= seen.moved_at < now()
        assert began < seen.health_since
    assert Camera.objects.get(code="png").last_frame.kind == "png"
    assert not Frame.objects.filter(camera__health__in=["offline", "unreadable"]).exists()


def test_the_ring_forgets_what_is_older_than_its_hours(demo_cameras):
    one = camera("A1", url=f"{demo_cameras}/bad/well/A1.jpg", period_s=1)
    old, young = (in_ring(one, factories.jpeg(), now() - timedelta(hours=hours)) for hours in (26, 20))

    async def walk():
        async with on_patrol(hours=24):
            await until(lambda: Frame.objects.count() >= 3 and not Frame.objects.filter(pk=old.pk).exists())

    asyncio.run(walk())
    assert ring.read(young) == factories.jpeg()
    with pytest.raises(ring.Gone):
        ring.read(old)


def test_a_frozen_camera_is_told_and_keeps_one_frame(demo_cameras, monkeypatch):
    monkeypatch.setattr(patrol.analysis, "FROZEN_S", 3)
    camera("still", url=f"{demo_cameras}/bad/frozen/A1.jpg", period_s=1)
    camera("clock", url=f"{demo_cameras}/bad/frozen-clock/A1.jpg", period_s=1)

    async def walk():
        async with on_patrol():
            await until(lambda: Camera.objects.filter(health="frozen").count() == 2)

    asyncio.run(walk())
    still = Camera.objects.get(code="still")
    assert [still.last_frame] == list(still.frames.all())
    assert still.moved_at == still.last_frame.taken_at
    assert Camera.objects.get(code="clock").frames.count() > 3


class Switchable(BaseHTTPRequestHandler):
    def do_GET(self):
        picture = factories.jpeg(512, 288, colour=(int(time.time() * 10) % 200, 90, 60))
        self.send_response(200)
        self.send_header("Content-Length", str(len(picture)))
        self.end_headers()
        self.wfile.write(picture)

    def log_message(self, *args):
        pass


@asynccontextmanager
async def serving(port):
    server = await asyncio.to_thread(ThreadingHTTPServer, ("127.0.0.1", port), Switchable)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_port
    finally:
        await asyncio.to_thread(server.shutdown)
        server.server_close()
        thread.join()


def test_a_server_that_comes_back_wakes_its_cameras(monkeypatch):
    """The cameras of a host that is gone are asked rarely; once one is reached again, the others need not wait."""
    monkeypatch.setattr(patrol, "FIRST_WAIT_S", 2)

    def seen_since(moment):
        return Frame.objects.filter(taken_at__gt=moment).values("camera").distinct().count()

    async def walk():
        async with AsyncExitStack() as stack:
            async with serving(0) as port:
                for n in range(12):
                    url = f"http://127.0.0.1:{port}/{n}"
                    await asyncio.to_thread(ask, lambda n=n, url=url: camera(f"A{n}", url=url, period_s=1))
                walking = await stack.enter_async_context(on_patrol())
                await until(lambda: Frame.objects.values("camera").distinct().count() == 12)
            await until(lambda: Camera.objects.filter(health="offline").count() == 12)
            while min(watch.failures for watch in walking.watches.values()) < 5:
                await asyncio.sleep(0.1)
            back = now()
            await stack.enter_async_context(serving(port))
            await until(lambda: seen_since(back))
            first = time.monotonic()
            await until(lambda: seen_since(back) == 12)
            return time.monotonic() - first

    assert asyncio.run(walk()) < 2.5  # each alone would have slept for six seconds or more


def test_a_camera_paused_in_the_register_is_left_alone_and_taken_up_again(demo_cameras):
    camera("A1", url=f"{demo_cameras}/bad/well/A1.jpg", period_s=1)

    async def walk():
        async with on_patrol() as walking:
            await until(lambda: health_of("A1") == "live")
            await asyncio.to_thread(ask, lambda: Camera.objects.update(active=False))
            await until(lambda: health_of("A1") == "paused")
            assert walking.watches == {}
            await asyncio.to_thread(ask, lambda: Camera.objects.update(active=True))
            await until(lambda: health_of("A1") == "live")

    asyncio.run(walk())
    assert Camera.objects.get().last_frame is not None


def test_a_camera_deleted_meanwhile_stops_nothing(demo_cameras):
    for code in ("A1", "A2"):
        camera(code, url=f"{demo_cameras}/bad/well/{code}.jpg", period_s=1)

    async def walk():
        async with on_patrol() as walking:
            await until(lambda: Camera.objects.filter(health="live").count() == 2)
            await asyncio.to_thread(ask, lambda: Camera.objects.filter(code="A1").delete())
            seen = await asyncio.to_thread(ask, lambda: Camera.objects.get().moved_at)
            await until(lambda: Camera.objects.get().moved_at > seen)
            await until(lambda: len(walking.watches) == 1)

    asyncio.run(walk())
    assert [one.code for one in Camera.objects.all()] == ["A2"]


def test_a_database_that_is_away_is_told_later(demo_cameras, monkeypatch):
    camera("A1", url=f"{demo_cameras}/bad/well/A1.jpg", period_s=1)
    away, refused = threading.Event(), []
    really_told = patrol.told

    def told(*what):
        if away.is_set():
            refused.append(what)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        really_told(*what)

    monkeypatch.setattr(patrol, "told", told)

    async def walk():
        async with on_patrol():
            await until(lambda: Frame.objects.exists())
            away.set()
            gone = now()
            while len(refused) < 20:
                await asyncio.sleep(0.1)
            assert not await asyncio.to_thread(ask, lambda: Frame.objects.filter(taken_at__gt=gone).exists())
            away.clear()
            await until(lambda: Frame.objects.filter(taken_at__gt=gone).count() >= 2)

    asyncio.run(walk())
    for frame in Frame.objects.all():
        assert sha256(ring.read(frame)).hexdigest() == frame.sha256


def test_the_command_ends_when_it_is_told_to(demo_cameras, tmp_path):
    camera("A1", url=f"{demo_cameras}/bad/well/A1.jpg", period_s=1)
    database = connection.settings_dict["NAME"]
    url = os.environ["DATABASE_URL"]
    running = subprocess.Popen(
        [sys.executable, "manage.py", "patrol"],
        env=os.environ
        | {
            "DATABASE_URL": url[: url.rindex("/") + 1] + database,
            "CAMERA_NETWORKS": "127.0.0.0/8",
            "MEDIA_ROOT": str(tmp_path),
        },
    )
    try:
        asyncio.run(until(lambda: health_of("A1") == "live", 30))
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0
    finally:
        running.kill()
        running.wait()
    assert (tmp_path / Camera.objects.get().last_frame.pack).is_file()
