"""Answer MapIt's queries on areas (docs/mapit.md).

A generation begins on the day on which an edition becomes the law and holds every area that is the law on that day. Its
number is that day: 20250701. Drafts are in no generation. Points are longitude, latitude (EPSG:4326) unless another
system is named.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyproj
import shapely
from django.contrib.gis.db.models.functions import NumPoints
from django.contrib.gis.geos import Point
from django.db import OperationalError, connection, transaction
from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy
from psycopg.errors import QueryCanceled
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from geoapp.db import planner
from geoapp.http.query_parameters import DayField, FloatField, NumberField, QueryError
from gis_data.addresses.geocode import degrees_of_metres
from gis_data.models import Area, City, Level, Succession
from gis_data.services import open_data
from gis_data.sql import execute

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TYPES = {Level.CITY: ("CITY", "City"), Level.DISTRICT: ("DISTRICT", "District"), Level.WARD: ("WARD", "Ward")}
LEVELS = {code: level for level, (code, _name) in TYPES.items()}
CODES = {"official": "Official code"}
NAMES = {
    "full": ("Full name", "full_name"),
    "short": ("Name without its kind", "name"),
    "en": ("English", "full_name_en"),
}
RELATIONS = ("touches", "overlaps", "covers", "covered", "coverlaps", "intersects")
WITHIN = 1_000.0  # metres: the farthest that `within` may reach
MANY = 1_000  # areas that may be asked for by their ids at once
CORNERS = 500_000  # of all shapes in one answer
MILLISECONDS = 10_000  # for which the database may compare shapes
CITIES_FROM = 1_000_000_000  # the ids of cities without an edition of their own: see sql/mapit_areas.sql


GENERATION = NumberField("Bad generation: a number is wanted", at_most=10**18 - 1)
DAY = DayField("Bad day: 2026-11-24 is how one is written", default=localdate)
NO_POINT, OUTSIDE = "A point is two numbers: x,y or longitude,latitude", "Point outside the area geometry"
COORDINATE = FloatField(NO_POINT, out_of_range=OUTSIDE, reads_empty=True)
LONGITUDE = FloatField(NO_POINT, at_least=-180, at_most=180, out_of_range=OUTSIDE, reads_empty=True)
LATITUDE = FloatField(NO_POINT, at_least=-90, at_most=90, out_of_range=OUTSIDE, reads_empty=True)
TOLERANCE = FloatField(
    "Bad simplify_tolerance: a number is wanted",
    at_least=0,
    out_of_range="Bad simplify_tolerance: a number that is not negative is wanted",
    default=0.0,
)


# Query parameters: time and types.


@dataclass(frozen=True)
class TimeFilter:
    """Which areas count: of a day, a generation, since or until one; all without any."""

    day: date | None = None
    generation: int | None = None
    since: int | None = None
    until: int | None = None

    @classmethod
    def from_parameters(cls, query: Mapping[str, str]) -> "TimeFilter":
        """Read `generation`, or `min_generation` and `max_generation`, or `at`; default today. Raises QueryError."""
        generation, since, until = (
            GENERATION.read(query.get(name)) for name in ("generation", "min_generation", "max_generation")
        )
        day = DAY.read(query.get("at"))
        if generation is not None:
            return cls(generation=generation)
        return cls(None, None, since, until) if since is not None or until is not None else cls(day)

    @classmethod
    def for_named_areas(cls, query: Mapping[str, str]) -> "TimeFilter":
        """For areas by id: all of them, whenever in force, unless a day is given."""
        return cls(DAY.read(query["at"])) if query.get("at") else cls()


def wanted_levels(query: Mapping[str, str]) -> list[Level] | None:
    """Return the levels of `type`; none where `country` is given, as one city's areas have none."""
    if query.get("country"):
        return []
    return [LEVELS[code] for code in query["type"].split(",") if code in LEVELS] if query.get("type") else None


def point_query(lon: float | str, lat: float | str, generation: str, at: str) -> dict[str, Any]:
    here, generation_asked, day = read_point(lon, lat), GENERATION.read(generation), DAY.read(at)
    return here | {
        "generation": generation_asked is not None,
        "day": day if generation_asked is None else first_day(generation_asked),
    }


