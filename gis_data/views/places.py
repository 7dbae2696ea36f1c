"""Tiles, outlines and look-ups of places: open data, for our own pages and for other systems."""

from functools import lru_cache

from django.contrib.auth.decorators import login_not_required
from django.contrib.gis.db.models.functions import Envelope
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.http import quote_etag
from django.utils.timezone import localdate
from django.views.decorators.http import condition

from geoapp.http import rate_limits
from geoapp.http.methods import require_safe
from gis_data.addresses import geocode
from gis_data.models import Area
from gis_data.services import tiles

YEAR, MINUTES = 31_536_000, 300


def cached_by_edition(view):
    """An answer that holds as long as the boundaries do: `?v=` names them, and then it never has to be asked again."""

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
    """`/tiles/areas/{z}/{x}/{y}.json`: what the map draws by itself."""
    try:
        return HttpResponse(tiles.area_tile(z, x, y), content_type="application/json")
    except tiles.NoSuchTile:
        raise Http404 from None


@cached_by_edition
def area_outlines(request):
    """`/tiles/areas/outlines.json`: all areas at once, for whoever has no connection when a place is to be named."""
    return HttpResponse(outlines_of(tiles.version()), content_type="application/json")


@lru_cache(maxsize=2)
def outlines_of(version: str) -> str:
    """The outlines of the boundaries of this version, made once by each process."""
    return tiles.area_outlines()


@cached_by_edition
def area_shape(request, code):
    """`/areas/CODE.json`: one area in force today, with its names and its boundary as GeoJSON."""
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
    """Longitude and latitude, to a tenth of a metre."""
    return [round(point.x, 6), round(point.y, 6)]


@rate_limits.limit_requests("search")
@login_not_required
@require_safe
def search(request):
    """`/areas/search/?q=`: areas in force and streets of such names, best first, and where they lie."""
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
