"""Test the page of the seals, and the explanation of a due date on an incident's page."""

import pytest
from playwright.sync_api import expect

from incidents.audit import chain
from tests import factories
from tests.browser.conftest import WIDTHS, axe_findings, shoot

pytestmark = pytest.mark.browser


@pytest.mark.deep
def test_seals_and_due_date_calculation_fit_both_widths(visitor, town, today):
    incident = factories.incident(town.waste)
    chain.seal_history()
    head = chain.HISTORY.publish_head(today)
    for width in WIDTHS:
        page = visitor(width)
        page.goto(f"/i/{incident.reference}/")
        page.locator("#facts summary", has_text="Hạn này tính thế nào?").click()
        expect(page.locator("#facts .why li").last).to_contain_text("Vậy hạn là")
        shoot(page, "due-date-trace")
        assert axe_findings(page) == []
        page.get_by_role("link", name="Đã ghi thì không sửa được").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Đã ghi thì không sửa được")
        expect(page.locator("table")).to_contain_text(head.hex)
        shoot(page, "history")
        assert (axe_findings(page), page.evaluate("document.documentElement.scrollWidth - innerWidth")) == ([], 0)
