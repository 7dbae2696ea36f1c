"""Test the pages of messages on phone and desktop, by axe, and without scripts."""

import pytest
from playwright.sync_api import expect

from incidents.models import Membership, Notice
from incidents.notify import Recipient, create_notices
from tests import factories
from tests.browser.conftest import axe_findings, on_screen, shoot

pytestmark = pytest.mark.browser
SAID = {"reference": "2611-00001", "unit": "UBND Old Wharf", "link": "https://wharf.example/t/Abc-123/"}


@pytest.fixture
def admin(town):
    for number in range(3):
        create_notices("resolved", f"event:{number}", [Recipient("sms", f"+8490000000{number}", "vi")], SAID)
    Notice.objects.update(state="failed", fault="108", tries=8)
    return factories.person("admin", town.desk, Membership.Role.ADMIN)


@pytest.mark.deep
@on_screen(1440, "en")
def test_failed_ones_are_looked_at_and_texts_are_changed(visitor, admin, width, language):
    page = visitor(width, user=admin, language=language, java_script_enabled=True)
    notice = Notice.objects.first()
    for name, path in (
        ("notices", "/notices/"),
        ("notice", f"/notices/{notice.pk}/"),
        ("notice-own-text", f"/notices/texts/resolved/sms/{language}/"),
    ):
        page.goto(path)
        assert axe_findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        shoot(page, name)
    page.get_by_role("textbox").first.fill("{odd}")
    visitor.complaints.clear()
    page.get_by_role("button", name={"vi": "Lưu", "en": "Save"}[language]).click()
    expect(page.locator("#text-error")).to_contain_text("{odd}")
    assert axe_findings(page) == []
    page.close()
    visitor.complaints.clear()  # the 400 of the refused text


@pytest.mark.deep
def test_without_scripts_chosen_ones_are_sent_again(visitor, admin):
    page = visitor(390, user=admin, java_script_enabled=False)
    page.goto("/notices/")
    page.get_by_role("checkbox").nth(1).check()
    page.get_by_role("button", name="Gửi lại tin đã chọn").click()
    expect(page.get_by_text("Đang gửi lại 1 tin.")).to_be_visible()
    assert Notice.objects.filter(state="waiting").count() == 1
