"""How many incidents everybody may see in each area, and how many of them are, or were done, too late."""

from dataclasses import dataclass

from django.db.models import Count, F, Q
from django.utils.timezone import localdate, now

from gis_data.alphabet import in_alphabet
from gis_data.models import Area, Edition
from incidents.aggregates import places
from incidents.map import public_map
from incidents.map.public_map import MapFilters
from incidents.models import Incident

SMALL_SAMPLE = 10  # of fewer incidents no share is told


@dataclass(frozen=True)
class AreaCount:
    """The figures of an area; without one, of what lies in areas that are no law any more."""

    area: Area | None
    n: int = 0
    late: int = 0

    @property
    def share(self) -> float | None:
        """The late ones in %, None where there are too few to say."""
        return 100 * self.late / self.n if self.n >= SMALL_SAMPLE else None


def count_areas(filters: MapFilters) -> list[AreaCount]:
    """What is wanted in each area that is the law today, the others together at the end.

    Those that have ended are counted from packed months where these know the answer, else one by one.
    """
    figures: dict[int, tuple[int, int]] = {}
    for counted in (count_open(filters), count_ended(filters)):
        for area, (n, late) in counted.items():
            before = figures.get(area, (0, 0))
            figures[area] = before[0] + n, before[1] + late
    law = Edition.objects.filter(in_force__contains=localdate()).order_by("-level").first()
    areas = filters.areas() if filters.area else Area.objects.all()
    counts = [
        AreaCount(area, *figures.pop(area.pk, (0, 0)))
        for area in areas.filter(edition=law).defer("shape", "outline").order_by(in_alphabet("name"), "code")
    ]
    if figures:
        counts.append(AreaCount(None, *(sum(some) for some in zip(*figures.values(), strict=True))))
    return counts


def count_open(filters):
    at = now()
    running = public_map.open_ones(filters, at) if filters.wants(Incident.OPEN) else Incident.objects.none()
    return count_each(running, public_map.is_late_at(at))


def count_ended(filters):
    if not filters.wants(Incident.ENDED):
        return {}
    if filters.days or filters.words:
        done_late = Q(state__in=Incident.DONE, closed_at__gt=F("due_at"))
        return count_each(public_map.ended_ones(filters, now()), done_late)
    return places.count_by_area(public_map.places_query(filters))


def count_each(incidents, late):
    rows = incidents.order_by().values("area_id").annotate(n=Count("pk"), late=Count("pk", filter=late))
    return {row["area_id"]: (row["n"], row["late"]) for row in rows}
