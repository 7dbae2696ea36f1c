"""Reverse-geocode a point to areas and nearest streets, and search areas and streets by name."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, TypedDict, cast

from django.contrib.gis.db.models import Extent
from django.contrib.gis.geos import Point, Polygon
from django.contrib.postgres.search import TrigramSimilarity
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Max, Q
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from psycopg import Cursor

from geoapp.db import connections, planner
from gis_data import city
from gis_data.models import Area, Street
from gis_data.sql import execute, statement
from gis_data.words import plain, tidy

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

BORDER = 2.0  # metres: within this of a border, real boundary data cannot tell the sides apart
NEAR = 50.0  # metres: the neighbour is named to people
CORNERS = 16  # of a quarter of a circle
VAGUE = 1000.0  # metres: the largest circle of doubt that is measured; a device that knows less knows nothing


class Likeness(TypedDict):
    """SQL expression: similarity of an area's name to the search words, 0 … 1."""

    likeness: float


class OutsideTheCity(ValueError):
    """The place lies outside the city's boundary."""


@dataclass(frozen=True)
class Neighbour:
    """An area near the point that does not contain it."""

    area: Area
    metres: float


@dataclass(frozen=True)
class Located:
    """Where a point lies: `areas` deepest first (ward, then its parents), `neighbours` of the ward within 50 m."""

    areas: tuple[Area, ...]
    neighbours: tuple[Neighbour, ...] = ()

    @property
    def area(self) -> Area:
        return self.areas[0]

    @property
    def on_border(self) -> tuple[Area, ...]:
        """Return the neighbours within 2 m, in which the point may lie as well."""
        return tuple(n.area for n in self.neighbours if n.metres <= BORDER)


def degrees_of_metres(metres: float, latitude: float) -> float:
    """Return degrees that span at least `metres` in both directions at this latitude."""
    return metres / 111_000 / max(math.cos(math.radians(latitude)), 0.01) * 1.05


def circle_around(middle: Point, radius_m: int) -> Polygon:
    """Return a circle (EPSG:4326) of `radius` metres around a point (EPSG:4326)."""
    drawn = middle.transform(city.current().metric_srid, clone=True).buffer(radius_m, CORNERS)
    drawn.transform(4326)
    return cast("Polygon", drawn)


def locate(point: Point, day: date | None = None) -> Located:
    """Return the areas in force on `day` (today) that contain `point` (EPSG:4326, x = longitude).

    A point inside several areas of a level (on a common border) belongs to the one with the smallest official code;
    a point outside every area but within 2 m of one belongs to the nearest. Otherwise raises OutsideTheCity.
    """
    with planner.prepared_statements():
        return location_from_areas(list(Area.objects.raw(statement("locate"), location_query(point, day))))


def queue_location(pipeline: connections.Pipeline, point: Point) -> Cursor:
    return pipeline.execute(statement("locate"), location_query(point))


def read_location(answer: Cursor) -> Located:
    rows, areas = answer.fetchall(), []
    names = [column.name for column in answer.description or ()]
    columns = [field.attname for field in Area._meta.concrete_fields if field.attname in names]
    for row in rows:
        values = dict(zip(names, row, strict=True))
        area: Any = Area.from_db(DEFAULT_DB_ALIAS, columns, [values[name] for name in columns])
        area.inside, area.metres = values["inside"], values["metres"]
        areas.append(area)
    return location_from_areas(areas)


def location_query(point: Point, day: date | None = None) -> dict:
    here = {"lon": point.x, "lat": point.y, "day": day or localdate()}
    return here | {"metres": NEAR, "degrees": degrees_of_metres(NEAR, point.y)}


def location_from_areas(areas: Sequence[Any]) -> Located:
    chosen, neighbours = {}, []
    for area in areas:
        if area.level not in chosen and (area.inside or area.metres <= BORDER):
            chosen[area.level] = area
        elif area.level == areas[0].level:
            neighbours.append(Neighbour(area, area.metres))
    if not chosen:
        raise OutsideTheCity
    return Located(tuple(chosen.values()), tuple(neighbours))


def ward_shares(point: Point, radius_m: float, day: date | None = None) -> list[tuple[Area, float]]:
    """Return the share of a circle around `point` (EPSG:4326) in each ward in force on `day` (today): [(Area, 0 … 1)].

    The largest share first. The radius is in metres on the ellipsoid, 1 km at most. Land outside the city is in no
    area, so the shares may add up to less than one.
    """
    here = {"lon": point.x, "lat": point.y, "metres": min(radius_m, VAGUE), "day": day or localdate()}
    return [(area, area.share) for area in Area.objects.raw(statement("area_shares"), here)]  # type: ignore[attr-defined]  # a column of the statement


# How a pin is named: by the first of these that lies within so many metres, exactly or as a place near by.
NAME_RULES = [
    ("house", 15, False),
    ("junction", 25, False),
    ("house", 30, True),
    ("junction", 60, True),
    ("street", 25, False),
    ("landmark", 100, True),
    ("street", 120, True),
    ("landmark", 300, True),
]
REACH = {kind: metres for kind, metres, _near in sorted(NAME_RULES)}  # of each kind the farthest


@dataclass(frozen=True)
class NamedPlace:
    """The house, junction, street or landmark that names a point, and whether the point is only near it; else empty."""

    name: str = ""
    near: bool = False

    @property
    def title(self) -> str:
        """Return the display name in the active language: `12 Lê Lợi`, `near Lê Lợi × Pasteur`."""
        return _("near %(place)s") % {"place": self.name} if self.near and self.name else self.name


def named_place(point: Point) -> NamedPlace:
    """Return what names a point; empty where nothing is known nearby."""
    with planner.prepared_statements():
        return name_from_rows(execute("nearest_address", **name_query(point)))


def queue_name(pipeline: connections.Pipeline, point: Point) -> Cursor:
    return pipeline.execute(statement("nearest_address"), name_query(point))


def read_name(answer: Cursor) -> NamedPlace:
    return name_from_rows(answer.fetchall())


def name_query(point: Point) -> dict:
    return {"lon": point.x, "lat": point.y, "degrees": degrees_of_metres(1, point.y)} | REACH


def name_from_rows(rows: Sequence[tuple[str, str, float]]) -> NamedPlace:
    nearest = {kind: (name, metres) for kind, name, metres in rows}
    for kind, within, near in NAME_RULES:
        name, metres = nearest.get(kind, ("", math.inf))
        if metres <= within:
            return NamedPlace(name, near)
    return NamedPlace()


def nearest_address(point: Point) -> str:
    """Return a short address: `12 Lê Lợi`, `gần Lê Lợi × Pasteur`; "" where nothing is known nearby."""
    return named_place(point).title


def find_areas(text: str, limit: int = 8) -> "list[WithAnnotations[Area, Likeness]]":
    """Return areas in force today whose names resemble the text, best first. Reads at most 200 characters."""
    words = plain(tidy(text)[:200])
    return list(Area.objects.on(localdate()).named_like(words).defer("shape", "outline")[:limit]) if words else []


def find_streets(text: str, limit: int = 5) -> list[tuple[str, tuple[float, float, float, float]]]:
    """Return streets whose names resemble the text, best first, as (name, (west, south, east, north))."""
    words = plain(tidy(text)[:200])
    if not words:
        return []
    named = (
        Street.objects.filter(Q(search__contains=words) | Q(search__trigram_word_similar=words))
        .values("name")
        .annotate(bounds=Extent("line"), likeness=Max(TrigramSimilarity("search", words)))
        .order_by("-likeness", "name")
    )
    return [(street["name"], street["bounds"]) for street in named[:limit]]
