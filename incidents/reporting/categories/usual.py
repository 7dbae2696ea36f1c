"""Propose categories at a place by the text and by frequent reports there."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.gis.geos import Point

from gis_data.addresses import geocode
from incidents.models import Category
from incidents.models.incident import IncidentQuerySet
from incidents.reporting.categories import suggest_categories

PROPOSED = 3
NEAR_M = 200  # metres
NEAR_FOR, AREA_FOR = timedelta(days=180), timedelta(days=90)
AT_MOST = 300  # of each, the newest: enough to tell what is usual
NEAR_WEIGHT = 3  # one close by says as much as so many anywhere in the ward
USUAL_WEIGHT = 0.5  # less than one: what is usual never comes before the kind that the words mean most


def count_usual_kinds(incidents: IncidentQuerySet, place: Point, *, area: int, moment: datetime) -> Counter[int]:
    """{category key: weight} of incidents reported close to a place and in its area.

    `place`: EPSG:4326; `area`: key of its ward. At most `AT_MOST` incidents of each are read.
    """
    circle = place.buffer(geocode.degrees_of_metres(NEAR_M, place.y))
    newest = incidents.order_by("-received_at").values_list("category", flat=True)
    near = newest.filter(place__intersects=circle, received_at__gt=moment - NEAR_FOR)[:AT_MOST]
    around = newest.filter(area=area, received_at__gt=moment - AREA_FOR)[:AT_MOST]
    weights = Counter(around)
    for category in near:
        weights[category] += NEAR_WEIGHT
    return weights


def propose_categories(words: str, usual: Counter[int], categories: Iterable[Category]) -> list[Category]:
    """At most three categories: those of the text first, then frequent ones at the place.

    `categories`: those that can be reported there. Empty without text and without earlier reports.
    """
    offered = list(categories)
    total = sum(usual.values()) or 1
    scores = {category: USUAL_WEIGHT * usual[category.pk] / total for category in offered}
    for rank, category in enumerate(suggest_categories(words, offered)):
        scores[category] += 1 / (rank + 1)
    best = sorted(
        (option for option in offered if scores[option]),
        key=lambda option: scores[option],
        reverse=True,
    )
    return best[:PROPOSED]
