"""Test a wall over a shift: eight hours in fast time. `bin/bench wall` has eighty tiles."""

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.cameras.conftest import camera, sees
from tests.fakes.shift import HOUR_MS, MAY_GROW, Shift, growth, story

pytestmark = pytest.mark.browser

CAMERAS = 24  # two pages of twelve: what grows with each turn and each news grows with few tiles, too
SHORT_MS = 5 * 60 * 1000  # of an hour in which as much happens as in a whole one
# Pictures in a shift: 2,741 an hour where the browser keeps up with the fast time. A busy one asks for fewer, and for
# some of one hour in the next.
MAY_ASK = 8 * 2_800


@pytest.mark.parametrize("hour_ms", [SHORT_MS, HOUR_MS], ids=["short hours", "whole hours"])
@pytest.mark.deep
def test_a_shift_of_eight_hours_does_not_make_the_page_grow(visitor, controller, town, site, hour_ms):
    codes = [f"Q{number:03}" for number in range(CAMERAS)]
    for number, code in enumerate(codes):
        sees(camera(code, lon=10.001 + number * 0.0001))
    stories = [story(factories.incident(category)) for category in (town.leak, town.hole, town.waste, town.secret)]
    page = visitor(1280, user=controller, language="en")
    shift = Shift(page, codes, stories, hour_ms)
    dwell = 600 * hour_ms // HOUR_MS
    page.add_init_script(f"localStorage.setItem('wall', JSON.stringify({{ size: '4x3', dwell: {dwell} }}))")
    page.goto("/control/?screen=wall")
    expect(page.locator("#wall .tile:visible")).to_have_count(12)
    after = [shift.pass_hour() for _hour in range(8)]
    assert page.evaluate("updates") > 60_000 * hour_ms / HOUR_MS
    assert page.evaluate("incidents") >= 8 * 29
    assert page.locator("#live").inner_text() == "Live"
    grown = growth(after)
    may_grow = MAY_GROW | (
        {} if hour_ms == HOUR_MS else {"heap": 1.1}
    )  # after some minutes it still learns its scripts
    assert {what: grown[what] for what, most in may_grow.items() if what != "asked" and grown[what] > most} == {}, after
    assert sum(hour["asked"] for hour in after) < MAY_ASK, after
