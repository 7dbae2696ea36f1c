"""Incidents as open data: what everybody may have of them, and nothing of what is not public."""

import io
import json

import pytest
from django.contrib.gis.geos import Point
from pyarrow import parquet

from gis_data.services.tiles import tile_of
from incidents.models import Incident
from tests import factories

ITEMS = "/ogc/collections/incidents/items"
SAID = {"Behind the blue door", "Ask for Mr Blue", "+84901234567", "an@example.org", "0901 234 567"}


def change(incident, **fields):
    Incident.objects.filter(pk=incident.pk).update(**fields)
    incident.refresh_from_db()
    return incident


@pytest.fixture
def public(town):
    return factories.incident(
        town.hole,
        text="Deep, call 0901 234 567",
        address="12 Harbour Road",
        email="an@example.org",
        phone="+84901234567",
    )


@pytest.fixture
def hidden_incidents(town):
    """What nobody may see here, in the database first: a restricted one, one taken down, one restricted afterwards."""
    return [
        factories.incident(town.secret, text="Behind the blue door", phone="+84901234567"),
        change(factories.incident(town.hole, text="Ask for Mr Blue"), published=False),
        factories.published_before(town.secret, text="Behind the blue door"),
    ]


def items(client, **parameters):
    answer = client.get(ITEMS, parameters)
    assert answer.status_code == 200, answer.content
    return answer.json()


def references(client, **parameters):
    return [feature["id"] for feature in items(client, **parameters)["features"]]


def test_everybody_learns_all_but_who_reported(client, town, public):
    (feature,) = items(client)["features"]

    assert feature["geometry"] == {"type": "Point", "coordinates": [10.005, 50.005]}
    properties = feature["properties"]
    assert properties | {"received_at": "", "due_at": "", "changed_at": ""} == {
        "reference": public.reference,
        "state": "assigned",
        "state_vi": "Đã giao",
        "state_en": "Assigned",
        "late": False,
        "proven": False,
        "category": "ST.1",
        "category_name": "Ổ gà",
        "category_name_en": "Pothole",
        "group": "ST",
        "area": "001",
        "area_name": "Phường Old Wharf",
        "authority": "old",
        "authority_name": "UBND Old Wharf",
        "authority_name_en": "Old Wharf Office",
        "address": "12 Harbour Road",
        "text": "Deep, call ‹…›",
        "reports": 1,
        "received_at": "",
        "due_at": "",
        "changed_at": "",
        "closed_at": None,
        "page": f"http://localhost:8000/i/{public.reference}/",
    }
    assert properties["received_at"].endswith("Z")


OPEN_TO_ALL = (
    ITEMS,
    f"{ITEMS}?f=html",
    f"{ITEMS}?bbox=9,49,12,52",
    f"{ITEMS}?category=ST&limit=1000",
    "/ogc/collections/incidents",
    "/data/",
    "/data/?collection=incidents",
    "/data/incidents.geojson",
    "/data/incidents.csv",
    "/data/incidents.gpkg",
    "/data/incidents.parquet",
    "/tiles/incidents/{}/{}/{}.mvt?state=all&days=0".format(16, *tile_of(10.005, 50.005, 16)),
    "/tiles/incidents/{}/{}/{}.mvt?state=all&days=0".format(9, *tile_of(10.005, 50.005, 9)),
    "/tiles/incidents.json",
)


@pytest.mark.parametrize("who", ["anybody", "officer", "superuser"])
def test_what_is_not_public_is_nowhere_whoever_asks(client, request, hidden_incidents, public, who):
    """Answers are kept on their way and shown to others, so even those who may read it elsewhere get none of it."""
    if who != "anybody":
        client.force_login(request.getfixturevalue("officer") if who == "officer" else superuser())
    personal = SAID | {incident.reference for incident in hidden_incidents} | {"Bạo hành", "Abuse"}
    for address in OPEN_TO_ALL:
        answer = client.get(address)
        body = plain(answer)
        assert (address, answer.status_code) == (address, 200)
        assert (address, [word for word in personal if word.encode() in body]) == (address, [])


