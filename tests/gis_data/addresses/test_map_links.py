"""Test places copied from map sites."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis_data.addresses.map_links import (
    find_map_link,
    is_short_link,
    names_short_link,
    parse_coordinates,
    parse_map_link,
    places_in_text,
    shorten_link,
)

HERE = (106.6980, 10.7725)
LINKS = {
    "Google, a pin with a view": "https://www.google.com/maps/place/Ch%E1%BB%A3+B%E1%BA%BFn+Th%C3%A0nh/@10.7800,106.7000,17z/"
    "data=!3m1!4b1!4m6!3m5!1s0x0:0x0!8m2!3d10.7725!4d106.6980!16s",
    "Google, a view": "https://www.google.com/maps/@10.7725,106.6980,17z?entry=ttu",
    "Google, a question": "https://maps.google.com/?q=10.7725,106.6980",
    "Google, its interface": "https://www.google.com/maps/search/?api=1&query=10.7725%2C106.6980",
    "Google, a way": "https://www.google.com/maps/dir/?api=1&origin=10.1,106.1&destination=10.7725,106.6980",
    "Apple": "https://maps.apple.com/?ll=10.7725,106.6980&q=Dropped%20Pin",
    "OpenStreetMap, a pin": "https://www.openstreetmap.org/?mlat=10.7725&mlon=106.6980#map=17/10.78/106.70",
    "OpenStreetMap, a view": "https://www.openstreetmap.org/#map=17/10.7725/106.6980",
    "Bing": "https://www.bing.com/maps?cp=10.7725~106.6980&lvl=17",
    "Google, degrees and minutes": "https://www.google.com/maps/place/10%C2%B046'21.0%22N+106%C2%B041'52.8%22E/",
    "Google, without a scheme": "maps.google.com/?q=10.7725,106.6980",
    "Google, a search": "https://www.google.com/maps/search/10.7725,+106.6980?entry=tts",
    "Apple, a point": "https://maps.apple.com/place?coordinate=10.7725,106.6980&name=Marked%20Location",
    "geo": "geo:10.7725,106.6980?z=17",
    "geo with a name": "geo:0,0?q=10.7725,106.6980(Ch%E1%BB%A3)",
}


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_a_link_says_its_place(link):
    assert parse_map_link(find_map_link(f"Ổ gà ở đây: {link} nhé")) == pytest.approx(HERE)


@pytest.mark.parametrize(
    "link", ["https://example.vn/tin-tuc/1.5", "https://www.google.com/maps?q=95.25,106.25", "http://[", "geo:", ""]
)
def test_a_link_without_a_place_says_none(link):
    assert parse_map_link(link) is None


def test_short_links_are_told_apart():
    links = ("https://maps.app.goo.gl/AbCd1234", "https://goo.gl/maps/x", "https://evil.example/maps.app.goo.gl/")
    assert [is_short_link(link) for link in links] == [True, True, False]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("10.7725, 106.6980", HERE),
        (" 10.7725 106.6980 ", HERE),
        ("số 10.7725, 106.6980", None),
        ("12, 13", None),
        ("106.6980, 10.7725", HERE),  # a latitude is at most 90
        ("(10.7725, 106.6980)", HERE),
        ("tọa độ: 10.7725, 106.6980", HERE),
        ("10,7725; 106,6980", HERE),
        ("10,7725 106,6980", HERE),
        ("10,7725, 106,6980", HERE),
        ("10.7725° N, 106.6980° E", HERE),
        ("N10.7725 E106.6980", HERE),
        ("106.6980Đ 10.7725B", HERE),
        ("lat: 10.7725, lng: 106.6980", HERE),
        ("vĩ độ 10,7725 kinh độ 106,6980", HERE),
        ("10°46'21\"N 106°41'52.8\"E", HERE),
        ("10°46’21″B, 106°41’52,8″Đ", HERE),
        ("10° 46.35' N, 106° 41.88' E", HERE),
        ("106°41'52.8\"E 10°46'21\"N", HERE),
        ("10°46'21\"N 106°61'52.8\"E", None),
        ("10.7725N 106.6980N", None),
        ("10.8, 106.7", None),
        ("10.7725", None),
        ("1.7725, 2.6980, 3.25", None),
    ],
)
def test_text_that_is_coordinates_says_its_place(text, place):
    """Latitude first, unless a letter or a number above 90 says otherwise."""
    assert parse_coordinates(text) == (place and pytest.approx(place))


@pytest.mark.parametrize(("text", "short"), [
    ("https://maps.app.goo.gl/AbCd1234", True), ("ở đây maps.app.goo.gl/AbCd", True), ("goo.gl/maps/x nhé", True),
    ("https://www.google.com/maps/@10.7725,106.6980,17z", False), ("https://evil.example/maps.app.goo.gl/x", False),
    ("12 Lê Lợi", False),
])  # fmt: skip
def test_short_link_alone_says_no_place(text, short):
    assert names_short_link(text) is short


@pytest.mark.parametrize(("text", "places"), [
    ("10.25, 50.75", [(50.75, 10.25), (10.25, 50.75)]),
    ("10.25N, 50.75E", [(50.75, 10.25)]),
    ("https://www.google.com/maps?q=50.75,10.25", [(10.25, 50.75), (50.75, 10.25)]),
    ("đây https://example.vn/a rồi geo:50.75,10.25", [(10.25, 50.75), (50.75, 10.25)]),
    ("không có", []),
])  # fmt: skip
def test_both_orders_are_told_where_either_may_be_meant(text, places):
    assert places_in_text(text) == places


LONG_LINK = f"https://www.google.com/maps/place/{'Ch%E1%BB%A3+' * 40}/@10.7800,106.7000,17z/data=!3d10.7725!4d106.6980"


@pytest.mark.parametrize(("text", "short"), [
    (LONG_LINK, "10.772500, 106.698000"),
    (f"Ổ gà ở đây: {LONG_LINK} nhé", "Ổ gà ở đây: geo:10.772500,106.698000 nhé"),
    ("https://www.google.com/maps/@10.7725,106.6980,17z", "https://www.google.com/maps/@10.7725,106.6980,17z"),
    (LONG_LINK.replace("10.7", "x").replace("106", ""), None),
    (f"https://www.google.com/maps/@10.7725,106.6980,17z/{'a' * 2000}", None),
    ("Lê Lợi " * 100, None),
])  # fmt: skip
def test_long_map_link_is_its_place_in_few_characters(text, short):
    """A link of up to 2,000 characters; another text, or one without a place, stays as it is."""
    assert shorten_link(text, 200) == (text if short is None else short)
    if short:
        assert places_in_text(short)[0] == pytest.approx(HERE)


@given(st.text(max_size=200))
def test_any_text_is_read_without_a_fault(text):
    for start in ("https://", "geo:", ""):
        place = parse_map_link(find_map_link(start + text)) or parse_coordinates(text)
        assert place is None or (abs(place[0]) <= 180 and abs(place[1]) <= 90)
