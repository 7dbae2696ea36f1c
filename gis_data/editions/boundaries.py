"""Read, check, repair and simplify boundary files, or approximate missing boundaries. No database.

A pack's files are trusted and come with a list of their units (`read_boundaries`); a file that somebody brings is not
and does not (`list_layers`, `read_areas`, and `checking` for what is in it).
"""

import math
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas
import pandas
import pyogrio
import shapely
from django.utils.translation import gettext_noop as _
from pyproj.exceptions import CRSError, ProjError

from gis_data.editions.checking import (
    OVERLAP_M2,
    POLYGONS,
    REPAIR,
    as_multi,
    find_overlaps,
    polygons_of,
    refusal_of,
    repair_shape,
)
from gis_data.pack import InvalidData, duplicates
from gis_data.vector_files import check_bounds, read_layer, require_column

ASTRAY_M = 5_000.0  # an area this far from its declared centre has got another one's code
OUTLINE_M = 25.0  # how coarse the outlines for small scales are
MOST_AREAS = 5_000  # in one edition
FEATURE_MB = 50  # one area of a GeoJSON file may have
MEND_M2, MEND_SHARE = 10_000.0, 0.005  # what two areas both have and is mended: at most so much, and such a share
REACH = 3.0  # an approximate cell ends at this many radii of a disc of the unit's size


def list_layers(path: str) -> list[str]:
    """Return the layers with geometry, polygon layers first, of what `unpacking.unpack` returned."""
    listed = call_gdal(pyogrio.list_layers, path)
    kinds = {name: kind for name, kind in listed if kind is not None}
    areas = [name for name, kind in kinds.items() if "Polygon" in kind or kind == "Unknown"]
    return areas or list(kinds)


def read_areas(path: str, layer: str | None, crs: str | None = None) -> geopandas.GeoDataFrame:
    """Read a layer in two dimensions and in the file's own CRS, or the one declared for it.

    A shape that cannot even be built is None.
    """
    if call_gdal(pyogrio.read_info, path, layer=layer, force_feature_count=True)["features"] > MOST_AREAS:
        raise refusal_of(
            _("There are more than %(most)s areas in this file: too many for an edition."), most=MOST_AREAS
        )
    try:
        table = call_gdal(geopandas.read_file, path, layer=layer, on_invalid="ignore", encoding="UTF-8")
    except UnicodeDecodeError:  # an old Shapefile that does not say how its texts are written
        table = call_gdal(geopandas.read_file, path, layer=layer, on_invalid="ignore")
    if not isinstance(table, geopandas.GeoDataFrame):
        raise refusal_of(_("There are no shapes in this file."))
    table = table.set_geometry(shapely.force_2d(table.geometry.to_numpy()), crs=table.crs)
    return table.set_crs(crs, allow_override=True) if crs else table


def call_gdal(ask, path, **options):
    """Call GDAL, and turn its errors into one sentence."""
    pyogrio.set_gdal_config_options({"OGR_GEOJSON_MAX_OBJ_SIZE": FEATURE_MB})
    try:
        with warnings.catch_warnings(action="ignore"):
            return ask(path, **options)
    except UnicodeDecodeError:
        raise
    except Exception as error:
        raise refusal_of(_("This file cannot be read: it is damaged, or not what its name says.")) from error


