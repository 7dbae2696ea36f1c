"""Serve areas as Mapbox vector tiles and TileJSON."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import condition

from geoapp.http.http_methods import require_safe
from geoapp.http.query_parameters import DayField, OneOfField, QueryError, QueryForm
from gis_data.services import open_data, tiles
from gis_data.views.places import MINUTES, YEAR

DEEP = 16  # from here on a map draws the tile of this zoom larger


class AreaTileForm(QueryForm):
    """Day and level of the areas."""

    at = DayField(gettext_lazy("at: must be a day like 2025-07-01."))
    level = OneOfField(tiles.LEVELS, gettext_lazy("level: must be one of %(these)s."))


def read_day_and_level(request):
    wanted = AreaTileForm(request.GET).read()
    return wanted["at"], tiles.LEVELS.get(wanted["level"])


@login_not_required
@require_safe
def areas(request, z, x, y):
    """`/tiles/areas/{z}/{x}/{y}.mvt?at=DATE&level=ward`. With `v`, cached for ever."""
    try:
        tiles.check(z, x, y)
        day, level = read_day_and_level(request)
    except tiles.NoSuchTile:
        raise Http404 from None
    except QueryError as error:
        return refusal_response(error)
    version = tiles.version(day, level)
    response = condition(etag_func=lambda *_: quote_etag(version))(
        lambda request: vector_tile_response(tiles.area_vector_tile(z, x, y, day, level))
    )(request)
    lasting = version and request.GET.get("v") == version
    response["Cache-Control"] = f"public, max-age={YEAR}, immutable" if lasting else f"public, max-age={MINUTES}"
    return response


def vector_tile_response(content: bytes) -> HttpResponse:
    """Return a tile; an empty one is 204, as some map libraries reject an empty 200."""
    return HttpResponse(content, content_type=tiles.MVT) if content else HttpResponse(status=204)


def refusal_response(error):
    return JsonResponse({"error": str(error)}, status=400, json_dumps_params={"ensure_ascii": False})


def tilejson_response(request: HttpRequest, document: dict[str, Any]) -> HttpResponse:
    answer = JsonResponse(document, json_dumps_params={"ensure_ascii": False})
    answer["Cache-Control"] = f"public, max-age={MINUTES}"
    answer["Vary"] = "Accept-Encoding, Cookie"
    return answer


def tile_address(request: HttpRequest, name: str, query: Mapping[str, str]) -> str:
    path = request.build_absolute_uri(reverse(name, args=(1, 2, 3))).replace("1/2/3.", "{z}/{x}/{y}.")
    return f"{path}?{urlencode(query)}" if query else path


@login_not_required
@require_safe
def areas_tilejson(request):
    try:
        day, level = read_day_and_level(request)
    except QueryError as error:
        return refusal_response(error)
    query = {name: request.GET[name] for name in ("at", "level") if request.GET.get(name)}
    return tilejson_response(
        request,
        tiles.tilejson_document(
            _("Areas"),
            str(open_data.registered["areas"].description),
            " · ".join(open_data.attribution()),
            tile_address(request, "area-mvt", query | {"v": tiles.version(day, level)}),
            {layer: dict.fromkeys(fields, "String") for layer, fields in tiles.AREA_LAYERS.items()},
            maxzoom=DEEP,
        ),
    )
