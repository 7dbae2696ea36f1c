"""Public announcements at `/news/`: list, single page, map picture, and GeoJSON for other sites."""

import json
from collections import Counter
from datetime import time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control

from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from gis_data import city
from gis_data.models import Area, Level
from gis_data.services import tiles
from incidents import access
from incidents.announcements import acts as announcement_acts
from incidents.announcements import periods, works
from incidents.map.share_image import MapPicture
from incidents.models import Announcement, AnnouncementLine, AnnouncementPicture, Incident
from incidents.views.public.sharing import credit_of, picture_response
from incidents.wards import figures

SECONDS = 30  # max-age of answers
NEAR_M = 5.0  # metres: tolerance of shapes for maps
DEGREE_M = 111_000


@rate_limits.limit_requests("search")
@login_not_required
@require_safe
def announcements_page(request: HttpRequest) -> HttpResponse:
    lines, kind = list(AnnouncementLine.objects.shown()), request.GET.get("kind", "")
    counts = Counter(line.announcement.kind for line in lines)
    context = {
        "lines": [line for line in lines if kind not in counts or line.announcement.kind == kind],
        "kinds": [(value, name, counts[value]) for value, name in Announcement.Kind.choices if counts[value]],
        "kind": kind if kind in counts else "",
        "number": len(lines),
        "address": settings.SITE_URL + reverse("announcements"),
    }
    return render(request, "incidents/public/announcements.html", context)


@rate_limits.limit_requests("search")
@login_not_required
@require_safe
def month_page(request: HttpRequest) -> HttpResponse:
    """Renders `/news/calendar/?month=2026-12`: what is on on each day, of a ward with `ward`."""
    today = localdate()
    month = periods.read_month(request.GET.get("month", "")[:7], today)
    following = (month + timedelta(days=31)).replace(day=1)
    lines = AnnouncementLine.objects.between(periods.at_clock(month, time()), periods.at_clock(following, time()))
    ward = None
    if code := request.GET.get("ward"):
        ward = get_object_or_404(Area.objects.on(today), level=Level.WARD, code=code[:20])
        lines = lines.filter(figures.announced_for(ward))
    context = {
        "weeks": periods.weeks_of(month, lines),
        "month": month,
        "today": today,
        "before": (month - timedelta(days=1)).replace(day=1),
        "following": following,
        "ward": ward,
        "address": settings.SITE_URL + reverse("announcements-month"),
    }
    return render(request, "incidents/public/announcements_month.html", context)


@rate_limits.limit_requests("search")
@login_not_required
@require_safe
def announcement_page(request: HttpRequest, pk: int) -> HttpResponse:
    line = get_object_or_404(AnnouncementLine.objects.standing().with_pages(), announcement__pk=pk)
    announcement = line.announcement
    published = Incident.objects.filter(access.PUBLISHED)
    context = {
        "line": line,
        "said": announcement,
        "over": line.is_over(),
        "lines": announcement.lines.counting().order_by("-pk"),
        "incident": published.filter(pk=announcement.incident_id or 0).select_related("category").first(),
        "shape": json.dumps(shape_of(line)),
        "address": settings.SITE_URL + reverse("announcement", args=[pk]),
        "pictures": announcement.pictures.all(),
        "days": periods.days_ahead(line, now()) if line.planned else [],
        "picture": settings.SITE_URL + reverse("announcement-picture", args=[pk]),
        "follow_query": urlencode(what_to_follow(announcement)),
    }
    return render(request, "incidents/public/announcement.html", context)


def what_to_follow(announcement: Announcement) -> dict[str, Any]:
    if announcement.middle is None:
        return {"what": "ward", "area": announcement.area_code or next(iter(announcement.area_codes), "")}
    return {
        "what": "circle",
        "lon": announcement.middle.x,
        "lat": announcement.middle.y,
        "where": announcement.place_name,
    }


