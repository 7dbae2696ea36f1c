"""Check a set of areas; faults become findings that a page can show on a map. Pure functions.

Areas are a table with the columns code, name, full_name, declared_km2 (NaN if undeclared) and geometry. Measurements
use the city's metric CRS.
"""

import json
import math
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import geopandas
import numpy
import pyproj
import shapely
from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext, override
from django.utils.translation import gettext_noop as _
from pyproj.aoi import AreaOfInterest
from pyproj.enums import PJType
from shapely.geometry.base import BaseGeometry

OVERLAP_M2 = 100.0  # neighbours drawn one by one overlap in slivers; more than this is a mistake
NOISE_M2 = 1.0  # a straight border is not straight in another system: less than this is no finding
PART_M2 = 10.0  # no part of an area is meant to be smaller
REPAIR = 0.001  # repairing a boundary may change this share of its area, no more
DECLARED = 0.05  # an area may differ from its declared size by this share without being remarked on
TANGLED = 20  # a piece of a boundary meets itself and its two neighbours; on average so many others are too many
UNCOVERED_M2 = 10_000.0  # parts of the city that no area covers are told from this size on
UNCOVERED_M = 20.0  # and from this width on: coasts are drawn differently each time
ROUGH_M = 50.0  # how coarse the city may be when it is asked on which side of its border an area lies
FAR = 2.0  # an area further from the city than this many times the city's own extent is a mistake
FAR_M = 5_000.0  # and never one that is nearer than this
METRES_A_DEGREE = 111_000.0  # about, along a meridian
WIDE = 30.0  # degrees: a coordinate system for a larger part of the world is nobody's for boundaries
CORNERS = 60  # a shape on the map of findings has at most about this many
MOST = 100  # findings told of each kind; the rest is counted
MOST_PLACES = 1000  # overlaps, gaps and small parts that are looked at: nobody learns anything from more
LONGEST = {"code": 20, "name": 100, "full_name": 120, "full_name_en": 120, "kind": 40}
POLYGONS = ("Polygon", "MultiPolygon")


class SquareMetres(float):
    """An area formatted in m², or in km² from 0.01 km² on."""


@dataclass(frozen=True)
class Finding:
    """A fault or remark; a grave one stops the import. `text` is a msgid with `values`."""

    kind: str
    text: str
    values: dict = field(default_factory=dict)
    grave: bool = False
    areas: tuple = ()
    value: float | None = None
    unit: str = ""
    shape: object = None  # where, in the metric system

    def sentence(self) -> str:
        return gettext(self.text) % {key: format_value(value) for key, value in self.values.items()}

    def sentences(self) -> dict[str, str]:
        sentences_by_language = {}
        for language, _name in settings.LANGUAGES:
            with override(language):
                sentences_by_language[language] = self.sentence()
        return sentences_by_language


class FileRefused(Exception):
    """The file cannot become an edition; `findings` say why."""

    def __init__(self, *findings: Finding):
        super().__init__("\n".join(finding.sentence() for finding in findings))
        self.findings = findings


def refusal_of(text: str, kind: str = "file", **values: Any) -> FileRefused:
    return FileRefused(Finding(kind, text, values, grave=True))


def format_value(value):
    if isinstance(value, SquareMetres):
        return f"{format_value(value / 1e6)} km²" if value >= 10_000 else f"{format_value(float(value))} m²"
    if isinstance(value, list | tuple):
        return ", ".join(map(format_value, value[:8])) + (" …" if len(value) > 8 else "")
    if isinstance(value, int):
        return number_format(value, force_grouping=True)
    if isinstance(value, float):
        decimals = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
        return number_format(round(value, decimals), decimals)  # which cuts off and does not round
    return str(value)


# --- the whole check


@dataclass
class CheckResult:
    """Result of a check: usable areas as multipolygons in EPSG:4326, and findings."""

    areas: geopandas.GeoDataFrame
    findings: list
    repaired: list
    coverage: float | None

    @property
    def grave(self) -> bool:
        return any(finding.grave for finding in self.findings)


