"""Whose address a wrong password is counted for."""

import httpx
import pytest
from axes.models import AccessAttempt

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("trusted", "counted"), [("127.0.0.1", "203.0.113.9"), ("", "127.0.0.1")])
def test_forwarded_address_counts_from_a_trusted_proxy_only(town, processes, trusted, counted):
    web = processes("web", **({"TRUSTED_PROXIES": trusted} if trusted else {}))
    with httpx.Client(base_url=web.address, timeout=20) as browser:
        browser.get("/sign-in/")
        form = {"username": "officer", "password": "guess", "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        browser.post("/sign-in/", data=form, headers={"X-Forwarded-For": "203.0.113.9"})
    assert AccessAttempt.objects.get().ip_address == counted
