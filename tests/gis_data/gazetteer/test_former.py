"""Test former wards and districts of the invented city (tests/samples/city/README.md)."""

import gzip
import json
import os
import shutil
from pathlib import Path

import pytest
from django.core.management import call_command
from shapely.geometry import shape

from gis_data.editions import importing
from gis_data.gazetteer import finding
from gis_data.models import FormerPart, FormerUnit, Level, Succession
from gis_data.pack import InvalidData, Pack

SAMPLE = Path(__file__).parents[2] / "samples" / "city"
PACK = Path(__file__).parents[3] / "gis_data" / "packs" / "hcmc"
DATA = Path(os.environ.get("CITY_DATA") or "nowhere")
OLD_DISTRICTS = "hcmc_old_districts_22_derived_from_2025_units.geojson.gz"
# Parts of them went into units that lay mostly in another district, which have their whole land there.
DIVIDED = {"Quận Tân Phú", "Quận 8", "Quận Bình Tân", "Huyện Bình Chánh"}


@pytest.fixture
def folder(tmp_path, settings, db):
    settings.CITY_DATA = ""
    return Path(shutil.copytree(SAMPLE, tmp_path / "city"))


def load(folder, data=None):
    return importing.load_places(finding.find_contents(Pack(folder, data), say=str), say=str)


def parts():
    return {(part.former.code, part.area.code, part.how) for part in FormerPart.objects.select_related()}


def test_former_units_have_name_district_and_successor_areas(folder):
    assert load(folder).former == 3

    assert set(FormerUnit.objects.values_list("level", "code", "full_name", "district", "search")) == {
        (Level.DISTRICT, "D1", "Distrito Alto", "", "distrito alto"),
        (Level.WARD, "11", "Vila Velha", "Distrito Alto", "vila velha distrito alto"),
        (Level.WARD, "12", "Vila Nova", "Distrito Alto", "vila nova distrito alto"),
    }
    assert parts() == {
        ("D1", "101", "main"), ("D1", "102", "part"),
        ("11", "101", "whole"),
        ("12", "102", "main"), ("12", "106", "part"),
    }  # fmt: skip


def test_a_new_table_takes_the_place_of_the_old_one(folder):
    load(folder)
    (folder / "former_units.csv").write_text("level,code,full_name,district,areas\nward,12,Vila Nova,,106\n")

    assert load(folder).former == 1

    assert parts() == {("12", "106", "whole")}


def test_several_tables_make_one_list(folder):
    toml = folder / "city.toml"
    toml.write_text(toml.read_text().replace('"former_units.csv"', '["former_units.csv", "older.csv"]'))
    (folder / "older.csv").write_text("level,code,full_name,district,areas\nward,1,Aldeia,,104\n")

    assert load(folder).former == 4


def test_a_pack_without_the_table_has_none(folder):
    toml = folder / "city.toml"
    toml.write_text(toml.read_text().replace('[former_units]\nfile = "former_units.csv"\n', ""))

    assert load(folder).former is None
    assert not FormerUnit.objects.exists()


def test_all_faults_are_told_at_once_and_nothing_is_kept(folder):
    (folder / "former_units.csv").write_text(
        "level,code,full_name,district,areas\nward,11,,,101\nparish,12,Vila Nova,,999 102 102\nward,11,Vila,,\n"
    )

    with pytest.raises(InvalidData) as error:
        load(folder)

    assert error.value.faults == (
        "Former units: the ward 11 is listed more than once.",
        "former_units.csv line 2: full_name is empty.",
        "former_units.csv line 3: there is no level 'parish'.",
        "former_units.csv line 3: there is no area 999.",
        "former_units.csv line 3: the area 102 is listed more than once.",
        "former_units.csv line 4: areas is empty.",
    )
    assert not FormerUnit.objects.exists()


OLD_UNITS = """code,name,full_name,full_name_en,kind,lon,lat,declared_km2
11,Vila Velha,Vila Velha,,Vila,-49.995,-20.005,
N2,Vila Nova,Vila Nova,,Vila,-49.985,-20.005,
"""
OLD_EDITION = """[[editions]]
code = "2000"
name = "2 vilas (até 2024)"
level = "ward"
from = 2000-01-01
to = 2024-01-01
units = "old_areas.csv"

[[editions.data]]
file = "old.geojson"
code = "codigo"
attribution = "Vilas: inventadas"

[[editions]]
code = "2024"
"""


