"""Test the fetching of feeds: guarded calls when they are due, validity of items, and failures."""

import gzip
import time
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from cameras.feeds import fetching, loading
from cameras.feeds.jobs import read_feeds
from cameras.models import Feed, FeedItem
from geoapp.crypto import vault
from gis_data.pack import InvalidData
from tests.cameras.feeds.test_reading import cap, feature, geojson
from tests.fakes.feeds import FeedServer
from tests.machine import patience


@pytest.fixture
def server(settings):
    settings.OUTBOUND_ALLOWED = {"feeds": ["127.0.0.1/32"]}
    with FeedServer() as fake:
        yield fake


@pytest.fixture
def feed(db, server):
    return Feed.objects.create(code="rain", kind="rain", title="Mưa", url=f"{server.url}/rain", form="geojson")


def read_feed(feed, at=None):
    fetching.read_one(feed, at or now())
    feed.refresh_from_db()
    return feed


def gauge(key, value, moment=None):
    document = feature(name=key, value=value, **({"time": moment.isoformat()} if moment else {}))
    return document | {"id": key}


def test_what_a_feed_says_replaces_what_it_said(feed, server):
    at = now()
    server.answers["/rain"] = geojson(gauge("A", 3, at), gauge("B", 5, at))
    assert read_feed(feed, at).read_at == at
    server.answers["/rain"] = geojson(gauge("B", 7, at), gauge("C", 1))
    read_feed(feed, at)
    assert list(feed.items.order_by("key").values_list("key", "value")) == [("B", 7), ("C", 1)]
    assert server.asked == ["/rain", "/rain"]


def test_a_value_is_true_for_a_while_then_old_then_gone(feed, server):
    at = now()
    server.answers["/rain"] = geojson(
        gauge("now", 1, at), gauge("old", 2, at - timedelta(minutes=45)), gauge("gone", 3, at - timedelta(hours=2)),
        gauge("ahead", 4, at + timedelta(days=1)),
    )  # fmt: skip
    read_feed(feed, at)
    assert sorted(FeedItem.objects.valid_at(at).values_list("key", flat=True)) == ["ahead", "now"]
    assert feed.items.get(key="ahead").at == at  # a clock that is wrong
    assert sorted(FeedItem.objects.shown(at).values_list("key", flat=True)) == ["ahead", "now", "old"]
    assert not FeedItem.objects.shown(at + timedelta(hours=1)).exists()
    Feed.objects.update(active=False)
    assert not FeedItem.objects.shown(at).exists()


def test_a_warning_ends_when_it_says_so(feed, server):
    at = now()
    until = (at + timedelta(hours=3)).isoformat()
    polygon = "<polygon>50,10 50,10.1 50.1,10.1 50,10</polygon>"
    server.answers["/rain"] = cap(polygon, info=f"<severity>Severe</severity><expires>{until}</expires>").encode()
    feed.form, feed.kind = "cap", "alert"
    feed.save()
    read_feed(feed, at)
    warning = feed.items.get()
    assert (warning.level, warning.until, warning.gone_at) == (3, at + timedelta(hours=3), at + timedelta(hours=3))
    server.answers["/rain"] = cap(polygon, info="<expires>2026-01-01T00:00:00Z</expires>").encode()
    read_feed(feed, at)
    assert not feed.items.exists()


def test_pages_and_alerts_of_an_index_are_read_too(feed, server):
    server.answers["/rain"] = geojson(gauge("A", 1), links=[{"rel": "next", "href": "/rain?page=2"}])
    server.answers["/rain?page=2"] = geojson(gauge("B", 2), links=[{"rel": "next", "href": "/rain?page=2"}])
    read_feed(feed)
    assert sorted(feed.items.values_list("key", flat=True)) == ["A", "B"]
    assert len(server.asked) == fetching.LINKS_AT_MOST + 1  # one that leads on for ever
    index = "<rss><channel><item><title>A</title><link>/a1.xml</link></item></channel></rss>"
    server.answers |= {"/rain": index.encode(), "/a1.xml": cap("<circle>50,10 5</circle>").encode()}
    feed.form = "cap"
    read_feed(feed)
    assert feed.items.get().key == "a1"


