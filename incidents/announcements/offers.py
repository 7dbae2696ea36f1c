"""Take in works that a utility's feed tells of: each is offered once, for a person to announce or to discard."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib.gis.geos import GEOSException, GEOSGeometry, MultiPolygon, Polygon
from django.db import transaction
from django.utils.timezone import localtime, now

from gis_data import city
from gis_data.words import plain, tidy
from incidents.announcements.works import CORNERS_MAX, as_polygons
from incidents.models import Announcement, OfferedWorks, User
from incidents.models.announcements import EVERY_DAY, TITLE_MAX, WORKS_WORDS_MAX

AT_MOST = 500  # works of a feed
BESIDE_M = 50  # metres: so far works at a point or along a line reach
DAY_S = 86_400
State, Kind = OfferedWorks.State, Announcement.Kind
# Words, without diacritics, by which the kind of works is guessed; a person chooses it in the end.
WORDS = {
    Kind.OUTAGE: ("cat dien", "mat dien", "cup dien", "cup nuoc", "cat nuoc", "nuoc yeu", "power", "outage", "water"),
    Kind.CLOSED_ROAD: ("rao duong", "cam duong", "cam xe", "dong duong", "road closed", "closure"),
    Kind.HEALTH: ("phun thuoc", "diet muoi", "tiem chung", "dich benh", "sot xuat huyet", "epidemic", "vaccin"),
}


@dataclass(frozen=True)
class ToldWorks:
    """Works as a feed tells of them; untrusted."""

    key: str
    title: str
    text: str = ""
    place: str = ""
    shape: GEOSGeometry | None = None
    starts_at: datetime | None = None
    until: datetime | None = None

    @property
    def digest(self) -> str:
        where = self.shape.wkt if self.shape else ""
        parts = (self.title, self.text, self.place, where, str(self.starts_at), str(self.until))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@transaction.atomic
def take_in(feed: str, source: str, items: Iterable[ToldWorks], *, at: datetime | None = None) -> int:
    """Store what a feed tells of that is new or was changed; returns how many.

    What it repeats, under the same key or another, stays as it was decided. What nobody has decided and is no longer
    listed goes.
    """
    moment = at or now()
    rows_by_key = {row.key: row for row in OfferedWorks.objects.select_for_update().filter(feed=feed)}
    digests, listed_keys, new = {row.digest for row in rows_by_key.values()}, set(), 0
    for works in items:
        listed_keys.add(works.key)
        is_over = works.until is not None and works.until <= moment
        if is_over or works.digest in digests:
            continue
        digests.add(works.digest)
        new += 1
        undecided: dict[str, Any] = {
            "state": State.WAITING,
            "decided_by": None,
            "decided_at": None,
            "announcement": None,
        }
        values = columns_of(works) | {"source": source[:150], "received_at": moment} | undecided
        OfferedWorks.objects.update_or_create(feed=feed, key=works.key, defaults=values)
    dropped_out = [row.pk for row in rows_by_key.values() if row.state == State.WAITING and row.key not in listed_keys]
    OfferedWorks.objects.filter(pk__in=dropped_out).delete()
    return new


def columns_of(works: ToldWorks) -> dict[str, Any]:
    orderly = works.starts_at is None or works.until is None or works.starts_at < works.until
    return {
        "digest": works.digest,
        "kind": guess_kind(f"{works.title} {works.text}"),
        "title": tidy(works.title)[:200],
        "text": tidy(works.text)[:WORKS_WORDS_MAX],
        "place": tidy(works.place)[:200],
        "reach": area_of(works.shape),
        "starts_at": works.starts_at if orderly else None,
        "until": works.until if orderly else None,
    }


def guess_kind(text: str) -> str:
    words = plain(text)
    return next((kind for kind, some in WORDS.items() if any(word in words for word in some)), Kind.WORKS)


def area_of(shape: GEOSGeometry | None) -> MultiPolygon | None:
    """Return the area of a shape, a strip of a line or a disc of a point; None where it cannot be drawn."""
    if shape is None:
        return None
    try:
        if shape.dims < 2:
            shape = shape.transform(city.current().metric_srid, clone=True).buffer(BESIDE_M, 4)
            shape.transform(4326)
        area = as_polygons(shape)
    except (GEOSException, ValueError, TypeError):
        return None
    return None if area.empty or not area.valid else area


@transaction.atomic
def drop(offer: OfferedWorks, *, by: User) -> bool:
    """Discard an offer; False where it has been decided already."""
    return bool(decide(offer.pk, State.DROPPED, by=by))


def take(key: int, announcement: Announcement, *, by: User) -> bool:
    """Note that an offer was announced. Call it in the transaction that announces it."""
    return bool(decide(key, State.TAKEN, by=by, announcement=announcement))


def decide(key: int, state: str, *, by: User, announcement: Announcement | None = None) -> int:
    waiting = OfferedWorks.objects.filter(pk=key, state=State.WAITING)
    return waiting.update(state=state, decided_by=by, decided_at=now(), announcement=announcement)


def values_of(offer: OfferedWorks) -> dict[str, Any]:
    """Return what the form of planned works holds at first when it is made of an offer."""
    values: dict[str, Any] = {
        "kind": offer.kind, "title": offer.title[:TITLE_MAX], "text": offer.text or offer.title,
        "where": offer.place, "weekdays": list(EVERY_DAY), "reaches": "wards",
    }  # fmt: skip
    if offer.reach and (drawn := drawn_text(offer.reach)):
        values |= {"reaches": "drawn", "drawn": drawn}
    if offer.starts_at:
        values |= times_of(localtime(offer.starts_at), localtime(offer.until) if offer.until else None)
    return values


def drawn_text(area: MultiPolygon) -> str:
    rings = [cast("Polygon", polygon).exterior_ring.coords[:-1] for polygon in area]
    if sum(map(len, rings)) > CORNERS_MAX:
        return ""
    return "\n".join(" ".join(f"{lon:.6f},{lat:.6f}" for lon, lat in ring) for ring in rings)


def times_of(begins: datetime, ends: datetime | None) -> dict[str, str]:
    """Return days and hours of a span: hours where it is shorter than a day."""
    ends = ends or begins
    if 0 < (ends - begins).total_seconds() < DAY_S:
        hours = {"hours_from": f"{begins:%H:%M}", "hours_to": f"{ends:%H:%M}"}
        return {"first_day": begins.date().isoformat(), "last_day": begins.date().isoformat()} | hours
    return {"first_day": begins.date().isoformat(), "last_day": ends.date().isoformat()}