def reproject_to_degrees(table: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Return the table in EPSG:4326; refuses a CRS without transformation."""
    try:
        return table.to_crs(4326)
    except (CRSError, ProjError) as error:
        raise refusal_of(_("The coordinate system of the file, %(crs)s, cannot be converted to WGS 84: enter another."),
                      "crs", crs=table.crs and table.crs.name) from error  # fmt: skip


def read_boundaries(
    paths: Sequence[Path],
    spec: dict[str, Any],
    units: pandas.DataFrame,
    bounds: tuple[float, float, float, float],
    metric_srid: int,
) -> tuple[geopandas.GeoSeries, dict[str, str], list[str]]:
    """The shapes of the units (table indexed by code) as multipolygons in EPSG:4326, {code: code of the area above},
    as far as the file says it, and what was repaired.

    Raises InvalidData where codes are doubled, missing or unknown, or shapes are no polygons, beyond repair, outside
    the bounds, far from the unit's centre, or overlap by more than a sliver.
    """
    name = paths[0].name
    tables = [read_layer(path, spec) for path in paths]
    codes = [
        require_column(table, spec["code"], path).map(code_text) for table, path in zip(tables, paths, strict=True)
    ]
    table = pandas.concat(tables, ignore_index=True).set_index(pandas.Index(pandas.concat(codes)))
    table, joined = join_parts(table)
    check_codes(name, table, units)
    check_bounds(name, table, bounds)
    table = table.loc[units.index]
    repaired = joined + repair_shapes(table)
    shapes = geopandas.GeoSeries(table.geometry.map(as_multi))
    shapes, mended = mend_overlaps(shapes, units, metric_srid)
    check_places(shapes.to_crs(metric_srid), units)
    return shapes, stated_parents(table, spec, paths[0]), repaired + mended


def join_parts(table):
    """Merge rows of one code whose shapes lie apart. Returns (table, sentences).

    Rows of one code whose shapes lie on one another stay several: that is a code that was given twice.
    """
    sentences = []
    for code in duplicates(table.index):
        rows = table.index == code
        parts = table.geometry[rows]
        if parts.isna().any() or not parts.geom_type.isin(POLYGONS).all() or not parts.is_valid.all():
            continue
        whole = shapely.union_all(parts.to_numpy())
        if whole.area < (1 - REPAIR) * shapely.area(parts.to_numpy()).sum():
            continue
        first = table[rows].iloc[[0]].set_geometry([whole], crs=table.crs)
        table = pandas.concat([table[~rows], first])
        sentences.append(f"{code}: {rows.sum()} shapes of this code were put together.")
    return table, sentences


def mend_overlaps(shapes, units, metric_srid):
    """Remove small overlaps. Returns (shapes, sentences); the first area keeps the common part.

    Small is what has at most MEND_M2 and at most MEND_SHARE of the smaller of the two.
    """
    metric, sentences = shapes.to_crs(metric_srid), []
    names = units.full_name.loc[shapes.index].to_numpy()
    for first, other, common in find_overlaps(metric):
        smaller = min(metric.iloc[first].area, metric.iloc[other].area)
        if not OVERLAP_M2 < common.area <= min(MEND_M2, MEND_SHARE * smaller):
            continue
        rest = polygons_of(shapes.iloc[other].difference(shapes.iloc[first]))
        if rest.is_empty or not rest.is_valid:
            continue
        shapes.iloc[other] = as_multi(rest)
        sentences.append(f"of {names[other]} lost {common.area:,.0f} m² that {names[first]} has, too.")
    return shapes, sentences


def stated_parents(table, spec, path):
    if "parent" not in spec:
        return {}
    return {code: code_text(above) for code, above in require_column(table, spec["parent"], path).dropna().items()}


def code_text(value):
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def check_codes(name, table, units):
    faults = [f"{name}: the code {code} is listed more than once." for code in duplicates(table.index)]
    faults += [f"{name}: {units.full_name[code]} ({code}) is missing." for code in units.index.difference(table.index)]
    faults += [f"{name}: the code {code} is in no list of units." for code in table.index.difference(units.index)]
    empty = table.geometry.isna() | table.geometry.is_empty
    faults += [f"{name}: {code} has no shape." for code in table.index[empty]]
    faults += [f"{name}: {code} is no polygon." for code in table.index[~empty & ~table.geom_type.isin(POLYGONS)]]
    if faults:
        raise InvalidData(*faults)


def repair_shapes(table):
    """Repair invalid shapes in place; returns sentences. Raises InvalidData for a change above REPAIR."""
    sentences, faults = [], []
    for code in table.index[~table.is_valid]:
        before = table.geometry[code]
        after, same = repair_shape(before)
        why = shapely.is_valid_reason(before)
        if not same:
            faults.append(f"{code}: the boundary is not valid and cannot be repaired without changing it ({why}).")
        table.loc[[code], "geometry"] = geopandas.GeoSeries([after], index=[code], crs=4326)
        sentences.append(f"{code}: repaired ({why}).")
    if faults:
        raise InvalidData(*faults)
    return sentences


def check_places(metric, units):
    """Raise InvalidData for overlapping areas or areas far from their listed centre (shapes in metres)."""
    located = units[units.lon.notna()]
    far = metric.loc[located.index].distance(centres_of(located, metric.crs))
    astray = far[far > ASTRAY_M]
    faults = [f"{units.full_name[code]} ({code}) lies {m / 1000:.0f} km from its centre." for code, m in astray.items()]
    names = units.full_name.loc[metric.index].to_numpy()
    for first, other, common in find_overlaps(metric):
        if common.area > OVERLAP_M2:
            faults.append(f"{names[first]} and {names[other]} overlap by {common.area:,.0f} m².")
    if faults:
        raise InvalidData(*faults)


def centres_of(units, crs):
    return geopandas.GeoSeries.from_xy(units.lon, units.lat, index=units.index, crs=4326).to_crs(crs)


def approximate_shapes(units: pandas.DataFrame, metric_srid: int) -> geopandas.GeoSeries:
    """Approximate shapes (EPSG:4326) of units by their centres.

    Each point goes to the nearest centre; the city ends at REACH radii around a centre, the radius being that of a disc
    of the unit's declared size (or half the distance to the nearest other centre). Gaps inside the city are closed.
    """
    centres = centres_of(units, metric_srid)
    if twice := duplicates(centres.to_wkt()):
        raise InvalidData(*(f"Two units have the same centre, {point}." for point in twice))
    others = [centres.drop(code).distance(centre).min() / 2 for code, centre in centres.items()]
    radius = (units.declared_km2 * 1e6 / math.pi) ** 0.5
    radius = radius.where(radius.notna(), others).fillna(1000)
    land = centres.buffer(REACH * radius).union_all()
    land = shapely.union_all([shapely.Polygon(part.exterior) for part in shapely.get_parts(land)])
    box = shapely.box(*land.bounds)
    voronoi = shapely.voronoi_polygons(shapely.MultiPoint(list(centres)), extend_to=box, ordered=True)
    parts = shapely.get_parts(voronoi) if len(centres) > 1 else [land]
    shapes = [as_multi(polygons_of(part.intersection(land))) for part in parts]
    return geopandas.GeoSeries(shapes, index=units.index, crs=metric_srid).to_crs(4326)


def simplify_outlines(shapes: geopandas.GeoSeries, metric_srid: int) -> geopandas.GeoSeries:
    """Simplify shapes together, so that neighbours keep their common border (EPSG:4326)."""
    metric = shapes.to_crs(metric_srid)
    simple = shapely.coverage_simplify(metric.to_numpy(), OUTLINE_M)
    simple = [polygons_of(shapely.make_valid(shape)) for shape in simple]
    polygons = [as_multi(coarse if not coarse.is_empty else fine) for coarse, fine in zip(simple, metric, strict=True)]
    return geopandas.GeoSeries(polygons, index=shapes.index, crs=metric_srid).to_crs(4326)


def label_points(shapes: geopandas.GeoSeries, outlines: geopandas.GeoSeries, metric_srid: int) -> Any:
    """Return a point inside the largest part of each area (EPSG:4326)."""
    metric = outlines.to_crs(metric_srid)
    largest = [max(shapely.get_parts(shape), key=shapely.area) for shape in metric]
    circles = shapely.maximum_inscribed_circle(largest, tolerance=10)
    centres = geopandas.GeoSeries(shapely.get_point(circles, 0), index=shapes.index, crs=metric_srid).to_crs(4326)
    return centres.where(shapes.contains(centres), shapes.representative_point())
