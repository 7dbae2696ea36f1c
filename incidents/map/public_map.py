"""Select the incidents that everybody may see, and return them as tiles of points and clusters and as a list."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.db.models import PointField
from django.contrib.gis.geos import Polygon
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import (
    BooleanField,
    Case,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.http import QueryDict
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geoapp.db import connections, planner
from geoapp.http.query_parameters import BboxField, NumberField, OneOfField, QueryForm, TextField
from geoapp.web import periods
from geoapp.web.periods import PeriodDayField
from gis_data.models import Area
from gis_data.services import tiles
from gis_data.sql import fill_holes
from gis_data.words import plain
from incidents import access
from incidents.aggregates import places, texts
from incidents.aggregates.squares import DEPTH, LEVELS, WORLD, bits_below, cover_box, level_for, spots_of_tile
from incidents.map.state_groups import GROUPS
from incidents.models import Authority, Category, Incident, MapSpot, Photo
from incidents.models.incident import IncidentQuerySet
from incidents.sql import named_query, statement

GRID_LEVELS = (
    3  # a tile is divided into the 8 × 8 squares of so many levels below: of 64 pixels where it is drawn with 512
)
MAX_LOOSE_POINTS = 3  # in a square: they are points
ALL_POINTS_FROM = 16  # from this zoom of a tile on every incident is a point …
POINTS_AT_MOST = 400  # … unless that were more than a person and a telephone can take in
ROWS = 30
EVERYBODY = AnonymousUser()

S = Incident.State
# What the chips of the page ask for.
STATES: dict[str, set] = {
    "open": set(Incident.OPEN),
    "all": set(S),
    **{state: {state} for state in S},
    **{group.code: set(group.states) for group in GROUPS},
}
DAYS = (7, 30, 0)


CODE_WANTED = gettext_lazy("category, area: enter a code.")


class FiltersForm(QueryForm):
    """Parameters of the map: filters of incidents, and the part of the map."""

    state = OneOfField(
        [*STATES, "late"],
        gettext_lazy("state: must be one of %(these)s."),
        params={"these": ", ".join(STATES)},
        default="open",
    )
    late = OneOfField(("0", "1"), gettext_lazy("late: enter 1 or 0."), default="0")
    days = NumberField(gettext_lazy("days: enter a number of days, 0 for all."), at_most=99_999, default=30)
    first = PeriodDayField()
    last = PeriodDayField()
    category = TextField(CODE_WANTED, at_most=20)
    area = TextField(CODE_WANTED, at_most=20)
    authority = TextField(gettext_lazy("authority: enter a code."), at_most=40)
    photos = OneOfField(("0", "1"), gettext_lazy("photos: enter 1 or 0."), default="0")
    words = TextField(gettext_lazy("words: use at most %(most)s characters."), at_most=100)

    names = {"first": "from", "last": "to"}

    def clean_last(self):
        first, last = self.cleaned_data.get("first"), self.cleaned_data["last"]
        if first and last and first > last:
            raise ValidationError(_("The first day is after the last one."))
        return last


BBOX = BboxField(
    gettext_lazy("bbox: enter four numbers: west,south,east,north."),
    out_of_range=gettext_lazy("bbox: west,south,east,north in degrees, west before east and south before north."),
)


@dataclass(frozen=True)
class MapFilters:
    """Filters of the map; read by `MapFilters.from_parameters`."""

    state: str = "open"
    late: bool = False
    category: str = ""
    days: int = 30  # reported in the last so many days; 0: ever
    area: str = ""
    first: date | None = None  # the days of the reports, both counted; then `days` is 0
    last: date | None = None
    authority: str = ""
    photos: bool = False  # only those of which everybody may see a photo
    words: str = ""  # each of them stands in what everybody may read of it, with or without diacritics

    @classmethod
    def from_parameters(cls, parameters: QueryDict) -> "MapFilters":
        """Read the parameters of FiltersForm from a QueryDict; `from` or `to` override `days`. Raises QueryError."""
        cleaned = FiltersForm(parameters).read()
        cleaned["late"] = cleaned["late"] == "1" or cleaned["state"] == "late"
        cleaned["state"] = "open" if cleaned["state"] == "late" else cleaned["state"]
        cleaned["photos"] = cleaned["photos"] == "1"
        cleaned["words"] = plain(cleaned["words"])
        if cleaned["first"] or cleaned["last"]:
            cleaned["days"] = 0
        return cls(**cleaned)

    @property
    def wants_more_than_sums(self) -> bool:
        return bool(self.first or self.last or self.authority or self.photos)

    @property
    def change_unannounced(self) -> bool:
        """Whether the filtered incidents can change without an event: by the clock, a photo or words."""
        return bool(self.days or self.late or self.photos or self.words or (self.first and not self.last))

    @property
    def chip(self) -> str:
        return "late" if self.late else self.state

    def apply(self, incidents: IncidentQuerySet, at: datetime | None = None) -> IncidentQuerySet:
        at = at or now()
        incidents = incidents.filter(state__in=STATES[self.state])
        if self.late:
            incidents = incidents.overdue(at)
        return self.apply_but_state(incidents, at)

    def apply_but_state(self, incidents: IncidentQuerySet, at: datetime) -> IncidentQuerySet:
        if self.category:
            incidents = incidents.filter(category__in=self.categories().values("pk"))
        incidents = incidents.filter(**self.period(at, "received_at"))
        if self.area:
            incidents = incidents.filter(area__in=self.areas().values("pk"))
        if self.authority:
            incidents = incidents.filter(authority__in=Authority.objects.filter(code=self.authority).values("pk"))
        if self.photos:
            incidents = incidents.filter(has_shown_photo=True)
        return incidents.matching_in_public(self.words, by_index=not connections.reads_replica())

    def period(self, at: datetime, field: str) -> dict[str, datetime]:
        if self.days:
            return {f"{field}__gte": at - timedelta(days=self.days)}
        since = {f"{field}__gte": periods.midnights(self.first, self.first)[0]} if self.first else {}
        until = {f"{field}__lt": periods.midnights(self.last, self.last)[1]} if self.last else {}
        return since | until

    def first_day(self, at: datetime) -> date:
        """The first day on which wanted ended incidents may have been received, or texts.ONLY_OPEN."""
        if not self.wants(Incident.ENDED):
            return texts.ONLY_OPEN
        first = (at - timedelta(days=self.days)).date() if self.days else self.first
        return max(first or texts.EVERYTHING, texts.EVERYTHING)

    def categories(self) -> QuerySet[Category]:
        wanted = Q(code=self.category) | Q(parent__code=self.category)
        return Category.objects.filter(wanted) if self.category else Category.objects.all()

    def areas(self) -> QuerySet[Area]:
        code = self.area
        return Area.objects.filter(Q(code=code) | Q(parent__code=code) | Q(parent__parent__code=code))

    def wants(self, states: Iterable[str]) -> list[str]:
        """Return which of these states are wanted; `late` excludes states whose clock does not run."""
        return sorted(STATES[self.state].intersection(Incident.RUNNING if self.late else S).intersection(states))


def published_incidents() -> IncidentQuerySet:
    """Return the incidents that everybody may see, whoever asks: so tiles and lists can be cached by anybody."""
    return access.incidents_for(EVERYBODY).exclude(category__in=Category.objects.filter(restricted=True).values("pk"))


def tile_box(z: int, x: int, y: int) -> Polygon:
    """Return the box (EPSG:4326) of a tile. Raises gis_data.tiles.NoSuchTile."""
    tiles.check(z, x, y)
    n = 2**z
    north, south = (math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / n)))) for row in (y, y + 1))
    box = Polygon.from_bbox((x / n * 360 - 180, south, (x + 1) / n * 360 - 180, north))
    box.srid = 4326
    return box


def is_late_at(at: datetime) -> Q:
    return Q(state__in=Incident.RUNNING, due_at__lt=at)


class Coordinate(Func):
    """One coordinate of a point, without loading it into GEOS."""

    output_field = FloatField()


def incident_tile(z: int, x: int, y: int, filters: MapFilters, incidents: IncidentQuerySet | None = None) -> str:
    """Return the incidents of one tile as JSON text: of public ones, or of these.

    `incidents`: reference, state, late, icon, reports, category and area in both languages, lon, lat. `clusters`: count
    (n), the mix of states with late ones apart, mean place (lon, lat) and bounds. Each incident is in one tile of a
    zoom only, once. Raises gis_data.tiles.NoSuchTile.
    """
    if incidents is None:
        return render_tile("incident_tile", public_tile(z, x, y, filters))
    return render_tile("incident_tile", tile_of_these(z, x, y, filters, incidents))


def incident_vector_tile(z: int, x: int, y: int, filters: MapFilters) -> bytes:
    return bytes(render_tile("incident_vector_tile", public_tile(z, x, y, filters)))


LAYERS = {
    "incidents": dict.fromkeys(
        ("reference", "state", "category", "category_name", "category_name_en", "area"), "String"
    ) | {"late": "Boolean", "reports": "Number"},
    "clusters": dict.fromkeys(("n", "late", *S), "Number"),
}  # fmt: skip


class TileQuery:
    """The statement of a tile: `sql/incident_squares.sql` with its parts filled in, and its parameters."""

    def __init__(self, z: int, x: int, y: int, levels: int = GRID_LEVELS):
        tiles.check(z, x, y)
        self.first, self.last = spots_of_tile(z, x, y)
        self.grid = places.TileGrid(z, x, y, levels)
        self.level = z + levels
        self.bits = bits_below(self.level)
        few_of_tile = POINTS_AT_MOST if z >= ALL_POINTS_FROM else 0
        self.parts = {"kept": "", "serial": SERIAL, "texts": ""}
        self.flags: Any = None  # of each key whether it has the words that are wanted
        self.params = {
            "z": z,
            "x": x,
            "y": y,
            "bits": self.bits,
            "few": MAX_LOOSE_POINTS,
            "few_of_tile": few_of_tile,
            "points_of_square": max(MAX_LOOSE_POINTS, few_of_tile),
            "points_of_tile": max(MAX_LOOSE_POINTS * 4**GRID_LEVELS, few_of_tile),
        }

    def add(self, part: str, *querysets: QuerySet) -> None:
        named = [named_query(rows, f"{part}_{n}") for n, rows in enumerate(querysets)]
        self.parts[part] = " UNION ALL ".join(query for query, _params in named) or NOTHING
        for _query, params in named:
            self.params |= params

    def allow_workers(self, filters: MapFilters) -> None:
        """Allow parallel workers: words are searched in rows."""
        if filters.words:
            self.parts["serial"] = ""

    def add_text(self, filters: MapFilters, at: datetime) -> None:
        if filters.words:
            known = texts.find_text(filters.words, filters.first_day(at))
            self.parts["texts"] = TEXTS
            self.params |= {"text_bits": known.bits, "last_bit": known.last_bit}
            self.flags = known.flags

    def add_packed(self, filters, ended):
        """Fill in the squares of wanted ended incidents from packed months; returns the statement of those drawn as
        single points. `ended`: the query of all wanted ended ones.
        """
        packed_query = replace(places_query(filters), flags=self.flags)
        squares = places.SquareSums(places.read_places(packed_query, self.grid), self.grid)
        rows = squares.rows()
        loose = squares.keys_in_small_squares(few=self.params["few"], few_of_tile=self.params["few_of_tile"])
        self.parts["kept"] = statement("incident_packed")
        self.params |= {f"packed_{n}": [row[n] for row in rows] for n in range(9)}
        self.params |= {f"loose_{n}": [row[n] for row in loose] for n in range(2)}
        loose_query = ended.order_by().filter(pk=RawSQL("loose.id", [])).values("id", mark=F("state"))
        text, values = named_query(loose_query, "one")
        self.params |= values
        return statement("incident_packed_points", ended=text)


SERIAL = "), " + planner.WITHOUT_WORKERS
TEXTS = "), " + planner.computed_once("texts", "SELECT %(text_bits)s::bytea AS bits, %(last_bit)s::bigint AS last\n")
NOTHING = """
    SELECT 0::bigint AS id, 0::bigint AS spot, '' AS state, 0::float AS lon, 0::float AS lat, false AS late WHERE false
