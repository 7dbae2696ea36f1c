"""Serve incidents as Mapbox vector tiles, with their TileJSON."""

import hashlib

from django.http import Http404
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import condition

from geoapp.db.connections import on_replica
from gis_data.services import open_data, tiles
from gis_data.views import vector_tiles
from incidents.map import public_map, shared_cache
from incidents.map.public_map import MapFilters
from incidents.views.public.city_map import CACHE_SECONDS, explain_invalid_query

FILTER_PARAMETERS = ("state", "late", "category", "days", "from", "to", "area", "authority", "photos", "words")


@explain_invalid_query
@on_replica()
def incident_tile(request, z, x, y):
    filters = MapFilters.from_parameters(request.GET)
    try:
        content = public_map.incident_vector_tile(z, x, y, filters)
    except tiles.NoSuchTile:
        raise Http404 from None
    etag = quote_etag(hashlib.sha256(content).hexdigest()[:20])
    answer = condition(etag_func=lambda _request: etag)(lambda _request: vector_tiles.vector_tile_response(content))(
        request
    )
    answer["Cache-Control"] = f"public, max-age={CACHE_SECONDS}"
    return shared_cache.label_tile(answer, (z, x, y), filters)


@explain_invalid_query
def incident_tilejson(request):
    """Returns `/tiles/incidents.json`; filters in the query are passed on to the tile addresses."""
    MapFilters.from_parameters(request.GET)
    query = {name: request.GET[name] for name in FILTER_PARAMETERS if request.GET.get(name)}
    return vector_tiles.tilejson_response(
        request,
        tiles.tilejson_document(
            _("Reported incidents"),
            str(open_data.registered["incidents"].description),
            " · ".join(open_data.attribution()),
            vector_tiles.tile_address(request, "incident-mvt", query),
            public_map.LAYERS,
            maxzoom=public_map.ALL_POINTS_FROM,
        ),
    )
