"""Test cameras for other road systems: content, queries, and what is never in it."""

from datetime import timedelta
from hashlib import sha256

import pytest
from django.utils.timezone import now

from cameras.models import Camera, Source, View
from cameras.register.fields_of_view import update_view
from geoapp.crypto import vault
from tests.cameras.conftest import camera, sees, shows


@pytest.fixture
def pier(town, settings):
    settings.SITE_URL = "https://wharf.example"
    source = Source.objects.create(code="port", name="Port office", owner="Port of Wharf", networks=["10.99.0.0/16"])
    camera_row = camera(
        "H/1", name="Pier", road="Harbour Road", source=source, public=True, period_s=15,
        url="http://10.99.0.7/secret.jpg", credentials=vault.encrypt("guard:hunter2"),
    )  # fmt: skip
    sees(camera_row)
    update_view(View(camera=camera_row), bearing_deg=92, angle_deg=60, range_m=120, verified=True)
    return camera_row


def test_a_camera_as_open511_knows_it(client, pier):
    document = client.get("/open511/cameras/").json()
    assert document["meta"] == {"version": "v1"}
    assert document["pagination"] == {"offset": 0}
    pier.refresh_from_db()
    assert document["cameras"] == [
        {
            "id": "wharf.example/H/1",
            "url": "https://wharf.example/open511/cameras/H/1/",
            "jurisdiction_url": "https://wharf.example/open511/",
            "name": "Pier",
            "geography": {"type": "Point", "coordinates": [10.0052, 50.005]},
            "roads": [{"name": "Harbour Road", "direction": "BOTH"}],
            "media_files": [],
            "orientation": "E",
            "status": "ACTIVE",
            "+health": "live",
            "+health_since": pier.health_since.isoformat(),
            "+updated": pier.moved_at.isoformat(),
            "+owner": "Port of Wharf",
            "+bearing": 92,
            "+angle": 60,
            "+range": 120,
        }
    ]
    assert client.get("/open511/cameras/H/1/").json()["cameras"] == document["cameras"]
    assert client.get("/open511/cameras/H/2/").status_code == 404
    discovery = client.get("/open511/").json()
    assert discovery["services"] == [
        {"service_type": "CAMERAS", "url": "https://wharf.example/open511/cameras/"},
    ]
    assert discovery["jurisdictions"] == [
        {"id": "wharf.example", "name": "Wharf", "url": "https://wharf.example/open511/"}
    ]


def test_hash_of_a_public_still_matches_the_served_file(client, pier):
    def media_files(code):
        entry = client.get(f"/open511/cameras/{code}/").json()["cameras"][0]
        same = {feature["id"]: feature["properties"] for feature in client.get("/cameras.geojson").json()["features"]}
        assert same[code]["media_files"] == entry["media_files"]
        return entry["media_files"]

    update_view(pier.views.get(), state="fits")
    still = shows(pier)
    [file] = media_files("H/1")
    assert file == {
        "url": "https://wharf.example/cameras/H/1/still.jpg", "type": "image/jpeg", "width": still.width,
        "height": still.height, "refresh_interval": 60, "+sha256": still.sha256,
        "+taken_at": still.taken_at.isoformat(),
    }  # fmt: skip
    answer = client.get(file["url"].removeprefix("https://wharf.example"))
    assert sha256(answer.getvalue()).hexdigest() == file["+sha256"]

    hidden = camera("N1", name="Not public")
    sees(hidden)
    shows(hidden)
    assert media_files("N1") == []
    Camera.objects.filter(pk=pier.pk).update(paused_until=now() + timedelta(hours=1), paused_why="By order")
    assert media_files("H/1") == []


def test_the_same_for_maps(client, pier):
    answer = client.get("/cameras.geojson")
    assert (answer["Access-Control-Allow-Origin"], answer["Cache-Control"]) == ("*", "public, max-age=60")
    [feature] = answer.json()["features"]
    assert (feature["id"], feature["geometry"]["coordinates"]) == ("H/1", [10.0052, 50.005])
    assert (feature["properties"]["health"], feature["properties"]["bearing"]) == ("live", 92)


