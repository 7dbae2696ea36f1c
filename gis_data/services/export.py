"""Open data as files: GeoPackage, GeoParquet, GeoJSON and CSV.

Rows go from the database into the file in chunks. A file is made whole before it is sent, so that a slow line holds
no database connection; it lies in `downloads` until then.
"""

import csv
import json
import tempfile
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pyarrow
import pyogrio
import shapely
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from pyarrow import parquet
from pyproj import CRS

from geoapp import locks
from geoapp.query_parameters import QueryError
from gis_data.services import crs, open_data, selection

ROWS_AT_MOST = 500_000
AT_ONCE = 2  # files made at the same time, by all web processes together
SPACE = 4_000_000_000  # bytes of all the files that are on their way
HOUR = 3600  # after which a file is given up
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
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take as a command


class ExportBusy(Exception):
    """Others are having files made, or are still fetching theirs."""


def make_file(selected: selection.Selection, ending: str) -> Path:
    """The path of a new file with all rows of the Selection. Raises QueryError where they are too many, and Busy.

    Who gets it removes it.
    """
    folder = Path(settings.VAR) / "downloads"
    folder.mkdir(parents=True, exist_ok=True)
    with transaction.atomic():
        if not any(locks.try_hold(locks.Lock.EXPORT, slot) for slot in range(AT_ONCE)) or not is_room(folder):
            raise ExportBusy
        if (count := selected.count()) > ROWS_AT_MOST:
            raise QueryError(
                _("That is %(n)s rows; a file holds at most %(most)s. Choose an area or a shorter time.")
                % {"n": count, "most": ROWS_AT_MOST}
            )
        with tempfile.NamedTemporaryFile(dir=folder, suffix=f".{ending}", delete=False) as file:
            path = Path(file.name)
        try:
            WRITE[ending](path, selected)
        except BaseException:
            path.unlink()
            raise
    return path


def is_room(folder):
    """Whether there is space for one more. What lies there since an hour is given up and removed."""
    used = 0
    for path in folder.iterdir():
        try:
            found = path.stat()
        except FileNotFoundError:
            continue  # it was fetched in this moment
        if found.st_mtime < time.time() - HOUR:
            path.unlink(missing_ok=True)
        else:
            used += found.st_size
    return used < SPACE


def row_chunks(selected):
    """Lists of rows of `selection.feature_rows`."""
    rows = iter(selection.feature_rows(selected.collection, selected.rows()).iterator(chunk_size=selection.CHUNK))
    while chunk := list(islice(rows, selection.CHUNK)):
        yield chunk


def record_batches(selected, schema):
    """The rows for Arrow: the fields, then the shape as WKB, x first."""
    for rows in row_chunks(selected):
        _keys, _shapes, *columns = zip(*rows, strict=True)
        columns.append(shapely.to_wkb(selection.projected_shapes(selected.system, rows)))
        yield pyarrow.record_batch(
            [pyarrow.array(list(column), kind) for column, kind in zip(columns, schema.types, strict=True)],
            schema=schema,
        )


def schema_of(collection, metadata=None):
    fields = [pyarrow.field(field.name, ARROW[field.kind]) for field in collection.fields]
    return pyarrow.schema([*fields, pyarrow.field("geometry", pyarrow.binary())], metadata=metadata)


def shape_kind(collection):
    return "Point" if collection.many else "MultiPolygon"


def write_geopackage(path, selected):
    path.unlink()  # GDAL makes it anew
    schema = schema_of(selected.collection)
    pyogrio.write_arrow(
        pyarrow.RecordBatchReader.from_batches(schema, record_batches(selected, schema)),
        path,
        layer=selected.collection.id,
        driver="GPKG",
        geometry_name="geometry",
        geometry_type=shape_kind(selected.collection),
        crs=f"EPSG:{selected.system.srid}",
    )


def write_parquet(path, selected):
    """GeoParquet 1.1. Without a word on coordinates they are those of CRS84."""
    column: dict[str, object] = {"encoding": "WKB", "geometry_types": [shape_kind(selected.collection)]}
    if selected.system is not crs.CRS84:
        column["crs"] = CRS.from_epsg(selected.system.srid).to_json_dict()
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    schema = schema_of(selected.collection, {"geo": json.dumps(geo)})
    with parquet.ParquetWriter(path, schema, compression="zstd") as file:
        for batch in record_batches(selected, schema):
            file.write_batch(batch)


def write_geojson(path, selected):
    """As RFC 7946 has it in CRS84; other coordinates are named the way its forerunner did, x first."""
    head = {"type": "FeatureCollection", "name": selected.collection.id}
    if selected.system is not crs.CRS84:
        urn = f"urn:ogc:def:crs:EPSG::{selected.system.srid}"
        head["crs"] = {"type": "name", "properties": {"name": urn}}
    between = f'{json.dumps(head)[:-1]}, "features": [\n'
    x_first = replace(selected.system, flipped=False)
    with path.open("w", encoding="utf-8") as file:
        for rows in row_chunks(selected):
            for feature in selection.geojson_features(selected.collection, x_first, rows):
                file.write(between + feature)
                between = ",\n"
        file.write("\n]}\n" if between == ",\n" else f"{between}]}}\n")


def write_csv(path, selected):
    """With the mark by which spreadsheets know UTF-8. Of a shape that is no point, x and y are a point inside."""
    x_and_y = ("x", "y") if selected.system.metric else ("lon", "lat")
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        sheet = csv.writer(file)
        sheet.writerow([*(field.name for field in selected.collection.fields), *x_and_y, "wkt"])
        for rows in row_chunks(selected):
            shapes = selection.projected_shapes(selected.system, rows)
            points = shapely.get_coordinates(shapely.point_on_surface(shapes)).tolist()
            texts = shapely.to_wkt(shapes, rounding_precision=-1)
            for row, point, text in zip(rows, points, texts, strict=True):
                sheet.writerow([*map(csv_cell, row[2:]), *point, text])


def csv_cell(value):
    """A value as a spreadsheet shows it, and never obeys it."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    return selection.to_json_value(value)


WRITE = {"gpkg": write_geopackage, "parquet": write_parquet, "geojson": write_geojson, "csv": write_csv}
