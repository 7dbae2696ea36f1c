"""Test the own reports of a browser, and “it happens to me too”, on a phone and on a desktop."""

import re

import pytest
from playwright.sync_api import expect

from geoapp.http.token_bucket import Limit
from incidents import workflow
from incidents.models import AddressCode, Incident, Notice
from incidents.notify import code_limits, own_codes
from tests import factories
from tests.browser.conftest import axe_findings, on_screen, shoot, too_narrow

pytestmark = [pytest.mark.browser]


@on_screen(390, "vi")
def test_a_returning_citizen_finds_the_own_reports(town, visitor, officer, width, language):
    labels = {"vi": ("Lưu trong trình duyệt này", "1 tin mới"), "en": ("Save in this browser", "1 new message")}
    keep, new = labels[language]
    page = visitor(width, language=language)
    stored = {}
    for category, step in ((town.hole, "ask"), (town.waste, ""), (town.secret, "resolve")):
        incident = factories.incident(category, text="Hố sâu giữa đường, xe máy hay ngã")
        page.goto(f"/f/{incident.reports.get().token}/")
        page.get_by_role("button", name=keep).click()
        expect(page.get_by_role("button", name=keep)).to_have_count(0)
        stored[step] = incident
    page.goto("/list/")  # on the own page it would be read at once
    for step in ("ask", "resolve"):
        workflow.move(stored[step], step, by=officer, note="Hố nằm ở làn nào? Gần số nhà mấy?")
    page.goto("/mine/")
    cards = page.locator(".mine-row")
    expect(cards).to_have_count(3)
    expect(cards.filter(has_text=new)).to_have_count(2)
    shoot(page, "mine-list")
    assert too_narrow(page) == []
    assert axe_findings(page) == []
    cards.last.focus()
    cards.filter(has_text=new).last.click()
    expect(page.locator(".word.theirs")).to_contain_text("Hố nằm ở làn nào?")
    shoot(page, "mine-report")
    assert too_narrow(page) == []
    assert axe_findings(page) == []
    page.locator("#note").fill("Làn sát lề")
    page.locator("#answer .primary").click()
    expect(page.locator(".talk-of #done")).to_be_visible()
    assert Incident.objects.get(category=town.hole).state == "working"


@pytest.mark.parametrize("scripts", [True, pytest.param(False, marks=pytest.mark.deep)])
def test_browser_solves_puzzle_in_place_of_the_sum(town, visitor, settings, scripts):
    settings.LIMITS = settings.LIMITS | {"code:to": Limit(1, 86_400)}
    code_limits.take_code("an@example.org", network="198.51.100.1")
    phone = visitor(390, java_script_enabled=scripts)
    phone.goto("/mine/")
    phone.get_by_label("E-mail").fill("an@example.org")
    phone.get_by_role("button", name="Gửi mã cho tôi").click()
    expect(phone.locator(".notice")).to_contain_text("Hãy bấm gửi lần nữa")
    expect(phone.locator("[name=sum]")).to_be_visible(visible=not scripts)
    visitor.complaints[:] = [line for line in visitor.complaints if "429" not in line]  # the console mentions it
    if scripts:
        phone.get_by_role("button", name="Gửi mã cho tôi").click()
        expect(phone.locator("main")).to_contain_text("a•••@example.org")
        assert AddressCode.objects.count() == 1


@pytest.mark.deep
@pytest.mark.parametrize("scripts", [True, pytest.param(False, marks=pytest.mark.deep)])
def test_reports_from_elsewhere_are_found_by_a_code(town, visitor, scripts):
    report = factories.incident(town.hole, email="an@example.org").reports.get()
    phone = visitor(390, java_script_enabled=scripts)
    phone.goto("/mine/")
    phone.get_by_label("E-mail").fill("an@example.org")
    phone.get_by_label("Mã phản ánh").fill(report.incident.reference)
    shoot(phone, "mine-empty")
    assert not scripts or axe_findings(phone) == []
    phone.get_by_role("button", name="Gửi mã cho tôi").click()
    expect(phone.locator("main")).to_contain_text("a•••@example.org")
    own_codes.send_code(AddressCode.objects.get().pk)
    shoot(phone, "mine-code")
    assert too_narrow(phone) == []
    assert not scripts or axe_findings(phone) == []
    phone.get_by_label("Mã sáu chữ số").fill(re.search(r"\d{6}", Notice.objects.get().text)[0])
    phone.get_by_role("button", name="Xem phản ánh của tôi").click()
    expect(phone.locator(".mine-row")).to_contain_text(report.incident.reference)


@pytest.mark.deep
@pytest.mark.parametrize("scripts", [True, pytest.param(False, marks=pytest.mark.deep)])
def test_one_tap_counts_and_another_takes_it_back(town, visitor, incident, scripts):
    phone = visitor(390, java_script_enabled=scripts)
    phone.goto(f"/i/{incident.reference}/")
    phone.get_by_role("button", name="Tôi cũng gặp").click()
    expect(phone.locator("#me-too")).to_contain_text("Đã tính cả bạn.")
    expect(phone.locator("#also")).to_contain_text("1 người cũng gặp")
    shoot(phone, "me-too")
    assert not scripts or axe_findings(phone) == []
    phone.get_by_role("button", name="Không tính tôi nữa").click()
    expect(phone.get_by_role("button", name="Tôi cũng gặp")).to_be_visible()
    incident.refresh_from_db()
    assert incident.reports_count == 1
