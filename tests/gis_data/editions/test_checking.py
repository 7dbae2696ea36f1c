"""Test each rule of the check of editions on the smallest drawing that breaks it, in metres of UTM 32N."""

import re
import time

import geopandas
import numpy
import pytest
import shapely
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as some

from gis_data.editions import checking
from gis_data.editions.checking import check_areas, check_position
from tests.machine import patience

METRIC = 32632
X, Y = 500_000.0, 5_500_000.0  # 9° E, 49.65° N
EXTENT = (8.9, 49.6, 9.1, 49.7)


def box(west, south, east, north):
    return shapely.box(X + west, Y + south, X + east, Y + north)


def drawing(*shapes, **columns):
    """Return areas 1, 2, 3 … of these shapes in metres, as a table in EPSG:4326."""
    rows = {
        "code": [str(number) for number in range(1, len(shapes) + 1)],
        "name": [f"Area {number}" for number in range(1, len(shapes) + 1)],
        "kind": "", "full_name_en": "", "parent": "", "declared_km2": numpy.nan,
    } | columns  # fmt: skip
    rows.setdefault("full_name", rows["name"])
    return geopandas.GeoDataFrame(rows, geometry=list(shapes), crs=METRIC).to_crs(4326)


def list_findings(table, **more):
    return [(finding.kind, finding.grave, finding.areas) for finding in check_areas(table, METRIC, **more).findings]


LEFT, RIGHT = box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)
BOW_TIE = shapely.Polygon([(X, Y), (X + 1000, Y + 1000), (X + 1000, Y), (X, Y + 1000)])
SPIKE = shapely.Polygon([(X + x, Y + y) for x, y in [(0, 0), (1000, 0), (1000, 1000), (0, 1000), (0, 1200), (0, 1000)]])
HOLED = box(0, 0, 1000, 1000).difference(box(400, 400, 600, 600))
CRUMB = shapely.MultiPolygon([LEFT, box(-50, 0, -49, 1)])

RULES = [
    ("nothing", drawing(LEFT, RIGHT), []),
    ("a bow-tie", drawing(BOW_TIE, RIGHT), [("invalid", True, ("1",))]),
    ("a spike is repaired", drawing(SPIKE, RIGHT), [("invalid", False, ("1",))]),
    ("an overlap", drawing(box(0, 0, 1001, 1000), RIGHT), [("overlap", True, ("1", "2"))]),
    ("a thin overlap", drawing(box(0, 0, 1000.05, 1000), RIGHT), [("sliver", False, ("1", "2"))]),
    ("one in another", drawing(LEFT, box(400, 400, 600, 600)), [("overlap", True, ("1", "2"))]),
    ("twice the same", drawing(LEFT, LEFT), [("overlap", True, ("1", "2"))]),
    ("a hole", drawing(HOLED, RIGHT), [("gap", False, ("1",))]),
    ("a hole with an island", drawing(HOLED, box(500, 500, 550, 550)), [("gap", False, ("1", "2"))]),
    ("a hole that is filled", drawing(HOLED, box(400, 400, 600, 600)), []),
    ("a small hole", drawing(LEFT.difference(box(400, 400, 405, 405))), [("sliver", False, ("1",))]),
    ("a crumb", drawing(CRUMB, RIGHT), [("sliver", False, ("1",))]),
    ("no code", drawing(LEFT, RIGHT, code=["1", ""]), [("missing_code", True, ())]),
    ("a code twice", drawing(LEFT, RIGHT, code=["1", "1"]), [("doubled_code", True, ("1",))]),
    ("no name", drawing(LEFT, RIGHT, name=["Harbour", ""]), [("missing_name", True, ("2",))]),
    ("a name twice", drawing(LEFT, RIGHT, name=["Harbour", "Harbour"]), [("doubled_name", False, ("1", "2"))]),
    ("a name twice in two districts", drawing(LEFT, RIGHT, name=["A", "A"], parent=["d1", "d2"]), []),
    ("a name too long", drawing(LEFT, RIGHT, name=["A", "B" * 101]), [("file", True, ("2",))]),
    ("a code too long", drawing(LEFT, RIGHT, code=["1", "2" * 21]), [("file", True, ("2" * 20,))]),
    ("larger than declared", drawing(LEFT, RIGHT, declared_km2=[0.94, 0.97]), [("declared_area", False, ("1",))]),
    ("no shape", drawing(LEFT, None), [("empty", True, ("2",))]),
    ("an empty shape", drawing(LEFT, shapely.Polygon()), [("empty", True, ("2",))]),
    ("a line", drawing(LEFT, RIGHT.exterior), [("no_polygon", True, ("2",))]),
    ("only a point", drawing(shapely.Point(X, Y)), [("no_polygon", True, ("1",))]),
]


@pytest.mark.usual_rows(12)
@pytest.mark.parametrize(("table", "expected"), [rule[1:] for rule in RULES], ids=[rule[0] for rule in RULES])
def test_what_is_found(table, expected):
    # A long name is too long as a full name, too, but only what is on the list is compared.
    assert list(dict.fromkeys(list_findings(table))) == expected


