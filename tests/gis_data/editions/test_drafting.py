"""Test drafting editions from uploaded files: the town of Wharf redrawn in three wards.

10.00     10.01     10.02 °E
+----+----+---------+ 50.01 °N
| 01 | 02 |   03    |
+----+----+---------+ 50.00
"""

import datetime
import gzip
import json
import os
import re
import shutil
import stat
import time
import tracemalloc
import warnings
import zipfile
from collections import Counter
from io import BytesIO, StringIO
from pathlib import Path

import geopandas
import numpy
import pandas
import pyogrio
import pytest
import shapely
from django.contrib.gis.geos import Point
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import override
from hypothesis import given
from hypothesis import settings as often
from hypothesis import strategies as some
from procrastinate.contrib.django.models import ProcrastinateJob

from gis_data.addresses.geocode import locate
from gis_data.editions import attributes, drafting, jobs, unpacking
from gis_data.editions.importing import to_geos
from gis_data.models import Area, AreaPiece, City, Edition, Level, Upload
from gis_data.pack import InvalidData
from incidents.models import Reform
from tests import factories
from tests.machine import patience

State = Upload.State
DATA = Path(os.environ.get("CITY_DATA") or "nowhere")
TRUE_CITY = "hcmc_2025_168_units_full.geojson.gz"
SOUTH = (96.7, -39.2)  # by so many degrees Wharf is moved to Vietnam
EXACT = 1e-6  # degrees, a decimetre


@pytest.fixture(autouse=True)
def in_english():
    with override("en"):
        yield


def wards(**columns):
    """Return the town in three wards, in EPSG:4326."""
    boxes = [(10.0, 50.0, 10.005, 50.01), (10.005, 50.0, 10.01, 50.01), (10.01, 50.0, 10.02, 50.01)]
    rows = {
        "code": ["01", "02", "03"], "name": ["Quay", "Market", "New Wharf"], "kind": ["Phường", "Phường", "Xã"],
        "declared_area_km2": [0.4, 0.4, 0.8],
    } | columns  # fmt: skip
    return geopandas.GeoDataFrame(
        {name: values for name, values in rows.items() if values}, geometry=[shapely.box(*b) for b in boxes], crs=4326
    )


def geojson(table=None):
    return (wards() if table is None else table).to_json(to_wgs84=False, drop_id=True).encode()


def geopackage(folder, table=None, **layers):
    path = folder / "made.gpkg"
    path.unlink(missing_ok=True)
    with warnings.catch_warnings(action="ignore"):  # that a layer has no coordinate system: it is meant
        for name, layer in (layers or {"areas": wards() if table is None else table}).items():
            pyogrio.write_dataframe(layer, path, layer=name)
    return path.read_bytes()


def shapefile(folder, table=None, *, without=(), inside="", encoding="utf-8", name="Phường mới"):
    """Return a zipped Shapefile without some of its files."""
    shapefiles = folder / "made"
    shutil.rmtree(shapefiles, ignore_errors=True)
    shapefiles.mkdir()
    table = (wards() if table is None else table).rename(columns={"declared_area_km2": "dien_tich"})
    table.to_file(shapefiles / f"{name}.shp", encoding=encoding)
    return zip_files(
        {f"{inside}{path.name}": path.read_bytes() for path in shapefiles.iterdir() if path.suffix not in without}
    )


def zip_files(files, how=zipfile.ZIP_DEFLATED):
    out = BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def take(data, name="wards.geojson", **options):
    return drafting.accept_upload(BytesIO(data), name=name, by="gis", options=options)


def draft_upload(data, name="wards.geojson", **options):
    return drafting.read_upload(take(data, name, **options).pk)


def findings_in(upload, language="en"):
    return [finding["said"][language] for finding in upload.report["findings"]]


def refusal(data, name="wards.geojson", **options):
    """Return the faults raised by accepting the upload."""
    with pytest.raises(InvalidData) as error:
        take(data, name, **options)
    assert not Upload.objects.exists()
    assert not ProcrastinateJob.objects.filter(task_name="gis_data.read_upload").exists()
    return list(error.value.faults)


def nothing_is_loaded():
    return (Edition.objects.count(), Area.objects.count(), AreaPiece.objects.count()) == (1, 2, 2)


# --- from a file to a draft


def test_a_file_is_stored_and_read_by_a_job(town):
    upload = take(geojson(), name="Three wards.geojson", code="2026", name_en="Three wards")

    assert (upload.state, upload.by, upload.name) == (State.WAITING, "gis", "Three wards.geojson")
    with upload.file.open() as stored:
        assert stored.read() == geojson()
    job = ProcrastinateJob.objects.get(task_name="gis_data.read_upload")
    assert job.args == {"upload_id": upload.pk}

    steps = []
    upload = drafting.read_upload(upload.pk, say=steps.append)

    assert (steps, upload.state) == (["open", "read", "check", "save"], State.DRAFTED)
    edition = Edition.objects.get(code="2026")
    assert (edition.title, edition.in_force, edition.level, edition.report) == (
        "Three wards", None, Level.WARD, upload.report,
    )  # fmt: skip
    assert upload.report == {"areas": 3, "vertices": 15, "coverage": 1.0, "repaired": [], "findings": []}
    assert ProcrastinateJob.objects.get(task_name="gis_data.compare_edition").args == {"edition_id": edition.pk}
    assert list(edition.areas.order_by("code").values_list("code", "name", "full_name", "full_name_en", "kind")) == [
        ("01", "Quay", "Phường Quay", "Quay Ward", "Phường"),
        ("02", "Market", "Phường Market", "Market Ward", "Phường"),
        ("03", "New Wharf", "Xã New Wharf", "New Wharf Commune", "Xã"),
    ]
    area = edition.areas.get(code="02")
    assert (area.search, area.declared_km2, area.pieces.count()) == ("phuong market market ward", 0.4, 1)
    assert area.shape.contains(area.label_point)


