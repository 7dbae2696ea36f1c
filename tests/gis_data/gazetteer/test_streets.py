"""Test streets, their junctions, and loading an OpenStreetMap extract."""

import gzip
import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from io import StringIO
from pathlib import Path

import osmium
import pytest
from django.contrib.gis.geos import LineString
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from osmium.osm import mutable

from gis_data.gazetteer import streets
from gis_data.models import City, GroundShape, House, Junction, Landmark, Street
from gis_data.pack import InvalidData, Pack
from gis_data.services import tiles
from gis_data.words import plain
from tests.factories import IN_OLD
from tests.machine import patience

SAMPLE = Path(__file__).parents[2] / "samples" / "city"

METRE_EAST, METRE_NORTH = 1 / 71_700, 1 / 111_250  # degrees at 50° N


def street(city, name, *metres):
    """Make a street along points in metres east and north of 10° E, 50° N."""
    line = LineString(*((10 + x * METRE_EAST, 50 + y * METRE_NORTH) for x, y in metres), srid=4326)
    return Street.objects.create(city=city, name=name, rank=2, line=line, search=plain(name))


def junctions(city):
    """Recompute and return junctions as (one, other, metres east, metres north)."""
    with transaction.atomic():
        streets.compute_junctions(city)
    return sorted(
        (j.one, j.other, round((j.point.x - 10) / METRE_EAST), round((j.point.y - 50) / METRE_NORTH))
        for j in Junction.objects.all()
    )


@pytest.fixture
def city(town):
    town.city.streets.all().delete()
    return town.city


def test_crossing_streets_make_a_junction_ordered_by_name(city):
    street(city, "Quay", (0, 50), (100, 50))
    street(city, "Dock", (50, 0), (50, 100))

    assert junctions(city) == [("Dock", "Quay", 50, 50)]
    assert list(Junction.objects.values_list("search_one", "search_other")) == [("dock", "quay")]


@pytest.mark.parametrize(("gap", "meets"), [(0, True), (5, True), (8, False)])
def test_an_end_within_six_metres_of_another_street_meets_it(city, gap, meets):
    street(city, "Quay", (0, 50), (100, 50))
    street(city, "Dock", (50, 50 - gap), (50, 0))

    assert [(street_name, other) for street_name, other, *_ in junctions(city)] == ([("Dock", "Quay")] if meets else [])


def test_parts_of_one_street_make_no_junction_in_any_spelling(city):
    street(city, "Quay", (0, 50), (50, 50))
    street(city, "QUAY", (50, 50), (100, 50))
    street(city, "Quay", (50, 0), (50, 100))

    assert junctions(city) == []


def test_dual_carriageways_make_one_junction_per_crossing(city):
    street(city, "Quay", (0, 50), (1000, 50))
    street(city, "Quay", (0, 80), (1000, 80))
    street(city, "Ring", (50, 0), (50, 200), (900, 200), (900, 0))
    street(city, "Ring", (70, 0), (70, 180), (880, 180), (880, 0))

    assert junctions(city) == [("Quay", "Ring", 60, 65), ("Quay", "Ring", 890, 65)]


def test_streets_that_share_a_stretch_meet_there_once(city):
    street(city, "Quay", (0, 50), (50, 50), (90, 50))
    street(city, "Dock", (50, 50), (90, 50), (90, 0))

    assert junctions(city) == [("Dock", "Quay", 70, 50)]


def test_computing_again_takes_the_place_of_what_was_there(city):
    street(city, "Quay", (0, 50), (100, 50))
    street(city, "Dock", (50, 0), (50, 100))
    junctions(city)
    Street.objects.filter(name="Dock").delete()

    assert junctions(city) == []


def test_search_key_expands_abbreviations_of_the_city(city):
    city.abbreviations = {"thang 8": "Tháng Tám", "quay 7": "Seventh Quay", "q": "Quay"}
    words = streets.search_key_maker(city)

    assert [words(name) for name in ("Hẻm 7 Cách Mạng Tháng 8", "Quay 7", "Quay 77", "Q")] == [
        "hem 7 cach mang thang tam", "seventh quay", "quay 77", "q",
    ]  # fmt: skip


