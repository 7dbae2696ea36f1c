"""What everybody may see on the map: which incidents, as tiles of points and clusters, and as a list."""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.geos import Polygon
from django.db import connection
from django.db.models import Case, Count, Exists, F, FloatField, Func, OuterRef, Prefetch, Q, Value, When
from django.http import QueryDict
from django.utils.timezone import now
from django.utils.translation import gettext_lazy

from geoapp.query_parameters import BboxField, NumberField, OneOfField, QueryForm, TextField
from gis_data.models import Area
from gis_data.services import tiles
from incidents import access
from incidents.models import Category, Incident, Photo
from incidents.models.incident import IncidentQuerySet
from incidents.sql import statement

GRID = 8  # squares along a side of a tile: of 64 pixels where a tile is drawn with 512
MAX_LOOSE_POINTS = 3  # in a square: they are points
ALL_POINTS_FROM = 16  # from this zoom of a tile on every incident is a point …
POINTS_AT_MOST = 400  # … unless that were more than a person and a telephone can take in
ROWS = 30
EVERYBODY = AnonymousUser()

S = Incident.State
# What the chips of the page ask for.
STATES: dict[str, set] = {
    "open": set(Incident.OPEN),
    "new": set(Incident.UNACCEPTED),
    "working": {*Incident.IN_HAND, S.WAITING},
    "resolved": set(Incident.DONE),
    "all": set(S),
    **{state: {state} for state in S if state not in ("working", "resolved")},
}
DAYS = (7, 30, 0)


CODE_WANTED = gettext_lazy("category, area: a code is wanted.")


class FiltersForm(QueryForm):
    """Which incidents a person wants to see, and in which part of the map."""

    state = OneOfField(
        [*STATES, "late"],
        gettext_lazy("state: one of %(these)s is wanted."),
        params={"these": ", ".join(STATES)},
        default="open",
    )
    late = OneOfField(("0", "1"), gettext_lazy("late: 1 or 0 is wanted."), default="0")
    days = NumberField(gettext_lazy("days: a number of days is wanted, 0 for all."), at_most=99_999, default=30)
    category = TextField(CODE_WANTED, at_most=20)
    area = TextField(CODE_WANTED, at_most=20)


BBOX = BboxField(
    gettext_lazy("bbox: four numbers are wanted: west,south,east,north."),
    out_of_range=gettext_lazy("bbox: west,south,east,north in degrees, west before east and south before north."),
)


@dataclass(frozen=True)
class MapFilters:
    """What a person wants to see; read from the parameters of an address by `MapFilters.from_parameters`."""

    state: str = "open"
    late: bool = False
    category: str = ""
    days: int = 30  # reported in the last so many days; 0: ever
    area: str = ""

    @classmethod
    def from_parameters(cls, asked: QueryDict) -> "MapFilters":
        """From `state`, `late`, `category`, `days` and `area` of a QueryDict. Raises QueryError."""
        given = FiltersForm(asked).read()
        late = given["late"] == "1" or given["state"] == "late"
        state = "open" if given["state"] == "late" else given["state"]
        return cls(state, late, given["category"], given["days"], given["area"])

    @property
    def chip(self) -> str:
        """The chip that is pressed."""
        return "late" if self.late else self.state

    def apply(self, incidents: IncidentQuerySet, at: datetime | None = None) -> IncidentQuerySet:
        """Those of the incidents that are wanted."""
        at = at or now()
        incidents = incidents.filter(state__in=STATES[self.state])
        if self.late:
            incidents = incidents.overdue(at)
        if self.category:
            wanted = Category.objects.filter(Q(code=self.category) | Q(parent__code=self.category))
            incidents = incidents.filter(category__in=wanted.values("pk"))
        if self.days:
            incidents = incidents.filter(received_at__gte=at - timedelta(days=self.days))
        if self.area:
            named = Area.objects.filter(code=self.area).values_list("pk", flat=True)
            incidents = incidents.filter(area__in=Area.objects.within(named).values("pk"))
        return incidents


def published_incidents() -> IncidentQuerySet:
    """The incidents that everybody may see, whoever asks: so that tiles and lists can be cached by anybody."""
    return access.incidents_for(EVERYBODY).filter(category__restricted=False)


def tile_box(z: int, x: int, y: int) -> Polygon:
    """The box (EPSG:4326) of a tile. Raises gis_data.tiles.NoSuchTile."""
    tiles.check(z, x, y)
    n = 2**z
    north, south = (math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / n)))) for row in (y, y + 1))
    box = Polygon.from_bbox((x / n * 360 - 180, south, (x + 1) / n * 360 - 180, north))
    box.srid = 4326
    return box