def test_a_draft_is_seen_by_no_look_up(town):
    draft_upload(geojson())

    assert locate(factories.IN_OLD).area == town.old


def test_the_job_does_it_and_does_it_once(town):
    upload = take(geojson(), code="2026")
    job = ProcrastinateJob.objects.get(task_name="gis_data.read_upload")

    for _twice in range(2):
        jobs.read_upload(context_of(job), upload.pk)

    assert Edition.objects.filter(code="2026").count() == 1
    assert Upload.objects.get().state == State.DRAFTED
    assert ProcrastinateJob.objects.filter(task_name="gis_data.compare_edition").count() == 1


class context_of:
    """Return a job's context as the worker passes it."""

    def __init__(self, job, attempts=0):
        self.job = job
        self.job.attempts = attempts


class Killed(BaseException):
    """The worker was killed."""


@pytest.mark.parametrize("at", drafting.STEPS)
def test_killed_worker_loads_nothing_and_the_next_starts_again(town, at):
    upload = take(geojson(), code="2026")

    def killed(step):
        if step == at:
            raise Killed

    with pytest.raises(Killed):
        drafting.read_upload(upload.pk, say=killed)

    upload.refresh_from_db()
    assert (upload.state, upload.progress["step"]) == (State.READING, at)
    assert nothing_is_loaded()

    assert drafting.read_upload(upload.pk).state == State.DRAFTED


def test_two_workers_at_once_make_one_draft(town):
    upload = take(geojson(), code="2026")

    drafting.read_upload(upload.pk, say=lambda step: step == "save" and drafting.read_upload(upload.pk))

    assert Edition.objects.filter(code="2026").count() == 1


def test_a_fault_of_the_service_is_told_after_the_last_try(town):
    upload = take(geojson())
    job = ProcrastinateJob.objects.get(task_name="gis_data.read_upload")
    upload.file.storage.delete(upload.file.name)

    with pytest.raises(FileNotFoundError):
        jobs.read_upload(context_of(job), upload.pk)
    upload.refresh_from_db()
    assert upload.state == State.READING

    with pytest.raises(FileNotFoundError):
        jobs.read_upload(context_of(job, attempts=jobs.RETRIES.max_attempts), upload.pk)
    upload.refresh_from_db()
    assert upload.state == State.FAULTY
    assert findings_in(upload) == ["This file could not be read: the service failed, and its log says why."]


@pytest.mark.parametrize(
    ("job", "missing"), [(jobs.read_upload, Upload.DoesNotExist), (jobs.compare_edition, Edition.DoesNotExist)]
)
def test_missing_row_is_waited_for_then_left(town, job, missing):
    with pytest.raises(missing):
        job(context_of(ProcrastinateJob()), 404)
    job(context_of(ProcrastinateJob(), attempts=jobs.RETRIES.max_attempts), 404)


def test_an_upload_that_is_gone_is_no_fault(town):
    assert drafting.read_upload(4711) is None


# --- every kind of file, every system


def write_table(kind, folder, table=None):
    tables = {
        "geojson": lambda: geojson(table),
        "json": lambda: geojson(table),
        "gpkg": lambda: geopackage(folder, table),
        "zip": lambda: shapefile(folder, table),
    }[kind.removesuffix(".gz")]()
    return gzip.compress(tables) if kind.endswith(".gz") else tables


@pytest.mark.usual_rows(5)
@pytest.mark.parametrize("kind", [suffix.removeprefix(".") for suffix in unpacking.SUFFIXES])
def test_each_kind_of_file_is_read(town, tmp_path, kind):
    upload = draft_upload(write_table(kind, tmp_path), name=f"Wards.{kind.upper()}", code="2026")

    assert upload.state == State.DRAFTED, findings_in(upload)
    assert dict(upload.edition.areas.values_list("code", "full_name")) == {
        "01": "Phường Quay", "02": "Phường Market", "03": "Xã New Wharf",
    }  # fmt: skip


# VN-2000 fits the south of Vietnam: 3° zones, 6° zones, degrees; others fit Wharf.
FAR_SYSTEMS = [
    *((srid, "gpkg") for srid in (9205, 9209, 9218, 3406, 5897, 4756, 32648, 3857)),
    (9210, "zip"),
    (3405, "zip"),
]
NEAR_SYSTEMS = [4326, 4258, 25832, 31467, 3857]


@pytest.fixture
def southern(town):
    """Return Wharf moved to 106.7° E, 10.8° N."""
    for area in town.edition.areas.all():
        shape = move_shape(area.shape)
        Area.objects.filter(pk=area.pk).update(shape=shape, outline=shape, label_point=shape.point_on_surface)
    town.city.metric_srid = 32648
    town.city.centre = Point(106.71, 10.805, srid=4326)
    town.city.save()
    return town


def move_shape(shape):
    return to_geos(shapely.transform(shapely.from_wkb(bytes(shape.wkb)), lambda corners: numpy.add(corners, SOUTH)))


