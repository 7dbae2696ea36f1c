"""Test the hotline operator's page by keyboard alone, from the first ring to the number."""

import pytest
from django.contrib.gis.geos import Point
from playwright.sync_api import expect

from gis_data.models import City, Landmark
from incidents.channels.chat import persons
from incidents.channels.voice import callbacks, ringing
from incidents.models import Call, CallScript, Correspondent, Incident, Report
from tests import factories
from tests.browser.conftest import axe_findings, on_screen, shoot, too_narrow, wait_until
from tests.fakes.callbot import Callbot

pytestmark = pytest.mark.browser
KEYS_AT_MOST = 25  # beside the free text
SAID = "Ổ gà to trước chợ Cá, xe té hoài"


@pytest.fixture
def market(town):
    City.objects.update(holidays="VN")
    Landmark.objects.create(
        city=town.city, name="Chợ Cá", search="cho ca", point=Point(10.0055, 50.0052, srid=4326), kind="market"
    )
    CallScript.objects.create(
        danger="danger", words="Anh/chị ra khỏi chỗ nguy hiểm.", transfer_to="Cứu nạn", number="114"
    )
    return factories.incident(town.hole, Point(10.0056, 50.0052, srid=4326), text="Hố sâu", phone="+84903123018")


class Keyboard:
    """Presses keys, and counts those that are not text."""

    def __init__(self, page):
        self.page, self.pressed = page, 0

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1

    def write(self, words):
        self.page.keyboard.type(words)


def ring(page, number="0903123018"):
    page.goto(f"/operator/?from={number}")
    page.wait_for_url("**/operator/calls/*/")
    expect(page.locator("#text")).to_be_focused()
    return Keyboard(page)


@pytest.mark.deep
def test_known_matter_is_joined_by_keys_alone(visitor, town, operator, market):
    page = visitor(1440, user=operator)
    keys = ring(page)
    expect(page.locator("#earlier")).to_contain_text(market.reference)
    keys.write(SAID)
    expect(page.locator("#acts")).to_contain_text(f"Gộp vào {market.reference}")
    expect(page.locator(".pin.chosen")).to_be_visible()
    shoot(page, "operator-call")
    keys.press("Control+Enter")
    expect(page.locator("#reference")).to_have_text(market.reference)
    assert Report.objects.get(channel="phone").incident == market
    expect(page.get_by_role("link", name="Cuộc gọi tiếp")).to_be_focused()
    keys.press("Enter")
    page.wait_for_url("**/operator/")
    assert keys.pressed <= KEYS_AT_MOST


@pytest.mark.deep
def test_new_matter_is_corrected_by_keys_alone(visitor, town, operator, market):
    page = visitor(1440, user=operator)
    keys = ring(page, "anonymous")
    keys.write("Ổ gà và rác thải đầy")
    expect(page.locator("#kinds input[type=radio]")).to_have_count(2)
    keys.press("Tab", "2")
    expect(page.locator("#kind-ST\\.2")).to_be_checked()
    keys.press("Alt+2")
    keys.write("chợ cá")
    expect(page.locator("#places input[type=radio]")).to_have_count(1)
    keys.press("Enter", "Alt+3")
    keys.press("2")
    expect(page.locator("#urgent")).to_contain_text("114")
    keys.press("Alt+4")
    expect(page.locator("#near input:focus")).to_have_count(1)
    keys.press("2")
    expect(page.locator("#join-new")).to_be_checked()
    keys.press("Alt+5")
    keys.write("0903 123 019")
    keys.press("Alt+Enter")
    reference = page.locator("#reference")
    expect(reference).to_be_visible()
    incident = Incident.objects.get(reference=reference.inner_text())
    assert (incident.category, incident.address, incident.severity) == (town.waste, "Chợ Cá", "dangerous")
    assert incident.reports.get().phone == "+84903123019"
    assert keys.pressed <= KEYS_AT_MOST


@pytest.mark.deep
def test_call_survives_a_closed_window(visitor, town, operator, market):
    page = visitor(1440, user=operator)
    keys = ring(page)
    keys.write(SAID)
    wait_until(lambda: Call.objects.get().text == SAID)
    other = page.context.new_page()
    page.close()
    other.goto("/operator/")
    other.get_by_role("link", name="0903 ••• 018").click()
    expect(other.locator("#text")).to_have_value(SAID)
    expect(other.locator("#acts")).to_contain_text(market.reference)


@pytest.mark.deep
def test_what_is_missing_is_said_and_nothing_is_lost(visitor, town, operator, market):
    page = visitor(1440, user=operator, language="en")
    keys = ring(page)
    keys.write("Ổ gà")
    keys.press("Control+Enter")
    expect(page.locator("#where-fault")).to_contain_text("Say where it is")
    expect(page.locator("#text")).to_have_value("Ổ gà")
    page.locator("#map").click()
    expect(page.locator("#places input:checked")).to_have_count(1)
    keys.press("Alt+Enter")
    expect(page.locator("#reference")).to_be_visible()
    visitor.complaints.clear()  # the console mentions the 400


