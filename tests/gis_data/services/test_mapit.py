"""Test every MapIt call on a town whose one district ended when two wards began.

1 Jan 2020 … 30 Jun 2025   the district "01" (10.00 … 10.02 °E)
from 1 July 2025           the wards "001" and "002"; a third one, "009", is a draft
"""

import datetime
import json
from types import SimpleNamespace

import httpx
import pytest
import shapely
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.db.backends.postgresql.psycopg_any import DateRange
from hypothesis import given
from hypothesis import strategies as st

from gis_data import sql
from gis_data.models import Area, Edition, Level, Succession
from gis_data.services import mapit
from tests import factories

WARDS, DISTRICTS = 20250701, 20200101  # the generations


@pytest.fixture
def land(town):
    return land_of(town)


def land_of(town):
    """The town with the district of before and a draft."""
    before = Edition.objects.create(
        city=town.city,
        level=Level.DISTRICT,
        code="2020",
        name="2020",
        in_force=DateRange(datetime.date(2020, 1, 1), datetime.date(2025, 7, 1)),
    )
    district = factories.area(before, "01", "Harbour District", (10.0, 50.0, 10.02, 50.01))
    draft = Edition.objects.create(city=town.city, level=Level.WARD, code="next", name="next")
    dreamt = factories.area(draft, "009", "Dreamt Wharf", (10.0, 50.0, 10.02, 50.01))
    for edition in (before, draft):
        sql.execute("subdivide", edition=edition.pk)
    for old, new, share_old, share_new in (
        (district, town.old, 0.5, 1),
        (district, town.new, 0.5, 1),
        (town.old, dreamt, 1, 0.5),
    ):
        Succession.objects.create(old=old, new=new, km2=0.79, share_old=share_old, share_new=share_new)
    return SimpleNamespace(
        old=town.old.pk,
        new=town.new.pk,
        district=district.pk,
        dreamt=dreamt.pk,
        city=town.city,
        whole=10**9 + town.city.pk,
    )


@pytest.fixture
def ask(client, land):
    """Return `ask("area/{old}", at=…)`, the JSON of an answer; braces hold names of `land`."""

    def answer(path, status=200, **query):
        response = client.get(f"/mapit/{path.format(**vars(land))}", query)
        assert (response.status_code, response["Access-Control-Allow-Origin"]) == (status, "*"), response.content
        return json.loads(response.content)

    return answer


def official(areas_found):
    """Return the codes of areas without the city, which covers all."""
    assert all(key == str(area["id"]) for key, area in areas_found.items())
    return sorted(area["codes"]["official"] for area in areas_found.values() if area["type"] != "CITY")


def test_an_area_as_mapit_says_it(ask, land):
    area = {
        "id": land.old,
        "name": "Phường Old Wharf",
        "parent_area": land.whole,
        "type": "WARD",
        "type_name": "Ward",
        "country": "",
        "country_name": "-",
        "generation_low": WARDS,
        "generation_high": WARDS,
        "codes": {"official": "001"},
        "all_names": {},
        "valid_from": "2025-07-01",
        "valid_to": None,
    }
    assert ask("point/4326/10.005,50.005", type="WARD") == {str(land.old): area}
    assert ask("areas/{old}") == {str(land.old): area}
    assert ask("area/{old}") == area | {
        "all_names": {
            "full": ["Full name", "Phường Old Wharf"],
            "short": ["Name without its kind", "Old Wharf"],
            "en": ["English", "Old Wharf Ward"],
        },
        "predecessors": [
            {
                "id": land.district,
                "name": "Phường Harbour District",
                "codes": {"official": "01"},
                "share": 1.0,
                "share_of_the_other": 0.5,
                "km2": 0.79,
            }
        ],
        "successors": [],  # what a draft would make of it is nobody's business
    }


