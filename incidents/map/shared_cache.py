"""Label tiles for shared caches: how long they may be cached, and the keys by which they are purged.

A tile has the key of its square, of its own zoom or, deeper, of DEEPEST_KEY; an incident changes the tiles with the
keys of its place. See docs/adr/0036 and deploy/cache.
"""

from django.http import HttpResponse

from gis_data.services.tiles import tile_of
from incidents.map.public_map import MapFilters

DEEPEST_KEY = 16  # a square of 600 m
ALL_TILES = "tiles"
STATIC = "static"  # deploy/cache gives it to static files
KEPT_S = 300  # by the shared cache, which is told of changes; whoever is not told goes by Cache-Control


def key_of_tile(z: int, x: int, y: int) -> str:
    above = max(z - DEEPEST_KEY, 0)
    return f"t{z - above}/{x >> above}/{y >> above}"


def keys_of_place(lon: float, lat: float) -> set[str]:
    """Return the keys of all tiles in which a place (EPSG:4326) lies."""
    return {key_of_tile(z, *tile_of(lon, lat, z)) for z in range(DEEPEST_KEY + 1)}


def label_tile(response: HttpResponse, tile: tuple[int, int, int], filters: MapFilters) -> HttpResponse:
    """Set on the response the keys of the tile (z, x, y), and how long purgeable caches may store it."""
    response["Surrogate-Key"] = f"{ALL_TILES} {key_of_tile(*tile)}"
    if not filters.change_unannounced:
        response["Surrogate-Control"] = f"max-age={KEPT_S}"
    return response
