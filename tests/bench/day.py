"""Compare what an open public map holds in memory after a day with its beginning."""

import os
import shutil
import time

from playwright.sync_api import sync_playwright

from incidents.map import public_map
from tests.bench.rows import row
from tests.fakes.day import HOURS, Day, describe_incident

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright runs a loop in this thread; our queries stay synchronous
# Of the heap its objects: V8 compiles what runs often once more, hour after hour, and holds no more of it than there
# are scripts. How much that is, is told beside it.
MAY_GROW = {"objects": 1.1, "nodes": 1.1, "listeners": 1.1, "elements": 1.1, "pictures": 1.1}
COMPARED = 4  # hours at either end, of which the most counts
CHANGES, REFRESHES = 19_900, 2_000  # in a day
PATIENCE_S = 900


def day(stage):
    """Plays twenty thousand changes and two thousand refreshes in fast time; each hour used, asleep and awake again."""
    incident = public_map.published_incidents().select_related("category", "area").latest("pk")
    began, after = time.monotonic(), []
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(
            base_url=stage.address, viewport={"width": 1440, "height": 900}, locale="vi-VN",
            geolocation={"longitude": incident.place.x, "latitude": incident.place.y}, permissions=["geolocation"],
            reduced_motion="reduce",  # what ripples is drawn in real time, which would be most of it
        )  # fmt: skip
        context.set_default_timeout(120_000)  # on a busy machine, too
        page = context.new_page()
        shown = Day(page, describe_incident(stage.address, incident))
        page.goto(f"/#15/{incident.place.y:.5f}/{incident.place.x:.5f}")
        while len(after) < HOURS and time.monotonic() - began < PATIENCE_S:
            after.append(shown.pass_hour() | shown.held.measure_heap())
            print(f"  {len(after)} h after {time.monotonic() - began:.0f} s", flush=True)
        news_lines, list_loads = page.evaluate("[told, lists]")
        browser.close()
    passed = len(after)
    yield row(
        f"hours of an open map in {time.monotonic() - began:.0f} s", passed, unit="h", budget=f"{HOURS} h",
        ratio=passed / HOURS, good=passed == HOURS,
    )  # fmt: skip
    for what, measured, least in (("changes told", news_lines, CHANGES), ("lists asked for", list_loads, REFRESHES)):
        least = least * passed // HOURS
        yield row(f"· {what} meanwhile", measured, unit="", budget=f"≥ {least:,}", good=measured >= least)
    if passed < 2 * COMPARED:
        return
    for what in ("heap", "compiled"):
        yield row(
            f"· {what} in the end, of {after[0][what]:,} after an hour", after[-1][what], unit="B", budget="", good=True
        )
    for what, most in MAY_GROW.items():
        first, last = (max(hour[what] for hour in some) for some in (after[:COMPARED], after[-COMPARED:]))
        grown = last / first if first else 1 + last
        yield row(
            f"{what} in the last four hours, of {first:,} in the first", grown * 100, unit="%",
            budget=f"≤ {most:.0%}", ratio=grown / most, good=grown <= most,
        )  # fmt: skip
