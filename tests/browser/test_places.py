"""Test typed addresses in a real browser; and a vague report at a border at two desks."""

import re

import pytest
from django.contrib.gis.geos import Point
from playwright.sync_api import expect

from incidents.models import Incident, Report
from tests import factories
from tests.browser.conftest import axe_findings, on_screen, shoot, too_narrow, wait_until, without_photo

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AT_BORDER = Point(10.01 - 14 / 71_700, 50.005, srid=4326)  # 14 m inside Old Wharf


@pytest.fixture
def places(town):
    return factories.named_places(town)


def looked_at(page, name):
    shoot(page, name)
    assert axe_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@on_screen(1440, "en")
def test_an_address_moves_the_pin_of_a_report(visitor, places, width, language):
    page = visitor(width, language=language)
    page.goto("/report/")
    without_photo(page)
    box = page.locator("#where")
    box.press_sequentially("12 le loi", delay=20)
    expect(page.get_by_role("option").first).to_contain_text("12 Lê Lợi")
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("option").first).to_contain_text("số nhà" if language == "vi" else "house")
    expect(page.locator("#places-said")).to_contain_text(re.compile(r"\d"))
    looked_at(page, "search-report")
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", "places-0")
    page.keyboard.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    box.fill("https://maps.app.goo.gl/AbCd1234")
    expect(page.locator("#places-said")).to_contain_text("Liên kết rút gọn" if language == "vi" else "A short link")
    box.fill("12 le loi")
    expect(page.get_by_role("option").first).to_contain_text("12 Lê Lợi")
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_contain_text(
        "12 Lê Lợi, " + ("Phường Old Wharf" if language == "vi" else "Old Wharf Ward")
    )
    assert [float(page.locator(f"[name={name}]").input_value()) for name in ("lon", "lat")] == [10.0052, 50.0021]
    expect(page.locator("#pin-map")).to_be_focused()
    # A whole street: the pin wants to be moved.
    box.fill("le loi")
    expect(page.get_by_role("option").first).to_contain_text("Lê Lợi")
    page.get_by_role("option").first.click()
    expect(page.locator("#answer")).to_contain_text(
        "Hãy dời ghim" if language == "vi" else "Move the pin to the exact place"
    )
    looked_at(page, "search-report-vague")
    page.locator("#pin-map").press("ArrowUp")
    assert page.locator("[name=accuracy]").input_value() == ""


@pytest.mark.deep
def test_of_a_divided_ward_one_part_is_chosen_by_keys(visitor, places):
    page = visitor(390, language="en")
    page.goto("/report/")
    without_photo(page)
    box = page.locator("#where")
    box.press_sequentially("phuong cang quan song", delay=10)
    option = page.get_by_role("option").filter(has_text="Phường Cảng")
    expect(option.first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    parts = [re.compile(f"^{name} Wharf Ward part of") for name in ("Old", "New")]
    expect(page.get_by_role("option")).to_have_text(parts)
    expect(page.locator("#places-said")).to_contain_text("Choose one of 2.")
    looked_at(page, "search-divided")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_contain_text("New Wharf Ward")
    assert page.locator("[name=area]").input_value() == "002"
    page.locator("[data-next]:visible").click()
    page.get_by_label("Pothole").check()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Sent to New Wharf Office")).to_be_visible()
    report = Report.objects.get()
    assert (report.accuracy_m, report.incident.area_shares.count()) == (900, 0)  # the ward was named


@pytest.mark.deep
def test_the_last_answer_wins(visitor, places):
    page = visitor(1440, language="en")
    page.goto("/report/")
    without_photo(page)
    held_routes = []
    page.route("**/addresses/?q=pasteur*", lambda route: held_routes.append(route))
    box = page.locator("#where")
    with page.expect_request("**/addresses/?q=pasteur*"):
        box.fill("pasteur")
    box.fill("12 le loi")
    expect(page.get_by_role("option").first).to_contain_text("12 Lê Lợi")
    wait_until(lambda: page.evaluate("1") and held_routes)
    held_routes[0].continue_()
    page.unroute_all(behavior="wait")
    expect(page.get_by_role("option").first).to_contain_text("12 Lê Lợi")
    box.fill("zzzzqqq")
    expect(page.locator("#places-said")).to_contain_text("We cannot find this place.")


@pytest.mark.deep
def test_places_are_chosen_without_scripts(visitor, places):
    page = visitor(390, java_script_enabled=False)
    page.goto("/report/")
    page.locator("#where").fill("phuong cang quan song")
    page.locator("#text").fill("Knee deep")
    page.locator("[name=find]").click()
    expect(page.locator("#text")).to_have_value("Knee deep")
    expect(page.locator("#where")).to_have_value("phuong cang quan song")
    shoot(page, "search-without-scripts")
    page.get_by_role("radio", name="Phường New Wharf phường").check()
    page.locator("#all > summary").click()
    page.get_by_label("Rác thải").check()
    page.locator("[data-send]").click()
    expect(page.locator("main h1")).to_contain_text("New Wharf")
    assert Incident.objects.get().area == places.new


@pytest.mark.deep
def test_two_desks_see_a_vague_report_and_one_takes_it_over(visitor, town, officer, outsider):
    owner, neighbour = visitor(user=officer, language="en"), visitor(user=outsider)
    for page in (owner, neighbour):
        with page.expect_request("**/live/desk/**"):
            page.goto("/desk/")
        expect(page.locator("#live")).to_contain_text(re.compile(r"\d\d:\d\d"))
    incident = factories.incident(town.hole, AT_BORDER, accuracy_m=80, phone="+84901234567", text="Call 0901 234 567")
    row = f'#rows .line[data-reference="{incident.reference}"]'
    expect(owner.locator(row)).to_be_visible()
    expect(neighbour.locator("#toasts")).to_contain_text("Có thể thuộc đơn vị bạn: Ổ gà")
    expect(neighbour.locator(row)).to_have_count(0)
    neighbour.get_by_role("link", name=re.compile("Có thể của đơn vị")).click()
    neighbour.locator(row).click()
    detail = neighbour.locator("#detail")
    expect(detail).to_contain_text("Việc này có thể thuộc đơn vị bạn")
    expect(detail).to_contain_text("61%")
    expect(neighbour.locator("#map path.doubt")).to_have_count(1)
    assert factories.OWN_PHONE.search(detail.inner_text()) is None
    looked_at(neighbour, "vague-desk")
    detail.get_by_role("link", name="Của đơn vị: nhận việc").click()
    neighbour.locator("#note").fill("Nằm bên phía chúng tôi")
    looked_at(neighbour, "vague-claim")
    neighbour.get_by_role("button", name="Nhận việc", exact=True).click()
    expect(detail.get_by_role("button", name="Nhận", exact=False).first).to_be_visible()
    expect(owner.locator("#toasts")).to_contain_text("Another unit has taken it over: Pothole")
    expect(owner.locator(f"{row}[data-watched]")).to_be_visible()  # it lies in the ward, and others work on it
    incident.refresh_from_db()
    assert incident.authority == town.other
    page = visitor(390)
    for at, name in (
        (f"/f/{incident.reports.get().token}/?sent=1", "vague-sent"),
        (f"/i/{incident.reference}/", "vague-public"),
    ):
        page.goto(at)
        expect(page.locator("#vague .notice")).to_be_visible()
        looked_at(page, name)
        assert too_narrow(page) == []