def check_areas(
    table: geopandas.GeoDataFrame,
    metric_srid: int,
    city: Any = None,
    *,
    approximate: bool = False,
    also: Iterable[Finding] = (),
) -> CheckResult:
    """Check areas in EPSG:4326: each, against one another and against the city.

    `city` is the shape (EPSG:4326) of the city as it is in force, if it is known; where that is approximate, it only
    tells what lies far away. `also` are findings that were made before.
    """
    findings = [*also, *check_codes(table), *check_names(table)]
    solid, without = with_polygons(table)
    solid, repaired, invalid = repair_table(solid, metric_srid)
    metric = solid.to_crs(metric_srid)
    union = union_of_areas(metric)
    findings += [
        *without,
        *invalid,
        *check_overlaps(metric),
        *check_gaps(metric, union),
        *check_slivers(metric),
        *check_declared_areas(metric),
    ]
    coverage = None
    if city is not None and len(metric):
        shape = shapely.make_valid(geopandas.GeoSeries([city], crs=4326).to_crs(metric_srid).iloc[0])
        findings += check_outside_city(metric, shape)
        if not approximate:
            coverage, missing = check_coverage(union, shape)
            findings += missing
    solid = solid.set_geometry(
        geopandas.GeoSeries([as_multi(shape) for shape in solid.geometry], index=solid.index, crs=4326)
    )
    return CheckResult(solid, rank_findings(findings), repaired, coverage)


def rank_findings(findings):
    """Sort findings by gravity, kind and size; limit each kind and say how many more there are."""
    counts, listed = Counter(), []
    for finding in sorted(findings, key=lambda finding: (not finding.grave, finding.kind, -abs(finding.value or 0))):
        counts[finding.kind, finding.grave] += 1
        if counts[finding.kind, finding.grave] <= MOST:
            listed.append(finding)
    more = _("%(count)s more of this kind are not listed.")
    return listed + [
        Finding(kind, more, {"count": count - MOST}, grave) for (kind, grave), count in counts.items() if count > MOST
    ]


def build_report(
    findings: Sequence[Finding],
    metric_srid: int,
    *,
    areas: geopandas.GeoDataFrame,
    repaired: Iterable[str] = (),
    coverage: float | None = None,
) -> dict[str, Any]:
    """Return the report as stored and shown: docs/editions.md describes it. `areas` is their table."""
    shapes = [sketch_shape(finding.shape) for finding in findings]
    shown = geopandas.GeoSeries(shapes, crs=metric_srid).to_crs(4326) if shapes else []
    return {
        "areas": len(areas),
        "vertices": int(shapely.get_num_coordinates(areas.geometry.to_numpy()).sum()),
        "coverage": coverage,
        "repaired": list(repaired),
        "findings": [
            {
                "kind": finding.kind,
                "grave": finding.grave,
                "areas": list(finding.areas),
                "value": None if finding.value is None else round(float(finding.value), 2),
                "unit": finding.unit,
                "shape": None if shape is None else as_geojson(shape),
                "said": finding.sentences(),
            }
            for finding, shape in zip(findings, shown, strict=True)
        ],
    }


def sketch_shape(shape):
    if shape is None or shape.is_empty or not numpy.isfinite(shapely.get_coordinates(shape)).all():
        return None
    coarse, metres = shape, 1.0
    while shapely.get_num_coordinates(coarse) > CORNERS and not coarse.is_empty:
        coarse, metres = shape.simplify(metres, preserve_topology=False), metres * 2
    return shapely.box(*shape.bounds) if coarse.is_empty else coarse  # it was many small parts


def as_geojson(shape):
    """Return a shape in degrees as GeoJSON, rounded to about a decimetre."""
    return json.loads(shapely.to_geojson(shapely.transform(shape, lambda corners: corners.round(6))))


# --- what stands in the columns


def area_title(area):
    name = area.full_name or area.name
    return f"{name} ({area.code})" if name and area.code else name or area.code or "?"


def check_codes(table):
    missing = _("The area in row %(row)s of the file (%(name)s) has no code.")
    lacking = _("Area %(code)s has no name.")
    doubled = _("The code %(code)s occurs %(count)s times: %(names)s.")
    lengthy = _("%(code)s: “%(text)s …” has %(length)s characters; at most %(most)s are allowed.")
    for number, row in enumerate(table.itertuples(), start=1):
        if not row.code:
            yield Finding("missing_code", missing, {"row": number, "name": row.full_name or "?"}, True)
        elif not row.full_name:
            yield Finding("missing_name", lacking, {"code": row.code}, True, (row.code,))
    for code, rows in table[table.code != ""].groupby("code"):
        if len(rows) > 1:
            values = {"code": code, "count": len(rows), "names": list(rows.full_name)}
            yield Finding("doubled_code", doubled, values, True, (code,), len(rows))
    for column, most in LONGEST.items():
        for row in table[table[column].str.len() > most].itertuples() if column in table else ():
            text, code = getattr(row, column), row.code[: LONGEST["code"]]
            values = {"code": code, "text": text[:30], "length": len(text), "most": most}
            yield Finding("file", lengthy, values, True, (code,))