def southern_wards():
    return wards().set_geometry(wards().translate(*SOUTH))


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize(("srid", "kind"), FAR_SYSTEMS)
def test_any_system_of_the_country_is_read(southern, tmp_path, srid, kind):
    upload = draft_upload(write_table(kind, tmp_path, southern_wards().to_crs(srid)), name=f"wards.{kind}")

    assert upload.state == State.DRAFTED, findings_in(upload)
    assert upload.edition.areas.get(code="01").shape.extent == pytest.approx((106.7, 10.8, 106.705, 10.81), abs=EXACT)
    assert upload.report["coverage"] == pytest.approx(1, abs=1e-4)


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize("srid", NEAR_SYSTEMS)
def test_any_system_of_another_country_is_read_too(town, tmp_path, srid):
    upload = draft_upload(geopackage(tmp_path, wards().to_crs(srid)), name="wards.gpkg")

    assert upload.state == State.DRAFTED, findings_in(upload)
    assert upload.edition.areas.get(code="03").shape.extent == pytest.approx((10.01, 50, 10.02, 50.01), abs=EXACT)


def test_file_without_a_crs_is_read_once_its_crs_is_named(southern, tmp_path):
    without = southern_wards().to_crs(9210).set_crs(None, allow_override=True)

    upload = draft_upload(geopackage(tmp_path, without), name="wards.gpkg")
    assert upload.state == State.FAULTY
    assert findings_in(upload) == [
        "The file does not state its coordinate system: enter it. It may be EPSG:9210 (VN-2000 / TM-3 105-45)."
    ]

    assert [column["name"] for column in upload.columns] == ["code", "name", "kind", "declared_area_km2"]

    drafting.map_attributes(upload, {"crs": "9210"})
    assert drafting.read_upload(upload.pk).state == State.DRAFTED


def test_metres_in_a_geojson_file_are_recognised_and_named(southern):
    bare = json.loads(geojson(southern_wards().to_crs(9210)))
    del bare["crs"]

    upload = draft_upload(json.dumps(bare).encode())
    assert findings_in(upload)[0].startswith("The areas are not near the city: x is 604,509, y is 1,195,053.")
    assert "it may be EPSG:9210 (VN-2000 / TM-3 105-45)" in findings_in(upload)[0]

    assert draft_upload(json.dumps(bare).encode(), crs="EPSG:9210").state == State.DRAFTED


def test_shapefiles_without_an_encoding_are_read(town, tmp_path):
    utf = shapefile(tmp_path, wards(name=["Bến", "Chợ", "Mới"]), without={".cpg"})
    assert draft_upload(utf, name="a.zip", code="utf").edition.areas.get(code="02").name == "Chợ"

    old = shapefile(
        tmp_path, wards(name=["Café", "Élan", "Mêlée"], kind=None), without={".cpg"}, encoding="ISO-8859-1", name="old"
    )
    assert draft_upload(old, name="b.zip", code="old").edition.areas.get(code="02").name == "Élan"


# --- which attribute is what

GUESSED = [
    ("our own names", {}, "Phường Market"),
    (
        "Vietnamese names",
        {"Ma_Xa": ["01", "02", "03"], "Ten_Xa": ["Phường Quay", "Phường Market", "Xã New Wharf"]},
        "Phường Market",
    ),
    (
        "a higher level beside",
        {"ma_huyen": ["7"] * 3, "ma_xa": ["01", "02", "03"], "ten_xa": ["A", "Market", "C"]},
        "Market",
    ),
    ("numbers as codes", {"code": [1, 2, 3], "name": ["A", "Market", "C"]}, "Market"),
    ("only known codes tell", {"x": ["001", "002", "9"], "y": ["1", "2", "3"], "ten": ["A", "Market", "C"]}, "Market"),
    ("only kinds tell", {"ma": ["01", "02", "03"], "z": ["Xã Quay", "Phường Market", "Xã New Wharf"]}, "Phường Market"),
    ("one attribute that can be a code", {"n1": ["01", "02", "03"], "name": ["A", "Market", "C"]}, "Market"),
]


def only(columns):
    """Return the wards with these attributes only, or unchanged."""
    return wards(**dict.fromkeys(["code", "name", "kind", "declared_area_km2"]) | columns) if columns else wards()


@pytest.mark.usual_rows(2)
@pytest.mark.parametrize(("columns", "name"), [case[1:] for case in GUESSED], ids=[case[0] for case in GUESSED])
def test_attributes_are_guessed_by_name_and_content(town, columns, name):
    upload = draft_upload(geojson(only(columns)))

    assert upload.state == State.DRAFTED, (upload.columns, findings_in(upload))
    assert upload.edition.areas.order_by("code")[1].full_name == name


def test_where_it_is_unsure_it_asks(town):
    columns = {"a": ["k1", "k2", "k3"], "b": ["m1", "m2", "m3"], "c": ["Quay", "Market", "New Wharf"], "d": [1.5, 2, 3]}
    upload = draft_upload(geojson(only(columns)), code="2026")

    assert upload.state == State.UNMAPPED
    assert upload.columns == [
        {"name": "a", "samples": ["k1", "k2", "k3"]},
        {"name": "b", "samples": ["m1", "m2", "m3"]},
        {"name": "c", "samples": ["Quay", "Market", "New Wharf"]},
        {"name": "d", "samples": ["1.5", "2", "3"]},
    ]
    assert nothing_is_loaded()

    with pytest.raises(InvalidData, match="There is no attribute nowhere in the file"):
        drafting.map_attributes(upload, {"attributes": {"code": "nowhere", "name": "c"}})
    with pytest.raises(InvalidData, match="there is no colour; there are only code, name"):
        drafting.map_attributes(upload, {"attributes": {"colour": "a"}})

    drafting.map_attributes(upload, {"attributes": {"code": "b", "name": "c", "declared_km2": ""}})
    assert ProcrastinateJob.objects.filter(task_name="gis_data.read_upload").count() == 2
    upload = drafting.read_upload(upload.pk)
    assert list(upload.edition.areas.order_by("code").values_list("code", "name")) == [
        ("m1", "Quay"), ("m2", "Market"), ("m3", "New Wharf"),
    ]  # fmt: skip
    with pytest.raises(InvalidData, match="or is already a draft"):
        drafting.map_attributes(upload, {"attributes": {"code": "a", "name": "c"}})


