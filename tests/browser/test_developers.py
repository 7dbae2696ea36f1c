"""Test trying API calls in the browser under the CSP of all pages, and requesting a key."""

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.browser.conftest import axe_findings, shoot, too_narrow

pytestmark = pytest.mark.browser


def test_developer_tries_calls(visitor, town):
    incident = factories.incident(town.hole, text="Hố sâu")
    page = visitor(390, language="en")
    page.goto("/developers/")
    assert (too_narrow(page), axe_findings(page)) == ([], [])
    shoot(page, "developers")
    page.get_by_role("link", name="Reports and incidents: Open311 GeoReport v2").click()
    call = page.locator('form[aria-labelledby="get_open311_v2_requests_reference_format"]')
    call.get_by_role("button", name="Try it").click()
    expect(call.locator("[data-part=status]")).to_have_text("200 OK")
    expect(call.locator("[data-part=body]")).to_contain_text(incident.reference)
    shoot(page, "developers-api")
    assert (too_narrow(page), axe_findings(page)) == ([], [])
    report = page.locator('form[data-call="/open311/v2/requests.{format}"][data-method="POST"]')
    report.get_by_label("Your key").fill("no key")
    report.get_by_role("button", name="Try it").click()
    expect(report.locator("[data-part=status]")).to_have_text("403 Forbidden")
    visitor.complaints[:] = [
        complaint for complaint in visitor.complaints if "403" not in complaint
    ]  # the console mentions it
    page.goto("/developers/apis/live/")
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("[data-part=body]")).to_contain_text("retry: 2000", timeout=20_000)
    page.goto("/developers/keys/new/")
    page.get_by_role("button", name="Ask for a key").click()
    expect(page.locator("p.error")).to_have_count(3)
    shoot(page, "developers-key")
    assert (too_narrow(page), axe_findings(page)) == ([], [])
    visitor.complaints[:] = [complaint for complaint in visitor.complaints if "400" not in complaint]
