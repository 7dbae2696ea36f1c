"""Wards and districts that are no longer, as the pack of the invented city has them (tests/samples/city/README.md)."""

import shutil
from pathlib import Path

import pytest

from gis_data import finding, importing
from gis_data.models import FormerPart, FormerUnit, Level
from gis_data.pack import Faulty, Pack

SAMPLE = Path(__file__).parent.parent / "samples" / "city"


@pytest.fixture
def folder(tmp_path, settings, db):
    settings.CITY_DATA = ""
    return Path(shutil.copytree(SAMPLE, tmp_path / "city"))


def load(folder):
    return importing.load(finding.find(Pack(folder), say=str), say=str)


def parts():
    return {(part.former.code, part.area.code, part.how) for part in FormerPart.objects.select_related()}


def test_each_is_known_by_its_name_with_its_district_and_by_what_it_went_into(folder):
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

    with pytest.raises(Faulty) as error:
        load(folder)

    assert error.value.faults == (
        "Former units: the ward 11 stands more than once.",
        "former_units.csv line 2: full_name is empty.",
        "former_units.csv line 3: there is no level 'parish'.",
        "former_units.csv line 3: there is no area 999.",
        "former_units.csv line 3: the area 102 stands more than once.",
        "former_units.csv line 4: areas is empty.",
    )
    assert not FormerUnit.objects.exists()
