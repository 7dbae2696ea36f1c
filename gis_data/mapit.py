"""Areas as MapIt says them, so that programs written for MapIt can ask us. Editions are its generations."""

import math
from datetime import date

from django.utils.timezone import localdate

from gis_data.models import Level
from gis_data.sql import execute

TYPES = {Level.CITY: ("CITY", "City"), Level.DISTRICT: ("DISTRICT", "District"), Level.WARD: ("WARD", "Ward")}


class BadQuestion(ValueError):
    """What was asked cannot be understood; the message says what."""


def areas_at(lon, lat, *, types="", generation="", at=""):
    """The areas that cover a place (EPSG:4326, as texts), keyed by their id; {} where there are none.

    `types`: codes with commas between them; `generation`: an edition's id; `at`: a day such as 2026-11-24 (today).
    Raises BadQuestion.
    """
    return said(execute("mapit_point", **question(lon, lat, generation, at)), types)


def question(lon, lat, generation, at):
    """The parameters of `sql/mapit_point.sql`. Raises BadQuestion."""
    return {**place(lon, lat), "generation": number(generation), "day": day(at)}


def said(rows, types):
    """The rows of `sql/mapit_point.sql` in MapIt's words, of these types only."""
    wanted = set(types.split(",")) if types else {code for code, _ in TYPES.values()}
    found = {}
    for pk, name, parent, level, code, edition in rows:
        kind, kind_name = TYPES[level]
        if kind in wanted:
            found[str(pk)] = {
                "id": pk,
                "name": name,
                "parent_area": parent,
                "type": kind,
                "type_name": kind_name,
                "country": "",
                "country_name": "-",
                "generation_low": edition,
                "generation_high": edition,
                "codes": {"official": code},
                "all_names": {},
            }
    return found


def place(lon, lat):
    try:
        lon, lat = float(lon), float(lat)
    except ValueError:
        raise BadQuestion("A point is two numbers: longitude, latitude") from None
    if not (math.isfinite(lon) and math.isfinite(lat) and -180 <= lon <= 180 and -90 <= lat <= 90):
        raise BadQuestion("Point outside the area geometry")
    return {"lon": lon, "lat": lat}


def number(text):
    if text and not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadQuestion("Bad generation: a number is wanted")
    return int(text) if text else None


def day(text):
    try:
        return date.fromisoformat(text) if text else localdate()
    except ValueError:
        raise BadQuestion("Bad day: 2026-11-24 is how one is written") from None
