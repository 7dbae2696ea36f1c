"""Test subscribing a browser to push messages and unsubscribing it."""

import json

import pytest
from playwright.sync_api import expect

from incidents.models import OptOut, PushSubscription, Report
from incidents.notify import opt_outs, push
from tests import factories
from tests.browser.conftest import axe_findings, browser_of, shoot, wait_until

pytestmark = pytest.mark.browser
KEYS = {"p256dh": push.encode_base64url(b"\x04" + bytes(64)), "auth": push.encode_base64url(bytes(16))}
# The browser of the tests knows no push service.
SERVICE = """
const subscription = {
  endpoint: "https://push.example/1",
  toJSON: () => ({ endpoint: "https://push.example/1", keys: %s }),
  unsubscribe: async () => true,
}
PushManager.prototype.getSubscription = async () => null
PushManager.prototype.subscribe = async () => subscription
"""


@pytest.fixture(scope="module")
def chromium(playwright):
    """Starts Chromium with windows, because headless it has no push messages."""
    with browser_of(playwright, "chromium", "google-chrome") as browser:
        yield browser


def test_a_reporter_is_told_on_this_device_and_then_no_more(site, visitor):
    factories.incident(factories.town().hole)
    report = Report.objects.get()
    page = visitor(390, permissions=["notifications"], service_workers="allow")
    page.add_init_script(SERVICE % json.dumps(KEYS))
    page.goto(f"/f/{report.token}/")
    page.get_by_role("button", name="Báo cho tôi trên máy này").click()
    expect(page.get_by_text("Máy này đã bật nhận thông báo.")).to_be_visible()
    wait_until(lambda: PushSubscription.objects.filter(report=report, endpoint="https://push.example/1").exists())
    assert axe_findings(page) == []
    shoot(page, "push-offer")
    page.get_by_role("button", name="Tắt thông báo trên máy này").click()
    expect(page.get_by_role("button", name="Báo cho tôi trên máy này")).to_be_enabled()
    wait_until(lambda: not PushSubscription.objects.exists())


@pytest.mark.deep
def test_the_pages_about_messages(site, visitor):
    town = factories.town()
    officer = factories.person("officer", town.office)
    page = visitor(390, user=officer, permissions=["notifications"], service_workers="allow")
    page.add_init_script(SERVICE % json.dumps(KEYS))
    page.goto("/push/")
    page.get_by_role("button", name="Báo cho tôi trên máy này").click()
    expect(page.get_by_text("Máy này đã bật nhận thông báo.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("push.example")).to_be_visible()
    assert axe_findings(page) == []
    shoot(page, "push-own")

    page = visitor(390)
    page.goto(f"/stop/{opt_outs.sign_address('email', 'lan@example.org')}/")
    page.get_by_role("button", name="Ngừng nhận tin").click()
    expect(page.get_by_role("heading", name="Ngừng nhận tin")).to_be_visible()
    assert axe_findings(page) == []
    shoot(page, "stop")
    assert OptOut.objects.get().address == "lan@example.org"
