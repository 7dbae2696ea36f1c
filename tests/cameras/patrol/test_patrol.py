"""Test the patrol over real HTTP: what it fetches, keeps, forgets and logs."""

import asyncio
import errno
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby
from pathlib import Path

import cv2
import pytest
from django.conf import settings
from django.contrib.gis.geos import MultiPolygon
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import F
from django.utils.timezone import now

from cameras import analysis, ring
from cameras.capture import http
from cameras.models import Camera, DeadShift, Frame, HealthInterval, Lease, Shift, Source, View
from cameras.monitoring import uptime
from cameras.patrol import chores, hosts, outbox, patrol, pictures, tidying
from cameras.patrol import walk as walks
from cameras.patrol import watch as watches
from demo.cameras.server import FORBIDDEN_REDIRECTS
from geoapp.crypto import vault
from tests import factories
from tests.cameras.conftest import camera, in_ring
from tests.cameras.patrol import quick
from tests.fakes.camera import Cameras, street
from tests.machine import patience

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick")]


@asynccontextmanager
async def on_patrol(keep=None, networks=("127.0.0.0/8",)):
    walking = patrol.Patrol(settings.MEDIA_ROOT, networks, keep)
    stop = asyncio.Event()
    run = asyncio.create_task(walking.run(stop))
    try:
        yield walking
    finally:
        stop.set()
        await run


def ask(question):
    """Query the database from a thread of its own, as the event loop must not wait."""

    def answer_and_close():
        try:
            return question()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(answer_and_close).result()


async def until(question, seconds=15):
    """Wait until the query is true."""
    for _ in range(int(patience(seconds) / 0.05)):
        if answer := await asyncio.to_thread(ask, question):
            return answer
        await asyncio.sleep(0.05)
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
        "endless": "unreadable",
        "broken-off": "unreadable",
        "gone": "offline",
        "fault": "offline",
        "redirect-hundred": "offline",
        **dict.fromkeys(FORBIDDEN_REDIRECTS, "offline"),
    }
    for way in ways:
        camera(way, url=f"{demo_cameras}/bad/{way}/A1.jpg", period_s=1)
    camera("nowhere", url="http://127.0.0.1:9/a.jpg", period_s=1)
    camera("nonsense", url="http://[::1", period_s=1)
    camera("no address", url="", period_s=1)
    expected = ways | {"nowhere": "offline", "nonsense": "offline", "no address": "unknown"}

    async def walk():
        async with on_patrol():
            await until(lambda: dict(Camera.objects.values_list("code", "health")) == expected, 60)

    began = now()
    asyncio.run(walk())
    for seen in Camera.objects.filter(health="live"):
        frame = seen.last_frame
        data = ring.read_frame(frame)
        assert sha256(data).hexdigest() == frame.sha256
        assert (len(data), frame.width, frame.height) == (frame.length, 512, 288)
        assert began < frame.taken_at <= seen.moved_at < now()
        assert began < seen.health_since
    assert Camera.objects.get(code="png").last_frame.kind == "png"
    assert not Frame.objects.filter(camera__health__in=["offline", "unreadable"]).exists()


def test_a_patrol_keeps_the_ring_tidy(demo_cameras):
    eye = camera("A1", url=f"{demo_cameras}/bad/well/A1.jpg", period_s=1)
    old, young = (in_ring(eye, factories.jpeg(), now() - timedelta(hours=hours)) for hours in (50, 20))

    async def walk():
        async with on_patrol(tidying.RingLimits(hours=24, days=2)):
            await until(lambda: Frame.objects.count() >= 3 and not Frame.objects.filter(pk=old.pk).exists())

    asyncio.run(walk())
    assert ring.read_frame(young) == factories.jpeg()
    with pytest.raises(ring.FrameGone):
        ring.read_frame(old)


def leave_unpublished_pack(eye, name, at):
    """Create a dead patrol that had stored a picture of this camera in a pack, and had not published it."""
    shift = Shift.objects.create(name=name, machine="gone", heard_at=at)
    Lease.objects.get_or_create(camera=eye, defaults={"shift": shift})
    packs = ring.PackWriter(settings.MEDIA_ROOT, name)
    spot = packs.append(eye.pk, at, sha256(street(1)).hexdigest(), street(1))
    packs.close()
    return Path(settings.MEDIA_ROOT, spot.pack)