DECLARED = [
    ("km²", [0.4, 0.4, 0.8]),
    ("hectares", [40, 40, 80]),
    ("m²", [400_000, 400_000, 800_000]),
    ("texts", ["0,4", "0,4", "0,8"]),
]


@pytest.mark.parametrize("values", [case[1] for case in DECLARED], ids=[case[0] for case in DECLARED])
def test_declared_areas_are_understood_in_any_unit(town, values):
    upload = draft_upload(geojson(wards(declared_area_km2=values)))

    assert list(upload.edition.areas.order_by("code").values_list("declared_km2", flat=True)) == pytest.approx(
        [0.4, 0.4, 0.8]
    )


def test_areas_get_the_area_above_and_an_unknown_one_is_told(town):
    districts = Edition.objects.create(
        city=town.city, level=Level.DISTRICT, code="d", name="d", in_force=DateRange(datetime.date(2025, 7, 1), None)
    )
    west = factories.area(districts, "W", "West", (10.0, 50.0, 10.01, 50.01))

    upload = draft_upload(geojson(wards(ma_huyen=["W", "W", "E"])))

    assert dict(upload.edition.areas.values_list("code", "parent")) == {"01": west.pk, "02": west.pk, "03": None}
    assert findings_in(upload) == ["The code E of an area above is unknown."]


def test_one_layer_of_several_is_asked_for(town, tmp_path):
    points = wards().set_geometry(wards().representative_point())
    data = geopackage(tmp_path, points=points, areas=wards())
    assert draft_upload(data, name="a.gpkg").state == State.DRAFTED  # the one with areas

    data = geopackage(tmp_path, old=wards(), new=wards())
    upload = draft_upload(data, name="b.gpkg")
    assert findings_in(upload) == ["The file has several layers: old, new. Choose one, or upload a file with one."]
    assert draft_upload(data, name="b.gpkg", layer="new").state == State.DRAFTED
    assert findings_in(draft_upload(data, name="b.gpkg", layer="no")) == [
        "There is no layer no in the file; there are old, new."
    ]


# --- bad input: told at once


def bomb(megabytes):
    return b"{" + b" " * (megabytes * 1_000_000) + b"}"


def zip_with_link():
    info = zipfile.ZipInfo("areas.shp")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zip_files({info: "/etc/passwd"})


def zip_with_password(folder):
    data = bytearray(shapefile(folder))
    for head in (b"PK\x03\x04", b"PK\x01\x02"):
        at = 0
        while (at := data.find(head, at)) >= 0:
            data[at + (6 if head == b"PK\x03\x04" else 8)] |= 1
            at += 4
    return bytes(data)


GPKG, ZIP, GEO = "a.gpkg", "a.zip", "a.geojson"
NOT = "Despite its name, this file is not a {}."
CUT_OFF = "This file is incomplete: its end is missing. Send it again."
NO_KIND = "is not one of the file types that can be read: .geojson, .json, .gpkg, .zip, .gz."
NO_GZIP = "This file is not a gzip file, or it is damaged."
BOTH_DAYS = "from, to: both days of a past edition. A future edition gets its day later."
FAR_TOO_LARGE = "Unpacked, this file would be far too large for a boundary file."
AT_ONCE = [
    ("a text", "a.txt", lambda f: b"{}", "“a.txt” " + NO_KIND),
    ("no suffix", "a", lambda f: b"{}", "“a” " + NO_KIND),
    ("nothing", GEO, lambda f: b"", "This file is empty."),
    ("XML as GeoJSON", GEO, lambda f: b"<OGRVRTDataSource/>", NOT.format("GeoJSON")),
    ("GeoJSON as GeoPackage", GPKG, lambda f: geojson(), NOT.format("GeoPackage")),
    ("GeoJSON as zip", ZIP, lambda f: geojson(), NOT.format("zip")),
    ("GeoJSON as gzip", "a.json.gz", lambda f: geojson(), NO_GZIP),
    ("GeoJSON cut off", GEO, lambda f: geojson()[:-200], CUT_OFF),
    ("GeoPackage cut off", GPKG, lambda f: geopackage(f)[:50_000], CUT_OFF),
    ("zip cut off", ZIP, lambda f: shapefile(f)[:-300], CUT_OFF),
    ("gzip cut off", "a.json.gz", lambda f: gzip.compress(geojson())[:-20], CUT_OFF),
    ("gzip damaged", "a.json.gz", lambda f: gzip.compress(geojson())[:-4] + b"\1\2\3\4", NO_GZIP),
    ("no .shp", ZIP, lambda f: shapefile(f, without={".shp"}), "There is no Shapefile in the zip: a .shp is missing."),
    (
        "only a text in it",
        ZIP,
        lambda f: zip_files({"a.txt": "no"}),
        "There is no Shapefile in the zip: a .shp is missing.",
    ),
    ("no .dbf", ZIP, lambda f: shapefile(f, without={".dbf"}), "Phường mới.dbf is missing in the zip."),
    (
        "no .prj",
        ZIP,
        lambda f: shapefile(f, without={".prj"}),
        "There is no Phường mới.prj in the zip, which says in which coordinate system the areas are."
        " Put it in, or name the system with the file.",
    ),
    ("a path upwards", ZIP, lambda f: shapefile(f, inside="../../"), "The zip refers to a file outside itself: ../../"),
    (
        "a path from the root",
        ZIP,
        lambda f: shapefile(f, inside="/etc/"),
        "The zip refers to a file outside itself: /etc/",
    ),
    ("a path of a drive", ZIP, lambda f: shapefile(f, inside="C:\\"), "The zip refers to a file outside itself: C:"),
    (
        "a path with backslashes",
        ZIP,
        lambda f: shapefile(f, inside="..\\"),
        "The zip refers to a file outside itself: ..",
    ),
    ("a link", ZIP, lambda f: zip_with_link(), "The zip contains a link instead of a file: areas.shp."),
    ("a password", ZIP, lambda f: zip_with_password(f), "The zip is protected with a password."),
    ("a gzip bomb", "a.json.gz", lambda f: gzip.compress(bomb(40)), FAR_TOO_LARGE),
    ("a zip bomb", ZIP, lambda f: zip_files({"a.shp": bomb(40)}), FAR_TOO_LARGE),
    ("a zip of very many files", ZIP, lambda f: zip_files({f"{n}.txt": "" for n in range(1001)}), FAR_TOO_LARGE),
]


