"""The public map with much on it: heaps, late strokes, citizens' words, the chosen pin, the time panel, classes."""

import re
from datetime import timedelta

import pytest
from django.contrib.gis.geos import Point
from django.utils.timezone import now
from playwright.sync_api import expect

from demo.incidents.scenes import draw_scene
from incidents.announcements import acts
from incidents.models import Photo
from tests import factories
from tests.browser.conftest import axe_findings, on_screen, on_screens, settle, shoot, too_narrow, wait_until
from tests.browser.test_map import open_map

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_PINS = 25
LOOKS = {"vi": "Cách hiển thị", "en": "Display"}  # the button of the map's looks
# How far the chosen pin's tip is from the middle of what shows of the map, in pixels, and whether something covers it.
CHOSEN = """() => {
    const pin = document.querySelector(".pin.chosen").getBoundingClientRect()
    const map = document.getElementById("map").getBoundingClientRect()
    const chips = document.querySelector(".chips").getBoundingClientRect()
    const list = document.getElementById("list").getBoundingClientRect()
    const phone = innerWidth < 1024
    const [top, bottom] = [phone ? chips.bottom : map.top, phone ? list.top : map.bottom]
    const at = document.elementFromPoint((pin.left + pin.right) / 2, (pin.top + pin.bottom) / 2)
    const across = Math.abs((pin.left + pin.right) / 2 - (map.left + map.right) / 2)
    const seen = Boolean(at?.closest(".pin.chosen"))
    return { free: pin.top >= top && pin.bottom <= bottom, near: across < 40, seen }
}"""
FREE = {"free": True, "near": True, "seen": True}
# Pins of which the tip shows on the map. Tiles reach beyond its edges, and pins there do not count.
IN_VIEW = """() => {
    const map = document.getElementById("map").getBoundingClientRect()
    return [...document.querySelectorAll(".pin")].map((pin) => pin.getBoundingClientRect()).filter((pin) =>
        pin.bottom >= map.top && pin.bottom <= map.bottom && pin.right >= map.left && pin.left <= map.right).length
}"""


