"""Read base map features from a pack's files or an OpenStreetMap extract. No database."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import osmium
import pandas
import shapely

from gis_data.basemap.coast import find_sea
from gis_data.basemap.features import FILES, KEYS, KINDS, Feature, Layer, area_kind, line_kind
from gis_data.gazetteer.extract import check_gzip
from gis_data.pack import InvalidData
from gis_data.vector_files import read_layer, require_column
from gis_data.words import tidy

AREA_LAYERS = (Layer.GREEN, Layer.WATER, Layer.BUILDING)
NAME_LENGTH = 120


class Left:
    """Counts of objects that are not drawn, by reason."""

    def __init__(self):
        self.out = {}

    def add(self, why: str, count: int = 1) -> None:
        if count:
            self.out[why] = self.out.get(why, 0) + count

    def __str__(self):
        return ", ".join(f"{count:,} {why}" for why, count in sorted(self.out.items()))


def read_files(paths: dict[str, Path], spec: dict[str, Any], *, bounds: tuple, left: Left) -> Iterator[Feature]:
    """Yield features of a pack's files, by the kinds in [ground] of its city.toml.

    `left` counts dropped objects: unknown kinds, unexpected geometry types, objects outside. Raises InvalidData where a
    file cannot be read.
    """
    box = shapely.box(*bounds)
    for key, path in paths.items():
        layer = FILES[key]
        wanted = ("Polygon",) if layer in AREA_LAYERS else ("LineString",)
        table = read_layer(path, {})
        kinds = require_column(table, spec.get("kind", "kind"), path)
        names = table[spec["name"]] if spec.get("name") in table else pandas.Series("", index=table.index)
        for kind, name, shape in zip(kinds, names, table.geometry, strict=True):
            rank = KINDS[layer].get(kind)
            if rank is None:
                left.add(f"of a kind ({kind}) that is not drawn in {path.name}")
                continue
            yield from clip_feature(
                layer, rank, "" if pandas.isna(name) else name, shape=shape, box=box, wanted=wanted, left=left
            )


def clip_feature(layer, rank, name, *, shape, box, wanted, left) -> Iterator[Feature]:
    if shape is None or shape.is_empty:
        left.add("without a shape")
        return
    if not box.contains(shape):
        if not shape.is_valid:
            shape = shapely.make_valid(shape)
        shape = shapely.intersection(shape, box)
        if shape.is_empty:
            left.add("outside")
            return
    whole = [shape] if shape.geom_type in wanted else shapely.get_parts(shapely.get_parts(shape))
    parts = [part for part in whole if part.geom_type in wanted]
    if not parts:
        left.add("of another shape than their file is for")
    for part in parts:
        yield Feature(layer, rank, tidy(str(name))[:NAME_LENGTH], part)


def read_extract(
    path: Path, bounds: tuple, *, left: Left, step: Callable[[int], object] = lambda count: None
) -> Iterator[Feature]:
    """Yield features of an OpenStreetMap extract (.osm.pbf, .osm, also .gz) inside the bounds, the sea last.

    `step` is called with the number of objects read, every hundred thousand. Raises InvalidData where it cannot be
    read.
    """
    if not path.is_file() or not path.stat().st_size:
        raise InvalidData(f"{path.name} is empty or not there.")
    check_gzip(path)
    box, coast = shapely.box(*bounds), []
    drawn = osmium.filter.KeyFilter(*KEYS)
    objects = osmium.FileProcessor(str(path)).with_locations("sparse_file_array").with_areas(drawn)
    try:
        for count, thing in enumerate(
            objects.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY | osmium.osm.AREA)).with_filter(drawn)
        ):
            if count % 100_000 == 0:
                step(count)
            if isinstance(thing, osmium.osm.Way):
                if thing.tags.get("natural") == "coastline":
                    coast += way_lines(thing, bounds, left)
                else:
                    yield from features_of_way(thing, box, bounds, left)
            elif isinstance(thing, osmium.osm.Area):
                yield from features_of_area(thing, box, bounds, left)
    except (RuntimeError, ValueError, UnicodeDecodeError) as error:
        raise InvalidData(f"{path.name} cannot be read: {error}.") from error
    for face in find_sea(coast, bounds):
        yield Feature(Layer.WATER, 1, "", face)


def way_lines(way, bounds, left) -> Iterable[shapely.LineString]:
    corners = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
    if len(corners) < 2 or len(set(corners)) < 2:
        left.add("with no two nodes in the file")
        return []
    return [shapely.LineString(corners)] if touches(corners, bounds) else []


def touches(corners, bounds):
    west, south, east, north = bounds
    lons, lats = zip(*corners, strict=True)
    return max(lons) >= west and min(lons) <= east and max(lats) >= south and min(lats) <= north


def features_of_way(way, box, bounds, left):
    layer_and_rank = line_kind(way.tags)
    if layer_and_rank is None or way.tags.get("area") == "yes":
        return
    layer, kind = layer_and_rank
    for line in way_lines(way, bounds, left):
        yield from clip_feature(
            layer, KINDS[layer][kind], way.tags.get("name", ""), shape=line, box=box, wanted=("LineString",), left=left
        )


def features_of_area(area, box, bounds, left):
    layer_and_rank = area_kind(area.tags)
    if layer_and_rank is None:
        return
    layer, kind = layer_and_rank
    for outer in area.outer_rings():
        corners = [(node.lon, node.lat) for node in outer]
        if len(corners) < 4 or not touches(corners, bounds):
            continue
        inner = [[(node.lon, node.lat) for node in ring] for ring in area.inner_rings(outer)]
        shape = shapely.make_valid(shapely.Polygon(corners, [ring for ring in inner if len(ring) > 3]))
        yield from clip_feature(
            layer, KINDS[layer][kind], area.tags.get("name", ""), shape=shape, box=box, wanted=("Polygon",), left=left
        )
