"""Search in the control room: numbers, cameras, vehicles, streets and wards that this person may read."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy

from cameras import access as pictures
from cameras.models import Feed, FeedItem
from cameras.views.control_room.control_pages import require_room_post
from cameras.wall.first_page import has_words
from geoapp.http.query_parameters import QueryError, QueryForm
from gis_data.addresses import suggest
from gis_data.addresses.parser import LONGEST
from gis_data.views.addresses import AddressField
from gis_data.words import plain
from incidents import access
from incidents.models import User

LETTERS = 2  # with fewer nothing is looked for
OF_EACH = 4


class RoomSearchForm(QueryForm):
    q = AddressField(gettext_lazy("Search for at most %(most)s characters."), at_most=LONGEST)


@require_room_post
def search_room(request: HttpRequest) -> HttpResponse:
    """Search `?q=`; return `{kind, key, title, more, lon, lat, bounds}`: incidents by number or words, cameras by name
    or code, own vehicles by name or task, then places.
    """
    try:
        words = RoomSearchForm(request.GET).read()["q"].strip()
    except QueryError as error:
        return JsonResponse({"error": str(error)}, status=error.status)
    if len(words) < LETTERS:
        return JsonResponse({"found": []})
    incidents = find_incidents(request.user, words)
    if incidents and incidents[0]["key"] == words:  # a whole number means nothing else
        return JsonResponse({"found": incidents[:1]})
    cameras = find_cameras(request.user, words)
    return JsonResponse({"found": incidents + cameras + find_vehicles(words) + find_places(words)})


def find_incidents(user: User | AnonymousUser, words: str) -> list[dict]:
    """Return the incidents whose number is or begins with these words; and the newest open ones that contain them."""
    readable = access.incidents_for(user, "read")
    numbered = Q(reference__istartswith=words) if any(letter.isdigit() for letter in words) else Q(pk=None)
    rows = list(readable.filter(numbered).with_pages().order_by("-received_at", "-pk")[:OF_EACH])
    if len(rows) < OF_EACH:
        others = readable.open().matching(words).exclude(pk__in=[row.pk for row in rows])
        rows += others.with_pages().order_by("-received_at", "-pk")[: OF_EACH - len(rows)]
    return [
        make_entry(
            "incident", row.reference, title=f"{row.reference} {row.category.title}", more=row.where, place=row.place
        )
        for row in rows
    ]


def find_cameras(user: User | AnonymousUser, words: str) -> list[dict]:
    wanted = plain(words).split()
    cameras = pictures.cameras_for(user).filter(active=True).order_by("name", "code")
    rows = [camera for camera in cameras if has_words(camera, wanted)][:OF_EACH]
    return [make_entry("camera", row.code, title=row.name, more=row.code, place=row.place) for row in rows]


def find_vehicles(words: str) -> list[dict]:
    wanted = plain(words).split()
    vehicles = FeedItem.objects.shown(now()).filter(feed__kind=Feed.Kind.VEHICLES).select_related("feed")
    rows = [
        row
        for row in vehicles.order_by("title", "pk")
        if all(word in plain(f"{row.title} {row.key} {row.text}") for word in wanted)
    ]
    return [
        make_entry("vehicle", row.map_key, title=row.title, more=row.text or row.feed.name, place=row.shape.centroid)
        for row in rows[:OF_EACH]
    ]


def find_places(words: str) -> list[dict]:
    return [
        {
            "kind": "place", "key": "", "title": place["title"],
            "more": place["area"]["title"] if place["area"] and place["area"]["title"] not in place["title"] else "",
            "lon": place["lon"], "lat": place["lat"], "bounds": place["bounds"],
        }
        for place in (candidate.as_dict() for candidate in suggest.suggest(words, limit=OF_EACH))
    ]  # fmt: skip


def make_entry(kind, key, *, title, more, place):
    return {
        "kind": kind, "key": key, "title": title, "more": more,
        "lon": round(place.x, 6), "lat": round(place.y, 6), "bounds": None,
    }  # fmt: skip