def test_an_area_that_is_no_more_says_what_became_of_it(ask, land):
    district = ask("area/{district}.json")
    assert (district["type"], district["valid_from"], district["valid_to"]) == ("DISTRICT", "2020-01-01", "2025-06-30")
    assert (district["generation_low"], district["generation_high"]) == (DISTRICTS, DISTRICTS)
    assert [
        (successor["id"], successor["share"], successor["share_of_the_other"]) for successor in district["successors"]
    ] == [
        (land.old, 0.5, 1.0),
        (land.new, 0.5, 1.0),
    ]
    assert district["predecessors"] == []


@pytest.mark.usual_rows(16)
@pytest.mark.parametrize(
    ("path", "query", "codes"),
    [
        ("point/4326/10.005,50.005", {}, ["001"]),
        ("point/4326/1e1,50.005.json", {}, ["001"]),
        ("point/4326/10.01,50.005", {}, ["001", "002"]),  # a border lies in both
        ("point/4326/11,51", {}, []),
        ("point/4326/10.005,50.005", {"type": "WARD"}, ["001"]),
        ("point/4326/10.005,50.005", {"type": "DISTRICT,WARD"}, ["001"]),
        ("point/4326/10.005,50.005", {"type": "DISTRICT"}, []),
        ("point/4326/10.005,50.005", {"type": "CASTLE"}, []),
        ("point/4326/10.005,50.005", {"country": "E"}, []),
        ("point/4326/10.005,50.005", {"at": "2025-06-30"}, ["01"]),
        ("point/4326/10.005,50.005", {"at": "2025-07-01"}, ["001"]),
        ("point/4326/10.005,50.005", {"at": "2019-12-31"}, []),
        ("point/4326/10.005,50.005", {"generation": WARDS}, ["001"]),
        ("point/4326/10.005,50.005", {"generation": DISTRICTS, "at": "2026-01-01"}, ["01"]),
        ("point/4326/10.005,50.005", {"generation": "20250702"}, []),
        ("point/4326/10.005,50.005", {"generation": "0"}, []),
        ("point/4326/10.005,50.005", {"min_generation": DISTRICTS}, ["001", "01"]),
        ("point/4326/10.005,50.005", {"min_generation": WARDS}, ["001"]),
        ("point/4326/10.005,50.005", {"max_generation": DISTRICTS}, ["01"]),
        ("point/4326/10.0201,50.005", {"within": "10"}, ["002"]),
        ("point/4326/10.0201,50.005", {"within": "5"}, []),  # it is 7 m away
        ("point/4326/10.0201,50.005", {"within": "10", "at": "2021-01-01"}, ["01"]),
        ("point/4326/10.005,50.005/box", {}, ["001"]),
        ("point/32632/571975,5539396", {}, ["001"]),
        ("areas/{old},{new},{dreamt},999999", {}, ["001", "002"]),
        ("areas/{old},{district}", {}, ["001", "01"]),  # whatever their generation
        ("areas/{old},{district}", {"generation": DISTRICTS}, ["001", "01"]),
        ("areas/{old},{district}", {"at": "2021-01-01"}, ["01"]),
        ("areas/WARD", {}, ["001", "002"]),
        ("areas/WARD,DISTRICT", {}, ["001", "002"]),
        ("areas/DISTRICT", {"generation": DISTRICTS}, ["01"]),
        ("areas/DISTRICT.json", {"at": "2024-06-30"}, ["01"]),
        ("areas/CASTLE", {}, []),
        ("areas/phường old", {}, ["001"]),
        ("areas/new wh", {}, ["002"]),
        ("areas/PHƯỜNG ", {"min_generation": "1"}, ["001", "002", "01"]),
        ("areas/%25", {}, []),
        ("areas/_ld", {}, []),
        ("area/{old}/touches", {}, ["002"]),
        ("area/{old}/touches", {"type": "DISTRICT"}, []),
        ("area/{old}/overlaps", {}, []),
        ("area/{old}/intersects", {}, ["002"]),
        ("area/{district}/covers", {}, ["001", "002"]),
        ("area/{district}/coverlaps", {}, ["001", "002"]),
        ("area/{old}/covered", {}, []),
        ("area/{old}/covered", {"type": "DISTRICT", "at": "2025-06-30"}, ["01"]),
        ("area/{old}/covered", {"generation": DISTRICTS}, ["01"]),
        ("area/{old}/children", {}, []),
    ],
)
def test_which_areas_are_meant(ask, path, query, codes):
    assert official(ask(path, **query)) == codes


