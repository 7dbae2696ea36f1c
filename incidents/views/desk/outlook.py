"""Panels under the map of a desk: places with repeated incidents, and incidents that turn late at the present pace."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.timezone import localtime, now

from gis_data.addresses.geocode import NamedPlace
from gis_data.models import Area
from gis_data.sql import fetch_rows
from incidents import access
from incidents.models import Category, Incident
from incidents.models.incident import IncidentQuerySet
from incidents.page_access import SignedInRequest
from incidents.sql import statement
from incidents.views.desk import listing

REPEAT_DAYS = 30
REPEATS_MIN = 3  # times: fewer are chance
SHOWN = 4  # of each
PACE_DAYS = 14  # over which a unit's pace is measured
ROW_FIELDS = (
    "reference", "state", "due_at", "address", "near", "category__name", "category__name_en", "category__icon",
    "area__full_name", "area__full_name_en",
)  # fmt: skip
AHEAD = 400  # incidents of the queue that are read


@dataclass(frozen=True)
class RepeatingPlace:
    """A category reported repeatedly about one place (EPSG:4326)."""

    category: Category
    times: int
    address: str
    lon: float
    lat: float

    @property
    def title(self) -> str:
        return NamedPlace(self.address, False).title


def outlook_context(request: SignedInRequest) -> dict:
    at, posts = now(), access.posts_of(request.user)
    units = list(listing.desk_units(request.user, posts))
    list_query = listing.parse_list_query(request, units, [])
    keys = [list_query.unit.pk] if list_query.unit else [unit.pk for unit in units]
    areas = Area.objects.within(unit.area_id for unit in units if unit.pk in keys)
    own = Q(authority__in=keys)
    around = Q(area__in=areas.values("pk")) & ~Q(category__in=Category.objects.never_public().values("pk"))
    late = late_at_pace(access.incidents_for(request.user, "work", posts).filter(own), at)
    return {
        "repeats": repeating_places(Incident.objects.filter(own | around).counted(), at),
        "repeat_days": REPEAT_DAYS,
        "turning_late": late[:SHOWN],
        "turning_late_count": len(late),
    }


def repeating_places(incidents: IncidentQuerySet, at: datetime) -> list[RepeatingPlace]:
    recent = incidents.filter(received_at__gte=at - timedelta(days=REPEAT_DAYS)).order_by()
    rows, params = recent.values("category_id", "address", "place").query.sql_with_params()
    places = fetch_rows(statement("repeating_places", rows=rows), [*params, REPEATS_MIN, SHOWN])
    kinds = Category.objects.in_bulk([row[0] for row in places])
    return [RepeatingPlace(kinds[key], times, address, lon, lat) for key, times, address, lon, lat in places]


def late_at_pace(incidents: IncidentQuerySet, at: datetime) -> list[Incident]:
    """Returns the incidents due this week that turn late at the pace of the last two weeks, nearest deadline first.

    Assumes that as many are resolved per day as before, in the order of deadlines.
    """
    done = incidents.filter(state__in=Incident.DONE, closed_at__gte=at - timedelta(days=PACE_DAYS)).count()
    midnight = localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight + timedelta(days=7 - midnight.weekday())
    queue = incidents.filter(state__in=Incident.RUNNING, closed_at=None).order_by("due_at", "pk")
    rows = list(queue.select_related("category", "area").only(*ROW_FIELDS)[:AHEAD])
    return [
        row
        for place, row in enumerate(rows, 1)
        if at <= row.due_at < monday and (done == 0 or at + timedelta(days=PACE_DAYS * place / done) > row.due_at)
    ]
