"""Test the options of the box while somebody types, and the card of an answer, by keyboard and by finger."""

import re
from datetime import timedelta

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from gis_data.models import City
from incidents.announcements import acts
from incidents.seed import information
from tests import factories
from tests.browser.conftest import axe_findings, on_screen, on_screens, shoot, too_narrow
from tests.incidents.seed.test_information import answer_row, tables

pytestmark = pytest.mark.browser

WORDS = "ngập lê lợi"
QUESTION = {
    "vi": "mất căn cước ở phường Old Wharf thì làm lại ở đâu",
    "en": "where in Old Wharf ward can I replace a lost identity card?",
}
SENTENCE = {"vi": "Đến công an phường", "en": "Go to the ward police"}


@pytest.fixture
def wharf_finds(town, controller):
    """Streets, numbers to call, two pages that answer, two open incidents and an announcement."""
    places = factories.named_places(town)
    City.objects.update(emergency=[{"number": "114", "what": "Cứu nạn", "what_en": "Rescue", "dangers": ["water"]}])
    pages = [
        answer_row(
            title="Cấp lại thẻ căn cước", title_en="Replacing an identity card", words="mất căn cước|làm lại cccd",
            words_en="lost identity card", answer="Đến công an phường. Mang theo số định danh.",
            answer_en="Go to the ward police. Bring your personal number.",
        ),
        answer_row(
            slug="flood", title="Ngập trên Lê Lợi thì gọi ai?", title_en="Whom to call about a flood?", words="ngập",
            words_en="flood", answer="Gọi tổng đài. Đừng đi qua.", answer_en="Call the hotline. Do not drive through.",
        ),
    ]  # fmt: skip
    information.load_information(tables(*pages))
    factories.incident(places.hole, place=factories.IN_NEW, text="Lê Lợi ngập sâu")
    factories.incident(places.hole, text="Ngập nước dưới chân cầu Lê Lợi", address="12 Lê Lợi")
    wording = acts.Wording("Cấm xe một đoạn Lê Lợi vì ngập", now() + timedelta(hours=5))
    acts.issue("works", acts.Reach(area=town.old), wording, by=controller)
    return places


def type_words(page, words):
    box = page.locator("#box")
    box.press_sequentially(words)
    expect(page.locator("#finds")).to_be_visible()
    return box


