"""Test pages of rules, publication and personal data on phone and desktop; a photo covered by hand."""

import pytest
from playwright.sync_api import expect

from incidents import photos, workflow
from incidents.disclosure import subject_requests
from incidents.models import Membership, Photo
from incidents.routing import proposals
from tests import factories
from tests.browser.conftest import axe_findings, on_screen, shoot, too_narrow

pytestmark = pytest.mark.browser

PAGES = [
    ("routing", "/routing/?check", Membership.Role.DISPATCHER),
    ("routing-try", "/routing/try/", Membership.Role.DISPATCHER),
    ("public-look", "/desk/{reference}/public/", Membership.Role.DISPATCHER),
    ("cover", "/desk/{reference}/photo/{photo}/", Membership.Role.DISPATCHER),
    ("privacy", "/privacy/", Membership.Role.ADMIN),
    ("privacy-request", "/privacy/{request}/?look", Membership.Role.ADMIN),
]


@pytest.fixture
def street(town, officer):
    upload = factories.picture()
    incident = factories.incident(
        town.hole, text="Hố sâu trước nhà ông Ba", pictures=[photos.read_photo(upload)], phone="+84901234567"
    )
    workflow.move(incident, "resolve", by=officer, note="Đã vá, cảm ơn ông Ba")
    for _n in range(5):
        moved = factories.incident(town.waste)
        workflow.move(moved, "hand_over", by=officer, to=town.water, note="Không phải việc của phường")
    proposals.propose_rules()
    erasure = subject_requests.record_request("erase", by=officer, phone="+84901234567")
    return {"reference": incident.reference, "photo": incident.photos.get().pk, "request": erasure.pk}


@on_screen(1440, "en")
@pytest.mark.parametrize("role", sorted({role for _name, _address, role in PAGES}))
def test_the_pages_of_a_role_are_whole(visitor, town, street, role, width, language):
    page = visitor(width, user=factories.person("somebody", town.desk, role), language=language)
    for name, address in [(name, address) for name, address, whose in PAGES if whose == role]:
        page.goto(address.format(**street))
        page.wait_for_load_state("load")
        shoot(page, name)
        assert (name, too_narrow(page)) == (name, [])
        assert (name, axe_findings(page)) == (name, [])


def test_a_face_is_covered_with_the_mouse(visitor, town, street):
    page = visitor(1440, user=factories.person("dispatcher", town.desk, Membership.Role.DISPATCHER))
    page.goto("/desk/{reference}/photo/{photo}/".format(**street))
    image = page.locator(".cover img")
    expect(image).to_be_visible()
    box = image.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.25)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.75, steps=3)
    page.mouse.up()
    expect(page.locator(".cover .part")).to_have_count(1)
    page.get_by_role("button", name="Che các phần này").click()
    expect(page.get_by_text("đã che 1 phần")).to_be_visible()
    page.wait_for_function("() => document.querySelector('.photo-row img').naturalWidth > 0")  # and it is there
    (part,) = Photo.objects.get().covers
    assert [round(number, 2) for number in part] == [0.25, 0.25, 0.25, 0.5]


def test_a_change_of_rules_is_tried_and_made_without_a_script(visitor, town, street):
    page = visitor(
        390, user=factories.person("dispatcher", town.desk, Membership.Role.DISPATCHER), java_script_enabled=False
    )
    page.goto("/routing/try/")
    page.get_by_label("Loại việc").select_option("ST.2")
    page.get_by_label("Giao cho").select_option("water")
    page.get_by_label("Lý do, nội dung người dân đọc").fill("Rác do công ty dọn.")
    page.get_by_role("button", name="Xem kết quả").click()
    expect(page.get_by_text("5 trong 6 việc của 31 ngày qua sẽ được giao nơi khác")).to_be_visible()
    page.get_by_role("button", name="Thực hiện các thay đổi").click()
    expect(page.get_by_text("Đã đổi 1 quy tắc.")).to_be_visible()
    assert factories.incident(town.waste).authority == town.water
