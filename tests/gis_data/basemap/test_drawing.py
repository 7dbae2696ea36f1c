"""Test that features become rows for each band of zooms."""

import pytest
import shapely

from gis_data.basemap.drawing import BANDS, FIRST_ZOOM, WORLD, cut, draw_rows, first_label_zoom, to_mercator
from gis_data.basemap.features import Feature, Layer

DEGREE = WORLD / 180  # metres of EPSG:3857 to the east


def rows(*features):
    return list(draw_rows(features))


def box(west, south, east, north):
    return shapely.box(west, south, east, north)


def area(some, band):
    return sum(row.shape.area for row in some if row.band == band)


def test_places_lie_where_postgis_puts_them(db):
    from django.contrib.gis.geos import Point  # noqa: PLC0415 - GDAL's own projection, beside ours

    truth = Point(106.7, 10.78, srid=4326).transform(3857, clone=True)
    here = to_mercator(shapely.Point(106.7, 10.78))
    assert (here.x, here.y) == pytest.approx((truth.x, truth.y), abs=0.01)


def test_areas_side_by_side_are_drawn_as_one():
    river = [box(10 + n / 100, 50, 10 + (n + 1) / 100, 50.001) for n in range(5)]
    drawn = [row for row in rows(*(Feature(Layer.WATER, 2, "", part) for part in river)) if row.band == 1]
    whole = to_mercator(box(10, 50, 10.05, 50.001))
    assert shapely.union_all([row.shape for row in drawn]).symmetric_difference(whole).area < 1
    side = 2 * WORLD / 2 ** BANDS[1].cell
    edges = {row.shape.bounds[0] % side for row in drawn} - {whole.bounds[0] % side}
    assert all(min(edge, side - edge) < 0.001 for edge in edges)  # cut along tiles, nowhere else


def test_each_piece_lies_in_one_tile_and_nothing_is_lost():
    star = shapely.Point(0, 0).buffer(3_000_000, quad_segs=3).difference(shapely.Point(9, 9).buffer(400_000))
    pieces = list(cut(star, 6))
    side = 2 * WORLD / 2**6
    assert sum(piece.area for piece in pieces) == pytest.approx(star.area)
    for piece in pieces:
        west, south, east, north = (value + WORLD for value in piece.bounds)
        assert ((west + 1) // side, (south + 1) // side) == ((east - 1) // side, (north - 1) // side)
        assert piece.exterior.is_ccw


def test_small_areas_show_in_near_zooms_only():
    pond = Feature(Layer.WATER, 4, "", box(10, 50, 10.0004, 50.0003))  # some 45 by 33 metres
    assert {row.band for row in rows(pond)} == {5, 6}


@pytest.mark.parametrize(("rank", "bands"), [(1, {0, 1, 2, 3, 4, 5, 6}), (3, {2, 3, 4, 5, 6}), (5, {4, 5, 6})])
def test_streets_are_kept_for_the_bands_that_draw_them(rank, bands):
    street = Feature(Layer.ROAD, rank, "Quay", shapely.LineString([(10, 50), (10.1, 50), (10.1, 50.1)]))
    drawn = rows(street)
    assert {row.band for row in drawn} == bands
    assert {row.first_zoom for row in drawn} == {FIRST_ZOOM[Layer.ROAD][rank]}


def test_pieces_of_one_street_are_one_line():
    parts = [shapely.LineString([(10 + n / 100, 50), (10 + (n + 1) / 100, 50)]) for n in range(4)]
    (line,) = (row for row in rows(*(Feature(Layer.ROAD, 2, "Quay", part) for part in parts)) if row.band == 6)
    assert line.shape.length == pytest.approx(0.04 * DEGREE)


def test_a_park_is_named_once_in_its_largest_part():
    parts = [box(10, 50, 10.002, 50.002), box(10.003, 50, 10.02, 50.01)]
    names = [
        row for row in rows(*(Feature(Layer.GREEN, 1, "Garden", part) for part in parts)) if row.layer == Layer.NAME
    ]
    assert {(row.name, row.rank) for row in names} == {("Garden", Layer.GREEN)}
    assert len({row.band for row in names}) == len(names)
    assert to_mercator(parts[1]).contains(names[0].shape)


def test_water_with_a_line_of_its_name_has_no_second_name():
    lake, canal = box(10, 50, 10.02, 50.02), shapely.LineString([(10, 50.01), (10.02, 50.01)])
    named = rows(Feature(Layer.WATER, 3, "Kênh Tẻ", lake), Feature(Layer.WATERWAY, 2, "kênh tẻ", canal))
    assert [row for row in named if row.layer == Layer.NAME] == []


@pytest.mark.parametrize(("metres", "zoom"), [(10_000, 8), (1000, 11), (100, 15), (1, 16)])
def test_the_larger_an_area_the_earlier_it_is_named(metres, zoom):
    assert first_label_zoom(metres) == zoom
