"""Test merging and splitting by keyboard; the dialogs that correct place and category."""

import re

import pytest
from django.contrib.gis.geos import Point
from playwright.sync_api import expect

from incidents.models import Incident, Merge
from tests import factories
from tests.browser.conftest import axe_findings, on_screen, shoot, too_narrow

pytestmark = pytest.mark.browser


@pytest.fixture
def flood(town):
    texts = (
        (0, "Nước ngập dưới chân cầu Lê Văn Sỹ, xe tắt máy nhiều"),
        (12, "Ngập quá, chân cầu đi không được"),
        (31, "Xe máy tắt máy vì ngập, gần chân cầu"),
    )
    incidents = [
        factories.incident(town.hole, Point(10.005 + metres / 71_700, 50.005, srid=4326), text=text)
        for metres, text in texts
    ]
    factories.incident(town.waste, Point(10.005 + 96 / 71_700, 50.005, srid=4326), text="Nắp cống bật lên, nước trào")
    return incidents


@pytest.mark.deep
@on_screen(1440, "vi")
def test_a_flood_is_merged_and_taken_apart_by_keys(visitor, town, flood, officer, width, language):
    page = visitor(width, user=officer, language=language)
    page.goto(f"/desk/{flood[0].reference}/together/")
    page.wait_for_load_state("load")
    expect(page.locator("[data-count]")).to_have_text("3")
    expect(page.locator("[data-number]")).to_have_text(flood[0].reference)
    if width > 1000:
        expect(page.locator("#map .letter")).to_have_count(4)
    shoot(page, "together-merge")
    assert (axe_findings(page), too_narrow(page)) == ([], [])
    page.locator("#main").focus()
    page.keyboard.press("g")
    expect(page).to_have_url(re.compile(rf"{flood[0].reference}/together/$"))
    expect(page.locator("#split-form .cands li")).to_have_count(3)
    assert Merge.objects.count() == 2
    shoot(page, "together-split")
    assert (axe_findings(page), too_narrow(page)) == ([], [])
    page.locator("#split-form input[name=report]").first.check()
    page.keyboard.press("Shift+T")
    expect(page.locator("#split-form .cands li")).to_have_count(2)
    assert Merge.objects.in_force().count() == 1


@pytest.mark.deep
@on_screen(1440, "vi")
def test_the_place_is_corrected_with_a_pin(visitor, town, officer, width, language):
    incident = factories.incident(town.hole, text="Hố sâu")
    page = visitor(width, user=officer, language=language)
    page.goto(f"/desk/{incident.reference}/")
    page.locator("details.rare summary").click()
    page.locator("[data-step=relocate]").click()
    pin = page.locator("#step [data-step-pin]")
    expect(pin).to_be_visible()
    shoot(page, "relocate")
    assert axe_findings(page) == []
    pin.focus()
    for _n in range(4):
        page.keyboard.press("Shift+ArrowRight")
    page.locator("#step #where").fill("Sau chợ")
    page.locator("#step #note").fill("Ảnh chụp ở đó")
    page.locator("#step [data-go]").click()
    expect(page.locator("#detail .big-where")).to_contain_text("Sau chợ")
    assert Incident.objects.get(pk=incident.pk).place.x > incident.place.x + 0.001
