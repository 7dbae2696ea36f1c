"""The wall: what eighty tiles cost a browser, at first and while every camera sends a new picture every ten seconds."""

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

from cameras import ring, telling
from cameras.demo.pictures import Pictures
from cameras.models import Camera, Frame
from incidents.models import Authority, Membership
from tests import factories
from tests.bench.rows import row

TILES, PERIOD_S, SECONDS, STREETS = 80, 10, 60, 10


def wall(stage):
    """First load and share of a core of a browser that shows 10 × 8 tiles, on the half of the room without the map."""
    others = list(Camera.objects.filter(active=True).values_list("pk", flat=True))
    Camera.objects.filter(pk__in=others).update(active=False)
    place = Point(*stage.places[0], srid=4326)
    Camera.objects.bulk_create(
        Camera(code=f"bench {n}", name=f"Bench {n}", place=place, period_s=PERIOD_S) for n in range(TILES)
    )
    cameras = list(Camera.objects.filter(code__startswith="bench ").order_by("pk"))
    pictures, packs = streets(), ring.Packs(settings.MEDIA_ROOT, "bench")
    for number, camera in enumerate(cameras):
        send(camera, pictures, number, packs)
    stop = threading.Event()
    sender = threading.Thread(target=keep_sending, args=(stop, cameras, pictures, packs))
    try:
        yield from shown(stage, sender)
    finally:
        stop.set()
        if sender.ident:
            sender.join()
        packs.close()
        Camera.objects.filter(code__startswith="bench ").delete()
        Camera.objects.filter(pk__in=others).update(active=True)


def streets():
    """Drawn streets by day, as cameras send them."""
    drawing = Pictures(ZoneInfo("Asia/Ho_Chi_Minh"))
    noon = datetime(2026, 11, 24, 5, tzinfo=ZoneInfo("UTC")).timestamp()
    return [drawing.draw(f"bench {n}", noon) for n in range(STREETS)]


def send(camera, pictures, number, packs):
    """A new picture of a camera, told as a patrol tells it."""
    data, at = pictures[number % STREETS] + f"{number}".encode(), now()  # what follows a JPEG's end makes it another
    sha = hashlib.sha256(data).hexdigest()
    spot = packs.append(camera.pk, at, sha, data)
    Frame.objects.create(
        camera=camera, taken_at=at, sha256=sha, pack=spot.pack, offset=spot.offset, length=spot.length,
        kind="jpg", width=640, height=360,
    )  # fmt: skip
    seen = {"last_taken_at": at, "last_sha256": sha, "moved_at": at, "health": "live", "health_since": at}
    Camera.objects.filter(pk=camera.pk).update(**seen)
    telling.announce([[camera.code, sha[:12], "live", round(at.timestamp() * 1000)]])


def keep_sending(stop, cameras, pictures, packs):
    number = TILES
    while not stop.wait(PERIOD_S / TILES):
        send(cameras[number % TILES], pictures, number * 7 + number // TILES, packs)
        number += 1
    connection.close()


def shown(stage, sender):
    person = factories.person("bench wall", Authority.objects.first(), Membership.Role.CONTROL)
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    done, address = [], f"http://localhost:{stage.port}"
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport={"width": 2560, "height": 1440})
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}])
        page = context.new_page()
        page.add_init_script("localStorage.setItem('wall', JSON.stringify({ size: '10x8', dwell: 600 }))")
        page.on("requestfinished", lambda request: done.append((request.url, request.sizes())))
        page.goto(f"{address}/control/?screen=wall", wait_until="load")
        page.wait_for_function(f"() => document.querySelectorAll('#wall .tile img').length === {TILES}")
        page.wait_for_timeout(2000)
        first = [(url, size["responseHeadersSize"] + size["responseBodySize"]) for url, size in done]
        tiles = [size for url, size in first if "size=tile" in url]
        sender.start()
        page.wait_for_timeout(5000)
        devtools = context.new_cdp_session(page)
        devtools.send("Performance.enable", {"timeDomain": "threadTicks"})  # what it worked, not what it waited
        before, began = busy(devtools, browser), time.monotonic()
        changed = len(done)
        page.wait_for_timeout(SECONDS * 1000)
        took = time.monotonic() - began
        script, whole = ((after - at) / took for after, at in zip(busy(devtools, browser), before, strict=True))
        changed = sum("size=tile" in url for url, _size in done[changed:]) / took
        browser.close()
    total = sum(size for _url, size in first) / 1000
    assert changed > 0.7 * TILES / PERIOD_S, f"only {changed:.1f} pictures a second were fetched"
    yield row(
        f"first load of {len(tiles)} tiles, {len(first)} files",
        total,
        unit="kB",
        budget="< 1,500 kB",
        good=total < 1500,
    )
    yield row(
        f"page of {TILES} tiles, {changed:.1f} new a second", script * 100, unit="% of a core", budget="< 15 %",
        good=script < 0.15,
    )  # fmt: skip
    yield row("the same with drawing, without a graphics card", whole * 100, unit="% of a core", budget="", good=True)


def busy(devtools, browser):
    """Seconds that the page's own thread has worked, and all processes of the browser."""
    page = {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}["TaskDuration"]
    session = browser.new_browser_cdp_session()
    whole = sum(one["cpuTime"] for one in session.send("SystemInfo.getProcessInfo")["processInfo"])
    session.detach()
    return page, whole