@pytest.mark.usual_rows(12)
@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("point/4326/nan,50", {}, 400),
        ("point/4326/inf,50", {}, 400),
        ("point/4326/181,50", {}, 400),
        ("point/4326/10,91", {}, 400),
        ("point/4326/a,b", {}, 400),
        ("point/4326/1,2,3", {}, 400),
        ("point/4326/10,50", {"generation": "x"}, 400),
        ("point/4326/10,50", {"generation": "9" * 30}, 400),
        ("point/4326/10,50", {"min_generation": "-1"}, 400),
        ("point/4326/10,50", {"at": "yesterday"}, 400),
        ("point/4326/10,50", {"at": "2025-13-01"}, 400),
        ("point/4326/10,50", {"within": "1001"}, 400),
        ("point/4326/10,50", {"within": "-1"}, 400),
        ("point/4326/10,50", {"within": "near"}, 400),
        ("point/4326/10,50/box", {"within": "5"}, 400),
        ("point/1/10,50", {}, 400),
        ("point/4978/10,50", {}, 400),  # the middle of the earth: three axes
        ("point/99999999999999/10,50", {}, 400),
        ("point/32632/1e300,50", {}, 400),
        ("area/abc", {}, 400),
        ("area/-1", {}, 400),
        ("area/999999", {}, 404),
        ("area/{dreamt}", {}, 404),
        ("area/{dreamt}/geometry", {}, 404),
        ("area/{dreamt}.geojson", {}, 404),
        ("area/{dreamt}/children", {}, 404),
        ("area/{dreamt}/touches", {}, 404),
        ("area/" + "9" * 40, {}, 404),
        ("area/{district}", {"at": "2026-01-01"}, 404),
        ("area/{old}", {"at": "1"}, 400),
        ("area/{old}/example_postcode", {}, 404),
        ("area/{old}/surrounds", {}, 404),
        ("area/1/{old}.wkt", {}, 400),
        ("area/{old}.geojson", {"simplify_tolerance": "much"}, 400),
        ("area/{old}.geojson", {"simplify_tolerance": "-1"}, 400),
        ("area/{old}.geojson", {"simplify_tolerance": "1"}, 400),  # nothing is left
        ("areas/{dreamt}.geojson", {}, 404),
        ("areas/CASTLE.geojson", {}, 404),
        ("areas/WARD.kml", {}, 404),  # there is no KML
        ("areas/{old},{new}.kml", {}, 404),
        ("areas/Old Wharf.kml", {}, 404),
        ("areas/4326/{old}.kml", {}, 404),
        ("area/{old}.kml", {}, 404),
        ("area/4326/{old}.kml", {}, 404),
        ("area/{old}/touches.kml", {}, 404),
        ("area/{old}.html", {}, 404),
        ("areas/WARD.map.html", {}, 404),
        ("point/4326/10.005,50.005.kml", {}, 404),
        ("code/official/001.kml", {}, 404),
        ("areas", {}, 400),
        ("areas/" + ",".join("1" * 1001), {}, 400),
        ("code/official/999", {}, 404),
        ("code/postal/001", {}, 404),
        ("code/official/001", {"min_generation": "x"}, 400),
        ("postcode/SW1A1AA", {}, 404),
        ("nearest/4326/10,50", {}, 404),
        ("a\nb", {}, 404),
    ],
)
def test_a_bad_question_is_answered_in_mapits_way(ask, path, query, status):
    body = ask(path, status, **query)
    assert body == {"error": body["error"], "code": status}
    assert body["error"]


