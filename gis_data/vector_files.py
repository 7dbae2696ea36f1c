"""Vector files of a city pack: read into a table, with a sentence for what is missing or astray. No database."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas
import pandas
import shapely
from pyproj.exceptions import CRSError

from gis_data.pack import InvalidData


def read_layer(path: Path, spec: dict[str, Any]) -> geopandas.GeoDataFrame:
    """A vector file (GeoJSON, GeoPackage, zipped Shapefile, each also .gz) as a table in EPSG:4326, in two dimensions.

    A file that does not say its CRS is refused, unless city.toml says it.
    """
    where = f"/vsigzip/{path.resolve()}" if path.suffix == ".gz" else path
    options = {"layer": spec["layer"]} if "layer" in spec else {}
    try:
        table = geopandas.read_file(where, **options)
    except Exception as error:  # the driver's own kinds of errors are many and not all public
        raise InvalidData(f"{path.name} cannot be read: {error}") from error
    if table.crs is None:
        if "crs" not in spec:
            raise InvalidData(f"{path.name} does not say in which coordinate system it is: set crs in city.toml.")
        try:
            table = table.set_crs(spec["crs"])
        except CRSError as error:
            raise InvalidData(f"city.toml: there is no coordinate system {spec['crs']}.") from error
    table = table.to_crs(4326)
    return table.set_geometry(shapely.force_2d(table.geometry))


def require_column(table: geopandas.GeoDataFrame, name: str, path: Path) -> pandas.Series:
    """The column of that name, which the file must have."""
    if name not in table:
        there = ", ".join(table.columns.drop("geometry"))
        raise InvalidData(f"{path.name}: there is no attribute {name}; there are {there}.")
    return table[name]


def check_bounds(name: str, table: geopandas.GeoDataFrame, bounds: Sequence[float]) -> None:
    west, south, east, north = bounds
    boxes = table.bounds
    outside = ~((boxes.minx >= west) & (boxes.miny >= south) & (boxes.maxx <= east) & (boxes.maxy <= north))
    if outside.any():
        hint = " Are longitude and latitude swapped?" if outside.all() else ""
        raise InvalidData(f"{name}: {outside.sum()} of {len(table)} shapes lie outside the city's bounds.{hint}")