GRID = """
INSERT INTO gis_data_street (city_id, name, search, rank, line)
SELECT %s, 'East ' || n, 'east ' || n, 2, ST_SetSRID(ST_MakeLine(ST_Point(10 + n %% 100 * 0.002, 50 + n / 100 * 0.002),
       ST_Point(10.003 + n %% 100 * 0.002, 50 + n / 100 * 0.002)), 4326) FROM generate_series(0, 999) n
UNION ALL
SELECT %s, 'North ' || n, 'north ' || n, 2, ST_SetSRID(ST_MakeLine(ST_Point(10.001 + n %% 100 * 0.002,
       49.999 + n / 100 * 0.002), ST_Point(10.001 + n %% 100 * 0.002, 50.0015 + n / 100 * 0.002)), 4326)
FROM generate_series(0, 999) n
"""


@pytest.mark.slow
def test_thousands_of_streets_are_joined_quickly(city):
    with connection.cursor() as cursor:
        cursor.execute(GRID, [city.pk, city.pk])

    start = time.monotonic()
    with transaction.atomic():
        streets.compute_junctions(city)
    seconds = time.monotonic() - start

    assert Junction.objects.count() >= 1_000
    assert seconds < patience(20)  # it takes half of one; each compared with each other would take minutes
    print(f"{Street.objects.count()} streets, {Junction.objects.count()} junctions in {seconds:.1f} s")


# --- an OpenStreetMap extract


def node(number, east, north, **tags):
    return mutable.Node(id=number, version=1, location=(10 + east * METRE_EAST, 50 + north * METRE_NORTH), tags=tags)


def way(number, nodes, **tags):
    return mutable.Way(id=number, version=1, nodes=nodes, tags=tags)


HARBOUR = [
    node(1, 0, 100), node(2, 1400, 100), node(3, 300, 0), node(4, 300, 800), node(5, 300, 400), node(6, 340, 400),
    node(7, 340, 440), node(8, 300, 440), node(9, 100_000, 0), node(10, 100_100, 0),
    node(11, 310, 110, **{"addr:housenumber": "12/3A", "addr:street": "Đường Bến Cảng"}),
    node(12, 120, 105, highway="bus_stop", name="Bến Cảng (trạm 1)"),
    node(13, 90_000, 0, highway="bus_stop", name="Far Away"),
    node(14, 320, 120, amenity="bench"),
    node(15, 330, 100, amenity="pharmacy", name="Nhà thuốc Bến"),
    way(1, [1, 2], highway="primary", name="Đường Bến Cảng"),
    way(2, [3, 4], highway="residential", name="Hẻm 7 Bến Cảng"),
    way(3, [5, 6, 7, 8, 5], amenity="marketplace", name="Chợ Cá", **{"name:en": "Fish Market"}),
    way(4, [9, 10], highway="residential", name="Far Street"),
    way(5, [1, 4], highway="residential"),
    way(6, [2, 3], highway="construction", name="Not Yet Road"),
    way(7, [1, 999], highway="residential", name="Cut Off"),
]  # fmt: skip
SPEC = '[streets]\nlanes = "^hẻm "\nwithout = "^đường "\n'


@pytest.fixture
def extract(tmp_path):
    """Return the harbour's extract in the format of the file's suffix."""

    def write(name, things=HARBOUR):
        with osmium.SimpleWriter(str(tmp_path / name)) as writer:
            for thing in things:
                (writer.add_node if isinstance(thing, mutable.Node) else writer.add_way)(thing)
        return tmp_path / name

    return write


@pytest.fixture
def pack(tmp_path):
    (tmp_path / "city.toml").write_text(SPEC)
    return tmp_path