def check_names(table):
    text = _("%(count)s areas are called %(name)s: %(codes)s.")
    for _key, rows in table[table.full_name != ""].groupby(["full_name", "parent"]):
        if rows.code.nunique() > 1:
            values = {"count": len(rows), "name": rows.full_name.iloc[0], "codes": list(rows.code)}
            yield Finding("doubled_name", text, values, areas=tuple(rows.code), value=len(rows))


# --- each shape by itself


def with_polygons(table):
    empty = table.geometry.isna() | table.geometry.is_empty
    other = ~empty & ~table.geom_type.isin(POLYGONS)
    wild = ~empty & ~other & ~numpy.isfinite(table.bounds).all(axis=1)
    kinds = [
        ("empty", empty, _("%(area)s has no shape.")),
        ("no_polygon", other, _("%(area)s is not a polygon but a %(type)s.")),
        ("invalid", wild, _("%(area)s has coordinates that are not numbers.")),
    ]
    findings = [
        Finding(
            kind, text, {"area": area_title(row), "type": getattr(row.geometry, "geom_type", "")}, True, (row.code,)
        )
        for kind, which, text in kinds
        for row in table[which].itertuples()
    ]
    return table[~(empty | other | wild)], findings


def repair_shape(shape: BaseGeometry) -> tuple[BaseGeometry, bool]:
    """Return a valid form of a polygon, and whether its area changes by at most REPAIR."""
    if is_tangled(shape):
        return shape, False
    after = polygons_of(shapely.make_valid(shape, method="structure"))
    return after, not after.is_empty and abs(after.area - shape.area) <= REPAIR * shape.area


def is_tangled(shape):
    lines = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shape)]
    pieces = shapely.linestrings(numpy.concatenate([numpy.stack([line[:-1], line[1:]], axis=1) for line in lines]))
    assert isinstance(pieces, numpy.ndarray)
    some = pieces[:: max(1, len(pieces) // 50)]
    met = shapely.STRtree(pieces).query(some, predicate="intersects")[0]
    return len(met) > TANGLED * len(some)


def repair_table(table, metric_srid):
    fixed = _("%(area)s: the boundary was not valid and was repaired (%(reason)s).")
    beyond = _("%(area)s: the boundary is not valid and cannot be repaired without changing it (%(reason)s).")
    invalid = table[~table.is_valid]
    places = invalid.geometry.to_crs(metric_srid)
    shapes, repaired, lost, findings = table.geometry.copy(), [], [], []
    for row in invalid.itertuples():
        after, same = repair_shape(row.geometry)
        if same:
            shapes[row.Index] = after
            repaired.append(row.code)
        else:
            lost.append(row.Index)
        values = {"area": area_title(row), "reason": shapely.is_valid_reason(row.geometry)}
        text = fixed if same else beyond
        findings.append(Finding("invalid", text, values, not same, (row.code,), shape=places[row.Index]))
    return table.set_geometry(shapes).drop(index=lost), repaired, findings


def polygons_of(shape: BaseGeometry) -> BaseGeometry:
    return shapely.union_all([part for part in shapely.get_parts(shape) if part.geom_type in POLYGONS])


def as_multi(shape: Any) -> BaseGeometry:
    return shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])


def check_slivers(metric):
    text = _("%(area)s has a part of only %(size)s apart from the rest.")
    rows = list(metric.itertuples())
    parts, owners = shapely.get_parts(metric.geometry.to_numpy(), return_index=True)
    beside = numpy.bincount(owners, minlength=1)[owners] > 1
    for at in numpy.flatnonzero((shapely.area(parts) < PART_M2) & beside)[:MOST_PLACES]:
        row, part = rows[owners[at]], parts[at]
        values = {"area": area_title(row), "size": SquareMetres(part.area)}
        yield Finding("sliver", text, values, False, (row.code,), part.area, "m²", part)


def check_declared_areas(metric):
    text = _("%(area)s measures %(size)s, but the declared area is %(declared)s: %(percent)s %%.")
    percent = 100 * (metric.area / (metric.declared_km2 * 1e6) - 1)
    for row in metric[percent.abs() > 100 * DECLARED].itertuples():
        more = float(percent[row.Index])
        values = {
            "area": area_title(row),
            "size": SquareMetres(row.geometry.area),
            "declared": SquareMetres(row.declared_km2 * 1e6),
            "percent": f"{'+' if more > 0 else '−'}{abs(more):.0f}",
        }
        yield Finding("declared_area", text, values, False, (row.code,), more, "%", row.geometry)


# --- shapes beside one another


