"""Show the control room: live map, list of pressing incidents, and wall of cameras."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point
from django.contrib.gis.measure import D
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from cameras import access as pictures
from cameras import freshness
from cameras.feeds import weather
from cameras.masking import strip, zones
from cameras.models import NEAR_M, Camera, Feed, Habits, HandOver, RoomLine, View
from cameras.models.room import SIZES
from cameras.room import claims, handing_over, procedures
from cameras.viewlog import ledger
from cameras.wall import attention, first_page, pool, reasons, sights, wards
from cameras.wall.attention import Filters
from cameras.wall.ranking import REASONS
from geoapp.http.http_methods import require_GET
from geoapp.http.query_parameters import FloatField, QueryError
from gis_data.addresses.geocode import degrees_of_metres, nearest_address
from gis_data.services.tiles import NoSuchTile
from incidents import access, public_text
from incidents.emergency.current import find_emergency, own_incidents
from incidents.map import public_map
from incidents.models import Category, Event, Incident, User
from incidents.page_access import require_work
from incidents.wording import person_name

DAY = timedelta(days=1)
MODE = "mode"  # the list narrowed to the emergency mode that is on
OPEN = public_map.MapFilters(state="open", days=0)
BRIEF, CALLS = 3, 2  # lines of the history, and calls of the room, in the panel
BESIDE = 6
ON_A_SCREEN = 100  # tiles: the largest wall has 80, and some cameras stand in front
PLACE_WANTED = gettext_lazy("The place needs a longitude and a latitude.")
LONGITUDE = FloatField(PLACE_WANTED, at_least=-180, at_most=180, reads_empty=True)
LATITUDE = FloatField(PLACE_WANTED, at_least=-85, at_most=85, reads_empty=True)
# The two halves of the room, each in a window of its own; anything else is the whole room.
SCREENS = ("map", "wall")
# What the wall shows of the pool: its name and which healths it keeps.
STATES = (
    ("all", gettext_lazy("All")),
    ("chosen", gettext_lazy("Near the selected incident")),
    ("near", gettext_lazy("Near what needs attention")),
    ("pinned", gettext_lazy("Pinned")),
    ("trouble", gettext_lazy("Faulty")),
    ("seeing", gettext_lazy("With a live picture")),
)


def require_room_post(view: Callable) -> Callable:
    """Require a post in the control room; others get 404, and a script whose session ended gets no page."""
    return login_not_required(require_GET(require_work("control")(view)))


@require_GET
@require_work("control")
def control_room(request: HttpRequest) -> HttpResponse:
    """Show the control room. `?incident=REFERENCE` opens that incident, otherwise that of `incident_to_open`.

    `?screen=wall` and `?screen=map` show one half each, for two screens; they synchronise.
    """
    # Read first: later changes come by the stream.
    after = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    at = now()
    shown = queue_context(request.user, Filters(), at)
    wanted = order_front_first(request.user, shown["attention"].ranked_incidents, at)
    reference = request.GET.get("incident") or (wanted[0].reference if wanted else None)
    front: dict = incident_panel_context(request.user, reference) if reference else {"kind": "nothing"}
    screen = request.GET.get("screen") if request.GET.get("screen") in SCREENS else ""
    more: dict = {"after": after, "screen": screen, "habits": Habits.of(request.user), "sizes": SIZES, "states": STATES}
    more["feed_kinds"] = Feed.objects.kinds_in_use()
    if screen != "map":
        more |= first_page_context(request, wanted, [sight.camera.code for sight in front.get("sights", [])], at)
    return render(request, "cameras/control_room/control.html", {**shown, **front, **more, **filter_choices()})


def first_page_context(request, wanted, chosen, at):
    layout = first_page.layout_of_cookie(request.COOKIES.get(first_page.COOKIE, ""))
    cameras, _edition = pool.cameras_with_area()
    near, others = pool.order_cameras(cameras, pool.places_to_look_at(wanted))
    blind = freshness.blind_cameras(cameras, at)
    places = first_page.first_page(
        layout, near, others, chosen=chosen, troubles=blind, dead=first_page.dead_codes(blind)
    )
    shown = [camera for camera in places if camera]
    pinned = sum(camera.code in layout.pins for camera in cameras)
    counts = {"all": len(cameras), "chosen": len(chosen), "near": len(near), "pinned": pinned, "trouble": len(blind)}
    pool.mark_watched(shown, at)
    ledger.record_viewing(request.user, "wall", [camera.pk for camera in shown])
    return {
        "layout": layout,
        "tiles": [
            freshness.tile_facts(camera, at)
            | {
                "number": chosen.index(camera.code) + 1 if camera.code in chosen else 0,
                "pinned": camera.code in layout.pins,
            }
            if camera
            else None
            for camera in places
        ],
        "seeing": len(cameras) - len(blind),
        "all_cameras": len(cameras),
        "wall_states": [(state, name, counts[state]) for state, name in STATES if state in counts],
    }


def filter_choices():
    fields = Category.objects.filter(parent=None).order_by("position", "code")
    areas = wards.areas_of_today()
    return {
        "fields": [(choice.code, choice.title) for choice in fields],
        "areas": [(choice.code, choice.title) for choice in areas],
    }


@require_room_post
def queue_fragment(request: HttpRequest) -> HttpResponse:
    """Return the list of pressing incidents and the figures of the bar as a fragment. `?only=` emergency, late,
    disputed, new or mode; `?field=` and `?area=` narrow it to a field and an area, `?all=1` shows more than the first
    seven.
    """
    parameters = {key: request.GET.get(key, "")[:20] for key in ("only", "field", "area")}
    if parameters["only"] not in (*attention.IN_DATABASE, MODE):
        parameters["only"] = ""
    shown = queue_context(request.user, Filters(**parameters), now(), unfold="all" in request.GET)
    return render(request, "cameras/control_room/queue.html", shown)


def queue_context(user: User | AnonymousUser, filters: Filters, at: datetime, *, unfold: bool = False) -> dict:
    readable, emergency = access.incidents_for(user, "read"), find_emergency()
    of_mode = filters.only == MODE
    if of_mode:  # it may have ended since
        readable = own_incidents(emergency, readable) if emergency else readable.none()
    queue = attention.find_attention(readable, replace(filters, only="") if of_mode else filters, at)
    counts = dict(queue.counts)
    if emergency:
        among = filters.among(own_incidents(emergency, readable).open())
        counts[MODE] = among.filter(attention.wants_attention(at)).count()
    wanted = counts.get(filters.only or "attention", 0)
    return {
        "attention": queue,
        "bursts": queue.bursts,
        "lines": queue.lines if unfold else queue.lines[: attention.LINES],
        "wanted": wanted,
        "unfolded": unfold,
        "more": len(queue.lines) > attention.LINES,
        "counts": counts,
        "proposals": pictures.findings_for(user).events().to_decide(at).count(),
        "filters": filters,
        "waiting_shift": waiting_shift(user),
        "reasons": [
            (code, name, counts.get(code or "attention", 0))
            for code, name in chain(
                [("", _("All"))],
                [(MODE, _("Emergency mode"))] if emergency or of_mode else [],
                ((reason.code, reason.name) for reason in REASONS),
            )
        ],
    }


def waiting_shift(user: User | AnonymousUser) -> dict | None:
    """Return the hand-over that waits to be taken: who gave it and when, and what it lists; None without one."""
    handover = HandOver.waiting()
    if handover is None:
        return None
    is_own = handover.by_id == user.pk
    theirs = _("You have not yet taken over the shift of %(who)s, waiting since") % {"who": person_name(handover.by)}
    return {
        "given": handover,
        "is_own": is_own,
        "words": _("Your shift is waiting for the next one to take over since") if is_own else theirs,
        "items": handover.items.count(),
        "unread": handover.items.filter(is_read=False).count(),
        "orders": handing_over.waiting_orders(user).count(),
    }


@require_room_post
def incident_panel(request: HttpRequest, reference: str) -> HttpResponse:
    return render(request, "cameras/control_room/focus.html", incident_panel_context(request.user, reference))


def incident_panel_context(user, reference):
    incident, at = get_object_or_404(access.incidents_for(user, "read").with_pages(), reference=reference), now()
    seen = sights.sights_of_incident(incident, pictures.evidence_for(user), at)
    ledger.record_viewing(user, "focus", incident=incident, **sights.sight_keys(seen))
    return {
        "kind": "incident",
        "incident": incident,
        "item": json.dumps(map_pin(incident), ensure_ascii=False),
        "sights": seen,
        "near_m": NEAR_M,
        "soon": incident.due_at - at < DAY or not incident.is_open,
        "brief": public_text.with_public_notes(
            incident.timeline.filter(public=True).select_related("authority").order_by("-pk")[:BRIEF]
        ),
        "calls": RoomLine.objects.filter(incident=incident, kind=RoomLine.Kind.CALLED).order_by("-at", "-pk")[:CALLS],
        "may_work": access.incidents_for(user, "work").filter(pk=incident.pk).exists(),
        "claim": claims.standing_claim_of(incident, at),
        "procedure": procedures.procedure_of(incident),
        "why": reasons.reasons_of_incident(incident, seen, at),
        "weather": weather.weather_at(incident.place, at) if incident.category.area_matter else [],
    }


def map_pin(incident):
    category = incident.category
    return {
        "reference": incident.reference,
        "state": incident.state,
        "late": incident.is_late,
        "icon": category.icon,
        "category": {"vi": category.name, "en": category.name_en or category.name},
        "lon": round(incident.place.x, 6),
        "lat": round(incident.place.y, 6),
    }


@require_room_post
def camera_panel(request: HttpRequest, code: str) -> HttpResponse:
    camera = get_object_or_404(pictures.cameras_for(request.user), code=code, active=True)
    at = now()
    ledger.record_viewing(request.user, "focus", [camera.pk])
    frames = pictures.frames_for(request.user).filter(camera=camera)
    return render(
        request,
        "cameras/control_room/focus.html",
        {
            "kind": "camera",
            "camera": camera,
            "tile": freshness.tile_facts(camera, at),
            "strip": [] if camera.is_paused(at) else strip.last_hour_frames(frames, at),
            "reported": pictures.findings_for(request.user).events().to_decide(at).filter(camera=camera),
            "beside": incidents_beside(request.user, camera.place),
            "near_m": NEAR_M,
        },
    )


def incidents_beside(user, place):
    return (
        access.incidents_for(user, "read")
        .open()
        .in_the_street()
        .filter(place__intersects=place.buffer(degrees_of_metres(NEAR_M, place.y)))
        .annotate(distance=Distance("place", place))
        .filter(distance__lte=D(m=NEAR_M))
        .with_pages()
        .order_by("distance")[:BESIDE]
    )


@require_room_post
def place_panel(request: HttpRequest) -> HttpResponse:
    try:
        point = Point(LONGITUDE.read(request.GET.get("lon", "")), LATITUDE.read(request.GET.get("lat", "")), srid=4326)
    except QueryError as error:
        return HttpResponseBadRequest(str(error))
    seen = sights.sights_around(point, now())
    ledger.record_viewing(request.user, "focus", **sights.sight_keys(seen))
    return render(
        request,
        "cameras/control_room/focus.html",
        {
            "kind": "place",
            "place": point,
            "address": nearest_address(point),
            "sights": seen,
            "near_m": NEAR_M,
        },
    )


@require_room_post
def incident_tile(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """Return the open incidents of a map tile that this person may read, so it is never cached on its way.

    `?field=` and `?area=` narrow it as the list is.
    """
    wanted = replace(OPEN, category=request.GET.get("field", "")[:20], area=request.GET.get("area", "")[:20])
    try:
        tile = public_map.incident_tile(z, x, y, wanted, access.incidents_for(request.user, "read"))
    except NoSuchTile:
        raise Http404 from None
    return HttpResponse(tile, content_type="application/json")


@require_room_post
def wall_cameras(request: HttpRequest) -> HttpResponse:
    """Return every active camera, its place and groups, for the map and the pool of the wall.

    Those near pressing incidents come first.
    """
    wanted = list_wanted_incidents(request.user)
    return JsonResponse({**pool.wall_register(wanted), "dead": sorted(freshness.DEAD)})


def list_wanted_incidents(user):
    """Return the listed incidents, the one on which the room opens first, then the most pressing ones."""
    at = now()
    queue = attention.find_attention(access.incidents_for(user, "read"), Filters(), at)
    return order_front_first(user, queue.ranked_incidents, at)


def order_front_first(user: User | AnonymousUser, ranked: list[Incident], at: datetime) -> list[Incident]:
    """Return these incidents with the one on which the room opens first, whether or not it is among them."""
    front = attention.incident_to_open(access.incidents_for(user, "read"), ranked, at)
    return [front, *(camera for camera in ranked if camera.pk != front.pk)] if front else ranked


@require_room_post
def camera_views(request: HttpRequest) -> HttpResponse:
    """Return the footprints of these cameras (`?code=A&code=B`) as GeoJSON; cameras without a known one are skipped."""
    codes = request.GET.getlist("code")[:ON_A_SCREEN]
    seen = View.objects.with_footprint().filter(camera__code__in=codes, camera__active=True)
    features = [
        {
            "type": "Feature",
            "geometry": json.loads(view.footprint.geojson),
            "properties": {"code": view.camera.code, "verified": view.verified, "state": view.state},
        }
        for view in seen.select_related("camera").order_by("camera__code")
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features})


@require_room_post
def wall_tiles(request: HttpRequest) -> HttpResponse:
    """Return the tiles on the screen (`?code=A&code=B`, at most 100), and which cameras of the city do not see.

    `?near=1` adds those near pressing incidents, nearest to the most pressing first. The patrol visits the requested
    cameras more often.
    """
    codes, at = set(request.GET.getlist("code")[:ON_A_SCREEN]), now()
    cameras = list(Camera.objects.filter(active=True))
    shown = [camera for camera in cameras if camera.code in codes]
    pool.mark_watched(shown, at)
    blind = freshness.blind_cameras(cameras, at)
    ledger.record_viewing(request.user, "wall", [camera.pk for camera in shown])
    facts = {
        "at": at.isoformat(),
        "tiles": {camera.code: freshness.tile_facts(camera, at) for camera in shown},
        "troubles": blind,
        "all": len(cameras),
        "seeing": len(cameras) - len(blind),
    }
    if "near" in request.GET:
        facts["near"] = pool.cameras_near(list_wanted_incidents(request.user))
    return JsonResponse(facts)


@login_not_required
@never_cache
@require_GET
def nearby_cameras(request: HttpRequest, reference: str) -> HttpResponse:
    mine = access.incidents_for(request.user, "evidence").in_the_street().select_related("category")
    incident = get_object_or_404(mine, reference=reference)
    seen = sights.sights_of_incident(incident, pictures.evidence_for(request.user), now())
    seen = [sight for sight in seen if sight.evidence or sight.testifies]
    if not pictures.sees_uncovered(request.user):
        zones.mark_unsafe(seen)
    ledger.record_viewing(request.user, "desk", incident=incident, **sights.sight_keys(seen, only_kept=True))
    return render(request, "cameras/control_room/nearby.html", {"incident": incident, "sights": seen})
