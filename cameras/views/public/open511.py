"""Serve cameras to other road systems: `/open511/` (Open511 1.0, JSON), and `/cameras.geojson`."""

from functools import wraps

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext_lazy

from cameras import access
from cameras.register import open511
from geoapp.http.http_methods import require_safe
from geoapp.http.query_parameters import BboxField, NumberField, OneOfField, QueryError, QueryForm
from gis_data import city
from gis_data.words import tidy

SECONDS = 60  # for which an answer may be kept
PAGE, MOST = 50, 500


class CamerasForm(QueryForm):
    """Which cameras are requested: a page of those in a box, or of a road."""

    names = {"accept_language": "accept-language"}
    only_known = True

    format = OneOfField(
        ("json",), gettext_lazy("format: only json is available here."), default="json", reads_empty=True
    )
    version = forms.CharField(required=False)
    accept_language = forms.CharField(required=False)
    limit = NumberField(
        gettext_lazy("limit: enter a number from 1 to %(most)d."), at_least=1, at_most=MOST, default=PAGE
    )
    offset = NumberField(gettext_lazy("offset: enter a number."), at_most=99_999_999, default=0)
    bbox = BboxField(gettext_lazy("bbox: enter four numbers in degrees: west, south, east, north."), may_be_flat=True)
    road_name = forms.CharField(required=False)

    def clean_road_name(self):
        return tidy(self.cleaned_data["road_name"])[:150]


def open_to_all(view):
    @login_not_required
    @require_safe
    @wraps(view)
    def answer(request, **url_values):
        try:
            response = JsonResponse(view(request, **url_values))
            patch_cache_control(response, public=True, max_age=SECONDS)
        except QueryError as error:
            response = JsonResponse({"errors": list(error.faults)}, status=error.status)
        return response

    return answer


@open_to_all
def discovery(request: HttpRequest) -> dict:
    """Return the Open511 discovery document."""
    here = settings.SITE_URL + reverse("open511")
    return {
        "meta": {"version": "v1"},
        "jurisdictions": [{"id": open511.jurisdiction(), "name": city.current().name, "url": here}],
        "services": [{"service_type": "CAMERAS", "url": settings.SITE_URL + reverse("open511-cameras")}],
    }


@open_to_all
def cameras(request: HttpRequest) -> dict:
    """Return a page of the active cameras by code: `?limit=&offset=`, those of a road (`road_name`), in a box
    (`bbox`).
    """
    query = CamerasForm(request.GET).read()
    rows = open511.with_views()
    if query["road_name"]:
        rows = rows.filter(road__iexact=query["road_name"])
    if query["bbox"]:
        rows = rows.filter(place__intersects=query["bbox"])
    limit, offset = query["limit"], query["offset"]
    page = list(rows[offset : offset + limit + 1])
    return {
        "meta": {"version": "v1"},
        "cameras": open511.cameras_as_open511(page[:limit], access.public_stills_of(page[:limit])),
        "pagination": {"offset": offset} | ({"next_url": page_url(request, offset + limit)} if page[limit:] else {}),
    }


@open_to_all
def camera(request: HttpRequest, code: str) -> dict:
    row = get_object_or_404(open511.with_views(), code=code)
    return {"meta": {"version": "v1"}, "cameras": open511.cameras_as_open511([row], access.public_stills_of([row]))}


@open_to_all
def geojson(request: HttpRequest) -> dict:
    rows = list(open511.with_views())
    return open511.as_geojson(rows, access.public_stills_of(rows))


def page_url(request, offset):
    parameters = request.GET.copy()
    parameters["offset"] = offset
    return f"{settings.SITE_URL}{request.path}?{parameters.urlencode()}"
