"""Tell the shared caches which tiles have changed: see docs/adr/0036."""

import json
import logging
import time
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from datetime import datetime
from typing import Any

import httpx
import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils.timezone import now

from geoapp import deadline, outbound
from geoapp.db import connections
from incidents import sql, timeline
from incidents.map.public_map import published_incidents
from incidents.map.shared_cache import ALL_TILES, STATIC, keys_of_place
from incidents.models import Event, Incident

log = logging.getLogger(__name__)
BEAT_S = 1  # so often a cache hears from here at least; in deploy/cache it says what happens when it does not
GATHER_S = 0.5  # what happens within this time is told together: pages ask 0.8 s after they have heard, or later
GATHER_IN_STORM_S, STORM = 2.0, 20  # after so many at once
CLOCK_EVERY_S = 5  # so often it is asked what has changed without an event
MADE_IN_S = 7  # a statement of a stranger may take five seconds, and the lag of a replica is known to within one
TIMEOUT_S = 3.0  # for a cache to take what it is told
PLACES_AT_MOST = 500  # of more all tiles are told
KEYS_OF_REQUEST = 400  # some 6 kB of a header


class CachePurger:
    """Follows changes, and purges the tiles that show them from the caches.

    Each key is purged three times: at once; with the next purge, since a tile may have been in the making; and when no
    request can be under way any more that was read before, also from a lagging replica.
    """

    def __init__(self, caches: Sequence[str]) -> None:
        self.caches = caches
        self.client = outbound.http_client(outbound.AllowedTargets(private=True), timeout=TIMEOUT_S)
        self.behind = set(caches)  # those that may have missed something
        self.newest: int | None = None  # the last event that was told
        self.rules: str | None = None
        self.clock: datetime | None = None
        self.asked_at = -float("inf")
        self.is_over = False
        self.again: list[tuple[float, set[str]]] = []  # when what is told anew

    def run(self) -> None:
        while not self.is_over:
            try:
                self.follow()
            except (psycopg.OperationalError, OperationalError, InterfaceError) as error:
                log.warning("the purger lost the database: %s", error)
                connection.close()
                self.say_deaf()
                time.sleep(1)
        self.say_deaf()

    def stop(self, *_signal: object) -> None:
        self.is_over = True

    def follow(self) -> None:
        with closing(connections.connect()) as listener:
            listener.execute(f"LISTEN {timeline.CHANNEL}")
            self.tell(self.find_missed())
            gather_s = 0.0
            while not self.is_over:
                gather_s = self.tell_next(listener, gather_s)

    def tell_next(self, listener: psycopg.Connection, gather_s: float) -> float:
        """Purge what comes within so many seconds; with 0 the first, at once. Returns for how long to gather next."""
        waits: dict[str, Any] = {"timeout": gather_s} if gather_s else {"timeout": BEAT_S, "stop_after": 1}
        items = [json.loads(notice.payload) for notice in listener.notifies(**waits)]
        self.tell(self.keys_of_news(items))
        if not items:
            return 0.0
        return GATHER_IN_STORM_S if len(items) >= STORM else GATHER_S

    # ---- what has changed ----

    def find_missed(self) -> set[str]:
        """Return the keys of events since the last purged one; ALL_TILES if that is unknown."""
        after, newest = self.newest, Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        self.newest = newest
        if after is None:
            return {ALL_TILES, STATIC}
        missed = Incident.objects.filter(timeline__pk__gt=after, timeline__pk__lte=newest)
        return keys_of_incidents(missed)

    def keys_of_news(self, items: Iterable[dict[str, Any]]) -> set[str]:
        keys = set()
        for item in items:
            self.newest = max(self.newest or 0, item["id"])
            keys |= {ALL_TILES} if item.get("reload") else keys_of_place(item["lon"], item["lat"])
            if "from" in item:
                keys |= keys_of_place(*item["from"])
        return keys

    def find_unannounced(self) -> set[str]:
        """Return the keys of changes without an event since the last call: deadlines, edited rules."""
        at, rules = now(), sql.execute("edits")[0][0]
        if rules == self.rules:
            late = {"state__in": Incident.RUNNING, "due_at__gte": self.clock, "due_at__lt": at}
            keys = keys_of_incidents(published_incidents().filter(closed_at=None, **late))
        else:
            keys = {ALL_TILES}
        self.clock, self.rules = at, rules
        return keys

    # ---- telling it ----

    def tell(self, keys: set[str]) -> None:
        at = time.monotonic()
        if at - self.asked_at >= CLOCK_EVERY_S:
            self.asked_at = at
            keys = keys | self.find_unannounced()
        due = keys.union(*(some for when, some in self.again if when <= at))
        self.again = [repeat for repeat in self.again if repeat[0] > at]
        if keys:
            self.again += [(at + GATHER_S, keys), (at + settings.REPLICA_LAG_S + MADE_IN_S, keys)]
        for cache in self.caches:
            self.tell_cache(cache, {ALL_TILES, STATIC} if cache in self.behind else due)

    def tell_cache(self, cache, keys):
        sorted_keys = sorted(keys & {ALL_TILES, STATIC} if ALL_TILES in keys else keys)
        try:
            for first in range(0, max(len(sorted_keys), 1), KEYS_OF_REQUEST):
                self.request_purge(cache, {"Purge-Keys": " ".join(sorted_keys[first : first + KEYS_OF_REQUEST])})
        except httpx.HTTPError as error:
            if cache not in self.behind:
                log.warning("the cache %s does not take what has changed: %s", cache, error)
            self.behind.add(cache)
        else:
            self.behind.discard(cache)

    def say_deaf(self):
        """Tell the caches that changes are not followed: until they are, tiles are cached briefly."""
        for cache in self.caches:
            with suppress(httpx.HTTPError):
                self.request_purge(cache, {"Listening": "no"})

    def request_purge(self, cache: str, heads: dict[str, str]) -> None:
        with deadline.total_time(TIMEOUT_S):
            self.client.request("PURGE", cache, headers=heads).raise_for_status()


def keys_of_incidents(incidents) -> set[str]:
    places = list(incidents.order_by().values_list("place", flat=True).distinct()[: PLACES_AT_MOST + 1])
    if len(places) > PLACES_AT_MOST:
        return {ALL_TILES}
    return set().union(*(keys_of_place(place.x, place.y) for place in places))
