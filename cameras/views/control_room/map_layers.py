"""Serve further layers of the control room's map: wards with figures, density, feeds."""

import json
from dataclasses import replace
from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _

from cameras.models import Feed, FeedItem
from cameras.views.control_room.control_pages import OPEN, require_room_post
from cameras.wall import wards
from cameras.wall.attention import Filters
from gis_data.services.tiles import NoSuchTile
from incidents import access
from incidents.map import density

LONGEST_CODE = 20


@require_room_post
def ward_counts(request: HttpRequest) -> HttpResponse:
    """Return every ward with its number of open incidents that this person may read, the fullest first.

    `?field=` and `?area=` narrow them as the list is.
    """
    narrowed = Filters(**read_narrowing(request))
    rows = wards.count_open(access.incidents_for(request.user, "read"), narrowed, now())
    return JsonResponse({"wards": [ward_facts(row) for row in rows]})


def ward_facts(row):
    at = row.area.label_point
    return {
        "code": row.area.code,
        "name": row.area.name,
        "title": row.area.title,
        "open": row.open,
        "late": row.late,
        "lon": round(at.x, 5),
        "lat": round(at.y, 5),
    }


@require_room_post
def density_tile(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """Return how many open incidents that this person may read lie in each square of a tile; narrowed as the
    list is.
    """
    narrowed = read_narrowing(request)
    wanted = replace(OPEN, category=narrowed["field"], area=narrowed["area"])
    try:
        tile = density.density_tile_of(z, x, y, wanted, access.incidents_for(request.user, "read"))
    except NoSuchTile:
        raise Http404 from None
    return HttpResponse(tile, content_type="application/json")


@require_room_post
def feed_layers(request: HttpRequest) -> HttpResponse:
    """Return the current items of the feeds in use (`?kind=rain&kind=tide`), and which feeds fail."""
    at = now()
    feeds = Feed.objects.filter(active=True, kind__in=request.GET.getlist("kind")[: len(Feed.Kind)])
    items = FeedItem.objects.shown(at).filter(feed__in=feeds).select_related("feed").order_by("feed_id", "title", "pk")
    of_feed = {key: list(some) for key, some in groupby(items, key=lambda item: item.feed_id)}
    return JsonResponse({"feeds": [feed_facts(feed, of_feed.get(feed.pk, []), at) for feed in feeds]})


def feed_facts(feed, items, at):
    return {
        "code": feed.code,
        "kind": feed.kind,
        "title": feed.name,
        "credit": feed.credit,
        "unit": feed.unit or next((item.unit for item in items if item.unit), ""),
        "levels": feed.levels,
        "state": feed_words(feed, items),
        "failing": feed.failing_since is not None,
        "items": [item_facts(item, at) for item in items],
    }


def feed_words(feed, items):
    if feed.failing_since:
        return _("Not read since %(time)s: %(why)s") % {
            "time": clock(feed.failing_since),
            "why": feed.get_fault_display(),
        }
    if not feed.read_at:
        return _("Not read yet")
    return "" if items else _("Nothing at the moment")


def item_facts(item, at):
    old = item.until <= at
    return {
        "key": item.map_key,
        "title": item.title,
        "text": item.text,
        "value": item.value,
        "unit": item.unit,
        "level": item.level,
        "severity": FeedItem.Severity(item.severity).label.lower() if item.severity else "",
        "heading": item.heading,
        "old": old,
        "when": item_words(item, old=old, at=at),
        "shape": json.loads(item.shape.geojson),
    }


def item_words(item, *, old, at):
    if old:
        return _("out of date since %(time)s") % {"time": clock(item.until)}
    if item.at > at:
        return _("from %(time)s") % {"time": clock(item.at)}
    return _("until %(time)s") % {"time": clock(item.until)} if item.severity else clock(item.at)


def clock(moment):
    local = localtime(moment)
    return f"{local:%H:%M}" if local.date() == localtime().date() else f"{local:%H:%M} {local:%d/%m}"


def read_narrowing(request):
    return {key: request.GET.get(key, "")[:LONGEST_CODE] for key in ("field", "area")}
