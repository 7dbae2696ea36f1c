"""Test a pack of two levels: six bairros in two districts of the invented city.

The district Norte holds what lies north of 20.01 °S (101, 102, 103, 106), Sul the rest (104, 105).
"""

import json
from dataclasses import replace
from datetime import date, timedelta

import geopandas
import pytest
import shapely
from django.contrib.gis.geos import Point
from django.core.management import CommandError
from django.utils import translation
from django.utils.timezone import localdate, now

from gis_data.addresses.geocode import locate
from gis_data.addresses.suggest import suggest
from gis_data.models import Area, Edition, Level
from gis_data.services import tiles
from incidents import access
from incidents.analytics import overview, statistics
from incidents.escalation import digest, reminders
from incidents.map import public_map
from incidents.models import Authority, Category, Incident, Membership
from incidents.routing import check, rules
from incidents.templatetags import receipts
from incidents.views.lead import lead_pages
from tests import factories
from tests.gis_data.editions.test_importing import folder, load_city, load_places, rewrite, shapes  # noqa: F401

EDITION = """
[[editions]]
code = "distritos"
name = "2 distritos (desde 2024)"
level = "district"
from = 2024-01-01
units = "districts.csv"

[[editions.data]]
file = "distritos.geojson"
code = "codigo"
licence = "CC0-1.0"
attribution = "Distritos: inventados"
"""
DISTRICTS = """code,name,full_name,full_name_en,kind,lon,lat,declared_km2
N,Norte,Distrito Norte,North District,Distrito,-49.985,-20.005,
S,Sul,Distrito Sul,South District,Distrito,-49.985,-20.015,
"""
AUTHORITIES = """distrito-n,DISTRICT,Distrito Norte,North District,N,
distrito-s,DISTRICT,Distrito Sul,South District,S,
"""
RULES = """VIA.2,N,distrito-n,No norte o lixo é do distrito.,In the north waste is the district's.
VIA.2,102,local,Em Conceição o lixo é do posto.,In Conceição waste is the office's.
AGU.3,S,local,No sul a conta é do local.,In the south bills are the local unit's.
"""
NORTH, SOUTH = ["101", "102", "103", "106"], ["104", "105"]
PARENTS = {"101": "N", "102": "N", "103": "N", "106": "N", "104": "S", "105": "S"}


@pytest.fixture
def city(folder):  # noqa: F811 - the fixture of the pack with one level
    """A pack with both levels, the deeper one first in city.toml."""
    rewrite(folder, "city.toml", "\n[former_units]", f"{EDITION}\n[former_units]")
    rewrite(folder, "categories.csv", 'WARD,"entulho', 'WARD DISTRICT,"entulho')
    (folder / "districts.csv").write_text(DISTRICTS)
    draw(folder, N=NORTH, S=SOUTH)
    for name, lines in (("authorities.csv", AUTHORITIES), ("routing.csv", RULES)):
        with (folder / name).open("a") as file:
            file.write(lines)
    return folder


def draw(folder, **districts):  # noqa: F811
    """Write the districts' file: unions of bairros by code, or other shapes."""
    bairros = shapes().set_index("codigo").geometry
    land = [shapely.union_all([bairros.get(part, part) for part in parts]) for parts in districts.values()]
    table = geopandas.GeoDataFrame({"codigo": list(districts)}, geometry=land, crs=4326)
    (folder / "distritos.geojson").unlink(missing_ok=True)
    table.to_file(folder / "distritos.geojson")


def name_parents(folder, parents, name="areas.csv"):  # noqa: F811
    """Add a column `parent` to areas.csv."""
    first, *lines = (folder / name).read_text().splitlines()
    rows = [f"{line},{parents.get(line.split(',')[0], '')}" for line in lines]
    (folder / name).write_text("\n".join([f"{first},parent", *rows, ""]))


def parents():
    areas = Area.objects.filter(level=Level.WARD, edition__in_force__contains=date(2026, 1, 1))
    return dict(areas.values_list("code", "parent__code"))


def unit_at(lon, lat, category):
    located = locate(Point(lon, lat, srid=4326))
    return rules.find_route(Category.objects.get(code=category), located).authority.code


# --- what is loaded


@pytest.mark.django_db
def test_both_levels_are_loaded_with_parents_by_their_land(city):
    output = load_city(city)

    assert "Areas             8" in output
    assert parents() == PARENTS
    assert locate(Point(-49.995, -20.005, srid=4326)).areas == tuple(
        Area.objects.filter(code__in=["101", "N"]).order_by("code")
    )
    assert [area.code for area in locate(Point(-49.985, -20.015, srid=4326)).areas] == ["105", "S"]


