"""Test the moderation queue by keyboard on phone and desktop, and the puzzle that a browser solves."""

import pytest
from playwright.sync_api import expect

from geoapp.crypto.fields import rows_with_text
from geoapp.http import rate_limits
from incidents import reporting
from incidents.models import HeldReport, Photo, Report, WatchedWord
from incidents.photos import read_photo
from incidents.reporting.sender import Sender
from tests import factories
from tests.browser.conftest import axe_findings, on_screen, shoot, wait_until

pytestmark = pytest.mark.browser


@pytest.fixture
def moderator(town):
    return factories.person("moderator", town.desk, "dispatcher")


def hold_report(town, text):
    WatchedWord.watch("bún chả")
    return reporting.receive(
        reporting.IncomingReport("web", town.hole, factories.IN_OLD, text=text), Sender(network="x")
    )


@pytest.mark.deep
@on_screen(390, "vi")
def test_pages_of_a_moderator_are_accessible_and_fit(visitor, town, moderator, width, language):
    first = hold_report(town, "Quán bún chả của bà Hoa")
    factories.incident(town.hole, pictures=[read_photo(factories.picture(width=1200, height=900))] * 2)
    Photo.objects.update(masking="held", held_reason="unread")
    page = visitor(width, user=moderator, language=language)
    for name, address in (("moderation-photos", "/moderation/photos/"), ("moderation", "/moderation/")):
        page.goto(address)
        shoot(page, name)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert (name, axe_findings(page)) == (name, [])
    page.goto(f"/f/{first.token}/")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_moderator_works_the_queue_with_the_keyboard(visitor, town, moderator):
    first, second = hold_report(town, "Quán bún chả của bà Hoa"), hold_report(town, "Mua bún chả ở đây")
    factories.incident(town.hole, pictures=[read_photo(factories.picture(width=1200, height=900))] * 2)
    Photo.objects.update(masking="held", held_reason="unread")
    page = visitor(1440, user=moderator, language="en")
    page.goto("/moderation/")
    expect(page.locator(".held-row").first).to_be_focused()
    after = page.locator("#after")
    expect(after).to_have_text("Quán ‹…› của bà Hoa")
    page.locator('.said [name="cover"]').first.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "Enter", "ArrowRight", "Space"):
        page.keyboard.press(key)
    expect(after).to_have_text("Quán ‹…› của ‹…›")
    page.locator(".held-row").first.focus()
    page.keyboard.press("e")
    expect(page.locator(".held-row")).to_have_count(1)
    assert HeldReport.objects.get(pk=first.pk).report.public_text == "Quán ‹…› của ‹…›"

    expect(page.locator(".held-row").first).to_be_focused()
    page.keyboard.press("t")
    page.keyboard.type("Quảng cáo")
    page.get_by_role("button", name="Refuse", exact=True).click()
    page.wait_for_url("**/moderation/?undo=*")
    assert HeldReport.objects.get(pk=second.pk).refusal == "Quảng cáo"
    expect(page.locator("#held")).to_be_focused()  # where nothing waits any more, too
    page.keyboard.press("z")
    page.wait_for_url(f"**/moderation/{second.pk}/")
    assert [held_report.state for held_report in (HeldReport.objects.get(pk=key.pk) for key in (first, second))] == [
        "through",
        "waiting",
    ]


def test_browser_solves_the_puzzle_by_itself(visitor, town):
    enough = rate_limits.limit_of("report:address").count
    rate_limits.take(rate_limits.Ask("report:address", "127.0.0.1", cost=enough - 1))
    page = visitor(390)
    for number in range(2):
        page.goto(f"/report/?lon=10.00{3 + 3 * number}&lat=50.005&category=ST.1")  # no neighbours
        page.evaluate("document.querySelector('.step.now').classList.remove('now')")
        page.evaluate("document.querySelector('[data-step=details]').classList.add('now')")
        page.fill("#text", f"Report {number}")
        page.locator("[data-send]").click()
        wait_until(lambda number=number: rows_with_text(Report.objects.all(), "text", f"Report {number}").exists())
        page.wait_for_url("**/f/**")
    assert rate_limits.count_reached("report:address") == 1
    assert not HeldReport.objects.exists()
