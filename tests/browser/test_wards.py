"""Test a ward's page and the choice of a ward in a browser."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.timezone import localtime, now

from incidents import photos, workflow
from incidents.announcements import acts
from incidents.models import Authority, Contact, Crew, Incident, Photo
from tests import factories
from tests.browser.conftest import axe_findings, on_screens, shoot, too_narrow

pytestmark = pytest.mark.browser

LIGHT = 90_000  # bytes of the first view


def shot(colour):
    return photos.read_photo(SimpleUploadedFile("street.jpg", factories.jpeg(640, 480, colour=colour)))


@pytest.fixture
def busy_ward(town):
    """Fill Old Wharf with all that its page can show."""
    at = localtime(now())
    factories.change(
        factories.incident(town.hole, text="Dây cáp thõng ngang đầu hẻm 453, xe tải không qua được"),
        due_at=at - timedelta(hours=3),
    )
    crew = Crew.objects.create(authority=town.office, name="Đội 1", starts="00:00", ends="23:59")
    end = at.replace(hour=23, minute=59, second=0)
    factories.change(
        factories.incident(town.hole, text="Nắp cống vỡ trước trường"), due_at=end, state="working", crew=crew
    )
    factories.change(factories.incident(town.waste, text="Xe rác bỏ sót hẻm 108"), due_at=end)
    for n in range(22):
        times = {"closed_at": at - timedelta(hours=n), "received_at": at - timedelta(hours=n + 5)}
        for category in (town.hole, town.waste)[: 1 + (n < 9)]:
            factories.change(factories.incident(category), state="resolved", due_at=at, **times)
    pair = factories.incident(town.hole, text="Mưa một trận là ngập nửa bánh xe", pictures=[shot("red")])
    workflow.move(pair, "resolve", by=factories.person("fitter", town.office), note="Xong", pictures=[shot("green")])
    Photo.objects.filter(incident=pair).update(public=True, masking=Photo.Masking.DONE)
    control = factories.person("speaker", town.desk, "control")
    for kind, words in (("flood", "Ngập do triều cường, mưa to"), ("outage", "Cắt điện để nâng cấp trạm biến áp")):
        acts.issue(kind, acts.Reach(area=town.old), acts.Wording(words, at + timedelta(hours=5)), by=control)
    Authority.objects.filter(pk=town.office.pk).update(
        office_hours="Mon-Sun 00:00-24:00", office_address="112 Harbour Road"
    )
    for unit, phone in ((town.office, "028 3931 0000"), (town.water, "1900 1012")):
        Contact.objects.create(authority=unit, label="Trực ban", phone=phone, public=True)
    return town


@on_screens((390, "vi"), (390, "en"))
def test_ward_page_is_whole(visitor, busy_ward, width, language):
    page = visitor(width, language=language)
    page.goto("/wards/001/")
    page.locator("#ward-map .ward-lit").wait_for(state="attached")
    page.locator("#ward-map .pin").first.wait_for()
    shoot(page, "ward-busy")
    assert (too_narrow(page), axe_findings(page)) == ([], [])


@on_screens((1440, "vi"))
def test_ward_page_is_whole_in_the_dark(visitor, busy_ward, width, language):
    page = visitor(width, language=language, color_scheme="dark")
    page.goto("/wards/001/")
    page.locator("#ward-map .pin").first.wait_for()
    shoot(page, "ward-busy-dark")
    assert (too_narrow(page), axe_findings(page)) == ([], [])


def test_slider_moves_the_edge_between_before_and_after(visitor, busy_ward):
    page = visitor(390)
    page.goto("/wards/001/")
    slider = page.get_by_role("slider")
    assert slider.get_attribute("aria-label") == "Kéo để so sánh trước và sau"
    edges = []
    for key in ("Home", "End"):
        slider.press(key)
        edges.append(page.locator("#compare").evaluate("box => box.style.getPropertyValue('--edge')"))
    assert edges == ["0%", "100%"]


def test_ward_is_chosen_by_name_and_remembered(visitor, town):
    page = visitor(390)
    page.goto("/wards/")
    page.get_by_role("searchbox").last.fill("new wh")
    rows = page.locator("#ward-groups li:visible")
    assert rows.all_inner_texts() == ["Phường New Wharf"]
    rows.get_by_role("link").click()
    page.wait_for_url("**/wards/002/")
    page.goto("/wards/")
    assert page.url.endswith("/wards/002/")


def test_device_leads_to_the_ward_where_it_is(visitor, town):
    page = visitor(390)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"longitude": 10.015, "latitude": 50.005})
    page.goto("/wards/")
    page.locator("#here button").click()
    page.wait_for_url("**/wards/002/")
    assert Incident.objects.count() == 0


def test_first_view_of_a_ward_is_light(visitor, busy_ward):
    page = visitor(390)
    page.goto("/wards/001/")
    page.wait_for_load_state("load")
    sizes = page.evaluate(
        """() => {
            const { loadEventEnd } = performance.getEntriesByType("navigation")[0]
            const first = performance.getEntriesByType("resource").filter(({ startTime }) => startTime < loadEventEnd)
            return [...performance.getEntriesByType("navigation"), ...first].map(({ transferSize }) => transferSize)
        }"""
    )
    assert sum(sizes) < LIGHT
