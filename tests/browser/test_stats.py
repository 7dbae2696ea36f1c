"""Test the statistics: a table and the Folium map under our strict CSP."""

import datetime

import pytest
from django.contrib.gis.geos import Point
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.timezone import now
from playwright.sync_api import expect

from incidents.models import Incident
from tests import factories
from tests.browser.conftest import axe_findings, on_screen, shoot

pytestmark = pytest.mark.browser


@pytest.fixture
def redrawn_town(town, today):
    day = today - datetime.timedelta(days=7)
    redrawn = factories.redrawn_town(town)
    for edition, days in (
        (town.edition, DateRange(datetime.date(2025, 7, 1), day)),
        (redrawn.edition, DateRange(day, None)),
    ):
        edition.in_force = days
        edition.save(update_fields=["in_force"])
    for ago, lon, area in ((20, 10.003, town.old), (3, 10.003, redrawn.west), (2, 10.018, redrawn.east)):
        incident = factories.incident(town.hole, place=Point(lon, 50.005, srid=4326))
        Incident.objects.filter(pk=incident.pk).update(received_at=now() - datetime.timedelta(days=ago), area=area)
    return f"/stats/?from={day - datetime.timedelta(days=60)}"


@on_screen(390, "vi")
def test_the_page_is_whole(visitor, redrawn_town, width, language):
    page = visitor(width, language=language)
    page.goto(redrawn_town)
    expect(page.locator("#map_of_statistics path")).to_have_count(3)
    shoot(page, "stats")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert axe_findings(page) == []


@pytest.mark.deep
def test_statistics_map_follows_sorted_column_and_edition(visitor, redrawn_town):
    page = visitor(language="en")
    page.goto(redrawn_town)
    shapes = page.locator("#map_of_statistics path")
    expect(shapes).to_have_count(3)
    shades = sorted(shapes.nth(n).get_attribute("class").split("shade-")[1][0] for n in range(3))
    assert shades == ["0", "3", "3"]  # nothing in Middle Wharf, one each in the others
    assert page.locator(".leaflet-control-zoom-in").get_attribute("aria-label") == "Zoom in"
    page.get_by_label("2025", exact=True).check()
    expect(shapes).to_have_count(2)
    shapes.first.hover()
    expect(page.locator(".leaflet-tooltip")).to_contain_text("Old Wharf Ward")
    expect(page.locator(".leaflet-tooltip")).to_contain_text("Intake: 1")
    page.get_by_role("link", name="Median days").click()
    expect(page.get_by_role("heading", name="Median days")).to_be_visible()
    expect(page.locator("th[aria-sort=descending]")).to_have_text("Median days")


@pytest.mark.deep
def test_a_count_by_todays_areas_without_scripts(visitor, redrawn_town):
    page = visitor(language="en", java_script_enabled=False)
    page.goto(redrawn_town)
    page.get_by_label("Boundaries used").select_option("today")
    page.get_by_role("button", name="Count").click()
    rows = page.locator("table").first.locator("tbody tr")
    expect(rows).to_have_count(2)
    for number, (name, came_in) in enumerate((("West Wharf Ward", "2"), ("East Wharf Ward", "1"))):
        cells = rows.nth(number).locator("th, td")
        expect(cells.nth(0)).to_have_text(name)
        expect(cells.nth(1)).to_have_text(came_in)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the table").click()
    assert download.value.suggested_filename == "areas.csv"
