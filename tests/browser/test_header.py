"""Test that header and footer of public pages have room at every width and are used by keyboard."""

import pytest
from playwright.sync_api import expect

from incidents.models import Membership
from tests import factories
from tests.browser.conftest import axe_findings, shoot

pytestmark = pytest.mark.browser

ALL_WIDTHS = (320, 360, 390, 768, 1024, 1280, 1440, 1920, 2560)
# What is seen in the header, with its box; what lies over another or out of the window; the width of the search.
LAYOUT = """() => {
    const shown = [...document.querySelectorAll(".public-bar :is(a, button, summary, input)")]
        .filter(part => !part.closest(".menu-list") && part.checkVisibility({ visibilityProperty: true }))
    const nameOf = part => part.textContent.trim() || part.ariaLabel || part.placeholder
    const parts = shown.map(part => ({ name: nameOf(part), box: part.getBoundingClientRect() }))
    const out = parts.filter(({ box }) => box.left < 0 || box.right > innerWidth || box.width < 24 || box.height < 24)
    const cross = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1
    const over = parts.filter(({ box }, index) => parts.slice(0, index).some((other) => cross(box, other.box)))
    const clipped = shown.filter(part => part.tagName !== "INPUT" && part.scrollWidth > part.clientWidth + 1)
    return {
        wrong: [...[...out, ...over].map(({ name }) => name), ...clipped.map(nameOf)],
        height: document.querySelector(".public-bar").offsetHeight,
        sideways: document.documentElement.scrollWidth - innerWidth,
        search: document.querySelector("[role=search]").getBoundingClientRect().width,
        names: parts.map(({ name }) => name),
    }
}"""
FINE = {"wrong": [], "height": 56, "sideways": 0}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_header_has_room_at_every_width(visitor, town, language):
    page, faults, search = visitor(1440, language=language), [], {}
    for address in ("/stats/", "/"):
        page.goto(address)
        for width in ALL_WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            layout = page.evaluate(LAYOUT)
            search[address, width] = layout.pop("search")
            assert "1022" in layout.pop("names"), (address, width)
            faults += [(address, width, layout)] if layout != FINE else []
            shoot(page, "header" + address.replace("/", "-"))
    assert faults == []
    assert min(search["/stats/", 1440], search["/", 1440]) >= 420


@pytest.mark.parametrize(("width", "theme"), [(390, "light"), (1440, "dark")])
def test_the_menu_is_used_by_keyboard(visitor, town, width, theme):
    page = visitor(width, color_scheme=theme)
    page.goto("/stats/")
    menu = page.locator(".public-bar nav .menu" if width == 1440 else ".public-bar > .menu")
    opener = menu.locator("summary")
    opener.focus()
    page.keyboard.press("Enter")
    expect(menu.get_by_role("link", name="Trước và sau")).to_be_visible()
    assert axe_findings(page) == []
    shoot(page, "header-menu")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(menu.get_by_role("link", name="Trước và sau")).to_be_hidden()
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    expect(menu.get_by_role("link", name="Trước và sau")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "language"), [(390, "vi"), (1440, "en")])
def test_the_footer_is_whole(visitor, site, town, width, language, theme):
    page = visitor(width, language=language)
    page.context.add_cookies([{"name": "theme", "value": theme, "url": site}])
    page.goto("/before-after/")
    foot = page.get_by_role("contentinfo")
    foot.scroll_into_view_if_needed()
    shoot(page, f"footer-{theme}")
    expect(foot.get_by_role("link", name="1022")).to_have_attribute("href", "tel:1022")
    assert axe_findings(page) == []
    assert foot.evaluate("foot => foot.getBoundingClientRect().bottom") >= page.viewport_size["height"] - 1


def test_the_map_has_its_footer_below_and_in_the_menu(visitor, town):
    page = visitor(1440)
    page.goto("/")
    page.get_by_role("contentinfo").scroll_into_view_if_needed()
    expect(page.get_by_role("contentinfo").get_by_role("link", name="1022")).to_be_in_viewport()
    shoot(page, "footer-map")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_role("contentinfo")).to_have_count(0)
    page.get_by_label("Trình đơn").click()
    expect(page.locator(".menu-list").get_by_role("link", name="1022")).to_be_visible()
    shoot(page, "menu-map")


def test_who_comes_from_the_desk_finds_the_way_back(visitor, town):
    page = visitor(1440, user=factories.person("chief", town.desk, Membership.Role.SUPERVISOR), language="en")
    page.goto("/stats/")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Back to my work").click()
    expect(page.locator("header.staff-bar")).to_be_visible()
