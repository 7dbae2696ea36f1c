"""Emergency mode at `/emergency/`: what to do, streets under water, shelters, and the report in two steps.

These pages are light: a style sheet of their own, no fonts, no map library (tests hold them under 60 kB).
"""

import math
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.contrib.gis.geos import Point
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from geoapp.http.numeric_params import PlaceNumbers, refuse_faulty_numbers
from gis_data import policies
from incidents import reporting
from incidents.channels import web
from incidents.disclosure import privacy_notice
from incidents.emergency import bulletins, switching
from incidents.emergency.current import find_emergency, numbers_first, own_kinds
from incidents.emergency.places import FloodedStreet, flooded_streets, open_shelters
from incidents.forms import EmergencyReportForm, ReportForm, unchecked_report_form
from incidents.models import Emergency, EmergencyBulletin, Shelter
from incidents.reporting import puzzle
from incidents.views.public import own_browser
from incidents.views.public.reporting import Outcome, puzzle_comes_first, take_report

KINDS_SHOWN = 6
MAP_WIDTH = 600  # units of the drawing
MARGIN = 0.06  # of its width


@rate_limits.limit_requests("search")
@login_not_required
@require_safe
def emergency_page(request: HttpRequest) -> HttpResponse:
    """Renders what is on, or that nothing is, with its latest bulletin."""
    emergency = find_emergency(request.user)
    if emergency is None:
        return render(request, "incidents/public/emergency/off.html", {"numbers": numbers_of_city()})
    streets, shelters = flooded_streets(emergency), list(open_shelters(emergency))
    bulletin = emergency.bulletins.last()
    context = {
        "kinds": own_kinds(emergency)[:KINDS_SHOWN],
        "numbers": numbers_first(emergency),
        "streets": streets,
        "shelters": shelters,
        "drawing": draw_map(emergency, streets, shelters),
        "bulletin": bulletin,
        "figures": bulletins.sentences_of(bulletin.figures) if bulletin else [],
        "minutes": policies.current().bulletin_minutes,
    }
    return render(request, "incidents/public/emergency/page.html", context)


def numbers_of_city() -> list[dict[str, str]]:
    return numbers_first(Emergency(kind=Emergency.Kind.OTHER))


# ---- map ----


@dataclass(frozen=True)
class Mark:
    """A place on the drawing; `number` is that of its list."""

    x: float
    y: float
    number: int
    sign: str  # shelter, wet, deep, old


@dataclass(frozen=True)
class Drawing:
    """The wards of an emergency with its places, as the parts of an SVG."""

    width: int
    height: int
    outline: str
    marks: list[Mark]


def draw_map(emergency: Emergency, streets: list[FloodedStreet], shelters: list[Shelter]) -> Drawing:
    left, bottom, right, top = emergency.reach.extent
    shrink = math.cos(math.radians((bottom + top) / 2))  # of a degree of longitude
    across = max(right - left, 1e-6) * shrink
    upward = max(top - bottom, 1e-6)
    scale = MAP_WIDTH * (1 - 2 * MARGIN) / max(across, upward)
    inset = MAP_WIDTH * MARGIN
    width, height = round(across * scale + 2 * inset), round(upward * scale + 2 * inset)

    def drawn(x: float, y: float) -> tuple[float, float]:
        return round(inset + (x - left) * shrink * scale, 1), round(inset + (top - y) * scale, 1)

    def mark(place: Point, number: int, sign: str) -> Mark:
        x, y = drawn(place.x, place.y)
        return Mark(x, y, number, sign)

    simple = emergency.reach.simplify(2 / scale, preserve_topology=True)
    rings = [ring for polygon in switching.parts_of(simple) for ring in polygon]
    outline = "".join(
        "M" + "L".join(f"{x:g} {y:g}" for x, y in (drawn(*corner) for corner in ring.coords)) + "Z" for ring in rings
    )
    marks = [mark(shelter.place, number, "shelter") for number, shelter in enumerate(shelters, 1)]
    marks += [
        mark(street.place, number, "old" if street.is_old else "deep" if street.is_deep else "wet")
        for number, street in enumerate(streets, 1)
    ]
    return Drawing(width, height, outline, marks)


