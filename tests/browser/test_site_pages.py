"""Test the pages about this site and its status in a browser, with the texts of the pack that ships."""

from pathlib import Path

import pytest
from django.conf import settings

from gis_data import site_pages
from gis_data.pack import Pack
from incidents.analytics import service_state
from tests.browser.conftest import axe_findings, on_screens, shoot, too_narrow

pytestmark = pytest.mark.browser

PATHS = ("/about/", "/help/", "/terms/", "/accessibility/", "/about/handling/", "/about/personal-data/", "/status/")


@pytest.fixture
def shipped_pages(town):
    site_pages.load_pages(Pack(Path(settings.BASE_DIR) / "gis_data" / "packs" / "hcmc"))
    service_state.read_state.cache_clear()
    return town


def look_at(page, paths, theme):
    findings = {}
    for path in paths:
        page.goto(path)
        shoot(page, f"site-{path.strip('/').replace('/', '-')}-{theme}")
        if faults := [*too_narrow(page), *axe_findings(page)]:
            findings[path] = faults
    return findings


@on_screens((390, "vi"), (1440, "en"))
def test_pages_about_the_site_are_whole(visitor, shipped_pages, width, language):
    assert look_at(visitor(width, language=language), PATHS, "light") == {}


@pytest.mark.deep
@on_screens((390, "en"), (1440, "vi"))
def test_pages_about_the_site_are_whole_in_the_dark(visitor, shipped_pages, width, language):
    assert look_at(visitor(width, language=language, color_scheme="dark"), PATHS, "dark") == {}


def test_footer_leads_through_the_pages(visitor, shipped_pages):
    page = visitor(1440, language="en")
    page.goto("/stats/")
    for name, title in (("About", "About the 1022 Portal"), ("Help", "Help"), ("Terms of use", "Terms of use"),
                        ("Accessibility", "Accessibility"), ("Directory of units", "Directory of units"),
                        ("Service status", "Everything is working normally")):  # fmt: skip
        page.locator("footer").get_by_role("link", name=name, exact=True).click()
        page.get_by_role("heading", level=1, name=title, exact=True).wait_for()
    page.locator("footer").get_by_role("link", name="Say something about this page").click()
    assert page.locator("#text").input_value().strip() == "About the page /status/:"
