"""Test that the public map does not grow while it stays open, in fast time. `bin/bench day` has twenty thousand
changes.
"""

import pytest

from tests import factories
from tests.fakes.day import Day, describe_incident

pytestmark = pytest.mark.browser

HOURS = 3
# Pins are more and fewer as incidents come and go; a node or a listener that each change left behind would be more.
MAY_GROW = {"nodes": 1.1, "listeners": 1.1, "elements": 1.1}


@pytest.mark.deep
def test_an_open_map_does_not_grow_with_what_happens(visitor, site, town):
    city = describe_incident(site, factories.incident(town.hole))
    here = {"longitude": 10.005, "latitude": 50.005}
    page = visitor(1024, geolocation=here, permissions=["geolocation"], reduced_motion="reduce")
    day = Day(page, city)
    page.goto("/#15/50.00500/10.00500")
    page.locator(".pin, .cluster").first.wait_for()
    after = [day.pass_hour(looks=4, minutes=0.6) for _hour in range(HOURS)]
    assert page.evaluate("told") >= HOURS * 100 / 3
    grown = {what: after[-1][what] / after[0][what] for what in MAY_GROW}
    assert {what: times for what, times in grown.items() if times > MAY_GROW[what]} == {}, after
    assert page.locator(".leaflet-doubt-pane > svg").count() == 1  # one drawing for all places that were looked for
