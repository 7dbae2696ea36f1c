"""Measure what eighty wall tiles cost a browser: first load, one new picture per camera every ten seconds, and eight
hours in fast time.
"""

import hashlib
import shutil
import threading
import time
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.gis.geos import Point
from django.db import connection
from django.test import Client
from django.utils.timezone import now
from playwright.sync_api import sync_playwright

from cameras import ring
from cameras.models import Camera, Frame
from cameras.patrol.news import announce_cameras
from cameras.patrol.patrol import SAVE_EVERY_S
from demo.cameras.pictures import Pictures
from geoapp.db import connections
from incidents.models import Authority, Incident, Membership
from tests import factories
from tests.bench.rows import row
from tests.fakes.shift import MAY_GROW, Shift, growth, story

TILES, PERIOD_S, SECONDS, STREETS = 80, 10, 60, 10
BYTES, CORE = 1_500_000, 0.15
HOURS, PATIENCE_S = 8, 420


def wall(stage):
    """Measures first load and share of a core for 10 × 8 tiles, on the half of the room without the map."""
    others = list(Camera.objects.filter(active=True).values_list("pk", flat=True))
    Camera.objects.filter(pk__in=others).update(active=False)
    place = Point(*stage.places[0], srid=4326)
    Camera.objects.bulk_create(
        Camera(code=f"bench {n}", name=f"Bench {n}", place=place, period_s=PERIOD_S) for n in range(TILES)
    )
    cameras = list(Camera.objects.filter(code__startswith="bench ").order_by("pk"))
    pictures, packs = streets(), ring.PackWriter(settings.MEDIA_ROOT, "bench")
    for number, camera in enumerate(cameras):
        send(camera, pictures, number, packs)
    stop = threading.Event()
    sender = threading.Thread(target=keep_sending, args=(stop, cameras, pictures, packs))
    try:
        yield from measure_browser(stage, sender)
    finally:
        stop.set()
        if sender.ident:
            sender.join()
        packs.close()
        Camera.objects.filter(code__startswith="bench ").delete()
        Camera.objects.filter(pk__in=others).update(active=True)


def streets():
    drawing = Pictures(ZoneInfo("Asia/Ho_Chi_Minh"))
    noon = datetime(2026, 11, 24, 5, tzinfo=ZoneInfo("UTC")).timestamp()
    return [drawing.draw(f"bench {n}", noon) for n in range(STREETS)]


def send(camera, pictures, number, packs):
    data, at = pictures[number % STREETS] + f"{number}".encode(), now()  # what follows a JPEG's end makes it another
    sha = hashlib.sha256(data).hexdigest()
    spot = packs.append(camera.pk, at, sha, data)
    Frame.objects.create(
        camera=camera, taken_at=at, sha256=sha, pack=spot.pack, offset=spot.offset, length=spot.length,
        kind="jpg", width=640, height=360,
    )  # fmt: skip
    seen = {"last_taken_at": at, "last_sha256": sha, "moved_at": at, "health": "live", "health_since": at}
    Camera.objects.filter(pk=camera.pk).update(**seen)
    return [camera.code, sha[:12], "live", round(at.timestamp() * 1000)]


def keep_sending(stop, cameras, pictures, packs):
    number, together = TILES, round(TILES / PERIOD_S * SAVE_EVERY_S)
    while not stop.wait(SAVE_EVERY_S):
        some = range(number, number + together)
        announce_cameras([send(cameras[n % TILES], pictures, n * 7 + n // TILES, packs) for n in some])
        number += together
    connection.close()


def measure_browser(stage, sender):
    with connections.as_owner():
        person = factories.person("bench wall", Authority.objects.first(), Membership.Role.CONTROL)
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])

        def opened(width, height):
            context = browser.new_context(viewport={"width": width, "height": height}, base_url=stage.address)
            session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": stage.address}
            context.add_cookies([session])
            page = context.new_page()
            page.add_init_script("localStorage.setItem('wall', JSON.stringify({ size: '10x8', dwell: 600 }))")
            return page

        page = opened(2560, 1440)
        yield from at_work(page, sender)
        page.context.close()
        yield from over_a_shift(opened(1920, 1080))
        browser.close()


def at_work(page, sender):
    done = []
    page.on("requestfinished", lambda request: done.append((request.url, request.sizes())))
    page.goto("/control/?screen=wall", wait_until="load")
    page.wait_for_function(f"() => document.querySelectorAll('#wall .tile img').length === {TILES}")
    page.wait_for_timeout(2000)
    first = [(url, size["responseHeadersSize"] + size["responseBodySize"]) for url, size in done]
    total, tiles = sum(size for _url, size in first), sum("size=tile" in url for url, _size in first)
    yield row(
        f"first load of {tiles} tiles, {len(first)} files", total / 1000, unit="kB", budget="< 1,500 kB",
        ratio=total / BYTES, good=total < BYTES,
    )  # fmt: skip
    sender.start()
    page.wait_for_timeout(5000)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})  # what it worked, not what it waited
    before, began, changed = busy(devtools, page.context.browser), time.monotonic(), len(done)
    page.wait_for_timeout(SECONDS * 1000)
    took = time.monotonic() - began
    after = busy(devtools, page.context.browser)
    script, whole = ((later - at) / took for later, at in zip(after, before, strict=True))
    changed = sum("size=tile" in url for url, _size in done[changed:]) / took
    assert changed > 0.7 * TILES / PERIOD_S, f"only {changed:.1f} pictures a second were fetched"
    yield row(
        f"browser with {TILES} tiles, {changed:.1f} new a second, drawing included, no graphics card", whole * 100,
        unit="% of a core", budget="< 15 %", ratio=whole / CORE, good=whole < CORE,
    )  # fmt: skip
    yield row("of it the page's own thread", script * 100, unit="% of a core", budget="", good=True)


def over_a_shift(page):
    some = Incident.objects.open().select_related("category", "area").defer("area__shape", "area__outline")[:4]
    codes, began, after = [f"bench {n}" for n in range(TILES)], time.monotonic(), []
    shift = Shift(page, codes, [story(camera_row) for camera_row in some])
    page.goto("/control/?screen=wall")
    page.wait_for_function(f"() => document.querySelectorAll('#wall .tile:not([hidden])').length === {TILES}")
    while len(after) < HOURS and time.monotonic() - began < PATIENCE_S:
        after.append(shift.pass_hour())
    passed = len(after)
    yield row(
        f"hours of {TILES} tiles in {time.monotonic() - began:.0f} s", passed, unit="h", budget=f"{HOURS} h",
        ratio=passed / HOURS, good=passed == HOURS,
    )  # fmt: skip
    if passed < HOURS:
        return
    assert page.evaluate("updates") > HOURS * 360 * TILES
    grown = growth(after)
    for what, most in MAY_GROW.items():
        yield row(
            f"{what} of an hour, by four hours before; {after[-1][what]:,} in the end",
            grown[what] * 100, unit="%", budget=f"≤ {most:.0%}", ratio=grown[what] / most, good=grown[what] <= most,
        )  # fmt: skip


def busy(devtools, browser):
    page = {metric["name"]: metric["value"] for metric in devtools.send("Performance.getMetrics")["metrics"]}[
        "TaskDuration"
    ]
    session = browser.new_browser_cdp_session()
    whole = sum(metric["cpuTime"] for metric in session.send("SystemInfo.getProcessInfo")["processInfo"])
    session.detach()
    return page, whole