@pytest.mark.usual_rows(8)
@pytest.mark.parametrize(
    ("name", "make", "sentence"), [case[1:] for case in AT_ONCE], ids=[case[0] for case in AT_ONCE]
)
def test_what_can_be_seen_at_once_is_told_at_once(town, tmp_path, name, make, sentence):
    (fault,) = refusal(make(tmp_path), name=name)

    assert (
        fault == sentence if sentence.endswith(".") and "outside itself" not in sentence else fault.startswith(sentence)
    )
    assert nothing_is_loaded()


def test_it_is_told_in_the_language_of_the_reader(town):
    with override("vi"):
        assert refusal(b"") == ["Tệp này trống."]


WANTED = [
    ({"level": "moon"}, "level: there are only city, district, ward."),
    ({"code": "Ward 1"}, "code: only lower-case letters without diacritics, digits and hyphens."),
    ({"code": "2025"}, "code: there is already an edition 2025."),
    ({"crs": "EPSG:1"}, "crs: there is no coordinate system EPSG:1. Enter an EPSG code: EPSG:9210."),
    ({"colour": "red"}, "There is no setting called colour."),
    ({"name": "x" * 101}, "name: at most 100 characters."),
    ({"name": ["x"]}, "There is no setting called name."),
    (
        {"attributes": {"colour": "a"}},
        "attributes: there is no colour; there are only code, name, full_name, full_name_en, kind, declared_km2, "
        "parent.",
    ),
    ({"from": "yesterday", "to": "2020-01-01"}, "from, to: write dates like 2021-01-31."),
    ({"from": "2020-01-01"}, BOTH_DAYS),
    ({"from": "2020-01-01", "to": "2999-01-01"}, BOTH_DAYS),
    (
        {"from": "2021-01-01", "to": "2025-08-01"},
        "On some of these days another edition is in force: 2025 (2025-07-01 – …).",
    ),
]


@pytest.mark.parametrize(("options", "sentence"), WANTED)
def test_what_is_wanted_and_cannot_be_is_told_at_once(town, options, sentence):
    with pytest.raises(InvalidData) as error:
        drafting.accept_upload(BytesIO(geojson()), name=GEO, by="gis", options=options)

    assert list(error.value.faults) == [sentence]
    assert not Upload.objects.exists()


def test_an_edition_of_the_past_is_the_law_of_its_days(town, client):
    upload = draft_upload(geojson(), code="old", **{"from": "2021-01-01", "to": "2025-07-01"})

    assert upload.edition.in_force == DateRange(datetime.date(2021, 1, 1), datetime.date(2025, 7, 1))
    assert locate(factories.IN_OLD, day=datetime.date(2024, 6, 30)).area.code == "01"
    assert locate(factories.IN_OLD).area == town.old
    areas_found = client.get("/mapit/point/4326/10.005,50.005?type=WARD&at=2024-06-30").json()
    assert {area["codes"]["official"] for area in areas_found.values()} == {"01", "02"}  # it lies on their border


def test_an_edition_that_came_meanwhile_is_told_in_the_report(town):
    upload = take(geojson(), code="old", **{"from": "2021-01-01", "to": "2025-07-01"})
    last_day = DateRange(datetime.date(2025, 6, 30), datetime.date(2025, 7, 1))
    Edition.objects.create(city=town.city, level=Level.WARD, code="x", name="x", in_force=last_day)

    assert findings_in(drafting.read_upload(upload.pk)) == [
        "In the meantime there is an edition with the same short name, or one for some of the same days."
    ]
    assert not Area.objects.filter(edition__code="old").exists()


def test_without_a_city_nothing_is_taken(db):
    assert refusal(geojson()) == ["There is no city yet: load its pack first."]


# --- bad input: how large it may be


def test_a_file_of_300_megabytes_is_refused_without_being_read(town, tmp_path):
    path = tmp_path / "large.geojson"
    path.touch()
    os.truncate(path, 300_000_000)

    tracemalloc.start()
    with path.open("rb") as file, pytest.raises(InvalidData, match="This file has 300 MB; the limit is 200 MB"):
        drafting.accept_upload(file, name="large.geojson", by="gis")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 3_000_000
    assert not Upload.objects.exists()