@on_screens((390, "vi"), (1440, "vi"), (1440, "en"))
@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.deep)])
def test_groups_stand_under_the_box_while_typing(visitor, wharf_finds, width, language, theme):
    page = visitor(width, language=language, color_scheme=theme)
    page.goto("/")
    type_words(page, WORDS)
    names = {"vi": ["Trả lời", "Nơi chốn", "Sự cố đang mở", "Thông báo"],
             "en": ["Answers", "Places", "Open incidents", "Announcements"]}[language]  # fmt: skip
    groups = page.get_by_role("group").filter(has=page.locator(".find"))
    assert groups.evaluate_all("groups => groups.map((group) => group.ariaLabel)") == names
    expect(page.locator("#finds-say")).to_have_text(re.compile(r"\d"))
    expect(page.locator("#finds mark").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    shoot(page, f"groups-{theme}")
    assert (axe_findings(page), too_narrow(page)) == ([], [])


@on_screen(1440, "vi")
def test_arrows_walk_through_all_groups(visitor, wharf_finds, width, language):
    page = visitor(width, language=language)
    page.goto("/")
    box = page.get_by_role("combobox", name="Hỏi, tìm hoặc gửi")
    expect(box).to_have_attribute("aria-expanded", "false")
    type_words(page, WORDS)
    expect(box).to_have_attribute("aria-expanded", "true")
    number = page.get_by_role("option").count()
    walked = []
    for _n in range(number + 1):
        page.keyboard.press("ArrowDown")
        walked.append(box.get_attribute("aria-activedescendant"))
    assert walked == [*(f"find-{n}" for n in range(number)), None]
    page.keyboard.press("ArrowUp")
    expect(page.locator("[aria-selected=true]")).to_contain_text("Gửi phản ánh: “ngập lê lợi”")
    expect(box).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#finds")).to_be_hidden()
    expect(box).to_have_value(WORDS)
    page.keyboard.press("Enter")
    expect(page.locator("#reading")).to_be_focused()


@on_screens((390, "vi"), (1440, "vi"))
def test_an_incident_is_shown_by_its_card_and_on_the_map(visitor, wharf_finds, width, language):
    page = visitor(width, language=language)
    page.goto("/")
    type_words(page, WORDS)
    centre = page.evaluate("location.hash")
    page.get_by_role("option", name="Ngập nước dưới chân cầu").click()
    expect(page.locator("#reading")).to_have_attribute("data-intent", "status")
    expect(page.locator("#reading-title")).to_have_text("Ngập nước dưới chân cầu Lê Lợi")
    expect(page.locator(".pin[aria-pressed=true], .pin.chosen")).to_have_count(1)
    expect(page.locator("#finds")).to_be_hidden()
    page.wait_for_function("before => location.hash !== before", arg=centre)


@on_screen(1440, "vi")
def test_each_kind_of_option_leads_on(visitor, wharf_finds, width, language):
    page = visitor(width, language=language)
    page.goto("/")
    type_words(page, WORDS)
    page.get_by_role("group", name="Nơi chốn").get_by_role("option").first.click()
    expect(page.locator("#reading")).to_have_attribute("data-intent", "place")
    page.locator("#box").fill("")
    type_words(page, WORDS)
    page.get_by_role("option", name="Gửi phản ánh").click()
    expect(page.locator("#reading")).to_have_attribute("data-intent", "report")
    page.locator("#box").fill("")
    type_words(page, WORDS)
    page.get_by_role("option", name="Ngập trên Lê Lợi thì gọi ai?").click()
    expect(page).to_have_url(re.compile("/answers/flood/$"))


@on_screen(390, "vi")
def test_words_of_danger_show_numbers_and_no_list(visitor, wharf_finds, width, language):
    page = visitor(width, language=language)
    page.goto("/")
    type_words(page, "lê lợi")
    page.locator("#box").press_sequentially(" có người chết đuối")
    expect(page.locator("#reading")).to_have_attribute("data-intent", "danger")
    expect(page.locator("#finds")).to_be_hidden()


def test_the_list_closes_where_another_part_is_used(visitor, wharf_finds):
    page = visitor(1440)
    page.goto("/")
    type_words(page, WORDS)
    page.keyboard.press("Tab")
    expect(page.locator("#finds")).to_be_hidden()
    page.locator("#box").press("ArrowDown")
    expect(page.locator("#finds")).to_be_visible()
    page.mouse.click(1100, 500)
    expect(page.locator("#finds")).to_be_hidden()


@on_screens((390, "vi"), (1440, "vi"))
def test_without_scripts_the_groups_stand_on_the_page(visitor, wharf_finds, width, language):
    page = visitor(width, language=language, java_script_enabled=False)
    page.goto("/")
    page.locator("#box").fill(WORDS)
    page.locator("#box").press("Enter")
    expect(page.locator("#rows .finds a.find")).to_have_count(page.locator(".find").count())
    assert page.locator(".find-head").all_inner_texts() == ["Trả lời", "Nơi chốn", "Sự cố đang mở", "Thông báo"]
    shoot(page, "groups-no-scripts")
    page.locator("a.find", has_text="Ngập nước dưới chân cầu").click()
    expect(page.locator("#reading-title")).to_have_text("Ngập nước dưới chân cầu Lê Lợi")


@on_screens((390, "vi"), (1440, "vi"), (390, "en"), (1440, "en"))
@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.deep)])
def test_a_question_is_answered_in_its_first_sentence(visitor, wharf_finds, width, language, theme):
    page = visitor(width, language=language, color_scheme=theme)
    page.goto("/")
    page.locator("#box").fill(QUESTION[language])
    page.locator("#box").press("Enter")
    card = page.locator("#reading")
    expect(card).to_have_attribute("data-intent", "question")
    expect(card).to_be_focused()
    expect(card.locator("#reading-title + p > b")).to_have_text(f"{SENTENCE[language]}.")
    expect(card.locator("a[href='/answers/lost-card/']")).to_be_visible()
    expect(card.locator("a[href='/wards/001/']")).to_be_visible()
    asks = card.get_by_role("link", name={"vi": "Gửi câu hỏi", "en": "Send the question"}[language])
    expect(asks).to_have_attribute("href", re.compile(r"^/ask/\?kind=question&text="))
    shoot(page, f"answer-{theme}")
    assert (axe_findings(page), too_narrow(page)) == ([], [])
    card.locator("a[href='/answers/lost-card/']").click()
    expect(page).to_have_url(re.compile("/answers/lost-card/$"))