def test_a_draft_is_nowhere(ask, land):
    """Not even for those who know its number."""
    assert official(ask("areas/{dreamt}")) == []
    assert ask("areas/{dreamt}/geometry") == {}
    assert official(ask("point/4326/10.005,50.005", min_generation="0")) == ["001", "01"]
    assert official(ask("area/{district}/intersects", min_generation="0")) == ["001", "002"]
    assert list(ask("generations")) == [str(DISTRICTS), str(WARDS)]


def test_generations_are_the_days_on_which_the_law_changed(ask, land):
    to_come = DateRange(datetime.date(2990, 1, 1), None)
    Edition.objects.create(city=land.city, level=Level.DISTRICT, code="2990", name="2990", in_force=to_come)
    assert ask("generations") == {
        "20200101": {"id": 20200101, "active": True, "created": "2020-01-01T00:00:00", "description": "2020"},
        "20250701": {"id": 20250701, "active": True, "created": "2025-07-01T00:00:00", "description": "2025"},
        "29900101": {"id": 29900101, "active": False, "created": "2990-01-01T00:00:00", "description": "2990, 2025"},
    }
    area = ask("area/{old}")
    assert (area["generation_low"], area["generation_high"]) == (20250701, 29900101)


def test_law_since_ever_is_generation_0(ask, land):
    Edition.objects.filter(code="2020").update(in_force=DateRange(None, datetime.date(2025, 7, 1)))
    assert ask("generations")["0"] == {"id": 0, "active": True, "created": None, "description": "2020"}
    (area,) = ask("point/4326/10.005,50.005", generation=0, type="DISTRICT").values()
    assert (area["generation_low"], area["valid_from"], area["valid_to"]) == (0, None, "2025-06-30")
    assert official(ask("areas/DISTRICT", generation=0)) == ["01"]


def test_the_types_of_areas_codes_and_names(ask):
    assert ask("types.json") == {
        "area": {"CITY": "City", "DISTRICT": "District", "WARD": "Ward"},
        "code": {"official": "Official code"},
        "name": {"full": "Full name", "short": "Name without its kind", "en": "English"},
    }


def test_children_are_those_of_whom_it_is_the_parent(ask, land, town):
    town.old.parent_id = land.district
    town.old.save(update_fields=["parent"])
    assert official(ask("area/{district}/children")) == ["001"]
    assert official(ask("area/{district},{new}/children", type="WARD")) == ["001"]
    assert official(ask("area/{district}/children", generation=DISTRICTS)) == []
    assert ask("area/{district}/children.geojson")["features"][0]["properties"]["parent_area"] == land.district


def test_city_is_an_area_where_no_edition_has_it(ask, land):
    whole = ask("area/{whole}")
    assert (whole["type"], whole["name"], whole["parent_area"]) == ("CITY", land.city.name, None)
    assert (whole["codes"], whole["valid_from"], whole["valid_to"]) == (
        {"official": land.city.code},
        "2020-01-01",
        None,
    )
    assert (whole["generation_low"], whole["generation_high"]) == (DISTRICTS, WARDS)
    brief = whole | {"all_names": {}}
    for relation in ("predecessors", "successors"):
        assert brief.pop(relation) == []
    only = {str(land.whole): brief}
    assert ask("areas/CITY") == ask("areas/{whole}") == ask("point/4326/10.005,50.005", type="CITY") == only
    assert ask("point/4326/10.005,50.005", type="CITY", at="2021-01-01") == only
    assert ask("point/4326/10.0201,50.005", type="CITY", within="10") == only
    assert ask("area/{old}/covered", type="CITY") == only
    assert ask("point/4326/11,51") == ask("areas/CITY", at="2019-12-31") == ask("area/{whole}/covered") == {}
    assert official(ask("area/{whole}/children")) == official(ask("area/{whole}/covers")) == ["001", "002"]
    assert official(ask("area/{whole}/children", at="2024-06-30")) == ["01"]