def test_unindexed_frames_of_a_dead_patrol_are_recovered():
    at = now() - timedelta(minutes=2)
    leave_unpublished_pack(camera("A1", url="http://127.0.0.1:9/a.jpg"), "dead", at)

    async def walk():
        async with on_patrol():
            await until(lambda: Frame.objects.exists())

    asyncio.run(walk())
    frame = Frame.objects.get()
    assert (frame.taken_at, ring.read_frame(frame), frame.width, frame.received) == (
        at,
        street(1),
        512,
        {"worker": "dead"},
    )


def test_failed_mending_of_dead_patrols_is_tried_again(caplog):
    eye, at = camera("A1", url="http://127.0.0.1:9/a.jpg"), now() - timedelta(minutes=2)
    packs = [
        leave_unpublished_pack(eye, name, at + timedelta(seconds=n))
        for n, name in enumerate(["first", "other", "third"])
    ]
    away = packs[0].with_suffix(".away")
    packs[0].rename(away)
    packs[0].mkdir()  # it cannot be read for now

    def list_workers():
        return sorted(received["worker"] for received in Frame.objects.values_list("received", flat=True))

    async def walk():
        async with on_patrol():
            await until(lambda: list_workers() == ["other", "third"])
            assert "Packs cannot be mended" in caplog.text
        packs[0].rmdir()
        away.rename(packs[0])
        async with on_patrol():  # whoever patrols next knows of it, too
            await until(lambda: list_workers() == ["first", "other", "third"])
            await until(lambda: not DeadShift.objects.exists())

    asyncio.run(walk())


def test_a_frozen_camera_is_told_and_keeps_one_frame(demo_cameras, monkeypatch):
    monkeypatch.setattr(analysis.health, "FROZEN_S", 1)
    monkeypatch.setattr(analysis.health, "LATE_PERIODS", 4)
    camera("still", url=f"{demo_cameras}/bad/frozen/A1.jpg", period_s=1)
    camera("clock", url=f"{demo_cameras}/bad/frozen-clock/A1.jpg", period_s=1)

    async def walk():
        async with on_patrol():
            await until(lambda: Camera.objects.filter(health="frozen").count() == 2)
            await until(lambda: Frame.objects.filter(camera__code="clock").count() > 3)

    asyncio.run(walk())
    still = Camera.objects.get(code="still")
    assert [still.last_frame] == list(still.frames.all())
    assert still.moved_at == still.last_frame.taken_at


def intervals(code):
    return list(HealthInterval.objects.filter(camera__code=code).order_by("since").values_list("health", "why"))


def test_a_source_that_is_down_is_told_once_for_all_its_cameras():
    """Probed now and then, the host wakes all of them when one is reached again."""
    source = Source.objects.create(code="city", name="The city", at_once=4, quickest_s=1)

    def seen_since(moment):
        return Frame.objects.filter(taken_at__gt=moment).values("camera").distinct().count()

    async def walk():
        cameras = Cameras(takes_s=0.05)
        port = cameras.server.server_port
        for n in range(12):
            await asyncio.to_thread(
                ask, lambda n=n: camera(f"A{n}", url=f"{cameras.url}/{n}", period_s=1, source=source)
            )
        async with on_patrol():
            with cameras:
                await until(lambda: Camera.objects.filter(health="live").count() == 12)
            assert 2 <= cameras.most <= 4
            await until(lambda: Camera.objects.filter(health="source-down").count() == 12)
            await until(lambda: Source.objects.get().down_since)
            back = now()
            with Cameras(port=port):
                await until(lambda: seen_since(back) == 12)
                await until(lambda: Camera.objects.filter(health="live").count() == 12)
                await until(lambda: Source.objects.get().down_since is None)

    asyncio.run(walk())
    # On a busy machine a camera may be late, or found gone alone, before its source is called down.
    by_camera = [[state for state in intervals(f"A{n}") if state[0] not in ("late", "offline")] for n in range(12)]
    assert {tuple(interval for interval, _same in groupby(some)) for some in by_camera} == {
        (("live", "seen"), ("source-down", "SourceDown"), ("live", "seen"))
    }
    proofs = HealthInterval.objects.filter(health="source-down")
    small = [cv2.imread(default_storage.path(proven.proof)).shape for proven in proofs]
    assert small == [(180, 320, 3)] * 12


