"""Test open data files: the rows the page counts, in the requested CRS."""

import csv
import datetime
import io
import json
import os
import re
import threading
import time

import geopandas
import pyarrow
import pyogrio
import pytest
import shapely
from django.contrib.gis.geos import Point
from pyarrow import parquet

from geoapp.db import connections, locks
from gis_data.services import export, open_data, selection
from gis_data.views.data import SyncFileStream
from incidents.models import Incident
from tests import factories
from tests.pages import one_line

ENDINGS = ["gpkg", "parquet", "geojson", "csv"]


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.VAR = tmp_path
    return tmp_path / "downloads"


def fetch_file(client, tmp_path, ending, name="incidents", **query):
    answer = client.get(f"/data/{name}.{ending}", query)
    assert answer.status_code == 200, answer.content
    path = tmp_path / f"fetched.{ending}"
    path.write_bytes(b"".join(answer.streaming_content))
    assert int(answer["Content-Length"]) == path.stat().st_size
    assert answer["Content-Disposition"] == f'attachment; filename="{name}.{ending}"'
    assert answer["Access-Control-Allow-Origin"] == "*"
    return path


def read_layer(path):
    if path.suffix == ".parquet":
        return geopandas.read_parquet(path)
    if path.suffix == ".csv":
        rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
        return geopandas.GeoDataFrame(rows, geometry=[shapely.from_wkt(row["wkt"]) for row in rows])
    return geopandas.read_file(path)


@pytest.fixture
def reported_town(town):
    return [
        factories.incident(town.hole, text="Ổ gà, sâu", address="12 Đường Cảng"),
        factories.incident(town.leak, factories.IN_NEW, text="=HYPERLINK(1)"),
        factories.incident(town.waste, Point(10.0012345, 50.0098765, srid=4326), text='Two\nlines, "quoted"'),
    ]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_says_the_same_as_the_service(client, reported_town, tmp_path, ending):
    features = [feature["properties"] for feature in client.get("/ogc/collections/incidents/items").json()["features"]]
    frame = read_layer(fetch_file(client, tmp_path, ending))
    assert list(frame["reference"]) == [feature["reference"] for feature in features]
    of_its_kind = ("id", "lon", "lat", "wkt", "geometry")
    assert [column for column in frame.columns if column not in of_its_kind] == list(features[0])
    assert list(frame["text"]) == [
        text if ending != "csv" or text[0] != "=" else f"'{text}" for text in (feature["text"] for feature in features)
    ]
    assert [shape.coords[0] for shape in frame.geometry] == [
        (10.005, 50.005),
        (10.015, 50.005),
        (10.0012345, 50.0098765),
    ]


@pytest.mark.usual_rows(4)
@pytest.mark.parametrize("ending", ["gpkg", "parquet", "geojson"])
@pytest.mark.parametrize("system", ["CRS84", "EPSG:4326", "EPSG:3857", "EPSG:32632"])
def test_exported_file_names_its_crs_and_has_x_first(client, reported_town, tmp_path, ending, system):
    frame = read_layer(fetch_file(client, tmp_path, ending, crs=system))
    srid = 4326 if system == "CRS84" else int(system.removeprefix("EPSG:"))
    assert frame.crs.to_epsg() in ({srid} if system != "CRS84" else {None, 4326})
    expected = factories.IN_OLD.transform(srid, clone=True).coords
    assert frame.geometry[0].coords[0] == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(("system", "columns"), [("CRS84", ("lon", "lat")), ("EPSG:32632", ("x", "y"))])
def test_a_sheet_has_coordinates_in_columns_and_as_text(client, reported_town, tmp_path, system, columns):
    path = fetch_file(client, tmp_path, "csv", crs=system)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfreference,")
    row = next(iter(csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))))
    point = shapely.from_wkt(row["wkt"])
    assert [float(row[column]) for column in columns] == [point.x, point.y]
    assert (row["late"], row["closed_at"]) == ("False", "")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["received_at"])


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("incidents", {}),
        ("incidents", {"state": "assigned", "area": "001"}),
        ("incidents", {"bbox": "10.01,50,10.02,50.01"}),
        ("incidents", {"from": "2020-01-01", "to": "2020-12-31"}),
        ("incidents", {"from": "2020-01-01", "to": "", "late": "false", "category": ""}),
        ("areas", {}),
        ("areas", {"datetime": "2020-01-01"}),
        ("areas", {"level": "ward", "crs": "EPSG:32632"}),
        ("cameras", {}),
    ],
)
def test_a_file_holds_what_the_page_counts(client, reported_town, tmp_path, name, query, ending):
    page = one_line(client.get("/data/", query | {"collection": name}, headers={"cookie": "django_language=en"}))
    counted = int(re.search(r'Your choice: <b class="num">(\d+)</b>', page)[1])
    assert len(read_rows(fetch_file(client, tmp_path, ending, name, **query))) == counted


