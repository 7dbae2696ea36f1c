"""Test the list of answers, the page of one, its office and its vote in a browser."""

import pytest
from playwright.sync_api import expect

from incidents.models import Authority
from tests import factories
from tests.browser.conftest import axe_findings, on_each_screen, shoot, too_narrow

pytestmark = pytest.mark.browser

LIGHT = 40_000  # bytes of the page itself, its styles and its script


@pytest.fixture
def answers(town):
    answer = factories.answer()
    for number, title in enumerate(["Khai sinh quá 60 ngày", "Thẻ bảo hiểm y tế cho trẻ dưới 6 tuổi"]):
        answer.related.add(factories.answer(f"further-{number}", title=title, title_en=""))
    Authority.objects.filter(pk=town.office.pk).update(
        office_hours="Mon-Sun 00:00-24:00", office_address="112 Harbour Road"
    )
    return answer


@on_each_screen
def test_answer_is_whole_with_its_office(visitor, site, answers, width, language):
    page = visitor(width, language=language)
    page.goto("/answers/birth/?ward=old+wharf")
    expect(page.locator(".open-now")).to_be_visible()
    shoot(page, "answer")
    assert (too_narrow(page), axe_findings(page)) == ([], [])
    page.goto("/answers/")
    shoot(page, "answers")
    assert (too_narrow(page), axe_findings(page)) == ([], [])


def test_answer_is_whole_in_the_dark(visitor, answers):
    page = visitor(390, color_scheme="dark")
    page.goto("/answers/birth/")
    shoot(page, "answer-dark")
    assert (too_narrow(page), axe_findings(page)) == ([], [])


def test_ward_is_changed_and_a_no_tells_why(visitor, answers):
    page = visitor(390)
    page.goto("/answers/birth/?ward=001")
    page.get_by_text("Phường khác").click()
    page.locator("#ward-words").fill("new wharf")
    page.locator(".ward-find button").click()
    expect(page.locator("#ward")).to_contain_text("New Wharf")
    page.get_by_role("button", name="Chưa").click()
    page.locator("#why").fill("Thiếu giờ mở cửa")
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.get_by_text("Cảm ơn bạn.")).to_be_visible()
    expect(page.get_by_role("button", name="Chưa")).to_have_attribute("aria-pressed", "true")
    assert axe_findings(page) == []


def test_print_shows_the_answer_and_no_buttons(visitor, answers):
    page = visitor(1440)
    page.goto("/answers/birth/")
    page.emulate_media(media="print")
    shoot(page, "answer-print")
    expect(page.locator(".steps-of")).to_be_visible()
    for hidden in (".helpful", ".ask-office", ".answer-acts", ".public-bar"):
        expect(page.locator(hidden).first).to_be_hidden()


def test_answer_is_light(visitor, answers):
    page = visitor(390)
    page.goto("/answers/birth/?ward=001")
    page.wait_for_load_state("load")
    sizes = page.evaluate(
        """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
            .filter(({ name }) => !/woff2|manifest|icons/.test(name)).map(({ transferSize }) => transferSize)"""
    )
    assert sum(sizes) < LIGHT