def test_two_patrols_call_a_source_down_only_together():
    """If all cameras of one patrol are gone, and those of the other are not, the source is not down."""
    source = Source.objects.create(code="city", name="The city", at_once=12, quickest_s=1)
    unreachable, codes = set(), [f"A{n}" for n in range(8)]

    def states():
        return Source.objects.get().down_since is not None, dict(Camera.objects.values_list("code", "health"))

    def all_are(health, down):
        return lambda: states() == (down, dict.fromkeys(codes, health))

    async def walk():
        with Cameras(missing=lambda path: path[1:] in unreachable) as cameras:
            for code in codes:
                url = f"{cameras.url}/{code}"
                await asyncio.to_thread(
                    ask, lambda code=code, url=url: camera(code, url=url, period_s=1, source=source)
                )
            async with on_patrol() as first, on_patrol() as other:
                await until(lambda: [len(each.register.watches) for each in (first, other)] == [4, 4])
                await until(all_are("live", down=False))
                theirs = {watch.duty.code for watch in first.register.watches.values()}
                unreachable.update(theirs)
                alone = {code: "offline" if code in theirs else "live" for code in codes}
                await until(lambda: states() == (False, alone), 30)
                unreachable.update(codes)
                await until(all_are("source-down", down=True), 30)
                unreachable.clear()
                await until(all_are("live", down=False), 30)

    asyncio.run(walk())
    by_code = {code: [health for health, _why in intervals(code) if health != "late"] for code in codes}
    assert sum("offline" in healths for healths in by_code.values()) == 4
    assert all(healths[-2:] == ["source-down", "live"] for healths in by_code.values())


def test_source_is_up_if_all_cameras_refuse_but_not_if_one_does():
    source, codes = Source.objects.create(code="city", name="The city", quickest_s=1), [f"A{n}" for n in range(6)]
    unreachable, shut = set(codes[1:]), {"A0"}

    def is_so(down, health, why):
        now_so = (
            HealthInterval.objects.filter(until=None).order_by("camera__code").values_list("health", "why", "detail")
        )
        return lambda: (Source.objects.get().down_since is not None, list(now_so.all())) == (down, [(health, *why)] * 6)

    with Cameras(missing=lambda path: path[1:] in unreachable, shuts=lambda path: path[1:] in shut) as cameras:
        for code in codes:
            camera(code, url=f"{cameras.url}/{code}", period_s=1, source=source)

        async def walk():
            async with on_patrol():
                await until(is_so(True, "source-down", ("SourceDown", "")), 30)
                shut.update(codes)
                await until(is_so(False, "offline", ("Refused", "403")), 30)
                shut.clear()
                unreachable.clear()
                await until(is_so(False, "live", ("seen", "")), 30)

        asyncio.run(walk())


def test_two_patrols_stay_within_the_calls_a_source_allows():
    """Also one of them alone, when the other has gone; and more, when the register allows more."""
    source = Source.objects.create(code="city", name="The city", at_once=4, quickest_s=1)
    with Cameras(takes_s=0.15) as cameras:
        for n in range(24):
            camera(f"A{n}", url=f"{cameras.url}/{n}", period_s=1, source=source)

        async def wait_for_calls(count):
            so_far = len(cameras.calls)
            while len(cameras.calls) < so_far + count:
                await asyncio.sleep(0.05)

        async def most_in_calls(count):
            """Return how many calls the server had at once at most, of so many that come now."""
            await wait_for_calls(8)  # it is still busy with those that somebody broke off
            cameras.most = 0
            await wait_for_calls(count)
            return cameras.most

        async def until_parts(*wanted):
            while [[host.calls.most for host in each.register.hosts.values()] for each, _most in wanted] != [
                [most] for _each, most in wanted
            ]:
                await asyncio.sleep(0.05)

        async def walk():
            async with on_patrol() as first:
                async with on_patrol() as other:
                    while [len(each.register.watches) for each in (first, other)] != [12, 12]:
                        await asyncio.sleep(0.05)
                    await until_parts((first, 2), (other, 2))
                    assert await most_in_calls(16) == 4
                while len(first.register.watches) < 24:
                    await asyncio.sleep(0.05)
                await until_parts((first, 4))
                assert await most_in_calls(16) == 4
                await asyncio.to_thread(ask, lambda: Source.objects.update(at_once=6))
                await until_parts((first, 6))
                assert await most_in_calls(16) == 6

        asyncio.run(walk())