def load_streets(path, *options):
    out = StringIO()
    call_command("load_streets", str(path), *options, stdout=out)
    return [line.split() for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("name", ["harbour.osm.pbf", "harbour.osm", "harbour.osm.gz"])
def test_extract_loads_streets_houses_and_landmarks_in_the_city(town, extract, pack, name):
    output = load_streets(extract(name), "--pack", str(pack))

    counts = [["Streets", "2"], ["Houses", "1"], ["Landmarks", "3"], ["Junctions", "1"]]
    assert output == [*counts, ["Left", "out", "2", "outside", "the", "city"]]
    assert set(Street.objects.values_list("name", "rank", "search")) == {
        ("Bến Cảng", 1, "ben cang"),
        ("Hẻm 7 Bến Cảng", 3, "hem 7 ben cang"),
    }
    assert list(House.objects.values_list("number", "street", "search")) == [("12/3A", "Bến Cảng", "ben cang")]
    assert set(Landmark.objects.values_list("kind", "name", "search", "extract")) == {
        ("bus_stop", "Bến Cảng (trạm 1)", "ben cang tram 1", True),
        ("market", "Chợ Cá", "cho ca\nfish market", True),
        ("pharmacy", "Nhà thuốc Bến", "nha thuoc ben", True),
    }
    assert [str(junction) for junction in Junction.objects.all()] == ["Bến Cảng × Hẻm 7 Bến Cảng"]
    market = Landmark.objects.get(kind="market").point
    assert (round((market.x - 10) / METRE_EAST), round((market.y - 50) / METRE_NORTH)) == (320, 420)
    assert City.objects.get().attribution == "© OpenStreetMap contributors (ODbL)"


def test_new_extract_replaces_the_old_but_no_pack_landmarks(town, extract):
    Landmark.objects.create(city=town.city, kind="tower", name="Lighthouse", point=IN_OLD, search="lighthouse")
    before = tiles.version()
    load_streets(extract("one.osm.pbf"))
    first = tiles.version()
    load_streets(
        extract("two.osm.pbf", [node(1, 0, 100), node(2, 900, 100), way(1, [1, 2], highway="path", name="Walk")])
    )

    assert [street.name for street in Street.objects.all()] == ["Walk"]
    assert (House.objects.count(), [landmark.name for landmark in Landmark.objects.all()]) == (0, ["Lighthouse"])
    assert len({before, first, tiles.version()}) == 3


GEOJSON = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "Quay", "highway": "primary"},
            "geometry": {"type": "MultiLineString", "coordinates": [[[10, 50.001], [10.01, 50.001]]]},
        },
        {
            "type": "Feature",
            "properties": {"addr:housenumber": "7", "addr:street": "Quay", "amenity": "school", "name": "Sea School"},
            "geometry": {"type": "Point", "coordinates": [10.005, 50.001]},
        },
    ],
}


@pytest.mark.parametrize("packed", [False, True])
def test_geojson_with_the_tags_of_openstreetmap_brings_the_same(town, tmp_path, packed):
    path = tmp_path / ("harbour.geojson.gz" if packed else "harbour.geojson")
    text = json.dumps(GEOJSON).encode()
    path.write_bytes(gzip.compress(text) if packed else text)

    assert load_streets(path) == [["Streets", "1"], ["Houses", "1"], ["Landmarks", "1"], ["Junctions", "0"]]
    assert (str(House.objects.get()), str(Landmark.objects.get())) == ("7 Quay", "Sea School")


def test_geojson_streets_load_by_the_attributes_of_the_pack(town, tmp_path):
    (tmp_path / "city.toml").write_text(
        '[streets]\nname = "nome"\nkind = "tipo"\nranks = { avenida = 1 }\nattribution = "Ruas: inventadas"\n'
    )
    line = {"type": "LineString", "coordinates": [[10, 50.001], [10.01, 50.001]]}
    streets = [{"type": "Feature", "properties": {"nome": "Quay", "tipo": "avenida"}, "geometry": line}]
    (tmp_path / "streets.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": streets}))

    load_streets(tmp_path / "streets.geojson", "--pack", str(tmp_path))

    assert list(Street.objects.values_list("name", "rank")) == [("Quay", 1)]
    assert City.objects.get().attribution == "Ruas: inventadas"