def test_page_by_page_and_only_what_is_asked_for(client, pier):
    others = [camera(f"Q{n}", lon=10.015, road="Quay") for n in range(3)]
    Camera.objects.filter(pk=others[0].pk).update(active=False)

    def codes(**parameters):
        answer = client.get("/open511/cameras/", parameters).json()
        return [entry["id"].partition("/")[2] for entry in answer["cameras"]], answer["pagination"].get("next_url")

    assert codes() == (["H/1", "Q1", "Q2"], None)
    assert codes(limit=2) == (["H/1", "Q1"], "https://wharf.example/open511/cameras/?limit=2&offset=2")
    assert codes(limit=2, offset=2) == (["Q2"], None)
    assert codes(road_name="quay") == (["Q1", "Q2"], None)
    assert codes(bbox="10.0,50.0,10.01,50.01") == (["H/1"], None)


@pytest.mark.usual_rows(6)
@pytest.mark.parametrize(
    "parameters",
    [
        "limit=0", "limit=501", "limit=x", "offset=-1", "offset=99999999999", "bbox=1,2,3", "bbox=a,b,c,d",
        "bbox=11,50,10,51", "bbox=nan,nan,nan,nan", "format=xml", "colour=red",
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_a_fault_in_words(client, pier, parameters):
    answer = client.get(f"/open511/cameras/?{parameters}")
    assert answer.status_code == 400
    assert [len(fault) > 10 for fault in answer.json()["errors"]] == [True]


def test_a_view_that_looks_elsewhere_tells_no_bearing(client, pier):
    update_view(View.objects.get(), state="lost")
    [entry] = client.get("/open511/cameras/").json()["cameras"]
    assert "orientation" not in entry
    assert "+bearing" not in entry


@pytest.mark.usual_rows(5)
@pytest.mark.parametrize(
    "address",
    [
        "/open511/cameras/", "/open511/cameras/H/1/", "/cameras.geojson", "/ogc/collections/cameras/items",
        "/ogc/collections/cameras/items/H%2F1", "/ogc/collections/camera-views/items", "/data/camera-views.geojson",
        "/data/cameras.csv", "/data/cameras.geojson",
    ],
)  # fmt: skip
def test_nothing_secret_is_told(client, pier, address):
    answer = client.get(address)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert answer.status_code == 200
    assert b"H/1" in body or b"H\\/1" in body
    for secret in ("10.99.0", "secret.jpg", "hunter2", "guard", pier.credentials):
        assert secret.encode() not in body


def test_only_what_public_cameras_see_in_truth_is_public(client, pier):
    address = "/ogc/collections/camera-views/items"
    hidden = camera("N1", name="Not public")
    update_view(View(camera=hidden), bearing_deg=0, angle_deg=60, range_m=100, verified=True)
    guessed = camera("N2", name="Not checked", public=True)
    update_view(View(camera=guessed), bearing_deg=0, angle_deg=60, range_m=100)
    retired_camera = camera("N3", name="Gone", public=True, active=False)
    update_view(View(camera=retired_camera), bearing_deg=0, angle_deg=60, range_m=100, verified=True)
    update_view(
        View(camera=pier, name="Preset 2", current=False), bearing_deg=200, angle_deg=60, range_m=100, verified=True
    )

    [feature] = client.get(address).json()["features"]
    assert feature["id"] == "H/1"
    assert feature["geometry"]["type"] == "MultiPolygon"
    assert feature["properties"] == {
        "camera": "H/1", "name": "Pier", "road": "Harbour Road", "owner": "Port of Wharf", "bearing": 92,
        "angle": 60, "range": 120, "drawn": False,
    }  # fmt: skip
    assert client.get(f"{address}/H%2F1").status_code == 200
    assert client.get(f"{address}/N1").status_code == 404
    update_view(View.objects.get(camera=pier, current=True), state="lost")
    assert client.get(address).json()["features"] == []


def test_bearings_stand_in_the_open_data(client, pier):
    properties = client.get("/ogc/collections/cameras/items/H%2F1").json()["properties"]
    assert {name: properties[name] for name in ("road", "owner", "bearing", "angle", "range")} == {
        "road": "Harbour Road", "owner": "Port of Wharf", "bearing": 92, "angle": 60, "range": 120,
    }  # fmt: skip