def plain(answer):
    """The bytes of an answer, with the texts of a compressed file unpacked."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(parquet.read_table(io.BytesIO(body)).to_pylist()).encode() if body.startswith(b"PAR1") else body


def superuser():
    return factories.superuser("boss")


def test_what_is_not_public_has_no_page_and_is_not_counted(client, hidden_incidents, public):
    listed = items(client)
    assert (listed["numberMatched"], listed["numberReturned"]) == (1, 1)
    assert client.get(f"{ITEMS}/{public.reference}").status_code == 200
    for incident in hidden_incidents:
        assert client.get(f"{ITEMS}/{incident.reference}").status_code == 404
        assert client.get(f"{ITEMS}/{incident.reference}?f=html").status_code == 404


ASKED = (
    ({}, ["hole", "leak", "done"]),
    ({"state": "open"}, ["hole", "leak"]),
    ({"state": "resolved"}, ["done"]),
    ({"state": "rejected"}, []),
    ({"late": "true"}, ["leak"]),
    ({"late": "false"}, ["hole", "done"]),
    ({"category": "WA"}, ["leak"]),
    ({"category": "ST.2"}, ["done"]),
    ({"area": "002"}, ["leak"]),
    ({"authority": "old"}, ["hole", "done"]),
    ({"authority": "nobody"}, []),
    ({"state": "open", "late": "false"}, ["hole"]),
    ({"datetime": "2026-01-02"}, ["leak"]),
    ({"datetime": "2026-01-02T03:00:00Z"}, ["leak"]),
    ({"datetime": "2026-01-02T02:59:59Z"}, []),
    ({"datetime": "../2026-01-01"}, ["done"]),
    ({"datetime": "2026-01-01/2026-01-02"}, ["done", "leak"]),  # in the order of the time that is asked for
    ({"datetime": "2026-01-03/.."}, ["hole"]),
    ({"datetime": "../.."}, ["done", "leak", "hole"]),
    ({"bbox": "10.01,50,10.02,50.01"}, ["leak"]),
    ({"bbox": "50,10.01,50.01,10.02", "bbox-crs": "http://www.opengis.net/def/crs/EPSG/0/4326"}, ["leak"]),
    ({"bbox": "10,50,0,10.01,50.01,99"}, ["hole", "done"]),
    ({"bbox": "170,50,10.01,50.01"}, ["hole", "done"]),
)


def test_only_what_is_asked_for(client, town):
    incidents = {
        "hole": factories.incident(town.hole),
        "leak": change(
            factories.incident(town.leak, factories.IN_NEW),
            received_at="2026-01-02T03:00:00Z", due_at="2026-01-03T00:00:00Z",
        ),
        "done": change(
            factories.incident(town.waste, Point(10.004, 50.004, srid=4326)), state="resolved",
            closed_at="2026-01-01T12:00:00Z", received_at="2026-01-01T05:00:00Z",
        ),
    }  # fmt: skip
    for parameters, names in ASKED:
        wanted = [incidents[name].reference for name in names]
        assert (parameters, references(client, limit=100, **parameters)) == (parameters, wanted)


def test_pages_go_on_where_the_last_ended_while_more_is_reported(client, town):
    before = [factories.incident(town.hole).reference for _ in range(5)]
    page = items(client, limit=2, state="open")
    assert (page["numberMatched"], page["numberReturned"]) == (5, 2)
    seen = [feature["id"] for feature in page["features"]]
    factories.incident(town.hole)
    while following := [link["href"] for link in page["links"] if link["rel"] == "next"]:
        answer = client.get(following[0])
        page = answer.json()
        seen += [feature["id"] for feature in page["features"]]
    assert seen[:5] == before
    assert len(seen) == len(set(seen)) == 6
    assert "state=open" in answer.request["QUERY_STRING"]


def test_a_list_takes_as_many_queries_with_many_rows_as_with_one(client, town, django_assert_num_queries):
    factories.incident(town.hole)
    client.get(ITEMS)
    with django_assert_num_queries(1):  # the rows; their number where there are more of them
        client.get(ITEMS)
    for _more in range(3):
        factories.incident(town.waste)
    with django_assert_num_queries(1):
        assert len(json.loads(client.get(ITEMS).content)["features"]) == 4
    with django_assert_num_queries(2):
        assert json.loads(client.get(f"{ITEMS}?limit=3").content)["numberMatched"] == 4
