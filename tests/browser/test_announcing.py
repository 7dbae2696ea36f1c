"""Test announcing from the control room, withdrawing it, and the public map that shows it until its end."""

import pytest
from django.contrib.gis.geos import Point
from playwright.sync_api import expect

from incidents.announcements import acts as announcement_acts
from incidents.models import AnnouncementLine
from tests import factories
from tests.browser.conftest import axe_findings, shoot, too_narrow

pytestmark = pytest.mark.browser

UNDER_SIGN = Point(factories.IN_OLD.x, factories.IN_OLD.y + 270 / 111_000, srid=4326)
LIES_ON_TOP = """(sign) => {
  const { x, y, width, height } = sign.getBoundingClientRect()
  const under = document.elementsFromPoint(x + width / 2, y + height / 2)
  return sign.contains(under.find((one) => one.closest("#map"))) // the list may lie over the map
}"""


@pytest.mark.deep
def test_form_shows_on_a_map_what_it_reaches(town, visitor, controller):
    page = visitor(1440, user=controller)
    page.goto("/announcing/new/")
    map_box = page.locator("#reach-map")
    page.get_by_label("Phường, xã", exact=True).select_option(town.old.code)
    expect(page.get_by_label("Một phường, xã")).to_be_checked()
    expect(page.locator(".told-card")).to_contain_text(town.old.title)
    expect(map_box.locator(".ward-lit")).to_have_count(1)
    map_box.click()
    expect(page.get_by_label("Quanh một điểm")).to_be_checked()
    expect(map_box.locator(".told-area")).to_have_count(1)
    expect(map_box.locator(".ward-lit")).to_have_count(0)
    expect(page.locator("#seen[data-at]")).to_have_count(1)
    drawn = map_box.locator(".told-area").get_attribute("d")
    page.get_by_label("Phạm vi", exact=True).select_option("2000")
    expect(map_box.locator(".told-area")).not_to_have_attribute("d", drawn)
    page.get_by_label("Điều người dân cần biết").fill("Đi đường khác")
    expect(page.locator("[data-preview]")).to_have_text("Đi đường khác")
    assert axe_findings(page) == []
    shoot(page, "announcing-new")
    assert too_narrow(page) == []


def test_it_is_announced_taken_back_and_seen_on_the_map(town, visitor, controller):
    incident = factories.incident(town.hole, text="Nước ngập sâu")
    room = visitor(1440, user=controller)
    room.goto(f"/control/?incident={incident.reference}")
    room.locator("#announce").wait_for()
    room.locator("#focus-title").click()
    room.keyboard.press("b")
    dialog = room.get_by_role("dialog")
    dialog.get_by_text("Ngập nước", exact=True).click()
    expect(dialog.locator(".told-card")).to_contain_text("Ngập nước")
    expect(dialog.locator(".reached")).to_contain_text("Chưa ai theo dõi")
    dialog.get_by_label("Điều người dân cần biết").fill("Nước ngập tới gối, đi đường khác")
    expect(dialog.locator("[data-preview]")).to_have_text("Nước ngập tới gối, đi đường khác")
    shoot(room, "announce-dialog")
    assert axe_findings(room) == []
    room.keyboard.press("Control+Enter")
    expect(room.locator("#map .zone-sign")).to_have_count(1)  # the map shows at once what it announced
    room.get_by_role("button", name="Hoàn tác").click()
    expect(room.locator(".toast").last).to_contain_text("Đã thu hồi")
    assert AnnouncementLine.objects.shown().count() == 0
    expect(room.locator("#map .zone-sign")).to_have_count(0)
    where = announcement_acts.Reach(middle=factories.IN_OLD, radius_m=300, name="12 Harbour Road")
    until = announcement_acts.default_end("flood", incident.received_at)
    announcement_acts.issue("flood", where, announcement_acts.Wording("Ngập tới gối", until), by=controller)
    factories.incident(town.hole, place=UNDER_SIGN)
    room.goto(f"/control/?incident={incident.reference}")
    sign = room.locator("#map .zone-sign")
    room.locator("#map-layers summary").click()
    line = room.locator("#announced-list button")
    expect(line).to_contain_text("Ngập nước, 12 Harbour Road, đến")
    line.click()  # the map shows all of it
    assert sign.evaluate(LIES_ON_TOP)  # though a pin stands in the same place
    shoot(room, "announced-room")
    assert axe_findings(room) == []
    room.get_by_role("checkbox", name="Thông báo").uncheck()
    expect(sign).to_have_count(0)
    expect(room.locator("#announced-list")).to_be_hidden()
    for width, language in ((390, "vi"), (1440, "en")):
        page = visitor(width, language=language)
        page.goto(f"/#16/{factories.IN_OLD.y}/{factories.IN_OLD.x}")
        expect(page.locator("#told-banner")).to_contain_text("Ngập tới gối")
        expect(page.locator(".zone-sign")).to_have_count(1)
        shoot(page, "announced-map")
        assert too_narrow(page) == []
        assert axe_findings(page) == []
        assert page.locator(".zone-sign").evaluate(LIES_ON_TOP)
        page.get_by_role("button", name="Cách hiển thị" if language == "vi" else "Display").click()
        page.locator("#told-shown").click()
        expect(page.locator(".zone-sign")).to_have_count(0)
        page.locator("#told-shown").click()
        page.keyboard.press("Escape")
        page.locator("#told-banner button").click()
        expect(page.locator("#told-banner")).to_be_hidden()
        page.locator(".told-card").first.click()
        expect(page.locator("#reach-map .told-area")).to_have_count(1)
        shoot(page, "announcement")
        assert too_narrow(page) == []
        assert axe_findings(page) == []