@rate_limits.limit_requests("api")
@login_not_required
@require_safe
def places_geojson(request: HttpRequest) -> JsonResponse:
    """Returns streets under water and open shelters as GeoJSON (EPSG:4326); empty while nothing is on."""
    emergency = Emergency.objects.on().filter(practice=False).first()
    features: list[dict[str, Any]] = []
    if emergency:
        features += [street_feature(street) for street in flooded_streets(emergency)]
        features += [shelter_feature(shelter) for shelter in open_shelters(emergency)]
    answer = JsonResponse(
        {"type": "FeatureCollection", "features": features},
        json_dumps_params={"ensure_ascii": False},
        content_type="application/geo+json",
    )
    answer["Cache-Control"] = "public, max-age=30"
    return answer


def street_feature(street: FloodedStreet) -> dict[str, Any]:
    return feature(
        street.place, kind="flooded_street", name=street.street, depth_cm=street.depth_cm,
        measured_at=street.measured_at.isoformat(), source=street.source, old=street.is_old,
        incident=street.reference or None,
    )  # fmt: skip


def shelter_feature(shelter: Shelter) -> dict[str, Any]:
    return feature(shelter.place, kind="shelter", name=shelter.name, address=shelter.address, capacity=shelter.capacity)


def feature(place: Point, **properties: Any) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [round(place.x, 5), round(place.y, 5)]}
    return {"type": "Feature", "geometry": point, "properties": properties}


# ---- the report in two steps ----


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@refuse_faulty_numbers(PlaceNumbers)
def emergency_report(request: HttpRequest) -> HttpResponse:
    """Renders the kinds, then the place of one, and takes the report; without an emergency the usual form does.

    In practice the report is checked and routed, and nothing is stored.
    """
    emergency = find_emergency(request.user)
    if request.method != "POST":
        if emergency is None:
            return redirect(
                f"{reverse('report')}?{urlencode(request.GET.dict())}" if request.GET else reverse("report")
            )
        return render_step(request, emergency, ReportForm(initial=request.GET.dict()))
    if "find" in request.POST and emergency:
        return render_step(request, emergency, unchecked_report_form(request.POST))
    if emergency and emergency.practice:
        return practise(request, emergency)
    outcome = take_report(request, EmergencyReportForm)
    if outcome.report:
        answer = HttpResponseRedirect(reverse("follow", args=[outcome.report.token]) + "?sent=1", status=303)
        return own_browser.keep_sent(request, [outcome.report], answer)
    if emergency is None:
        return redirect("report")
    return render_step(request, emergency, outcome.form, outcome=outcome, status=400)


def practise(request: HttpRequest, emergency: Emergency) -> HttpResponse:
    form = EmergencyReportForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            incoming = web.report_from_form(form.cleaned_data, language=get_language() or "vi")
            new = reporting.preview_report(incoming)
        except reporting.ReportRefused as refused:
            form.add_error(None, str(refused))
        else:
            context = {"numbers": numbers_first(emergency), "incident": new.incident}
            return render(request, "incidents/public/emergency/practised.html", context)
    return render_step(request, emergency, form, status=400)


def render_step(
    request: HttpRequest, emergency: Emergency, form: ReportForm, *, outcome: Outcome | None = None, status: int = 200
) -> HttpResponse:
    kinds = own_kinds(emergency)
    chosen = next((kind for kind in kinds if kind.code == str(form["category"].value() or "")), None)
    context = {
        "form": form,
        "kinds": kinds,
        "chosen": chosen,
        "numbers": numbers_first(emergency),
        "sending": form["sending"].value() or uuid.uuid4(),
        "questions": form.asked_questions() if chosen else [],
        "blocked": outcome.blocked if outcome else "",
        "notice_version": privacy_notice.VERSION,
        "question": puzzle.new_question() if puzzle_comes_first(request) else None,
        "files_lost": bool(request.FILES),
        "text_max": reporting.TEXT_MAX,
    }
    return render(request, "incidents/public/emergency/report.html", context, status=status)


# ---- bulletins ----


@rate_limits.limit_requests("search")
@login_not_required
@require_safe
def bulletin_page(request: HttpRequest, pk: int) -> HttpResponse:
    shown = EmergencyBulletin.objects.filter(emergency__in=Emergency.objects.all().shown_to(request.user))
    bulletin = get_object_or_404(shown.select_related("emergency"), pk=pk)
    others = bulletin.emergency.bulletins.exclude(pk=pk).order_by("-number")
    context = {
        "bulletin": bulletin,
        "of": bulletin.emergency,
        "figures": bulletins.sentences_of(bulletin.figures),
        "others": others,
        "numbers": numbers_first(bulletin.emergency),
    }
    return render(request, "incidents/public/emergency/bulletin.html", context)