def draw_villages(folder, east, west=-50.0):
    """Add boundaries of two villages: Vila Velha is 101, Vila Nova reaches from it to `east`."""
    edges = {"11": (west, -49.99), "N2": (-49.99, east)}
    features = [
        {"type": "Feature", "properties": {"codigo": code}, "geometry": {"type": "Polygon", "coordinates": [
            [[a, -20.01], [b, -20.01], [b, -20.0], [a, -20.0], [a, -20.01]]]}}
        for code, (a, b) in edges.items()
    ]  # fmt: skip
    (folder / "old.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    (folder / "old_areas.csv").write_text(OLD_UNITS)
    toml = (folder / "city.toml").read_text()
    (folder / "city.toml").write_text(toml.replace('[[editions]]\ncode = "2024"\n', OLD_EDITION))
    units = (folder / "former_units.csv").read_text().replace("Vila Nova,Distrito Alto", "Vila Nova,")
    (folder / "former_units.csv").write_text(units)
    return folder


def test_former_units_that_match_the_boundaries_give_no_remark(folder):
    assert load(draw_villages(folder, east=-49.98)).disagreements == []
    assert [(row.old.code, row.new.code, round(row.share_old, 2)) for row in Succession.objects.order_by("pk")] == [
        ("11", "101", 1.0), ("N2", "102", 0.84), ("N2", "106", 0.16),
    ]  # fmt: skip


def test_a_table_that_says_otherwise_than_the_boundaries_is_told(folder):
    assert load(draw_villages(folder, east=-49.975)).disagreements == [
        "Vila Nova (12): the table has it in Bairro Conceição, Bairro Praça; by the boundaries it lies in "
        "Bairro Conceição 56%, Bairro Ilhéus 33%, Bairro Praça 11%."
    ]


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize(
    ("areas", "remarks"),
    [("102 106", 0), ("106 102", 1), ("102", 1), ("102 106 104", 1), ("102 104", 1)],
)
def test_the_main_part_missing_parts_and_empty_ones_are_compared(folder, areas, remarks):
    draw_villages(folder, east=-49.98)
    units = (folder / "former_units.csv").read_text().replace("102 106", areas)
    (folder / "former_units.csv").write_text(units)

    assert len(load(folder).disagreements) == remarks


def test_a_difference_of_a_twentieth_is_no_disagreement(folder):
    assert load(draw_villages(folder, east=-49.9796)).disagreements == []


def test_approximate_boundaries_disagree_with_nothing(folder):
    draw_villages(folder, east=-49.97)
    (folder / "bairros.geojson").unlink()

    assert load(folder).disagreements == []
    assert not Succession.objects.exists()


def test_disagreements_stand_in_the_report_of_a_load(folder, capsys):
    draw_villages(folder, east=-49.975)
    call_command("load_city", str(folder), "--no-download")
    assert "Former unit Vila Nova (12): the table has it in" in capsys.readouterr().out


@pytest.mark.deep
@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason="CITY_DATA names no folder")
def test_the_true_citys_table_agrees_with_its_old_districts(tmp_path, db):
    """Their boundaries are made of units of today, each counted whole for the district that most of it lay in."""
    folder = Path(shutil.copytree(PACK, tmp_path / "hcmc"))
    districts = json.loads(gzip.decompress((DATA / OLD_DISTRICTS).read_bytes()))["features"]
    lines = [
        f"{district['properties']['code']},{district['properties']['name']},{district['properties']['name']},,,{x},{y},"
        for district in districts
        for x, y in [shape(district["geometry"]).representative_point().coords[0]]
    ]
    (folder / "old_districts.csv").write_text(OLD_UNITS.splitlines()[0] + "\n" + "\n".join(lines) + "\n")
    toml = (folder / "city.toml").read_text()
    begin = toml.index('[[editions]]\ncode = "districts-2021"')  # the same districts, without former units
    toml = toml[:begin] + toml[toml.index("[[editions]]\n", begin + 1) :]
    old = OLD_EDITION.replace("old_areas.csv", "old_districts.csv").replace("old.geojson", OLD_DISTRICTS)
    old = old.replace('"ward"', '"district"').replace('"codigo"', '"code"').replace("2024-01-01", "2025-07-01")
    old = old.split('[[editions]]\ncode = "2024"')[0]
    (folder / "city.toml").write_text(toml.replace("[[editions]]\n", f"{old}[[editions]]\n", 1))

    remarks = load(folder, data=DATA).disagreements

    assert {district.split(" (")[0] for district in remarks} == DIVIDED