def line_through(corners):
    return {"type": "LineString", "coordinates": [(10 + x * METRE_EAST, 50 + y * METRE_NORTH) for x, y in corners]}


def write_lines(path, *features):
    """Write a GeoJSON file of lines: (attributes, corners in metres)."""
    features = [
        {"type": "Feature", "properties": attributes, "geometry": line_through(corners) if corners else None}
        for attributes, *corners in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


RING = [(300, 300), (315, 300), (315, 315), (300, 315), (300, 300)]


def test_small_ring_is_loaded_and_drawn_where_it_can_be_seen(town, tmp_path):
    """Generalised for a small scale nothing is left of it: no shape, which the ground cannot hold."""
    path = write_lines(
        tmp_path / "streets.geojson",
        ({"name": "Ring", "kind": "primary"}, *RING),
        ({"name": "Quay", "kind": "trunk"}, (0, 100), (900, 100)),
        ({"name": None, "kind": "service"}, (0, 200), (900, 200)),
        ({"name": "Nowhere", "kind": "service"},),
        ({"name": "Far", "kind": "service"}, (90_000, 0), (90_100, 0)),
    )

    output = load_streets(path)

    assert output == [["Streets", "2"], ["Houses", "0"], ["Landmarks", "0"], ["Junctions", "0"],
                    ["Left", "out", "1", "outside", "the", "city"]]  # fmt: skip
    drawn = Counter(GroundShape.objects.values_list("band", flat=True))
    assert (drawn[1], drawn[6]) == (1, 2)


@pytest.fixture
def many_files(tmp_path):
    """A pack with two street files, and names by former districts."""
    whole = (
        '[city]\nbounds = [9, 49, 11, 51]\n[streets]\nfile = "all.geojson"\nname = "name"\nkind = "kind"\n'
        'ranks = { primary = 1 }\nattribution = "A"\n[[streets.more]]\nfile = "centre.geojson"\nkind = "class"\n'
        '[streets.names]\nfile = "names.json"\nattribution = "B"\n'
    )
    (tmp_path / "city.toml").write_text(whole)
    write_lines(tmp_path / "all.geojson", ({"name": "Quay", "kind": "primary"}, (0, 100), (900, 100)))
    write_lines(
        tmp_path / "centre.geojson",
        ({"name": "QUAY", "class": "primary"}, (0, 100), (400, 100)),
        ({"name": "Dock", "class": "primary"}, (50, 0), (50, 200)),
    )
    names = {
        "district": [{"name": "Cảng", "street": ["Quay", "Bến  Cũ", "7", "12A"]}, {"name": "Xa", "street": ["Bến Cũ"]}]
    }
    (tmp_path / "names.json").write_text(json.dumps(names))
    return Pack(tmp_path)


def test_more_files_add_the_streets_that_the_first_has_not(city, many_files):
    assert streets.load_streets(city, many_files) == 2
    assert set(Street.objects.values_list("name", "rank")) == {("Quay", 1), ("Dock", 1)}
    assert [str(junction) for junction in Junction.objects.all()] == ["Dock × Quay"]
    assert sorted(map(str, city.street_names.all())) == ["Bến Cũ, Cảng", "Bến Cũ, Xa", "Quay, Cảng"]
    (many_files.folder / "all.geojson").unlink()
    assert streets.load_streets(city, many_files) == 2  # of the second file alone, and nothing stands twice
    assert city.street_names.count() == 3


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"district": [{"name": "A"}]}', '{"district": [{"name": 1, "street": [2]}]}']
)
def test_names_of_another_shape_are_refused(city, many_files, content):
    (many_files.folder / "names.json").write_text(content)
    with pytest.raises(InvalidData, match=r"names.json: a list district"):
        streets.load_streets(city, many_files)