def read_rows(path):
    """Return as many items as rows, also of a file without rows."""
    match path.suffix:
        case ".csv":
            return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
        case ".geojson":
            return json.loads(path.read_text())["features"]
        case ".parquet":
            return parquet.read_table(path).to_pylist()
    return range(pyogrio.read_info(path)["features"])


def test_moments_are_written_as_python_writes_them(reported_town):
    """By PostgreSQL, for Python takes longer to read them than for all the rest of a row."""
    changed = Incident.objects.filter(pk=reported_town[0].pk)
    collection = open_data.registered["incidents"]
    due = [field.name for field in collection.fields].index("due_at") + 2
    for text in "1969-12-31T23:59:59.999999Z", "2026-02-28T17:00:00.000999+07:00", "0999-03-01T00:00:00Z":
        moment = datetime.datetime.fromisoformat(text)
        changed.update(due_at=moment)
        forms = (None, selection.JsonMoment, selection.Milliseconds)
        datetimes, json_text, milliseconds = (
            selection.feature_rows(collection, changed, form)[0][due] for form in forms
        )
        assert (datetimes, json_text) == (moment, selection.to_json_value(moment))
        in_arrow = [
            pyarrow.array([moment_read], pyarrow.timestamp("ms", tz="UTC")) for moment_read in (moment, milliseconds)
        ]
        assert in_arrow[0].equals(in_arrow[1])


def test_a_geopackage_has_the_kinds_of_its_columns(client, reported_town, tmp_path):
    info = pyogrio.read_info(fetch_file(client, tmp_path, "gpkg"))
    kinds = dict(zip(info["fields"].tolist(), info["ogr_types"], strict=True))
    assert (info["layer_name"], info["geometry_type"]) == ("incidents", "Point")
    assert kinds["received_at"] == "OFTDateTime"
    assert kinds["reports"] == "OFTInteger64"


def test_a_file_of_many_chunks_is_whole(client, town, tmp_path, monkeypatch):
    monkeypatch.setattr(selection, "CHUNK", 100)
    incident = factories.incident(town.hole)
    fields = [field.attname for field in Incident._meta.concrete_fields if not field.primary_key]
    same = {name: getattr(incident, name) for name in fields}
    many = [Incident(**same | {"reference": f"many-{n:05d}"}) for n in range(250)]
    Incident.objects.bulk_create(many)
    for ending in ENDINGS:
        rows = read_rows(fetch_file(client, tmp_path, ending))
        assert len(rows) == 251


# --- Nobody can fill the machine


def test_a_file_is_gone_when_it_was_sent_or_given_up(client, reported_town, own_folder):
    answer = client.get("/data/incidents.csv")
    assert len(list(own_folder.iterdir())) == 1
    assert b"".join(answer.streaming_content)
    assert list(own_folder.iterdir()) == []
    assert b"".join(client.head("/data/incidents.csv").streaming_content) == b""
    assert list(own_folder.iterdir()) == []


def test_a_fault_in_the_middle_leaves_no_file(client, reported_town, own_folder, monkeypatch):
    def broken(path, wanted):
        path.write_text("half")
        raise OSError("No space left on device")

    monkeypatch.setitem(export.WRITE, "csv", broken)
    with pytest.raises(OSError, match="No space"):
        client.get("/data/incidents.csv")
    assert list(own_folder.iterdir()) == []


def test_more_rows_than_a_file_may_hold_are_refused_in_words(client, reported_town, own_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "ROWS_AT_MOST", 2)
    program, person = (
        client.get("/data/incidents.csv"),
        client.get("/data/incidents.csv", headers={"accept": "text/html"}),
    )
    assert (program.status_code, program.json().keys()) == (400, {"error"})
    assert person.status_code == 400
    assert "Có 3 dòng" in person.content.decode()
    assert list(own_folder.iterdir()) == []
    assert len(read_rows(fetch_file(client, tmp_path, "csv", area="002"))) == 1


def test_export_beyond_the_limit_answers_503_with_retry_after(client, reported_town):
    """A place is taken for the whole installation: other processes' files count."""
    with connections.connect() as other:
        for slot in range(export.AT_ONCE):
            other.execute("SELECT pg_advisory_lock(%s, %s)", [locks.Lock.EXPORT, slot])
        answer = client.get("/data/incidents.csv")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")