@pytest.mark.deep
@on_screen(1440, "en")
def test_call_is_accessible_and_fits(visitor, town, operator, market, width, language):
    page = visitor(width, user=operator, language=language)
    keys = ring(page)
    keys.write("Đang cháy! " + SAID)
    expect(page.locator("#urgent")).to_contain_text("114")  # and no kind is guessed
    shoot(page, "operator-urgent")
    assert too_narrow(page) == []
    assert axe_findings(page) == []
    page.locator("#text").fill(SAID)
    expect(page.locator("#acts")).to_contain_text(market.reference)
    assert too_narrow(page) == []
    assert axe_findings(page) == []
    keys.press("Alt+Enter")
    expect(page.locator("#reference")).to_be_visible()
    shoot(page, "operator-done")
    assert axe_findings(page) == []


@pytest.mark.deep
def test_call_goes_to_a_colleague_and_a_chat_is_answered(visitor, town, operator, market):
    colleague = factories.person("colleague", town.desk, "operator")
    theirs = visitor(1440, user=colleague)
    with theirs.expect_event("request", lambda request: request.url.endswith("/live/operator/")):
        theirs.goto("/operator/")
    page = visitor(1440, user=operator)
    keys = ring(page)
    keys.write(SAID)
    expect(page.locator("#acts")).to_contain_text(market.reference)
    keys.press("Alt+7")
    expect(page.locator("#to")).to_be_focused()
    keys.press("Tab")
    keys.write("Hỏi lại số nhà")
    keys.press("Enter")
    page.wait_for_url("**/operator/")
    theirs.wait_for_url("**/operator/calls/*/")
    expect(theirs.locator("#text")).to_have_value(SAID)
    expect(theirs.locator(".call")).to_contain_text("Hỏi lại số nhà")

    writer = Correspondent.objects.create(user="webchat:k3")
    persons.ask_for_person(writer)
    callbacks.ask_for_callback("cut", phone="0903123019")
    page.goto(f"/operator/chats/{writer.pk}/")
    keys.press("Enter")  # answer here
    expect(page.locator("#text")).to_be_focused()
    keys.write("Dạ, số nhà mấy ạ?")
    keys.press("Control+Enter")
    expect(page.locator(".said.ours")).to_contain_text("Dạ, số nhà mấy ạ?")
    shoot(page, "operator-chat")
    assert too_narrow(page) == []
    assert axe_findings(page) == []
    page.goto("/operator/find/")
    keys.write(market.reference)
    keys.press("Enter")
    expect(page.locator(".matter")).to_contain_text(market.reference)
    shoot(page, "operator-found")
    assert axe_findings(page) == []
    page.goto("/operator/messages/")
    keys.press("Alt+g")
    page.wait_for_url("**/operator/calls/*/")
    expect(page.locator(".call a")).to_have_attribute("href", "tel:+84903123019")


def test_ringing_call_pops_up_where_it_rings(visitor, town, operator, market, client, settings):
    settings.VOICE_SOURCES, settings.VOICE_SECRETS = {"pbx": "own"}, {"pbx": "voice secret"}
    ringing.assign_extension(operator, "204")
    page = visitor(1440, user=operator)
    other = visitor(390, user=factories.person("colleague", town.desk, "operator"))
    for tab, address in ((page, "/operator/"), (other, "/operator/messages/")):
        with tab.expect_response(lambda answer: answer.url.endswith("/operator/ringing/")):
            tab.goto(address)
    pbx = Callbot(client, "pbx", "voice secret", call_id="c-1")
    pbx.phone = "+84903123018"
    at_204 = {"transfer": {"to_agent": True, "agent_id": "204", "queue": "Trực đêm"}}
    pbx.send("call.started", **at_204)
    take = page.locator(".ring-pop").get_by_role("button")
    expect(take).to_be_focused()
    expect(page.locator(".ring-pop")).to_contain_text("0903 ••• 018")
    expect(other.locator("#ringing-queue")).to_contain_text("0903 ••• 018")
    expect(other.locator(".ring-pop")).to_have_count(0)
    for tab, name in ((page, "operator-rings"), (other, "operator-rings-elsewhere")):
        shoot(tab, name)
        assert too_narrow(tab) == []
        assert axe_findings(tab) == []
    pbx.hangs_up()
    expect(page.locator(".ring-pop")).to_have_count(0)
    expect(other.locator("#ringing-queue button")).to_have_count(0)
    expect(page.locator("#phone")).to_be_focused()

    page.context.set_offline(True)
    again = Callbot(client, "pbx", "voice secret", call_id="c-2")
    again.phone = "+84903123018"
    again.send("call.started", **at_204)
    expect(other.locator("#ringing-queue")).to_contain_text("0903 ••• 018")
    page.context.set_offline(False)
    expect(take).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/operator/calls/*/")
    expect(page.locator("#earlier")).to_contain_text(market.reference)
    expect(page.locator("#text")).to_be_focused()
    expect(other.locator("#ringing-queue button")).to_have_count(0)
    visitor.complaints.clear()  # the console mentions that there was no network


@pytest.mark.parametrize(("width", "language"), [(1440, "vi"), (390, "en")])
def test_read_back_is_seen_without_scrolling(visitor, town, operator, market, width, language):
    page = visitor(width, user=operator, language=language)
    keys = ring(page)
    keys.write(SAID)
    expect(page.locator("#acts")).to_contain_text(market.reference)
    if width > 600:
        expect(page.locator("#aloud .say-aloud")).to_be_in_viewport(ratio=1)
        expect(page.locator("#acts")).to_be_in_viewport(ratio=1)
    shoot(page, "operator-read-back")
    assert (axe_findings(page), too_narrow(page)) == ([], [])
