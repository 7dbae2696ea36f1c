"""Addresses stored as name and whether near it, and shown in each reader's language."""

import pytest
from django.contrib.gis.geos import Point
from django.utils import translation

from incidents.models import Incident
from tests import factories

BY_THE_ROAD = Point(10.005, 50.0058, srid=4326)  # 80 m from Harbour Road
PHRASES = {"vi": "gần Harbour Road", "en": "near Harbour Road"}


@pytest.fixture
def beside(town):
    """An incident near a street, reported in English."""
    with translation.override("en"):
        return factories.incident(town.hole, BY_THE_ROAD)


def test_a_place_near_a_street_is_kept_in_parts(town, beside):
    exact = factories.incident(town.hole)
    typed = factories.incident(town.hole, address="gần chợ Cá")
    parts = [(incident.address, incident.near) for incident in (beside, exact, typed)]
    assert parts == [("Harbour Road", True), ("Harbour Road", False), ("gần chợ Cá", False)]


@pytest.mark.parametrize("language", PHRASES)
def test_each_reads_an_address_in_the_own_language(client, beside, language):
    client.cookies["django_language"] = language
    other = "vi" if language == "en" else "en"
    open311 = f"/open311/v2/requests/{beside.reference}.json"
    for address in (f"/i/{beside.reference}/", "/list/?box=9,49,11,51", open311):
        page = client.get(address, headers={"Accept-Language": language}).content.decode()
        assert (address, PHRASES[language] in page, PHRASES[other] in page) == (address, True, False)


@pytest.mark.parametrize("address", ["/ogc/collections/incidents/items?f=json", "/data/incidents.csv"])
def test_open_data_tell_it_in_the_citys_language(client, beside, address):
    answer = client.get(address, headers={"Accept-Language": "en"})
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert (answer.status_code, PHRASES["vi"] in body.decode()) == (200, True)


@pytest.mark.parametrize(("words", "expected"), [
    ("gần Harbour Road", {"near"}), ("near harbour road", {"near"}), ("harbour", {"near", "at"}), ("gan cho", set()),
    ("far", set()),
])  # fmt: skip
def test_search_finds_an_address_as_it_is_read(town, beside, words, expected):
    at = factories.incident(town.hole)
    known = {beside.pk: "near", at.pk: "at"}
    assert {known[incident.pk] for incident in Incident.objects.matching(words)} == expected
