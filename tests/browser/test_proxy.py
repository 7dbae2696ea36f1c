"""Test which address a wrong password is counted for behind a proxy."""

import httpx
import pytest

from geoapp.http.rate_limits import Ask, bucket_key
from incidents.models import LimitBucket

pytestmark = pytest.mark.browser


def address_counted(site):
    LimitBucket.objects.all().delete()
    with httpx.Client(base_url=site, timeout=20) as browser:
        browser.get("/sign-in/")
        form = {"username": "officer", "password": "guess", "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        browser.post("/sign-in/", data=form, headers={"X-Forwarded-For": "203.0.113.9"})
    counted = LimitBucket.objects.filter(key__startswith="sign-in:address ").values_list("key", flat=True)
    keys = {bucket_key(Ask("sign-in:address", address)): address for address in ("127.0.0.1", "203.0.113.9")}
    return [keys[key] for key in counted]


def test_forwarded_address_counts_from_a_trusted_proxy_only(town, site, processes):
    assert address_counted(site) == ["127.0.0.1"]
    assert address_counted(processes("web", TRUSTED_PROXIES="127.0.0.1").address) == ["203.0.113.9"]
