"""The published incidents in a box by their keys: the open ones from their index, those that have ended from memory.

To find them in the table takes a look at a page of it for nearly each: for the 25,000 of 500 m of a city's centre
100 ms of a processor.
"""

import numpy as np
from django.db.models.expressions import RawSQL
from django.utils.timezone import now

from incidents.aggregates import boxes, columns, places
from incidents.map.public_map import Coordinate, MapFilters, open_ones, published_incidents
from incidents.models import Category, MapSpot
from incidents.sql import named_query, statement

EVERYTHING = MapFilters(state="all", days=0)


def keys_in_box(west: float, south: float, east: float, north: float) -> np.ndarray | None:
    """The keys of all published incidents in a box (EPSG:4326) with its edges, at one moment, in no order.

    None where the memory of this process does not hold all that have ended, or not yet.
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
    of_range = in_box(open_ones(EVERYTHING, now()), box).order_by().alias(spot=MapSpot("place"))
    of_range = of_range.filter(spot__gte=RawSQL("range.first", []), spot__lt=RawSQL("range.last", []))
    query, params = named_query(of_range.values("id"), "open")
    params |= {"range_firsts": [first for first, _last in spots], "range_lasts": [last for _first, last in spots]}
    return columns.KeysQuery(statement("open_in_ranges", open=query), params)


def in_box(incidents, box):
    """Those in the box, by their coordinates: the index of places would lead to the rows."""
    with_coordinates = incidents.alias(
        lon=Coordinate("place", function="ST_X"), lat=Coordinate("place", function="ST_Y")
    )
    return with_coordinates.filter(lon__range=(box.west, box.east), lat__range=(box.south, box.north))
