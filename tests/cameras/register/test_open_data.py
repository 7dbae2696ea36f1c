"""Test cameras as open data: place and health; neither pictures nor their addresses."""

import io

import pytest
from pyarrow import parquet

from cameras.models import Camera
from tests import factories

ITEMS = "/ogc/collections/cameras/items"
SOURCE = "http://camera.inside.example/secret.jpg"


@pytest.fixture
def cameras(town):
    rows = [
        Camera(code="H/1", name="Harbour Road", place=factories.IN_OLD, url=SOURCE, health="frozen"),
        Camera(code="H 2", name="=Pier", place=factories.IN_NEW, url=SOURCE, health="live"),
        Camera(code="X", name="Taken down", place=factories.IN_NEW, url=SOURCE, active=False),
    ]
    return Camera.objects.bulk_create(rows)


def test_everybody_learns_where_a_camera_stands_and_how_it_is(client, cameras):
    document = client.get(ITEMS).json()
    assert [feature["id"] for feature in document["features"]] == ["H 2", "H/1"]
    assert document["features"][1]["properties"] == {
        "code": "H/1",
        "name": "Harbour Road",
        "road": "",
        "owner": "",
        "bearing": None,
        "angle": None,
        "range": None,
        "health": "frozen",
        "health_vi": "hình đứng yên",
        "health_en": "frozen",
        "health_since": None,
    }


@pytest.mark.parametrize("address", [ITEMS, f"{ITEMS}?f=html", "/data/", *(
    f"/data/cameras.{ending}" for ending in ("gpkg", "parquet", "geojson", "csv")
)])  # fmt: skip
def test_where_its_picture_is_fetched_is_nowhere(client, cameras, controller, address):
    client.force_login(controller)
    answer = client.get(address)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    body = str(parquet.read_table(io.BytesIO(body)).to_pylist()).encode() if body.startswith(b"PAR1") else body
    assert answer.status_code == 200
    assert b"inside.example" not in body
    assert b"Taken down" not in body


@pytest.mark.parametrize(
    ("code", "status"), [("H%2F1", 200), ("H/1", 200), ("H%202", 200), ("X", 404), ("nothing", 404)]
)
def test_each_has_an_address_whatever_its_code(client, cameras, code, status):
    assert client.get(f"{ITEMS}/{code}").status_code == status


def test_only_those_of_a_health(client, cameras):
    document = client.get(ITEMS, {"health": "live", "datetime": "2026-01-01", "bbox": "10,50,11,51"}).json()
    assert [feature["id"] for feature in document["features"]] == ["H 2"]
    assert client.get(ITEMS, {"health": "well"}).status_code == 400
