"""Test loading a pack: what is read, refused and kept. tests/samples/city has a drawing of the city."""

import gzip
import json
import shutil
from datetime import date
from io import StringIO
from pathlib import Path

import geopandas
import pytest
import shapely
from django.contrib.gis.geos import Point
from django.core.management import CommandError, call_command
from django.db.backends.postgresql.psycopg_any import DateRange

from gis_data.addresses.geocode import OutsideTheCity, locate, nearest_address
from gis_data.editions import importing
from gis_data.editions.boundaries import approximate_shapes
from gis_data.gazetteer import finding
from gis_data.models import Area, AreaPiece, City, Edition, Landmark, Street
from gis_data.pack import InvalidData, Pack
from incidents.models import Authority, Category
from tests import factories

SAMPLE = Path(__file__).parents[2] / "samples" / "city"


@pytest.fixture
def folder(tmp_path, settings):
    """A copy of the invented city's pack."""
    settings.CITY_DATA = ""
    settings.VAR = tmp_path / "var"
    return Path(shutil.copytree(SAMPLE, tmp_path / "city"))


def load_city(folder, *options):
    out = StringIO()
    call_command("load_city", str(folder), *options, stdout=out)
    return out.getvalue()


def load_places(folder):
    return importing.load_places(finding.find_contents(Pack(folder), say=str), say=str)


def rewrite(folder, name, old, new):
    path = folder / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def shapes():
    return geopandas.read_file(SAMPLE / "bairros.geojson")


def ward_at(lon, lat):
    return locate(Point(lon, lat, srid=4326)).area.code


def as_django(area):
    return shapely.from_wkb(bytes(area.shape.wkb))


# --- what is loaded


@pytest.mark.django_db
def test_the_whole_pack_is_loaded(folder):
    output = load_city(folder)

    assert "This pack speaks en, the installation vi: set CITY_LANGUAGE." in output
    assert (
        "This pack keeps the time of America/Sao_Paulo, the installation that of Asia/Ho_Chi_Minh: set TIME_ZONE."
        in output
    )
    assert [line.split() for line in output.partition("…\n")[2].splitlines()] == [
        ["Areas", "6"], ["Authorities", "4"], ["Categories", "8"], ["Rules", "8"],
        ["Former", "units", "3"], ["Landmarks", "2"], ["Streets", "3"], ["Cameras", "4"],
        ["Left", "out:", "1", "of", "a", "kind", "(meadow)", "that", "is", "not", "drawn", "in", "verde.geojson."],
        ["Ground", "water", "2,", "waterways", "2,", "green", "2"],
    ]  # fmt: skip
    city, edition = City.objects.get(), Edition.objects.get()
    assert (city.name, city.name_en, city.product, city.metric_srid, city.zoom) == (
        "Claraval",
        "Clear Valley",
        "Claraval Avisa",
        32722,
        15,
    )
    assert city.emergency == [{"number": "190", "what": "Polícia", "what_en": "Police"}]
    assert city.attribution.splitlines() == [
        "Águas e parques: inventados", "Ruas: inventadas", "Câmeras: inventadas",
    ]  # fmt: skip
    assert (edition.approximate, edition.attribution, edition.in_force.lower.isoformat()) == (
        False,
        "Bairros: inventados",
        "2024-01-01",
    )
    conceicao = Area.objects.get(code="102")
    assert (conceicao.full_name, conceicao.search) == ("Bairro Conceição", "bairro conceicao conceicao district")


@pytest.mark.usual_rows(3)
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (-49.995, -20.005, "101"),
        (-49.989, -20.005, "102"),  # west of the hole
        (-49.985, -20.005, "106"),  # in the hole
        (-49.975, -20.005, "103"),
        (-49.955, -20.005, "103"),  # on its island
        (-49.985, -20.015, "105"),
    ],
)
def test_a_hole_and_an_island_are_where_they_were_drawn(folder, lon, lat, code):
    load_places(folder)

    assert ward_at(lon, lat) == code


@pytest.mark.django_db
def test_the_sea_between_the_island_and_the_land_is_outside(folder):
    load_places(folder)

    with pytest.raises(OutsideTheCity):
        ward_at(-49.965, -20.005)