@pytest.mark.django_db
def test_the_order_of_editions_in_city_toml_does_not_count(city):
    text = (city / "city.toml").read_text().replace(EDITION, "")
    (city / "city.toml").write_text(text.replace("\n[[editions]]", f"{EDITION}\n[[editions]]", 1))

    load_city(city)

    assert parents() == PARENTS
    assert unit_at(-49.995, -20.005, "VIA.2") == "distrito-n"


@pytest.mark.django_db
def test_a_parent_named_in_areas_csv_is_taken(city):
    name_parents(city, {"103": "N", "104": "S"})

    load_city(city)

    assert parents() == PARENTS


@pytest.mark.django_db
def test_a_parent_named_by_an_attribute_is_taken(city):
    rewrite(city, "city.toml", 'file = "bairros.geojson"', 'file = "bairros.geojson"\nparent = "distrito"')
    drawn = json.loads((city / "bairros.geojson").read_text())
    for feature in drawn["features"]:
        feature["properties"]["distrito"] = {"101": "N", "104": "X"}.get(feature["properties"]["codigo"])
    (city / "bairros.geojson").write_text(json.dumps(drawn))

    with pytest.raises(CommandError, match=r"Bairro Pé da Serra .104.: there is no area X above it, on its days."):
        load_city(city)

    name_parents(city, {"104": "S"})  # the list of units counts, not the file
    load_city(city)
    assert parents() == PARENTS


@pytest.mark.django_db
def test_faults_of_parents_are_told_at_once_and_load_nothing(city):
    draw(city, N=NORTH, S=["104"])
    name_parents(city, {"101": "S", "102": "X"})

    with pytest.raises(CommandError) as refused:
        load_city(city)

    assert str(refused.value).splitlines()[1:] == [
        "  Bairro Açude (101): its parent is to be S, but most of it lies in N.",
        "  Bairro Conceição (102): there is no area X above it, on its days.",
        "  Bairro Água Clara (105): no area above it has most of its land; name its parent.",
    ]
    assert not Edition.objects.exists()


@pytest.mark.django_db
def test_a_named_parent_may_have_less_than_half_of_the_land(city):
    draw(city, N=NORTH, S=["104", shapely.box(-49.99, -20.02, -49.984, -20.01)])
    name_parents(city, {"105": "S"})

    load_city(city)

    assert parents() == PARENTS


@pytest.mark.django_db
def test_a_parent_in_a_pack_of_one_level_is_refused(folder):  # noqa: F811
    name_parents(folder, {"101": "N"})

    with pytest.raises(CommandError, match=r"Bairro Açude .101.: there is no area N above it, on its days."):
        load_city(folder)


@pytest.mark.django_db
def test_a_code_of_both_levels_is_refused(city):
    rewrite(city, "districts.csv", "S,Sul", "105,Sul")
    draw(city, **{"N": NORTH, "105": SOUTH})

    with pytest.raises(CommandError, match=r"The code 105 stands in areas.csv and in districts.csv\."):
        load_city(city)


@pytest.mark.django_db
def test_a_district_that_is_gone_takes_no_ward_with_it(city):
    load_places(city)
    before = Area.objects.get(code="105").pk
    rewrite(city, "districts.csv", "S,Sul", "Z,Sul")
    draw(city, N=NORTH, Z=SOUTH)

    load_places(city)

    assert Area.objects.get(code="105").pk == before
    assert parents() == PARENTS | {"104": "Z", "105": "Z"}


@pytest.mark.django_db
def test_districts_that_ended_before_are_no_parents(city):
    rewrite(
        city,
        "city.toml",
        'level = "district"\nfrom = 2024-01-01',
        'level = "district"\nfrom = 2020-01-01\nto = 2024-01-01',
    )

    with pytest.raises(CommandError, match=r"authorities.csv line 6: there is no area N."):
        load_city(city)
    assert load_places(city).areas.keys() == PARENTS.keys()
    assert set(parents().values()) == {None}


@pytest.mark.django_db
@pytest.mark.parametrize(("day", "standing"), [("2025-01-01", "distritos"), ("2999-01-01", "antes")])
def test_the_districts_of_today_are_the_parents(city, day, standing):
    earlier = EDITION.replace('code = "distritos"', 'code = "antes"').replace("units =", f"to = {day}\nunits =")
    rewrite(city, "city.toml", EDITION, f"{earlier}{EDITION.replace('2024-01-01', day)}")

    load_city(city)

    assert parents() == PARENTS
    assert set(Area.objects.filter(code="101").values_list("parent__edition__code", flat=True)) == {standing}
    assert unit_at(-49.995, -20.005, "VIA.2") == "distrito-n"