@pytest.mark.usual_rows(6)
@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ((404, {}, b""), "status"),
        ((500, {}, b"no"), "status"),
        (b"<html>", "json"),
        (b"[]", "format"),
        (geojson(feature((999, 0), name="X")), "empty"),
        ((200, {"Content-Encoding": "gzip"}, gzip.compress(geojson())), "format"),
        ((302, {"Location": "/rain"}, b""), "redirects"),
        ((302, {"Location": "http://169.254.169.254/latest"}, b""), "address"),
        ((302, {"Location": "http://10.0.0.1/"}, b""), "address"),
        ((302, {"Location": "file:///etc/passwd"}, b""), "address"),
        ((302, {"Location": "http://user:word@127.0.0.1/"}, b""), "address"),
        ((200, {"Content-Length": "5000000"}, bytes(5_000_000)), "large"),
        ((200, {"Content-Length": "100"}, b"short"), "connection"),
    ],
)
def test_a_feed_that_fails_says_why_and_keeps_what_it_said(feed, server, answer, fault):
    server.answers["/rain"] = geojson(gauge("A", 1))
    read_feed(feed)
    server.answers["/rain"] = answer
    first = now()
    assert (read_feed(feed, first).fault, feed.failing_since) == (fault, first)
    assert read_feed(feed).failing_since == first  # since it began to fail
    assert feed.items.get().key == "A"
    server.answers["/rain"] = geojson()
    assert (read_feed(feed).fault, feed.failing_since, feed.items.count()) == ("", None, 0)


def test_a_redirect_that_ends_is_followed(feed, server):
    server.answers |= {"/rain": (301, {"Location": "new"}, b""), "/new": geojson(gauge("A", 1))}
    assert (read_feed(feed).fault, feed.items.count()) == ("", 1)


def test_key_is_sent_to_the_server_of_the_address_alone(feed, server):
    feed.key_header, feed.secret = "X-Api-Key", vault.encrypt("sesame")
    feed.save()
    with FeedServer() as other:
        server.answers |= {
            "/rain": (302, {"Location": "/moved"}, b""),
            "/moved": geojson(gauge("A", 1), links=[{"rel": "next", "href": f"{other.url}/more"}]),
        }
        other.answers["/more"] = geojson(gauge("B", 2))
        assert (read_feed(feed).fault, feed.items.count()) == ("", 2)
        assert server.keys == {"/rain": {"X-Api-Key": "sesame"}, "/moved": {"X-Api-Key": "sesame"}}
        assert other.keys == {"/more": {}}


def test_key_that_cannot_be_opened_is_said_and_nobody_is_asked(feed, server):
    feed.key_header, feed.secret = "Authorization", vault.encrypt("Bearer sesame")[:-8]
    feed.save()
    assert (read_feed(feed).fault, server.asked) == ("key", [])


def test_key_of_a_feed_is_entered_and_never_shown(feed, admin_client):
    at = f"/admin/cameras/feed/{feed.pk}/change/"
    form = {
        "code": "rain", "kind": "rain", "title": "Mưa", "url": feed.url, "form": "geojson",
        "every": "0:05:00", "valid": "0:30:00", "levels": "[]", "active": "on", "key_header": "Authorization",
    }  # fmt: skip
    for typed, stored in (("Bearer sesame", "Bearer sesame"), ("", "Bearer sesame"), ("-", ""), ("sesame", "sesame")):
        assert admin_client.post(at, form | {"new_key": typed}).status_code == 302
        feed.refresh_from_db()
        assert (vault.decrypt(feed.secret), "sesame" in feed.secret) == (stored, False)
        assert "sesame" not in admin_client.get(at).content.decode()
    for wrong in (
        {"url": "http://127.0.0.1:1/rain"}, {"key_header": ""}, {"key_header": "Content-Length"},
        {"key_header": "X-Key:"}, {"new_key": "chìa"}, {"new_key": "a\nb"},
    ):  # fmt: skip
        assert admin_client.post(at, form | wrong).status_code == 200
    feed.refresh_from_db()
    assert (feed.url, feed.key_header, vault.decrypt(feed.secret)) == (form["url"], "Authorization", "sesame")
    assert "sesame" not in " ".join(LogEntry.objects.values_list("change_message", flat=True))


def test_levels_that_are_no_json_are_refused_in_words(feed, admin_client):
    admin_client.cookies["django_language"] = "vi"
    answer = admin_client.post(f"/admin/cameras/feed/{feed.pk}/change/", {"levels": '{"a":'})
    assert "Nội dung này không phải là JSON hợp lệ." in answer.content.decode()