"""


class TextBit(Func):
    """1 if an incident has the words of the tile, by its key, else 0: never null."""

    template = "get_bit((SELECT bits FROM texts), least(%(expressions)s, (SELECT last FROM texts)))"
    output_field = IntegerField()


def tile_of_these(z, x, y, filters, incidents):
    query, at = TileQuery(z, x, y), now()
    wanted = filters.apply(incidents, at).filter(place__bboverlaps=tile_box(z, x, y))
    query.add("shown", spots(wanted, is_late_at(at), first=query.first, last=query.last))
    query.parts["points"] = (
        "SELECT id, CASE WHEN late THEN 'late' ELSE state END AS mark FROM shown"
        " JOIN sorted ON sorted.square = shown.spot >> %(bits)s WHERE sorted.alone"
    )
    return query


def public_tile(z, x, y, filters):
    query, at = TileQuery(z, x, y), now()
    first, last = (RawSQL(f"{edge} << {query.bits}", []) for edge in ("sorted.square", "(sorted.square + 1)"))
    one_by_one, packed_points = count_squares(query, filters, at)
    of_square = (spots(rows, late, first=first, last=last) for rows, late in one_by_one)
    query.add("alone", *(rows.values("id", "state", "late") for rows in of_square))
    query.parts["points"] = statement("incident_points", alone=query.parts.pop("alone")) + packed_points
    return query


def wanted_rows(filters: MapFilters, at: datetime) -> tuple[list[tuple], list[tuple]]:
    """Return two lists, of open and of ended incidents, of (query, which of its rows are late); empty if none is
    wanted.
    """
    running = [(public_open_incidents(filters, at), is_late_at(at))] if filters.wants(Incident.OPEN) else []
    return running, [(public_ended_incidents(filters, at), NEVER)] if filters.wants(Incident.ENDED) else []


def count_squares(query: TileQuery, filters: MapFilters, at: datetime) -> tuple[list[tuple], str]:
    """Fill in the counts of a tile's squares: of ended incidents the sums or packed months if these can answer. Returns
    where single points are found: rows as of `wanted_rows`, and a statement.
    """
    query.add_text(filters, at)
    running, ended = wanted_rows(replace(filters, words=""), at)
    if filters.words:
        running, ended = ([(has_text(rows), late) for rows, late in some] for some in (running, ended))
    counted, alone, packed_points = running + ended, running + ended, ""
    if ended and (filters.wants_more_than_sums or filters.words):
        whole_days, before = divide_period(filters, at)
        ended_query = public_ended_incidents(replace(whole_days, words=""), at).matching_in_public(
            filters.words, by_index=False
        )
        packed_points = query.add_packed(whole_days, ended_query)
        counted = alone = running + [(rows.filter(**before), late) for rows, late in ended if before]
    elif ended and not filters.days and query.level <= LEVELS[-1]:
        level = level_for(query.level, by_area=bool(filters.area))
        query.params |= {
            "ended": filters.wants(Incident.ENDED),
            "level": level,
            "level_bits": bits_below(level),
            "coarser": 2 * (level - query.level),
            "first": query.first,
            "last": query.last,
        }
        query.parts["kept"] = wanted_sums("incident_sums", filters, query.params)
        counted = running
    query.add("shown", *(spots(rows, late, first=query.first, last=query.last) for rows, late in counted))
    return alone, packed_points


def has_text(incidents: IncidentQuerySet) -> IncidentQuerySet:
    return incidents.alias(text_bit=TextBit("id")).exclude(text_bit=0)


def divide_period(filters: MapFilters, at: datetime) -> tuple[MapFilters, dict[str, datetime]]:
    if not filters.days:
        return filters, {}
    first = localdate(at - timedelta(days=filters.days)) + timedelta(days=1)
    return replace(filters, days=0, first=first), {"received_at__lt": periods.midnights(first, first)[0]}


def public_open_incidents(filters: MapFilters, at: datetime) -> IncidentQuerySet:
    """Return the wanted open public incidents from the index that holds only these.

    The conditions on time and unit are written so that no other index seems to fit: the planner expects few of the
    latest incidents to be open, while most are; and the index of a unit's open ones has no squares.
    """
    ever = replace(filters, days=0, first=None, last=None, authority="")
    rows = ever.apply_but_state(published_incidents(), at).filter(closed_at=None)
    period = filters.period(at, "received_at")
    if since := period.get("received_at__gte"):
        rows = rows.alias(since=planner.without_index("received_at")).filter(since__gte=since)
    if until := period.get("received_at__lt"):
        rows = rows.alias(until=planner.without_index_either("received_at")).filter(until__lt=until)
    if filters.authority:
        units = Authority.objects.filter(code=filters.authority).values("pk")
        rows = rows.alias(unit=planner.without_index("authority")).filter(unit__in=units)
    if filters.late:
        rows = rows.filter(due_at__lt=at)
    return in_states(rows, filters.wants(Incident.OPEN), Incident.OPEN)


def public_ended_incidents(filters: MapFilters, at: datetime) -> IncidentQuerySet:
    rows = filters.apply_but_state(published_incidents(), at).filter(closed_at__isnull=False)
    return in_states(rows, filters.wants(Incident.ENDED), Incident.ENDED)


def in_states(incidents, wanted, states):
    """Keep the wanted ones of the states that occur.

    A condition that all or most meet is left out: the planner would expect few rows.
    """
    others = set(states).difference(wanted)
    if not others:
        return incidents
    few = len(others) < len(wanted)
    return incidents.exclude(state__in=sorted(others)) if few else incidents.filter(state__in=wanted)


NEVER = Value(False, BooleanField())  # what has ended is not late any more


def spots(incidents: IncidentQuerySet, late: Q | Value, *, first: Any, last: Any) -> QuerySet:
    """Return the incidents whose spots lie in a range, as `sql/incident_squares.sql` reads them, by an
    index-only scan.
    """
    return (
        incidents.order_by()
        .annotate(spot=MapSpot("place"))
        .filter(spot__gte=first, spot__lt=last)
        .values(
            "id",
            "spot",
            "state",
            lon=Coordinate("place", function="ST_X"),
            lat=Coordinate("place", function="ST_Y"),
            late=ExpressionWrapper(late, BooleanField()),
        )
    )


def render_tile(form, query):
    return rows_of_tile(form, query)[0][0]


def rows_of_tile(form: str, query: TileQuery) -> list[tuple]:
    text = fill_holes(statement("incident_squares") + statement(form), query.parts)
    with connection.cursor() as cursor:
        cursor.execute(text, query.params)
        return cursor.fetchall()


def wanted_sums(name, filters, params):
    public = filters.categories().filter(restricted=False).order_by().values("pk")
    categories, values = named_query(public, "category")
    params |= values
    in_areas = ""
    if filters.area:
        areas, values = named_query(filters.areas().order_by().values("pk"), "area")
        params |= values
        in_areas = f"AND area_id = ANY(ARRAY({areas}))"
    return statement(name, categories=categories, in_areas=in_areas)


def places_query(filters: MapFilters) -> places.PlacesQuery:
    unit = None
    if filters.authority:
        codes = Authority.objects.filter(code=filters.authority)
        unit = codes.values_list("pk", flat=True).first() or NO_KEY
    return places.PlacesQuery(
        first=filters.first or places.EVER[0],
        last=filters.last or places.EVER[1],
        categories=list(filters.categories().filter(restricted=False).order_by().values_list("pk", flat=True)),
        states=filters.wants(Incident.ENDED),
        areas=list(filters.areas().values_list("pk", flat=True)) if filters.area else None,
        unit=unit,
        with_photo=filters.photos,
    )


NO_KEY = 0  # of no row


def bounds_of(box: Polygon) -> places.Bounds:
    west, south, east, north = box.extent
    less_than_a_step = 0.1 / places.STEPS
    return places.Bounds(west, south - less_than_a_step, east + less_than_a_step, north)


@dataclass(frozen=True)
class MapSection:
    """The newest incidents of a part of the map, and the count of each chip."""

    rows: list
    counts: dict
    total: int


def section_in_view(box: Polygon | None, filters: MapFilters) -> MapSection:
    """Return the wanted incidents in the box (EPSG:4326, None: everywhere), newest first."""
    at = now()
    in_view = published_incidents().filter(place__bboverlaps=box) if box else published_incidents()
    rows = with_pictures(filters.apply(in_view, at).order_by("-received_at", "-pk"))[:ROWS]
    counted = count_section(box, replace(filters, state="all", late=False), at)
    counts = {chip: count_states(counted, STATES[chip]) for chip in ("open", "all", *(group.code for group in GROUPS))}
    counts["late"] = count_states(counted, STATES["open"], late=True)
    return MapSection(list(rows), counts, count_states(counted, STATES[filters.state], late=filters.late))


def count_states(counted, states, *, late=False):
    return sum(n for (state, is_late), n in counted.items() if state in states and is_late >= late)


def count_section(box, filters, at):
    """Return the counts of public incidents in a box, by state and lateness.

    Ended ones are read from the sums if no period is wanted; at the edges of the box each one is checked.
    """
    running, ended, packed_counts = (
        public_open_incidents(filters, at).order_by(),
        public_ended_incidents(filters, at).order_by(),
        "",
    )
    if box:
        running, ended = (filter_by_box(some, box) for some in (running, ended))
    running_out = Case(When(is_late_at(at), then=Value(True)), default=Value(False))
    shown, params = named_query(running.values("state", late=running_out), "open")
    if filters.wants_more_than_sums and not filters.words:
        whole_days, before = divide_period(filters, at)
        counted = places.count_by_state(places.read_places(places_query(whole_days), box and bounds_of(box)))
        if before:
            query, values = named_query(ended.filter(**before).values("state", late=Value(False)), "ended")
            shown, params = f"{shown} UNION ALL {query}", params | values
        packed_counts = statement("section_packed")
        params["packed_states"] = list(counted)
        params["packed_n"] = list(counted.values())
    elif filters.days or filters.words:
        query, values = named_query(ended.values("state", late=Value(False)), "ended")
        shown, params = f"{shown} UNION ALL {query}", params | values
    else:
        inside, edges = cover_box(*box.extent) if box else ([WORLD], [])
        by_area = bool(filters.area)
        params |= {
            "depth": DEPTH,
            "levels": [level_for(level, by_area) for level, _first, _last in inside],
            "firsts": [first for _level, first, _last in inside],
            "lasts": [last for _level, _first, last in inside],
            "edge_firsts": [first for first, _last in edges],
            "edge_lasts": [last for _first, last in edges],
        }
        packed_counts = wanted_sums("section_sums", filters, params)
        at_edge = ended.alias(spot=MapSpot("place")).filter(
            spot__gte=RawSQL("edge.first", []), spot__lt=RawSQL("edge.last", [])
        )
        query, values = named_query(at_edge.values("state", late=Value(False)), "ended")
        shown, params = shown + statement("section_edges", ended=query), params | values
    with connection.cursor() as cursor:
        cursor.execute(statement("section_counts", shown=shown, kept=packed_counts), params)
        return {(state, late): n for state, late, n in cursor.fetchall()}


def filter_by_box(incidents, box):
    """Keep those in a box, read from the index of the other conditions: that of places would lead to the rows."""
    flat = incidents.alias(there=Func("place", function="ST_Force2D", output_field=PointField()))
    return flat.filter(there__bboverlaps=box)


def with_pictures(incidents: IncidentQuerySet) -> IncidentQuerySet:
    pictures = access.photos_for(EVERYBODY).order_by("pk")
    waiting = Photo.objects.filter(incident=OuterRef("pk"), public=True).exclude(masking=Photo.Masking.DONE)
    rows = incidents.with_pages().annotate(photo_waits=Exists(waiting))
    return rows.prefetch_related(Prefetch("photos", pictures, to_attr="shown"))


def rows_with_reference(reference: str) -> list[Incident]:
    return list(with_pictures(published_incidents().filter(reference=reference)))
