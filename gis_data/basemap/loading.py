"""Replace the stored base map by a source's features, in one transaction."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import shapely
from django.db import connection, transaction

from geoapp.db import locks
from gis_data import sql
from gis_data.basemap import drawing, reading
from gis_data.basemap.features import Feature, Layer
from gis_data.basemap.finding import Source
from gis_data.gazetteer.streets import name_maker
from gis_data.models import City, GroundShape
from gis_data.pack import InvalidData, Pack

EVERY_S = 5.0  # seconds between two words of progress
AT_ONCE = 1000  # rows
COPY = "COPY gis_data_groundshape (city_id, band, layer, rank, first_zoom, name, shape) FROM STDIN"
TOLD = {Layer.WATER: "water", Layer.WATERWAY: "waterways", Layer.GREEN: "green", Layer.RAIL: "rails",
        Layer.ROAD: "streets", Layer.BUILDING: "buildings"}  # fmt: skip


def load_ground(pack: Pack, source: Source, say: Callable[[str], Any] = print) -> dict[str, int] | None:
    """Redraw the base map from this source; returns the number of rows by layer, None if it is unchanged.

    Dropped objects are reported by `say`. The old base map is shown until the new one is complete. Raises InvalidData.
    """
    with transaction.atomic():
        locks.hold(locks.Lock.CITY)
        city = City.objects.get(code=pack.toml["city"]["code"])
        if city.ground_digest == source.digest:
            return None
        counts, left = Counter(), reading.Left()
        GroundShape.objects.filter(city=city).delete()
        if source.files or source.extract:
            features = count_features(read_source(pack, source, left=left, say=say), counts)
            copy_rows(city, drawing.draw_rows(features))
            if not counts:
                raise InvalidData("Nothing of what is to be drawn lies within the city's bounds.")
        if not counts[Layer.ROAD]:
            sql.execute("ground_of_streets")
        store_source(city, source)
        sql.execute("analyze_ground")
    if left.out:
        say(f"Left out: {left}.")
    return {words: counts[layer] for layer, words in TOLD.items()}


@transaction.atomic
def draw_streets(city: City) -> None:
    locks.hold(locks.Lock.CITY)
    if City.objects.filter(pk=city.pk, ground_attribution="").exists():
        GroundShape.objects.filter(city=city).delete()
        sql.execute("ground_of_streets")
        City.objects.filter(pk=city.pk).update(ground_digest="")
        sql.execute("analyze_ground")


def read_source(pack, source, *, left, say):
    streets_named, reported_at = name_maker(pack.section("streets", []) or {}), time.monotonic()

    def step(count):
        nonlocal reported_at
        if time.monotonic() - reported_at > EVERY_S:
            reported_at = time.monotonic()
            say(f"Ground: {count:,} objects of the extract read")

    if source.extract:
        features = reading.read_extract(source.extract, pack.bounds, left=left, step=step)
    else:
        features = reading.read_files(source.files, source.spec, bounds=pack.bounds, left=left)
    for feature in features:
        yield feature._replace(name=streets_named(feature.name)) if feature.layer == Layer.ROAD else feature


def count_features(features: Iterable[Feature], counts: Counter) -> Iterable[Feature]:
    for feature in features:
        counts[feature.layer] += 1
        yield feature


def copy_rows(city, rows):
    """Insert rows by COPY: ten times as fast as INSERT."""
    rows = iter(rows)
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        while some := list(islice(rows, AT_ONCE)):
            shapes = shapely.set_srid([row.shape for row in some], 3857)
            for row, shape in zip(some, shapely.to_wkb(shapes, hex=True, include_srid=True), strict=True):
                copy.write_row((city.pk, row.band, int(row.layer), row.rank, row.first_zoom, row.name, shape))


def store_source(city, source):
    whose = [line for line in city.attribution.splitlines() if line != city.ground_attribution]
    if source.attribution and source.attribution not in whose:
        whose = [source.attribution, *whose]
    City.objects.filter(pk=city.pk).update(
        ground_digest=source.digest, ground_attribution=source.attribution, attribution="\n".join(whose)
    )
