"""Fetch feeds when they are due, by guarded calls, and replace their stored items."""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urljoin

import httpx
from django.db import transaction
from django.db.models import Q
from django.utils.timezone import now

from cameras.feeds.reading import ITEMS_AT_MOST, FeedContents, Item, Keys, Unreadable, read_feed
from cameras.models import Feed, FeedItem
from cameras.models.feeds import origin_of
from geoapp import deadline, outbound
from geoapp.crypto import vault
from incidents.announcements import offers

BYTES_AT_MOST = 4_000_000  # of all documents of a feed together
TIME_S = 20  # for all of them
REDIRECTS = 3
LINKS_AT_MOST = 20  # alerts of an index, pages of a collection
AHEAD = timedelta(minutes=10)  # so much a clock may be wrong; of what is told of later it is not known when it is true
HEADERS = {
    "User-Agent": "geoapp-feeds/1",
    "Accept": "application/geo+json, application/json, application/cap+xml, application/xml, text/xml, */*;q=0.1",
    "Accept-Encoding": "identity",
}
MOVED = {301, 302, 303, 307, 308}
# Outdated items are kept, marked as old, for so many times their validity.
OLD_FOR = 1


class Failed(Exception):
    """A feed gave nothing that can be used; `fault` is one of Feed.Fault."""

    def __init__(self, fault: str, detail: object = "") -> None:
        super().__init__(fault, detail)
        self.fault, self.detail = fault, str(detail)[:150]


class Budget:
    """The bytes and seconds left for one reading of a feed."""

    def __init__(self) -> None:
        self.bytes, self.end = BYTES_AT_MOST, time.monotonic() + TIME_S

    def spend(self, size: int) -> None:
        self.bytes -= size
        if self.bytes < 0:
            raise Failed("large")
        self.check_time()

    def check_time(self) -> None:
        if time.monotonic() > self.end:
            raise Failed("slow")


@dataclass(frozen=True)
class FeedKey:
    """The header with a feed's key, sent to the server of its address and to no other, redirects included."""

    address: str
    header: dict[str, str] = field(repr=False)

    def headers_for(self, address: str) -> dict[str, str]:
        return self.header if origin_of(address) == origin_of(self.address) else {}


def read_if_due(key: int) -> None:
    """Read the feed with this key if it is due: the worker that marks it as asked first reads it."""
    at = now()
    for feed in Feed.objects.due(at).filter(pk=key):
        if Feed.objects.due(at).filter(pk=key).update(asked_at=at):
            read_one(feed, at)


def seconds_of_minute(feed: Feed) -> range:
    return range(0, 60, min(60, max(1, round(feed.every.total_seconds()))))


def delete_outdated_items() -> None:
    FeedItem.objects.filter(gone_at__lte=now()).delete()


def read_one(feed: Feed, at: datetime) -> None:
    try:
        contents = fetch_contents(feed)
        if feed.kind == Feed.Kind.WORKS:
            offer_works(feed, contents, at)
        else:
            replace_items(feed, contents, at)
    except Failed as failed:
        Feed.objects.filter(pk=feed.pk, failing_since=None).update(failing_since=at, fault=failed.fault)
        Feed.objects.filter(pk=feed.pk).update(fault=failed.fault, detail=failed.detail)


def fetch_contents(feed: Feed) -> FeedContents:
    """Return what the feed says now, including the alerts of an index and further pages. Raises Failed."""
    of_works = feed.kind == Feed.Kind.WORKS
    budget, keys = Budget(), Keys(feed.name_key, feed.value_key, time=feed.time_key, unit=feed.unit, works=of_works)
    key = key_of(feed)
    with (
        deadline.total_time(TIME_S),
        outbound.http_client(outbound.allowed_targets("feeds"), timeout=TIME_S / 2) as http,
    ):
        whole, waiting, requests = FeedContents(), [feed.url], 0
        while waiting and requests <= LINKS_AT_MOST:
            address = waiting.pop(0)
            requests += 1
            body, address = fetch(http, address, budget, key)
            try:
                page = read_feed(body, feed.form, keys)
            except Unreadable as error:
                raise Failed(str(error), address) from error
            whole.items += page.items
            whole.left_out += page.left_out
            whole.cancelled |= page.cancelled
            waiting += [urljoin(address, link) for link in page.links[:LINKS_AT_MOST]]
    whole.items = [item for item in whole.items if item.key not in whole.cancelled]
    if len(whole.items) > ITEMS_AT_MOST:
        raise Failed("large")
    if whole.left_out and not whole.items:
        raise Failed("empty")
    return whole