def test_a_camera_that_is_gone_alone_is_offline_alone():
    with Cameras() as cameras:
        for n in range(3):
            camera(f"A{n}", url=f"{cameras.url}/{n}", period_s=1)
        camera("B", url="http://127.0.0.1:9/b.jpg", period_s=1)

        async def walk():
            async with on_patrol():
                await until(lambda: health_of("B") == "offline" and health_of("A0") == "live")

        asyncio.run(walk())
    assert intervals("B") == [("offline", "Unreachable")]


def test_wanted_cameras_are_visited_as_often_as_sources_allow(town, monkeypatch):
    monkeypatch.setattr(watches, "WANTED_S", 1)

    def paces(walking):
        return {watch.duty.code: quick.pace_s(watch) for watch in walking.register.watches.values()}

    source = Source.objects.create(code="slow", name="Slow", quickest_s=30)
    seeing = camera("seeing", lon=10.02)
    View.objects.create(camera=seeing, footprint=MultiPolygon(factories.IN_OLD.buffer(0.001)))
    watched = camera("watched", lon=10.02, watched_until=now() + timedelta(minutes=1))
    some = [seeing, watched, camera("near"), camera("far", lon=10.02), camera("borne", source=source)]
    factories.incident(town.hole)
    with Cameras() as cameras:
        for eye in some:
            Camera.objects.filter(pk=eye.pk).update(url=f"{cameras.url}/{eye.code}", period_s=60)

        async def walk():
            async with on_patrol() as walking:
                await until(lambda: Frame.objects.filter(camera=watched).count() >= 4)
                assert paces(walking) == {"seeing": 1, "watched": 1, "near": 1, "far": 60, "borne": 30}
                await asyncio.to_thread(ask, lambda: Camera.objects.update(watched_until=None))
                while paces(walking)["watched"] != 60:
                    await asyncio.sleep(0.05)

        asyncio.run(walk())


def test_an_honest_server_sends_only_what_is_new(monkeypatch):
    """A 304 is the same picture; the whole picture is requested now and then. A server whose 304 was wrong is not
    trusted.
    """
    monkeypatch.setattr(analysis.health, "FROZEN_S", 1)
    monkeypatch.setattr(analysis.health, "LATE_PERIODS", 4)
    monkeypatch.setattr(hosts, "DOUBT_S", 1)
    camera("honest", url="", period_s=1)
    with Cameras(lambda path: street(1), etag=lambda picture: '"one"') as cameras:
        liar = Cameras(etag=lambda picture: '"always"')
        camera("still", url=f"{cameras.url}/still", period_s=1)
        with liar:
            camera("liar", url=f"{liar.url}/liar", period_s=1)

            async def walk():
                async with on_patrol() as walking:
                    await until(lambda: health_of("still") == "frozen" and health_of("liar") == "live")
                    await until(lambda: Frame.objects.filter(camera__code="liar").count() >= 5, 20)
                    assert sorted(host.honest for host in walking.register.hosts.values()) == [False, True]

            asyncio.run(walk())
    statuses = [status for *_call, status in cameras.calls]
    assert statuses[:2] == [200, 304]
    assert 200 in statuses[2:]
    assert [status for *_call, status in liar.calls][-4:] == [200] * 4
    assert Frame.objects.filter(camera__code="still").count() == 1


def test_a_clock_that_is_set_back_turns_no_order_round(monkeypatch):
    class Clock(datetime):
        back = timedelta()

        @classmethod
        def now(cls, zone=None):
            return datetime.now(zone) - cls.back

    monkeypatch.setattr(http, "datetime", Clock)
    for module in (walks, pictures, chores):
        monkeypatch.setattr(module, "datetime", Clock)
    with Cameras() as cameras:
        camera("A1", url=f"{cameras.url}/a", period_s=1)

        async def walk():
            async with on_patrol():
                await until(lambda: Frame.objects.count() >= 2)
                Clock.back = timedelta(hours=1)
                calls = len(cameras.calls)
                await until(lambda: Frame.objects.count() >= calls + 2)

        asyncio.run(walk())
    eye = Camera.objects.get()
    frames = list(eye.frames.order_by("taken_at"))
    assert eye.last_frame == frames[-1]
    packs = {frame.pack for frame in frames}
    listed = [sha for pack in sorted(packs) for _at, sha, _begins, _bytes in ring.scan_pack(settings.MEDIA_ROOT / pack)]
    assert listed == [frame.sha256 for frame in frames]
    assert eye.health == "live"