def test_files_on_their_way_take_only_so_much_space(client, reported_town, own_folder, tmp_path, monkeypatch):
    own_folder.mkdir()
    (own_folder / "another.gpkg").write_bytes(bytes(2000))
    at = time.time()
    os.utime(own_folder / "another.gpkg", (at, at))  # the file system's clock may be another
    monkeypatch.setattr(export, "SPACE", 1000)
    assert client.get("/data/incidents.csv").status_code == 503
    forgotten = at - export.HOUR - 1
    os.utime(own_folder / "another.gpkg", (forgotten, forgotten))
    assert fetch_file(client, tmp_path, "csv").exists()
    assert list(own_folder.iterdir()) == []


@pytest.mark.parametrize(
    ("path", "status"),
    [("/data/streets.csv", 404), ("/data/areas.shp", 404), ("/data/areas.csv?crs=EPSG:1", 400),
     ("/data/areas.csv?colour=red", 400), ("/data/areas.csv?from=never", 400), ("/data/?collection=streets", 200)],
)  # fmt: skip
def test_what_cannot_be_had(client, town, path, status):
    assert client.get(path).status_code == status


def test_unsent_export_file_is_removed_with_its_stream(tmp_path):
    """Then nobody closes the answer; it is only forgotten."""
    path = tmp_path / "made.csv"
    path.write_text("x")
    sending = SyncFileStream(path)
    assert path.exists()
    del sending
    assert not path.exists()


# --- A large file is sent while it is made


def write_in_two_parts(go_on):
    def write(path, wanted):
        with path.open("wb") as file:
            file.write(b"first")
            file.flush()
            assert go_on.wait(30)
            file.write(b"last")

    return write


def write_after(answered, write):
    def wait_and_write(path, wanted):
        assert answered.wait(30)
        write(path, wanted)

    return wait_and_write


def write_half(path, wanted):
    path.write_bytes(b"half")
    raise OSError("No space left on device")


def wait_for_writers():
    for thread in threading.enumerate():
        if thread.name == "export":
            thread.join()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ending", ["parquet", "geojson", "csv"])
def test_a_large_file_is_the_same_as_a_small_one(client, reported_town, own_folder, monkeypatch, ending):
    address = f"/data/incidents.{ending}?crs=EPSG:32632"
    whole = b"".join(client.get(address).streaming_content)
    monkeypatch.setattr(export, "WHOLE_ROWS", 2)
    answered = threading.Event()
    monkeypatch.setitem(export.WRITE, ending, write_after(answered, export.WRITE[ending]))
    answer = client.get(address)
    assert "Content-Length" not in answer
    answered.set()
    assert b"".join(answer.streaming_content) == whole
    wait_for_writers()
    assert list(own_folder.iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_a_large_file_is_sent_from_its_first_rows_on(client, reported_town, monkeypatch):
    go_on = threading.Event()
    monkeypatch.setattr(export, "WHOLE_ROWS", 2)
    monkeypatch.setitem(export.WRITE, "csv", write_in_two_parts(go_on))
    pieces = iter(client.get("/data/incidents.csv").streaming_content)
    assert next(pieces) == b"first"
    go_on.set()
    assert b"".join(pieces) == b"last"


@pytest.mark.django_db(transaction=True)
def test_a_large_file_that_fails_breaks_off(client, reported_town, own_folder, monkeypatch):
    """Whoever got half of it is not told that this was all."""
    monkeypatch.setattr(export, "WHOLE_ROWS", 2)
    monkeypatch.setitem(export.WRITE, "csv", write_half)
    answer = client.get("/data/incidents.csv")
    with pytest.raises(OSError, match="No space"):
        b"".join(answer.streaming_content)
    assert list(own_folder.iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_a_large_file_that_nobody_fetches_is_given_up(client, reported_town, own_folder, monkeypatch):
    begun, client_gone, was_given_up = threading.Event(), threading.Event(), []

    def write(path, wanted):
        chunks = wanted.chunks()
        next(chunks)
        begun.set()
        assert client_gone.wait(30)
        with pytest.raises(export.GivenUp):
            next(chunks)
        was_given_up.append(True)
        raise export.GivenUp

    monkeypatch.setattr(export, "WHOLE_ROWS", 2)
    monkeypatch.setattr(selection, "CHUNK", 1)
    monkeypatch.setitem(export.WRITE, "csv", write)
    answer = client.get("/data/incidents.csv")
    assert begun.wait(30)
    answer.close()
    client_gone.set()
    wait_for_writers()
    assert was_given_up == [True]
    assert list(own_folder.iterdir()) == []


def test_a_geopackage_holds_fewer_rows_than_other_files(client, reported_town, monkeypatch):
    """It is a database: nothing of it can be sent before all of it is there."""
    monkeypatch.setattr(export, "GEOPACKAGE_ROWS_AT_MOST", 2)
    assert [client.get(f"/data/incidents.{ending}").status_code for ending in ENDINGS] == [400, 200, 200, 200]
