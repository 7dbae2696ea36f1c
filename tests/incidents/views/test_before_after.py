"""`/before-after/`: what was resolved, with both pictures, by ward and field, page by page."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from incidents import photos, workflow
from incidents.models import Photo
from incidents.views.public import before_after
from tests import factories

pytestmark = pytest.mark.django_db


def shot(colour):
    return photos.read_photo(SimpleUploadedFile("street.jpg", factories.jpeg(colour=colour)))


def resolve_incident(category, by, place=factories.IN_OLD, *, before=True, after=True):
    """A resolved incident, with the photos that everybody may see."""
    incident = factories.incident(category, place, pictures=[shot("red")] if before else [])
    workflow.move(incident, "resolve", by=by, note="Filled", pictures=[shot("green")] if after else [])
    Photo.objects.filter(incident=incident).update(public=True, masking=Photo.Masking.DONE)
    return incident


def list_page(client, query=""):
    page = client.get(f"/before-after/{query}").content.decode()
    return re.findall(r'href="/i/([\d-]+)/"', page), page


@pytest.fixture
def fitter(town):
    return factories.person("mighty", town.office)


def test_only_what_shows_both_pictures_is_listed_newest_first(client, town, fitter):
    first, second = resolve_incident(town.hole, fitter), resolve_incident(town.hole, fitter)
    resolve_incident(town.hole, fitter, before=False)
    resolve_incident(town.hole, fitter, after=False)
    hidden = resolve_incident(town.hole, fitter)
    Photo.objects.filter(incident=hidden, report=None).update(masking=Photo.Masking.HELD, held_reason="unread")
    factories.change(resolve_incident(town.hole, fitter), published=False)
    disputed = resolve_incident(town.hole, fitter)
    workflow.move(disputed, "dispute", note="Still there")
    factories.incident(town.hole, pictures=[shot("red")])
    found, page = list_page(client)
    assert found == [second.reference, first.reference]
    after = second.photos.get(report=None)
    assert '<meta property="og:image" content="http' in page
    assert f"/photo/{after.pk}/large.jpg" in page


def test_ward_and_field_narrow_it_and_nonsense_does_not(client, town, fitter):
    here, there = resolve_incident(town.hole, fitter), resolve_incident(town.hole, fitter, factories.IN_NEW)
    both = [there.reference, here.reference]
    asked = {
        "?area=001": [here.reference],
        "?field=ST": both,
        "?field=WA": [],
        "?area=nothing&older=x&field=%C3%A9": both,
    }
    assert {query: list_page(client, query)[0] for query in asked} == asked


def test_pages_follow_one_another_and_hold_each_once(client, town, fitter, monkeypatch):
    monkeypatch.setattr(before_after, "ON_A_PAGE", 2)
    made = [resolve_incident(town.hole, fitter).reference for _n in range(5)]
    found, query = [], ""
    while True:
        rows, page = list_page(client, query)
        found += rows
        link = re.search(r'href="(\?[^"]*older=\d+)"', page)
        if not link:
            break
        query = link[1].replace("&amp;", "&")
    assert found == made[::-1]


def test_number_of_questions_does_not_grow_with_the_list(client, town, fitter, django_assert_max_num_queries):
    for _n in range(4):
        resolve_incident(town.hole, fitter)
    with django_assert_max_num_queries(12):
        client.get("/before-after/")
