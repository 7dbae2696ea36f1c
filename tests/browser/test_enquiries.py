"""Test a question from the report form to the desk and back, without a pin."""

import pytest
from playwright.sync_api import expect

from gis_data.models import City
from incidents.models import Enquiry, Incident, Membership
from tests import factories
from tests.browser.conftest import axe_findings, shoot, too_narrow, without_photo

pytestmark = pytest.mark.browser


def looked_at(page, name):
    shoot(page, name)
    assert axe_findings(page) == []
    assert too_narrow(page) == []


def test_typed_danger_marks_whom_to_call(town, visitor):
    police = {"number": "113", "what": "Công an", "dangers": ["crime"]}
    City.objects.update(emergency=[police, {"number": "114", "what": "Cứu hỏa", "dangers": ["fire"]}])
    page = visitor(390)
    page.goto("/ask/")
    page.locator("#text").fill("xin hỏi thủ tục làm khai sinh")
    expect(page.locator("#emergency.now")).to_have_count(0)
    page.locator("#text").fill("nhà bên đang cháy lớn")
    expect(page.locator("#emergency.now .stronger")).to_be_visible()
    expect(page.locator("#emergency a")).to_have_text(["114", "113"])
    looked_at(page, "ask-danger")
    page.locator("#text").fill("cảm ơn")
    expect(page.locator("#emergency.now")).to_have_count(0)


def test_a_question_needs_no_pin_and_gets_its_answer(town, visitor):
    dispatcher = factories.person("dispatcher", town.desk, Membership.Role.DISPATCHER)
    phone, desk = visitor(390), visitor(1440, user=dispatcher)
    phone.goto("/report/?lon=10.005&lat=50.005")
    without_photo(phone)
    phone.get_by_role("button", name="Đúng chỗ này").click()
    phone.locator("#words").fill("xin hỏi thủ tục làm khai sinh")
    phone.get_by_role("link", name="Gửi không cần địa điểm").click()
    expect(phone.get_by_label("Câu hỏi")).to_be_checked()
    expect(phone.locator("#text")).to_have_value("xin hỏi thủ tục làm khai sinh")
    looked_at(phone, "ask-form")
    phone.get_by_role("button", name="Gửi").click()
    enquiry = Enquiry.objects.get()
    expect(phone.locator(".notice")).to_contain_text(enquiry.reference)
    looked_at(phone, "ask-sent")

    desk.goto("/enquiries/")
    looked_at(desk, "enquiries-list")
    desk.get_by_role("link", name=enquiry.reference).click()
    looked_at(desk, "enquiry-desk")
    desk.get_by_label("Câu trả lời của bạn").fill("Mang theo giấy chứng sinh.")
    desk.get_by_role("button", name="Gửi trả lời").click()
    expect(desk.get_by_text("Không có gì đang chờ.")).to_be_visible()
    phone.goto("/mine/")
    phone.get_by_role("link", name=enquiry.reference).click()
    expect(phone.locator("main")).to_contain_text("Mang theo giấy chứng sinh.")
    looked_at(phone, "enquiry-answered")
    assert not Incident.objects.exists()


def test_faults_of_a_set_look_like_those_of_a_field(town, visitor):
    page = visitor(390)
    page.goto("/ask/")
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.locator("#kind .error")).to_have_count(1)
    visitor.complaints.clear()  # the browser reports the refusal (400) as an error
    looks = [
        page.locator(f"{where} .error").first.evaluate(
            "line => [getComputedStyle(line).display, getComputedStyle(line).color, getComputedStyle(line).fontWeight]"
        )
        for where in ("#kind", ".field")
    ]
    assert looks[0] == looks[1]
    looked_at(page, "ask-faults")
    page.locator(".privacy-notice summary").click()
    expect(page.locator(".privacy-notice")).to_contain_text("không công khai nội dung")
    shoot(page, "ask-privacy")
