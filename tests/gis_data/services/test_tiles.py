"""Test base map tiles: land, ward lines and streets."""

import datetime
import itertools
import json
import subprocess

import pytest
import shapely
from django.db.backends.postgresql.psycopg_any import DateRange

from gis_data.models import Level
from gis_data.services import tiles
from incidents.models import Incident
from tests import factories

ZOOM = 14


def ground(z=ZOOM, lon=10.005, lat=50.005, **more):
    return json.loads(tiles.area_tile(z, *tiles.tile_of(lon, lat, z), **more))


def corners(ring, unit=2):
    """Return a tile's ring as points; up to zoom 13 coordinates are whole pixels."""
    (points,) = tiles.read_polylines(ring, unit)
    return points


def size(ring):
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in itertools.pairwise(ring))) / 2


@pytest.mark.parametrize(
    ("z", "x", "y", "exists"),
    [(0, 0, 0, True), (0, 1, 0, False), (3, 7, 7, True), (3, 8, 0, False), (3, 0, 8, False), (22, 0, 0, True),
     (23, 0, 0, False), (2, -1, 0, False), (10**9, 0, 0, False)],
)  # fmt: skip
def test_which_tiles_there_are(z, x, y, exists):
    if exists:
        tiles.check(z, x, y)
    else:
        with pytest.raises(tiles.NoSuchTile):
            tiles.check(z, x, y)


@pytest.mark.parametrize(("zoom", "name"), [(10, ""), (11, ""), (12, "Harbour Road"), (17, "Harbour Road")])
def test_a_street_has_its_name_where_it_is_written(town, zoom, name):
    assert {label for _rank, label, _lines in ground(zoom, lat=50.0051)["streets"]} == {name}


def test_a_tile_shows_the_areas_and_streets_that_touch_it(town):
    tile = ground()
    assert [(area["code"], area["name"], area["label"]) for area in tile["areas"]] == [
        ("001", "Old Wharf", [10.005, 50.005]),
        ("002", "New Wharf", [10.015, 50.005]),
    ]
    assert [(rank, name) for rank, name, _ in tile["streets"]] == [(2, "Harbour Road")]
    assert {key: content for key, content in ground(lon=20).items() if content} == {"unit": 1}


def test_neighbours_share_the_corners_of_their_border(town):
    old, new = (area["shape"] for area in ground(12)["areas"])
    old, new = ({corner for polygon in shape for ring in polygon for corner in corners(ring)} for shape in (old, new))
    assert len(old & new) == 2


def test_an_area_has_its_true_size_in_the_units_of_the_tile(town):
    """0.01° are 0.01 / 360 of the world's width: at zoom 11, 58 units of 1024 a tile."""
    shapes = [area["shape"] for area in ground(11)["areas"]]
    wide = 0.01 / 360 * 2**11 * 1024
    high = wide / 0.6427  # at 50.005° N a degree is drawn longer northward by 1 / cos
    for (((outer),),) in shapes:
        assert size(corners(outer)) == pytest.approx(wide * high, rel=0.05)


@pytest.mark.parametrize(("zoom", "shown"), [(9, False), (10, True), (16, True)])
def test_main_roads_show_from_a_zoom_on(town, zoom, shown):
    assert bool(ground(zoom, lat=50.0051)["streets"]) == shown


def test_only_the_boundaries_of_the_day_are_drawn(town):
    """An edition that is past is no map of today, and a draft is none at all."""
    town.edition.in_force = DateRange(datetime.date(2025, 7, 1), datetime.date(2026, 1, 1))
    town.edition.save()
    assert ground(day=datetime.date(2026, 1, 1))["areas"] == []
    assert len(ground(day=datetime.date(2025, 12, 31))["areas"]) == 2
    town.edition.in_force = None
    town.edition.save()
    assert ground(day=datetime.date(2025, 12, 31))["areas"] == []


def test_where_districts_are_the_law_too_the_wards_are_drawn(town):
    district = town.city.editions.create(
        level=Level.DISTRICT, code="d", name="Districts", in_force=DateRange(datetime.date(2025, 1, 1), None)
    )
    town.old.pk, town.old.edition, town.old.level, town.old.code = None, district, Level.DISTRICT, "D1"
    town.old.save(force_insert=True)
    assert [area["code"] for area in ground()["areas"]] == ["001", "002"]


