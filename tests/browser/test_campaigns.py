"""Test the pages of campaigns at both widths, in both languages and themes."""

from datetime import timedelta

import pytest
from django.utils.timezone import localdate, now
from playwright.sync_api import expect

from incidents.models import CampaignVersion, Incident, Membership
from tests import factories
from tests.browser.conftest import axe_findings, shoot, too_narrow

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("width", "language", "theme"),
    [(390, "vi", "light"), (390, "en", "dark"), (1440, "vi", "dark"), (1440, "en", "light")],
)
def test_pages_of_campaigns_are_whole(town, visitor, width, language, theme):
    late = factories.campaign(
        due_on=localdate() - timedelta(days=3), why_late="Chờ máy bơm.", why_late_en="Pumps are awaited."
    )
    late.categories.set([town.hole])
    late.answers.set([factories.answer()])
    factories.campaign("sirens", done_by_hand=4, done_on=localdate(), done_source="Báo cáo", done_source_en="Report")
    factories.incident(town.hole)
    factories.change(factories.incident(town.hole), state=Incident.State.CLOSED, closed_at=now())
    page = visitor(width, language=language, color_scheme=theme)
    for path in ("/campaigns/", "/campaigns/drains/", "/campaigns/sirens/"):
        page.goto(path)
        expect(page.locator("main .state").first).to_be_visible()
        if path == "/campaigns/drains/":
            page.locator("#campaign-map").scroll_into_view_if_needed()
            expect(page.locator("#campaign-map .pin, #campaign-map .cluster").first).to_be_visible()
        shoot(page, f"campaign{path.replace('/', '-')}{theme}")
        assert (path, axe_findings(page), too_narrow(page)) == (path, [], [])


@pytest.mark.parametrize(("width", "language"), [(390, "en"), (1440, "vi")])
def test_campaign_is_written_and_agreed_to(town, visitor, width, language):
    writer = factories.person("writer", town.office)
    second = factories.person("second", town.office, Membership.Role.LEADER)
    page = visitor(width, user=writer, language=language)
    page.goto("/enquiries/campaigns/")
    assert (axe_findings(page), too_narrow(page)) == ([], [])
    page.locator("main header button").click()
    fields = {"title": "Chống ngập", "text": "Khơi thông cống.", "unit": "hố ga", "promised": "200",
              "starts_on": "2026-01-01", "due_on": "2026-04-30", "categories": "ST.1"}  # fmt: skip
    for name, words in fields.items():
        page.locator(f"#{name}").fill(words)
    page.locator("form.writing .primary").click()
    expect(page.locator("h1")).to_have_text("Chống ngập")
    shoot(page, "campaign-draft")
    assert (axe_findings(page), too_narrow(page)) == ([], [])
    page.locator("form[action$='/propose/'] button").click()
    expect(page.locator("form.writing")).to_have_count(0)
    other = visitor(width, user=second, language=language)
    other.goto(f"/enquiries/campaigns/{CampaignVersion.objects.get().pk}/")
    assert (axe_findings(other), too_narrow(other)) == ([], [])
    other.locator("form[action$='/publish/'] button").click()
    expect(other.locator("a[href='/campaigns/chong-ngap/']")).to_be_visible()
