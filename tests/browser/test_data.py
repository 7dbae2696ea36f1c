"""Test open data from the running server: the page, GDAL as a client, files."""

import concurrent.futures
import json
import subprocess
import urllib.request

import pytest
from playwright.sync_api import expect

from cameras.models import Camera
from incidents.models import Incident
from tests import factories
from tests.browser.conftest import axe_findings, shoot, too_narrow

pytestmark = pytest.mark.browser

DATA, ITEMS = "/data/?collection=incidents&state=open", "/ogc/collections/incidents/items?f=html"


@pytest.fixture
def filled_town(town):
    incident = factories.incident(town.hole, text="Ổ gà sâu")
    factories.incident(town.secret, text="Behind the blue door")
    fields = [field.attname for field in Incident._meta.concrete_fields if not field.primary_key]
    same = {name: getattr(incident, name) for name in fields}
    Incident.objects.bulk_create(Incident(**same | {"reference": f"many-{n:03d}"}) for n in range(24))
    Camera.objects.create(code="H 1", name="Cảng", place=factories.IN_OLD, url="http://camera.inside.example/")
    return town


def gdal(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def layer(source, name, *options):
    (description,) = json.loads(gdal("ogrinfo", "-json", "-so", *options, source, name))["layers"]
    return description


@pytest.mark.parametrize(
    ("name", "path", "width", "language"),
    [
        ("data", DATA, 390, "vi"),
        *(
            pytest.param("data", DATA, *more, marks=pytest.mark.deep)
            for more in ((390, "en"), (1440, "vi"), (1440, "en"))
        ),
        pytest.param("ogc", "/ogc/?f=html", 390, "en", marks=pytest.mark.deep),
        ("ogc-items", ITEMS, 1440, "en"),
        pytest.param("ogc-items", ITEMS, 390, "vi", marks=pytest.mark.deep),
    ],
)
def test_the_pages_are_whole(visitor, filled_town, name, path, width, language):
    page = visitor(width, language=language)
    page.goto(path)
    page.wait_for_load_state("load")
    shoot(page, name)
    assert page.locator("html").get_attribute("lang") == language
    assert too_narrow(page) == []
    assert axe_findings(page) == []


def test_a_person_counts_and_fetches_what_was_counted(visitor, filled_town, tmp_path):
    page = visitor(1440, language="en")
    page.goto("/")
    page.get_by_role("contentinfo").get_by_role("link", name="Open data").click()
    form = page.get_by_role("form", name="Reported incidents")
    form.get_by_label("Area").select_option(label="Old Wharf Ward")
    form.get_by_label("Coordinates").select_option("EPSG:32632")
    form.get_by_role("button", name="How many rows?").click()
    form = page.get_by_role("form", name="Reported incidents")
    expect(form.get_by_role("status")).to_have_text("Your choice: 25 rows.")
    expect(form.get_by_label("Coordinates")).to_have_value("EPSG:32632")
    with page.expect_download() as download:
        form.get_by_role("button", name="GeoPackage").click()
    assert download.value.suggested_filename == "incidents.gpkg"
    path = tmp_path / "incidents.gpkg"
    download.value.save_as(path)
    exported = layer(str(path), "incidents")
    assert (exported["featureCount"], exported["geometryFields"][0]["coordinateSystem"]["projjson"]["id"]["code"]) == (
        25,
        32632,
    )


@pytest.mark.deep
@pytest.mark.parametrize(
    "system",
    ["EPSG:4326", "EPSG:32632", "OGC:CRS84", "EPSG:3857"],
)
def test_gdal_reads_the_service_in_each_system(site, filled_town, system):
    areas = layer(f"OAPIF:{site}/ogc/", "areas", "-oo", f"CRS={system}")
    (shape,) = areas["geometryFields"]
    projected = filled_town.old.shape.union(filled_town.new.shape)
    if not system.endswith(("84", "4326")):
        projected.transform(int(system[5:]))
    assert areas["featureCount"] == 2
    assert shape["type"] == "MultiPolygon"
    assert shape["extent"] == pytest.approx(projected.extent, abs=0.02)


def test_gdal_makes_a_geopackage_of_the_service_page_by_page(site, filled_town, tmp_path):
    path = tmp_path / "all.gpkg"
    gdal("ogr2ogr", "-f", "GPKG", str(path), f"OAPIF:{site}/ogc/", "-oo", "PAGE_SIZE=10")
    counts = {name: layer(str(path), name)["featureCount"] for name in ("areas", "incidents", "cameras")}
    assert counts == {"areas": 2, "incidents": 25, "cameras": 1}
    texts = gdal("ogrinfo", "-al", "-geom=NO", str(path))
    assert "Ổ gà sâu" in texts
    assert "blue door" not in texts
    assert "inside.example" not in texts


@pytest.mark.deep
def test_gdal_hands_its_filters_to_the_service(site, filled_town):
    filtered = layer(f"OAPIF:{site}/ogc/", "areas", "-spat", "10.001", "50.001", "10.002", "50.002")
    assert filtered["featureCount"] == 1
    filtered = layer(f"OAPIF:{site}/ogc/", "incidents", "-where", "area = '002'")
    assert filtered["featureCount"] == 0


@pytest.mark.deep
def test_several_fetch_files_at_the_same_time(site, filled_town):
    def fetch(_number):
        try:
            with urllib.request.urlopen(f"{site}/data/incidents.geojson") as answer:
                return answer.status, len(json.load(answer)["features"])
        except urllib.error.HTTPError as error:
            return error.code, 25

    with concurrent.futures.ThreadPoolExecutor(6) as people:
        answers = list(people.map(fetch, range(6)))
    assert set(answers) <= {(200, 25), (503, 25)}
    assert (200, 25) in answers