def test_shape_of_the_city_is_that_of_its_areas(client, land):
    shape = shapely.from_geojson(client.get(f"/mapit/area/{land.whole}.geojson").content)
    assert shape.equals(shapely.box(10.0, 50.0, 10.02, 50.01))
    collection = client.get(f"/mapit/areas/32632/{land.whole},{land.old}.geojson").json()
    assert [feature["properties"]["id"] for feature in collection["features"]] == [land.whole, land.old]
    assert shapely.from_geojson(json.dumps(collection["features"][0]["geometry"])).bounds[0] > 500_000


@pytest.mark.parametrize("how", ["moves", "comes"])
def test_shape_of_the_city_follows_each_area(client, land, how):
    def bounds():
        return shapely.from_geojson(client.get(f"/mapit/area/{land.whole}.geojson").content).bounds

    assert bounds() == (10.0, 50.0, 10.02, 50.01)
    if how == "moves":
        Area.objects.filter(pk=land.new).update(
            shape=MultiPolygon(Polygon.from_bbox((10.01, 50.0, 10.03, 50.01)), srid=4326)
        )
    else:
        factories.area(Area.objects.get(pk=land.new).edition, "003", "Far Wharf", (10.02, 50.0, 10.03, 50.01))
    assert bounds() == (10.0, 50.0, 10.03, 50.01)


def test_edition_of_cities_takes_the_place_of_the_derived_one(ask, land):
    edition = Edition.objects.create(
        city=land.city, level=Level.CITY, code="c", name="c", in_force=DateRange(datetime.date(2025, 7, 1), None)
    )
    own = factories.area(edition, "7", "Whole", (10.0, 50.0, 10.02, 50.01))
    sql.execute("subdivide", edition=edition.pk)
    assert list(ask("areas/CITY")) == list(ask("point/4326/10.005,50.005", type="CITY")) == [str(own.pk)]
    assert ask("area/{whole}", 404)["code"] == 404


def test_overview_says_what_there_is(ask, client, land):
    overview = ask("overview")
    assert overview["types"] == {"CITY": 1, "DISTRICT": 0, "WARD": 2}
    assert list(overview["generations"]) == [str(DISTRICTS), str(WARDS)]
    assert "areas/{id},{id}.geojson" in overview["calls"]
    begin = client.get("/mapit/", follow=True)
    assert (begin.redirect_chain, begin.json()) == ([("/mapit/overview", 302)], overview)


def test_a_place_in_a_system_of_vietnam(client, town):
    """VN-2000 / TM-3 zone 482, which the register writes northing first: here x is always the easting."""
    south = Edition.objects.create(
        city=town.city, level=Level.DISTRICT, code="s", name="s", in_force=DateRange(datetime.date(2025, 7, 1), None)
    )
    factories.area(south, "77", "South", (106.69, 10.76, 106.71, 10.78))
    sql.execute("subdivide", edition=south.pk)
    areas_found = client.get("/mapit/point/5897/685000,1191000").json()
    assert official(areas_found) == ["77"]
    (south,) = (pk for pk, area in areas_found.items() if area["type"] == "DISTRICT")
    shape = shapely.from_geojson(client.get(f"/mapit/area/5897/{south}.geojson").content)
    assert shape.contains(shapely.Point(685000, 1191000))
    assert 2185 < shape.bounds[2] - shape.bounds[0] < 2210  # metres: 0.02° at 10.77° north


@pytest.mark.parametrize(
    ("path", "moved"),
    [
        ("point/latlon/50.005,10.005", "/mapit/point/4326/10.005,50.005"),
        ("point/latlon/50,10.geojson?type=WARD;at=2026-1-1", "/mapit/point/4326/10,50.geojson?type=WARD&at=2026-1-1"),
        ("point/osgb/1,2", "/mapit/point/27700/1,2"),
        ("code/official/001", "/mapit/area/{old}"),
        ("code/official/001.geojson", "/mapit/area/{old}.geojson"),
        ("code/official/01?generation=20200101", "/mapit/area/{district}"),
    ],
)  # fmt: skip
def test_some_calls_are_sent_on(client, land, path, moved):
    answer = client.get(f"/mapit/{path}")
    assert (answer.status_code, answer["Location"]) == (302, moved.format(**vars(land)))


