"""Test `/before-after/`: resolved incidents with both photos, by ward and field, page by page."""

import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from incidents import photos, workflow
from incidents.models import Photo
from incidents.views.public import before_after
from tests import factories

pytestmark = pytest.mark.django_db


def shot(colour):
    return photos.read_photo(SimpleUploadedFile("street.jpg", factories.jpeg(colour=colour)))


def resolve_incident(category, by, place=factories.IN_OLD, *, before=True, after=True):
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
    listed, page = list_page(client)
    assert listed == [second.reference, first.reference]
    after = second.photos.get(report=None)
    assert re.findall(r'og:image" content="http[^"]*(/i/.*?)"', page) == [f"/i/{second.reference}/before-after.jpg"]
    assert re.findall(r'data-share="http[^"]*(/i/.*?)"', page) == [
        f"/i/{incident.reference}/" for incident in (second, first)
    ]
    assert f"/photo/{after.pk}/large.jpg" in page


def test_shared_link_shows_both_halves_its_state_and_its_days(client, town, fitter):
    pair = resolve_incident(town.hole, fitter)
    factories.change(pair, received_at=pair.closed_at - timedelta(days=3))
    address = f"/i/{pair.reference}/before-after.jpg"
    head = dict(re.findall(r'property="og:([\w:]+)" content="(.*?)"', client.get(f"/i/{pair.reference}/").text))
    assert (head["image"].endswith(address), head["image:type"]) == (True, "image/jpeg")
    assert (head["image:alt"], head["description"]) == ("Trước và sau", "Đã xử lý sau 3 ngày · Knee deep")
    answer = client.get(address)
    image = Image.open(io.BytesIO(answer.content))
    assert (answer["Content-Type"], image.format, image.size) == ("image/jpeg", "JPEG", (1200, 630))
    left, right = image.getpixel((300, 300)), image.getpixel((900, 300))
    assert (left, right) == (pytest.approx((254, 0, 0), abs=12), pytest.approx((0, 128, 0), abs=12))
    assert client.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_pair_is_a_picture_only_of_what_everybody_may_see(client, town, fitter):
    done = {"before": False}, {"after": False}
    without = [resolve_incident(town.hole, fitter, **more) for more in done]
    waiting, hidden = resolve_incident(town.hole, fitter), resolve_incident(town.hole, fitter)
    Photo.objects.filter(incident=waiting, report=None).update(masking=Photo.Masking.HELD, held_reason="unread")
    factories.change(hidden, published=False)
    disputed = resolve_incident(town.hole, fitter)
    workflow.move(disputed, "dispute", note="Still there")
    rows = [*without, waiting, hidden, disputed]
    assert [client.get(f"/i/{incident.reference}/before-after.jpg").status_code for incident in rows] == [404] * 5


def test_ward_and_field_narrow_it_and_nonsense_does_not(client, town, fitter):
    here, in_new = resolve_incident(town.hole, fitter), resolve_incident(town.hole, fitter, factories.IN_NEW)
    both = [in_new.reference, here.reference]
    queries = {
        "?area=001": [here.reference],
        "?field=ST": both,
        "?field=WA": [],
        "?area=nothing&field=%C3%A9": both,
    }
    assert {query: list_page(client, query)[0] for query in queries} == queries


def test_pages_follow_one_another_and_hold_each_once(client, town, fitter, monkeypatch):
    monkeypatch.setattr(before_after, "ON_A_PAGE", 2)
    references = [resolve_incident(town.hole, fitter).reference for _n in range(5)]
    listed, query = [], ""
    while True:
        rows, page = list_page(client, query)
        listed += rows
        link = re.search(r'href="(\?[^"]*older=\d+)"', page)
        if not link:
            break
        query = link[1].replace("&amp;", "&")
    assert listed == references[::-1]


def test_number_of_questions_does_not_grow_with_the_list(client, town, fitter, django_assert_max_num_queries):
    for _n in range(4):
        resolve_incident(town.hole, fitter)
    with django_assert_max_num_queries(12):
        client.get("/before-after/")
