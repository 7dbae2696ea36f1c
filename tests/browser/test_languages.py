"""Test over HTTP and in a browser that a first visit is in the browser's language and the switch wins."""

import urllib.request

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import wait_until

pytestmark = pytest.mark.browser

# The copy of the form that the service worker keeps.
STORED_PAGE = """async () => {
    const pages = await caches.open("pages")
    return (await pages.match("/report/", { ignoreVary: true }))?.text() ?? ""
}"""


def test_a_page_over_http_is_in_the_browsers_language(site, town):
    answers = []
    for heads in ({}, {"Accept-Language": "en-GB,en"}, {"Accept-Language": "en", "Cookie": "django_language=vi"}):
        with urllib.request.urlopen(urllib.request.Request(f"{site}/stats/", headers=heads)) as page:
            vary = {name.strip() for name in page.headers["Vary"].split(",")}
            answers.append((page.headers["Content-Language"], {"Accept-Language", "Cookie"} <= vary))
    assert answers == [("vi", True), ("en", True), ("vi", True)]


@pytest.mark.deep
def test_a_tourist_switches_and_reads_the_same_offline(chromium, site, town):
    context = chromium.new_context(locale="en-US", base_url=site)
    page = context.new_page()
    page.goto("/report/")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto("/stats/")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.locator(".public-bar .languages button").click()
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    page.goto("/report/")
    wait_until(lambda: 'lang="vi"' in page.evaluate(STORED_PAGE), seconds=30)
    context.set_offline(True)
    page.goto("/report/")
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    context.close()
