"""Count the public incidents of each area, and those that are late or were done late."""

from dataclasses import dataclass

from django.db.models import Count, F, Q
from django.utils.timezone import localdate, now

from gis_data.alphabet import in_alphabet
from gis_data.models import Area, Edition
from incidents.aggregates import places
from incidents.map import public_map
from incidents.map.public_map import MapFilters
from incidents.models import Incident

SMALL_SAMPLE = 20  # of fewer incidents no share is told, and no colour shown


@dataclass(frozen=True)
class AreaCount:
    """The figures of an area; without an area, of incidents in areas no longer in force."""

    area: Area | None
    n: int = 0
    late: int = 0

    @property
    def is_telling(self) -> bool:
        return self.n >= SMALL_SAMPLE

    @property
    def share(self) -> float | None:
        return 100 * self.late / self.n if self.is_telling else None


def count_areas(filters: MapFilters) -> list[AreaCount]:
    """Return the figures of each area in force today, and of the others together at the end.

    Ended incidents are counted from packed months if these can answer, else one by one.
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
    running = public_map.public_open_incidents(filters, at) if filters.wants(Incident.OPEN) else Incident.objects.none()
    return count_each(running, public_map.is_late_at(at))


def count_ended(filters):
    if not filters.wants(Incident.ENDED):
        return {}
    if filters.days or filters.words:
        done_late = Q(state__in=Incident.DONE, closed_at__gt=F("due_at"))
        return count_each(public_map.public_ended_incidents(filters, now()), done_late)
    return places.count_by_area(public_map.places_query(filters))


def count_each(incidents, late):
    rows = incidents.order_by().values("area_id").annotate(n=Count("pk"), late=Count("pk", filter=late))
    return {row["area_id"]: (row["n"], row["late"]) for row in rows}