def test_a_code_of_several_areas_asks_which(client, land, town):
    Edition.objects.filter(code="2020").update(in_force=DateRange(datetime.date(2020, 1, 1), None))
    factories.area(Edition.objects.get(code="2020"), "001", "Other", (10.0, 50.0, 10.02, 50.01))
    assert client.get("/mapit/code/official/001").status_code == 400
    assert client.get("/mapit/code/official/001?type=WARD")["Location"] == f"/mapit/area/{land.old}"


def test_shapes_in_every_form(client, land):
    box = shapely.box(10.0, 50.0, 10.01, 50.01)
    for path in ("area/{old}.geojson", "area/4326/{old}.geojson", "area/4326/{old}.json"):
        assert shapely.from_geojson(client.get(f"/mapit/{path}".format(old=land.old)).content).equals(box)
    text = client.get(f"/mapit/area/{land.old}.wkt")
    assert text["Content-Type"] == "text/plain"
    assert shapely.from_wkt(text.content.decode()).equals(box)
    collection = client.get("/mapit/areas/WARD.geojson").json()
    assert [feature["properties"]["codes"]["official"] for feature in collection["features"]] == ["001", "002"]
    assert collection["features"][0]["properties"] == client.get("/mapit/areas/WARD").json()[str(land.old)]


def test_a_simplified_shape_keeps_to_its_tolerance(client, land, town):
    round_one = Point(10.005, 50.005, srid=4326).buffer(0.004, 64)
    town.old.shape = MultiPolygon(round_one, srid=4326)
    town.old.save(update_fields=["shape"])
    path = f"/mapit/area/{land.old}.wkt"
    whole, simple = (
        shapely.from_wkt(client.get(path, query).content.decode()) for query in ({}, {"simplify_tolerance": "0.0005"})
    )
    assert shapely.get_num_coordinates(whole) > 200 > 20 > shapely.get_num_coordinates(simple)
    assert whole.hausdorff_distance(simple) <= 0.0005


def test_the_measures_of_a_shape(ask, land):
    measures = ask("area/{old}/geometry")
    assert ask("areas/{old},{dreamt}/geometry") == {str(land.old): measures}
    degrees = {key: measures[key] for key in measures if key.endswith(("lon", "lat", "parts", "srid_en"))}
    assert degrees == {
        "parts": 1, "min_lon": 10.0, "min_lat": 50.0, "max_lon": 10.01, "max_lat": 50.01,
        "centre_lon": pytest.approx(10.005), "centre_lat": pytest.approx(50.005), "srid_en": 32632,
    }  # fmt: skip
    assert measures["area"] == pytest.approx(797_000, rel=0.01)  # 1.11 km by 0.72 km
    assert measures["max_n"] - measures["min_n"] == pytest.approx(1_120, abs=10)
    assert measures["min_e"] < measures["centre_e"] < measures["max_e"]


def test_too_many_corners_are_not_answered_at_once(ask, monkeypatch):
    monkeypatch.setattr(mapit, "CORNERS", 9)
    assert len(ask("areas/{old}.geojson")["features"]) == 1
    assert "too much" in ask("areas/WARD.geojson", 400)["error"]


@pytest.mark.server_limit
def test_a_comparison_of_shapes_ends_after_its_time(ask, town, monkeypatch):
    for area, x in ((town.old, 10.004), (town.new, 10.006)):
        area.shape = MultiPolygon(Point(x, 50.005, srid=4326).buffer(0.004, 20_000), srid=4326)
        area.save(update_fields=["shape"])
    assert official(ask("area/{old}/overlaps")) == ["002"]
    monkeypatch.setattr(mapit, "MILLISECONDS", 1)
    assert "took too long" in ask("area/{old}/overlaps", 503)["error"]