@rate_limits.limit_requests("photo")
@login_not_required
@cache_control(private=True, max_age=3600)
@require_safe
def announcement_photo(request: HttpRequest, pk: int, number: int, size: str) -> HttpResponse:
    """Returns a picture of planned works: to everybody once they are public, before to who may read them."""
    picture = get_object_or_404(AnnouncementPicture, announcement=pk, pk=number)
    public = AnnouncementLine.objects.counting().filter(announcement=pk).exists()
    if not public and not works.may_read(request.user, picture.announcement):
        raise Http404
    file = {"small": picture.small, "large": picture.picture}.get(size)
    if file is None:
        raise Http404
    try:
        with file.open() as opened:
            return HttpResponse(opened.read(), content_type="image/jpeg")
    except FileNotFoundError:
        raise Http404 from None


@rate_limits.limit_requests("export")
@login_not_required
@require_safe
def announcement_picture(request: HttpRequest, pk: int) -> HttpResponse:
    """Returns `/news/NUMBER/map.png` in the city's language, as the preview image for shared links."""
    line = get_object_or_404(AnnouncementLine.objects.standing().with_pages().defer(None), announcement__pk=pk)
    return picture_response(request, picture_of(line), "image/png")


def picture_of(line: AnnouncementLine) -> MapPicture:
    announcement = line.announcement
    middle = announcement.middle or announcement.reach.point_on_surface
    with translation.override(settings.LANGUAGE_CODE):
        here = city.current()
        return MapPicture(
            version=tiles.version(),
            lon=middle.x,
            lat=middle.y,
            accuracy_m=announcement.radius_m,
            title=f"{announcement.get_kind_display()} · {announcement.place_title}",
            line=" · ".join([announcement.unit.title, here.brand]),
            credit=credit_of(here),
            state=_("Has ended") if line.is_over() else announcement_acts.line_times(line),
        )


@rate_limits.limit_requests("api")
@login_not_required
@cache_control(public=True, max_age=SECONDS)
@require_safe
def announcements_geojson(request: HttpRequest) -> HttpResponse:
    """Returns current and coming announcements as GeoJSON (EPSG:4326), in both languages."""
    lines = AnnouncementLine.objects.shown().defer(None)
    return JsonResponse(
        {"type": "FeatureCollection", "features": [feature_of(line) for line in lines]},
        json_dumps_params={"ensure_ascii": False},
        content_type="application/geo+json",
    )


def feature_of(line: AnnouncementLine) -> dict[str, Any]:
    announcement = line.announcement
    return {
        "type": "Feature",
        "id": announcement.pk,
        "geometry": shape_of(line),
        "properties": {
            "line": line.pk,
            "kind": announcement.kind,
            "name": name_of_kind(announcement),
            "icon": announcement_acts.KINDS[announcement.kind].icon,
            "urgent": line.urgent,
            "emergency": announcement.emergency_id is not None,
            "place": {"vi": announcement.place_name, "en": announcement.place_name_en or announcement.place_name},
            "text": {"vi": line.text, "en": line.text_en or line.text},
            **works_properties(line),
            "starts_at": line.starts_at.isoformat(),
            "until": line.until.isoformat(),
            "unit": announcement.unit.name,
            "address": settings.SITE_URL + reverse("announcement", args=[announcement.pk]),
        },
    }


def works_properties(line: AnnouncementLine) -> dict[str, Any]:
    if not line.planned:
        return {}
    period, days = {}, {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            period[code], days[code] = periods.period_in_words(line), periods.days_of_sign(line)
    title = {"vi": line.title, "en": line.title_en or line.title}
    return {"planned": True, "title": title, "period": period, "days": days, "wards": line.announcement.area_codes}


def name_of_kind(announcement: Announcement) -> dict[str, str]:
    named = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            named[code] = str(Announcement.Kind(announcement.kind).label)
    return named


def shape_of(line: AnnouncementLine) -> dict[str, Any]:
    """Returns the geometry as GeoJSON, simplified for maps, always as a MultiPolygon."""
    return shape_of_reach(line.announcement.reach)


def shape_of_reach(reach: MultiPolygon) -> dict[str, Any]:
    drawn = reach.simplify(NEAR_M / DEGREE_M, preserve_topology=True)
    if isinstance(drawn, Polygon):
        drawn = MultiPolygon(drawn, srid=drawn.srid)
    return json.loads(drawn.geojson, parse_float=lambda number: round(float(number), 5))
