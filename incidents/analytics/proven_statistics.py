"""Count the proven incidents of /stats/ by area and group of fields, by the rules of `sql/statistics_placed.sql`."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from django.db import connection
from django.db.models import Case, Count, F, Q, QuerySet, Value, When

from geoapp.web import periods
from gis_data.models import Area, Edition
from incidents.analytics.former_districts import former_districts
from incidents.models import Incident, Proof
from incidents.sql import named_query, statement

ProvenCounts = Counter[tuple[int | None, str | None, int | None]]  # by (in_area, in_district, key of the group)
COLUMNS = ("id", "area_id", "state", "received_at", "due_at", "closed_at", "group_id")


class Days(Protocol):
    """Days on which one edition counts: a `statistics.Segment`."""

    @property
    def edition(self) -> Edition | None: ...
    @property
    def first(self) -> date: ...
    @property
    def last(self) -> date: ...
    @property
    def former(self) -> bool: ...


def count_each(incidents: QuerySet[Incident], params: Mapping[str, Any]) -> ProvenCounts:
    """Count proven incidents one by one where each lies by the law of its day. `params`: those of the statement."""
    rows = incidents.order_by().values(*COLUMNS[:-1], group_id=F("category__parent_id"))
    return place_each(rows, params)


def place_each(rows, params):
    inner, values = named_query(rows, "of")
    text = statement("statistics_placed", incidents=inner) + statement("statistics_proven")
    with connection.cursor() as cursor:
        cursor.execute("WITH " + text, {**params, **values})
        return Counter({tuple(place): number for *place, number in cursor.fetchall()})


def count_kept(
    reported: QuerySet[Proof], segments: Sequence[Days], *, groups: Mapping[int, int | None], params: Mapping[str, Any]
) -> ProvenCounts:
    """Count proofs by their own columns. Those whose area is not of the law of their day are placed one by one.

    `groups`: key of the group by key of the category. No join: a year of proofs is read by one index.
    """
    days = [reported_in(segment) for segment in segments]
    districts_of = {
        n: former_districts(part.edition) for n, part in enumerate(segments) if part.former and part.edition
    }
    number_of_segment = Case(*(When(inside, then=Value(number)) for number, inside in enumerate(days)))
    rows = reported.values_list(number_of_segment, "area", "category").annotate(proven=Count("pk"))
    rows = list(rows)
    editions = dict(Area.objects.filter(pk__in={area for _n, area, *_more in rows}).values_list("pk", "edition"))
    counts: ProvenCounts = Counter()
    elsewhere = defaultdict(set)
    for number, area, category, proven in rows:
        segment = segments[number]
        if segment.edition is None or segment.edition.pk != editions[area]:
            elsewhere[number].add(area)
        elif segment.former:
            counts[None, districts_of[number].get(area), groups[category]] += proven
        else:
            counts[area, None, groups[category]] += proven
    if elsewhere:
        outside = Q()
        for number, areas in elsewhere.items():
            outside |= days[number] & Q(area__in=areas)
        counts += place_each(as_incidents(reported.filter(outside)), params)
    return counts


def reported_in(segment):
    start, end = periods.midnights(segment.first, segment.last)
    return Q(received_at__gte=start, received_at__lt=end)


def as_incidents(proofs):
    """Return rows of proofs with the columns of an incident that was done."""
    same: dict[str, Any] = {"due_at": F("received_at"), "closed_at": F("received_at")}
    same |= {"id": F("incident"), "state": Value(Incident.State.RESOLVED), "group_id": F("category__parent")}
    return proofs.values("area_id", "received_at", **same)
