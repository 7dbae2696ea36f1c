"""Serve the base map's tiles as JSON, and areas as vector tiles (MVT)."""

import json
import math
from datetime import date
from typing import Any

import shapely
from django.utils.timezone import localdate

from gis_data.basemap.drawing import BANDS, Layer
from gis_data.models import Edition, Level
from gis_data.services.open_data import extent
from gis_data.sql import execute

DEEPEST = 22
FORM = "4"  # raise it when tiles say the same things differently: browsers keep them for a year
BANDS_END_AT = tuple(band.last for band in BANDS)
SIDE, COARSE_UNTIL = 1024, 13  # steps from side to side; until this zoom every second one is told: whole pixels
AREA_KEYS = {Layer.GREEN: "green", Layer.WATER: "water", Layer.BUILDING: "buildings"}  # as a tile calls the layers
LINE_KEYS = {Layer.WATERWAY: "waterways", Layer.RAIL: "rails", Layer.ROAD: "streets"}


class NoSuchTile(ValueError):
    """Zoom above 22, or x, y outside the 2^z × 2^z tiles."""


def check(z: int, x: int, y: int) -> None:
    if z > DEEPEST or not (0 <= x < 2**z and 0 <= y < 2**z):
        raise NoSuchTile


def tile_of(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    n = 2**zoom
    return int((lon + 180) / 360 * n), int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n)


def version(day: date | None = None, level: Level | None = None) -> str:
    """Return a version of today's boundaries and base map that changes with them; "" without a city.

    Of the deepest level, or of this one.
    """
    editions = Edition.objects.on(day or localdate()).order_by("-level")
    editions = editions.filter(level=level) if level else editions
    row = editions.values_list("pk", "city__pack_digest", "city__extract", "city__ground_digest").first()
    return f"{FORM}-{row[0]}-{row[1][:12]}{row[2][:12]}{row[3][:12]}" if row else ""