def test_a_large_file_passes_through_in_pieces(town, settings, tmp_path):
    path = tmp_path / "large.geojson"
    with path.open("wb") as file:
        file.write(b"{")
        file.seek(60_000_000)
        file.write(b"}")

    tracemalloc.start()
    with path.open("rb") as file:
        upload = drafting.accept_upload(file, name="large.geojson", by="gis")
    with pytest.raises(StopIteration):
        drafting.read_upload(upload.pk, say=lambda step: step == "read" and next(iter(())))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert upload.file.size == 60_000_001
    assert peak < 8_000_000


def test_the_limit_is_a_setting(town, settings):
    settings.BOUNDARY_MAX_BYTES = len(geojson()) - 1
    assert refusal(geojson())[0].startswith("This file has 0 MB; the limit is 0 MB")

    settings.BOUNDARY_MAX_BYTES = len(geojson())
    assert draft_upload(geojson()).state == State.DRAFTED
    unpacked = gzip.compress(geojson() + b" " * len(geojson()) * 5)
    with pytest.raises(InvalidData, match="Unpacked, this file would be far too large"):
        take(unpacked, name="a.geojson.gz")


def test_an_uploaded_file_is_taken_as_it_comes(town):
    file = SimpleUploadedFile("wards.geojson", geojson())

    upload = drafting.accept_upload(file, name=file.name, by="gis", options={"code": "2026"})

    assert drafting.read_upload(upload.pk).state == State.DRAFTED


# --- bad input: what only reading shows


def with_shapes(*shapes, **columns):
    table = wards(**columns)
    table.loc[range(len(shapes)), "geometry"] = list(shapes)
    return table


BOW_TIE = shapely.Polygon([(10.0, 50.0), (10.005, 50.01), (10.005, 50.0), (10.0, 50.01)])
WIDER = shapely.box(10.0, 50.0, 10.006, 50.01)
AWAY = shapely.box(10.5, 50.0, 10.51, 50.01)


def swap_axes():
    table = wards()
    return table.set_geometry(shapely.transform(table.geometry.to_numpy(), lambda xy: xy[:, ::-1]), crs=4326)


def evil(folder):
    """Return a file that makes GDAL open another one."""
    (folder / "secret.geojson").write_bytes(geojson())
    command = f"gdal vector pipeline ! read {folder}/secret.geojson"
    return json.dumps({"type": "gdal_streamed_alg", "command_line": command}).encode()


def damage_package(folder):
    data = geopackage(folder)
    return data[:4096] + b"\xff" * 20_000 + data[24_096:]


NOT_READ = "This file cannot be read: it is damaged, or not what its name says."
WHEN_READ = [
    (
        "a bow-tie",
        GEO,
        lambda f: geojson(with_shapes(BOW_TIE)),
        "Phường Quay (01): the boundary is not valid and cannot be repaired without changing it"
        " (Self-intersection[10.0025 50.005]).",
    ),
    (
        "an overlap",
        GEO,
        lambda f: geojson(with_shapes(WIDER)),
        "Phường Quay (01) and Phường Market (02) overlap by 0.08 km².",
    ),
    (
        "swapped axes",
        GEO,
        lambda f: geojson(swap_axes()),
        "The axes are swapped (longitude and latitude, or east and north): x is 50.0, y is 10.0.",
    ),
    (
        "doubled codes",
        GEO,
        lambda f: geojson(wards(code=["01", "01", "03"])),
        "The code 01 occurs 2 times: Phường Quay, Phường Market.",
    ),
    (
        "a missing code",
        GEO,
        lambda f: geojson(wards(code=["01", "", "03"])),
        "The area in row 2 of the file (Phường Market) has no code.",
    ),
    (
        "a ward outside the city",
        GEO,
        lambda f: geojson(with_shapes(AWAY)),
        "Phường Quay (01) is 34.4 km away from the city: it cannot belong to it.",
    ),
    (
        "a point",
        GEO,
        lambda f: geojson(with_shapes(shapely.Point(10, 50))),
        "Phường Quay (01) is not a polygon but a Point.",
    ),
    (
        "only points",
        GEO,
        lambda f: geojson(wards().set_geometry(wards().representative_point())),
        "There are no areas in this file, but Point.",
    ),
    ("an empty shape", GEO, lambda f: geojson(with_shapes(None)), "Phường Quay (01) has no shape."),
    ("no areas", GEO, lambda f: b'{"type":"FeatureCollection","features":[]}', "There are no areas in this file."),
    (
        "no shapes",
        GPKG,
        lambda f: geopackage(f, plain=pandas.DataFrame({"a": [1]})),
        "There are no shapes in this file.",
    ),
    ("other JSON", GEO, lambda f: b'{"a": 1}', NOT_READ),
    ("broken JSON", GEO, lambda f: geojson().replace(b'"geometry"', b"geometry", 1), NOT_READ),
    ("a program for GDAL", GEO, evil, NOT_READ),
    ("a damaged GeoPackage", GPKG, damage_package, NOT_READ),
    (
        "a long name",
        GEO,
        lambda f: geojson(wards(name=["x" * 200, "B", "C"])),
        f"01: “{'x' * 30} …” has 200 characters; at most 100 are allowed.",
    ),
]


