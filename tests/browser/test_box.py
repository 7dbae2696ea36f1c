"""Test the box of the first page in a browser: each of its cards, their corrections, speech and camera."""

import re

import pytest
from playwright.sync_api import expect

from gis_data.models import City
from incidents.models import Report
from tests import factories
from tests.browser.conftest import axe_findings, on_screen, shoot, too_narrow

pytestmark = pytest.mark.browser

HOLE = "ổ gà to trước số 12 Lê Lợi phường Old Wharf"
NUMBERS = [
    {"number": "113", "what": "Công an", "what_en": "Police", "dangers": ["crime"]},
    {"number": "114", "what": "Cứu nạn, cứu hộ", "what_en": "Fire and rescue", "dangers": ["water", "fire"]},
    {"number": "115", "what": "Cấp cứu", "what_en": "Ambulance", "dangers": ["injury"]},
]
# A sentence of each card, and the intent that it is read as.
CARDS = [
    ("report", HOLE, "report"),
    ("question", "làm lại căn cước ở đâu", "question"),
    ("danger", "có người chết đuối dưới kênh", "danger"),
    ("person", "cho em gặp tổng đài viên", "person"),
    ("place", "12 Lê Lợi, phường Old Wharf", "place"),
    ("unknown", "asdf qwer zxcv", "unknown"),
]


@pytest.fixture
def places(town):
    City.objects.update(emergency=NUMBERS)
    return factories.named_places(town)


def ask(page, sentence):
    page.locator("#box").fill(sentence)
    page.locator("#box").press("Enter")
    card = page.locator("#reading")
    expect(card).to_be_visible()
    return card


@on_screen(390, "vi")
def test_each_card_is_whole_and_within_reach(visitor, places, width, language):
    near = factories.place_ahead(factories.Point(10.0052, 50.0021, srid=4326), 90, 30)
    incident = factories.incident(places.hole, place=near, text="Hố sâu giữa đường, xe té hoài")
    page, findings = visitor(width, language=language), {}
    page.goto("/")
    for name, sentence, intent in [*CARDS, ("status", f"{incident.reference} tới đâu rồi", "status")]:
        card = ask(page, sentence)
        expect(card).to_have_attribute("data-intent", intent)
        expect(card).to_be_focused()
        shoot(page, f"box-{name}")
        findings[name] = (axe_findings(page), too_narrow(page))
    assert {name: faults for name, faults in findings.items() if faults != ([], [])} == {}


@pytest.mark.deep
@pytest.mark.parametrize("theme", ["light", "dark"])
@on_screen(1440, "en")
def test_cards_beside_the_map_in_both_themes(visitor, places, width, language, theme):
    incident = factories.incident(places.hole, place=factories.IN_NEW, text="Hố sâu giữa đường, xe té hoài")
    page, findings = visitor(width, language=language, color_scheme=theme), {}
    page.goto("/")
    shoot(page, f"box-{theme}")
    for name, sentence, _intent in [*CARDS, ("status", f"{incident.reference}?", "status")]:
        ask(page, sentence)
        shoot(page, f"box-{name}-{theme}")
        findings[name] = axe_findings(page)
    assert {name: faults for name, faults in findings.items() if faults} == {}


@on_screen(1440, "vi")
def test_one_part_is_corrected_at_a_time_by_keyboard(visitor, places, width, language):
    page = visitor(width, language=language)
    page.goto("/")
    box = page.locator("#box")
    assert box.bounding_box()["height"] >= 48
    box.press_sequentially(HOLE)
    page.keyboard.press("Enter")
    expect(page.locator("#reading")).to_be_focused()
    expect(page).to_have_url(re.compile(r"[?&]q="))
    expect(page.locator("path.ward-lit")).to_have_count(1)
    wrong = page.locator("#reading .place-choice summary")
    wrong.focus()
    page.keyboard.press("Enter")
    page.locator(".other-places a[data-reads]").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#reading")).to_be_focused()
    expect(page).to_have_url(re.compile(r"place="))
    expect(page.locator("#reading-title")).to_contain_text("Ổ gà to trước số 12 Lê Lợi")
    page.go_back()
    expect(page).not_to_have_url(re.compile(r"place="))
    place = {"vi": "12 Lê Lợi, Phường Old Wharf", "en": "12 Lê Lợi, Old Wharf Ward"}
    expect(page.locator("#reading")).to_contain_text(place[language])
    page.get_by_role("link", name={"vi": "Xóa câu đã nhập", "en": "Empty the box"}[language]).click()
    expect(page.locator("#reading")).to_have_count(0)
    expect(box).to_be_focused()
    expect(page.locator("#list-title")).to_be_visible()


