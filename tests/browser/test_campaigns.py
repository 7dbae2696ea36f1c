"""Test the pages of campaigns at both widths, in both languages and themes."""

from datetime import timedelta

import pytest
from django.utils.timezone import localdate, now
from playwright.sync_api import expect

from incidents.models import Incident
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
        shoot(page, f"campaign{path.replace('/', '-')}{theme}")
        assert (path, axe_findings(page), too_narrow(page)) == (path, [], [])
