"""Test tiles, outlines and look-ups of places over HTTP."""

import pytest

from gis_data.services import tiles

TILE = "/tiles/areas/{}/{}/{}.json".format(12, *tiles.tile_of(10.005, 50.005, 12))


def test_a_tile_may_be_kept_for_as_long_as_the_boundaries_hold(client, town):
    answer = client.get(TILE, {"v": tiles.version()})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert [area["code"] for area in answer.json()["areas"]] == ["001", "002"]


@pytest.mark.parametrize("query", [{}, {"v": "older"}])
def test_a_tile_asked_for_by_another_version_is_kept_for_minutes(client, town, query):
    assert client.get(TILE, query)["Cache-Control"] == "public, max-age=300"


def test_a_tile_that_a_browser_has_is_not_sent_again(client, town):
    etag = client.get(TILE)["ETag"]
    again = client.get(TILE, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    town.city.pack_digest = "new"
    town.city.save()
    assert client.get(TILE, headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("numbers", ["3/8/0", "23/0/0", f"{'9' * 40}/0/0", "3/-1/0"])
def test_numbers_that_name_no_tile_are_404(client, town, numbers):
    assert client.get(f"/tiles/areas/{numbers}.json").status_code == 404


def test_before_a_city_is_loaded_the_map_is_empty(client, db):
    answer = client.get(TILE)
    assert (answer.status_code, {key: content for key, content in answer.json().items() if content}) == (
        200,
        {"unit": 2},
    )


def test_the_outline_of_a_ward(client, town):
    answer = client.get("/areas/001.json")
    assert answer.json() == {
        "code": "001",
        "name": "Old Wharf",
        "title": {"vi": "Phường Old Wharf", "en": "Old Wharf Ward"},
        "label": [10.005, 50.005],
        "bounds": [10.0, 50.0, 10.01, 50.01],
        "shape": {
            "type": "MultiPolygon",
            "coordinates": [[[[10.0, 50.0], [10.0, 50.01], [10.01, 50.01], [10.01, 50.0], [10.0, 50.0]]]],
        },
    }
    assert client.get("/areas/999.json").status_code == 404


@pytest.mark.parametrize(
    ("words", "areas", "streets"),
    [
        ("old wharf", ["001", "002"], []),
        ("Phường New Wharf", ["002", "001"], []),
        ("harbour", [], ["Harbour Road"]),
        ("HARBOUR  rôad", [], ["Harbour Road"]),
        ("", [], []),
        ("%_'\"; --", [], []),
        ("zzzz", [], []),
    ],
)
def test_places_are_found_by_their_names(client, town, words, areas, streets):
    places = client.get("/areas/search/", {"q": words}).json()
    assert [place["code"] for place in places["areas"]] == areas
    assert [place["title"] for place in places["streets"]] == streets


def test_a_found_place_says_where_it_lies(client, town):
    client.cookies["django_language"] = "en"
    places = client.get("/areas/search/", {"q": "harbour"}).json()
    assert places["streets"] == [{"title": "Harbour Road", "bounds": [10.0, 50.0051, 10.02, 50.0051]}]
    (old, _new) = client.get("/areas/search/", {"q": "old wharf"}).json()["areas"]
    assert old == {
        "code": "001",
        "title": "Old Wharf Ward",
        "label": [10.005, 50.005],
        "bounds": [10.0, 50.0, 10.01, 50.01],
    }


def test_a_very_long_search_is_answered(client, town):
    assert client.get("/areas/search/", {"q": "x" * 5000}).json() == {"areas": [], "streets": []}
    assert client.get("/areas/search/", {"q": "a\x07b"}).status_code == 200


@pytest.mark.parametrize("path", [TILE, "/areas/001.json", "/areas/search/?q=old"])
def test_places_are_only_read(client, town, path):
    assert client.post(path).status_code in (403, 405)
    assert client.delete(path).status_code == 405
