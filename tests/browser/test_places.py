"""Test typed addresses in a real browser; and a vague report at a border at two desks."""

import re

import pytest
from django.contrib.gis.geos import LineString, Point
from playwright.sync_api import expect

from gis_data.models import FormerPart, FormerUnit, House, Junction, Street
from gis_data.words import plain
from incidents.models import Incident, Report
from tests import factories
from tests.browser.conftest import axe_findings, on_screen, shoot, too_narrow, wait_until, without_photo

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AT_BORDER = Point(10.01 - 14 / 71_700, 50.005, srid=4326)  # 14 m inside Old Wharf


@pytest.fixture
def places(town):
    """Makes Lê Lợi run through both wards and cross Pasteur in Old Wharf; the former ward 5 is divided between them."""
    for name, *corners in (
        ("Lê Lợi", (10.001, 50.002), (10.018, 50.002)),
        ("Pasteur", (10.003, 50.001), (10.003, 50.008)),
    ):
        line = LineString(*corners, srid=4326)
        Street.objects.create(city=town.city, name=name, rank=2, line=line, search=plain(name))
    Junction.objects.create(
        city=town.city, one="Lê Lợi", other="Pasteur", point=Point(10.003, 50.002, srid=4326),
        search_one="le loi", search_other="pasteur",
    )  # fmt: skip
    House.objects.create(
        city=town.city, number="12", street="Lê Lợi", point=Point(10.0052, 50.0021, srid=4326), search="le loi"
    )
    unit = FormerUnit.objects.create(
        city=town.city,
        level=3,
        code="91",
        full_name="Phường Cảng",
        district="Quận Sông",
        search=plain("Phường Cảng Quận Sông"),
    )
    FormerPart.objects.create(former=unit, area=town.old, how="main")
    FormerPart.objects.create(former=unit, area=town.new, how="part")
    return town


def looked_at(page, name):
    shoot(page, name)
    assert axe_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.deep
@on_screen(390, "vi")
def test_an_address_is_typed_on_the_map(visitor, places, width, language):
    page = visitor(width, language=language)
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto("/")
    page.wait_for_load_state("load")
    box = page.locator("#q")
    assert [url for url in requests if "address-search" in url] == []  # fetched when somebody searches
    box.click()
    expect(box).to_have_attribute("role", "combobox")
    box.press_sequentially("12 le loi", delay=20)
    options = page.locator("#places [role=option]")
    expect(options.first).to_contain_text("12 Lê Lợi")
    expect(options.first).to_contain_text("số nhà" if language == "vi" else "house")
    expect(page.locator("#places-said")).to_contain_text(re.compile(r"\d"))
    expect(box).to_have_attribute("aria-expanded", "true")
    looked_at(page, "search-map")
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", "places-0")
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    box.fill("lê lợi pasteur")
    expect(options.first).to_contain_text("Pasteur")
    page.keyboard.press("Enter")
    expect(page.locator("path.doubt")).to_have_count(1)
    expect(page.locator("path.ward-lit")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"#1\d/50\.00"))
    looked_at(page, "search-map-found")


@pytest.mark.deep
@on_screen(390, "vi")
def test_the_map_shows_why_a_short_link_finds_nothing(visitor, places, width, language):
    page = visitor(width, language=language)
    page.goto("/")
    page.wait_for_load_state("load")
    box, reason = page.locator("#q"), page.locator("#places-said")
    box.click()
    expect(box).to_have_attribute("role", "combobox")
    box.fill("https://maps.app.goo.gl/AbCd1234")
    expect(reason).to_contain_text("Liên kết rút gọn" if language == "vi" else "A short link")
    expect(reason).not_to_have_class("sr")
    assert reason.bounding_box()["height"] > 15
    looked_at(page, "search-map-short-link")
    box.fill(f"https://www.google.com/maps/place/{'X+' * 300}/data=!3d50.005!4d10.015")
    expect(page.locator("#places [role=option]")).to_have_count(1)
    expect(reason).to_have_class("sr")
    page.keyboard.press("Escape")
    expect(reason).to_have_class("sr")


@on_screen(1440, "en")
def test_an_address_moves_the_pin_of_a_report(visitor, places, width, language):
    page = visitor(width, language=language)
    page.goto("/report/")
    without_photo(page)
    box = page.locator("#where")
    box.press_sequentially("12 le loi", delay=20)
    expect(page.get_by_role("option").first).to_contain_text("12 Lê Lợi")
    looked_at(page, "search-report")
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
    expect(page.locator("#places-said")).to_contain_text("No such place is known.")


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
    expect(neighbour.locator("#toasts")).to_contain_text("Có thể của đơn vị mình: Ổ gà")
    expect(neighbour.locator(row)).to_have_count(0)
    neighbour.get_by_role("link", name=re.compile("Có thể của mình")).click()
    neighbour.locator(row).click()
    detail = neighbour.locator("#detail")
    expect(detail).to_contain_text("Việc này có thể của đơn vị mình")
    expect(detail).to_contain_text("61%")
    expect(neighbour.locator("#map path.doubt")).to_have_count(1)
    assert factories.OWN_PHONE.search(detail.inner_text()) is None
    looked_at(neighbour, "vague-desk")
    detail.get_by_role("link", name="Của mình: nhận việc").click()
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