def area_tile(z: int, x: int, y: int, day: date | None = None) -> str:
    """Return the areas in force on `day` (today) and the base map of one tile, as JSON text.

    Coordinates are whole numbers in the tile, in steps of `unit`: 0 … 1024 from its north-west corner, with a margin of
    32 around it. A ring is a text in Google's encoding of polylines; where several rings or lines are one text, blanks
    stand between them, and each is told from where the one before ends (`read_polylines`).
    `areas`: code, name, label (lon, lat of a point inside), shape (polygons of rings). `green`, `water`, `buildings`:
    rings; those of holes run against the others. `waterways`, `rails`, `streets`: [rank, name, lines], those whose
    names are not written at this zoom together under "". `names`: [layer, name, x, y, zoom from which it is told].
    Raises NoSuchTile.
    """
    check(z, x, y)
    unit = 2 if z <= COARSE_UNTIL else 1
    areas = execute("area_tile", z=z, x=x, y=y, day=day or localdate(), units=SIDE // unit)[0][0]
    ground = json.dumps(ground_of(z, x, y, units=SIDE // unit), separators=(",", ":"), ensure_ascii=False)
    return f'{{"unit":{unit},"areas":{areas},{ground[1:]}'


def ground_of(z, x, y, *, units):
    band = next(number for number, last in enumerate(BANDS_END_AT) if z <= last)
    ground: dict[str, Any] = dict.fromkeys(AREA_KEYS.values(), "") | {key: [] for key in (*LINE_KEYS.values(), "names")}
    for layer, rank, name, text in execute("ground_tile", z=z, x=x, y=y, band=band, units=units):
        if layer in AREA_KEYS:
            ground[AREA_KEYS[layer]] = text
        elif layer in LINE_KEYS:
            ground[LINE_KEYS[layer]].append([rank, name, text])
        else:
            ground["names"].append([rank, name, *map(int, text.split())])
    return ground


def parsed_area_tile(z: int, x: int, y: int, day: date | None = None) -> dict[str, Any]:
    tile = json.loads(area_tile(z, x, y, day))
    unit = tile["unit"]
    for area in tile["areas"]:
        area["shape"] = [[read_polylines(ring, unit)[0] for ring in polygon] for polygon in area["shape"]]
    for layer in AREA_KEYS.values():
        tile[layer] = read_polylines(tile[layer], unit)
    for layer in LINE_KEYS.values():
        tile[layer] = [[rank, name, read_polylines(text, unit)] for rank, name, text in tile[layer]]
    return tile


def read_polylines(text: str, unit: int = 1) -> list[list[tuple[int, int]]]:
    """Decode Google's polyline encoding: deltas of corners (x, y), y before x, five bits a letter."""
    lines, last = [], [0, 0]
    for line in text.split():
        numbers, number, shift = last, 0, 0
        for letter in line:
            bits = ord(letter) - 63
            number |= (bits & 31) << shift
            shift += 5
            if bits < 32:
                numbers.append(numbers[-2] + unit * (~(number >> 1) if number & 1 else number >> 1))
                number = shift = 0
        lines.append(list(zip(numbers[3::2], numbers[2::2], strict=True)))
        last = numbers[-2:]
    return lines


OUTLINE_DEGREES, OUTLINE_DIGITS = 0.0005, 4  # some 50 m, told to 11 m


def area_outlines(day: date | None = None) -> str:
    """Return the deepest level's areas in force on `day` (today) as compact JSON, to be stored on phones.

    `unit`: of the coordinates, in degrees. `areas`: code, title (vi, en), shape (polygons of rings), simplified so that
    neighbours keep their common line; a ring is [lon, lat, dlon, dlat, …], each corner told from the one before it.
    """
    edition = Edition.objects.on(day or localdate()).order_by("-level").first()
    areas = list(edition.areas.defer("shape").order_by("code")) if edition else []
    outlines = shapely.coverage_simplify(shapely.from_wkb([bytes(area.outline.wkb) for area in areas]), OUTLINE_DEGREES)
    parameters = [
        {
            "code": area.code,
            "title": {"vi": area.full_name, "en": area.full_name_en or area.full_name},
            "shape": [[ring_steps(ring) for ring in rings_of(polygon)] for polygon in shapely.get_parts(outline)],
        }
        for area, outline in zip(areas, outlines, strict=True)
    ]
    return json.dumps({"unit": 10**-OUTLINE_DIGITS, "areas": parameters}, separators=(",", ":"), ensure_ascii=False)


def rings_of(polygon):
    return [polygon.exterior, *polygon.interiors]


def ring_steps(ring):
    corners = [(round(lon * 10**OUTLINE_DIGITS), round(lat * 10**OUTLINE_DIGITS)) for lon, lat in ring.coords]
    return corner_steps([corner for before, corner in zip([None, *corners], corners, strict=False) if corner != before])


MVT = "application/vnd.mapbox-vector-tile"
LEVELS = {"city": Level.CITY, "district": Level.DISTRICT, "ward": Level.WARD}
NAMES = ("code", "name", "full_name", "full_name_en")
AREA_LAYERS = {"areas": (*NAMES, "kind", "level", "edition"), "names": NAMES}  # what each layer of a tile says, as text


def area_vector_tile(z: int, x: int, y: int, day: date | None = None, level: Level | None = None) -> bytes:
    """Return areas in force on `day` (today) as a Mapbox vector tile (bytes), of this or the deepest level.

    Two layers: `areas` (polygons) and `names` (a point inside each). Empty bytes where there is nothing. Raises
    NoSuchTile.
    """
    check(z, x, y)
    return bytes(execute("area_vector_tile", z=z, x=x, y=y, day=day or localdate(), level=level)[0][0])


def tilejson_document(
    name: str,
    description: str,
    attribution: str,
    tiles: str,
    layers: dict[str, dict[str, str]],
    *,
    minzoom: int = 0,
    maxzoom: int,
) -> dict[str, Any]:
    """Return a TileJSON 3.0 document. `tiles`: absolute URL with {z}, {x}, {y}; `layers`: name → {field: kind}."""
    west, south, east, north = extent()
    return {
        "tilejson": "3.0.0",
        "name": name,
        "description": description,
        "attribution": attribution,
        "scheme": "xyz",
        "tiles": [tiles],
        "minzoom": minzoom,
        "maxzoom": maxzoom,
        "bounds": [west, south, east, north],
        "center": [(west + east) / 2, (south + north) / 2, min(maxzoom, 11)],
        "vector_layers": [{"id": layer, "description": "", "fields": fields} for layer, fields in layers.items()],
    }


def corner_steps(corners):
    steps, x, y = [], 0, 0
    for next_x, next_y in corners:
        steps += (next_x - x, next_y - y)
        x, y = next_x, next_y
    return steps