@pytest.mark.usual_rows(6)
@pytest.mark.parametrize(
    ("name", "make", "sentence"), [case[1:] for case in WHEN_READ], ids=[case[0] for case in WHEN_READ]
)
def test_unreadable_file_gets_a_report_and_loads_nothing(town, tmp_path, name, make, sentence):
    upload = draft_upload(make(tmp_path), name=name, code="2026")

    assert (upload.state, upload.edition) == (State.FAULTY, None)
    assert findings_in(upload)[0] == sentence
    assert upload.report["findings"][0]["grave"]
    assert findings_in(upload, "vi") != findings_in(upload)
    assert nothing_is_loaded()
    assert not ProcrastinateJob.objects.filter(task_name="gis_data.compare_edition").exists()


def test_a_cut_or_damaged_shapefile_is_told(town, tmp_path):
    source = tmp_path / "made"
    shapefile(tmp_path)
    files = {path.name: path.read_bytes() for path in source.iterdir()}
    shp, dbf = next(n for n in files if n.endswith(".shp")), next(n for n in files if n.endswith(".dbf"))

    assert findings_in(draft_upload(zip_files(files | {shp: files[shp][:300]}), name=ZIP)) == [CUT_OFF]
    assert findings_in(draft_upload(zip_files(files | {dbf: files[dbf][:-40]}), name=ZIP)) == [CUT_OFF]
    assert findings_in(draft_upload(zip_files(files | {shp: b"no shapes" * 20}), name=ZIP)) == [NOT.format("Shapefile")]
    data = bytearray(zip_files(files, zipfile.ZIP_STORED))
    data[data.find(files[shp][:100]) + 60] ^= 255
    assert findings_in(draft_upload(bytes(data), name=ZIP)) == [f"{shp} in the zip is damaged."]


def test_a_shapefile_without_its_index_or_its_prj_can_be_read(town, tmp_path):
    assert draft_upload(shapefile(tmp_path, without={".shx"}), name=ZIP).state == State.DRAFTED
    assert draft_upload(shapefile(tmp_path, without={".prj"}), name=ZIP, crs="EPSG:4326").state == State.DRAFTED
    assert draft_upload(shapefile(tmp_path, inside="a folder/"), name=ZIP).state == State.DRAFTED


