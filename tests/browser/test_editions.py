"""Test the GIS officer's pages: by mouse, by keyboard, without scripts, with a real worker."""

import json
import re

import pytest
from playwright.sync_api import expect

from gis_data.editions import succession
from gis_data.models import Edition, Upload
from incidents import reform
from incidents.models import Incident, Membership
from tests import factories
from tests.browser.conftest import WIDTHS, axe_findings, shoot, wait_until

pytestmark = pytest.mark.browser

GAP = {"type": "Polygon", "coordinates": [[[10.006, 50.004], [10.008, 50.004], [10.008, 50.006], [10.006, 50.004]]]}


@pytest.fixture
def mapmaker(town):
    return factories.person("mapmaker", town.desk, Membership.Role.GIS)


def report(grave):
    gap = {
        "kind": "gap", "grave": grave, "areas": ["101", "102"], "value": 12, "unit": "m²", "shape": GAP,
        "said": {"vi": "Phường West Wharf và Phường Middle Wharf hở.", "en": "West and Middle Wharf gape by 12 m²."},
    }  # fmt: skip
    return {"areas": 3, "vertices": 15, "coverage": 0.998, "repaired": ["102"], "findings": [gap]}


@pytest.fixture
def drawn_editions(town):
    editions = factories.redrawn_town(town)
    Edition.objects.filter(pk=editions.edition.pk).update(name="Ba phường", name_en="Three wards", report=report(False))
    succession.compute_successions(editions.edition)
    return editions


def uploads(town):
    columns = [{"name": "A1", "samples": ["001", "002"]}, {"name": "A2", "samples": ["Old Wharf"]}]
    return [
        Upload.objects.create(city=town.city, file="boundaries/a.geojson", name="a.geojson", by="mapmaker", **more)
        for more in ({"state": "faulty", "report": report(True)}, {"state": "unmapped", "columns": columns})
    ]


@pytest.mark.deep
@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_pages_are_accessible_and_fit(visitor, town, drawn_editions, incident, mapmaker, language, today):
    refused, asking = uploads(town)
    page = visitor(390, mapmaker, language)

    def look(name, address=None):
        if address:
            page.goto(address)
        if page.locator(".map[data-drawn]").count():
            page.locator(".map[data-ready]").wait_for()
        for width, height in reversed(WIDTHS.items()):  # each ends narrow, as it began
            page.set_viewport_size({"width": width, "height": height})
            shoot(page, name)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
        assert (name, axe_findings(page)) == (name, [])

    look("editions", "/editions/")
    look("edition-new", "/editions/uploads/new/")
    look("edition-refused", f"/editions/uploads/{refused.pk}/")
    look("edition-asks", f"/editions/uploads/{asking.pk}/")
    look("edition-check", "/editions/2026/")
    page.goto("/editions/2026/difference/")
    page.locator("[data-shows]:visible").first.click()
    look("edition-difference")
    page.goto("/editions/2026/day/")
    page.locator("#id_day").fill(today.isoformat())
    page.locator("main button.primary").click()
    look("edition-sure")
    change = reform.plan_reform(drawn_editions.edition, today, by="mapmaker")
    reform.enact_reform(change.pk)
    look("edition-done", "/editions/2026/day/")


@pytest.mark.deep
def test_list_and_map_choose_together_and_by_keyboard(visitor, town, drawn_editions, mapmaker):
    page = visitor(user=mapmaker, language="en")
    page.goto("/editions/2026/difference/")
    page.locator(".map[data-ready]").wait_for()
    row = page.locator(f'[data-change="{town.old.pk}"]')
    button = row.get_by_role("button", name="Show on the map: Old Wharf Ward")
    button.focus()
    page.keyboard.press("Enter")
    assert row.get_attribute("aria-current") == "true"
    assert page.locator(".map path.edition-area.part").count() == 2
    assert page.locator(".map path.edition-old.chosen").count() == 1
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Show on the map: Old Wharf Ward"

    other = page.locator(f'[data-change="{town.new.pk}"]')
    page.locator(".map path.edition-old:not(.chosen)").dispatch_event("click")
    assert (other.get_attribute("aria-current"), row.get_attribute("aria-current")) == ("true", None)

    page.goto("/editions/2026/")
    page.locator(".map[data-ready]").wait_for()
    page.get_by_role("button", name="Show on the map: West and Middle Wharf gape").click()
    expect(page.locator(".map path.edition-finding.chosen")).to_have_count(1)


@pytest.mark.slow
def test_boundary_file_takes_effect_and_is_taken_back(visitor, town, incident, mapmaker, processes, today):
    processes("worker")
    boxes = [(10.0, 10.006, "101", "West"), (10.006, 10.014, "102", "Middle"), (10.014, 10.02, "103", "East")]
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": f"{name} Wharf", "full_name": f"Phường {name} Wharf"},
            "geometry": {"type": "Polygon", "coordinates": [[[w, 50], [e, 50], [e, 50.01], [w, 50.01], [w, 50]]]},
        }
        for w, e, code, name in boxes
    ]
    body = json.dumps({"type": "FeatureCollection", "features": features}).encode()

    plain = visitor(user=mapmaker, language="en", java_script_enabled=False)
    plain.goto("/editions/")
    plain.get_by_role("link", name="Upload a boundary file").click()
    plain.get_by_label("Boundary file").set_input_files(
        {"name": "three.geojson", "mimeType": "application/geo+json", "buffer": body}
    )
    plain.get_by_label("Name", exact=True).fill("Three wards")
    plain.get_by_label("Short name").fill("three")
    plain.get_by_role("button", name="Read and check the file").click()
    expect(plain).to_have_url(re.compile("/editions/three/$"))  # the page reloads itself until it is a draft
    wait_until(lambda: Edition.objects.get(code="three").areas.first().predecessors.exists(), 20)
    plain.get_by_role("link", name="Changes", exact=True).click()
    plain.get_by_text("1 open incident", exact=False).first.wait_for()

    page = visitor(user=mapmaker, language="en")
    page.goto("/editions/three/day/")
    page.get_by_label("First day").fill(today.isoformat())
    page.get_by_role("button", name="See what will happen").click()
    page.get_by_role("button", name="Put it into force now").click()
    page.get_by_text("What was moved").wait_for()
    assert Incident.objects.get().area.full_name == "Phường West Wharf"

    page.get_by_role("link", name="Revoke the change…").click()
    page.get_by_label("Why").fill("The decree was wrong")
    page.get_by_role("button", name="Take it back").click()
    page.get_by_text("The decree was wrong").wait_for()
    assert Incident.objects.get().area == town.old