@pytest.fixture
def crowd(town):
    """Fill both wards with 60 open incidents, a few of them late; the newest one has words and a photo."""
    for n in range(60):
        place = Point(10.0005 + 0.002 * (n % 10), 50.0012 + 0.0015 * (n // 10), srid=4326)
        incident = factories.incident(town.hole, place=place)
        if n % 12 == 0:
            factories.change(incident, due_at=now() - timedelta(hours=2))
    shot = draw_scene(3, "c-road")
    newest = factories.incident(
        town.hole,
        place=Point(10.0052, 50.0052, srid=4326),
        text="Nắp cống vỡ trước trường, trẻ em đi học dễ té",
        pictures=[shot],
    )
    Photo.objects.update(public=True, masking=Photo.Masking.DONE)
    control = factories.person("speaker", town.desk, "control")
    words = acts.Wording("Cắt điện để nâng cấp trạm", now() + timedelta(hours=5))
    acts.issue("outage", acts.Reach(area=town.old), words, by=control)
    return newest


@on_screens((390, "vi"), (1440, "vi"))
def test_a_crowd_is_heaps_and_the_chosen_one_stands_free(visitor, crowd, width, language):
    page = open_map(visitor(width, language=language), "/#15/50.00100/10.00800")
    expect(page.locator(".cluster").first).to_be_visible()
    settle(page)
    wait_until(lambda: page.evaluate(IN_VIEW) <= MOST_PINS)  # once all tiles in view have come
    assert {"vi": "trễ hạn", "en": "overdue"}[language] in page.locator(".cluster").evaluate_all(
        "all => all.map((one) => one.ariaLabel).join()"
    )
    row = page.locator(f"#row-{crowd.reference}")
    expect(row.locator(".title")).to_have_text(re.compile("^Nắp cống vỡ trước trường"))
    expect(row.locator("img.thumb")).to_have_attribute("src", re.compile("/photo/"))
    row.click()
    expect(row).to_have_attribute("aria-current", "true")
    chosen, announced = (
        page.locator(selector).first.evaluate("row => getComputedStyle(row).backgroundColor")
        for selector in (".row[aria-current=true]", ".told-card")
    )
    assert (chosen == announced, announced) == (False, "rgba(0, 0, 0, 0)")
    expect(page.locator(".told-card .told-word")).to_have_text({"vi": "Thông báo", "en": "Announcement"}[language])
    wait_until(lambda: page.evaluate(CHOSEN) == FREE)  # the map moves, and its pins are drawn anew
    shoot(page, "map-crowd")
    assert (axe_findings(page), too_narrow(page)) == ([], [])


@on_screen(1440, "vi")
def test_time_and_key_share_a_panel_that_nothing_covers(visitor, crowd, width, language):
    page = open_map(visitor(width, language=language), "/#15/50.00500/10.01000")
    looks = page.get_by_role("button", name=LOOKS[language])
    looks.click()
    page.locator("input[name=look][value=time]").check()
    bars = page.locator("#moment-bars li")
    expect(bars).to_have_count(7)
    expect(bars.last).to_have_attribute("data-words", {"vi": "hôm nay", "en": "today"}[language])
    heights = [bars.nth(n).bounding_box()["height"] for n in (0, 6)]
    assert heights[0] < 4 < 20 < heights[1]
    if width == 390:
        expect(page.locator("#looks")).to_be_hidden()
        expect(looks).to_be_focused()
    else:
        panel, menu = page.locator(".map-foot").bounding_box(), page.locator("#looks").bounding_box()
        assert menu["y"] + menu["height"] <= panel["y"] or menu["x"] >= panel["x"] + panel["width"]
    slider = page.get_by_role("slider", name={"vi": "Thời điểm", "en": "Moment"}[language])
    slider.press("Home")
    expect(bars.first).to_have_attribute("data-now", "")
    shoot(page, "map-time-bars")
    assert (axe_findings(page), too_narrow(page)) == ([], [])


@on_screen(1440, "vi")
def test_few_cases_are_hatched_and_no_pins_lie_on_them(visitor, town, width, language):
    for n in range(23):
        factories.incident(town.hole, place=Point(10.001 + 0.0003 * n, 50.005, srid=4326))
    for n in range(3):
        factories.incident(town.hole, place=Point(10.012 + 0.001 * n, 50.005, srid=4326))
    page = open_map(visitor(width, language=language), "/#15/50.00500/10.01000")
    page.get_by_role("button", name=LOOKS[language]).click()
    page.locator("input[name=look][value=share]").check()
    shades = page.locator("#areas tbody tr")
    expect(shades).to_have_count(2)
    assert shades.evaluate_all("rows => rows.map(({ dataset }) => [dataset.code, dataset.shade === 'few'])") == [
        ["001", False], ["002", True],
    ]  # fmt: skip
    swatch = page.locator("#areas tbody .swatch[data-shade=few]")
    assert "repeating-linear-gradient" in swatch.evaluate("swatch => getComputedStyle(swatch).backgroundImage")
    expect(page.locator(".pin, .cluster")).to_have_count(0)
    shoot(page, "map-classes")
    assert (axe_findings(page), too_narrow(page)) == ([], [])


@pytest.mark.parametrize("language", ["vi", "en"])
def test_nothing_moves_when_the_scripts_have_come(visitor, town, language):
    page = visitor(390, language=language)
    top = "document.getElementById('map').getBoundingClientRect().top"
    page.route("**/*.js", lambda route: route.abort())
    page.goto("/")
    before = page.evaluate(top)
    page.unroute("**/*.js")
    visitor.complaints.clear()  # of scripts that were kept away
    open_map(page, "/")
    expect(page.locator("#intro-close")).to_be_visible()
    assert page.evaluate(top) == before
