"""Test OGC API – Features against the standard's requirements: Part 1 (Core) and Part 2 (CRS)."""

import datetime
import json
import re
from urllib.parse import urlencode

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.db.backends.postgresql.psycopg_any import DateRange
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from geoapp.http import rate_limits
from gis_data.models import Area, Level
from gis_data.services import crs, open_data, selection
from tests import factories

AREAS = "/ogc/collections/areas/items"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/{}"


def codes(client, **query):
    answer = client.get(AREAS, {"limit": 100} | query)
    assert answer.status_code == 200, answer.content
    return [feature["properties"]["code"] for feature in answer.json()["features"]]


@pytest.fixture
def history(town):
    """One district before 2025-07-01, and a draft."""
    past = town.city.editions.create(
        level=Level.DISTRICT, code="old", name="Before",
        in_force=DateRange(datetime.date(2020, 1, 1), datetime.date(2025, 7, 1)),
    )  # fmt: skip
    draft = town.city.editions.create(level=Level.WARD, code="draft", name="What may come")
    factories.area(past, "D1", "Harbour", (10.0, 50.0, 10.02, 50.01))
    factories.area(draft, "777", "Secret plan", (10.0, 50.0, 10.02, 50.01))
    return past, draft


# --- The documents


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("/ogc/", "application/json"),
        ("/ogc/conformance", "application/json"),
        ("/ogc/api", "application/vnd.oai.openapi+json;version=3.0"),
        ("/ogc/collections", "application/json"),
        ("/ogc/collections/areas", "application/json"),
        (AREAS, "application/geo+json"),
    ],
)
def test_every_document_is_json_for_programs_and_html_for_people(client, town, address, kind):
    program, person, form_wanted = (
        client.get(address, headers={"accept": "application/json"}),
        client.get(address, headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}),
        client.get(f"{address}?f=html"),
    )
    assert (program.status_code, program["Content-Type"]) == (200, kind)
    assert person["Content-Type"] == form_wanted["Content-Type"] == "text/html; charset=utf-8"
    assert client.get(address)["Content-Type"] == kind
    assert client.get(f"{address}?f=json", headers={"accept": "text/html"})["Content-Type"] == kind
    assert client.get(address, headers={"accept": "image/png"}).status_code == 406
    assert program["Access-Control-Allow-Origin"] == "*"


def test_all_that_is_linked_is_there(client, history):
    """From the landing page on, each link leads somewhere, to what its type says."""
    seen, ahead = {}, ["http://testserver/ogc/"]
    while ahead:
        address = ahead.pop()
        answer = client.get(address.removeprefix("http://testserver"))
        seen[address] = answer.status_code
        if answer["Content-Type"].startswith("application/json") or "geo+json" in answer["Content-Type"]:
            document = json.loads(b"".join(answer.streaming_content) if answer.streaming else answer.content)
            addresses = [
                *document.get("links", []),
                *(link for collection in document.get("collections", []) for link in collection["links"]),
            ]
            for link in addresses:
                assert link["href"].startswith("http://testserver/"), link
                if link["href"] not in seen and link["href"] not in ahead:
                    ahead.append(link["href"])
        elif answer.streaming:
            assert b"".join(answer.streaming_content)
    assert set(seen.values()) == {200}
    assert len(seen) > 20