def test_the_version_changes_with_what_was_loaded(town):
    before = tiles.version()
    town.city.pack_digest = "f" * 64
    town.city.save()
    assert before
    assert tiles.version() not in ("", before)


# --- Vector tiles


def layers(content, tmp_path, zoom=ZOOM, lon=10.005, lat=50.005):
    """Read a vector tile by GDAL: {layer: features as GeoJSON in EPSG:3857}."""
    x, y = tiles.tile_of(lon, lat, zoom)
    path = tmp_path / f"{zoom}-{x}-{y}.mvt"
    path.write_bytes(content)
    options = ["-oo", f"X={x}", "-oo", f"Y={y}", "-oo", f"Z={zoom}"]
    names = json.loads(gdal("ogrinfo", "-json", str(path), *options))["layers"]
    return {
        layer["name"]: json.loads(
            gdal("ogr2ogr", "-f", "GeoJSON", "/vsistdout/", "-lco", "RFC7946=NO", *options, str(path), layer["name"])
        )["features"]
        for layer in names
    }


def gdal(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def vector_tile(client, z=ZOOM, lon=10.005, lat=50.005, **query):
    x, y = tiles.tile_of(lon, lat, z)
    return client.get(f"/tiles/areas/{z}/{x}/{y}.mvt", query)


def test_gdal_reads_the_areas_of_a_vector_tile(client, town, tmp_path):
    answer = vector_tile(client)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/vnd.mapbox-vector-tile")
    assert answer["Access-Control-Allow-Origin"] == "*"
    read = layers(answer.content, tmp_path)
    properties = {feature["properties"]["code"]: feature["properties"] for feature in read["areas"]}
    assert properties["001"] == {
        "mvt_id": town.old.pk,
        "code": "001",
        "name": "Old Wharf",
        "full_name": "Phường Old Wharf",
        "full_name_en": "Old Wharf Ward",
        "kind": "Phường",
        "level": "ward",
        "edition": "2025",
    }
    assert set(properties) == {"001", "002"}
    assert [feature["properties"]["name"] for feature in read["names"]] == ["Old Wharf", "New Wharf"]


@pytest.mark.usual_rows(2)
@pytest.mark.parametrize("zoom", [8, 11, 13, 16])
def test_an_area_lies_in_a_vector_tile_where_it_lies_in_truth(client, town, tmp_path, zoom):
    (place,) = (
        feature["geometry"]
        for feature in layers(vector_tile(client, zoom).content, tmp_path, zoom)["areas"]
        if feature["properties"]["code"] == "001"
    )
    drawn = shapely.geometry.shape(place)
    truth = shapely.from_wkb(bytes(town.old.shape.transform(3857, clone=True).wkb))
    pixel = 40_075_016.69 / 2**zoom / 512
    seen = shapely.box(*shapely.buffer(drawn, -pixel).bounds) if zoom < 13 else drawn
    assert truth.buffer(2 * pixel).contains(seen)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"at": "2025-07-01"}, 200), ({"at": "2025-06-30"}, 204), ({"at": "", "level": ""}, 200),
        ({"level": "ward"}, 200), ({"level": "district"}, 204), ({"at": "soon"}, 400), ({"at": "2025-7-1"}, 400),
        ({"level": "street"}, 400),
    ],
)  # fmt: skip
def test_a_vector_tile_of_a_day_and_level(client, town, query, status):
    """An empty one is 204: some map libraries take 200 without a byte for a broken line."""
    answer = vector_tile(client, **query)
    assert answer.status_code == status
    if status == 204:
        assert answer.content == b""


def test_vector_tile_of_a_past_day_shows_the_edition_of_that_day(client, town, tmp_path):
    past = town.city.editions.create(
        level=Level.DISTRICT, code="past", name="Past",
        in_force=DateRange(datetime.date(2020, 1, 1), datetime.date(2025, 7, 1)),
    )  # fmt: skip
    draft = town.city.editions.create(level=Level.WARD, code="draft", name="Draft")
    factories.area(past, "D1", "Harbour", (10.0, 50.0, 10.02, 50.01))
    factories.area(draft, "777", "Secret plan", (10.0, 50.0, 10.02, 50.01))
    read = layers(vector_tile(client, at="2024-06-30").content, tmp_path)["areas"]
    assert [(feature["properties"]["code"], feature["properties"]["level"]) for feature in read] == [("D1", "district")]
    assert b"Secret plan" not in vector_tile(client).content


