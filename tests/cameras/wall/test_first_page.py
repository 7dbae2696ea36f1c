"""Test which cameras the server puts on the wall's first page, and where."""

import json
from urllib.parse import quote

import pytest
from django.contrib.gis.geos import Point

from cameras.models import Camera, Source
from cameras.wall import pool
from cameras.wall.first_page import WallLayout, first_page, layout_of_cookie


def at(code, lon, **more):
    return Camera(code=code, name=more.pop("name", f"Street {code}"), place=Point(lon, 50.005, srid=4326), **more)


def test_cameras_stand_by_what_wants_attention_first(town):
    cameras = [at("a", 10.018), at("b", 10.0102), at("c", 10.0005), at("d", 10.0101), at("e", 10.03)]
    most, next_most = Point(10.01, 50.005, srid=4326), Point(10.0, 50.005, srid=4326)
    near, others = pool.order_cameras(cameras, [most, next_most])
    assert [camera.code for camera in near] == ["d", "b", "c"]
    assert [camera.code for camera in others] == ["a", "e"]


def test_without_incidents_cameras_stand_from_the_centre(town):
    near, others = pool.order_cameras([at("a", 10.03), at("b", 10.012), at("c", 10.009)], [])
    assert ([camera.code for camera in near], [camera.code for camera in others]) == ([], ["c", "b", "a"])


@pytest.mark.parametrize(
    ("layout", "shown"),
    [
        ({}, ["n1", "n2", "o2", "o3", "n3", "o1"]),  # what shows nothing stands last
        ({"state": "near"}, ["n1", "n2", "n3"]),
        ({"state": "chosen"}, ["o3", "n2"]),
        ({"state": "trouble"}, ["o2", "n3", "o1"]),
        ({"state": "seeing"}, ["n1", "n2", "o3"]),
        ({"pins": {"o3": 0, "n1": 4, "gone": 1, "n2": 99}}, ["o3", "n2", "o2", "n3", "n1", "o1"]),
        ({"state": "near", "pins": {"o3": 5}}, ["n1", "n2", "n3", None, None, "o3"]),
        ({"state": "pinned", "pins": {"o3": 5, "n1": 4, "gone": 1}}, ["n1", "o3"]),
        ({"words": "Đuong O3"}, ["o3"]),
        ({"words": "street", "pins": {"o3": 0}}, ["n1", "n2", "o2", "n3", "o1"]),
        ({"group": "source:port"}, ["n2"]),
        ({"group": "road:Street o2"}, ["o2"]),
        ({"group": "area:001"}, []),
        ({"group": "nonsense"}, []),
    ],
)
def test_the_first_page_by_its_layout(layout, shown):
    near = [at("n1", 10), at("n2", 10, source=Source(code="port")), at("n3", 10)]
    others = [at("o1", 10), at("o2", 10), at("o3", 10, name="Đường o3")]
    page = first_page(
        WallLayout(**layout), near, others, chosen=["o3", "n2"], troubles={"n3", "o2", "o1"}, dead={"n3", "o1"}
    )
    assert [camera and camera.code for camera in page] == shown


def test_a_page_has_as_many_places_as_its_grid():
    cameras = [at(f"{n:03}", 10) for n in range(40)]
    page = first_page(WallLayout(size="4x3"), [], cameras, chosen=[], troubles=[], dead=[])
    assert [camera.code for camera in page] == [f"{n:03}" for n in range(12)]


@pytest.mark.parametrize(
    "text",
    ["", "x", "%", "[]", "1", "null", '"5x4"', "{", "[" * 3900, "a" * 5000, *map(quote, (
        '{"size":7,"pins":[1],"group":{},"words":null,"state":[]}', '{"size":"99x99","state":"what"}',
        '{"pins":{"a":-1,"b":true,"c":"1","d":1.5}}',
    ))],
)  # fmt: skip
def test_a_cookie_that_is_none_is_the_usual_layout(text):
    assert layout_of_cookie(text) == WallLayout()


def test_a_layout_comes_back_from_its_cookie():
    layout = WallLayout(size="8x5", state="near", group="road:Hai Bà Trưng", words="cầu", pins={"TTH 1": 3})
    assert layout_of_cookie(quote(layout.as_json)) == layout
    assert json.loads(layout.as_json)["pins"] == {"TTH 1": 3}
