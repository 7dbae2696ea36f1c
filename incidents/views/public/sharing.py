"""Previews for shared links of an incident: Open Graph, JSON-LD, map picture, QR code."""

import hashlib
import json
from typing import Any

import segno
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from geoapp.db import admission
from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from gis_data import city
from gis_data.models import City
from gis_data.services import tiles
from incidents import access
from incidents.analytics.before_after import BeforeAfter, find_pair
from incidents.map import share_image
from incidents.models import Incident
from incidents.wording import day_and_time, duration_in_words

HOUR = 3600
# Characters that would end the script element or start markup in it.
ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def sharing_context(incident: Incident) -> dict[str, Any]:
    """Returns `share` and `linked_data` (JSON-LD) for the head of a public page, and `city`, to save a second query."""
    here = city.current()
    address = settings.SITE_URL + reverse("incident", args=[incident.reference])
    pair = find_pair(incident)
    share = {
        "title": incident_title(incident),
        "words": " · ".join([state_words(incident), incident.text[:200] or incident.area.title]),
        "address": address,
        "picture": pair_address(pair)
        if pair
        else settings.SITE_URL + reverse("incident-picture", args=[incident.reference]),
        "kind": "image/jpeg" if pair else "image/png",
        "shows": _("Before and after") if pair else _("A map of the place"),
        "width": share_image.WIDTH,
        "height": share_image.HEIGHT,
    }
    return {"share": share, "linked_data": json_in_page(linked_data(incident, share, here)), "city": here}


def incident_title(incident: Incident) -> str:
    return ", ".join(filter(None, [incident.category.title, incident.address_title]))


def state_words(incident: Incident) -> str:
    state = str(Incident.State(incident.state).label)
    if incident.state in Incident.DONE and incident.closed_at:
        span = duration_in_words(incident.closed_at - incident.received_at)
        return _("%(state)s after %(span)s") % {"state": Incident.State.RESOLVED.label, "span": span}
    if not incident.is_open or incident.state == Incident.State.WAITING:
        return state
    return _("%(state)s, due %(when)s") % {"state": state, "when": day_and_time(incident.due_at)}


def pair_address(pair: BeforeAfter) -> str:
    return settings.SITE_URL + reverse("incident-pair", args=[pair.incident.reference])


def sharing_card(incident: Incident) -> dict[str, Any] | None:
    """Returns the address of the public page and its QR code (SVG); None for an unpublished incident."""
    if not incident.published:
        return None
    address = settings.SITE_URL + reverse("incident", args=[incident.reference])
    return {"address": address, "code": mark_safe(segno.make(address, error="m").svg_inline(border=2, omitsize=True))}


def linked_data(incident, share, here):
    """Returns schema.org data from the incident's own columns; only published texts are in them."""
    lon, lat = round(incident.place.x, 6), round(incident.place.y, 6)
    return {
        "@context": "https://schema.org",
        "@type": "WebPage",
        "@id": share["address"],
        "url": share["address"],
        "name": share["title"],
        "description": incident.text or share["title"],
        "identifier": incident.reference,
        "datePublished": incident.received_at.isoformat(),
        "dateModified": incident.changed_at.isoformat(),
        "image": share["picture"],
        "publisher": {"@type": "GovernmentOrganization", "name": incident.authority.title},
        "about": {
            "@type": "Place",
            "name": incident.where,
            "address": {"@type": "PostalAddress", "streetAddress": incident.address_title}
            | {"addressLocality": incident.area.title, "addressRegion": here.title},
            "geo": {"@type": "GeoCoordinates", "longitude": lon, "latitude": lat},
        },
        "breadcrumb": {
            "@type": "BreadcrumbList",
            "itemListElement": [
                {"@type": "ListItem", "position": 1, "name": here.brand, "item": f"{settings.SITE_URL}/"},
                {"@type": "ListItem", "position": 2, "name": incident.reference, "item": share["address"]},
            ],
        },
    }


def json_in_page(data: dict[str, Any]) -> SafeString:
    return mark_safe(json.dumps(data, ensure_ascii=False).translate(ESCAPES))


@rate_limits.limit_requests("export")
@login_not_required
@require_safe
def incident_picture(request: HttpRequest, reference: str) -> HttpResponse:
    """Returns `/i/REFERENCE/map.png`: place, photo and state in the city's language, the same for everybody."""
    published = Incident.objects.filter(access.PUBLISHED).with_pages()
    return picture_response(request, picture_of(get_object_or_404(published, reference=reference)), "image/png")


@rate_limits.limit_requests("export")
@login_not_required
@require_safe
def incident_pair(request: HttpRequest, reference: str) -> HttpResponse:
    """Returns `/i/REFERENCE/before-after.jpg`, the same for everybody; 404 without two public photos."""
    pair = find_pair(get_object_or_404(Incident.objects.filter(access.PUBLISHED), reference=reference))
    if not pair:
        raise Http404
    return picture_response(request, picture_of_pair(pair), "image/jpeg")


@rate_limits.limit_requests("export")
@login_not_required
@require_safe
def city_picture(request: HttpRequest) -> HttpResponse:
    """Returns `/card.png`: the city's centre, for links to pages without a picture of their own."""
    with translation.override(settings.LANGUAGE_CODE):
        here = city.current()
        shown = share_image.MapPicture(
            version=tiles.version(),
            lon=here.centre.x,
            lat=here.centre.y,
            accuracy_m=None,
            title=here.brand,
            line=here.title,
            credit=credit_of(here),
            pin=False,
        )
    return picture_response(request, shown, "image/png")


def picture_response(
    request: HttpRequest, shown: share_image.MapPicture | share_image.PairPicture, kind: str
) -> HttpResponse:
    """Returns the picture, 304 if the client has it, 503 while too many others are being drawn."""
    etag = quote_etag(hashlib.sha256(repr(shown).encode()).hexdigest()[:20])
    response = get_conditional_response(request, etag=etag)
    if response is None:
        try:
            response = HttpResponse(share_image.draw_picture(shown), content_type=kind)
        except share_image.TooManyPictures:
            return admission.busy_response(request)
        response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={HOUR}"
    return response


def picture_of_pair(pair: BeforeAfter) -> share_image.PairPicture:
    incident = pair.incident
    with translation.override(settings.LANGUAGE_CODE):
        return share_image.PairPicture(
            before=str(pair.before.picture),
            after=str(pair.after.picture),
            before_word=_("Before"),
            after_word=_("After"),
            title=incident_title(incident),
            line=foot_line(incident, city.current()),
            state=state_words(incident),
        )


def foot_line(incident: Incident, here: City) -> str:
    return " · ".join([incident.area.title, incident.reference, here.brand])


def picture_of(incident: Incident) -> share_image.MapPicture:
    photos = incident.photos.shown()
    photo = photos.last() if incident.closed_at else photos.first()
    with translation.override(settings.LANGUAGE_CODE):
        here = city.current()
        return share_image.MapPicture(
            version=tiles.version(),
            lon=incident.place.x,
            lat=incident.place.y,
            accuracy_m=incident.accuracy_m,
            title=incident_title(incident),
            line=foot_line(incident, here),
            credit=credit_of(here),
            state=state_words(incident),
            photo=str(photo.picture) if photo else "",
        )


def credit_of(here: City) -> str:
    return "© OpenStreetMap contributors" if "OpenStreetMap" in here.attribution else here.title
