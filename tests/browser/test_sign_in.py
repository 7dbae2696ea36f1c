"""Test signing in with a passkey of Chromium's virtual authenticator, on phone and desktop."""

import pytest

from incidents.accounts import posts
from incidents.models import Membership, SecondFactor, SignIn
from tests import factories
from tests.browser.conftest import axe_findings, shoot, wait_until


def give_authenticator(page):
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": kind | {"isUserVerified": True}})


@pytest.mark.parametrize("width", [390, pytest.param(1440, marks=pytest.mark.deep)])
def test_a_passkey_is_made_and_signs_in(visitor, site, officer, width):
    page, home = visitor(width, language="en"), site.replace("127.0.0.1", "localhost")
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": home}])
    give_authenticator(page)
    findings = []

    def look(name):
        findings.extend(axe_findings(page))
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        shoot(page, name)

    page.goto(f"{home}/sign-in/?next=/people/me/sign-in/")
    page.get_by_label("User name").fill("officer")
    page.get_by_label("Password", exact=True).fill("secret-harbour")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Name of the passkey").fill("Phone")
    look("own-sign-in")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Recovery codes").wait_for()
    look("recovery-codes")
    assert page.locator(".codes code").count() == 10

    page.goto(f"{home}/people/me/sign-in/app/")
    look("app-with-codes")
    page.context.clear_cookies(name="sessionid")
    page.goto(f"{home}/sign-in/?next=/people/me/sign-in/")
    page.get_by_label("User name").fill("officer")
    page.get_by_label("Password", exact=True).fill("secret-harbour")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Recovery code").fill("wrong")
    look("second-factor")
    page.get_by_role("button", name="Check and continue").click()
    page.get_by_role("alert").filter(has_text="The code is wrong").wait_for()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Where you are signed in").wait_for()

    page.context.clear_cookies(name="sessionid")
    page.goto(f"{home}/sign-in/?next=/people/me/sign-in/")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Where you are signed in").wait_for()
    look("own-sign-in-2")
    wait_until(lambda: SignIn.objects.filter(method="passkey").count() == 2)
    assert SecondFactor.objects.get().name == "Phone"
    assert findings == []


@pytest.mark.deep
@pytest.mark.parametrize("width", [390, pytest.param(1440, marks=pytest.mark.deep)])
def test_what_waits_for_a_second_yes_is_answered(visitor, town, width):
    asks, answers = (factories.person(name, town.desk, Membership.Role.ADMIN) for name in ("lan", "minh"))
    posts.give_post(Membership(user=factories.person("an"), authority=town.desk, role=Membership.Role.CONTROL), asks)
    page = visitor(width, user=answers)
    page.goto("/people/")
    assert axe_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    shoot(page, "second-yes")
    page.get_by_role("button", name="Đồng ý: an").click()
    page.get_by_role("link", name="Nhật ký").click()
    page.get_by_text("đã đồng ý giao chức vụ").wait_for()
    assert axe_findings(page) == []
    shoot(page, "ledger")
    assert not Membership.objects.get(user__username="an").waiting
