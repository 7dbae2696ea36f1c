"""Export open data as GeoPackage, GeoParquet, GeoJSON and CSV.

Rows go from the database into a file in `downloads` in chunks, as fast as they come, so that a slow line holds no
database connection. A small file is whole before it is sent. A large one is sent while it grows, from its first rows
on; a GeoPackage is a database of its own and cannot be.
"""

import csv
import json
import logging
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow
import pyogrio
import shapely
from django.conf import settings
from django.db import connection, connections, transaction
from django.db.models import Func
from django.utils.translation import gettext as _
from pyarrow import parquet
from pyproj import CRS

from geoapp.db import locks
from geoapp.db.connections import as_reader
from geoapp.http.query_parameters import QueryError
from gis_data.services import crs, open_data, selection

ROWS_AT_MOST = 5_000_000
GEOPACKAGE_ROWS_AT_MOST = 500_000  # which take half a minute before the first byte
WHOLE_ROWS = 20_000  # from here on a file is sent while it is made
AT_ONCE = 2  # files made at the same time, by all web processes together
SPACE = 4_000_000_000  # bytes of all the files that are on their way
HOUR = 3600  # after which a file is given up
FETCH_S = 30  # for one statement of a large file
MEDIA = {
    "gpkg": "application/geopackage+sqlite3",
    "parquet": "application/vnd.apache.parquet",
    "geojson": "application/geo+json",
    "csv": "text/csv",
}
ARROW = {
    open_data.STRING: pyarrow.string(),
    open_data.INTEGER: pyarrow.int64(),
    open_data.NUMBER: pyarrow.float64(),
    open_data.BOOLEAN: pyarrow.bool_(),
    open_data.DATE: pyarrow.date32(),
    open_data.TIME: pyarrow.timestamp("ms", tz="UTC"),
}
FORMULA = frozenset("=+-@\t\r")  # with which begins what a spreadsheet would take as a command


log = logging.getLogger(__name__)


class ExportBusy(Exception):
    """All places for making files are taken."""


class GivenUp(Exception):
    """The client has disconnected."""


@dataclass(frozen=True)
class WantedRows:
    selected: selection.Selection
    given_up: threading.Event

    @property
    def collection(self) -> open_data.Collection:
        return self.selected.collection

    @property
    def system(self) -> crs.CoordinateSystem:
        return self.selected.system

    def chunks(self, moments: type[Func] = selection.JsonMoment) -> Iterator[list[tuple]]:
        rows = selection.feature_rows(self.collection, self.selected.rows(), moments)
        row_iterator = iter(rows.iterator(chunk_size=selection.CHUNK))
        while chunk := list(islice(row_iterator, selection.CHUNK)):
            if self.given_up.is_set():
                raise GivenUp
            yield chunk


class File:
    """A file of a selection's rows on its way to the client, who removes it at `path`.

    A finished one is complete; one with a `fault` never will be.
    """

    def __init__(self, ending: str) -> None:
        with tempfile.NamedTemporaryFile(dir=downloads(), suffix=f".{ending}", delete=False) as file:
            self.path = Path(file.name)
        self.ending = ending
        self.begun, self.finished, self.given_up = threading.Event(), threading.Event(), threading.Event()
        self.fault: BaseException | None = None
        self.reading: BinaryIO | None = None  # of one that grows: open before anything can take it away again

    def write(self, selected: selection.Selection) -> None:
        try:
            WRITE[self.ending](self.path, WantedRows(selected, self.given_up))
        except BaseException:
            self.path.unlink(missing_ok=True)
            raise
        self.finished.set()

    def grow(self, selected: selection.Selection) -> None:
        """Write it on a thread with a connection of its own; returns after the start. Raises ExportBusy."""
        self.reading = self.path.open("rb")
        threading.Thread(target=self.write_beside, args=(selected,), name="export", daemon=True).start()
        self.begun.wait()
        if isinstance(self.fault, ExportBusy):
            self.reading.close()
            raise self.fault

    def write_beside(self, selected):
        try:
            with as_reader(), transaction.atomic():
                limit_statements()
                hold_place()
                self.begun.set()
                self.write(selected)
        except BaseException as fault:
            self.fault = fault
            self.path.unlink(missing_ok=True)
            if not isinstance(fault, ExportBusy | GivenUp):
                log.exception("a file of %s was not finished", selected.collection.id)
        finally:
            self.begun.set()
            self.finished.set()
            connections.close_all()


def make_file(selected: selection.Selection, ending: str) -> File:
    """Return a new file with the Selection's rows; a large one is still being written.

    Raises QueryError where they are too many, and ExportBusy.
    """
    with transaction.atomic():
        hold_place()
        if not is_room(downloads()):
            raise ExportBusy
        count = selected.count_some(WHOLE_ROWS)
        refuse_too_many(count.number, GEOPACKAGE_ROWS_AT_MOST if ending == "gpkg" else ROWS_AT_MOST)
        file = File(ending)
        if count.exact or ending == "gpkg":
            file.write(selected)
            return file
    file.grow(selected)
    return file