def test_a_full_disk_stops_no_patrol_and_is_said_once_a_minute(monkeypatch, caplog):
    def full(*_what):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ring.os, "writev", full)
    with Cameras() as cameras:
        camera("A1", url=f"{cameras.url}/a", period_s=1)

        async def walk():
            async with on_patrol():
                await until(lambda: health_of("A1") == "live")
                while len(cameras.calls) < 4:
                    await asyncio.sleep(0.05)

        asyncio.run(walk())
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "Pictures cannot be kept: [Errno 28] No space left on device"
    ]
    assert not Frame.objects.exists()


def test_a_source_lends_its_networks_and_a_camera_its_password():
    source = Source.objects.create(code="own", name="Own", networks=["127.0.0.0/8", "nonsense"], quickest_s=1)
    with Cameras(password="pass") as cameras:
        locked = vault.encrypt("camera:pass")
        camera("in", url=f"{cameras.url}/in", period_s=1, source=source, credentials=locked)
        camera("out", url=f"{cameras.url}/out", period_s=1, credentials=locked)
        camera("lost", url=f"{cameras.url}/lost", period_s=1, source=source, credentials="of another key")

        async def walk():
            async with on_patrol(networks=()):
                ends = {"in": "live", "out": "offline", "lost": "offline"}
                await until(lambda: dict(Camera.objects.values_list("code", "health")) == ends)

        asyncio.run(walk())
        assert {path for _at, path, *_rest in cameras.calls} == {"/in", "/lost"}
    assert {code: intervals(code) for code in ("in", "out", "lost")} == {
        "in": [("live", "seen")],
        "out": [("offline", "Forbidden")],
        "lost": [("offline", "Refused")],
    }
    assert HealthInterval.objects.get(camera__code="lost").detail == "401"


def test_inactive_camera_is_not_visited_until_active_again(demo_cameras):
    camera("A1", url=f"{demo_cameras}/bad/well/A1.jpg", period_s=1)

    async def walk():
        async with on_patrol() as walking:
            await until(lambda: health_of("A1") == "live")
            await asyncio.to_thread(ask, lambda: Camera.objects.update(active=False))
            await until(lambda: health_of("A1") == "paused")
            await until(lambda: not walking.register.watches)
            await asyncio.to_thread(ask, lambda: Camera.objects.update(active=True))
            await until(lambda: health_of("A1") == "live")

    asyncio.run(walk())
    assert Camera.objects.get().last_frame is not None


def shift_times_back(hours):
    """Move all times back by so many hours, in which no patrol is at work."""
    back = timedelta(hours=hours)
    HealthInterval.objects.update(since=F("since") - back, until=F("until") - back)
    Frame.objects.update(taken_at=F("taken_at") - back)
    Shift.objects.update(heard_at=F("heard_at") - back)
    Camera.objects.update(
        **{name: F(name) - back for name in ("health_since", "moved_at", "last_taken_at", "left_at", "away_since")}
    )


