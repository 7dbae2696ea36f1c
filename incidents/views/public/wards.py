"""The page of a ward at `/wards/CODE/`, and `/wards/`, where somebody chooses the own one."""

import json
import math
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.gis.geos import Point
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods

from geoapp.db.connections import on_replica
from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from gis_data import city
from gis_data.models import Area
from incidents.analytics.statistics import format_figure
from incidents.models import Answer, Incident
from incidents.views.public.installing import manifest_of
from incidents.wards import choosing, duties, figures, offices, outline, speed

COOKIE, COOKIE_S = "ward", 2 * 365 * 86400
CACHE_SECONDS = 60
COMING_ROWS = 4
BAR_WIDTH = 120  # of the picture beside a kind


class HereForm(forms.Form):
    """The place of a device, in degrees (EPSG:4326)."""

    lon = forms.FloatField(min_value=-180, max_value=180)
    lat = forms.FloatField(min_value=-90, max_value=90)


@rate_limits.limit_requests("search")
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def wards_page(request: HttpRequest) -> HttpResponse:
    """Leads to the remembered ward, or to that of the place that was posted; else shows all of them to choose from."""
    if request.method == "POST":
        form = HereForm(request.POST)
        ward = (
            choosing.ward_at(Point(form.cleaned_data["lon"], form.cleaned_data["lat"], srid=4326))
            if form.is_valid()
            else None
        )
        answer = chosen_for(request.POST)
        return remember_ward(request, ward, answer=answer) if ward else choose_ward(request, outside=True)
    words = request.GET.get("q", "")[: choosing.WORDS_MAX]
    own = own_ward(request)
    if own and not words and "all" not in request.GET:
        return redirect("ward", own.code)
    return choose_ward(request, words=words)


def own_ward(request: HttpRequest) -> Area | None:
    """Returns the ward that this browser remembers."""
    return choosing.find_ward(request.COOKIES.get(COOKIE, "")[:20])


def chosen_for(parameters: QueryDict) -> str:
    """Returns the slug of the public answer whose page asks for a ward; "" where none does."""
    slug = parameters.get("answer", "")
    return slug if slug and Answer.objects.public().filter(slug=slug[:60]).exists() else ""


def choose_ward(request: HttpRequest, *, words: str = "", outside: bool = False) -> HttpResponse:
    context = {
        "words": words,
        "matches": choosing.search_wards(words),
        "districts": choosing.wards_by_district(),
        "number": choosing.todays_wards().count(),
        "outside": outside,
        "answer": chosen_for(request.POST if request.method == "POST" else request.GET),
    }
    return render(request, "incidents/public/wards.html", context, status=400 if outside else 200)


def remember_ward(request: HttpRequest, ward: Area, *, answer: str = "") -> HttpResponse:
    """Remembers the ward and leads to its page, or to the answer (slug) for which it was chosen."""
    to = f"{reverse('answer-page', args=[answer])}#ward" if answer else reverse("ward", args=[ward.code])
    response = HttpResponseRedirect(to, status=303)
    response.set_cookie(COOKIE, ward.code, max_age=COOKIE_S, secure=request.is_secure(), httponly=True, samesite="Lax")
    return response


@rate_limits.limit_requests("search")
@login_not_required
@require_safe
@on_replica()
def ward_page(request: HttpRequest, code: str) -> HttpResponse:
    """Shows a ward of today; with `own` it is remembered. Former codes and names lead to the ward of today."""
    if code == "mine":
        return redirect("wards")
    ward = choosing.find_ward(code)
    if ward is None:
        successor = choosing.successor_of(code)
        if successor is None:
            raise Http404(_("There is no such ward."))
        return redirect("ward", successor.code)
    if "own" in request.GET:
        return remember_ward(request, ward, answer=chosen_for(request.GET))
    context = ward_context(ward, now()) | {"is_own": request.COOKIES.get(COOKIE) == ward.code}
    response = render(request, "incidents/public/ward.html", context)
    response["Cache-Control"] = f"private, max-age={CACHE_SECONDS}"
    return response


def ward_context(ward: Area, at: datetime) -> dict[str, Any]:
    work = figures.read_work(ward, at)
    counts = figures.count_ward(work)
    proven = figures.proven_share(ward, counts, at)
    coming, pair = list(figures.announcements_in(ward)), figures.newest_pair(ward, at)
    return {
        "ward": ward,
        "number": choosing.todays_wards().count(),
        "figures": counts,
        "share": format_figure("share", counts.share) if counts.share is not None else "",
        "proven": format_figure("share_proven", proven) if proven is not None else "",
        "due": figures.list_due(work),
        "coming": coming[:COMING_ROWS],
        "coming_total": len(coming),
        "pair": pair,
        "confirming": figures.count_confirming(pair) if pair else 0,
        "speeds": speed_rows(speed.speeds_by_kind(work)),
        "duties": duties.duties_in(ward),
        "office": offices.office_of(ward, at),
        "thanks": figures.count_thanks(ward, at),
        "polygons": outline.outline_polygons(ward),
        "pins": json.dumps([pin_of(incident, at) for incident in figures.pins_of(work)], ensure_ascii=False),
        "address": settings.SITE_URL + reverse("ward", args=[ward.code]),
        "lon": f"{ward.label_point.x:.6f}",
        "lat": f"{ward.label_point.y:.6f}",
    }


def pin_of(incident: Incident, at: datetime) -> dict[str, Any]:
    return {
        "reference": incident.reference,
        "state": incident.state,
        "late": incident.state in Incident.RUNNING and incident.due_at < at,
        "icon": incident.category.icon,
        "category": incident.category.title,
        "at": incident.address,
        "near": incident.near,
        "lon": round(incident.place.x, 6),
        "lat": round(incident.place.y, 6),
    }


def speed_rows(speeds: list[speed.KindSpeed]) -> list[dict[str, Any]]:
    """Returns the rows of the table with lengths for the bars, on a logarithmic scale from a minute on."""
    spans = [span for row in speeds for span in (row.took, row.city_took) if span]
    longest = max(spans, default=timedelta())
    return [
        {
            "speed": row,
            "length": bar_length(row.took, longest) if row.took else "",
            "city": bar_length(row.city_took, longest) if row.city_took else "",
        }
        for row in speeds
    ]


def bar_length(span: timedelta, longest: timedelta) -> str:
    minutes, most = (length / timedelta(minutes=1) for length in (span, longest))
    return f"{BAR_WIDTH * math.log1p(minutes) / math.log1p(most):.1f}" if most else "0"


@login_not_required
@cache_control(max_age=3600, private=True)
@require_safe
def ward_manifest(request: HttpRequest, code: str) -> JsonResponse:
    """Returns the manifest by which a ward's page is installed as a start page of its own."""
    ward = choosing.find_ward(code)
    if ward is None:
        raise Http404(_("There is no such ward."))
    here = reverse("ward", args=[ward.code])
    return manifest_of(
        id=here, start_url=here, name=f"{ward.title} · {city.current().brand}", short_name=ward.name[:30]
    )