@pytest.mark.django_db
def test_pieces_are_small_and_make_up_the_areas(folder):
    load_places(folder)

    for area in Area.objects.all():
        pieces = [shapely.from_wkb(bytes(piece.shape.wkb)) for piece in area.pieces.all()]
        assert max(shapely.get_num_coordinates(pieces)) <= 64
        assert shapely.union_all(pieces).symmetric_difference(as_django(area)).area == pytest.approx(0, abs=1e-12)


@pytest.mark.django_db
def test_outlines_share_their_borders_and_labels_stand_inside(folder):
    load_places(folder)

    areas = Area.objects.all()
    assert shapely.coverage_is_valid([shapely.from_wkb(bytes(area.outline.wkb)) for area in areas], gap_width=0.0001)
    assert all(area.shape.contains(area.label_point) for area in areas)


@pytest.mark.django_db
def test_unnamed_streets_are_left_out_and_lanes_ranked_by_name(folder):
    load_places(folder)

    assert set(Street.objects.values_list("name", "rank", "search")) == {
        ("Avenida do Açude", 1, "avenida do acude"),
        ("Rua da Conceição", 2, "rua da conceicao"),
        ("Beco São João", 3, "beco sao joao"),
    }
    assert nearest_address(Point(-49.9889, -20.0051, srid=4326)) == "Avenida do Açude × Rua da Conceição"


# --- what files may look like


def zipped_shapefile(folder, table):
    (folder / "shp").mkdir()
    table.to_file(folder / "shp" / "bairros.shp")
    shutil.make_archive(str(folder / "bairros"), "zip", folder / "shp")


WRITE = {
    "bairros.gpkg": lambda folder, table: table.to_file(folder / "bairros.gpkg"),
    "bairros.zip": zipped_shapefile,
    "bairros.json.gz": lambda folder, table: (folder / "bairros.json.gz").write_bytes(
        gzip.compress(table.to_json().encode())
    ),
}


def write(folder, table, name):
    """Write the table as the pack's only boundary file."""
    WRITE[name](folder, table)
    rewrite(folder, "city.toml", 'file = "bairros.geojson"', f'file = "{name}"')
    (folder / "bairros.geojson").unlink()


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "srid"), [("bairros.gpkg", 32722), ("bairros.zip", 3857), ("bairros.json.gz", 4326)])
def test_any_file_format_and_crs_gives_the_same_areas(folder, name, srid):
    write(folder, shapes().to_crs(srid), name)

    load_places(folder)

    drawn = shapes().set_index("codigo").geometry
    for area in Area.objects.all():
        assert as_django(area).symmetric_difference(drawn[area.code]).area < 1e-10


@pytest.mark.django_db
def test_codes_may_stand_as_numbers(folder):
    write(folder, shapes().astype({"codigo": int}), "bairros.gpkg")

    assert set(load_places(folder).areas) == {"101", "102", "103", "104", "105", "106"}


@pytest.mark.django_db
def test_a_file_must_say_its_coordinate_system_or_city_toml_must(folder):
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        write(folder, shapes().to_crs(32722).set_crs(None, allow_override=True), "bairros.zip")

    with pytest.raises(InvalidData, match="does not say in which coordinate system"):
        load_places(folder)

    rewrite(folder, "city.toml", 'code = "codigo"', 'code = "codigo"\ncrs = "EPSG:32722"')
    assert len(load_places(folder).areas) == 6


# --- an edition that need not be there

OLDER = """
[[editions]]
code = "older"
name = "Antes de 2024"
level = "ward"
from = 2020-01-01
to = 2024-01-01
units = "areas.csv"
optional = true

[[editions.data]]
file = "older.geojson"
code = "codigo"
approximate = true
attribution = "Inventado"

[[editions]]
code = "2024"
"""


@pytest.mark.django_db
def test_optional_edition_is_loaded_where_its_file_is(folder):
    rewrite(folder, "city.toml", '[[editions]]\ncode = "2024"\n', OLDER)
    load_places(folder)
    assert set(Edition.objects.values_list("code", flat=True)) == {"2024"}
    shutil.copy(folder / "bairros.geojson", folder / "older.geojson")
    assert set(load_places(folder).areas.values()) == set(Area.objects.filter(edition__code="2024"))
    older = Edition.objects.get(code="older")
    assert (older.approximate, older.areas.count(), Area.objects.on(date(2023, 1, 1)).count()) == (True, 6, 6)


