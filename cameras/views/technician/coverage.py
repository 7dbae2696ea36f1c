"""Show the map of what cameras have in view and of incidents out of view, its table, and the table as a file."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from cameras.register import coverage
from geoapp.http.http_methods import require_safe
from geoapp.web import sheets
from incidents.page_access import require_work

USUAL = 30


def requested_days(request):
    """Return the days asked for (`?days=`), if they are among those offered; else a month."""
    text = request.GET.get("days", "")
    return int(text) if text in map(str, coverage.DAYS) else USUAL


@require_safe
@require_work("register")
def coverage_page(request: HttpRequest) -> HttpResponse:
    days = requested_days(request)
    rows = coverage.ward_coverage(days)
    incidents, verified, in_view = coverage.sum_wards(rows)
    context = {
        "days": days, "offered": coverage.DAYS, "rows": rows, "incidents": incidents, "verified": verified,
        "in_view": in_view, "out_of_view": incidents - in_view,
    }  # fmt: skip
    return render(request, "cameras/technician/register/coverage.html", context)


@require_safe
@require_work("register")
def coverage_shapes(request: HttpRequest) -> HttpResponse:
    return JsonResponse(coverage.coverage_shapes(requested_days(request)))


@require_safe
@require_work("register")
def coverage_file(request: HttpRequest) -> HttpResponse:
    days = requested_days(request)
    heads = [_("Code"), _("Ward"), _("Incidents"), _("In a checked view"), _("In view"), _("Out of view")]
    rows = [
        [ward.area.code, ward.area.title, ward.incidents, ward.verified, ward.in_view, ward.out_of_view]
        for ward in coverage.ward_coverage(days)
    ]
    return sheets.csv_response(f"coverage-{days}-days", heads, rows)
