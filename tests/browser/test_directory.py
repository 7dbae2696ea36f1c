"""Test the directory of units in a browser."""

import pytest

from incidents.models import Authority, Contact
from tests.browser.conftest import axe_findings, on_screens, shoot, too_narrow

pytestmark = pytest.mark.browser


@pytest.fixture
def known_office(town):
    Authority.objects.filter(pk=town.office.pk).update(
        office_hours="Mon-Sun 00:00-24:00", office_address="112 Harbour Road"
    )
    Contact.objects.create(authority=town.office, label="Trực ban", phone="028 3931 0000", public=True)
    return town


@on_screens((390, "vi"), (1440, "en"))
def test_directory_and_a_unit_are_whole(visitor, known_office, width, language):
    page = visitor(width, language=language)
    for name, address in (("directory", "/directory/"), ("directory-unit", "/directory/old/")):
        page.goto(address)
        if width == 1440 or name == "directory-unit":
            page.locator("#units-map .ground-tiles").first.wait_for(state="attached")
        shoot(page, name)
        assert (name, too_narrow(page), axe_findings(page)) == (name, [], [])


@pytest.mark.deep
@on_screens((390, "en"), (1440, "vi"))
def test_directory_and_a_unit_are_whole_in_the_dark(visitor, known_office, width, language):
    page = visitor(width, language=language, color_scheme="dark")
    for name, address in (("directory", "/directory/"), ("directory-unit", "/directory/old/")):
        page.goto(address)
        page.wait_for_load_state("load")
        shoot(page, f"{name}-dark")
        assert (name, too_narrow(page), axe_findings(page)) == (name, [], [])


def test_list_is_cut_while_somebody_types(visitor, town):
    page = visitor(390)
    page.goto("/directory/")
    page.get_by_role("searchbox").last.fill("cap nuoc")
    rows = page.locator(".unit-name:visible")
    assert rows.all_inner_texts() == ["Cấp nước"]
    page.get_by_role("searchbox").last.fill("zzz")
    page.locator("#no-unit").wait_for()
    assert rows.all_inner_texts() == []


def test_click_on_the_map_leads_to_the_unit_of_the_ward(visitor, town):
    page = visitor(1440)
    page.goto("/directory/old/")
    page.locator("#units-map .ward-lit").wait_for(state="attached")
    shoot(page, "directory-click")
    lit = page.locator("#units-map .ward-lit").bounding_box()
    page.mouse.click(lit["x"] + lit["width"] + 40, lit["y"] + lit["height"] / 2)
    page.wait_for_url("**/directory/new/")