def key_of(feed: Feed) -> FeedKey:
    """Return the authentication header of a feed. Raises Failed if its key cannot be decrypted."""
    try:
        secret = vault.decrypt(feed.secret)
    except vault.CannotDecrypt:
        raise Failed("key") from None
    return FeedKey(feed.url, {feed.key_header: secret} if secret else {})


def fetch(http: httpx.Client, address: str, budget: Budget, key: FeedKey) -> tuple[bytes, str]:
    for _call in range(REDIRECTS + 1):
        status, body, onwards = call(http, address, budget, key)
        if status not in MOVED:
            break
        address = urljoin(address, onwards)
    else:
        raise Failed("redirects")
    if status != 200:
        raise Failed("status", status)
    return body, address


def call(http, address, budget, key):
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise Failed("address", error) from error
    if url.scheme not in ("http", "https") or not url.host or url.userinfo:
        raise Failed("address", address)
    body = bytearray()
    budget.check_time()
    try:
        with http.stream("GET", url, headers=HEADERS | key.headers_for(str(url))) as answer:
            if answer.status_code == 200 and answer.headers.get("Content-Encoding", "identity") != "identity":
                raise Failed("format", answer.headers["Content-Encoding"])  # nobody unpacks what grows without limit
            for piece in answer.iter_raw():
                budget.spend(len(piece))
                body += piece
            return answer.status_code, bytes(body), answer.headers.get("Location", "")
    except outbound.NotAllowed as error:
        raise Failed("address", error) from error
    except httpx.TimeoutException as error:
        raise Failed("slow") from error
    except httpx.HTTPError as error:
        raise Failed("connection", type(error).__name__) from error


def offer_works(feed: Feed, contents: FeedContents, at: datetime) -> None:
    """Offer the works of a utility's feed to who may announce them. Raises Failed if it offers too many."""
    listed = [
        offers.ToldWorks(
            key=item.key, title=item.title, text=item.text, place=item.place, shape=item.shape, starts_at=item.at,
            until=item.until,
        )
        for item in contents.items
    ]  # fmt: skip
    if len(listed) > offers.AT_MOST:
        raise Failed("large")
    with transaction.atomic():
        offers.take_in(feed.code, feed.credit or feed.title, listed, at=at)
        Feed.objects.filter(pk=feed.pk).update(
            read_at=at, failing_since=None, fault="", detail="", left_out=contents.left_out
        )


def replace_items(feed: Feed, contents: FeedContents, at: datetime) -> None:
    """Replace the items of a feed; items that it does not list any more are outdated from now on."""
    rows = [row_of(feed, item, at) for item in {item.key: item for item in contents.items}.values()]
    with transaction.atomic():
        Feed.objects.filter(pk=feed.pk).update(
            read_at=at, failing_since=None, fault="", detail="", left_out=contents.left_out
        )
        rows = [row for row in rows if row.gone_at > at]
        keys = [row.key for row in rows]
        FeedItem.objects.filter(Q(feed=feed) & (~Q(key__in=keys) | Q(key__in=contents.cancelled))).delete()
        FeedItem.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["feed", "key"],
            update_fields=[
                "title", "text", "value", "unit", "severity", "heading", "shape", "at", "until", "gone_at",
            ],
        )  # fmt: skip


def row_of(feed: Feed, item: Item, at: datetime) -> FeedItem:
    """Return the row of an item: valid from its own time on, for as long as it says itself, or for the period of its
    feed.

    A warning without an end is valid while it is listed.
    """
    stated_at = item.at if item.at and item.at <= at + AHEAD else None
    moment = item.at if item.until and item.at else stated_at or at
    until = item.until or (at if item.severity else moment) + feed.valid
    expires_at = until if item.until else until + OLD_FOR * feed.valid
    return FeedItem(
        feed=feed, key=item.key, title=item.title, text=item.text, value=item.value, unit=item.unit,
        severity=item.severity, heading=item.heading, shape=item.shape, at=moment, until=until, gone_at=expires_at,
    )  # fmt: skip
