"""Count the open incidents of each ward of today."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.utils.timezone import localdate

from cameras.wall.attention import Filters
from gis_data import city
from gis_data.alphabet import alphabet_key, in_alphabet
from gis_data.models import Area, Edition
from incidents.models import Incident
from incidents.models.incident import IncidentQuerySet


@dataclass(frozen=True)
class WardCount:
    """A ward, its number of open incidents, and how many of these are overdue."""

    area: Area
    open: int = 0
    late: int = 0


def areas_of_today() -> QuerySet[Area]:
    edition = Edition.objects.filter(city=city.current()).on(localdate()).order_by("-level").first()
    return Area.objects.filter(edition=edition).defer("shape", "outline").order_by(in_alphabet("name"), "code")


def count_open(incidents: IncidentQuerySet, filters: Filters, at: datetime) -> list[WardCount]:
    """Return every ward of today with its open ones among these incidents, the fullest first; `filters` narrow them."""
    late = Count("pk", filter=Q(state__in=Incident.RUNNING, due_at__lt=at))
    rows = filters.among(incidents.open()).order_by().values("area").annotate(open=Count("pk"), late=late)
    counts = {row.pop("area"): row for row in rows}
    wards = [WardCount(area, **counts.get(area.pk, {})) for area in areas_of_today()]
    return sorted(wards, key=lambda count: (-count.open, alphabet_key(count.area.name), count.area.code))
