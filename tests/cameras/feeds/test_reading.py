"""Test the parsing of feeds in each format, and hostile documents."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cameras.feeds import reading
from cameras.feeds.reading import Keys, Unreadable, read_feed
from demo.cameras import feeds as demo

AT = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
PACK = Path(__file__).parents[3] / "gis_data" / "packs" / "hcmc"
SPACES = (
    'xmlns:georss="http://www.georss.org/georss" xmlns:gml="http://www.opengis.net/gml"'
    ' xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#"'
)


def rss(*items):
    return f'<rss version="2.0" {SPACES}><channel><title>Rain</title>{"".join(items)}</channel></rss>'.encode()


def item(where, title="Gauge"):
    return f"<item><guid>g1</guid><title>{title}</title>{where}</item>"


def cap(area, *, head="", info="<severity>Severe</severity>", status="Actual", kind="Alert", key="a1"):
    return (
        '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
        f"<identifier>{key}</identifier><sender>met</sender><sent>2026-11-24T14:30:00+07:00</sent>"
        f"<status>{status}</status><msgType>{kind}</msgType>{head}<info><event>Storm</event>{info}"
        f"<area><areaDesc>Centre</areaDesc>{area}</area></info></alert>"
    )


def geojson(*features, **more):
    return json.dumps({"type": "FeatureCollection", "features": list(features), **more}).encode()


def feature(coordinates=(10.0, 50.0), kind="Point", **properties):
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}


BOX = "50.0 10.0 50.0 10.1 50.1 10.1 50.1 10.0 50.0 10.0"


@pytest.mark.parametrize(
    ("where", "kind", "extent"),
    [
        ("<georss:point>50.0 10.1</georss:point>", "Point", (10.1, 50.0, 10.1, 50.0)),
        ("<georss:point>50.0,10.1</georss:point>", "Point", (10.1, 50.0, 10.1, 50.0)),
        ("<georss:line>50 10 50.1 10.1</georss:line>", "LineString", (10, 50, 10.1, 50.1)),
        (f"<georss:polygon>{BOX}</georss:polygon>", "Polygon", (10, 50, 10.1, 50.1)),
        ("<georss:box>50 10 50.1 10.1</georss:box>", "Polygon", (10, 50, 10.1, 50.1)),
        (
            "<georss:where><gml:Point><gml:pos>50 10.1</gml:pos></gml:Point></georss:where>",
            "Point",
            (10.1, 50, 10.1, 50),
        ),
        (
            "<georss:where><gml:Polygon><gml:exterior><gml:LinearRing>"
            f"<gml:posList>{BOX}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></georss:where>",
            "Polygon",
            (10, 50, 10.1, 50.1),
        ),
        (
            "<georss:where><gml:Envelope><gml:lowerCorner>50 10</gml:lowerCorner>"
            "<gml:upperCorner>50.1 10.1</gml:upperCorner></gml:Envelope></georss:where>",
            "Polygon",
            (10, 50, 10.1, 50.1),
        ),
        ("<geo:lat>50</geo:lat><geo:long>10.1</geo:long>", "Point", (10.1, 50, 10.1, 50)),
    ],
)
def test_each_way_of_georss_to_say_a_place(where, kind, extent):
    (entry,) = read_feed(rss(item(where)), "georss").items
    assert (entry.shape.geom_type, entry.shape.extent, entry.shape.srid) == (kind, extent, 4326)


def test_entries_say_name_value_unit_and_moment():
    atom = (
        f'<feed xmlns="http://www.w3.org/2005/Atom" {SPACES}><entry><id>g1</id><title>Trạm An Phú: 45,5 mm</title>'
        "<updated>2026-11-24T14:30:00+07:00</updated><georss:point>50 10</georss:point></entry></feed>"
    ).encode()
    description = (
        "<description>&lt;b&gt;12.5 mm&lt;/b&gt;</description><pubDate>Tue, 24 Nov 2026 07:30:00 GMT</pubDate>"
    )
    for body in (atom, rss(item(f"{description}<georss:point>50 10</georss:point>", title="Trạm An Phú"))):
        (entry,) = read_feed(body, "georss").items
        assert (entry.key, entry.unit, entry.at) == ("g1", "mm", AT)
    assert (entry.title, entry.text, entry.value) == ("Trạm An Phú", "12.5 mm", 12.5)
    own = item("<mm>7</mm><since>2026-11-24T07:30Z</since><georss:point>50 10</georss:point>")
    (entry,) = read_feed(rss(item("<georss:point>50 10</georss:point>", title="7")), "georss").items
    assert (entry.title, entry.value) == ("7", None)  # a number as its name
    (entry,) = read_feed(rss(own), "georss", Keys(value="mm", time="since", unit="mm/h")).items
    assert (entry.value, entry.unit, entry.at) == (7, "mm/h", AT)


def test_alerts_have_areas_severity_and_an_end():
    info = (
        "<headline>Heavy rain</headline><severity>Severe</severity><description>40 mm</description>"
        "<expires>2026-11-24T16:30:00+07:00</expires>"
    )
    polygon = "<polygon>50,10 50,10.1 50.1,10.1 50,10</polygon>"
    (alert,) = read_feed(cap(polygon, info=info).encode(), "cap").items
    assert (alert.key, alert.title, alert.severity, alert.text) == ("a1", "Heavy rain", "Severe", "Centre 40 mm")
    assert (alert.at, alert.until) == (AT, datetime(2026, 11, 24, 9, 30, tzinfo=UTC))
    assert alert.shape.extent == (10, 50, 10.1, 50.1)
    (circle,) = read_feed(cap("<circle>50,10 11.132</circle>").encode(), "cap").items
    west, south, east, north = circle.shape.extent
    assert (round(north - south, 3), round(east - west, 2)) == (0.2, 0.31)
    both = read_feed(cap(f"{polygon}<circle>51,10 5</circle>").encode(), "cap").items[0]
    assert both.shape.geom_type == "MultiPolygon"


def test_tests_and_cancelled_alerts_are_no_alerts():
    polygon = "<polygon>50,10 50,10.1 50.1,10.1 50,10</polygon>"
    refers = "<references>met,a1,2026-11-24T14:30:00+07:00</references>"
    first, cancels = cap(polygon), cap(polygon, head=refers, kind="Cancel", key="a2")
    updates = cap(polygon, head=refers, kind="Update", key="a3")

    def keys(*alerts):
        return [alert.key for alert in read_feed(f"<all>{''.join(alerts)}</all>".encode(), "cap").items]

    assert keys(first, cap(polygon, status="Exercise", key="a9")) == ["a1"]
    assert keys(first, cancels) == []
    assert keys(first, updates) == ["a3"]
    index = b"<rss><channel><item><title>A</title><link>https://met.example/a1.xml</link></item></channel></rss>"
    assert read_feed(index, "cap").links == ["https://met.example/a1.xml"]


def test_features_say_name_value_heading_and_next_page():
    tide = feature(name="Phú An", level_m="1,52", unit="m", time="2026-11-24T07:30:00Z")
    van = feature([[10, 50], [10.1, 50.1]], "LineString", plate="51C-123", heading=450, timestamp=AT.timestamp())
    contents = read_feed(geojson(tide, van, links=[{"rel": "next", "href": "?page=2"}, {"rel": "self"}]), "geojson")
    first, second = contents.items
    assert (first.title, first.value, first.unit, first.at) == ("Phú An", 1.52, "m", AT)
    assert (second.title, second.heading, second.at, second.shape.geom_type) == ("51C-123", 90, AT, "LineString")
    assert contents.links == ["?page=2"]


def test_what_cannot_be_drawn_is_left_out_and_counted():
    wrong = [
        feature((200, 50)), feature((10, float("1e308"))), feature((10,)), feature(("10", "50")),
        feature((True, False)),
        feature((10**40, 50)), feature([], "Polygon"), feature([[[10, 50], [10, 50]]], "Polygon"),
        feature((10, 50), "Circle"), feature({}, "Point"), {"geometry": None}, "text", None,
        feature([[10, 50]] * 6000, "MultiPoint"),
    ]  # fmt: skip
    for entry in wrong:
        if isinstance(entry, dict):
            entry.setdefault("properties", {})["name"] = "X"
    contents = read_feed(geojson(*wrong, feature(name="Right")), "geojson")
    assert ([entry.title for entry in contents.items], contents.left_out) == (["Right"], len(wrong))
    for where in (
        "",
        "<georss:point>50</georss:point>",
        "<georss:point>91 10</georss:point>",
        "<georss:point>a b</georss:point>",
    ):
        assert read_feed(rss(item(where)), "georss").left_out == 1


def test_a_polygon_that_crosses_itself_is_mended():
    bow = feature([[[10, 50], [10.1, 50.1], [10.1, 50], [10, 50.1], [10, 50]]], "Polygon", name="Bow")
    (entry,) = read_feed(geojson(bow), "geojson").items
    assert entry.shape.valid


BOMB = b'<!DOCTYPE a [<!ENTITY x "xx"><!ENTITY y "&x;&x;">]><rss><channel>&y;</channel></rss>'
READS_FILE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><item><title>&x;</title></item></rss>'


@pytest.mark.parametrize(
    ("body", "form", "fault"),
    [
        (BOMB, "georss", "xml"),
        (READS_FILE, "cap", "xml"),
        (b"<rss><channel>", "georss", "xml"),
        (b"", "georss", "xml"),
        (b"\xff\xfe\x00", "cap", "xml"),
        (b'<?xml version="1.0" encoding="hex"?><rss/>', "georss", "xml"),
        (b"<html><body>Sign in</body></html>", "georss", "format"),
        (b"<html><body>Sign in</body></html>", "cap", "format"),
        (b"<html>", "geojson", "json"),
        (b"[" * 100_000, "geojson", "json"),
        (b'{"type": "FeatureCollection", "features": NaN}', "geojson", "json"),
        (b"[1]", "geojson", "format"),
        (b'{"type": ["FeatureCollection"]}', "geojson", "format"),
        (b'{"type": "FeatureCollection", "features": {}}', "geojson", "format"),
    ],
)
def test_hostile_and_other_documents_are_refused(body, form, fault):
    with pytest.raises(Unreadable) as refused:
        read_feed(body, form)
    assert str(refused.value) == fault


def test_a_document_with_too_many_things_is_refused(monkeypatch):
    monkeypatch.setattr(reading, "ITEMS_AT_MOST", 2)
    with pytest.raises(Unreadable, match="large"):
        read_feed(geojson(*[feature(name=str(n)) for n in range(3)]), "geojson")
    monkeypatch.setattr(reading, "NODES_AT_MOST", 3)
    with pytest.raises(Unreadable, match="large"):
        read_feed(rss(item("")), "georss")


def test_texts_are_cut_and_cleaned():
    (entry,) = read_feed(geojson(feature(name="A\0 \n B" + "c" * 999, description=" x\ud800 ")), "geojson").items
    assert (entry.title[:6], len(entry.title), entry.text) == ("A Bccc", 200, "x")


@pytest.mark.parametrize(("name", "form"), [("rain.rss", "georss"), ("tide.geojson", "geojson"), ("alert.cap", "cap"),
                                            ("vehicles.geojson", "geojson")])  # fmt: skip
def test_the_demos_feeds_are_read_whole(name, form):
    scene = demo.read_scene(PACK / "demo_feeds.toml")
    _kind, tell = demo.FEEDS[name]
    contents = read_feed(tell(scene, AT.timestamp()), form)
    kind = name.partition(".")[0]
    wanted = [station["name"] for station in scene["stations"] if station["kind"] == kind] or {
        "alert": ["Mưa dông, nguy cơ ngập cục bộ"],
        "vehicles": [vehicle["name"] for vehicle in scene["vehicles"]],
    }[kind]
    assert ([entry.title for entry in contents.items], contents.left_out) == (wanted, 0)
    assert all(entry.at and (AT - entry.at).total_seconds() < 7200 for entry in contents.items)
    if kind == "vehicles":
        later = read_feed(tell(scene, AT.timestamp() + 10), form).items
        assert all(before.shape.distance(after.shape) > 0 for before, after in zip(contents.items, later, strict=True))