# --- who answers


@pytest.mark.usual_rows(2)
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("category", "lon", "lat", "unit"),
    [
        ("VIA.1", -49.995, -20.005, "posto-101"),  # the ward's unit
        ("VIA.1", -49.975, -20.005, "distrito-n"),  # local, where the ward has no unit: the district's
        ("VIA.2", -49.995, -20.005, "distrito-n"),  # the district's rule, though the ward has a unit
        ("VIA.2", -49.985, -20.002, "distrito-n"),  # a ward's rule that means the local unit: the district's
        ("VIA.2", -49.985, -20.015, "posto-105"),  # no rule of the district: the one for everywhere
        ("AGU.2", -49.985, -20.015, "posto-105"),  # the ward's rule
        ("AGU.2", -49.995, -20.005, "aguas"),  # the zone's rule
        ("AGU.3", -49.995, -20.015, "distrito-s"),  # only the district's rule
        ("AGU.3", -49.985, -20.015, "posto-105"),  # local is the deepest area that has a unit
        ("AGU.3", -49.975, -20.005, "aguas"),  # the rule for everywhere
    ],
)
def test_the_most_specific_rule_of_both_levels_wins(city, category, lon, lat, unit):
    load_city(city)

    assert unit_at(lon, lat, category) == unit


@pytest.mark.django_db
def test_a_report_is_taken_in_by_the_districts_unit(city):
    load_city(city)

    incident = factories.incident(Category.objects.get(code="VIA.2"), Point(-49.995, -20.005, srid=4326))

    assert (incident.authority.code, incident.area.code) == ("distrito-n", "101")


@pytest.mark.django_db
def test_the_check_finds_no_fault_in_rules_of_two_levels(city):
    load_city(city)

    check_result = check.check_rules()

    assert [finding.text for finding in check_result.grave] == []
    assert check_result.cells == 6


@pytest.mark.django_db
def test_a_dry_run_knows_the_units_of_districts(city):
    load_city(city)
    waste = Category.objects.get(code="VIA.1")
    factories.incident(waste, Point(-49.975, -20.005, srid=4326))
    everywhere = check.RuleChange(waste, None, Authority.objects.get(code="aguas"))

    _received, moves = check.dry_run([everywhere])

    assert [(move.was.code, move.to.code, move.incidents) for move in moves] == [("distrito-n", "aguas", 1)]


# --- who may see it


@pytest.mark.django_db
def test_a_post_over_a_district_reaches_its_wards(city):
    load_city(city)
    leak = Category.objects.get(code="AGU.1")
    north, south = (factories.incident(leak, Point(-49.995, lat, srid=4326)) for lat in (-20.005, -20.015))
    Incident.objects.update(published=False)
    officer = factories.person("officer", Authority.objects.get(code="aguas"))
    factories.change_posts(Membership.objects, area=Area.objects.get(code="N"))

    assert list(access.incidents_for(officer, "work")) == [north]
    hears = access.news_filter(officer)
    heard = [hears({incident.authority_id}, incident.area_id, [leak.pk, leak.parent_id]) for incident in (north, south)]
    assert heard == [True, False]
    assert [post.user for post in access.posts_reaching(north, {access.OFFICER})] == [officer]
    assert not access.posts_reaching(south, {access.OFFICER}).exists()


