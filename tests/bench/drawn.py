"""Measure the delay from the last byte of a picture to its drawing on the wall of a real browser."""

import os
import shutil
import time
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from playwright.sync_api import sync_playwright

from cameras.models import Frame
from tests.bench import patrol
from tests.bench.patrol import part
from tests.bench.rows import row

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright runs a loop in this thread; our queries stay synchronous
CAMERAS, TILES, SECONDS = 1000, 80, 40
# Notes when the browser has loaded a picture of the wall: [its address, ms since 1970].
NOTE = """
window.drawn = []
document.addEventListener("load", ({ target }) => {
  if (target.matches?.("#wall .tile img")) window.drawn.push([target.src, Date.now()])
}, true)
"""


def measure_drawing(stage):
    """Measures 80 tiles in Chromium out of 1,000 cameras that a patrol fetches every ten seconds; limit: until the
    stream announces the picture.
    """
    address = f"http://localhost:{stage.port}"
    with patrol.at_work(CAMERAS, 1), sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        try:
            context = browser.new_context(viewport={"width": 2560, "height": 1440})
            context.add_cookies([{"name": "sessionid", "value": patrol.session_of("bench"), "url": address}])
            page = context.new_page()
            page.set_default_timeout(120_000)  # on a busy machine, too
            page.add_init_script(NOTE + "localStorage.setItem('wall', JSON.stringify({ size: '10x8', dwell: 600 }))")
            time.sleep(patrol.SETTLES_S)
            page.goto(f"{address}/control/?screen=wall", wait_until="load")
            page.wait_for_timeout(patrol.SETTLES_S * 1000)
            page.wait_for_function(
                "most => document.querySelectorAll('#wall .tile img').length > most", arg=0.9 * TILES
            )
            shown = page.locator("#wall .tile:visible img").count()
            assert shown > 0.9 * TILES, f"only {shown} tiles have a picture: {page.locator('#wall').inner_text()[:500]}"
            with patrol.listening(stage.port) as (delays, _bare):
                since = datetime.now(UTC)
                page.wait_for_timeout(SECONDS * 1000)
            late, wanted = seconds_late(page, since)
        finally:
            browser.close()
    assert len(late) > 0.9 * wanted, f"only {len(late)} of {wanted} pictures were drawn"
    for name, share in (("median", 0.5), ("p95", 0.95)):
        measured, limit = part(late, share), part(delays, share)
        what = f"fetched → drawn on a wall of {TILES} tiles, {CAMERAS:,} cameras, {name}"
        yield row(what, measured, limit, unit="s", budget="< 1.5 s", good=measured < 1.5)


def seconds_late(page, since):
    """Returns ([seconds from a picture's last byte to its drawing], number of these cameras' pictures since)."""
    loads = {}
    for address, at in page.evaluate("() => window.drawn"):
        where = urlsplit(address)
        key = unquote(where.path.split("/")[2]), where.query.rpartition("&")[2]
        loads.setdefault(key, at / 1000)
    frames = Frame.objects.filter(taken_at__gte=since, camera__code__in={code for code, _sha in loads})
    taken_at = {
        (code, sha[:12]): at.timestamp() for code, sha, at in frames.values_list("camera__code", "sha256", "taken_at")
    }
    return [loads[key] - at for key, at in taken_at.items() if key in loads], len(taken_at)