def find_overlaps(metric: geopandas.GeoDataFrame | geopandas.GeoSeries) -> list[tuple[int, int, BaseGeometry]]:
    """Return overlaps above NOISE_M2 of shapes in metres: (position, position, shape).

    Ends after MOST_PLACES of them.
    """
    shapes, overlaps = metric.geometry.to_numpy(), []
    if shapely.coverage_is_valid(shapes):
        return overlaps
    tree = shapely.STRtree(shapes)
    for position, shape in enumerate(shapes):
        others = tree.query(shape, predicate="intersects")
        others = numpy.sort(others[others > position])
        common = shapely.intersection(shape, shapes[others])
        large = shapely.area(common) > NOISE_M2
        overlaps += zip([position] * large.sum(), map(int, others[large]), common[large], strict=True)
        if len(overlaps) >= MOST_PLACES:
            break
    return overlaps


def check_overlaps(metric):
    text = _("%(one)s and %(other)s overlap by %(size)s.")
    rows = list(metric.itertuples())
    for first, other, shape in find_overlaps(metric):
        first, other, grave = rows[first], rows[other], shape.area > OVERLAP_M2
        values = {"one": area_title(first), "other": area_title(other), "size": SquareMetres(shape.area)}
        kind = "overlap" if grave else "sliver"
        yield Finding(kind, text, values, grave, (first.code, other.code), shape.area, "m²", shape)


def union_of_areas(metric: geopandas.GeoDataFrame) -> BaseGeometry:
    shapes = metric.geometry.to_numpy()
    return shapely.coverage_union_all(shapes) if shapely.coverage_is_valid(shapes) else shapely.union_all(shapes)


def check_gaps(metric, union):
    """Find holes between areas. Small ones are slivers; a large one may be a lake or another city's land."""
    text = _("Between %(areas)s there is a gap of %(size)s that belongs to no area.")
    rows = list(metric.itertuples())
    for hole in find_holes(union):
        if hole.area > NOISE_M2:
            around = [
                rows[position] for position in sorted(metric.sindex.query(hole, predicate="dwithin", distance=0.1))
            ]
            values = {"areas": [area_title(row) for row in around], "size": SquareMetres(hole.area)}
            kind = "gap" if hole.area > OVERLAP_M2 else "sliver"
            yield Finding(kind, text, values, False, tuple(row.code for row in around), hole.area, "m²", hole)


def find_holes(union):
    parts = shapely.get_parts(union)
    rings = [(number, ring) for number, part in enumerate(parts) for ring in part.interiors]
    closed = numpy.array([shapely.Polygon(ring) for _number, ring in rings], dtype=object)
    size, tree = shapely.area(closed), shapely.STRtree(parts)
    for at in [at for at in numpy.argsort(-size)[:MOST_PLACES] if size[at] > NOISE_M2]:
        islands = [other for other in tree.query(closed[at], predicate="intersects") if other != rings[at][0]]
        yield closed[at].difference(shapely.union_all(parts[islands])) if islands else closed[at]


# --- the areas and the city


def check_coverage(union, city):
    """Return the share of the city that the areas cover, and findings where they do not."""
    text = _("A part of the city in force, %(size)s, is not in any area.")
    missing = city.difference(union)
    findings = [
        Finding("gap", text, {"size": SquareMetres(part.area)}, False, (), part.area, "m²", part)
        for part in shapely.get_parts(missing)
        if part.area > UNCOVERED_M2 and not part.buffer(-UNCOVERED_M / 2).is_empty
    ]
    return round(1 - missing.area / city.area, 5), findings


def check_outside_city(metric, city):
    near = _("%(area)s is outside the city in force, %(km)s km from it.")
    far = _("%(area)s is %(km)s km away from the city: it cannot belong to it.")
    rough = shapely.make_valid(city.simplify(ROUGH_M))
    shapes = metric.geometry.to_numpy()
    out = shapely.area(shapely.intersection(shapes, rough)) < 0.5 * shapely.area(shapes)
    for row in metric[out].itertuples():
        metres = float(row.geometry.distance(rough))
        grave = metres > allowed_distance_m(rough.bounds)
        values = {"area": area_title(row), "km": metres / 1000}
        text = far if grave else near
        yield Finding("outside_city", text, values, grave, (row.code,), metres / 1000, "km", row.geometry)


def allowed_distance_m(bounds):
    west, south, east, north = bounds
    return max(FAR * math.hypot(east - west, north - south), FAR_M)


# --- the coordinate system


