"""Test loading the base map from a pack's files, a local or downloaded extract, or the streets."""

import json
import shutil
from io import StringIO
from itertools import pairwise
from pathlib import Path

import osmium
import pytest
import shapely
from django.core.management import CommandError, call_command
from osmium.osm import mutable

from gis_data.basemap import drawing, loading
from gis_data.basemap.features import Feature
from gis_data.models import City, GroundShape, Street
from gis_data.services import tiles
from tests.fakes.extract_site import extract_site

SAMPLE = Path(__file__).parents[2] / "samples" / "city"
Layer = GroundShape.Layer

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path, settings):
    """A copy of the invented city's pack."""
    settings.CITY_DATA, settings.VAR = "", tmp_path / "var"
    return Path(shutil.copytree(SAMPLE, tmp_path / "city"))


@pytest.fixture
def site():
    with extract_site() as site:
        yield site


def run_command(command, folder, **options):
    out = StringIO()
    call_command(command, str(folder), stdout=out, **options)
    return out.getvalue()


def ground(*layers):
    """Return the names of each layer in the nearest zooms."""
    rows = GroundShape.objects.filter(band=6, layer__in=layers).order_by("layer", "name")
    return [(row.get_layer_display(), row.name) for row in rows.distinct("layer", "name")]


def tile_at(lon, lat, zoom=14):
    return json.loads(tiles.area_tile(zoom, *tiles.tile_of(lon, lat, zoom)))


# --- a pack's files


def test_ground_is_drawn_of_the_files_of_a_pack(folder):
    output = run_command("load_city", folder)

    assert "Left out: 1 of a kind (meadow) that is not drawn in verde.geojson." in output
    assert "Ground       water 2, waterways 2, green 2" in output
    assert ground(Layer.WATERWAY, Layer.ROAD, Layer.NAME) == [
        ("Waterway", "Córrego da Serra"), ("Waterway", "Rio Água Clara"),
        ("Road", "Avenida do Açude"), ("Road", "Beco São João"), ("Road", "Rua da Conceição"),
        ("Name", "Açude Velho"), ("Name", "Mata da Serra"), ("Name", "Praça da Conceição"),
    ]  # fmt: skip
    tile = tile_at(-49.9955, -20.0025, 15)
    assert [name for _rank, name, _lines in tile["waterways"]] == ["Rio Água Clara"]
    assert [(kind, name) for kind, name, *_place in tile["names"]] == [(Layer.WATER, "Açude Velho")]
    assert (len(tiles.read_polylines(tile["water"])), tile["buildings"]) == (1, "")
    assert City.objects.get().attribution.splitlines()[0] == "Águas e parques: inventados"


def test_ground_is_drawn_once_and_anew_when_its_file_changes(folder):
    run_command("load_city", folder)
    rows, version = set(GroundShape.objects.values_list("pk", flat=True)), tiles.version()

    assert "Ground" not in run_command("load_city", folder)
    assert set(GroundShape.objects.values_list("pk", flat=True)) == rows

    water = folder / "agua.geojson"
    water.write_text(water.read_text().replace("Açude Velho", "Açude Novo"))
    assert "Ground" in run_command("load_city", folder)
    assert ("Name", "Açude Novo") in ground(Layer.NAME)
    assert tiles.version() != version


def test_a_new_pack_keeps_the_credit_of_the_ground(folder):
    run_command("load_city", folder)
    (folder / "landmarks.csv").write_text("kind,name,lon,lat\nmarket,Mercado,-49.995,-20.004\n")
    run_command("load_city", folder)

    assert City.objects.get().attribution.splitlines() == [
        "Águas e parques: inventados", "Ruas: inventadas", "Câmeras: inventadas",
    ]  # fmt: skip


def test_without_files_the_streets_of_the_city_are_drawn(folder):
    for name in ("agua.geojson", "rios.geojson", "verde.geojson"):
        (folder / name).unlink()
    run_command("load_city", folder)

    assert ground(*Layer) == [("Road", name) for name in sorted(set(Street.objects.values_list("name", flat=True)))]
    assert City.objects.get().attribution.splitlines() == ["Ruas: inventadas", "Câmeras: inventadas"]