BROKEN = {
    "no.osm.pbf": (None, "There is no file"),
    "empty.osm.pbf": (lambda whole: b"", "empty.osm.pbf is empty"),
    "cut.osm.pbf": (lambda whole: whole[: len(whole) // 2], "cut.osm.pbf cannot be read"),
    "junk.osm.pbf": (lambda whole: b"junk" * 500, "junk.osm.pbf cannot be read"),
    "cut.osm": (lambda whole: b'<osm version="0.6"><node id="1" ver', "cut.osm cannot be read"),
    "cut.osm.gz": (lambda whole: gzip.compress(b'<osm version="0.6"></osm>' * 99)[:-9], "cut.osm.gz cannot be read"),
    "none.osm": (lambda whole: b'<osm version="0.6"></osm>', "no named street of it lies in the city"),
    "junk.geojson": (lambda whole: b'{"type": "Feat', "junk.geojson cannot be read"),
    "other.geojson": (lambda whole: json.dumps(OTHER).encode(), "neither OpenStreetMap's tags nor the attributes"),
    "streets.docx": (lambda whole: whole, "must be a file of the kind .osm.pbf, .osm or .geojson"),
}
OTHER = {"type": "FeatureCollection", "features": [GEOJSON["features"][0] | {"properties": {"colour": "red"}}]}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_extract_is_refused_and_changes_nothing(town, extract, tmp_path, name):
    spoil, message = BROKEN[name]
    path = tmp_path / name
    if spoil:
        path.write_bytes(spoil(extract("whole.osm.pbf").read_bytes()))

    with pytest.raises(CommandError, match=message):
        load_streets(path)

    assert [street.name for street in Street.objects.all()] == ["Harbour Road"]
    assert City.objects.get().extract == ""


@pytest.mark.django_db
def test_without_a_city_it_says_what_to_do_first(tmp_path):
    with pytest.raises(CommandError, match="load_city first"):
        load_streets(tmp_path / "x.osm.pbf")


def test_a_pack_loaded_again_leaves_what_an_extract_brought(settings, db, extract, tmp_path):
    settings.CITY_DATA = ""
    folder = shutil.copytree(SAMPLE, tmp_path / "city")
    call_command("load_city", str(folder), stdout=StringIO())
    here = [
        mutable.Node(id=1, version=1, location=(-49.995, -20.005)),
        mutable.Node(id=2, version=1, location=(-49.985, -20.005)),
        way(1, [1, 2], highway="primary", name="Rua Nova"),
    ]
    load_streets(extract("new.osm.pbf", here))
    (folder / "landmarks.csv").write_text("kind,name,lon,lat\nmarket,Mercado,-49.995,-20.004\n")

    call_command("load_city", str(folder), stdout=StringIO())

    assert [street.name for street in Street.objects.all()] == ["Rua Nova"]
    assert [landmark.name for landmark in Landmark.objects.all()] == ["Mercado"]
    ground = "Águas e parques: inventados"
    assert City.objects.get().attribution.splitlines() == [
        ground, "© OpenStreetMap contributors (ODbL)", "Câmeras: inventadas",
    ]  # fmt: skip

    call_command("load_streets", "--forget", stdout=StringIO())
    call_command("load_city", str(folder), stdout=StringIO())

    assert Street.objects.filter(name="Avenida do Açude").count() == Street.objects.count() - 2 == 1
    assert City.objects.get().attribution.splitlines() == [ground, "Ruas: inventadas", "Câmeras: inventadas"]


MEASURE = """
import resource, sys
from pathlib import Path
from gis_data.gazetteer import extract
found = sum(1 for _ in extract.read_extract(Path(sys.argv[1])))
print(found, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.deep
@pytest.mark.slow
def test_ten_times_the_objects_take_hardly_more_memory(extract):
    def read(name, count):
        nodes = [node(n, n % 1000, n // 1000) for n in range(1, count + 1)]
        ways = [way(n, [n, n + 1], highway="residential", name=f"Street {n}") for n in range(1, count, 20)]
        process = subprocess.run(
            [sys.executable, "-c", MEASURE, str(extract(name, nodes + ways))],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        return map(int, process.split())

    few, small = read("few.osm.pbf", 3_000)
    many, large = read("many.osm.pbf", 30_000)

    assert (few, many) == (150, 1500)
    assert large < small + 60  # megabytes