@on_screen(390, "vi")
def test_from_a_sentence_to_a_report_in_two_presses(visitor, places, width, language):
    page = visitor(width, language=language)
    page.goto("/")
    ask(page, HOLE)
    words = {
        "vi": ("Gửi phản ánh", "Mô tả thêm một chút", "Gửi", "Đã gửi tới UBND Old Wharf"),
        "en": ("Report a problem", "Tell us a little more", "Send", "Sent to Old Wharf Office"),
    }
    link, further, send, sent = words[language]
    page.locator("#reading").get_by_role("link", name=link).click()
    expect(page.get_by_role("heading", name=further)).to_be_visible()
    expect(page.locator("#text")).to_have_value(re.compile("^ổ gà to trước số 12 Lê Lợi", re.I))
    page.get_by_role("button", name=send, exact=True).click()
    expect(page.get_by_role("heading", name=sent)).to_be_visible()
    incident = Report.objects.get().incident
    assert (incident.category, round(incident.place.x, 4)) == (places.hole, 10.0052)


@on_screen(390, "en")
def test_examples_fill_the_box_and_the_sentence_about_it_goes(visitor, places, width, language):
    factories.incident(places.hole, address="12 Lê Lợi")
    page = visitor(width, language=language)
    page.goto("/")
    page.locator("#box").focus()
    page.locator("[data-example]").first.click()
    sentence = {"vi": "ổ gà ở 12 Lê Lợi", "en": "pothole at 12 Lê Lợi"}[language]
    expect(page.locator("#box")).to_have_value(sentence)
    expect(page.locator("#reading")).to_have_count(0)
    page.locator("#intro-close").click()
    expect(page.locator("#intro, #examples")).to_have_count(0)
    page.reload()
    expect(page.locator("#box")).to_be_visible()
    expect(page.locator("#intro, #examples")).to_have_count(0)


@on_screen(390, "vi")
def test_where_the_device_is_is_read_aloud(visitor, places, width, language):
    page = visitor(
        width, geolocation={"longitude": 10.0053, "latitude": 50.0021, "accuracy": 15}, permissions=["geolocation"]
    )
    page.goto("/")
    card = ask(page, "có người chết đuối")
    call = card.locator(".first-call")
    expect(call).to_have_attribute("href", "tel:114")
    assert call.bounding_box()["height"] >= 88
    card.get_by_role("button", name="Hiện vị trí của tôi").click()
    expect(card.locator(".spoken")).to_contain_text("Lê Lợi")
    expect(card.locator(".read-aloud")).to_contain_text("sai số khoảng 15 m")
    assert Report.objects.count() == 0  # a prank, too, is shown whom to call, and sends nothing


def test_a_late_answer_about_danger_leaves_the_next_card(visitor, places):
    page, waiting_answers = visitor(390), []
    page.route("**/report/danger/**", lambda route: waiting_answers.append(route))
    page.goto("/")
    with page.expect_request("**/report/danger/**"):
        ask(page, "có người chết đuối dưới kênh")
    waiting_cards = []
    page.route(re.compile(r"/box/\?"), lambda route: waiting_cards.append(route))
    page.locator("#box").fill("cho em gặp tổng đài viên")
    with page.expect_request(re.compile(r"/box/\?")):
        page.locator("#box").press("Enter")
    with page.expect_response("**/report/danger/**"):
        waiting_answers.pop(0).continue_()
    page.wait_for_timeout(100)
    waiting_cards.pop().continue_()
    expect(page.locator("#reading")).to_have_attribute("data-intent", "person")
    expect(page.locator("#reading")).to_be_focused()


# A browser that recognizes speech: hears a sentence, or says why not.
SPEECH = """fault => {
    window.SpeechRecognition = window.webkitSpeechRecognition = class extends EventTarget {
        start() {
            const say = (name, more) => this.dispatchEvent(Object.assign(new Event(name), more))
            setTimeout(() => {
                if (fault) say("error", { error: fault })
                else say("result", { results: [[{ transcript: "có ổ gà ở 12 Lê Lợi phường Old Wharf" }]] })
                say("end", {})
            }, 50)
        }
        stop() {}
    }
}"""


@pytest.mark.parametrize("fault", ["", "not-allowed"])
def test_speech_is_written_into_the_box_or_refused(visitor, places, fault):
    page = visitor(390)
    page.add_init_script(f"({SPEECH})({fault!r})")
    page.goto("/")
    page.get_by_role("button", name="Nói thay vì gõ").click()
    if fault:
        expect(page.locator("[data-says]")).to_contain_text("Trình duyệt chưa cho dùng micrô")
        assert axe_findings(page) == []
    else:
        expect(page.locator("#reading")).to_have_attribute("data-intent", "report")
        expect(page.locator("#box")).to_have_value("có ổ gà ở 12 Lê Lợi phường Old Wharf")


def test_a_photo_of_the_box_goes_on_into_the_form(visitor, places):
    page = visitor(390)
    page.goto("/")
    page.locator("#box").fill("ổ gà to")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Chụp ảnh để gửi").click()
    chooser.value.set_files({"name": "hole.jpg", "mimeType": "image/jpeg", "buffer": factories.jpeg(1600, 1200)})
    expect(page.locator("#previews img")).to_have_count(1)
    expect(page).to_have_url(re.compile("/report/$"))
    expect(page.locator("#text")).to_have_value("ổ gà to")
