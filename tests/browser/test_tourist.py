"""Somebody who reads no Vietnamese goes from the first page to the result: nothing but names and data is Vietnamese."""

import re

import pytest
from playwright.sync_api import expect

from incidents import workflow
from incidents.models import Report
from tests import factories
from tests.browser.conftest import axe_findings, shoot, too_narrow

pytestmark = pytest.mark.browser

VIETNAMESE = re.compile(
    r"[^\n]*[ăâđêôơưàáạảãằắặẳẵầấậẩẫèéẹẻẽềếệểễìíịỉĩòóọỏõồốộổỗờớợởỡùúụủũừứựửữỳýỵỷỹ][^\n]*", re.IGNORECASE
)
# Names, what an official wrote, and the other language by its own name.
DATA = ("Lê Lợi", "Đã vá xong mặt đường.", "Tiếng Việt")
# All that a page says: what is shown, and what is read aloud instead.
ALL_WORDS = """() => {
    const attributes = ["aria-label", "title", "alt", "placeholder"]
    const named = [...document.querySelectorAll(attributes.map((name) => `body [${name}]`).join())]
    const names = named.flatMap((part) => attributes.map((name) => part.getAttribute(name)))
    return [document.title, document.body.innerText, ...names.filter(Boolean)].join("\\n")
}"""


def vietnamese_lines(page):
    words = page.evaluate(ALL_WORDS)
    for name in DATA:
        words = words.replace(name, "")
    return VIETNAMESE.findall(words)


def test_a_tourist_gets_from_the_first_page_to_the_result(visitor, town):
    places, officer = factories.named_places(town), factories.person("fitter", town.office)
    page = visitor(390, locale="en-GB")
    page.context.clear_cookies()  # the language of the browser decides
    faults = {}

    def look(name):
        shoot(page, f"tourist-{name}")
        language = page.locator("html").get_attribute("lang")
        faults[name] = (language, vietnamese_lines(page), axe_findings(page), too_narrow(page))

    page.goto("/")
    expect(page.locator("#box")).to_be_visible()
    look("1-first-page")
    page.locator("#box").fill("big pothole in front of 12 Lê Lợi, Old Wharf ward")
    page.locator("#box").press("Enter")
    card = page.locator("#reading[data-intent=report]")
    expect(card).to_be_focused()
    look("2-card")
    card.get_by_text("Wrong place").click()
    look("2-other-places")
    card.locator(".other-places a[data-reads]").first.click()
    card.locator(".place-choice .yes").wait_for()
    look("2-place")
    card.locator(".send-row .primary").click()
    page.locator("section[data-step=details]").wait_for()
    look("3-details")
    page.locator("section[data-step=details] [data-send]").click()
    page.locator("[data-sent] h1").wait_for()
    look("4-sent")
    report = Report.objects.get()
    assert (report.language, report.incident.category) == ("en", places.hole)
    page.goto("/")
    page.locator("#box").fill(f"What happened to {report.incident.reference}?")
    page.locator("#box").press("Enter")
    expect(page.locator("#reading[data-intent=status]")).to_be_focused()
    look("5-status")
    workflow.move(report.incident, "resolve", by=officer, note="Đã vá xong mặt đường.")
    page.goto(f"/f/{report.token}/")
    page.get_by_text("Đã vá xong mặt đường.").first.wait_for()
    look("6-result")
    assert {name: lines for name, lines in faults.items() if lines != ("en", [], [], [])} == {}