@pytest.mark.django_db
def test_optional_edition_gives_way_to_one_that_was_loaded_here(folder):
    load_places(folder)
    own = Edition.objects.create(
        city=City.objects.get(), level=3, code="own", name="Own", in_force=DateRange(date(2022, 1, 1), date(2024, 1, 1))
    )
    rewrite(folder, "city.toml", '[[editions]]\ncode = "2024"\n', OLDER)
    shutil.copy(folder / "bairros.geojson", folder / "older.geojson")
    assert "Edition older: left out, own was the law then." in load_city(folder, "--force")
    assert (Edition.objects.filter(code="older").exists(), Edition.objects.on(date(2023, 1, 1)).get()) == (False, own)


# --- what is refused


def spoilt(folder, change):
    drawn = json.loads((folder / "bairros.geojson").read_text())
    change({feature["properties"]["codigo"]: feature for feature in drawn["features"]}, drawn["features"])
    (folder / "bairros.geojson").write_text(json.dumps(drawn))


def swap(geometry):
    def turned(part):
        return part[::-1] if isinstance(part[0], float | int) else [turned(coordinate) for coordinate in part]

    geometry["coordinates"] = turned(geometry["coordinates"])


def square(west, south, size=0.01):
    return [[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]]


SPOILS = {
    "a code twice": (lambda of, all_: all_.append(of["101"]), "the code 101 is listed more than once"),
    "a code missing": (lambda of, all_: all_.remove(of["104"]), r"Bairro Pé da Serra \(104\) is missing"),
    "a code unknown": (lambda of, all_: of["104"]["properties"].update(codigo="999"), "the code 999 is in no list"),
    "no code at all": (
        lambda of, all_: [f["properties"].pop("codigo") for f in all_],
        "no attribute codigo; there are nome",
    ),
    "no shape": (lambda of, all_: of["104"].update(geometry=None), "104 has no shape"),
    "a line": (
        lambda of, all_: of["104"].update(geometry={"type": "LineString", "coordinates": square(-50, -20.02)}),
        "104 is no polygon",
    ),
    "longitude and latitude swapped": (
        lambda of, all_: [swap(f["geometry"]) for f in all_],
        "6 of 6 shapes lie outside .* swapped",
    ),
    "one elsewhere": (
        lambda of, all_: of["104"]["geometry"].update(coordinates=[square(10, 50)]),
        "1 of 6 shapes lie outside",
    ),
    "an overlap": (
        lambda of, all_: of["101"]["geometry"].update(coordinates=[square(-50.0, -20.0101)]),
        "Bairro Açude and Bairro Pé da Serra overlap by",
    ),
    "an enclave forgotten": (
        lambda of, all_: of["102"]["geometry"]["coordinates"].pop(),
        "Bairro Conceição and Bairro Praça overlap",
    ),
    "a figure of eight": (
        lambda of, all_: of["104"]["geometry"].update(
            coordinates=[[[-50, -20.02], [-49.99, -20.01], [-49.99, -20.02], [-50, -20.01], [-50, -20.02]]]
        ),
        "104: the boundary is not valid and cannot be repaired",
    ),
}


@pytest.mark.usual_rows(6)
@pytest.mark.django_db
@pytest.mark.parametrize("spoil", SPOILS)
def test_faulty_boundaries_are_refused_and_nothing_is_kept(folder, spoil):
    change, message = SPOILS[spoil]
    spoilt(folder, change)

    with pytest.raises(CommandError, match=message):
        load_city(folder)

    assert not City.objects.exists()
    assert not Area.objects.exists()


@pytest.mark.django_db
def test_area_far_from_its_listed_centre_is_refused(folder):
    rewrite(folder, "areas.csv", "-49.995,-20.015,1.16", "-49.92,-20.08,1.16")

    with pytest.raises(InvalidData, match=r"Pé da Serra \(104\) lies 1\d km from its centre"):
        load_places(folder)