def test_links_are_those_of_the_name_under_which_we_were_asked(client, town, settings):
    settings.ALLOWED_HOSTS = ["report.example"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    answer = client.get("/ogc/", headers={"host": "report.example", "x-forwarded-proto": "https"})
    assert {link["href"].split("?")[0] for link in answer.json()["links"]} == {
        "https://report.example/ogc/",
        "https://report.example/ogc/api",
        "https://report.example/data/",
        "https://report.example/ogc/conformance",
        "https://report.example/ogc/collections",
    }


def test_what_conformance_promises(client, town):
    assert [uri.partition("/spec/")[2] for uri in client.get("/ogc/conformance").json()["conformsTo"]] == [
        "ogcapi-features-1/1.0/conf/core",
        "ogcapi-features-1/1.0/conf/oas30",
        "ogcapi-features-1/1.0/conf/html",
        "ogcapi-features-1/1.0/conf/geojson",
        "ogcapi-features-2/1.0/conf/crs",
    ]


def test_a_collection_says_where_when_and_in_which_coordinates(client, history):
    collection = client.get("/ogc/collections/areas").json()
    assert collection["extent"] == {
        "spatial": {"bbox": [[10.0, 50.0, 10.02, 50.01]], "crs": CRS84},
        "temporal": {"interval": [["2019-12-31T17:00:00Z", None]]},
    }
    assert collection["crs"][:4] == [CRS84, EPSG.format(4326), EPSG.format(3857), EPSG.format(32632)]
    assert collection["storageCrs"] == CRS84
    assert [document["id"] for document in client.get("/ogc/collections").json()["collections"]] == [
        "areas",
        "incidents",
        "camera-views",
        "cameras",
    ]


def test_the_description_in_openapi_holds_together(client, town):
    """References lead somewhere, names are unique, each path's own parameters are described."""
    document = client.get("/ogc/api").json()
    text = json.dumps(document)
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', text):
        schema = document
        for part in reference.split("/"):
            schema = schema[part]
    operations = [path["get"] for path in document["paths"].values()]
    assert document["openapi"] == "3.0.3"
    assert len({operation["operationId"] for operation in operations}) == len(operations) == 16
    for path, methods in document["paths"].items():
        names = set()
        for parameter in methods["get"]["parameters"]:
            schema = (
                document["components"]["parameters"][parameter["$ref"].split("/")[-1]]
                if "$ref" in parameter
                else parameter
            )
            assert {"name", "in", "schema"} <= schema.keys()
            names.add((schema["in"], schema["name"]))
        assert {("path", name) for name in re.findall(r"{(\w+)}", path)} == {
            name for name in names if name[0] == "path"
        }
        assert client.get("/ogc" + path.replace("{featureId}", str(Area.objects.first().pk))).status_code in (200, 404)
    items = [
        declared.get("name") or declared["$ref"].split("/")[-1]
        for declared in document["paths"]["/collections/areas/items"]["get"]["parameters"]
    ]
    assert items == ["limit", "bbox", "bbox-crs", "datetime", "crs", "after", "f", "code", "level", "edition"]


# --- Areas and their days


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (None, ["001", "002"]),
        ("2025-07-01", ["001", "002"]),
        ("2025-06-30", ["D1"]),
        ("2024-06-30T12:00:00Z", ["D1"]),
        ("2025-06-30T16:59:59Z", ["D1"]),
        ("2025-06-30T17:00:00Z", ["001", "002"]),  # midnight in the city
        ("2019-12-31", []),
        ("2025-06-30/2025-07-01", ["001", "002", "D1"]),
        ("../2025-06-30", ["D1"]),
        ("/2025-06-30", ["D1"]),
        ("2025-07-01/..", ["001", "002"]),
        ("../..", ["001", "002", "D1"]),
    ],
)
def test_the_areas_of_a_day_are_those_that_were_the_law(client, history, when, expected):
    assert sorted(codes(client, **({"datetime": when} if when else {}))) == expected


def test_a_draft_is_nowhere(client, history):
    _past, draft = history
    secret = draft.areas.get()
    assert codes(client, datetime="../..", edition="draft") == []
    for address in (f"{AREAS}/{secret.pk}", f"{AREAS}/{secret.pk}?f=html"):
        assert client.get(address).status_code == 404
    for address in (
        f"{AREAS}?datetime=../..&limit=500",
        f"{AREAS}?f=html&datetime=../..",
        "/data/",
        "/ogc/collections/areas",
    ):
        assert b"Secret plan" not in client.get(address).content
    for ending in ("geojson", "csv"):
        body = b"".join(client.get(f"/data/areas.{ending}?datetime=../..").streaming_content)
        assert b"Harbour" in body
        assert b"Secret plan" not in body


