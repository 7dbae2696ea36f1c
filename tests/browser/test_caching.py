"""Test what a browser may cache while somebody is signed in."""

import urllib.request

import pytest
from django.test import Client

pytestmark = pytest.mark.browser


def test_static_files_are_kept_by_everybody(site, officer):
    client = Client()
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    cookie = {"Cookie": f"sessionid={client.cookies['sessionid'].value}"}
    with urllib.request.urlopen(urllib.request.Request(f"{site}/", headers=cookie)) as page:
        assert page.headers["Cache-Control"] == "private, no-store"
        name = page.read().decode().partition('rel="stylesheet" href="')[2].partition('"')[0]
    with urllib.request.urlopen(urllib.request.Request(site + name, headers=cookie)) as file:
        assert file.headers["Cache-Control"] == "max-age=315360000, public, immutable"


@pytest.mark.deep
def test_ground_of_the_map_is_kept_by_everybody(town, visitor, officer):
    page, cache_headers = visitor(user=officer), []
    page.on(
        "response",
        lambda answer: "/tiles/areas/" in answer.url and cache_headers.append(answer.headers["cache-control"]),
    )
    with page.expect_response("**/tiles/areas/**"):
        page.goto("/")
    assert {header.partition(",")[0] for header in cache_headers} == {"public"}
