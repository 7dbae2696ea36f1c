"""Test the web chat on a phone, with and without scripts."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from incidents.channels.chat import persons
from incidents.models import Correspondent, Report
from tests.browser.conftest import axe_findings, shoot

pytestmark = [pytest.mark.browser]


@pytest.mark.deep
@pytest.mark.parametrize("scripts", [True, pytest.param(False, marks=pytest.mark.deep)])
def test_a_report_is_told_in_the_chat(town, visitor, officer, scripts):
    phone = visitor(
        390,
        java_script_enabled=scripts,
        geolocation={"longitude": 10.005, "latitude": 50.0052},
        permissions=["geolocation"],
    )
    phone.goto("/chat/")
    phone.get_by_label("Tin nhắn của bạn").fill("Có ổ gà rất sâu trước cổng")
    phone.get_by_role("button", name="Gửi", exact=True).click()
    lines = phone.locator(".chat-lines .said")
    expect(lines.last).to_contain_text("Việc xảy ra ở đâu?")
    if scripts:
        phone.get_by_role("button", name="Vị trí của tôi").click()
    else:
        phone.get_by_label("Tin nhắn của bạn").fill("50.0052, 10.005")
        phone.get_by_role("button", name="Gửi", exact=True).click()
    expect(lines.last).to_contain_text("Hãy kiểm tra lại")
    shoot(phone, "chat")
    assert not scripts or axe_findings(phone) == []
    phone.get_by_role("button", name="Gửi phản ánh").click()
    report = Report.objects.get()
    assert (report.channel, report.text) == ("webchat", "Có ổ gà rất sâu trước cổng")


def test_answer_of_a_person_appears_on_the_open_page(town, visitor, officer):
    phone = visitor(390)
    phone.goto("/chat/")
    phone.get_by_label("Tin nhắn của bạn").fill("gặp tổng đài viên")
    phone.keyboard.press("Enter")
    expect(phone.locator(".waits")).to_be_visible()
    phone.get_by_label("Tin nhắn của bạn").fill("Đang viết dở")
    persons.write_answer(Correspondent.objects.get(), by=officer, text="Chào bạn, tôi nghe đây.", sending=uuid4())
    expect(phone.locator(".said.person")).to_contain_text("Chào bạn, tôi nghe đây.")
    expect(phone.get_by_label("Tin nhắn của bạn")).to_have_value("Đang viết dở")


@pytest.mark.parametrize("width", [390, pytest.param(1440, marks=pytest.mark.deep)])
@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.deep)])
def test_what_was_understood_is_on_a_card_with_chips(town, visitor, width, theme):
    town.city.emergency = [{"number": "114", "what": "Cứu hỏa", "what_en": "Fire", "dangers": ["fire"]}]
    town.city.save()
    page = visitor(width, color_scheme=theme)
    page.goto("/chat/")
    write(page, "Có ổ gà rất sâu ở phường Old Wharf")
    card = page.locator(".mini")
    expect(card).to_contain_text("Phường Old Wharf")
    expect(card).to_contain_text("UBND Old Wharf")
    assert page.locator(".fixes button").all_inner_texts() == [
        "Gửi phản ánh", "Chọn loại việc khác", "Chọn nơi khác", "Thêm ảnh", "Hủy",
    ]  # fmt: skip
    shoot(page, f"chat-card-{width}-{theme}")
    assert axe_findings(page) == []
    page.get_by_role("button", name="Hủy").click()
    expect(page.locator(".tapped")).to_have_text("Bạn chọn: Hủy")
    page.get_by_role("button", name="Lấy lại").click()
    expect(card).to_be_visible()
    write(page, "Cháy nhà bên cạnh, có người mắc kẹt")
    expect(page.locator(".urgent a").first).to_have_attribute("href", "tel:114")
    expect(page.locator(".urgent a").first).to_be_in_viewport(ratio=1)
    shoot(page, f"chat-danger-{width}-{theme}")
    assert axe_findings(page) == []


@pytest.mark.parametrize("width", [390, pytest.param(1440, marks=pytest.mark.deep)])
@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.deep)])
def test_each_state_of_the_chat_in_english(town, visitor, width, theme):
    """The states of the mock-up: card with chips, kinds, given up, question, number, person wanted."""
    page = visitor(width, language="en", locale="en-GB", color_scheme=theme)
    page.goto("/chat/")
    write(page, "There is a huge pothole in Old Wharf ward", language="en")
    card, last = page.locator(".mini"), page.locator(".chat-lines .said").last
    expect(card).to_contain_text("Old Wharf Ward")
    expect(card).to_contain_text("Old Wharf Office")
    assert page.locator(".fixes button").all_inner_texts() == [
        "Send the report", "It is about something else", "It is somewhere else", "Add a photo", "Cancel",
    ]  # fmt: skip
    findings = {"card": look(page, f"chat-en-card-{theme}")}
    page.get_by_role("button", name="It is somewhere else").click()
    expect(page.locator(".tapped")).to_have_text("You chose: It is somewhere else")
    expect(last).to_contain_text("Where is it?")
    findings["place"] = look(page, f"chat-en-place-{theme}")
    write(page, "New Wharf ward", language="en")
    expect(card).to_contain_text("New Wharf Ward")
    write(page, "never mind, don't send it", language="en")
    expect(last).to_contain_text("Cancelled; nothing was sent.")
    findings["dropped"] = look(page, f"chat-en-dropped-{theme}")
    page.get_by_role("button", name="Bring it back").click()
    expect(card).to_contain_text("New Wharf Ward")
    page.get_by_role("button", name="Send the report").click()
    reference = Report.objects.get().incident.reference
    write(page, f"what is the status of {reference}?", language="en")
    expect(last).to_contain_text(reference)
    findings["status"] = look(page, f"chat-en-status-{theme}")
    write(page, "can I talk to a real person please", language="en")
    expect(page.locator(".waits")).to_be_visible()
    findings["person"] = look(page, f"chat-en-person-{theme}")
    assert findings == {state: [] for state in findings}


@pytest.mark.parametrize("width", [390, pytest.param(1440, marks=pytest.mark.deep)])
@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.deep)])
def test_after_the_numbers_the_chat_goes_on_in_english(town, visitor, width, theme):
    town.city.emergency = [{"number": "114", "what": "Cứu hỏa", "what_en": "Fire", "dangers": ["fire"]}]
    town.city.save()
    page = visitor(width, language="en", locale="en-GB", color_scheme=theme)
    page.goto("/chat/")
    write(page, "A house is on fire in Old Wharf ward", language="en")
    expect(page.locator(".urgent a").first).to_have_attribute("href", "tel:114")
    expect(page.locator(".urgent a").first).to_be_in_viewport(ratio=1)
    findings = {"danger": look(page, f"chat-en-danger-{theme}")}
    page.get_by_role("button", name="I have called").click()
    expect(page.locator(".tapped")).to_have_text("You chose: I have called")
    expect(page.locator(".chat-lines .said").last).to_contain_text("Thank you for calling.")
    expect(page.get_by_role("button", name="Not an emergency")).to_have_count(0)
    findings["called"] = look(page, f"chat-en-called-{theme}")
    assert findings == {state: [] for state in findings}


def look(page, name):
    shoot(page, name)
    return axe_findings(page)


LABELS = {"vi": ("Tin nhắn của bạn", "Gửi"), "en": ("Your message", "Send")}


def write(page, words, language="vi"):
    label, send = LABELS[language]
    page.get_by_label(label).fill(words)
    page.get_by_role("button", name=send, exact=True).click()
