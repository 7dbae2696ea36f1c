"""Test a picture's way from camera to wall: real patrol, real server, real browser."""

import time
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.bench.drawn import NOTE, seconds_late
from tests.bench.patrol import part
from tests.browser.conftest import wait_until
from tests.cameras.conftest import camera
from tests.fakes.camera import Cameras
from tests.machine import patience

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PERIOD_S, PICTURES = 2, 24


def wait_for_pictures(page, more):
    wanted = page.evaluate("window.drawn.length") + more
    page.wait_for_function("wanted => window.drawn.length >= wanted", arg=wanted, timeout=300_000)


@pytest.mark.deep
def test_picture_is_drawn_within_1500_ms_of_its_last_byte(visitor, processes, controller):
    with Cameras() as cameras:
        camera_rows = [camera(f"TTH {n}", url=f"{cameras.url}/{n}", period_s=PERIOD_S) for n in range(8)]
        processes("cameras")
        wait_until(
            lambda: all(camera_row.frames.exists() for camera_row in camera_rows), 60, "the patrol did not begin"
        )
        page = visitor(1440, user=controller)
        page.add_init_script(NOTE)
        page.goto("/control/?screen=wall")
        expect(page.locator("#wall .tile:visible img")).to_have_count(len(camera_rows))
        wait_for_pictures(page, len(camera_rows))
        since, began = datetime.now(UTC), time.monotonic()
        wait_for_pictures(page, PICTURES)
        took = time.monotonic() - began
        late, came = seconds_late(page, since)
    assert came > 0.7 * PICTURES
    assert took < patience(PICTURES / len(camera_rows) * PERIOD_S / 0.7)
    # The newest may not be drawn yet; of one that was followed at once by the next, the next is.
    assert len(late) > 0.8 * came
    assert min(late) > 0
    assert part(late, 0.5) < patience(1.5)
    assert part(late, 0.95) < patience(3)  # beside other tests; bin/bench drawn holds it to 1.5 s
