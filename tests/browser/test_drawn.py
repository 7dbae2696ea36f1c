"""From a camera to the wall: the real patrol, the real server, a real browser."""

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
SECONDS = 15


def test_a_picture_is_drawn_a_second_and_a_half_after_its_last_byte_came(visitor, processes, controller):
    with Cameras() as cameras:
        eyes = [camera(f"TTH {n}", url=f"{cameras.url}/{n}", period_s=2) for n in range(8)]
        processes("cameras")
        wait_until(lambda: all(one.frames.exists() for one in eyes), 60, "the patrol did not begin")
        page = visitor(1440, user=controller)
        page.add_init_script(NOTE)
        page.goto("/control/?screen=wall")
        expect(page.locator("#wall .tile:visible img")).to_have_count(len(eyes))
        page.wait_for_timeout(3000)
        since = datetime.now(UTC)
        page.wait_for_timeout(SECONDS * 1000)
        late, came = seconds_late(page, since)
    assert came > 0.7 * len(eyes) * SECONDS / 2
    # The newest may not be drawn yet; of one that was followed at once by the next, the next is.
    assert len(late) > 0.8 * came
    assert min(late) > 0
    assert part(late, 0.5) < patience(1.5)
    assert part(late, 0.95) < patience(3)  # beside other tests; bin/bench drawn holds it to 1.5 s
