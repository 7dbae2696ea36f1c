"""Places copied out of a map."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis_data.addresses.map_links import find_map_link, is_short_link, parse_coordinates, parse_map_link

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
        ("106.6980, 10.7725", None),
    ],
)
def test_bare_coordinates_are_latitude_first(text, place):
    assert parse_coordinates(text) == (place and pytest.approx(place))


@given(st.text(max_size=200))
def test_any_text_is_read_without_a_fault(text):
    for start in ("https://", "geo:", ""):
        place = parse_map_link(find_map_link(start + text)) or parse_coordinates(text)
        assert place is None or (abs(place[0]) <= 180 and abs(place[1]) <= 90)
