"""Measure frames per second and main-thread work while the map is dragged."""

import math
import os
import shutil
from itertools import pairwise

from django.contrib.gis.geos import Polygon
from playwright.sync_api import sync_playwright

from incidents.map import public_map
from tests.bench.rows import part, row
from tests.bench.sizes import choose

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright runs a loop in this thread; our queries stay synchronous
POINTS = choose(5000, 1000)  # of all incidents: see stage.INCIDENTS
WIDTH, HEIGHT = 1440, 900
FRAME_MS = 1000 / 60
STEPS = 120  # of the mouse, there and back, one a frame
# From here on the moments of all frames are noted, in ms.
NOTE = """() => {
  window.frames_shown = []
  const note = (at) => { window.frames_shown.push(at); window.noting = requestAnimationFrame(note) }
  requestAnimationFrame(note)
}"""


def pan(stage):
    """Drags by half a screen and back at the largest zoom whose view holds POINTS incidents, with all tiles loaded."""
    x, y = stage.places[0]
    zoom, points = next(
        best_view for best_view in ((z, points_in_view(x, y, z)) for z in range(19, 7, -1)) if best_view[1] >= POINTS
    )
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(base_url=stage.address, viewport={"width": WIDTH, "height": HEIGHT}, locale="vi-VN")
        page.goto(f"/?state=all&days=0#{zoom}/{y:.5f}/{x:.5f}")
        page.wait_for_load_state("networkidle")
        drag(page)  # what lies beside the view comes with the first
        page.wait_for_load_state("networkidle")
        devtools = page.context.new_cdp_session(page)
        devtools.send("Performance.enable")
        before = work_s(devtools)
        page.evaluate(NOTE)
        drag(page)
        frames = page.evaluate("cancelAnimationFrame(noting), frames_shown")
        worked_ms = (work_s(devtools) - before) * 1000
        shown = page.locator(".pin, .cluster").count()
        browser.close()
    took = [after - earlier for earlier, after in pairwise(frames)]
    a_second = len(took) / sum(took) * 1000
    what = f"frames a second, moving {points:,} incidents as {shown} pins and clusters"
    yield row(what, a_second, 60, unit="/s", budget="≥ 55/s", ratio=a_second / 60, good=a_second >= 55)
    p95 = part(took, 0.95)
    yield row("· from a frame to the next, p95", p95, FRAME_MS, unit="ms", budget="< 34 ms", good=p95 < 2 * FRAME_MS)
    each = worked_ms / len(frames)
    yield row("· the page's thread, for a frame", each, FRAME_MS, unit="ms", budget="< 10 ms", good=each < 10)


def points_in_view(x, y, zoom):
    """Counts the incidents on a screen around a place (degrees, EPSG:4326)."""
    half_x = WIDTH / 2 * 360 / (256 * 2**zoom)
    half_y = half_x * HEIGHT / WIDTH * math.cos(math.radians(y))
    box = Polygon.from_bbox((x - half_x, y - half_y, x + half_x, y + half_y))
    return public_map.published_incidents().filter(place__within=box).count()


def drag(page):
    page.mouse.move(WIDTH * 0.75, HEIGHT / 2)
    page.mouse.down()
    for step in range(STEPS):
        page.mouse.move(WIDTH * (0.75 - 0.5 * math.sin(math.pi * (step + 1) / STEPS)), HEIGHT / 2)
        page.evaluate("() => new Promise(requestAnimationFrame)")
    page.mouse.up()


def work_s(devtools):
    return {metric["name"]: metric["value"] for metric in devtools.send("Performance.getMetrics")["metrics"]}[
        "TaskDuration"
    ]
