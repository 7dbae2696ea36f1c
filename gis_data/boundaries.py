"""Boundary files: read, check, repair, simplify, and where there are none, approximate. No database."""

import math

import geopandas
import pandas
import shapely
from pyproj.exceptions import CRSError

from gis_data.pack import Faulty, doubled

OVERLAP_M2 = 100.0  # neighbours drawn one by one overlap in slivers; more than this is a mistake
REPAIR = 0.001  # repairing a boundary may change this share of its area, no more
ASTRAY_M = 5_000.0  # an area this far from its declared centre has got another one's code
OUTLINE_M = 25.0  # how coarse the outlines for small scales are
POLYGONS = ("Polygon", "MultiPolygon")
REACH = 3.0  # an approximate cell ends at this many radii of a disc of the unit's size


def read_layer(path, spec):
    """A vector file (GeoJSON, GeoPackage, zipped Shapefile, each also .gz) as a table in EPSG:4326, in two dimensions.

    A file that does not say its CRS is refused, unless city.toml says it.
    """
    where = f"/vsigzip/{path.resolve()}" if path.suffix == ".gz" else path
    options = {"layer": spec["layer"]} if "layer" in spec else {}
    try:
        table = geopandas.read_file(where, **options)
    except Exception as error:  # the driver's own kinds of errors are many and not all public
        raise Faulty(f"{path.name} cannot be read: {error}") from error
    if table.crs is None:
        if "crs" not in spec:
            raise Faulty(f"{path.name} does not say in which coordinate system it is: set crs in city.toml.")
        try:
            table = table.set_crs(spec["crs"])
        except CRSError as error:
            raise Faulty(f"city.toml: there is no coordinate system {spec['crs']}.") from error
    table = table.to_crs(4326)
    return table.set_geometry(shapely.force_2d(table.geometry))


def column(table, name, path):
    """The column of that name, which the file must have."""
    if name not in table:
        there = ", ".join(table.columns.drop("geometry"))
        raise Faulty(f"{path.name}: there is no attribute {name}; there are {there}.")
    return table[name]


def check_bounds(name, table, bounds):
    west, south, east, north = bounds
    boxes = table.bounds
    outside = ~((boxes.minx >= west) & (boxes.miny >= south) & (boxes.maxx <= east) & (boxes.maxy <= north))
    if outside.any():
        hint = " Are longitude and latitude swapped?" if outside.all() else ""
        raise Faulty(f"{name}: {outside.sum()} of {len(table)} shapes lie outside the city's bounds.{hint}")


def boundaries(paths, spec, units, bounds, metric_srid):
    """The shapes of the units (table indexed by code) as multipolygons in EPSG:4326, and what was repaired.

    Raises Faulty where codes are doubled, missing or unknown, or shapes are no polygons, beyond repair, outside the
    bounds, far from the unit's centre, or overlap by more than a sliver.
    """
    name = paths[0].name
    tables = [read_layer(path, spec) for path in paths]
    codes = [column(table, spec["code"], path).map(written_code) for table, path in zip(tables, paths, strict=True)]
    table = pandas.concat(tables, ignore_index=True).set_index(pandas.Index(pandas.concat(codes)))
    check_codes(name, table, units)
    check_bounds(name, table, bounds)
    table = table.loc[units.index]
    repaired = repair(table)
    shapes = table.geometry.map(as_multi)
    check_places(shapes.to_crs(metric_srid), units)
    return shapes, repaired


