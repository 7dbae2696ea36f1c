"""Find the keys of published incidents in a box: open ones by their index, ended ones from memory.

The table would be read a page for nearly each: for the 25,000 in 500 m of a city centre 100 ms of a processor.
"""

import numpy as np
from django.db.models.expressions import RawSQL
from django.utils.timezone import now

from incidents.aggregates import boxes, columns, places
from incidents.map.public_map import Coordinate, MapFilters, public_open_incidents, published_incidents
from incidents.models import Category, MapSpot
from incidents.sql import named_query, statement

EVERYTHING = MapFilters(state="all", days=0)


def keys_in_box(west: float, south: float, east: float, north: float) -> np.ndarray | None:
    """Return the keys of all published incidents in a box (EPSG:4326) with its edges, at one moment, unordered.

    None if this process's memory does not hold all ended ones, or not yet.
    """
    if not boxes.are_months_at_hand():
        return None
    box = places.Bounds(west, south, east, north)
    restricted = Category.objects.filter(restricted=True).values_list("pk", flat=True)
    spots = boxes.spots_of_box(box)
    ended, running = boxes.read_keys_in_box(box, list(restricted), spots=spots, beside=open_query(box, spots))
    keys = [ended.inside, np.array(running, dtype=np.int64)]
    if len(ended.at_edges):
        at_edges = in_box(published_incidents().filter(pk__in=ended.at_edges.tolist()), box)
        keys.append(np.array(at_edges.values_list("pk", flat=True), dtype=np.int64))
    return np.concatenate(keys)


def open_query(box, spots):
    of_range = in_box(public_open_incidents(EVERYTHING, now()), box).order_by().alias(spot=MapSpot("place"))
    of_range = of_range.filter(spot__gte=RawSQL("range.first", []), spot__lt=RawSQL("range.last", []))
    query, params = named_query(of_range.values("id"), "open")
    params |= {"range_firsts": [first for first, _last in spots], "range_lasts": [last for _first, last in spots]}
    return columns.KeysQuery(statement("open_in_ranges", open=query), params)


def in_box(incidents, box):
    """Keep those in the box by their coordinates: the index of places would lead to the rows."""
    with_coordinates = incidents.alias(
        lon=Coordinate("place", function="ST_X"), lat=Coordinate("place", function="ST_Y")
    )
    return with_coordinates.filter(lon__range=(box.west, box.east), lat__range=(box.south, box.north))