def hold_place() -> None:
    """Lock one of the places for making files until the transaction ends. Raises ExportBusy."""
    if not any(locks.try_hold(locks.Lock.EXPORT, slot) for slot in range(AT_ONCE)):
        raise ExportBusy


def refuse_too_many(count, most):
    if count > most:
        raise QueryError(
            _("That is %(n)s rows; a file holds at most %(most)s. Choose an area or a shorter time.")
            % {"n": count, "most": most}
        )


def downloads() -> Path:
    folder = Path(settings.VAR) / "downloads"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def limit_statements():
    """Limit the statement timeout of this transaction: each fetches some thousand rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{FETCH_S}s"])


def is_room(folder):
    """Whether the disk has room for another file. Removes files older than an hour."""
    used = 0
    for path in folder.iterdir():
        try:
            stored = path.stat()
        except FileNotFoundError:
            continue  # it was fetched in this moment
        if stored.st_mtime < time.time() - HOUR:
            path.unlink(missing_ok=True)
        else:
            used += stored.st_size
    return used < SPACE


def record_batches(wanted, schema):
    """Yield Arrow batches: the fields, then the shape as WKB, x first."""
    for rows in wanted.chunks(selection.Milliseconds):
        _keys, _shapes, *columns = zip(*rows, strict=True)
        columns.append(shapely.to_wkb(selection.projected_shapes(wanted.system, rows)))
        yield pyarrow.record_batch(
            [pyarrow.array(list(column), kind) for column, kind in zip(columns, schema.types, strict=True)],
            schema=schema,
        )


def schema_of(collection, metadata=None):
    fields = [pyarrow.field(field.name, ARROW[field.kind]) for field in collection.fields]
    return pyarrow.schema([*fields, pyarrow.field("geometry", pyarrow.binary())], metadata=metadata)


def shape_kind(collection):
    return "Point" if collection.many else "MultiPolygon"


def write_geopackage(path, wanted):
    path.unlink()  # GDAL makes it anew
    schema = schema_of(wanted.collection)
    pyogrio.write_arrow(
        pyarrow.RecordBatchReader.from_batches(schema, record_batches(wanted, schema)),
        path,
        layer=wanted.collection.id,
        driver="GPKG",
        geometry_name="geometry",
        geometry_type=shape_kind(wanted.collection),
        crs=f"EPSG:{wanted.system.srid}",
    )


def write_parquet(path, wanted):
    """Write GeoParquet 1.1. Without CRS metadata, coordinates are CRS84."""
    column: dict[str, object] = {"encoding": "WKB", "geometry_types": [shape_kind(wanted.collection)]}
    if wanted.system is not crs.CRS84:
        column["crs"] = CRS.from_epsg(wanted.system.srid).to_json_dict()
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    schema = schema_of(wanted.collection, {"geo": json.dumps(geo)})
    with parquet.ParquetWriter(path, schema, compression="zstd") as file:
        for batch in record_batches(wanted, schema):
            file.write_batch(batch)


def write_geojson(path, wanted):
    """Write GeoJSON (RFC 7946) in CRS84; other systems are named as in GeoJSON 2008, x first."""
    head = {"type": "FeatureCollection", "name": wanted.collection.id}
    if wanted.system is not crs.CRS84:
        urn = f"urn:ogc:def:crs:EPSG::{wanted.system.srid}"
        head["crs"] = {"type": "name", "properties": {"name": urn}}
    between = f'{json.dumps(head)[:-1]}, "features": [\n'
    x_first = replace(wanted.system, flipped=False)
    with path.open("w", encoding="utf-8") as file:
        for rows in wanted.chunks():
            for feature in selection.geojson_features(wanted.collection, x_first, rows):
                file.write(between + feature)
                between = ",\n"
        file.write("\n]}\n" if between == ",\n" else f"{between}]}}\n")


def write_csv(path, wanted):
    """Write CSV with BOM. For a shape that is no point, x and y are a point inside."""
    x_and_y = ("x", "y") if wanted.system.metric else ("lon", "lat")
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("\N{BYTE ORDER MARK}")  # the codec that does so by itself takes longer for each row than the row
        sheet = csv.writer(file)
        sheet.writerow([*(field.name for field in wanted.collection.fields), *x_and_y, "wkt"])
        for rows in wanted.chunks():
            shapes = selection.projected_shapes(wanted.system, rows)
            points = shapely.get_coordinates(shapely.point_on_surface(shapes)).T.tolist()
            columns = map(csv_cells, wanted.collection.fields, list(zip(*rows, strict=True))[2:])
            texts = shapely.to_wkt(shapes, rounding_precision=-1)
            sheet.writerows(zip(*columns, *points, texts, strict=True))


def csv_cells(field: open_data.Field, values: Sequence[Any]) -> Sequence[Any]:
    if field.kind == open_data.STRING:
        return [f"'{value}" if value and value[0] in FORMULA else value for value in values]
    return values


WRITE = {"gpkg": write_geopackage, "parquet": write_parquet, "geojson": write_geojson, "csv": write_csv}
