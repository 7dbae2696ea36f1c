"""Read a pack's vector files into tables; faults become sentences. No database."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas
import pandas
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError, ProjError

from gis_data.pack import InvalidData


def read_layer(path: Path, spec: dict[str, Any]) -> geopandas.GeoDataFrame:
    """Read a vector file (GeoJSON, GeoPackage, zipped Shapefile, also .gz) as a 2D table in EPSG:4326.

    `crs` of city.toml applies to a GeoJSON file (in degrees by its standard) and to a file without CRS; a file with
    another CRS is refused, as is one without any.
    """
    where = f"/vsigzip/{path.resolve()}" if path.suffix == ".gz" else path
    options = {"layer": spec["layer"]} if "layer" in spec else {}
    try:
        table = geopandas.read_file(where, **options)
    except Exception as error:  # the driver's own kinds of errors are many and not all public
        raise InvalidData(f"{path.name} cannot be read: {error}") from error
    if not isinstance(table, geopandas.GeoDataFrame):
        raise InvalidData(f"{path.name}: there are no shapes in this file.")
    table = set_own_crs(table, spec, path)
    try:
        table = table.to_crs(4326)
    except (CRSError, ProjError) as error:
        raise InvalidData(f"{path.name}: its coordinate system cannot be turned into WGS 84 ({error}).") from error
    return table.set_geometry(shapely.force_2d(table.geometry))


def set_own_crs(table: geopandas.GeoDataFrame, spec: dict[str, Any], path: Path) -> geopandas.GeoDataFrame:
    geojson = path.name.lower().removesuffix(".gz").endswith((".geojson", ".json"))
    if "crs" not in spec:
        if table.crs is None:
            raise InvalidData(f"{path.name} does not say in which coordinate system it is: set crs in city.toml.")
        if geojson and table.crs.is_geographic and not is_in_degrees(table):
            raise InvalidData(f"{path.name}: its coordinates are no degrees: set crs in city.toml.")
        return table
    try:
        crs = CRS.from_user_input(spec["crs"])
    except (CRSError, TypeError, ValueError) as error:
        raise InvalidData(f"city.toml: there is no coordinate system {spec['crs']}.") from error
    if table.crs is not None and not geojson and not table.crs.equals(crs, ignore_axis_order=True):
        message = f"{path.name} is in {table.crs.name}, and city.toml says {crs.name}: leave crs out, or mend the file."
        raise InvalidData(message)
    return table.set_crs(crs, allow_override=True)


def is_in_degrees(table: geopandas.GeoDataFrame) -> bool:
    west, south, east, north = table.total_bounds
    return not (west < -360 or east > 360 or south < -90 or north > 90)  # also where there is nothing in it


def require_column(table: geopandas.GeoDataFrame, name: str, path: Path) -> pandas.Series:
    if name not in table:
        columns_present = ", ".join(table.columns.drop("geometry"))
        raise InvalidData(f"{path.name}: there is no attribute {name}; there are {columns_present}.")
    return table[name]


def check_bounds(name: str, table: geopandas.GeoDataFrame, bounds: Sequence[float]) -> None:
    west, south, east, north = bounds
    boxes = table.bounds
    outside = ~((boxes.minx >= west) & (boxes.miny >= south) & (boxes.maxx <= east) & (boxes.maxy <= north))
    if outside.any():
        hint = " Are longitude and latitude swapped?" if outside.all() else ""
        raise InvalidData(f"{name}: {outside.sum()} of {len(table)} shapes lie outside the city's bounds.{hint}")