FAULTS = {
    '[ground]\nwater = 7\nattribution = "x"': "water must be a text",
    '[ground]\nwater = "agua.geojson"': "attribution is missing",
    '[ground.extract]\nurl = "https://a.example/x.osm.pbf"': "file is missing",
    '[ground.extract]\nfile = "../x.osm.pbf"': "file must be a name without a folder",
    '[ground.extract]\nfile = "x.osm.pbf"\nmost_mb = "many"': "most_mb must be a whole number",
    '[ground]\nwater = "broken.geojson"\nattribution = "x"': "broken.geojson cannot be read",
    '[ground]\nwater = "far.geojson"\nattribution = "x"': "Nothing of what is to be drawn lies within",
}


def test_a_faulty_ground_is_refused_and_the_old_one_stays(folder):
    run_command("load_city", folder)
    before = ground(*Layer)
    (folder / "broken.geojson").write_text('{"type": "Feat')
    far = {"type": "Polygon", "coordinates": [[[10, 50], [10.1, 50], [10.1, 50.1], [10, 50]]]}
    feature = {"type": "Feature", "properties": {"kind": "lake", "name": ""}, "geometry": far}
    (folder / "far.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    toml = (folder / "city.toml").read_text()
    begin, end = toml.index("[ground]"), toml.index("[cameras]")

    for value, message in FAULTS.items():
        (folder / "city.toml").write_text(f"{toml[:begin]}{value}\n\n{toml[end:]}")
        with pytest.raises(CommandError, match=message):
            run_command("load_ground", folder)
        assert (value, ground(*Layer)) == (value, before)


def test_islands_run_against_the_water_in_every_tile(town):
    """Clipping at a tile's edge leaves some holes as they run, and turns others."""
    lake = shapely.box(9.99, 49.99, 10.03, 50.02)
    islands = [shapely.Point(10 + n / 500, 50.005).buffer(0.0004) for n in range(10)]
    water = shapely.difference(lake, shapely.union_all(islands))
    loading.copy_rows(town.city, drawing.draw_rows([Feature(Layer.WATER, 4, "", water)]))

    world = 2 * drawing.WORLD
    for zoom in (13, 14, 15):
        x, y = tiles.tile_of(10.005, 50.005, zoom)
        side = world / 2**zoom
        west, north = x * side - world / 2, world / 2 - y * side
        reach = shapely.box(west, north - side, west + side, north).buffer(side / 32, join_style="mitre")
        truth = shapely.intersection(drawing.to_mercator(water), reach).area / side**2 * 1024**2
        rings = tiles.parsed_area_tile(zoom, x, y)["water"]
        turned = -sum(a * d - c * b for ring in rings for (a, b), (c, d) in pairwise(ring)) / 2
        assert turned == pytest.approx(truth, rel=0.01)


# --- an extract


def node(number, lon, lat):
    return mutable.Node(id=number, version=1, location=(lon, lat))


def way(number, nodes, **tags):
    return mutable.Way(id=number, version=1, nodes=nodes, tags=tags)


COUNTRY = [
    node(1, -50.0, -20.005), node(2, -49.985, -20.005), node(3, -49.5, -20.005),
    node(4, -49.99, -20.01), node(5, -49.98, -20.01), node(6, -49.98, -20.015), node(7, -49.99, -20.015),
    node(8, -49.95, -20.2), node(9, -49.95, -19.8),
    node(10, 10.0, 50.0), node(11, 10.1, 50.0),
    node(12, -49.9893, -20.0132), node(13, -49.9892, -20.0132), node(14, -49.9892, -20.0131),
    node(15, -49.9873, -20.0122), node(16, -49.9852, -20.0122), node(17, -49.9852, -20.0131),
    way(1, [1, 2, 3], highway="primary", name="Rua Nova"),
    way(2, [4, 5, 6, 7, 4], natural="water", water="lake", name="Lago"),
    way(3, [9, 8], natural="coastline"),  # to the south: the land lies in the east
    way(4, [10, 11], highway="primary", name="Far Away"),
    way(5, [12, 13, 14, 12], building="yes"),
    way(6, [1, 999], highway="residential", name="Cut Off"),
    mutable.Relation(
        id=1, version=1, members=[("w", 7, "outer")], tags={"type": "multipolygon", "leisure": "park", "name": "Parque"}
    ),
    way(7, [15, 16, 17, 15]),
]  # fmt: skip


def write_extract(path, things=COUNTRY):
    kinds = {mutable.Node: "add_node", mutable.Way: "add_way", mutable.Relation: "add_relation"}
    with osmium.SimpleWriter(str(path)) as writer:
        for kind, add in kinds.items():
            for thing in (item for item in things if isinstance(item, kind)):
                getattr(writer, add)(thing)
    return path.read_bytes()


EXTRACT = '[ground.extract]\nfile = "country.osm.pbf"\n'


@pytest.fixture
def fetching(folder, site, tmp_path):
    """The invented city without base map files; a site has its country's extract."""
    for name in ("agua.geojson", "rios.geojson", "verde.geojson"):
        (folder / name).unlink()
    site.publish("country.osm.pbf", write_extract(tmp_path / "made.osm.pbf"))
    toml = (folder / "city.toml").read_text()
    begin, end = toml.index("[ground]"), toml.index("[cameras]")
    address = f'url = "{site.url}latest/country.osm.pbf"\nmd5 = "{site.url}latest/country.osm.pbf.md5"\n'
    (folder / "city.toml").write_text(f"{toml[:begin]}{EXTRACT}{address}\n{toml[end:]}")
    return folder


def test_an_extract_is_fetched_checked_and_clipped_to_the_bounds(fetching, site):
    output = run_command("load_city", fetching, mirror=True)

    size = len(site.files["country.osm.pbf"]) / 1e6
    assert f"Downloading country.osm.pbf: {size:.1f} of {size:.1f} MB" in output
    assert "Left out: 1 with no two nodes in the file." in output
    assert "Ground       water 2, green 1, streets 1, buildings 1" in output
    assert ground(*Layer) == [
        ("Green", ""), ("Water", ""), ("Road", "Rua Nova"), ("Building", ""), ("Name", "Lago"), ("Name", "Parque"),
    ]  # fmt: skip
    (road,) = GroundShape.objects.filter(band=6, layer=Layer.ROAD)
    west, east = (x / 20037508.342789244 * 180 for x in road.shape.extent[::2])
    assert (round(west, 4), round(east, 4)) == (-50.0, -49.9)
    assert tile_at(-49.97, -19.95)["water"]
    assert tile_at(-49.93, -19.95)["water"] == ""
    assert City.objects.get().attribution.splitlines()[0] == "© OpenStreetMap contributors (ODbL 1.0)"
    requests_before = len(site.asked)
    assert "Ground" not in run_command("load_city", fetching, mirror=True)
    assert len(site.asked) == requests_before


def test_a_cut_download_is_resumed_unless_the_file_is_new(fetching, site, settings):
    body = site.files["country.osm.pbf"]
    site.cut = ["country.osm.pbf"]
    run_command("load_city", fetching, mirror=True)
    assert [wanted for name, wanted in site.asked if name == "country.osm.pbf"] == [None, f"bytes={len(body) // 2}-"]

    site.asked.clear()
    part = settings.VAR / "cache" / "claraval" / "country.osm.pbf.part"
    part.write_bytes(body[:50])
    part.with_suffix(".mark").write_text(f'"of-yesterday"\n{len(body)}')
    assert "Ground" in run_command("load_ground", fetching, fetching="must", mirror=True)
    assert [wanted for name, wanted in site.asked if name == "country.osm.pbf"] == ["bytes=50-"]
    assert (part.exists(), part.with_name("country.osm.pbf").read_bytes()) == (False, body)


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda site: site.files.update({"country.osm.pbf.md5": b"0" * 32}), "its MD5 is not the one"),
        (lambda site: site.files.update({"country.osm.pbf.md5": b"no"}), "there is no MD5"),
        (lambda site: site.files.pop("country.osm.pbf"), "status 404"),
        (lambda site: site.cut.extend(["country.osm.pbf"] * 9), "cut off after"),
        (lambda site: site.publish("country.osm.pbf", bytes(2_000_001)), "2 MB, where at most 1 are allowed"),
        (lambda site: site.publish("country.osm.pbf", b"junk" * 500), "country.osm.pbf cannot be read"),
    ],
)
def test_what_cannot_be_fetched_changes_nothing(fetching, site, spoil, message):
    run_command("load_city", fetching, mirror=True)
    before, toml = ground(*Layer), fetching / "city.toml"
    toml.write_text(toml.read_text().replace(EXTRACT, EXTRACT + "most_mb = 1\n"))
    spoil(site)

    with pytest.raises(CommandError, match=message):
        run_command("load_ground", fetching, fetching="must", mirror=True)
    assert ground(*Layer) == before


def test_where_nothing_can_be_fetched_the_streets_are_drawn(fetching, site):
    assert "127.0.0.1 is a private address" in run_command("load_city", fetching)
    assert site.asked == []
    assert ground(*Layer) == [("Road", name) for name in sorted(set(Street.objects.values_list("name", flat=True)))]

    assert "Not downloaded" not in run_command("load_city", fetching, no_extract=True)