def read_point(lon, lat):
    return {"lon": LONGITUDE.read(lon), "lat": LATITUDE.read(lat)}


def first_day(generation):
    """Return a generation's first day, the earliest for 0; None if its number is no day."""
    try:
        return date.fromisoformat(f"{generation:08}") if generation else date.min
    except ValueError:
        return None


def generation_number(day):
    return int(f"{day:%Y%m%d}") if day else 0


# Areas.


def areas_at(lon: float | str, lat: float | str, query: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    asks = point_query(lon, lat, query.get("generation", ""), query.get("at", ""))
    with planner.prepared_statements():
        rows = execute("mapit_point", **asks)
    return areas_by_id(rows, query.get("type", ""), query.get("country", ""))


def areas_by_id(rows: Iterable[tuple], types: str = "", country: str = "") -> dict[str, dict[str, Any]]:
    """Return rows of `sql/mapit_point.sql` or `sql/mapit_areas.sql` as MapIt areas by id, of these types only."""
    wanted = set(types.split(",")) if types else LEVELS.keys()
    areas = {}
    for pk, name, parent, level, code, since, until, last in () if country else rows:
        kind, kind_name = TYPES[level]
        if kind in wanted:
            areas[str(pk)] = {
                "id": pk,
                "name": name,
                "parent_area": parent,
                "type": kind,
                "type_name": kind_name,
                "country": "",
                "country_name": "-",
                "generation_low": generation_number(since),
                "generation_high": generation_number(last),
                "codes": {"official": code},
                "all_names": {},
                "valid_from": since and since.isoformat(),
                "valid_to": until and (until - timedelta(days=1)).isoformat(),
            }
    return areas


def find_areas(
    when: TimeFilter,
    levels: list[Level] | None = None,
    *,
    ids: list[int] | None = None,
    parents: list[int] | None = None,
    code: str | None = None,
    prefix: str | None = None,
) -> dict[str, dict[str, Any]]:
    return areas_by_id(
        execute(
            "mapit_areas",
            ids=ids,
            parents=parents,
            levels=levels,
            code=code,
            prefix=prefix,
            day=when.day,
            generation=when.generation,
            since=when.since,
            until=when.until,
            today=localdate(),
        )
    )


def find_area(pk: int, when: TimeFilter) -> dict[str, Any]:
    areas = find_areas(when, ids=[pk])
    if not areas:
        raise QueryError("There is no such area", status=404)
    return areas[str(pk)]


def areas_near(
    point: dict[str, float], metres: float, when: TimeFilter, levels: list[Level] | None
) -> dict[str, dict[str, Any]]:
    reach = {"metres": metres, "degrees": degrees_of_metres(metres, point["lat"])}
    return find_areas(when, levels, ids=with_city([pk for (pk,) in execute("mapit_near", **point, **reach)]))


def areas_by_box(point: dict[str, float], when: TimeFilter, levels: list[Level] | None) -> dict[str, dict[str, Any]]:
    boxes = Area.objects.filter(shape__bboverlaps=Point(point["lon"], point["lat"], srid=4326))
    return find_areas(when, levels, ids=with_city(list(boxes.values_list("pk", flat=True))))


def with_city(ids: list[int]) -> list[int]:
    return [*ids, *(CITIES_FROM + pk for pk in City.objects.values_list("pk", flat=True))] if ids else []


def related_areas(pk: int, how: str, when: TimeFilter, levels: list[Level] | None) -> dict[str, dict[str, Any]]:
    """Return areas in this relation (of RELATIONS) to one. Raises QueryError (404; 503 if it takes too long)."""
    find_area(pk, TimeFilter())
    areas = find_areas(when, levels)
    if pk >= CITIES_FROM:  # everything lies in it
        inside = how in ("covers", "coverlaps", "intersects")
        return {key: area for key, area in areas.items() if inside and area["id"] != pk}
    around = {area["id"] for area in areas.values() if area["id"] >= CITIES_FROM and how in ("covered", "intersects")}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {MILLISECONDS:d}")
            lie_so = {other for (other,) in execute("mapit_related", area=pk, how=how, ids=[int(key) for key in areas])}
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise QueryError("This took too long. Ask for fewer types: type=WARD", status=503) from None
        raise
    return {key: area for key, area in areas.items() if area["id"] in lie_so | around}


def with_history(area: dict[str, Any]) -> dict[str, Any]:
    if area["id"] >= CITIES_FROM:
        names = {kind: [label, area["name"]] for kind, (label, field) in NAMES.items() if not field.endswith("_en")}
        english = City.objects.get(pk=area["id"] - CITIES_FROM).name_en
        names |= {"en": [NAMES["en"][0], english]} if english else {}
        return area | {"all_names": names, "predecessors": [], "successors": []}
    row = Area.objects.defer("shape", "outline").get(pk=area["id"])
    return area | {
        "all_names": {
            kind: [label, getattr(row, field)] for kind, (label, field) in NAMES.items() if getattr(row, field)
        },
        "predecessors": describe_successions(row.predecessors, "old", "share_new", "share_old"),
        "successors": describe_successions(row.successors, "new", "share_old", "share_new"),
    }


def describe_successions(successions, other, of_this, of_other):
    """Return areas of editions that are, were or will be in force; shares of this area and of the other."""
    rows = (
        Succession.objects.filter(pk__in=successions.values("pk"), **{f"{other}__edition__in_force__isnull": False})
        .order_by(f"-{of_this}", f"{other}__code")
        .values_list(f"{other}_id", f"{other}__full_name", f"{other}__code", of_this, of_other, "km2")
    )
    return [
        {
            "id": pk,
            "name": name,
            "codes": {"official": code},
            "share": round(share, 4),
            "share_of_the_other": round(share_of_the_other, 4),
            "km2": round(km2, 4),
        }
        for pk, name, code, share, share_of_the_other, km2 in rows
    ]


def list_generations() -> dict[str, dict[str, Any]]:
    return {
        str(number): {
            "id": number,
            "active": active,
            "created": since and f"{since.isoformat()}T00:00:00",
            "description": description,
        }
        for number, active, since, description in execute("mapit_generations", today=localdate())
    }


def list_types() -> dict[str, Any]:
    return {
        "area": dict(TYPES.values()),
        "code": CODES,
        "name": {kind: label for kind, (label, _field) in NAMES.items()},
    }


# What there is to ask: an example of each call, and what it answers.
CALLS: dict[str, "StrOrPromise"] = {
    "point/4326/{lon},{lat}": gettext_lazy("the areas that cover a place: longitude first"),
    "point/4326/{lon},{lat}?at=2024-06-30": gettext_lazy("the areas in force on a day"),
    "point/{srid}/{x},{y}?within=50": gettext_lazy("in any coordinate system; areas within a distance, in metres"),
    "area/{id}": gettext_lazy("one area, its names, what it was formed from and merged into"),
    "area/{id}.geojson": gettext_lazy("its shape; also .wkt"),
    "area/{id}/geometry": gettext_lazy("its bounds, centre and size"),
    "area/{id}/children": gettext_lazy("the areas in it"),
    "area/{id}/touches": gettext_lazy("its neighbours; also overlaps, covers, covered, coverlaps, intersects"),
    "areas/{id},{id}.geojson": gettext_lazy("several areas with their shapes"),
    "areas/WARD": gettext_lazy("all areas of a type"),
    "code/official/{code}": gettext_lazy("the area with an official code"),
    "generations": gettext_lazy("the days on which boundaries changed"),
    "types": gettext_lazy("the types of areas, codes and names"),
}


def describe_service() -> dict[str, Any]:
    counts = Counter(area["type"] for area in find_areas(TimeFilter(localdate())).values())
    return {
        "title": str(City.objects.values_list("name", flat=True).first() or ""),
        "calls": {call: str(label) for call, label in CALLS.items()},
        "types": {code: counts[code] for code, _name in TYPES.values()},
        "generations": list_generations(),
        "attribution": [line for line in open_data.attribution() if line],
    }


# Coordinate systems and shapes.


@lru_cache(maxsize=64)
def coordinate_system(srid):
    """Return the CRS of an EPSG code, x before y whatever the register says. Raises QueryError."""
    try:
        system = pyproj.CRS.from_epsg(int(srid)) if len(srid) < 10 else None
    except CRSError:
        system = None
    if system is None or not (system.is_projected or system.is_geographic):
        raise QueryError(f"There is no coordinate system of the plane EPSG:{srid[:10]}")
    return system


@lru_cache(maxsize=64)
def transformer(srid: str, *, to_degrees: bool) -> pyproj.Transformer:
    """Return a cached transformer: making one takes as long as 20,000 points. Raises QueryError."""
    ours, theirs = pyproj.CRS.from_epsg(4326), coordinate_system(srid)
    if to_degrees:
        return pyproj.Transformer.from_crs(theirs, ours, always_xy=True)
    return pyproj.Transformer.from_crs(ours, theirs, always_xy=True)


def point_from_system(srid: str, x: str, y: str) -> dict[str, float]:
    """Return a point of another CRS as longitude and latitude. Raises QueryError."""
    if int(srid) == 4326:
        return read_point(x, y)
    to_degrees = transformer(srid, to_degrees=True)
    return read_point(*to_degrees.transform(COORDINATE.read(x), COORDINATE.read(y)))


def shapes_by_id(ids: Iterable[int]) -> dict[int, BaseGeometry]:
    """Return {id: shape in EPSG:4326} of these areas. Raises QueryError where they are too large together.

    The city's is that of today, whatever day is asked for.
    """
    ids = list(ids)
    cities = {pk: city_shape(*execute("areas_mark", day=localdate())[0]) for pk in ids if pk >= CITIES_FROM}
    wanted = Area.objects.filter(pk__in=[pk for pk in ids if pk not in cities])
    if wanted.aggregate(corners=Coalesce(Sum(NumPoints("shape")), 0))["corners"] > CORNERS:
        raise QueryError("These shapes are too much for one answer: ask for fewer areas at once")
    return cities | {pk: shapely.from_wkb(bytes(shape.wkb)) for pk, shape in wanted.values_list("pk", "shape")}


@lru_cache(maxsize=1)
def city_shape(mark: str | None) -> BaseGeometry:
    """Return the union of the smallest areas in force today; it takes seconds and is cached until their rows change."""
    deepest = Area.objects.on(localdate()).order_by("-level").values("level")[:1]
    rows = Area.objects.on(localdate()).filter(level=deepest).values_list("shape", flat=True)
    return shapely.union_all(shapely.from_wkb([bytes(shape.wkb) for shape in rows]))


def transform_shape(shape: BaseGeometry, srid: str = "4326", tolerance: str = "") -> BaseGeometry:
    """Return a shape in a CRS, simplified by a tolerance in its units. Raises QueryError."""
    if int(srid) != 4326:
        to_units = transformer(srid, to_degrees=False)
        shape = shapely.transform(shape, to_units.transform, interleaved=False)  # type: ignore[arg-type]  # the stubs know interleaved calls only
        if not math.isfinite(sum(shape.bounds)):
            raise QueryError(f"The area lies outside of what EPSG:{srid} can hold")
    coarse = TOLERANCE.read(tolerance)
    if coarse:
        shape = shapely.simplify(shape, coarse, preserve_topology=False).buffer(0)
    if shape.is_empty or not shape.area:
        raise QueryError("Simplified so much, nothing of the area is left")
    return shape


def measure_shape(shape: BaseGeometry) -> dict[str, float]:
    metres = City.objects.values_list("metric_srid", flat=True)[0]
    flat = transform_shape(shape, str(metres))
    west, south, east, north = shape.bounds
    left, bottom, right, top = flat.bounds
    return {
        "parts": shapely.get_num_geometries(shape).item(),
        "min_lon": west,
        "min_lat": south,
        "max_lon": east,
        "max_lat": north,
        "centre_lon": shape.centroid.x,
        "centre_lat": shape.centroid.y,
        "srid_en": metres,
        "area": flat.area,
        "min_e": left,
        "min_n": bottom,
        "max_e": right,
        "max_n": top,
        "centre_e": flat.centroid.x,
        "centre_n": flat.centroid.y,
    }