def test_pack_that_moves_a_feed_forgets_its_key(db):
    loading.save_feeds([ROW])
    Feed.objects.update(key_header="Authorization", secret=vault.encrypt("Bearer sesame"))
    loading.save_feeds([ROW | {"url": "https://rain.example/y"}])
    assert vault.decrypt(Feed.objects.get().secret) == "Bearer sesame"
    loading.save_feeds([ROW | {"url": "https://storm.example/y"}])
    assert Feed.objects.get().secret == ""


def test_private_addresses_and_silence_are_faults(feed, server, settings, monkeypatch):
    settings.OUTBOUND_ALLOWED = {}
    assert (read_feed(feed).fault, server.asked) == ("address", [])
    settings.OUTBOUND_ALLOWED = {"feeds": ["127.0.0.1/32"]}
    monkeypatch.setattr(fetching, "TIME_S", -1)
    assert read_feed(feed).fault == "slow"


def drip(count):
    for _byte in range(count):
        time.sleep(0.02)
        yield b" "


def test_a_feed_that_drips_is_left_at_its_deadline(feed, server, monkeypatch):
    monkeypatch.setattr(fetching, "TIME_S", 0.3)
    server.answers["/rain"] = (200, {"Content-Length": "3000"}, drip(3000))
    begun = time.monotonic()
    assert read_feed(feed).fault == "slow"
    assert time.monotonic() - begun < patience(20)  # a minute of drops is not waited for


def test_a_feed_is_asked_when_it_is_time_by_one_only(feed, server):
    server.answers["/rain"] = geojson(gauge("A", 1))
    fetching.read_if_due(feed.pk)
    fetching.read_if_due(feed.pk)
    assert len(server.asked) == 1
    Feed.objects.update(asked_at=now() - timedelta(minutes=5))
    fetching.read_if_due(feed.pk)
    assert len(server.asked) == 2
    Feed.objects.update(asked_at=None, active=False)
    fetching.read_if_due(feed.pk)
    assert len(server.asked) == 2


def test_each_minute_jobs_read_what_is_due(feed, django_capture_on_commit_callbacks):
    from procrastinate.contrib.django.models import ProcrastinateJob  # noqa: PLC0415 - after the apps

    Feed.objects.create(
        code="vans", kind="vehicles", title="Xe", url=feed.url, form="geojson", every=timedelta(seconds=20)
    )
    Feed.objects.create(code="later", kind="tide", title="Triều", url=feed.url, form="geojson", asked_at=now())
    read_feeds(0)
    read_feeds(0)  # none stands twice
    jobs = ProcrastinateJob.objects.filter(task_name="cameras.read_feed").values_list("args__feed_id", flat=True)
    vans = Feed.objects.get(code="vans").pk
    assert sorted(jobs) == sorted([feed.pk, vans, vans, vans])


def test_the_database_knows_a_failing_feed(feed):
    for wrong in ({"fault": "xml"}, {"failing_since": now()}, {"every": timedelta(seconds=1)}, {"valid": timedelta(0)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Feed.objects.update(**wrong)


ROW = {"code": "r", "kind": "rain", "title": "Mưa", "url": "https://rain.example/x", "format": "georss"}


def test_feeds_come_from_the_pack_and_are_switched_off_by_hand(db):
    loading.save_feeds([ROW | {"every_s": 60, "levels": [5, 10.5]}])
    Feed.objects.update(active=False)
    loading.save_feeds([ROW | {"title": "Mưa to"}])
    row = Feed.objects.get()
    assert (row.title, row.every, row.levels, row.active) == ("Mưa to", timedelta(minutes=1), [], False)


def test_all_that_is_wrong_with_feeds_of_a_pack_is_told(db):
    with pytest.raises(InvalidData) as refused:
        loading.save_feeds(
            [
                {"code": "a"},
                ROW | {"kind": "snow", "every_s": 1},
                ROW | {"url": "ftp://x", "code": "b"},
                ROW | {"url": "https://user:word@x/", "levels": [3, 2], "code": "c"},
                ROW | {"title": 3, "code": "d"},
                ROW | {"colour": "red", "code": "e"},
                ROW | {"code": "f"},
                ROW | {"code": "f"},
            ]
        )
    places = [fault.removeprefix("city.toml [[feeds]] ").split(":")[:2] for fault in refused.value.faults]
    assert places == [
        *(["a", f" {key} is missing."] for key in ("kind", "title", "url", "format")),
        ["r", " kind"],
        ["r", " every_s"],
        ["b", " url"],
        ["c", " url"],
        ["c", " levels"],
        ["d", " title must be a text (in quotes)."],
        ["e", " colour is not known."],
        ["f", " this code is listed twice."],
    ]
    assert not Feed.objects.exists()
