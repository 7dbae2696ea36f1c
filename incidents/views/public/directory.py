"""The directory of units at `/directory/`, and the page of each at `/directory/CODE/`."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _

from geoapp.db.connections import on_replica
from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from gis_data.services import tiles
from incidents.directory import units
from incidents.wards import choosing, outline

CACHE_SECONDS = 60
CODE_MAX = 40


@rate_limits.limit_requests("search")
@login_not_required
@require_safe
@on_replica()
def directory_page(request: HttpRequest) -> HttpResponse:
    """Lists all units, or those called `q`; with `ward` it leads to the unit of that ward."""
    if ward := request.GET.get("ward", "")[:CODE_MAX]:
        unit = units.unit_of_ward(ward)
        if unit is None:
            raise Http404(_("There is no such ward."))
        return redirect("directory-unit", unit.code)
    words = request.GET.get("q", "")[: choosing.WORDS_MAX]
    context = {"words": words, "directory": units.list_units(now(), words)} | map_context()
    return answer_for_a_minute(render(request, "incidents/public/directory.html", context))


@rate_limits.limit_requests("search")
@login_not_required
@require_safe
@on_replica()
def unit_page(request: HttpRequest, code: str) -> HttpResponse:
    entry = units.find_entry(code, now())
    if entry is None:
        raise Http404(_("There is no such unit."))
    area = choosing.find_ward(entry.ward.code) if entry.ward else None
    context = {
        "entry": entry,
        "office": entry.office,
        "kinds": units.kinds_of(entry.unit),
        "area": area,
        "polygons": outline.outline_polygons(area) if area else [],
    }
    return answer_for_a_minute(render(request, "incidents/public/directory_unit.html", context | map_context()))


def map_context() -> dict[str, Any]:
    return {"outlines": f"{reverse('area-outlines')}?v={tiles.version()}"}


def answer_for_a_minute(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = f"private, max-age={CACHE_SECONDS}"
    return response