def test_an_area_of_former_days_keeps_its_address(client, history):
    past, _draft = history
    answer = client.get(f"{AREAS}/{past.areas.get().pk}")
    assert answer.json()["properties"] == {
        "code": "D1",
        "name": "Harbour",
        "full_name": "Phường Harbour",
        "full_name_en": "Harbour Ward",
        "kind": "Phường",
        "level": "district",
        "parent": None,
        "declared_km2": None,
        "edition": "old",
        "approximate": False,
        "valid_from": "2020-01-01",
        "valid_to": "2025-07-01",
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"code": "002"}, ["002"]),
        ({"level": "ward"}, ["001", "002"]),
        ({"level": "city"}, []),
        ({"edition": "2025"}, ["001", "002"]),
    ],
)
def test_areas_by_their_properties(client, town, query, expected):
    assert codes(client, **query) == expected


# --- Coordinates


@pytest.mark.parametrize(
    "system", [CRS84, *map(EPSG.format, (4326, 3857, 32632)), "EPSG:32632", "urn:ogc:def:crs:EPSG::3857"]
)
def test_coordinates_are_those_of_the_system_in_its_own_order(client, town, system):
    answer = client.get(AREAS, {"crs": system, "code": "001"})
    corner = answer.json()["features"][0]["geometry"]["coordinates"][0][0][0]
    lon, lat = 10.0, 50.0
    srid = int(re.search(r"(\d+)$", system)[1])
    expected = {84: (lon, lat), 4326: (lat, lon)}.get(srid)
    if expected is None:
        from_gdal = town.old.shape.transform(srid, clone=True)
        assert corner == pytest.approx(from_gdal[0][0][0], abs=0.011)
    else:
        assert tuple(corner) == expected
    assert answer["Content-Crs"] == f"<{CRS84 if srid == 84 else EPSG.format(srid)}>"


@pytest.mark.deep
def test_a_single_feature_can_be_had_in_each_system_too(client, town):
    for system in client.get("/ogc/collections/areas").json()["crs"]:
        answer = client.get(f"{AREAS}/{town.old.pk}", {"crs": system})
        assert (answer.status_code, answer["Content-Crs"]) == (200, f"<{system}>")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"bbox": "10.001,50.001,10.002,50.002"}, ["001"]),
        ({"bbox": "10.01,50.001,10.01,50.002"}, ["001", "002"]),  # a line along the border
        ({"bbox": "10.015,50.005,10.015,50.005"}, ["002"]),  # a point
        ({"bbox": "11,51,12,52"}, []),
        ({"bbox": "-200,-100,200,100"}, ["001", "002"]),
        ({"bbox": "170,-90,10.005,90"}, ["001"]),  # over the date line
        ({"bbox": "50.001,10.001,50.002,10.002", "bbox-crs": EPSG.format(4326)}, ["001"]),
        ({"bbox": "1114000,6446300,1114100,6446400", "bbox-crs": EPSG.format(3857)}, ["001"]),
    ],
)
def test_a_box_in_any_system_finds_what_it_touches(client, town, query, expected):
    assert codes(client, **query) == expected


def test_a_box_in_metres_is_not_widened_by_its_bent_sides(client, town):
    """A box of the city's system, seen in degrees, is bent and turned; only what truly lies in it counts."""
    box = Polygon.from_bbox((10.0, 50.0, 10.02, 50.01))
    box.srid = 4326
    west, south, east, north = box.transform(32632, clone=True).extent
    shape = crs.box_in_degrees(west, south, east, north, crs.offered_systems()["EPSG:32632"])
    back = MultiPolygon(Polygon([*shape.exterior.coords]), srid=4326).transform(32632, clone=True)
    assert back.extent == pytest.approx((west, south, east, north), abs=0.01)
    assert back.area == pytest.approx((east - west) * (north - south), rel=1e-6)


# --- Questions that make no sense