@pytest.mark.django_db
def test_a_small_blemish_is_repaired_and_told(folder):
    spike = [
        [-50, -20.02],
        [-49.99, -20.02],
        [-49.99, -20.01],
        [-50, -20.01],
        [-50, -20.005],
        [-50, -20.01],
        [-50, -20.02],
    ]
    spoilt(folder, lambda of, all_: of["104"]["geometry"].update(coordinates=[spike]))

    assert "Boundary 104: repaired" in load_city(folder)
    assert Area.objects.get(code="104").shape.valid


FAULTS_IN_FILES = [
    ("areas.csv", "101,Açude", ",Açude", "areas.csv line 2: code is empty"),
    ("areas.csv", "102,Conceição", "101,Conceição", "the code 101 is listed more than once"),
    ("areas.csv", "-49.995,-20.005", "-49.995,north", "line 2: the centre of Bairro Açude lies outside"),
    ("areas.csv", "-49.995,-20.005", "nan,-20.005", "line 2: the centre of Bairro Açude lies outside"),
    ("areas.csv", ",norte,-49.995", ",-49.995", "line 2: not as many cells"),
    ("areas.csv", "code,name", "key,name", "there is no column code"),
    ("city.toml", "metric_srid = 32722", "metric_srid = 4326", "does not measure in metres"),
    ("city.toml", "metric_srid = 32722", "metric_srid = 999999", "there is no EPSG:999999"),
    ("city.toml", "centre = [-49.985, -20.005]", "centre = [-20.005, -49.985]", "the centre lies outside"),
    ("city.toml", 'level = "ward"', 'level = "moon"', "there is no level 'moon'"),
    ("city.toml", 'product = "Claraval Avisa"', "product = 1", "product must be a text"),
    ("city.toml", "[city]", "[city", "city.toml: "),
    (
        "city.toml",
        'language = "en"',
        'language = "pt"',
        "the language 'pt' is not offered; these are: vi",
    ),
    ("city.toml", "America/Sao_Paulo", "America/Atlantis", "there is no time zone 'America/Atlantis'"),
    ("city.toml", "from = 2024-01-01", 'from = "2024-01-01"', "from must be a day"),
    ("city.toml", "from = 2024-01-01", "from = 2024-01-01\noptional = 1", "optional must be true or false"),
    ("city.toml", "bounds = [-50.1, ", "bounds = [", "bounds must be 4 numbers"),
    ("city.toml", "centre = [-49.985, ", 'centre = ["west", ', "centre must be 2 numbers"),
    ("city.toml", 'code = "claraval"', 'code = "../x"', "code may hold small letters"),
    ("city.toml", 'file = "bairros.geojson"', "", "must have either file or list"),
    ("city.toml", 'file = "bairros.geojson"', 'list = "areas.csv"', "a list needs a url"),
    ("city.toml", "^beco ", "(beco ", "lanes is no regular expression"),
    ("city.toml", 'name = "nome"', 'name = "rua"', "ruas.geojson: there is no attribute rua; there are nome, tipo"),
    ("city.toml", 'what = "Polícia"', "", "what is missing"),
    ("city.toml", 'name = "Claraval"', f'name = "{"x" * 300}"', "a text in it is too long"),
    ("areas.csv", "Bairro,sul", "Bairro,101", "101 is the name of a zone and the code of a unit"),
    ("abbreviations.csv", "RC,", "r 7,", "abbreviations.csv: r 7 is listed more than once"),
    ("abbreviations.csv", "RC,", ",", "abbreviations.csv line 3: short is empty"),
    (
        "renamed_streets.csv",
        "Velha,",
        "Velha,Rua Nova\nRUA VELHA,",
        "rua velha, now rua nova, is listed more than once",
    ),
    ("renamed_streets.csv", "Rua Velha,", ",", "renamed_streets.csv line 2: former is empty"),
    ("landmarks.csv", "-49.972,-20.006", "-20.006,-49.972", "line 3: Ponte do Ilhéu lies outside the city's bounds"),
    ("landmarks.csv", "bridge,Ponte do Ilhéu", ",Mercado do Açude", "landmarks.csv: Mercado do Açude stands more than"),
    ("city.toml", 'lanes = "^beco "', 'without = "("', "without is no regular expression"),
    ("former_units.csv", "Alto,101", "Alto,999", "former_units.csv line 3: there is no area 999"),
    ("city.toml", 'level = "ward"', "level = 3", r"editions\]\]: level must be a text \(in quotes\)"),
    ("city.toml", 'units = "areas.csv"', "units = 5", r"editions\]\]: units must be a text \(in quotes\)"),
    ("city.toml", 'code = "2024"', "code = 2024", r"editions\]\]: code must be a text \(in quotes\)"),
    ("city.toml", "zoom = 15", 'zoom = "x"', r"\[city\]: zoom must be a whole number from 0 to 22"),
    ("city.toml", "zoom = 15", "zoom = -3", r"\[city\]: zoom must be a whole number from 0 to 22"),
    ("city.toml", 'file = "former_units.csv"', "file = [3]", "city.toml: 3 is no name of a file."),
    ("city.toml", 'file = "landmarks.csv"', 'file = ["x"]', r"city.toml: \['x'\] is no name of a file"),
    ("city.toml", "ranks = {", "ranks = { x = 7,", r"\[streets\]: ranks gives each kind a rank from 1 to 3"),
    ("city.toml", '"^beco "', "4", r"\[streets\]: lanes must be a text \(in quotes\)"),
    (
        "city.toml",
        "from = 2024-01-01",
        "to = 2024-01-01",
        r"editions\]\]: to needs a day in from that is earlier",
    ),
    ("city.toml", "[[emergency]]", "[emergency]", r"emergency must be tables, \[\[emergency\]\]"),
    ("city.toml", "[[editions.data]]", "[editions.data]", r"editions.data must be tables"),
    ("city.toml", "[landmarks]", "[[landmarks]]", r"landmarks must be a table, \[landmarks\]"),
    ("cameras.json", '"lon": -49.995', '"lon": null', "record 1: no lon"),
    ("cameras.json", '"lon": -49.995', '"lon": 49.995', "camera C-1 stands outside"),
    ("cameras.json", '"id": "C-2"', '"id": "C-1"', "the code C-1 is listed more than once"),
    ("cameras.json", "[", "", "cameras.json: "),
    ("city.toml", "{id}.jpg", "{ident}.jpg", r"the url cannot be filled in \('ident'\)"),
]


