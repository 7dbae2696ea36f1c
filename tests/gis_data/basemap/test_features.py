"""Test the mapping of OpenStreetMap tags to layers."""

import pytest

from gis_data.basemap.features import Layer, area_kind, line_kind


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"natural": "water", "water": "river"}, (Layer.WATER, "river")),
        ({"natural": "water", "water": "canal"}, (Layer.WATER, "canal")),
        ({"natural": "water", "water": "pond"}, (Layer.WATER, "lake")),
        ({"natural": "water"}, (Layer.WATER, "lake")),
        ({"waterway": "riverbank"}, (Layer.WATER, "river")),
        ({"leisure": "park"}, (Layer.GREEN, "park")),
        ({"natural": "wetland", "wetland": "mangrove"}, (Layer.GREEN, "mangrove")),
        ({"natural": "wetland"}, (Layer.GREEN, "wetland")),
        ({"landuse": "forest"}, (Layer.GREEN, "forest")),
        ({"amenity": "grave_yard"}, (Layer.GREEN, "cemetery")),
        ({"building": "yes"}, (Layer.BUILDING, "building")),
        ({"building": "no"}, None),
        ({"landuse": "residential"}, None),
        ({"highway": "pedestrian"}, None),
    ],
)
def test_what_an_area_is_by_its_tags(tags, kind):
    assert area_kind(tags) == kind


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"highway": "trunk"}, (Layer.ROAD, "trunk")),
        ({"highway": "primary_link"}, (Layer.ROAD, "primary")),
        ({"highway": "construction", "construction": "primary"}, None),
        ({"highway": "bus_stop"}, None),
        ({"route": "ferry"}, (Layer.ROAD, "ferry")),
        ({"waterway": "river"}, (Layer.WATERWAY, "river")),
        ({"waterway": "ditch"}, (Layer.WATERWAY, "drain")),
        ({"waterway": "canal", "tunnel": "culvert"}, None),
        ({"railway": "rail"}, (Layer.RAIL, "rail")),
        ({"railway": "rail", "service": "yard"}, (Layer.RAIL, "rail_siding")),
        ({"railway": "subway"}, (Layer.RAIL, "subway")),
        ({"railway": "construction", "construction": "subway"}, (Layer.RAIL, "subway_construction")),
        ({"railway": "abandoned"}, None),
        ({"power": "line"}, None),
    ],
)
def test_what_a_line_is_by_its_tags(tags, kind):
    assert line_kind(tags) == kind
