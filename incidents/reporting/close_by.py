"""Find the open incidents near a place, one of which a report may be about."""

from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point
from django.contrib.gis.measure import D

from gis_data.addresses import geocode
from incidents.models import Category
from incidents.models.incident import IncidentQuerySet

CLOSE_BY_M = 60.0  # metres in which an open incident of the same field may be the same one


def incidents_close_by(
    incidents: IncidentQuerySet, category: Category, place: Point, *, metres: float = CLOSE_BY_M
) -> IncidentQuerySet:
    """Open incidents of the same group within 60 m, nearest first."""
    return open_incidents_around(incidents, place, metres=metres).filter(category__parent=category.parent_id)


def open_incidents_around(incidents: IncidentQuerySet, place: Point, *, metres: float) -> IncidentQuerySet:
    """Open incidents within so many metres of a place (EPSG:4326), nearest first, annotated with `distance`."""
    degrees = geocode.degrees_of_metres(metres, place.y)
    return (
        incidents.open()
        .filter(place__intersects=place.buffer(degrees))
        .annotate(distance=Distance("place", place))
        .filter(distance__lte=D(m=metres))
        .order_by("distance", "pk")
    )
