"""Load streets of a pack or an OpenStreetMap extract, and compute their junctions."""

import json
import re
from collections.abc import Callable
from typing import Any

from django.contrib.gis.geos import LineString
from shapely.geometry.base import BaseGeometry

from gis_data import sql
from gis_data.models import City, Street, StreetName
from gis_data.pack import InvalidData, Pack, check_keys, check_texts
from gis_data.vector_files import check_bounds, read_layer, require_column
from gis_data.words import plain, tidy

LANE = 3  # the rank of what is no street of its own
TOUCH_M = 6.0  # lines whose ends come this near to another street meet it
BATCH = 2000  # rows written at once
APART_M = 60.0  # two streets that meet twice within this meet at one junction: the width of a boulevard


def load_streets(city: City, pack: Pack) -> int | None:
    """Replace the streets by the pack's; returns how many, None where no file is found.

    Of the files of `more` those lines are taken whose names the files before do not have. What an extract brought
    (`load_streets`) stays: it knows more than a pack does.
    """
    spec = pack.section("streets", ["file", "name", "kind", "ranks", "attribution"])
    if spec is None:
        return None
    check_spec(spec)
    load_street_names(city, pack, spec)
    files = [(path, table) for table in line_tables(spec) if (path := pack.find_file(table["file"]))]
    if not files or city.extract:
        return None
    city.streets.all().delete()
    known: set[str] = set()
    created = 0
    for path, table in files:
        streets = [street for street in read_streets(city, pack, path, table) if street.search not in known]
        Street.objects.bulk_create(streets, batch_size=BATCH)
        known |= {street.search for street in streets}
        created += len(streets)
    compute_junctions(city)
    return created


def line_tables(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """Return [streets] and each of [[streets.more]] completed by it."""
    whole = {key: value for key, value in spec.items() if key not in ("more", "names")}
    return [whole, *(whole | more for more in spec.get("more", []))]


def read_streets(city, pack, path, spec):
    table = read_layer(path, spec)
    shaped = ~(table.geometry.isna() | table.geometry.is_empty)
    table = table[require_column(table, spec["name"], path).notna() & shaped].explode(ignore_index=True)
    if set(table.geom_type) - {"LineString"}:
        raise InvalidData(f"{path.name}: not only lines.")
    check_bounds(path.name, table, pack.bounds)
    ranks = require_column(table, spec["kind"], path).map(spec["ranks"]).fillna(LANE).astype(int)
    return filter(None, map(street_maker(city, spec), table[spec["name"]], ranks, table.geometry))


def load_street_names(city: City, pack: Pack, spec: dict[str, Any]) -> None:
    """Replace the street names without lines by the pack's file, if it has one.

    The file is an object with a list `district`, each with its `name` and `street`, a list of names. Names that are
    but a number or a letter are left out: they say nothing.
    """
    path = pack.find_file(spec["names"]["file"]) if "names" in spec else None
    if path is None:
        return
    try:
        districts = json.loads(path.read_text(encoding="utf-8"))["district"]
        pairs = [(tidy(name), tidy(district["name"])) for district in districts for name in district["street"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidData(f"{path.name}: a list district, each with name and street, is required.") from error
    named, words = name_maker(spec), search_key_maker(city)
    written = {(named(name), district[:120]): name for name, district in pairs if re.search(r"[^\W\d_]{2}", name)}
    city.street_names.all().delete()
    StreetName.objects.bulk_create(
        (
            StreetName(city=city, name=name, district=district, search=words(name))
            for name, district in written
            if words(name) and plain(district)
        ),
        batch_size=BATCH,
    )


def street_maker(city: City, spec: dict[str, Any]) -> Callable[[str, int, BaseGeometry], Street | None]:
    lane, words, named = compile_pattern(spec, "lanes"), search_key_maker(city), name_maker(spec)

    def street(name, rank, line):
        name = named(name)
        rank = LANE if lane.search(name) else rank
        line = LineString(*line.coords, srid=4326)
        return Street(city=city, name=name, rank=rank, line=line, search=words(name)) if name else None

    return street


def name_maker(spec: dict[str, Any]) -> Callable[[str], str]:
    needless = compile_pattern(spec, "without")
    return lambda name: needless.sub("", tidy(name))[:120]


def check_spec(spec: dict[str, Any]) -> None:
    check_texts(
        "city.toml [streets]", spec, ("file", "name", "kind", "attribution", "lanes", "without", "crs", "layer")
    )
    for part, needs in (("more", ["file"]), ("names", ["file", "attribution"])):
        tables = spec.get(part, [])
        for table in tables if part == "more" and isinstance(tables, list) else [tables] if tables else []:
            check_keys(f"city.toml [streets.{part}]", table, needs)
            check_texts(f"city.toml [streets.{part}]", table, ("file", "name", "kind", "attribution", "crs", "layer"))
    ranks = spec.get("ranks", {})
    if not isinstance(ranks, dict) or any(type(rank) is not int or not 1 <= rank <= 3 for rank in ranks.values()):
        raise InvalidData("city.toml [streets]: ranks gives each kind a rank from 1 to 3, such as { avenue = 1 }.")


def compile_pattern(spec, key):
    try:
        return re.compile(spec.get(key, "(?!)"), re.IGNORECASE)
    except re.error as error:
        raise InvalidData(f"city.toml [streets]: {key} is no regular expression ({error}).") from error


def search_key_maker(city: City) -> Callable[[str], str]:
    """Return a function from a street's name to its search key: no diacritics, numbers written out.

    `Hẻm 7 Cách Mạng Tháng 8` and `Hẻm 7 Cách Mạng Tháng Tám` are one street where the city's abbreviations say so.
    """
    long = {short: plain(name) for short, name in city.abbreviations.items() if re.search(r"\d", short)}
    shorts = "|".join(re.escape(short) for short in sorted(long, key=len, reverse=True)) or "(?!)"
    short = re.compile(rf"(?<!\S)(?:{shorts})(?!\S)")
    return lambda name: short.sub(lambda match: long[match[0]], plain(name))


def compute_junctions(city: City) -> None:
    """Recompute the city's junctions from its streets. Call it inside a transaction."""
    city.junctions.all().delete()
    sql.execute("analyze_streets")
    sql.execute(
        "junctions", city=city.pk, srid=city.metric_srid, touch=TOUCH_M, apart=APART_M, degrees=TOUCH_M * 1.1 / 111_000
    )
