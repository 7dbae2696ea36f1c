"""Test following without an account, from the page of an incident to unsubscribing; and before and after."""

import re

import pytest
from playwright.sync_api import expect

from incidents import photos, workflow
from incidents.models import Notice, Photo
from tests import factories
from tests.browser.conftest import axe_findings, shoot, too_narrow

pytestmark = pytest.mark.browser


def test_ward_is_followed_from_the_page_of_an_incident_and_ended(town, visitor):
    incident = factories.incident(town.hole)
    page = visitor(390)
    page.goto("/?area=001")
    page.get_by_role("link", name="Theo dõi phường, xã này").wait_for()
    shoot(page, "map-ward")
    assert too_narrow(page) == []
    page.get_by_role("link", name="Theo dõi phường, xã này").click()
    expect(page.locator("#area")).to_have_value("001")
    page.goto(f"/i/{incident.reference}/")
    page.get_by_role("link", name="Theo dõi").click()
    expect(page.get_by_label(re.compile("Ổ gà"))).to_be_checked()
    fields = [page.locator(name) for name in ("#area", "#where", "[name=groups] >> nth=0")]
    assert [field.is_visible() for field in fields] == [False, False, False]
    page.get_by_label("Quanh một điểm").check()
    assert [field.is_visible() for field in fields] == [False, True, True]
    page.get_by_label("Một phường, xã").check()
    assert [field.is_visible() for field in fields] == [True, False, True]
    page.locator("#area").select_option("001")
    page.get_by_label("Đường phố").check()
    page.locator("#contact").fill("lan@example.org")
    shoot(page, "follow")
    assert too_narrow(page) == []
    assert axe_findings(page) == []
    page.get_by_role("button", name="Theo dõi").click()
    expect(page.locator("h1")).to_have_text("Xác nhận bằng liên kết vừa gửi")
    link = re.search(r"/following/\S+", Notice.objects.get(template="follow_confirm").text)[0]
    page.goto(link)
    page.get_by_role("button", name="Đúng, gửi tin cho tôi").click()
    expect(page.locator("h1")).to_have_text("Bạn đang theo dõi")
    shoot(page, "followed")
    assert axe_findings(page) == []
    page.get_by_role("link", name="Tất cả những gì bạn theo dõi").click()
    row = page.locator("#following .mine-row")
    expect(row).to_contain_text("Phường Old Wharf")
    row.scroll_into_view_if_needed()
    shoot(page, "mine-following")
    assert too_narrow(page) == []
    assert axe_findings(page) == []
    row.get_by_role("button").click()
    expect(row).to_have_count(0)


@pytest.mark.deep
def test_pictures_of_before_and_after_are_shown(town, visitor):
    officer = factories.person("fitter", town.office)
    for n in range(3):
        shots = [photos.read_photo(factories.picture(f"{n}{when}.jpg")) for when in ("before", "after")]
        incident = factories.incident(town.hole, pictures=shots[:1])
        workflow.move(incident, "resolve", by=officer, note="Filled", pictures=shots[1:])
    Photo.objects.update(public=True, masking=Photo.Masking.DONE)
    for width in (390, 1440):
        page = visitor(width, language="en")
        page.goto("/before-after/")
        expect(page.locator("article")).to_have_count(3)
        shoot(page, "before-after")
        assert too_narrow(page) == []
        assert axe_findings(page) == []
