"""Map tags of OpenStreetMap, or kinds of a pack's file, to layers and ranks. Pure functions."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from gis_data.models import GroundShape

Layer = GroundShape.Layer


class Feature(NamedTuple):
    """A feature to draw. `rank`: its importance in its layer, 1 the highest; `shape` in EPSG:4326."""

    layer: GroundShape.Layer
    rank: int
    name: str
    shape: Any


# Kinds by layer, as pack files say them and as `kind_of` reads them from OpenStreetMap's tags; each with its rank.
AREAS = {Layer.GREEN: {"park": 1, "golf": 2, "forest": 3, "mangrove": 3, "wetland": 3, "grass": 4, "cemetery": 4},
         Layer.WATER: {"sea": 1, "river": 2, "canal": 3, "lake": 4},
         Layer.BUILDING: {"building": 1}}  # fmt: skip
LINES = {
    Layer.WATERWAY: {"river": 1, "canal": 2, "stream": 3, "drain": 3},
    Layer.RAIL: {"rail": 1, "subway": 2, "rail_siding": 3, "subway_construction": 4},
    Layer.ROAD: {
        "motorway": 1, "trunk": 1, "primary": 2, "secondary": 3, "tertiary": 4,
        "residential": 5, "unclassified": 5, "living_street": 5, "pedestrian": 5, "road": 5,
        "service": 6, "track": 6, "footway": 6, "path": 6, "steps": 6, "cycleway": 6, "bridleway": 6, "corridor": 6,
        "ferry": 7,
    },
}  # fmt: skip
KINDS = AREAS | LINES

# What [ground] of a city.toml calls its files, and the layer that each is for.
FILES = {"green": Layer.GREEN, "water": Layer.WATER, "waterways": Layer.WATERWAY, "rail": Layer.RAIL,
         "streets": Layer.ROAD, "buildings": Layer.BUILDING}  # fmt: skip

# Areas of OpenStreetMap by their tags: the first line that fits says the layer and the kind. "" stands for any value.
AREA_TAGS = [
    ("natural", "water", "water", "river", Layer.WATER, "river"),
    ("natural", "water", "water", "canal", Layer.WATER, "canal"),
    ("natural", "water", "", "", Layer.WATER, "lake"),
    ("waterway", "riverbank", "", "", Layer.WATER, "river"),
    ("landuse", "reservoir", "", "", Layer.WATER, "lake"),
    ("landuse", "basin", "", "", Layer.WATER, "lake"),
    ("leisure", "park", "", "", Layer.GREEN, "park"),
    ("leisure", "garden", "", "", Layer.GREEN, "park"),
    ("leisure", "nature_reserve", "", "", Layer.GREEN, "forest"),
    ("leisure", "golf_course", "", "", Layer.GREEN, "golf"),
    ("landuse", "cemetery", "", "", Layer.GREEN, "cemetery"),
    ("amenity", "grave_yard", "", "", Layer.GREEN, "cemetery"),
    ("natural", "wetland", "wetland", "mangrove", Layer.GREEN, "mangrove"),
    ("natural", "wetland", "", "", Layer.GREEN, "wetland"),
    ("natural", "wood", "", "", Layer.GREEN, "forest"),
    ("landuse", "forest", "", "", Layer.GREEN, "forest"),
    ("natural", "scrub", "", "", Layer.GREEN, "grass"),
    ("landuse", "grass", "", "", Layer.GREEN, "grass"),
    ("landuse", "recreation_ground", "", "", Layer.GREEN, "grass"),
    ("landuse", "village_green", "", "", Layer.GREEN, "grass"),
    ("building", "", "", "", Layer.BUILDING, "building"),
]
RAILS = {"rail": "rail", "narrow_gauge": "rail", "subway": "subway", "light_rail": "subway", "monorail": "subway"}
WATERWAYS = {"river": "river", "canal": "canal", "stream": "stream", "drain": "drain", "ditch": "drain"}
KEYS = ("highway", "railway", "waterway", "route", *dict.fromkeys(key for key, *_ in AREA_TAGS))


def area_kind(tags: Mapping[str, str]) -> tuple[GroundShape.Layer, str] | None:
    """Return (layer, kind) of a closed way with these tags; None if it is not drawn."""
    for key, value, further, wanted, layer, kind in AREA_TAGS:
        tag_value = tags.get(key)
        if (
            tag_value
            and tag_value != "no"
            and value in ("", tag_value)
            and (not further or tags.get(further) == wanted)
        ):
            return layer, kind
    return None


def line_kind(tags: Mapping[str, str]) -> tuple[GroundShape.Layer, str] | None:
    """Return (layer, kind) of a line with these tags; None if it is not drawn, such as in a pipe."""
    road = tags.get("highway", "").removesuffix("_link")
    if road in LINES[Layer.ROAD]:
        return Layer.ROAD, road
    if tags.get("route") == "ferry":
        return Layer.ROAD, "ferry"
    if tags.get("waterway") in WATERWAYS and tags.get("tunnel", "no") == "no":
        return Layer.WATERWAY, WATERWAYS[tags["waterway"]]
    if tags.get("railway") == "construction" and tags.get("construction") in ("subway", "light_rail"):
        return Layer.RAIL, "subway_construction"
    if tags.get("railway") in RAILS:
        return Layer.RAIL, "rail_siding" if tags.get("service") else RAILS[tags["railway"]]
    return None