@pytest.mark.usual_rows(8)
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "old", "new", "fault"), FAULTS_IN_FILES, ids=[message for *_, message in FAULTS_IN_FILES]
)
def test_faults_are_told_with_their_place_and_nothing_is_kept(folder, name, old, new, fault):
    path = folder / name
    path.write_text(path.read_text().replace(old, new, 1))

    with pytest.raises(CommandError, match=fault):
        load_city(folder)

    assert not City.objects.exists()
    assert not Category.objects.exists()


@pytest.mark.django_db
def test_all_faults_of_a_list_are_told_at_once(folder):
    rewrite(folder, "areas.csv", "101,Açude,Bairro Açude", "101,,")
    rewrite(folder, "areas.csv", "106,Praça,Bairro Praça", ",Praça,Bairro Praça")

    with pytest.raises(InvalidData) as error:
        load_places(folder)

    assert error.value.faults == (
        "areas.csv line 2: name is empty.",
        "areas.csv line 7: code is empty.",
    )


@pytest.mark.django_db
def test_a_data_folder_that_is_not_there_is_told(folder, settings):
    settings.CITY_DATA = str(folder / "nowhere")

    with pytest.raises(CommandError, match="there is no such folder"):
        load_city(folder)


@pytest.mark.django_db
def test_a_second_city_is_refused(folder, town):
    with pytest.raises(CommandError, match="This installation serves Wharf"):
        load_city(folder)


@pytest.mark.django_db
def test_two_editions_of_a_level_may_not_be_in_force_on_one_day(folder):
    spec = (folder / "city.toml").read_text().split("[[editions]]")[1].split("[former_units]")[0]
    again = spec.replace('"2024"', '"2025"')
    rewrite(folder, "city.toml", "[former_units]", f"[[editions]]{again}[former_units]")

    with pytest.raises(CommandError, match="another edition of its level is in force"):
        load_city(folder)
    assert not City.objects.exists()


# --- loading again


@pytest.mark.django_db
def test_the_same_pack_again_changes_nothing(folder, django_assert_max_num_queries):
    load_city(folder)
    before = set(Area.objects.values_list("pk", flat=True)), set(AreaPiece.objects.values_list("pk", flat=True))

    with django_assert_max_num_queries(2):
        assert "nothing new" in load_city(folder)

    assert before == (
        set(Area.objects.values_list("pk", flat=True)),
        set(AreaPiece.objects.values_list("pk", flat=True)),
    )