def test_answers_may_be_kept_for_an_hour(client, land):
    assert client.get("/mapit/areas/WARD")["Cache-Control"] == "public, max-age=3600"
    assert not client.get("/mapit/area/0").has_header("Cache-Control")


def test_a_look_up_is_one_question_to_the_database(client, land, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get("/mapit/point/4326/10.005,50.005")
    with django_assert_num_queries(1):
        client.get("/mapit/areas/WARD")


def test_areas_are_only_read(client, land):
    assert client.post("/mapit/areas/WARD").json() == client.get("/mapit/areas/WARD").json()
    for call in (client.put, client.delete, client.patch):
        assert (call("/mapit/areas/WARD").status_code, call("/mapit/areas/WARD").json()["code"]) == (405, 405)


texts = st.text(max_size=12) | st.sampled_from(
    ["point", "area", "areas", "code", "official", "4326", "9210", "10.005,50.005", "WARD", "geometry", "children",
     "covers", "box", "1,2", "0", "9" * 20, ".kml", "1.geojson", "generations", "\0", "%", "a.map.html"]
)  # fmt: skip
names = st.sampled_from(["type", "generation", "min_generation", "max_generation", "at", "within", "country", "URL"])


@given(parts=st.lists(texts, max_size=4), query=st.dictionaries(names, texts, max_size=3))
def test_no_address_breaks_it(client, town, parts, query):
    address = "/mapit/" + "/".join(parts)
    assert client.get(address, query).status_code in (200, 302, 400, 404)
    assert client.post(address, query, content_type="application/x-www-form-urlencoded").status_code in (
        200,
        302,
        400,
        404,
    )


@pytest.mark.django_db(transaction=True)
def test_fixmystreets_client_gets_what_it_asks_for(live_server):
    """Its calls in the order of its pages, written as its Perl client writes them: `;` between what is asked."""
    land = land_of(factories.town())

    def call(path, **parameters):
        """A long list does not fit into an address: then it is sent in a body, without it in the address."""
        base, _slash, params = path.partition("/") if path.startswith("areas") else (path, "", "")
        query = ";".join(f"{name}={text}" for name, text in parameters.items())
        address = f"{live_server.url}/mapit/"
        if len(address + path) > 1024:
            answer = httpx.post(
                address + base,
                content=";".join(filter(None, [f"URL={params}", query])),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
            )
        else:
            answer = httpx.get(f"{address}{path}{'?' if query else ''}{query}")
        return answer.json()

    # The staff set up bodies: all areas of the types that the site covers, by name.
    every = call("areas/WARD,DISTRICT", generation=WARDS)
    assert {area["name"]: area["type"] for area in every.values()} == {
        "Phường Old Wharf": "WARD",
        "Phường New Wharf": "WARD",
    }
    # A citizen sets a pin: which areas is it in, and has a body one of them?
    (pin,) = call("point/4326/10.005,50.005", type="WARD,DISTRICT", generation=WARDS).values()
    assert every[str(pin["id"])] == pin
    # Its page of a ward; the outline goes onto its map.
    assert call(f"area/{land.old}")["name"] == "Phường Old Wharf"
    assert call(f"area/{land.old}.geojson")["type"] == "MultiPolygon"
    assert call(f"area/{land.old}/children", type="WARD", generation=WARDS) == {}
    assert list(call(f"area/{land.district}/covers", type="WARD")) == [str(land.old), str(land.new)]
    assert call(f"area/{land.old}/covered", type="DISTRICT", generation=DISTRICTS) == call(f"areas/{land.district}")
    # An example for its front page: there are no postcodes here.
    assert call(f"area/{land.old}/example_postcode")["code"] == 404
    # Alerts: the wards that a person follows, however many and however old.
    followed = ",".join([str(land.old), str(land.district), *["999999"] * 200])
    assert list(call(f"areas/{followed}", generation=WARDS)) == [str(land.district), str(land.old)]
    # A pin at sea.
    assert call("point/4326/11,51", type="WARD") == {}