def test_coordinates_that_are_no_numbers_are_told():
    wild = drawing(LEFT, RIGHT)
    wild.loc[1, "geometry"] = shapely.Polygon([(9, 50), (numpy.inf, 50), (9, 51)])

    assert list_findings(wild) == [("invalid", True, ("2",))]


def test_a_hopeless_tangle_is_refused_in_no_time():
    corners = numpy.random.default_rng(1).uniform((X, Y), (X + 1000, Y + 1000), (20_000, 2))

    start = time.monotonic()
    assert list_findings(drawing(shapely.Polygon(corners), RIGHT)) == [("invalid", True, ("1",))]
    assert time.monotonic() - start < patience(20)  # the repair would take hours


def test_finding_has_size_place_and_text_in_both_languages():
    checked = check_areas(drawing(box(0, 0, 1001, 1000), RIGHT), METRIC)

    report = checking.build_report(checked.findings, METRIC, areas=checked.areas)

    finding = report["findings"][0]
    assert (finding["value"], finding["unit"]) == (pytest.approx(1000, abs=5), "m²")
    assert shapely.from_geojson(str(finding["shape"]).replace("'", '"')).centroid.x == pytest.approx(9.0138, abs=0.001)
    assert finding["said"]["en"] == "Area 1 (1) and Area 2 (2) overlap by 1,000 m²."
    assert finding["said"]["vi"] == "Area 1 (1) và Area 2 (2) chồng lên nhau 1.000 m²."
    assert (report["areas"], report["vertices"], report["coverage"], report["repaired"]) == (2, 10, None, [])


def test_shapes_of_findings_have_few_corners():
    circle = shapely.Point(X, Y).buffer(900, quad_segs=2000)
    many = shapely.MultiPolygon([box(n * 10, 0, n * 10 + 1, 1) for n in range(100)])

    assert shapely.get_num_coordinates(checking.sketch_shape(circle)) <= checking.CORNERS
    assert checking.sketch_shape(circle).area == pytest.approx(circle.area, rel=0.05)
    assert shapely.get_num_coordinates(checking.sketch_shape(many)) <= checking.CORNERS
    assert checking.sketch_shape(shapely.Polygon()) is None


def test_a_long_list_is_cut_and_says_so():
    boxes = [box(n * 10, 0, n * 10 + 5, 5) for n in range(130)]
    lines = [shape.exterior for shape in boxes]

    findings = check_areas(drawing(*lines), METRIC).findings

    assert len(findings) == checking.MOST + 1
    with override("en"):
        assert findings[-1].sentence() == "30 more of this kind are not listed."
    assert findings[-1].grave


# --- the areas and the city


def city(*shapes):
    return geopandas.GeoSeries([shapely.union_all(shapes)], crs=METRIC).to_crs(4326).iloc[0]


ALL = box(0, 0, 10_000, 10_000)
CITY = city(ALL)

