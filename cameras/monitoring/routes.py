"""Order the stops of a drive to several places. Values in, values out."""

from collections.abc import Sequence
from itertools import pairwise

from django.contrib.gis.geos import Point
from pyproj import Geod

EARTH = Geod(ellps="WGS84")


def distance_m(start: Point, end: Point) -> float:
    """Return the metres on the ellipsoid between two places (EPSG:4326)."""
    _there, _back, metres = EARTH.inv(start.x, start.y, end.x, end.y)
    return float(metres)


def order_stops(places: Sequence[Point]) -> list[int]:
    """Return the indices of these places (EPSG:4326) in driving order: from the first one always to the nearest of the
    rest.
    """
    rest = list(range(len(places)))
    order = rest[:1]
    rest = rest[1:]
    while rest:
        here = places[order[-1]]
        nearest = min(rest, key=lambda index: (distance_m(here, places[index]), index))
        rest.remove(nearest)
        order.append(nearest)
    return order


def length_m(places: Sequence[Point]) -> float:
    """Return the metres from the first place over all others to the last, in straight lines."""
    return sum(distance_m(start, end) for start, end in pairwise(places))