@pytest.mark.usual_rows(16)
@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=-1", "limit=ten", "limit=", "limit=1.5", "limit=٣",
        "bbox=1,2,3", "bbox=a,b,c,d", "bbox=1,2,3,nan", "bbox=1,5,2,4", "bbox=1,2,3,4,5", "bbox=", "bbox=1e400,0,1,1",
        "bbox=1e300,0,2e300,1&bbox-crs=EPSG:32632", "bbox=2,0,1,1&bbox-crs=EPSG:32632", "bbox-crs=nothing",
        "crs=EPSG:1", "crs=4326", "crs=", "crs=EPSG:32632%07",
        "datetime=yesterday", "datetime=2024-13-01", "datetime=2025-01-02/2025-01-01", "datetime=", "datetime=a/b/c",
        "datetime=9999-12-31", "colour=red", "limit=1&limit=2", "level=street", "code=" + "x" * 300,
        "f=xml", "after=x", "after=99999999999999999999",
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_told(client, town, query):
    answer = client.get(f"{AREAS}?{query}")
    assert answer.status_code == 400
    body = answer.json()
    assert body.keys() == {"code", "description"}
    assert body["description"]


@pytest.mark.parametrize(
    "path", ["/ogc/", "/ogc/conformance", "/ogc/api", "/ogc/collections", "/ogc/collections/areas"]
)
def test_an_unknown_parameter_is_a_fault_everywhere(client, town, path):
    assert client.get(f"{path}?colour=red").status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/ogc/nothing",
        "/ogc/collections/streets",
        "/ogc/collections/streets/items",
        f"{AREAS}/nothing",
        f"{AREAS}/0",
        f"{AREAS}/{10**30}",
    ],
)
def test_what_is_not_there_is_404_in_the_form_of_the_standard(client, town, path):
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "NotFound")


def test_more_than_may_be_is_as_many_as_may_be(client, town):
    assert client.get(f"{AREAS}?limit=100000").json()["numberReturned"] == 2


def test_without_a_city_there_is_nothing_but_no_error(client, db):
    for path in (
        "/ogc/",
        "/ogc/api",
        "/ogc/collections",
        AREAS,
        "/data/",
        "/tiles/areas.json",
        "/tiles/incidents.json",
    ):
        assert client.get(path).status_code == 200


NAMES = ["bbox", "bbox-crs", "datetime", "crs", "limit", "after", "f", "code", "level", "edition", "state", "late", "x"]
PIECES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["2025-01-01", "..", "10,50,11,51", "CRS84", "EPSG:3857", "true", "open", "1", "json", "html"]),
    st.lists(st.floats().map(str) | st.integers().map(str), max_size=6).map(",".join),
    st.tuples(st.datetimes().map(lambda at: at.isoformat()) | st.just(".."), st.dates().map(str) | st.just("")).map(
        "/".join
    ),
)


@given(
    query=st.dictionaries(st.sampled_from(NAMES), PIECES, max_size=5),
    name=st.sampled_from(["areas", "incidents", "cameras"]),
)
def test_no_question_is_an_error_of_ours(query, name, everything):
    answer = everything.get(f"/ogc/collections/{name}/items?{urlencode(query)}")
    assert answer.status_code in (200, 400)


@given(
    query=st.dictionaries(st.sampled_from([*NAMES, "from", "to", "collection"]), PIECES, max_size=4),
    ending=st.sampled_from(["csv", "geojson"]),
)
def test_nor_for_a_file(query, ending, everything):
    rate_limits.buckets.clear()  # all examples are one client's, at one moment
    answer = everything.get(f"/data/areas.{ending}?{urlencode(query)}")
    assert answer.status_code in (200, 400)
    assert not answer.streaming or b"".join(answer.streaming_content)
    assert everything.get(f"/data/?{urlencode(query)}").status_code == 200


@pytest.fixture
def everything(client, town):
    client.raise_request_exception = True
    factories.incident(town.hole)
    return client


def test_a_selection_knows_what_it_means(town):
    selected = selection.read_selection(
        open_data.registered["areas"], QueryDict("bbox=10.001,50.001,10.002,50.002&level=ward&crs=EPSG:3857")
    )
    assert (selected.count(), selected.system.srid, selected.filters) == (1, 3857, {"level": "ward"})
