"""Test feeds on the control room's map and on the health page."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.gis.geos import Point, Polygon
from django.utils import timezone

from cameras.models import Feed, FeedItem
from incidents.models import Category
from tests import factories
from tests.pages import one_line


@pytest.fixture
def rain(town):
    return Feed.objects.create(
        code="rain", kind="rain", title="Mưa", title_en="Rain", url="https://rain.example/", form="georss", unit="mm",
        levels=[5, 20], read_at=timezone.now(), credit="Met Office",
    )  # fmt: skip


@pytest.fixture
def room(client, controller):
    client.force_login(controller)
    return client


def tell(feed, key="A", value=12.5, at=None, place=(10.005, 50.005), **more):
    at = at or timezone.now()
    until = more.pop("until", at + feed.valid)
    return FeedItem.objects.create(
        feed=feed, key=key, title=f"Gauge {key}", value=value, shape=Point(*place, srid=4326), at=at, until=until,
        gone_at=until + feed.valid, **more,
    )  # fmt: skip


def layers(room, *kinds):
    return room.get("/control/feeds/", {"kind": kinds}).json()["feeds"]


def test_a_layer_is_offered_only_where_its_feed_is_set(room, town):
    assert "data-feed" not in room.get("/control/").content.decode()
    assert layers(room, "rain", "tide") == []
    Feed.objects.create(code="t", kind="tide", title="T", url="https://x.example/", form="georss")
    Feed.objects.create(code="v", kind="vehicles", title="V", url="https://x.example/", form="georss", active=False)
    page = one_line(room.get("/control/"))
    assert [kind for kind in Feed.Kind if f'data-feed="{kind}"' in page] == ["tide"]


def test_a_layer_says_what_is_true_and_what_is_old(room, rain):
    at = timezone.now()
    tell(rain, "A", at=at)
    tell(rain, "B", value=None, at=at - timedelta(minutes=40))
    tell(rain, "C", at=at - timedelta(days=1))
    (feed,) = layers(room, "rain")
    assert (feed["title"], feed["unit"], feed["levels"], feed["state"], feed["credit"]) == (
        "Mưa", "mm", [5, 20], "", "Met Office",
    )  # fmt: skip
    first, second = feed["items"]
    assert (first["title"], first["value"], first["level"], first["old"]) == ("Gauge A", 12.5, 1, False)
    assert first["shape"] == {"type": "Point", "coordinates": [10.005, 50.005]}
    assert (second["level"], second["old"], second["when"][:11]) == (0, True, "hết hạn từ ")
    assert layers(room, "tide") == []


def test_a_failing_feed_is_told_in_the_room_and_to_technicians(room, client, rain, controller):
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    since = datetime(2026, 11, 24, 14, 5, tzinfo=zone)
    Feed.objects.update(failing_since=since, fault="status", detail="503")
    (feed,) = layers(room, "rain")
    assert feed["failing"] is True
    assert feed["state"].startswith("Không đọc được từ 14:05 24/11: ")
    page = one_line(client.get("/cameras/health/"))
    assert "Nguồn “Mưa” của bản đồ không đọc được" in page
    assert "(503)" in page
    Feed.objects.update(active=False)
    assert "Nguồn “Mưa”" not in one_line(client.get("/cameras/health/"))


def test_a_feed_that_says_nothing_says_that(room, rain):
    assert layers(room, "rain")[0]["state"] == "Hiện không có gì"
    Feed.objects.update(read_at=None)
    assert layers(room, "rain")[0]["state"] == "Chưa đọc"


def test_a_warning_says_how_grave_and_until_when(room, rain):
    Feed.objects.update(kind="alert", form="cap")
    at = timezone.now()
    tell(rain, "A", value=None, severity="Extreme", at=at + timedelta(hours=1), until=at + timedelta(hours=2))
    tell(rain, "B", value=None, severity="Minor", at=at, until=at + timedelta(hours=2))
    first, second = layers(room, "alert")[0]["items"]
    assert (first["level"], first["severity"], first["when"][:3]) == (4, "cực kỳ nguy hiểm", "từ ")
    assert (second["level"], second["severity"], second["when"][:4]) == (1, "nguy hiểm nhẹ", "đến ")


def test_a_flood_says_what_gauges_and_warnings_near_by_say(room, town, rain):
    flood = factories.incident(town.leak)
    tell(rain, "near", value=45.5)
    tell(rain, "nearer, but without a value", value=None, place=(10.0051, 50.005))
    tell(rain, "far", place=(10.5, 50.5))
    tell(rain, "old", value=1, at=timezone.now() - timedelta(hours=1))
    warning = Feed.objects.create(code="w", kind="alert", title="W", url="https://w.example/", form="cap")
    over = Polygon.from_bbox((10, 50, 10.01, 50.01))
    over.srid = 4326
    tell(warning, "over it", value=None, severity="Severe")
    FeedItem.objects.filter(feed=warning).update(shape=over)

    def list_words():
        readings = room.get(f"/control/incident/{flood.reference}/").context["weather"]
        return [re.sub(r"\d\d:\d\d", "T", reading.words) for reading in readings]

    assert list_words() == ["Mưa: 45,5 mm ở Gauge near, cách 0,0 km, lúc T", "Gauge over it, đến T"]
    Category.objects.filter(pk=town.leak.pk).update(area_matter=False)
    assert list_words() == []
    Category.objects.filter(pk=town.leak.pk).update(area_matter=True)
    Feed.objects.update(active=False)
    assert list_words() == []


def test_own_vehicles_are_found_by_the_search_of_the_room(room, rain):
    vans = Feed.objects.create(code="v", kind="vehicles", title="Xe", url="https://v.example/", form="geojson")
    tell(vans, "51C-123.45", text="Bơm thoát nước")
    tell(vans, "51C-old", at=timezone.now() - timedelta(days=1))
    tell(rain, "51C")
    FeedItem.objects.filter(feed=vans).update(title="Xe bơm số 1")

    def find_vehicles(words):
        return [
            entry for entry in room.get("/control/search/", {"q": words}).json()["found"] if entry["kind"] == "vehicle"
        ]

    assert find_vehicles("xe bom") == [
        {
            "kind": "vehicle", "key": f"{vans.pk} 51C-123.45", "title": "Xe bơm số 1", "more": "Bơm thoát nước",
            "lon": 10.005, "lat": 50.005, "bounds": None,
        }
    ]  # fmt: skip
    assert find_vehicles("51C thoát") == find_vehicles("xe bom")
    assert find_vehicles("gauge") == []
    vans.active = False
    vans.save()
    assert find_vehicles("xe bom") == []
