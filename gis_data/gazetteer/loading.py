"""Replace a pack's streets by those of an OpenStreetMap extract."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import shapely
from django.contrib.gis.db.models import Union
from django.contrib.gis.geos import Point
from django.db import DataError, transaction
from django.utils.timezone import localdate

from geoapp.db import locks
from gis_data import sql
from gis_data.gazetteer import extract
from gis_data.gazetteer.landmarks import search_of_names
from gis_data.gazetteer.streets import BATCH, compute_junctions, name_maker, search_key_maker, street_maker
from gis_data.models import Area, City, House, Landmark, Street
from gis_data.pack import InvalidData

ATTRIBUTION = "© OpenStreetMap contributors (ODbL)"
MARGIN = 0.002  # degrees, some 200 m: a street on the city's edge is kept
EVERY_S = 5.0  # seconds between two words of progress


@dataclass
class ExtractCounts:
    streets: int = 0
    houses: int = 0
    landmarks: int = 0
    junctions: int = 0
    outside: int = 0  # left out, because they lie outside the city

    def __str__(self):
        return f"{self.streets:,} streets, {self.houses:,} houses, {self.landmarks:,} landmarks"


@transaction.atomic
def load_extract(
    city: City, path: Path, *, spec: dict[str, Any] | None = None, say: Callable[[str], Any] = print
) -> ExtractCounts:
    """Load an extract's streets, houses and landmarks in one transaction. Raises InvalidData.

    They replace all streets and houses, and the landmarks of an earlier extract; a pack's landmarks stay. Objects
    outside the areas in force are dropped. `spec` is [streets] of a pack: name mapping, and attributes of a GeoJSON
    file without OpenStreetMap's tags.
    """
    locks.hold(locks.Lock.CITY)
    spec, brought, here, row = spec or {}, ExtractCounts(), city_test(city), row_maker(city, spec or {})
    reported_at = time.monotonic()

    def step(count):
        nonlocal reported_at
        if time.monotonic() - reported_at > EVERY_S:
            reported_at = time.monotonic()
            say(f"{count:,} objects read; {brought}")

    delete_names(city)

    def rows_here():
        for thing in extract.read_extract(path, spec, step):
            if here(thing):
                yield row(thing)
            else:
                brought.outside += 1

    things = rows_here()
    try:
        while some := list(islice(things, BATCH)):
            brought.streets += write_rows(Street, some)
            brought.houses += write_rows(House, some)
            brought.landmarks += write_rows(Landmark, some)
    except DataError as error:
        raise InvalidData(f"{path.name}: a text in it cannot be stored ({error}).") from error
    if not brought.streets:
        raise InvalidData(f"{path.name}: no named street of it lies in the city.")
    compute_junctions(city)
    brought.junctions = city.junctions.count()
    store_credit(city, path, spec)
    sql.execute("analyze")
    return brought


@transaction.atomic
def remove_extract(city: City) -> None:
    """Delete an extract's rows; the next `load_city` loads the pack's streets again."""
    locks.hold(locks.Lock.CITY)
    delete_names(city)
    city.junctions.all().delete()
    lines = [line for line in city.attribution.splitlines() if line != city.extract_attribution]
    City.objects.filter(pk=city.pk).update(
        extract="", extract_attribution="", attribution="\n".join(lines), pack_digest=""
    )


def delete_names(city):
    city.streets.all().delete()
    city.houses.all().delete()
    city.landmarks.filter(extract=True).delete()


def city_test(city):
    areas = Area.objects.filter(edition__city=city).on(localdate())
    whole = areas.aggregate(whole=Union("outline"))["whole"]
    if whole is None:
        raise InvalidData(f"No areas of {city} are in force: load its pack first.")
    land = shapely.from_wkb(bytes(whole.wkb)).buffer(MARGIN)
    shapely.prepare(land)
    return lambda thing: land.intersects(thing.line if isinstance(thing, extract.Road) else thing.point)


def row_maker(city, spec):
    street, named, words = street_maker(city, spec), name_maker(spec), search_key_maker(city)

    def row(thing):
        match thing:
            case extract.Road():
                return street(thing.name, thing.rank, thing.line)
            case extract.HousePoint():
                name = named(thing.street)
                return House(
                    city=city, number=thing.number[:30], street=name, point=to_point(thing.point), search=words(name)
                )
        return Landmark(
            city=city,
            kind=thing.kind[:30],
            name=thing.name[:150],
            point=to_point(thing.point),
            search=search_of_names(thing.name, *thing.other_names),
            extract=True,
        )

    return row


def to_point(point):
    return Point(point.x, point.y, srid=4326)


def write_rows(model, rows):
    return len(model.objects.bulk_create(row for row in rows if isinstance(row, model)))


def store_credit(city, path, spec):
    whose = spec.get("attribution", ATTRIBUTION) if path.name.lower().endswith(extract.GEOJSON) else ATTRIBUTION
    lines = [line for line in city.attribution.splitlines() if line not in (whose, city.extract_attribution)]
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    City.objects.filter(pk=city.pk).update(
        extract=digest, extract_attribution=whose, attribution="\n".join([whose, *lines])
    )
