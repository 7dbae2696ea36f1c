"""Test packs as people make them: projected GeoJSON, few columns, small overlaps, islands, units called “Ward 5”."""

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import geopandas
import pytest
import shapely
from shapely import affinity

from gis_data.addresses.suggest import suggest
from gis_data.editions import importing
from gis_data.gazetteer import finding
from gis_data.models import Area, City
from gis_data.pack import InvalidData, Pack

EAST, NORTH, SIDE = 600_000, 7_780_000, 1_000  # metres of UTM 22S, EPSG:32722

CITY = """
[city]
code = "gridville"
name = "Gridville"
language = "en"
metric_srid = 32722
centre = [-50.03, -20.05]
bounds = [-50.5, -20.5, -49.5, -19.5]

[[editions]]
code = "2025"
name = "Wards"
level = "ward"
from = 2025-01-01
units = "areas.csv"

[[editions.data]]
file = "wards.geojson"
code = "ward_no"
{crs}attribution = "Invented"
"""


def square(column, row, side=SIDE, **more):
    return shapely.box(EAST + column * SIDE, NORTH + row * SIDE, EAST + column * SIDE + side, NORTH + row * SIDE + side)


@pytest.fixture
def grid(tmp_path, settings):
    """Return a function that writes and loads a pack of these shapes (ward number → shape in metres)."""
    settings.CITY_DATA, settings.VAR = "", tmp_path / "var"

    def load(shapes, crs='crs = "EPSG:32722"\n', *, names=lambda number: f"Ward {number}", columns=None):
        features = [
            {"type": "Feature", "properties": {"ward_no": int(number)}, "geometry": shapely.geometry.mapping(shape)}
            for number, some in shapes.items()
            for shape in (some if isinstance(some, list) else [some])
        ]
        (tmp_path / "wards.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        rows = ["code,name", *(f"{number},{names(number)}" for number in shapes)]
        (tmp_path / "areas.csv").write_text("\n".join(columns(rows) if columns else rows) + "\n")
        (tmp_path / "city.toml").write_text(CITY.format(crs=crs))
        return importing.load_places(finding.find_contents(Pack(tmp_path), say=str), say=str)

    return load


def grid_of(columns=3, rows=2):
    return {str(row * columns + column + 1): square(column, row) for row in range(rows) for column in range(columns)}


def km2_of(code):
    shape = geopandas.GeoSeries([shapely.from_wkb(bytes(Area.objects.get(code=code).shape.wkb))], crs=4326)
    return float(shape.to_crs(32722).area.iloc[0]) / 1e6


@pytest.mark.django_db
def test_coordinate_system_of_a_geojson_file_counts(grid):
    grid(grid_of())
    assert Area.objects.count() == 6
    assert km2_of("1") == pytest.approx(1, rel=1e-3)


@pytest.mark.django_db
@pytest.mark.parametrize(("crs", "message"), [
    ("", r"wards.geojson: its coordinates are no degrees: set crs in city.toml"),
    ('crs = "EPSG:999999"\n', "there is no coordinate system EPSG:999999"),
    ('crs = "EPSG:32648"\n', "outside the city's bounds"),
    ("crs = 32722\n", r"crs must be a text \(in quotes\)"),
])  # fmt: skip
def test_wrong_coordinate_systems_are_told(grid, crs, message):
    with pytest.raises(InvalidData, match=message):
        grid(grid_of(), crs)
    assert not City.objects.exists()


@pytest.mark.django_db
def test_code_and_name_are_all_that_a_unit_needs(grid):
    """The file of shapes says where it lies; without it a centre is needed."""
    grid(grid_of())
    area = Area.objects.get(code="2")
    assert (area.full_name, area.full_name_en, area.kind, area.declared_km2) == ("Ward 2", "Ward 2", "", None)


@pytest.mark.django_db
@pytest.mark.parametrize("written", ["Ward 5", "ward 5", "WARD 5", "Ward 5, Gridville"])
def test_english_unit_names_are_found(grid, written):
    grid(grid_of())
    assert [(candidate.title, candidate.area.code) for candidate in suggest(written)[:1]] == [("Ward 5", "5")]


@pytest.mark.django_db
def test_small_overlaps_are_mended_and_told(grid):
    shapes = grid_of()
    shapes["2"] = shapes["2"].union(affinity.translate(shapes["2"], xoff=-3))  # 3,000 m² of ward 1: 0.3 %
    loaded = grid(shapes)
    assert loaded.repaired == ["of Ward 2 lost 3,000 m² that Ward 1 has, too."]
    first, two = (shapely.from_wkb(bytes(Area.objects.get(code=code).shape.wkb)) for code in "12")
    assert first.intersection(two).area == pytest.approx(0, abs=1e-12)
    assert km2_of("1") + km2_of("2") == pytest.approx(2, rel=1e-3)


@pytest.mark.django_db
def test_large_overlaps_are_refused(grid):
    shapes = grid_of()
    shapes["2"] = shapes["2"].union(affinity.translate(shapes["2"], xoff=-50))
    with pytest.raises(InvalidData, match=r"Ward 1 and Ward 2 overlap by 50,000 m²"):
        grid(shapes)


@pytest.mark.django_db
def test_islands_far_and_near_are_parts_and_units(grid):
    """An island of a unit, drawn by itself under the same code; a unit of its own with nothing around; one alone."""
    shapes = grid_of()
    shapes["3"] = [shapes["3"], square(20, 3, 200)]
    shapes["7"] = square(40, 0, 300)
    loaded = grid(shapes)
    assert Area.objects.get(code="3").shape.num_geom == 2
    assert "3: 2 shapes of this code were put together." in loaded.repaired
    assert Area.objects.get(code="7").shape.contains(Area.objects.get(code="7").label_point)


@pytest.mark.django_db
def test_a_city_may_be_one_island(grid):
    grid({"1": square(0, 0, 400)})
    assert (Area.objects.get().code, Area.objects.on(date(2025, 6, 1)).count()) == ("1", 1)


# ---- the files alone ----

ROOT = Path(__file__).parents[3]


def check_pack(folder):
    """Run `manage.py check_pack` without database and keys."""
    env = {"PATH": os.environ["PATH"], "CITY_DATA": "", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "check_pack", folder], env=env, capture_output=True, text=True, cwd=ROOT
    )
    return done.returncode, done.stdout, done.stderr


def test_a_pack_is_checked_without_a_database(tmp_path):
    folder = Path(shutil.copytree(ROOT / "tests" / "samples" / "city", tmp_path / "city"))
    code, output, _faults = check_pack(folder)
    assert (code, output.splitlines()[0]) == (0, "Edition 2024: 6 areas")

    spoilt = (("areas.csv", "101,", ","), ("categories.csv", "icon", "sign"), ("landmarks.csv", "lon", "x"))
    for name, old, new in spoilt:
        (folder / name).write_text((folder / name).read_text().replace(old, new, 1))
    code, _said, faults = check_pack(folder)
    assert (code, "Traceback" in faults) == (1, False)
    assert [name for name, *_ in spoilt if name not in faults] == []