def is_late_at(at: datetime) -> Q:
    return Q(state__in=Incident.RUNNING, due_at__lt=at)


class Coordinate(Func):
    """One coordinate of a point, without the detour by GEOS."""

    output_field = FloatField()


def incident_tile(z: int, x: int, y: int, filters: MapFilters, incidents: IncidentQuerySet | None = None) -> str:
    """The incidents of one tile as JSON text: of what everybody may see, or of these.

    `incidents`: reference, state, late, icon, reports, category and area in both languages, lon, lat. `clusters`: how
    many (n), the mix of states with the late ones apart, their middle (lon, lat) and bounds. Each incident is in one
    tile of a zoom only, once. Raises gis_data.tiles.NoSuchTile.
    """
    return render_tile("incident_tile", z, x, y, filters, published_incidents() if incidents is None else incidents)


def incident_vector_tile(z: int, x: int, y: int, filters: MapFilters) -> bytes:
    """The same for everybody as a Mapbox vector tile (bytes) of LAYERS; empty where there is nothing."""
    return bytes(render_tile("incident_vector_tile", z, x, y, filters, published_incidents()))


LAYERS = {
    "incidents": dict.fromkeys(
        ("reference", "state", "category", "category_name", "category_name_en", "area"), "String"
    ) | {"late": "Boolean", "reports": "Number"},
    "clusters": dict.fromkeys(("n", "late", *S), "Number"),
}  # fmt: skip


def render_tile(form, z, x, y, filters, incidents):
    """A tile of these incidents in one of the two forms, which are named after the files that write them."""
    box, at = tile_box(z, x, y), now()
    rows = (
        filters.apply(incidents, at)
        .filter(place__bboverlaps=box)
        .order_by()
        .values(
            "id",
            lon=Coordinate("place", function="ST_X"),
            lat=Coordinate("place", function="ST_Y"),
            mark=Case(When(is_late_at(at), then=Value("late")), default=F("state")),
        )
    )
    inner, params = rows.query.sql_with_params()
    points = POINTS_AT_MOST if z >= ALL_POINTS_FROM else 0
    with connection.cursor() as cursor:
        query = statement("incident_squares").replace("{incidents}", inner, 1) + statement(form)
        cursor.execute(query, [z, x, y, GRID, MAX_LOOSE_POINTS, points, *params])
        return cursor.fetchone()[0]


@dataclass(frozen=True)
class MapSection:
    """The newest incidents of a part of the map, and how many there are for each chip."""

    rows: list
    counts: dict
    total: int


def section_in_view(box: Polygon | None, filters: MapFilters) -> MapSection:
    """What lies in the box (EPSG:4326, None: everywhere) and is wanted, newest first."""
    at = now()
    there = published_incidents().filter(place__bboverlaps=box) if box else published_incidents()
    counts = {
        "open": Count("pk", filter=Q(state__in=STATES["open"])),
        "late": Count("pk", filter=is_late_at(at)),
        "new": Count("pk", filter=Q(state__in=STATES["new"])),
        "working": Count("pk", filter=Q(state__in=STATES["working"])),
        "resolved": Count("pk", filter=Q(state__in=STATES["resolved"])),
        "all": Count("pk"),
    }
    counted = replace(filters, state="all", late=False).apply(there, at).aggregate(**counts)
    rows = with_pictures(filters.apply(there, at).order_by("-received_at", "-pk"))[:ROWS]
    plain = filters.state == "open" if filters.late else filters.state in counted
    total = counted[filters.chip] if plain else filters.apply(there, at).count()
    return MapSection(list(rows), counted, total)


def with_pictures(incidents):
    """Joined with what a row shows: `shown` are the photos that everybody may see, `photo_waits`: one will be."""
    pictures = access.photos_for(EVERYBODY).order_by("pk")
    waiting = Photo.objects.filter(incident=OuterRef("pk"), public=True).exclude(masking=Photo.Masking.DONE)
    rows = incidents.with_pages().annotate(photo_waits=Exists(waiting))
    return rows.prefetch_related(Prefetch("photos", pictures, to_attr="shown"))


def rows_with_reference(reference: str) -> list[Incident]:
    """The one published incident of this reference, for its row; none if there is none."""
    return list(with_pictures(published_incidents().filter(reference=reference)))
