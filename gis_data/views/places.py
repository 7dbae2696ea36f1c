"""Serve tiles, outlines and look-ups of places as open data."""

from functools import lru_cache

from django.contrib.auth.decorators import login_not_required
from django.contrib.gis.db.models.functions import Envelope
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.http import quote_etag
from django.utils.timezone import localdate
from django.views.decorators.http import condition

from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from gis_data.addresses import geocode
from gis_data.models import Area
from gis_data.services import tiles

YEAR, MINUTES = 31_536_000, 300


def cached_by_edition(view):
    """Cache a response until the boundaries change; with `?v=`, for ever."""

    @login_not_required
    @require_safe
    def answer(request, **url_parts):
        version = tiles.version()
        response = condition(etag_func=lambda *_, **__: quote_etag(version))(view)(request, **url_parts)
        lasting = version and request.GET.get("v") == version
        response["Cache-Control"] = f"public, max-age={YEAR}, immutable" if lasting else f"public, max-age={MINUTES}"
        return response

    return answer


@cached_by_edition
def area_tile(request, z, x, y):
    try:
        return HttpResponse(tiles.area_tile(z, x, y), content_type="application/json")
    except tiles.NoSuchTile:
        raise Http404 from None


@cached_by_edition
def area_outlines(request):
    """`/tiles/areas/outlines.json`: all areas at once, for offline use."""
    return HttpResponse(outlines_of(tiles.version()), content_type="application/json")


@lru_cache(maxsize=2)
def outlines_of(version: str) -> str:
    return tiles.area_outlines()


@cached_by_edition
def area_shape(request, code):
    area = get_object_or_404(Area.objects.on(localdate()).order_by("-level").filter(code=code)[:1])
    west, south, east, north = area.shape.extent
    shape = area.shape.json
    head = JsonResponse(
        {
            "code": area.code,
            "name": area.name,
            "title": {"vi": area.full_name, "en": area.full_name_en or area.full_name},
            "label": lon_lat(area.label_point),
            "bounds": [west, south, east, north],
        }
    ).content.decode()
    return HttpResponse(f'{head[:-1]}, "shape": {shape}}}', content_type="application/json")


def lon_lat(point):
    return [round(point.x, 6), round(point.y, 6)]


@rate_limits.limit_requests("search")
@login_not_required
@require_safe
def search(request):
    """`/areas/search/?q=`: areas in force and streets by name, best first, with their place."""
    words = request.GET.get("q", "")
    areas = geocode.find_areas(words)
    boxes = dict(Area.objects.filter(pk__in=[area.pk for area in areas]).values_list("pk", Envelope("outline")))
    return JsonResponse(
        {
            "areas": [
                {
                    "code": area.code,
                    "title": area.title,
                    "label": lon_lat(area.label_point),
                    "bounds": boxes[area.pk].extent,
                }
                for area in areas
            ],
            "streets": [{"title": name, "bounds": bounds} for name, bounds in geocode.find_streets(words)],
        }
    )