AND_THE_CITY = [
    ("all of it", [ALL], 1.0, []),
    ("a part", [box(0, 0, 5_000, 10_000)], 0.5, [("gap", False, ())]),
    ("all but a strip of the coast", [box(0, 0, 9_990, 10_000)], 0.999, []),
    ("more than it", [ALL, box(10_000, 0, 12_000, 10_000)], 1.0, [("outside_city", False, ("2",))]),
    ("an island", [ALL, box(30_000, 0, 31_000, 900)], 1.0, [("outside_city", False, ("2",))]),
    ("one far away", [ALL, box(60_000, 0, 61_000, 900)], 1.0, [("outside_city", True, ("2",))]),
    ("across the border", [box(0, 0, 10_000, 12_000)], 1.0, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("shapes", "coverage", "expected"), [c[1:] for c in AND_THE_CITY], ids=[c[0] for c in AND_THE_CITY]
)
def test_how_the_areas_cover_the_city(shapes, coverage, expected):
    checked = check_areas(drawing(*shapes), METRIC, CITY)

    assert checked.coverage == pytest.approx(coverage, abs=1e-4)
    assert [(finding.kind, finding.grave, finding.areas) for finding in checked.findings] == expected


def test_an_approximate_city_only_tells_what_lies_far_away():
    shapes = [box(0, 0, 5_000, 10_000), box(60_000, 0, 61_000, 900)]

    checked = check_areas(drawing(*shapes), METRIC, CITY, approximate=True)

    assert checked.coverage is None
    assert [(finding.kind, finding.grave) for finding in checked.findings] == [("outside_city", True)]


# --- the coordinate system


def swap_axes(table):
    return table.set_geometry(shapely.transform(table.geometry.to_numpy(), lambda xy: xy[:, ::-1]), crs=table.crs)


def said_to_be(table, crs):
    return table.set_crs(crs, allow_override=True)


IN_DEGREES = drawing(LEFT, RIGHT)
IN_METRES = IN_DEGREES.to_crs(METRIC)
SYSTEMS = [
    ("right", IN_DEGREES, None),
    ("right, in metres", IN_METRES, None),
    ("no system", said_to_be(IN_METRES, None), "does not say .* may be EPSG:32632"),
    ("no system, degrees", said_to_be(IN_DEGREES, None), r"does not say .* may be EPSG:4326 \(WGS 84\)"),
    (
        "no system, nowhere",
        said_to_be(drawing(box(-4e5, -4e6, 0, -3e6)).to_crs(METRIC), None),
        "does not state .* enter it when",
    ),
    ("swapped", swap_axes(IN_DEGREES), r"swapped .*: x is 49\.7, y is 9\.01"),
    ("swapped, in metres", swap_axes(IN_METRES), "swapped"),
    ("metres said to be degrees", said_to_be(IN_METRES, 4326), "That is not EPSG:4326 .* may be EPSG"),
    ("the next zone", said_to_be(IN_METRES, 32633), "That is not EPSG:32633 .* may be EPSG"),
    ("not far", IN_DEGREES.translate(0.6, 0).to_frame("geometry"), "somewhere else"),
    ("elsewhere", IN_DEGREES.translate(60, 0).to_frame("geometry"), "somewhere else"),
]


@pytest.mark.usual_rows(2)
@pytest.mark.parametrize(
    ("table", "expected"), [system[1:] for system in SYSTEMS], ids=[system[0] for system in SYSTEMS]
)
def test_coordinates_outside_the_city_are_a_grave_crs_finding(table, expected):
    with override("en"):
        sentences = [(finding.kind, finding.grave, finding.sentence()) for finding in check_position(table, EXTENT)]

    assert bool(sentences) == bool(expected)
    if expected:
        ((kind, grave, sentence),) = sentences
        assert (kind, grave) == ("crs", True)
        assert re.search(expected, sentence), sentence


# --- whatever the drawing


def quilt(columns, rows, size):
    return [box(x * size, y * size, (x + 1) * size, (y + 1) * size) for x in range(columns) for y in range(rows)]


def damage(draw, shapes):
    """Move, drop, double, twist or cut shapes in turn."""
    for _again in range(draw(some.integers(0, 4))):
        at = draw(some.integers(0, len(shapes) - 1))
        shape = shapes[at]
        match draw(some.sampled_from(["move", "drop", "double", "twist", "cut", "line", "none", "far", "corner"])):
            case "move":
                x, y = draw(some.floats(-300, 300)), draw(some.floats(-300, 300))
                shapes[at] = shape and shapely.transform(shape, lambda xy, by=(x, y): xy + by)
            case "drop" if len(shapes) > 1:
                del shapes[at]
            case "double":
                shapes.append(shape)
            case "twist" if shape is not None:
                corners = shapely.get_coordinates(shape)
                if len(corners) > 4:
                    order = draw(some.permutations(range(len(corners))))
                    shapes[at] = shapely.Polygon(corners[list(order)])
            case "cut" if shape is not None and shape.geom_type == "Polygon" and shape.is_valid:
                shapes[at] = shape.difference(shape.centroid.buffer(draw(some.floats(0.1, 80))))
            case "line" if shape is not None:
                shapes[at] = shapely.LineString(shapely.get_coordinates(shape)[:3])
            case "none":
                shapes[at] = draw(some.sampled_from([None, shapely.Polygon(), shapely.GeometryCollection()]))
            case "far" if shape is not None:
                shapes[at] = shapely.transform(shape, lambda xy: xy + 1e6)
            case "corner" if shape is not None and shape.geom_type == "Polygon" and not shape.is_empty:
                corners = shapely.get_coordinates(shape)
                corners[1] += draw(some.sampled_from([1e-7, 0.01, 0.3, 20]))
                shapes[at] = shapely.Polygon(corners)
    return shapes


@some.composite
def draw_damaged(draw):
    shapes = quilt(draw(some.integers(1, 3)), draw(some.integers(1, 3)), draw(some.sampled_from([50, 400])))
    return damage(draw, shapes)


@given(draw_damaged())
def test_areas_that_pass_the_check_are_valid_and_do_not_overlap(shapes):
    with numpy.errstate(all="ignore"):
        table = drawing(*shapes)
        checked = check_areas(table, METRIC, CITY)
        report = checking.build_report(checked.findings, METRIC, areas=checked.areas, coverage=checked.coverage)

    assert all(finding["said"].keys() == {"vi", "en"} for finding in report["findings"])
    if not checked.grave:
        assert len(checked.areas) == len(table)
        assert checked.areas.is_valid.all()
        assert set(checked.areas.geom_type) == {"MultiPolygon"}
        shapes = checked.areas.to_crs(METRIC).geometry.to_list()
        for number, shape in enumerate(shapes):
            for other in shapes[number + 1 :]:
                assert shape.intersection(other).area <= checking.OVERLAP_M2 * 1.001