def check_position(table: geopandas.GeoDataFrame, extent: Any) -> list[Finding]:
    """Find coordinates, in the file's CRS, that cannot be this city's.

    `extent` is the city's west, south, east, north in degrees. Areas that lie elsewhere one by one are `outside`.
    """
    box = table.bounds[numpy.isfinite(table.bounds).all(axis=1)]
    x, y = ((box.minx + box.maxx) / 2).to_numpy(), ((box.miny + box.maxy) / 2).to_numpy()
    if box.empty or (table.crs is not None and lie_near_city(table.crs, x, y, extent)):
        return check_accuracy(table.crs)
    own = f"EPSG:{table.crs.to_epsg() if table.crs else None} "
    fits = [system for system in fitting_systems(box, extent) if not system.startswith(own)]
    values = {"fits": fits, "x": float(numpy.median(x)), "y": float(numpy.median(y)), "crs": crs_name(table.crs)}
    if table.crs is None:
        text = _("The file does not state its coordinate system: enter it when you upload the file.")
        hint = _("The file does not state its coordinate system: enter it. It may be %(fits)s.")
    elif lie_near_city(table.crs, y, x, extent):
        text = hint = _("The axes are swapped (longitude and latitude, or east and north): x is %(x)s, y is %(y)s.")
    else:
        text = _("The areas are not near the city: in %(crs)s, x %(x)s and y %(y)s is somewhere else.")
        hint = _("The areas are not near the city: x is %(x)s, y is %(y)s. That is not %(crs)s; it may be %(fits)s.")
    return [Finding("crs", hint if fits else text, values, grave=True)]


def lie_near_city(crs, x, y, extent):
    west, south, east, north = extent
    margin = allowed_distance_m([degrees * METRES_A_DEGREE for degrees in extent]) / METRES_A_DEGREE
    lon, lat = transformer_to_degrees(crs).transform(x, y)
    near = (lon >= west - margin) & (lon <= east + margin) & (lat >= south - margin) & (lat <= north + margin)
    return near.mean() >= 0.5


def fitting_systems(box, extent):
    """Return at most four CRSs in which these boxes lie where the city is, the best first."""
    west, south, east, north = extent
    corners = [box.minx.min(), box.miny.min(), box.maxx.max(), box.maxy.max()]
    here = AreaOfInterest(west, south, east, north)
    known = pyproj.database.query_crs_info("EPSG", PJType.PROJECTED_CRS, area_of_interest=here)
    systems = {system.code: (system.name, use.east - use.west) for system in known if (use := system.area_of_use)}
    systems |= {"4326": ("WGS 84", 0), "3857": ("Web Mercator", 0)}
    shares = {}
    for code in (code for code, (_name, wide) in systems.items() if wide <= WIDE):
        with suppress(pyproj.exceptions.ProjError):  # the database lists some that nothing can be turned into
            shares[code] = box_overlap_share(transformer_to_degrees(int(code)).transform_bounds(*corners), extent)
    best = max(shares.values())
    fits = [code for code, share in shares.items() if share > 0.8 * best]
    fits.sort(key=lambda code: (-round(shares[code] / best, 1), accuracy_m(int(code)), systems[code][1]))
    return [f"EPSG:{code} ({systems[code][0]})" for code in fits[:4]]


@lru_cache(256)
def transformer_to_degrees(crs):
    """Return a transformer from this CRS, x first, to longitude and latitude."""
    return pyproj.Transformer.from_crs(crs, 4326, always_xy=True)


@lru_cache(256)
def accuracy_m(crs):
    """Return the accuracy in metres of the transformation to WGS 84."""
    best = best_transformation(crs)
    if best.accuracy >= 0:
        return best.accuracy
    # From PROJ 9.8 on, projected systems report no accuracy.
    return 1000.0 if "Ballpark" in best.description else 0.0


def best_transformation(crs):
    with warnings.catch_warnings(action="ignore"):  # that a finer grid is not installed
        return pyproj.transformer.TransformerGroup(crs, 4326, always_xy=True).transformers[0]


def box_overlap_share(box, other):
    if not numpy.isfinite(box).all():
        return 0.0
    a, b = shapely.box(*box), shapely.box(*other)
    return a.intersection(b).area / a.union(b).area


def crs_name(crs):
    return crs and f"{':'.join(crs.to_authority() or ())} {crs.name}".strip()


def check_accuracy(crs):
    """Find a missing exact transformation from the file's CRS to WGS 84: a remark."""
    text = _("%(crs)s does not say how it relates to WGS 84: the areas may be off by up to some hundred metres.")
    if crs is None or "Ballpark" not in best_transformation(crs).description:
        return []
    return [Finding("crs", text, {"crs": crs_name(crs)})]
