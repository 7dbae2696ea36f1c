"""Whose address a wrong password is counted for."""

import httpx
import pytest
from axes.models import AccessAttempt

pytestmark = pytest.mark.browser


def address_counted(site):
    """The address that a wrong password is counted for, of which a proxy says that another asks."""
    AccessAttempt.objects.all().delete()
    with httpx.Client(base_url=site, timeout=20) as browser:
        browser.get("/sign-in/")
        form = {"username": "officer", "password": "guess", "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        browser.post("/sign-in/", data=form, headers={"X-Forwarded-For": "203.0.113.9"})
    return AccessAttempt.objects.get().ip_address


def test_forwarded_address_counts_from_a_trusted_proxy_only(town, site, processes):
    assert address_counted(site) == "127.0.0.1"
    assert address_counted(processes("web", TRUSTED_PROXIES="127.0.0.1").address) == "203.0.113.9"
