"""Atom feeds with GeoRSS of incidents by ward, field, authority or incident, at `/feeds/` (RFC 4287).

Feeds contain only the public text, by the expressions of `incidents.public_text`. They are paged (RFC 5005). `lang` in
the address chooses the language, because feed readers send no cookies.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Atom1Feed
from django.utils.http import http_date, quote_etag
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from geoapp.http.query_parameters import OneOfField, QueryError, QueryForm
from gis_data import city
from gis_data.models import Area
from incidents import public_text
from incidents.map import public_map
from incidents.models import Authority, Category, Event, Incident
from incidents.views.api.open311 import PlaceInListField, place_in_list
from incidents.views.public.incident_pages import HistoryLine
from incidents.views.public.sharing import incident_title

PAGE = 50
NEAR = 0.00005  # degrees: tolerance of areas
WINDOW = timedelta(days=90)  # covered by a feed
SECONDS = 60  # max-age of answers
NO_TEXT_OF_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


class GeoFeed(Atom1Feed):
    """Atom with a place per entry and links to the pages before and after."""

    def root_attributes(self) -> dict[str, str]:
        return super().root_attributes() | {"xmlns:georss": "http://www.georss.org/georss"}

    def add_root_elements(self, handler: Any) -> None:
        super().add_root_elements(handler)
        for relation, address in self.feed["pages"].items():
            handler.addQuickElement("link", "", {"rel": relation, "href": address})

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        if item.get("place"):
            handler.addQuickElement("georss:point", "{0.y:.6f} {0.x:.6f}".format(item["place"]))
        for polygon in item.get("reach") or ():
            corners = polygon.simplify(NEAR, preserve_topology=True).exterior_ring.coords
            handler.addQuickElement("georss:polygon", " ".join(f"{lat:.5f} {lon:.5f}" for lon, lat in corners))
        if item.get("alert"):
            handler.addQuickElement(
                "link", "", {"rel": "related", "type": "application/cap+xml", "href": item["alert"]}
            )

    def latest_post_date(self) -> datetime:
        """Returns the newest change of an entry; the current hour for an empty feed."""
        return max(
            (item["updateddate"] for item in self.items), default=now().replace(minute=0, second=0, microsecond=0)
        )


class FeedForm(QueryForm):
    """The page of a feed, and its language."""

    faults_name_fields = True

    after = PlaceInListField(required=False)
    lang = OneOfField([code for code, _name in settings.LANGUAGES], gettext_lazy("lang: must be one of %(these)s."))


def answer_feed(view: Callable[..., tuple[str, str, list[dict], str]]) -> Callable[..., HttpResponse]:
    """Wraps a view `view(params, …) -> (title, address of the page, entries, position of the next page)`."""

    @rate_limits.limit_requests("api")
    @login_not_required
    @require_safe
    def answer(request: HttpRequest, **named: str) -> HttpResponse:
        try:
            params = FeedForm(request.GET).read()
        except QueryError as error:
            error_body = {"error": str(error), "code": error.status}
            return JsonResponse(error_body, status=error.status, json_dumps_params={"ensure_ascii": False})
        with translation.override(params["lang"] or translation.get_language()):
            return feed_response(request, *view(params, **named))

    return answer


def feed_response(request: HttpRequest, title: str, link: str, entries: Iterable[dict], following: str) -> HttpResponse:
    here = settings.SITE_URL + request.path
    language = {"lang": request.GET["lang"]} if request.GET.get("lang") else {}
    feed = GeoFeed(
        title=plain_text(f"{title} – {city.current().brand}"),
        link=settings.SITE_URL + link,
        description="",
        language=translation.get_language(),
        feed_url=settings.SITE_URL + request.get_full_path(),
        feed_guid=here,
        author_name=plain_text(city.current().brand),
        pages={"first": address(here, language)}
        | ({"next": address(here, language | {"after": following})} if following else {}),
    )
    for entry in entries:
        entry_fields: dict[str, Any] = {
            key: plain_text(value) if isinstance(value, str) else value for key, value in entry.items()
        }
        feed.add_item(**entry_fields)
    content = feed.writeString("utf-8")
    etag = quote_etag(hashlib.sha256(content.encode()).hexdigest()[:20])
    changed = feed.latest_post_date()
    response = get_conditional_response(request, etag=etag, last_modified=int(changed.timestamp()))
    if response is None:
        response = HttpResponse(content, content_type="application/atom+xml; charset=utf-8")
        response["ETag"], response["Last-Modified"] = etag, http_date(changed.timestamp())
    response["Cache-Control"] = f"public, max-age={SECONDS}"
    response["Vary"] = "Accept-Language, Cookie, Accept-Encoding"
    return response


def address(here: str, params: Mapping[str, str]) -> str:
    return f"{here}?{urlencode(params)}" if params else here


def plain_text(text: str) -> str:
    return NO_TEXT_OF_XML.sub("", text)


def incidents_page(params: Mapping[str, Any], condition: Q) -> tuple[list[dict], str]:
    """Returns (entries of a page of published incidents, newest first; position of the next page or "")."""
    shown = public_map.published_incidents().filter(condition, received_at__gte=now() - WINDOW).with_pages()
    if params["after"]:
        moment, pk = params["after"]
        shown = shown.filter(Q(received_at__lt=moment) | Q(received_at=moment, pk__lt=pk), received_at__lte=moment)
    rows = list(shown.order_by("-received_at", "-pk")[: PAGE + 1])
    return [incident_entry(row) for row in rows[:PAGE]], place_in_list(rows[PAGE - 1], "received_at") if rows[
        PAGE:
    ] else ""


def incident_entry(incident: Incident) -> dict[str, Any]:
    page = settings.SITE_URL + reverse("incident", args=[incident.reference])
    state = f"{incident.get_state_display()} · {incident.area.title} · {incident.authority.title}"
    return {
        "title": incident_title(incident),
        "link": page,
        "unique_id": page,
        "description": "\n".join(filter(None, [incident.text, state])),
        "pubdate": incident.received_at,
        "updateddate": incident.changed_at,
        "categories": [incident.category.title, incident.get_state_display()],
        "place": incident.place,
    }


@answer_feed
def all_incidents(params):
    return _("Incidents"), reverse("map"), *incidents_page(params, Q())


@answer_feed
def area_incidents(params, code):
    area = get_object_or_404(Area.objects.on(now().date()).order_by("-level").filter(code=code)[:1])
    within = Area.objects.within([area.pk]).order_by().values("pk")
    return area.title, f"{reverse('map')}?area={area.code}", *incidents_page(params, Q(area__in=within))


@answer_feed
def category_incidents(params, code):
    category = get_object_or_404(Category, code=code)
    of_it = Q(
        category__in=list(Category.objects.filter(Q(pk=category.pk) | Q(parent=category)).values_list("pk", flat=True))
    )
    return category.title, f"{reverse('map')}?category={category.code}", *incidents_page(params, of_it)


@answer_feed
def authority_incidents(params, code):
    authority = get_object_or_404(Authority, code=code)
    return authority.title, reverse("map"), *incidents_page(params, Q(authority=authority))


@answer_feed
def incident_history(params, reference):
    incident = get_object_or_404(public_map.published_incidents().with_pages(), reference=reference)
    lines = incident.timeline.filter(public=True).select_related("authority").order_by("-at", "-pk")
    if params["after"]:
        moment, pk = params["after"]
        lines = lines.filter(Q(at__lt=moment) | Q(at=moment, pk__lt=pk))
    rows = list(lines[: PAGE + 1])
    entries = [event_entry(incident, event) for event in public_text.with_public_notes(rows[:PAGE])]
    following = place_in_list(rows[PAGE - 1], "at") if rows[PAGE:] else ""
    page = reverse("incident", args=[incident.reference])
    return f"{incident_title(incident)} ({incident.reference})", page, entries, following


def event_entry(incident: Incident, event: Event) -> dict[str, Any]:
    page = settings.SITE_URL + reverse("incident", args=[incident.reference])
    return {
        "title": HistoryLine(event.kind, [event]).heading,
        "link": f"{page}#story",
        "unique_id": f"{page}#{event.pk}",
        "description": event.note,
        "pubdate": event.at,
        "updateddate": event.at,
        "place": incident.place,
    }
