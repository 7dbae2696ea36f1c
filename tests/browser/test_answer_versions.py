"""Test writing answer pages, and questions that become public, in a browser."""

import pytest
from playwright.sync_api import expect

from incidents.answers import publishing
from incidents.enquiries import steps
from incidents.enquiries.receiving import IncomingEnquiry, receive_enquiry
from incidents.models import Membership
from tests import factories
from tests.browser.conftest import axe_findings, on_each_screen, shoot, too_narrow

pytestmark = pytest.mark.browser
ROLE = Membership.Role
TEXT = "Vỉa hè đường Tú Xương bao giờ lát lại? Gọi tôi: 0903 123 456."
REPLY = "Lát lại từ 05/01 đến 20/02/2027, cả hai bên.\nTrong khi chờ, ô gạch vỡ được vá trước ngày 30/11."


@pytest.fixture
def people(town):
    return {
        "officer": factories.person("officer", town.office),
        "leader": factories.person("leader", town.office, ROLE.LEADER),
        "dispatcher": factories.person("dispatcher", town.desk, ROLE.DISPATCHER),
    }


@pytest.fixture
def question(town, people):
    """A draft of a public question that its sender agrees to."""
    factories.answer()
    enquiry = receive_enquiry(IncomingEnquiry("web", "question", TEXT, public_agreed=True))
    steps.move(enquiry, "pass-on", by=people["dispatcher"], note="Của phường", authority=town.office)
    steps.move(enquiry, "answer", by=people["officer"], note=REPLY)
    return publishing.begin_question(enquiry, by=people["officer"])


@on_each_screen
def test_question_is_written_agreed_to_and_public(visitor, town, people, question, width, language):
    page = visitor(width, user=people["officer"], language=language)
    page.goto(f"/enquiries/pages/{question.pk}/")
    page.locator("#subject").select_option("papers")
    page.locator("#title").fill("Vỉa hè đường Tú Xương bao giờ lát lại?")
    page.locator("#question").fill("Vỉa hè bong gạch đã lâu. CCCD 079123456789. Bao giờ lát lại?")
    page.locator(".writing button.primary").click()
    expect(page.locator("mark")).to_have_text("079123456789")
    shoot(page, "version-marked")
    assert (too_narrow(page), axe_findings(page)) == ([], [])
    page.locator("#question").fill("Vỉa hè bong gạch đã lâu, người già dễ vấp. Bao giờ lát lại?")
    page.locator(".writing button.primary").click()
    page.locator("form[action$='/propose/'] button").click()
    expect(page.locator("form[action$='/publish/']")).to_have_count(0)
    second = visitor(width, user=people["leader"], language=language)
    second.goto(f"/enquiries/pages/{question.pk}/")
    shoot(second, "version-proposed")
    assert (too_narrow(second), axe_findings(second)) == ([], [])
    second.locator("[name=checked]").check()
    second.locator("form[action$='/publish/'] button").click()
    expect(second.locator("a[href^='/answers/']").first).to_be_visible()
    public = visitor(width, language=language)
    public.goto("/answers/via-he-duong-tu-xuong-bao-gio-lat-lai/")
    shoot(public, "question")
    assert (too_narrow(public), axe_findings(public)) == ([], [])
    second.goto("/enquiries/pages/")
    shoot(second, "versions")
    assert (too_narrow(second), axe_findings(second)) == ([], [])


@on_each_screen
def test_page_gets_bold_words_and_a_picture(visitor, town, people, width, language, tmp_path):
    version = publishing.begin_change(factories.answer(), by=people["officer"], authority=town.office)
    page = visitor(width, user=people["officer"], language=language)
    page.goto(f"/enquiries/pages/{version.pk}/")
    text = page.locator("#text")
    text.fill("Miễn phí tại phường.")
    text.evaluate("area => area.setSelectionRange(0, 8)")
    bold = page.locator("[data-bold=text]")
    bold.click()
    expect(text).to_have_value("**Miễn phí** tại phường.")
    bold.click()
    expect(text).to_have_value("Miễn phí tại phường.")
    bold.click()
    photo = tmp_path / "form.jpg"
    photo.write_bytes(factories.picture().read())
    page.locator("#photo").set_input_files(photo)
    page.locator("#picture_words").fill("Tờ khai đã điền")
    page.locator("#picture_words_en").fill("The form, filled in")
    page.locator(".writing button.primary").click()
    expect(page.locator("article[lang=vi] .lead b")).to_have_text("Miễn phí")
    pictures = page.locator("img.picture")
    expect(pictures).to_have_count(3)
    assert pictures.evaluate_all("all => all.map(image => image.alt)") == [
        "Tờ khai đã điền",
        "Tờ khai đã điền",
        "The form, filled in",
    ]
    shoot(page, "version-picture")
    assert (too_narrow(page), axe_findings(page)) == ([], [])


def test_sender_agrees_on_the_form_and_private_page(visitor, town):
    page = visitor(390)
    page.goto("/ask/?kind=question&text=Mấy+giờ+mở+cửa")
    page.locator("[name=public_agreed]").check()
    shoot(page, "ask")
    assert (too_narrow(page), axe_findings(page)) == ([], [])
    page.locator(".flow-foot button").click()
    page.get_by_role("button", name="Tôi không đồng ý nữa").click()
    expect(page.get_by_role("button", name="Tôi đồng ý")).to_be_visible()
    shoot(page, "enquiry")
    assert (too_narrow(page), axe_findings(page)) == ([], [])


@pytest.mark.parametrize("width", [390, 1440])
def test_pages_of_writers_are_whole_in_the_dark(visitor, town, people, question, width):
    for _time in range(2):
        receive_enquiry(IncomingEnquiry("web", "question", "Gửi xe ngày hội hoa ở đâu?"))
    page = visitor(width, user=people["dispatcher"], color_scheme="dark")
    for name, address in (
        ("version", f"/enquiries/pages/{question.pk}/"),
        ("unanswered", "/enquiries/questions/"),
        ("enquiry", f"/enquiries/{question.enquiry.reference}/"),
    ):
        page.goto(address)
        shoot(page, f"{name}-dark")
        assert (too_narrow(page), axe_findings(page)) == ([], [])
