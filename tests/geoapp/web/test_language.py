"""Test in which language a page is answered: the cookie, else the browser, else the city, as the pack allows."""

import re

import pytest

from geoapp.web.language import preferred_language
from gis_data.models import City


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "vi"),
        ("en-GB,en;q=0.9", "en"),
        ("vi-VN,vi;q=0.9,en;q=0.8", "vi"),
        ("zh-CN,zh;q=0.9,en;q=0.5,vi;q=0.1", "en"),
        ("fr", "vi"),
        ("en;q=0,vi", "vi"),
        ("*", "vi"),
        ("x" * 3000, "vi"),
    ],
)
def test_accept_language_names_an_offered_language(accepted, language):
    assert preferred_language(accepted) == language


def language_of(page):
    return re.search(r'<html\s+lang="(\w+)"', page.text)[1], page.headers["Content-Language"]


def test_cookie_wins_over_browser_and_browser_over_city(client, town):
    assert language_of(client.get("/stats/")) == ("vi", "vi")
    assert language_of(client.get("/stats/", headers={"Accept-Language": "en"})) == ("en", "en")
    client.cookies["django_language"] = "vi"
    assert language_of(client.get("/stats/", headers={"Accept-Language": "en"})) == ("vi", "vi")
    client.cookies["django_language"] = "de"  # not offered
    assert language_of(client.get("/stats/", headers={"Accept-Language": "en"})) == ("en", "en")


def test_pack_may_leave_the_browser_out(client, town):
    City.objects.update(policies={"browser_language": False})
    assert language_of(client.get("/stats/", headers={"Accept-Language": "en"})) == ("vi", "vi")
    client.cookies["django_language"] = "en"
    assert language_of(client.get("/stats/", headers={"Accept-Language": "vi"})) == ("en", "en")


def test_caches_are_told_that_pages_differ_by_language(client, town):
    for address in ("/", "/stats/", "/report/", "/i/nothing/", "/feeds/incidents.atom"):
        vary = client.get(address, headers={"Accept-Language": "en"}).headers["Vary"]
        assert {"Accept-Language", "Cookie"} <= {name.strip() for name in vary.split(",")}, address


def test_what_a_shared_cache_keeps_is_alike_in_all_languages(client, town, incident):
    for address in ("/tiles/incidents/14/8646/5555.json", "/tiles/areas/14/8646/5555.json", "/card.png"):
        answers = [client.get(address, headers={"Accept-Language": language}) for language in ("vi", "en")]
        assert answers[0].content == answers[1].content, address


def test_city_language_costs_no_further_query(client, town, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/language/")
    with django_assert_num_queries(1):
        client.get("/language/", headers={"Accept-Language": "en"})