def test_report_lists_100_faults_of_a_kind_and_counts_the_rest(town):
    strips = [shapely.box(10 + n / 1e4, 50, 10 + (n + 1) / 1e4, 50.01) for n in range(130)]
    columns = {"code": [str(n // 2) for n in range(130)], "name": "One"}
    many = geopandas.GeoDataFrame(columns, geometry=strips, crs=4326)
    doubled = draft_upload(geojson(many), code="2026")

    kinds = Counter(finding["kind"] for finding in doubled.report["findings"])
    assert kinds["doubled_code"] == 65

    empty = draft_upload(geojson(many.assign(code=[f"c{n}" for n in range(130)], geometry=None)), code="2026")
    assert [finding["kind"] for finding in empty.report["findings"] if finding["grave"]] == ["empty"] * 101
    assert "30 more of this kind are not listed." in findings_in(empty)


def test_blemishes_are_remarks_and_the_draft_is_made(town):
    sliver = shapely.box(10.0, 50.0, 10.0050005, 50.01)
    upload = draft_upload(geojson(with_shapes(sliver, declared_area_km2=[0.5, 0.4, 0.8])))

    assert upload.state == State.DRAFTED
    assert findings_in(upload) == [
        "Phường Quay (01) measures 0.40 km², but the declared area is 0.50 km²: −20 %.",
        "Phường Quay (01) and Phường Market (02) overlap by 39.8 m².",
    ]


# --- thrown away


def test_a_draft_is_thrown_away_with_its_file(town, django_capture_on_commit_callbacks):
    upload = draft_upload(geojson())

    with django_capture_on_commit_callbacks(execute=True):
        drafting.discard_draft(upload.edition)

    assert nothing_is_loaded()
    assert not Upload.objects.exists()
    assert not upload.file.storage.exists(upload.file.name)


def test_a_law_or_a_planned_reform_is_not_thrown_away(town):
    with pytest.raises(InvalidData, match="is, was or will be in force"):
        drafting.discard_draft(town.edition)

    edition = draft_upload(geojson()).edition
    Reform.objects.create(edition=edition, day=datetime.date(2027, 1, 1))
    with pytest.raises(InvalidData, match="A reform is or was planned"):
        drafting.discard_draft(edition)
    assert edition.areas.count() == 3


# --- by hand


def import_edition(path, *options):
    out = StringIO()
    try:
        call_command("import_edition", str(path), *options, stdout=out)
        return out.getvalue().splitlines(), None
    except CommandError as error:
        return out.getvalue().splitlines(), str(error)


def test_the_command_tells_what_it_does_and_finds(town, tmp_path):
    path = tmp_path / "wards.geojson"
    path.write_bytes(geojson(wards(declared_area_km2=[0.5, 0.4, 0.8])))

    assert import_edition(path, "--code", "2026", "--name", "Three wards") == (
        [
            "Opening wards.geojson …", "Reading the areas …", "Checking the areas …", "Loading the draft …",
            "  · Phường Quay (01) measures 0.40 km², but the declared area is 0.50 km²: −20 %.",
            "100.00 % of the city as it is in force are covered.",
            "Draft edition 2026: 3 areas.",
        ],
        None,
    )  # fmt: skip
    assert Edition.objects.get(code="2026").name == "Three wards"
    assert not ProcrastinateJob.objects.filter(task_name="gis_data.read_upload").exists()


def test_import_command_fails_on_grave_faults_and_loads_nothing(town, tmp_path):
    path = tmp_path / "wards.geojson"
    path.write_bytes(geojson(wards(code=["01", "01", "03"])))

    lines, error = import_edition(path)

    assert lines[3:] == [
        "  ✗ The code 01 occurs 2 times: Phường Quay, Phường Market.",
        "100.00 % of the city as it is in force are covered.",
    ]
    assert error == "wards.geojson was not loaded."
    assert nothing_is_loaded()
    assert not Upload.objects.exists()


def test_the_command_takes_a_mapping(town, tmp_path):
    path, mapping = tmp_path / "wards.geojson", tmp_path / "mapping.toml"
    path.write_bytes(geojson(only({"a": ["k1", "k2", "k3"], "b": ["m1", "m2", "m3"], "c": ["Quay", "Market", "New"]})))

    assert import_edition(path)[1] == (
        "wards.geojson was not loaded: say by --mapping what is what of\n"
        "  a: k1, k2, k3\n  b: m1, m2, m3\n  c: Quay, Market, New"
    )

    mapping.write_text('code = "2026"\nname = "Of the file"\n[attributes]\ncode = "b"\nname = "c"\n')
    assert import_edition(path, "--mapping", str(mapping), "--name", "Said here")[1] is None
    edition = Edition.objects.get(code="2026")
    assert (edition.name, edition.areas.get(code="m2").name) == ("Said here", "Market")

    mapping.write_text("code = ")
    assert re.search(r"mapping\.toml cannot be read: ", import_edition(path, "--mapping", str(mapping))[1])
    assert import_edition(tmp_path / "no.geojson")[1].endswith(
        "no.geojson cannot be opened: No such file or directory."
    )
    assert import_edition(path, "--code", "2025")[1] == (
        "wards.geojson was not loaded:\n  code: there is already an edition 2025."
    )


# --- the true city


@pytest.mark.deep
@pytest.mark.slow
@pytest.mark.skipif(not (DATA / TRUE_CITY).is_file(), reason=f"CITY_DATA names no folder with {TRUE_CITY}")
def test_a_whole_edition_is_checked_and_loaded_in_no_time(db):
    centre = Point(106.7, 10.78, srid=4326)
    City.objects.create(code="c", name="C", product="P", metric_srid=32648, centre=centre)

    start = time.monotonic()
    with (DATA / TRUE_CITY).open("rb") as file:
        upload = drafting.read_upload(drafting.store_upload(file, name=TRUE_CITY, by="gis").pk)
    seconds = time.monotonic() - start

    assert upload.state == State.DRAFTED, findings_in(upload)[:5]
    counts = Counter(finding["kind"] for finding in upload.report["findings"])
    assert (upload.report["areas"], upload.report["vertices"], counts["declared_area"]) == (168, 216_375, 16)
    assert counts["overlap"] == counts["gap"] == counts["invalid"] == 0
    assert seconds < patience(60)  # the benchmarks want less than 20, on a machine that does nothing else


# --- whatever is sent


DAMAGES = some.lists(
    some.tuples(
        some.sampled_from(["cut", "flip", "insert", "remove"]),
        some.integers(0, 999),
        some.binary(min_size=1, max_size=20),
    ),
    min_size=1,
    max_size=3,
)


def spoilt(data, damages):
    """Return bytes cut, flipped, added or removed at these thousandths of the length."""
    for damage, thousandths, more in damages:
        at = len(data) * thousandths // 1000
        rest = {
            "cut": b"",
            "flip": more[:1] + data[at + 1 :],
            "insert": more + data[at:],
            "remove": data[at + 20 * len(more) :],
        }
        data = data[:at] + rest[damage]
    return data


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Return a valid file of each kind."""
    folder = tmp_path_factory.mktemp("sound")
    return {f"a.{kind}": write_table(kind, folder) for kind in ("geojson", "gpkg", "zip", "geojson.gz")}


@given(kind=some.sampled_from(["geojson", "gpkg", "zip", "geojson.gz"]), damages=DAMAGES)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # GDAL's own words may be spoilt, too
@often(max_examples=10)
def test_a_spoilt_file_is_refused_in_words_or_read_as_a_whole(town, sound, kind, damages):
    name = f"a.{kind}"
    try:
        upload = draft_upload(spoilt(sound[name], damages), name=name)
    except InvalidData:
        return
    if upload.state == State.DRAFTED:
        assert upload.edition.areas.count() == upload.report["areas"]
        drafting.discard_draft(upload.edition)
    else:
        assert upload.state == State.UNMAPPED or findings_in(upload)
        drafting.delete_upload(upload)
    assert nothing_is_loaded()


@pytest.mark.parametrize(("name", "kind", "full_name", "english"), [
    ("District 1", "District", "District 1", ""),
    ("Harbour District", "District", "Harbour District", ""),
    ("1", "Quận", "Quận 1", "District 1"),
    ("Quận 1", "Quận", "Quận 1", "District 1"),
    ("Bến", "Quận", "Quận Bến", "Bến District"),
])  # fmt: skip
def test_a_name_says_once_what_the_area_is(name, kind, full_name, english):
    table = geopandas.GeoDataFrame({"a": ["1"], "b": [name], "c": [kind]}, geometry=[None])
    chosen = {"code": "a", "name": "b", "kind": "c"}
    [unit] = attributes.read_units(table, chosen, attributes.KnownAreas(), pandas.Series([1.0])).itertuples()
    assert (unit.full_name, unit.full_name_en) == (full_name, english)