@pytest.mark.django_db
def test_a_changed_pack_keeps_the_rows_that_others_point_to(folder):
    load_city(folder)
    before = dict(Area.objects.values_list("code", "pk")), dict(Authority.objects.values_list("code", "pk"))
    rewrite(folder, "areas.csv", "Bairro Açude", "Bairro do Açude")
    rewrite(folder, "authorities.csv", "Companhia de Águas", "Águas de Claraval")

    load_city(folder)

    assert before == (dict(Area.objects.values_list("code", "pk")), dict(Authority.objects.values_list("code", "pk")))
    assert Area.objects.get(code="101").full_name == "Bairro do Açude"
    assert Authority.objects.get(code="aguas").name == "Águas de Claraval"


@pytest.mark.django_db
def test_an_area_where_something_lies_cannot_vanish(folder):
    load_city(folder)
    factories.incident(Category.objects.get(code="VIA.1"), place=Point(-49.985, -20.005, srid=4326))
    path = folder / "areas.csv"
    path.write_text(path.read_text().split("106,")[0])
    spoilt(folder, lambda of, all_: all_.remove(of["106"]))

    with pytest.raises(CommandError, match="Bairro Praça would vanish"):
        load_city(folder)

    assert Area.objects.count() == 6


# --- after a reform: the law has another edition than the pack


def reform(folder, day="2026-07-01"):
    """Load the city, then end its edition on that day for one that no pack has."""
    load_city(folder)
    day, old = date.fromisoformat(day), Edition.objects.get()
    Edition.objects.update(in_force=DateRange(old.in_force.lower, day))
    Edition.objects.create(city=old.city, level=old.level, code="2026", name="2026", in_force=DateRange(day, None))


def days():
    return {e.code: (str(e.in_force.lower), str(e.in_force.upper)) for e in Edition.objects.ever_in_force()}


@pytest.mark.django_db
def test_a_pack_loaded_again_does_not_undo_a_reform(folder):
    reform(folder)
    Authority.objects.filter(code="aguas").update(name="Renamed here")
    rewrite(folder, "areas.csv", "Bairro Açude", "Bairro do Açude")
    rewrite(folder, "landmarks.csv", "Mercado do Açude", "Mercado Novo")

    output = load_city(folder)

    assert "Edition 2024: its days stay as they were set here, 2024-01-01 to 2026-07-01." in output
    assert "who answers for what stays as it is here" in output
    assert days() == {"2024": ("2024-01-01", "2026-07-01"), "2026": ("2026-07-01", "None")}
    assert Area.objects.get(code="101").full_name == "Bairro do Açude"  # what the pack says of the old areas is taken
    assert Landmark.objects.filter(name="Mercado Novo").exists()
    assert Authority.objects.get(code="aguas").name == "Renamed here"


@pytest.mark.django_db
def test_pack_sets_the_days_again_after_a_reform_is_taken_back(folder):
    reform(folder)
    Edition.objects.filter(code="2026").update(in_force=None)
    rewrite(folder, "areas.csv", "Bairro Açude", "Bairro do Açude")

    assert "stay as they were set here" not in load_city(folder)
    assert days() == {"2024": ("2024-01-01", "None")}


@pytest.mark.django_db
def test_a_pack_that_knows_the_new_edition_says_its_days(folder):
    reform(folder)
    spec = (folder / "city.toml").read_text().split("[[editions]]")[1].split("[former_units]")[0]
    newer = spec.replace('"2024"', '"2026"').replace("2024-01-01", "2026-08-01")
    rewrite(folder, "city.toml", "from = 2024-01-01", "from = 2024-01-01\nto = 2026-08-01")
    rewrite(folder, "city.toml", "[former_units]", f"[[editions]]{newer}[former_units]")

    assert "stay as they were set here" not in load_city(folder)
    assert days() == {"2024": ("2024-01-01", "2026-08-01"), "2026": ("2026-08-01", "None")}