@pytest.mark.parametrize("ends", ["stopped", "killed"])
def test_time_without_a_patrol_is_one_unvisited_interval(ends):
    with Cameras() as cameras:
        camera("well", url=f"{cameras.url}/well", period_s=1)
        camera("slow", url=f"{cameras.url}/slow", period_s=1800)
        camera("gone", url="http://127.0.0.1:9/a.jpg", period_s=1)
        camera("rests", url=f"{cameras.url}/rests", period_s=1, active=False)
        states = {"well": "live", "slow": "live", "gone": "offline", "rests": "paused"}

        async def walk():
            async with on_patrol() as walking:
                ours = Lease.objects.filter(shift__name=walking.name)
                await until(lambda: ours.count() == len(Camera.objects.filter(active=True)))
                await until(lambda: not Camera.objects.exclude(left_at=None).exists())
                await until(lambda: dict(Camera.objects.values_list("code", "health")) == states, 60)

        asyncio.run(walk())
        if ends == "killed":  # it told nobody that it leaves
            dead = Shift.objects.create(name="dead", machine="gone")
            Lease.objects.bulk_create(Lease(camera=row, shift=dead) for row in Camera.objects.filter(active=True))
            Camera.objects.update(left_at=None)
        left = now() - timedelta(hours=3)
        shift_times_back(hours=3)
        Camera.objects.filter(code="rests").update(active=True)
        states["rests"], begins = "live", now()
        asyncio.run(walk())
        asyncio.run(walk())  # at once, as after a restart
    gap = ("unvisited", "NoPatrol")
    assert {code: intervals(code) for code in states} == {
        "well": [("live", "seen"), gap, ("live", "seen")],
        "slow": [("live", "seen")],
        "gone": [("offline", "Unreachable"), gap, ("offline", "Unreachable")],
        "rests": [("paused", "paused"), ("live", "seen")],
    }
    before, between, after = HealthInterval.objects.filter(camera__code="well").order_by("since")
    assert before.until == between.since
    assert timedelta() <= left - between.since < timedelta(seconds=30)
    assert between.until == after.since > begins
    at = now()
    measured = uptime.measure_uptimes(at)[before.camera_id]
    assert measured.shares[0] == 1
    assert measured.unvisited[0] == pytest.approx((between.until - between.since).total_seconds(), abs=2)


def test_a_camera_deleted_meanwhile_stops_nothing(demo_cameras):
    for code in ("A1", "A2"):
        camera(code, url=f"{demo_cameras}/bad/well/{code}.jpg", period_s=1)

    async def walk():
        async with on_patrol() as walking:
            await until(lambda: Camera.objects.filter(health="live").count() == 2)
            await asyncio.to_thread(ask, lambda: Camera.objects.filter(code="A1").delete())
            seen = await asyncio.to_thread(ask, lambda: Camera.objects.get().moved_at)
            await until(lambda: Camera.objects.get().moved_at > seen)
            await until(lambda: len(walking.register.watches) == 1)

    asyncio.run(walk())
    assert [row.code for row in Camera.objects.all()] == ["A2"]


def test_a_database_that_is_away_is_told_later(demo_cameras, monkeypatch):
    camera("A1", url=f"{demo_cameras}/bad/well/A1.jpg", period_s=1)
    away, refused = threading.Event(), []
    really_told = outbox.publish_news

    def refuse_or_publish(*what):
        if away.is_set():
            refused.append(what)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        really_told(*what)

    monkeypatch.setattr(outbox, "publish_news", refuse_or_publish)

    async def walk():
        async with on_patrol():
            await until(lambda: Frame.objects.exists())
            away.set()
            stopped_at = now()
            while len(refused) < 20:
                await asyncio.sleep(0.05)
            assert not await asyncio.to_thread(ask, lambda: Frame.objects.filter(taken_at__gt=stopped_at).exists())
            away.clear()
            await until(lambda: Frame.objects.filter(taken_at__gt=stopped_at).count() >= 2)

    asyncio.run(walk())
    for frame in Frame.objects.all():
        assert sha256(ring.read_frame(frame)).hexdigest() == frame.sha256


def test_the_command_ends_when_it_is_told_to(demo_cameras, tmp_path):
    camera("A1", url=f"{demo_cameras}/bad/well/A1.jpg", period_s=1)
    database = connection.settings_dict["NAME"]
    url = os.environ["DATABASE_URL"]
    running = subprocess.Popen(
        [sys.executable, "manage.py", "patrol"],
        env=os.environ
        | {
            "DATABASE_URL": url[: url.rindex("/") + 1] + database,
            "OUTBOUND_ALLOWED": "cameras=127.0.0.0/8",
            "MEDIA_ROOT": str(tmp_path),
        },
    )
    try:
        asyncio.run(until(lambda: health_of("A1") == "live", 30))
        running.send_signal(signal.SIGTERM)
        assert running.wait(patience(10)) == 0
    finally:
        running.kill()
        running.wait()
    assert (tmp_path / Camera.objects.get().last_frame.pack).is_file()