def written_code(value):
    """A code as text, even where the file holds it as a number."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def check_codes(name, table, units):
    faults = [f"{name}: the code {code} stands more than once." for code in doubled(table.index)]
    faults += [f"{name}: {units.full_name[code]} ({code}) is missing." for code in units.index.difference(table.index)]
    faults += [f"{name}: the code {code} is in no list of units." for code in table.index.difference(units.index)]
    empty = table.geometry.isna() | table.geometry.is_empty
    faults += [f"{name}: {code} has no shape." for code in table.index[empty]]
    faults += [f"{name}: {code} is no polygon." for code in table.index[~empty & ~table.geom_type.isin(POLYGONS)]]
    if faults:
        raise Faulty(*faults)


def repair(table):
    """Make invalid shapes valid in place; returns sentences. A shape that changes by more than REPAIR is refused."""
    said, faults = [], []
    for code in table.index[~table.is_valid]:
        before = table.geometry[code]
        after = polygons(shapely.make_valid(before, method="structure"))
        why = shapely.is_valid_reason(before)
        if after.is_empty or abs(after.area - before.area) > REPAIR * before.area:
            faults.append(f"{code}: the boundary is not valid and cannot be repaired without changing it ({why}).")
        table.loc[[code], "geometry"] = geopandas.GeoSeries([after], index=[code], crs=4326)
        said.append(f"{code}: repaired ({why}).")
    if faults:
        raise Faulty(*faults)
    return said


def polygons(shape):
    """The polygons of whatever shape, without lines and points."""
    return shapely.union_all([part for part in shapely.get_parts(shape) if part.geom_type in POLYGONS])


def as_multi(shape):
    return shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])


def check_places(metric, units):
    """Refuse areas that overlap, or lie far from where the list of units has them (shapes in metres)."""
    centres = centres_of(units, metric.crs)
    far = metric.distance(centres)
    astray = far[far > ASTRAY_M]
    faults = [f"{units.full_name[code]} ({code}) lies {m / 1000:.0f} km from its centre." for code, m in astray.items()]
    names = units.full_name.loc[metric.index].to_numpy()
    one, other = metric.sindex.query(metric.geometry, predicate="intersects")
    for a, b in zip(one[one < other], other[one < other], strict=True):
        common = metric.iloc[a].intersection(metric.iloc[b]).area
        if common > OVERLAP_M2:
            faults.append(f"{names[a]} and {names[b]} overlap by {common:,.0f} m².")
    if faults:
        raise Faulty(*faults)


def centres_of(units, crs):
    return geopandas.GeoSeries.from_xy(units.lon, units.lat, index=units.index, crs=4326).to_crs(crs)


def cells(units, metric_srid):
    """Approximate shapes (EPSG:4326) for units of which only the centres are known.

    Each point goes to the nearest centre; the city ends at REACH radii around a centre, the radius being that of a disc
    of the unit's declared size (or half the distance to the nearest other centre). Gaps inside the city are closed.
    """
    centres = centres_of(units, metric_srid)
    if twice := doubled(centres.to_wkt()):
        raise Faulty(*(f"Two units have the same centre, {point}." for point in twice))
    others = [centres.drop(code).distance(centre).min() / 2 for code, centre in centres.items()]
    radius = (units.declared_km2 * 1e6 / math.pi) ** 0.5
    radius = radius.where(radius.notna(), others).fillna(1000)
    land = centres.buffer(REACH * radius).union_all()
    land = shapely.union_all([shapely.Polygon(part.exterior) for part in shapely.get_parts(land)])
    box = shapely.box(*land.bounds)
    voronoi = shapely.voronoi_polygons(shapely.MultiPoint(list(centres)), extend_to=box, ordered=True)
    parts = shapely.get_parts(voronoi) if len(centres) > 1 else [land]
    shapes = [as_multi(polygons(part.intersection(land))) for part in parts]
    return geopandas.GeoSeries(shapes, index=units.index, crs=metric_srid).to_crs(4326)


def outlines_of(shapes, metric_srid):
    """The shapes simplified together, so that neighbours still share their border (EPSG:4326)."""
    metric = shapes.to_crs(metric_srid)
    simple = shapely.coverage_simplify(metric.to_numpy(), OUTLINE_M)
    simple = [polygons(shapely.make_valid(one)) for one in simple]
    kept = [as_multi(coarse if not coarse.is_empty else fine) for coarse, fine in zip(simple, metric, strict=True)]
    return geopandas.GeoSeries(kept, index=shapes.index, crs=metric_srid).to_crs(4326)


def label_points(shapes, outlines, metric_srid):
    """For each area a point well inside its largest part (EPSG:4326)."""
    metric = outlines.to_crs(metric_srid)
    largest = [max(shapely.get_parts(shape), key=shapely.area) for shape in metric]
    circles = shapely.maximum_inscribed_circle(largest, tolerance=10)
    centres = geopandas.GeoSeries(shapely.get_point(circles, 0), index=shapes.index, crs=metric_srid).to_crs(4326)
    return centres.where(shapes.contains(centres), shapes.representative_point())
