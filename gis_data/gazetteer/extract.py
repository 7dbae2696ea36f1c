"""Read roads, doors and places from an OpenStreetMap extract (.osm.pbf, .osm, .geojson, also .gz). No database.

Read object by object: memory stays bounded however large the file is, for the nodes' places lie in a temporary file.
(A GeoJSON file is read as a whole.)
"""

import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import osmium
import pandas
import shapely

from gis_data.pack import InvalidData
from gis_data.vector_files import read_layer
from gis_data.words import tidy

OSM = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2", ".osm.xml")
GEOJSON = (".geojson", ".geojson.gz", ".json", ".json.gz")

RANKS = {
    **dict.fromkeys(("motorway", "trunk", "primary", "secondary"), 1),
    **dict.fromkeys(("tertiary", "residential", "unclassified", "living_street", "pedestrian", "road"), 2),
    **dict.fromkeys(("service", "track", "footway", "path", "steps", "cycleway", "bridleway", "corridor"), 3),
}  # of highways; what is not named here (under construction, proposed, a stop) is no street

# What a named place is, by its tags: the first line that fits. "" stands for whatever the value is.
LANDMARKS = [
    ("amenity", "marketplace", "market"),
    ("amenity", "clinic", "hospital"),
    ("amenity", "university", "school"),
    ("amenity", "college", "school"),
    ("amenity", "place_of_worship", "temple"),
    ("amenity", "townhall", "office"),
    ("amenity", "", ""),
    ("highway", "bus_stop", "bus_stop"),
    ("public_transport", "platform", "bus_stop"),
    ("public_transport", "station", "station"),
    ("railway", "station", "station"),
    ("aeroway", "aerodrome", "airport"),
    ("junction", "yes", "crossroads"),
    ("highway", "traffic_signals", "crossroads"),
    ("man_made", "bridge", "bridge"),
    ("leisure", "park", "park"),
    ("leisure", "stadium", "stadium"),
    ("shop", "mall", "mall"),
    ("shop", "supermarket", "supermarket"),
    ("office", "government", "office"),
    ("tourism", "museum", "museum"),
    ("tourism", "attraction", "attraction"),
    ("place", "square", "square"),
]
OTHER_NAMES = (
    "alt_name", "short_name", "official_name", "old_name", "loc_name", "name:vi", "name:en", "alt_name:vi",
    "alt_name:en", "short_name:en", "official_name:en", "int_name",
)  # fmt: skip
KEYS = ["highway", "addr:housenumber", *dict.fromkeys(key for key, *_ in LANDMARKS)]


@dataclass(frozen=True)
class Road:
    name: str
    rank: int  # 1 main road, 2 street, 3 lane
    line: shapely.LineString  # EPSG:4326


@dataclass(frozen=True)
class HousePoint:
    number: str
    street: str
    point: shapely.Point


@dataclass(frozen=True)
class Place:
    kind: str
    name: str
    point: shapely.Point
    other_names: tuple[str, ...] = field(default=())


def read_extract(
    path: Path, spec: dict[str, Any] | None = None, step: Callable[[int], object] = lambda count: None
) -> Iterator[Road | HousePoint | Place]:
    """Yield named roads, doors and places of the file. Raises InvalidData where it cannot be read.

    `spec` is [streets] of a city.toml, by which a GeoJSON file without OpenStreetMap's tags is understood. `step` is
    called with the number of objects read, every ten thousand.
    """
    name = path.name.lower()
    if not path.is_file():
        raise InvalidData(f"There is no file {path}.")
    if not path.stat().st_size:
        raise InvalidData(f"{path.name} is empty.")
    if name.endswith(OSM):
        yield from read_osm(path, step)
    elif name.endswith(GEOJSON):
        yield from read_geojson(path, spec or {})
    else:
        raise InvalidData(f"{path.name}: must be a file of the kind .osm.pbf, .osm or .geojson.")


def read_osm(path, step):
    check_gzip(path)
    objects = osmium.FileProcessor(str(path)).with_locations("sparse_file_array")
    objects = objects.with_areas(osmium.filter.KeyFilter(*KEYS)).with_filter(osmium.filter.KeyFilter(*KEYS))
    try:
        for count, thing in enumerate(objects):
            if count % 10_000 == 0:
                step(count)
            yield from features_of(dict(thing.tags), geometry_of(thing))
    except (RuntimeError, ValueError, UnicodeDecodeError) as error:
        raise InvalidData(f"{path.name} cannot be read: {error}.") from error


def check_gzip(path: Path) -> None:
    """Raise InvalidData for a broken gzip file: osmium would read it as a shorter one."""
    if path.suffix == ".gz":
        try:
            with gzip.open(path) as file:
                while file.read(1 << 20):
                    pass
        except (OSError, EOFError, zlib.error) as error:
            raise InvalidData(f"{path.name} cannot be read: {error}.") from error


def geometry_of(thing):
    """Return the object's shape in EPSG:4326; None without one or with nodes missing from the file."""
    if thing.is_node():
        return shapely.Point(thing.lon, thing.lat)
    if thing.is_way():
        corners = [(node.lon, node.lat) for node in thing.nodes if node.location.valid()]
        return shapely.LineString(corners) if len(set(corners)) > 1 else None
    if thing.is_area():
        rings = [[(node.lon, node.lat) for node in ring] for ring in thing.outer_rings()]
        return max(map(shapely.Polygon, rings), key=shapely.area, default=None)
    return None


def features_of(tags, shape):
    name = tidy(tags.get("name", ""))
    if shape is None:
        return
    if isinstance(shape, shapely.LineString):
        rank = RANKS.get(tags.get("highway", "").removesuffix("_link"))
        if name and rank:
            yield Road(name, rank, shape)
        return
    point = shape if isinstance(shape, shapely.Point) else shape.representative_point()
    number, street = tidy(tags.get("addr:housenumber", "")), tidy(tags.get("addr:street", ""))
    if number and street:
        yield HousePoint(number, street, point)
    kind = landmark_kind(tags) if name else None
    if kind:
        # OpenStreetMap puts semicolons between several values.
        others = dict.fromkeys(tidy(other_name) for key in OTHER_NAMES for other_name in tags.get(key, "").split(";"))
        yield Place(kind, name, point, tuple(other for other in others if other and other != name))


def landmark_kind(tags):
    for key, value, kind in LANDMARKS:
        if key in tags and value in ("", tags[key]):
            return kind or tags[key]
    return None


def read_geojson(path, spec):
    table = read_layer(path, spec)
    spec = {"name": "name", "kind": "kind", "ranks": RANKS} | spec
    tagged = "highway" in table or "addr:housenumber" in table or "amenity" in table
    if not tagged and not {spec["name"], spec["kind"]} <= set(table.columns):
        raise InvalidData(
            f"{path.name}: neither OpenStreetMap's tags nor the attributes that a pack names; "
            f"there are {', '.join(table.columns.drop('geometry'))}."
        )
    for row in table.explode(ignore_index=True).to_dict("records"):
        shape = row.pop("geometry")
        tags = {key: str(value) for key, value in row.items() if not pandas.isna(value)}
        if tagged:
            yield from features_of(tags, shape)
        elif isinstance(shape, shapely.LineString) and (name := tidy(tags.get(spec["name"], ""))):
            yield Road(name, spec["ranks"].get(tags.get(spec["kind"]), 3), shape)