def test_a_vector_tile_is_kept_as_long_as_the_boundaries_hold(client, town):
    first = vector_tile(client)
    x, y = tiles.tile_of(10.005, 50.005, ZOOM)
    again = client.get(f"/tiles/areas/{ZOOM}/{x}/{y}.mvt", headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    assert first["Cache-Control"] == "public, max-age=300"
    assert "immutable" in vector_tile(client, v=tiles.version())["Cache-Control"]
    assert vector_tile(client, at="2020-01-01")["ETag"] != first["ETag"]


@pytest.mark.parametrize("path", ["23/0/0", "2/4/0", "0/0/1", "1000000000/0/0"])
def test_there_is_no_vector_tile_outside_the_world(client, town, path):
    assert client.get(f"/tiles/areas/{path}.mvt").status_code == 404
    assert client.get(f"/tiles/incidents/{path}.mvt").status_code == 404


def test_tilejson_leads_to_the_tiles(client, town):
    document = client.get("/tiles/areas.json?at=2025-07-01&level=ward").json()
    assert (document["tilejson"], document["bounds"], document["minzoom"], document["maxzoom"]) == (
        "3.0.0", [10.0, 50.0, 10.02, 50.01], 0, 16,
    )  # fmt: skip
    assert [layer["id"] for layer in document["vector_layers"]] == ["areas", "names"]
    x, y = tiles.tile_of(10.005, 50.005, ZOOM)
    address = document["tiles"][0].format(z=ZOOM, x=x, y=y)
    assert address.startswith("http://testserver/tiles/areas/14/")
    answer = client.get(address.removeprefix("http://testserver"))
    assert answer.status_code == 200
    assert "immutable" in answer["Cache-Control"]
    assert client.get("/tiles/areas.json?at=soon").status_code == 400


# --- Incidents as vector tiles


def incidents_in(client, tmp_path, zoom, **query):
    x, y = tiles.tile_of(10.005, 50.005, zoom)
    answer = client.get(f"/tiles/incidents/{zoom}/{x}/{y}.mvt", query)
    return layers(answer.content, tmp_path, zoom) if answer.status_code == 200 else answer.status_code


def test_gdal_reads_few_incidents_as_points(client, town, tmp_path):
    incident = factories.incident(town.hole)
    ((point,),) = incidents_in(client, tmp_path, 14).values()
    assert point["properties"] == {
        "reference": incident.reference,
        "state": "assigned",
        "late": False,
        "category": "ST.1",
        "category_name": "Ổ gà",
        "category_name_en": "Pothole",
        "area": "001",
        "reports": 1,
    }
    x, y = incident.place.transform(3857, clone=True).coords
    assert point["geometry"]["coordinates"] == pytest.approx([x, y], abs=1)


def test_cluster_tile_counts_incidents_by_state(client, town, tmp_path):
    for category in (town.hole, town.hole, town.waste, town.leak):
        factories.incident(category)
    Incident.objects.filter(category=town.waste).update(due_at="2020-01-01T00:00:00Z")
    read = incidents_in(client, tmp_path, 10)
    assert set(read) == {"clusters"}
    ((cluster),) = read["clusters"]
    assert {name: n for name, n in cluster["properties"].items() if n} == {"n": 4, "late": 1, "assigned": 3}
    assert len(incidents_in(client, tmp_path, 16)["incidents"]) == 4
    assert len(incidents_in(client, tmp_path, 10, category="WA")["incidents"]) == 1
    assert incidents_in(client, tmp_path, 10, state="resolved") == 204
    assert incidents_in(client, tmp_path, 10, state="well") == 400


def test_incident_tile_is_cached_10_s_and_resent_only_if_changed(client, town):
    factories.incident(town.hole)
    address = "/tiles/incidents/{}/{}/{}.mvt".format(10, *tiles.tile_of(10.005, 50.005, 10))
    first = client.get(address)
    assert first["Cache-Control"] == "public, max-age=10"
    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 304
    factories.incident(town.hole, text="One more", place=factories.IN_NEW)
    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 200


def test_the_tilejson_of_incidents_hands_the_filters_on(client, town):
    document = client.get("/tiles/incidents.json?state=all&days=0&category=ST").json()
    assert document["tiles"] == ["http://testserver/tiles/incidents/{z}/{x}/{y}.mvt?state=all&category=ST&days=0"]
    assert [layer["id"] for layer in document["vector_layers"]] == ["incidents", "clusters"]
    assert client.get("/tiles/incidents.json?state=well").status_code == 400
