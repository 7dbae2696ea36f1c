"""Proposed categories at a place: by the text first, then by frequent reports."""

from collections import Counter
from datetime import timedelta

import pytest
from django.contrib.gis.geos import Point
from django.utils.timezone import now

from incidents.models import Category, Incident
from incidents.reporting.categories.usual import count_usual_kinds, propose_categories
from tests import factories

pytestmark = pytest.mark.django_db
CLOSE, FAR = Point(10.005, 50.005, srid=4326), Point(10.001, 50.009, srid=4326)  # 530 m apart, in one ward


def propose_kinds(client, words="", lon=10.005, lat=50.005):
    return client.get("/report/kinds/", {"words": words, "lon": lon, "lat": lat}).json()["proposed"]


def test_what_is_close_counts_more_than_what_the_ward_has(town):
    for place in (CLOSE, FAR, FAR):
        factories.incident(town.waste if place is CLOSE else town.hole, place)
    weights = count_usual_kinds(Incident.objects.all(), CLOSE, area=town.old.pk, moment=now())
    assert weights == {town.waste.pk: 4, town.hole.pk: 2}


def test_what_was_long_ago_is_usual_no_more(town):
    factories.change(factories.incident(town.hole, FAR), received_at=now() - timedelta(days=100))
    factories.change(factories.incident(town.waste, CLOSE), received_at=now() - timedelta(days=100))
    weights = count_usual_kinds(Incident.objects.all(), CLOSE, area=town.old.pk, moment=now())
    assert weights == {town.waste.pk: 3}  # close by for half a year, in the ward for a quarter


def test_what_words_mean_comes_first(town):
    leaves = Category.objects.leaves()
    usual = Counter({town.waste.pk: 97, town.hole.pk: 3})
    assert propose_categories("", usual, leaves) == [town.waste, town.hole]
    assert propose_categories("ổ gà", usual, leaves) == [town.hole, town.waste]
    assert propose_categories("", Counter(), leaves) == []


def test_kinds_are_proposed_for_a_place(client, town):
    assert propose_kinds(client) == []
    factories.incident(town.waste, CLOSE)
    assert propose_kinds(client) == [town.waste.code]
    assert propose_kinds(client, "ổ gà") == [town.hole.code, town.waste.code]


def test_what_is_never_public_is_proposed_to_nobody(client, town):
    factories.incident(town.secret, CLOSE)
    assert propose_kinds(client) == []


@pytest.mark.parametrize(("lon", "lat"), [(11, 51), (1000, 1000), ("", "")])
def test_no_place_has_no_proposals(client, town, lon, lat):
    factories.incident(town.hole, CLOSE)
    assert propose_kinds(client, "ổ gà", lon, lat) == []
