"""A question by web, chat, telephone or e-mail is answered, published by two people and found by the next visitor."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from incidents.hotline import calls
from incidents.models import Enquiry, Membership
from tests import factories
from tests.browser.conftest import axe_findings, shoot, too_narrow
from tests.incidents.channels.mails import ADDRESS, letter, take

pytestmark = pytest.mark.browser
ROLE = Membership.Role
TITLE = "Xin phép trồng cây trước nhà ở đâu?"
REPLY = "Nộp đơn tại bộ phận một cửa của phường.\nKhông mất phí."
ASKED = "Xin hỏi thủ tục xin phép trồng cây trước nhà"


@pytest.fixture
def people(town):
    factories.answer()  # a subject to write under
    return {
        "operator": factories.person("operator", town.desk, ROLE.OPERATOR),
        "dispatcher": factories.person("dispatcher", town.desk, ROLE.DISPATCHER),
        "second": factories.person("second", town.desk, ROLE.DISPATCHER),
    }


def ask_by_web(visitor, people):
    page = visitor(390)
    page.goto("/ask/?kind=question")
    page.locator("#text").fill(ASKED)
    page.locator(".flow-foot button").click()
    expect(page.locator(".notice")).to_be_visible()


def ask_by_chat(visitor, people):
    page = visitor(390)
    page.goto("/chat/")
    page.get_by_label("Tin nhắn của bạn").fill(ASKED)
    page.get_by_role("button", name="Gửi", exact=True).click()
    page.get_by_role("button", name="Câu hỏi").click()
    expect(page.locator(".tapped")).to_be_visible()


def ask_by_telephone(visitor, people):
    call = calls.begin_call(by=people["operator"], phone="+84901234567", rang=True)
    page = visitor(1440, user=people["operator"])
    page.goto(f"/operator/calls/{call.pk}/")
    page.locator("#text").fill(ASKED)
    page.locator("#enquiry summary").click()
    page.locator("#enquiry button[value=question]").click()
    expect(page.locator("#enquiry")).to_have_count(0)


def ask_by_mail(visitor, people):
    take(letter(f"{ASKED}.", subject="Hỏi"))


WAYS = {"web": ask_by_web, "webchat": ask_by_chat, "phone": ask_by_telephone, "email": ask_by_mail}


@pytest.mark.parametrize("channel", WAYS)
def test_a_question_is_answered_published_and_found(visitor, town, people, settings, channel):
    settings.MAIL_ADDRESS = ADDRESS
    WAYS[channel](visitor, people)
    enquiry = Enquiry.objects.get()
    assert (enquiry.channel, enquiry.kind) == (channel, "question")
    assert enquiry.text.startswith(ASKED)

    asker = visitor(390)
    asker.goto(reverse("enquiry", args=[enquiry.token]))
    asker.get_by_role("button", name="Tôi đồng ý").click()
    expect(asker.get_by_role("button", name="Tôi không đồng ý nữa")).to_be_visible()

    desk = visitor(1440, user=people["dispatcher"])
    desk.goto(f"/enquiries/{enquiry.reference}/")
    desk.get_by_label("Câu trả lời của bạn").fill(REPLY)
    desk.get_by_role("button", name="Gửi trả lời").click()
    desk.goto(f"/enquiries/{enquiry.reference}/")
    desk.locator("form[action='/enquiries/pages/new/'] button").click()
    desk.locator("#subject").select_option("papers")
    desk.locator("#title").fill(TITLE)
    desk.locator("#question").fill(f"{ASKED}.")
    desk.locator(".writing button.primary").click()
    desk.locator("form[action$='/propose/'] button").click()
    expect(desk.locator("form[action$='/publish/']")).to_have_count(0)

    second = visitor(1440, user=people["second"])
    second.goto(desk.url)
    second.locator("[name=checked]").check()
    second.locator("form[action$='/publish/'] button").click()
    expect(second.locator("a[href^='/answers/']").first).to_be_visible()

    following = visitor(390)
    following.goto("/")
    following.locator("#box").press_sequentially("trong cay truoc nha")
    following.get_by_role("option", name=TITLE).click()
    expect(following.locator("h1")).to_have_text(TITLE)
    expect(following.locator("main")).to_contain_text("Nộp đơn tại bộ phận một cửa của phường.")
    shoot(following, f"found-by-the-next-{channel}")
    assert (too_narrow(following), axe_findings(following)) == ([], [])
    asker.reload()
    expect(asker.locator("#public a").first).to_have_text(TITLE)
