"""Store in bulk in which area of an edition each incident lies."""

from collections.abc import Callable

from django.db import transaction
from django.db.models import Max, Min

from gis_data.addresses.geocode import BORDER
from gis_data.models import Edition
from incidents import sql
from incidents.models import Incident, PlacedMonth, Placement

BATCH_SIZE = 100_000  # keys of incidents placed in one transaction: two seconds, and no look-up waits


def place_incidents(
    edition: Edition, say: Callable[..., object] = lambda step, done, of: None, batch: int = BATCH_SIZE
) -> int:
    """Store the area of each incident in the edition (Placement), open or closed; returns how many were placed.

    By the rule of `geocode.locate`. Incidents of the edition's own areas, those placed before and those outside every
    area are left out, so that it can be stopped at any point and resumed. Each batch is a transaction.
    """
    keys = Incident.objects.aggregate(first=Min("pk"), last=Max("pk"))
    first, last = keys["first"] or 0, keys["last"] or -1
    count = 0
    for low in range(first, last + 1, batch):
        say("place", low - first, last + 1 - first)
        # The planner must know how many are placed: a table that was empty a moment ago is read through for each row.
        sql.execute("analyze_placing")
        with transaction.atomic():
            sql.execute("gather", edition=edition.pk, low=low, high=low + batch)
            count += place_gathered(edition)
            sql.execute("keep_places", edition=edition.pk)
    sql.execute("analyze_places")
    say("place", last + 1 - first, last + 1 - first)
    return count


def place_gathered(edition: Edition) -> int:
    sql.execute("place_all", edition=edition.pk, metres=BORDER)
    return sql.execute("placed")[0][0]


def delete_placements(edition: Edition) -> None:
    places = Placement.objects.filter(edition=edition)
    places._raw_delete(places.db)
    PlacedMonth.objects.filter(edition_id=edition.pk).delete()
