"""Test one tap from a message, and a partner unit at its link: on a phone, with and without scripts, by axe."""

import re

import pytest
from playwright.sync_api import expect

from incidents import partners, photos, reporting, workflow
from incidents.casework import verdicts
from incidents.models import Authority, Contact, Incident, Notice, Rating
from incidents.partners import letters
from tests import factories
from tests.browser.conftest import axe_findings, shoot, wait_until

pytestmark = [pytest.mark.browser]


def picture(colour):
    large = factories.jpeg(640, 480, colour)
    return photos.Picture(large, large, 640, 480)


@pytest.fixture
def report(town, officer):
    report = reporting.receive(
        reporting.IncomingReport(
            channel="web", category=town.hole, place=factories.IN_OLD, text="Deep", pictures=[picture("brown")]
        )
    )
    workflow.move(report.incident, "accept", by=officer)
    workflow.move(report.incident, "resolve", by=officer, note="Đã vá xong.", pictures=[picture("grey")])
    return report


def test_a_result_is_confirmed_rated_and_disputed_in_a_tap_each(visitor, report):
    link = verdicts.short_link(report, verdicts.current_result(report.incident))
    phone = visitor(390, language="", java_script_enabled=False)
    phone.goto(f"{link}?stars=4")
    expect(phone.locator(".word").last).to_contain_text("Đã vá xong.")
    expect(phone.locator(".pair img")).to_have_count(2)
    phone.get_by_role("button", name="Gửi đánh giá").click()
    expect(phone.locator(".rated")).to_contain_text("Đây là đánh giá của bạn.")
    phone.get_by_role("button", name="Đúng, đã xong").click()
    expect(phone.locator("#last-word #done")).to_contain_text("Sự cố đã được đóng.")
    phone.locator("summary", has_text="Chưa xong").click()
    shown = [phone.locator(f"#last-word {name}").is_visible() for name in ("input[data-shrink]", ".chooser")]
    assert shown == [True, False]  # without scripts the browser's own field for files
    phone.get_by_role("button", name="Mới xong một phần.").click()
    expect(phone.locator("#verdict")).to_have_attribute("data-state", "disputed")
    assert (Rating.objects.get().stars, Incident.objects.get().state) == (4, "disputed")


def wait_for_code():
    letters_with_code = Notice.objects.filter(template="outside_code")
    wait_until(letters_with_code.exists, 30, "no code was sent")
    return re.search(r"\d{3} \d{3}", letters_with_code.get().text)[0]


@pytest.mark.deep
def test_a_unit_outside_works_at_its_link(visitor, town):
    Authority.objects.filter(pk=town.water.pk).update(works="email")
    contact = Contact.objects.create(authority=town.water, label="Ca trực", email="repairs@water.example")
    leak = reporting.receive(
        reporting.IncomingReport(
            channel="web", category=town.leak, place=factories.IN_OLD, text="Nước trào", phone="+84901234567"
        )
    ).incident
    letters.write_letters(partners.arrival_event(leak).pk)
    link = "/w/" + letters.sign_link(partners.arrival_event(leak), contact) + "/"
    phone = visitor(390)
    phone.goto(link)
    phone.get_by_role("button", name="Nhận việc").click()
    expect(phone.get_by_role("status").first).to_contain_text("Đã nhận việc.")
    phone.get_by_role("button", name="Hiện liên hệ").click()
    phone.get_by_label("Mã trong e-mail").fill(wait_for_code())
    phone.get_by_role("button", name="Hiện liên hệ").click()
    expect(phone.locator("#contact")).to_contain_text("+84901234567")
    phone.locator("summary", has_text="Gửi kết quả").click()
    assert axe_findings(phone) == []
    shoot(phone, "outside-work")
    phone.locator("#note-resolve").fill("Đã thay ống.")
    phone.locator("#photos").set_input_files(
        {"name": "done.jpg", "mimeType": "image/jpeg", "buffer": factories.photo_of_now(leak)}
    )
    phone.locator(".unfold[open] form .primary").click()
    expect(phone.locator("#verdict")).to_contain_text("Đã thay ống.")
    wide = visitor(1440, language="en")
    wide.goto(link)
    assert axe_findings(wide) == []
    shoot(wide, "outside-work")
    assert leak.timeline.last().photos.count() == 1