@pytest.mark.django_db
def test_leaders_of_a_district_hear_of_its_wards_alone(city):
    load_city(city)
    leak = Category.objects.get(code="AGU.1")
    north, south = (factories.incident(leak, Point(-49.995, lat, srid=4326)) for lat in (-20.005, -20.015))
    leader = factories.person("leader", Authority.objects.get(code="aguas"), Membership.Role.LEADER)
    factories.change_posts(Membership.objects, area=Area.objects.get(code="N"))
    chain = reminders.CommandChain(now())

    assert [chain.unit_leaders(incident) for incident in (north, south)] == [[leader], []]
    week = digest.DigestFigures(localdate(), now() + timedelta(days=7))
    assert [week.lies_in(Area.objects.get(code="N").pk, incident.area_id) for incident in (north, south)] == [
        True,
        False,
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(("category", "claimed"), [("VIA.1", True), ("VIA.2", False)])
def test_a_ward_claims_nothing_that_is_the_districts(city, category, claimed):
    rewrite(city, "routing.csv", "VIA.2,102,local", "VIA.2,104,local")
    with (city / "authorities.csv").open("a") as file:
        file.write("posto-104,WARD,Posto da Serra,Serra Office,104,\n")
    load_city(city)
    border = Point(-49.995, -20.0099, srid=4326)  # 11 m north of 104
    incident = factories.incident(Category.objects.get(code=category), border, accuracy_m=80)
    officer = factories.person("officer", Authority.objects.get(code="posto-104"))

    assert incident.area_shares.count() == 2
    assert access.incidents_for(officer, "claim").exists() == claimed
    assert access.neighbour_authorities(incident).exists() == claimed


# --- what is shown


@pytest.mark.django_db
def test_mapit_names_both_levels(client, city):
    load_city(city)
    district = Area.objects.get(code="N")

    areas_found = client.get("/mapit/point/4326/-49.995,-20.005").json()
    [whole] = [area["id"] for area in areas_found.values() if area["name"] == "Claraval"]
    assert {area["name"]: area["parent_area"] for area in areas_found.values()} == {
        "Claraval": None,
        "Distrito Norte": whole,
        "Bairro Açude": district.pk,
    }
    children = client.get(f"/mapit/area/{district.pk}/children").json()
    assert sorted(area["codes"]["official"] for area in children.values()) == ["101", "102", "103", "106"]


@pytest.mark.django_db
def test_the_map_draws_wards_and_filters_by_either_level(client, city):
    load_city(city)
    for lat in (-20.005, -20.015):
        factories.incident(Category.objects.get(code="VIA.1"), Point(-49.995, lat, srid=4326))
    Incident.objects.update(published=True)

    named = {
        code: public_map.MapFilters(area=code).apply(public_map.published_incidents())
        for code in ("N", "101", "S", "105")
    }
    assert {code: [unit.area.code for unit in some] for code, some in named.items()} == {
        "N": ["101"],
        "101": ["101"],
        "S": ["104"],
        "105": [],
    }
    assert drawn_areas(client) == set(PARENTS)


def drawn_areas(client):
    column, row = tiles.tile_of(-49.985, -20.01, 12)
    tile = client.get(f"/tiles/areas/12/{column}/{row}.json").json()
    return {area["code"] for area in tile["areas"]}


@pytest.mark.django_db
def test_statistics_count_wards_and_districts(city):
    load_city(city)
    for lat in (-20.005, -20.015):
        factories.incident(Category.objects.get(code="VIA.1"), Point(-49.995, lat, srid=4326))

    usual, everything = statistics.StatisticsQuery.usual(), Incident.objects.all()
    counted = {
        level: statistics.count_incidents(everything, replace(usual, level=level)) for level in ("ward", "district")
    }

    assert {
        level: {row.name: row.received for row in counted_level.rows} for level, counted_level in counted.items()
    } == {
        "ward": {"Bairro Açude": 1, "Bairro Pé da Serra": 1},
        "district": {"Distrito Norte": 1, "Distrito Sul": 1},
    }


@pytest.mark.django_db
def test_a_receipt_names_areas_of_both_levels(city):
    load_city(city)
    incident = factories.incident(Category.objects.get(code="VIA.2"), Point(-49.995, -20.005, srid=4326))

    with translation.override("vi"):
        text = receipts.assignment_receipt(incident)["receipt"]

    assert text["areas"] == ["Bairro Açude", "Distrito Norte"]
    assert text["candidates"][0]["where"] == "Distrito Norte"


@pytest.mark.django_db
def test_a_district_in_an_address_offers_its_wards(city):
    load_city(city)

    ward, district = suggest("Bairro Açude")[0], suggest("Distrito Norte")[0]

    assert (ward.kind, ward.area.code) == ("ward", "101")
    assert district.kind == "district"
    assert {area.code for area in district.choices} == {"101", "102", "103", "106"}


@pytest.mark.django_db
def test_a_leaders_map_draws_the_wards_of_the_districts_led(city):
    load_city(city)
    admin = factories.superuser("admin")
    scope = overview.scopes_of(admin)[0]

    shapes = lead_pages.map_of_late_share(scope, overview.count_scope(scope, overview.Period.from_name("week", now())))[
        "shapes"
    ]

    assert {shape["said"].split(":")[0] for shape in shapes} == {
        area.full_name for area in Area.objects.filter(level=Level.WARD)
    }