@pytest.mark.django_db
def test_a_draft_of_the_pack_that_became_law_stays_the_law(folder):
    rewrite(folder, "city.toml", "from = 2024-01-01\n", "")
    load_city(folder)
    Edition.objects.update(in_force=DateRange(date(2025, 1, 1), None))
    rewrite(folder, "areas.csv", "Bairro Açude", "Bairro do Açude")

    load_city(folder)

    assert days() == {"2024": ("2025-01-01", "None")}


# --- approximate boundaries


@pytest.mark.django_db
def test_without_a_boundary_file_cells_stand_in_and_say_so(folder):
    (folder / "bairros.geojson").unlink()

    assert "Areas             6  approximate" in load_city(folder)

    edition = Edition.objects.get()
    assert (edition.approximate, edition.attribution) == (True, "Limites aproximados")
    assert all(area.shape.valid for area in Area.objects.all())
    for line in (folder / "areas.csv").read_text().splitlines()[1:]:
        code, *_, lon, lat, _km2 = line.split(",")
        assert ward_at(float(lon), float(lat)) == code


@pytest.mark.django_db
def test_approximate_areas_do_not_overlap_and_hold_their_centre(folder):
    units = importing.read_units(Pack(folder), "areas.csv")

    metric = approximate_shapes(units, 32722).to_crs(32722)

    assert shapely.union_all(metric).area == pytest.approx(metric.area.sum(), rel=1e-6)
    centres = geopandas.GeoSeries.from_xy(units.lon, units.lat, index=units.index, crs=4326).to_crs(32722)
    nearest = centres.sindex.nearest(metric.representative_point(), return_all=False)[1]
    assert list(centres.index[nearest]) == list(metric.index)


@pytest.mark.django_db
def test_true_boundaries_replace_approximate_ones_for_good(folder):
    (folder / "bairros.geojson").unlink()
    load_city(folder)
    before = dict(Area.objects.values_list("code", "pk"))

    shutil.copy(SAMPLE / "bairros.geojson", folder)
    load_city(folder)
    assert Edition.objects.get().approximate is False
    assert dict(Area.objects.values_list("code", "pk")) == before
    assert ward_at(-49.955, -20.005) == "103"

    (folder / "bairros.geojson").unlink()
    (folder / "ruas.geojson").unlink()
    output = load_city(folder)
    assert "the true boundaries loaded before stay" in output
    assert Edition.objects.get().approximate is False
    assert (ward_at(-49.955, -20.005), Street.objects.count()) == ("103", 3)


@pytest.mark.django_db
def test_city_data_is_looked_at_before_the_pack(folder, settings, tmp_path):
    settings.CITY_DATA = str(tmp_path / "data")
    (tmp_path / "data").mkdir()
    other = shapes()
    other.loc[other.codigo == "104", "geometry"] = shapely.box(-50.00, -20.02, -49.995, -20.01)
    other.to_file(tmp_path / "data" / "bairros.geojson")

    load_city(folder)

    with pytest.raises(OutsideTheCity):
        ward_at(-49.992, -20.015)


@pytest.mark.parametrize(
    "shape", [None, {"type": "Polygon", "coordinates": []}, {"type": "MultiPolygon", "coordinates": []}]
)
def test_an_area_with_an_empty_shape_is_refused(db, folder, shape):
    boundaries = json.loads((folder / "bairros.geojson").read_text())
    boundaries["features"][0]["geometry"] = shape
    (folder / "bairros.geojson").write_text(json.dumps(boundaries))
    with pytest.raises(InvalidData, match="101 has no shape"):
        load_places(folder)


def test_a_street_with_an_empty_shape_is_left_out(db, folder):
    streets = json.loads((folder / "ruas.geojson").read_text())
    streets["features"][0]["geometry"] = {"type": "LineString", "coordinates": []}
    whole = load_places(folder).streets
    (folder / "ruas.geojson").write_text(json.dumps(streets))
    assert load_places(folder).streets == whole - 1


def test_an_empty_table_and_a_folder_in_its_place_are_told(db, folder):
    (folder / "areas.csv").write_text("")
    with pytest.raises(InvalidData, match=r"areas\.csv: there is no column code"):
        load_places(folder)
    (folder / "areas.csv").unlink()
    (folder / "areas.csv").mkdir()
    with pytest.raises(InvalidData, match=r"There is no areas\.csv"):
        load_places(folder)
