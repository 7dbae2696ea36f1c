"""Parse files of cameras: CSV with a header line, or GeoJSON points whose properties have the same names.

A missing column leaves the register unchanged; an empty cell empties the field, but for `credentials`.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib.gis.geos import Point
from django.utils.translation import gettext as _

from cameras.models import Camera
from geoapp.http.text_validation import InvalidJson, read_json
from gis_data.pack import InvalidData
from gis_data.words import tidy

MOST = 20_000
BIGGEST = 20_000_000  # bytes


@dataclass
class Entry:
    """A camera as a file describes it: only given fields are in `camera` and `view` (fields of the models).

    `source` is a code, "" for none, None if the file does not say; `secret` is user:password, "" if none is given;
    `wrong` says what cannot be read of it, one sentence each.
    """

    where: str
    code: str
    camera: dict = field(default_factory=dict)
    view: dict = field(default_factory=dict)
    source: str | None = None
    secret: str = ""
    wrong: list = field(default_factory=list)


def text_reader(longest, needed=False):
    def read(cell):
        text = " ".join(tidy(cell).split())
        if needed and not text:
            raise ValueError(_("it is empty"))
        if len(text) > longest:
            raise ValueError(_("it has more than %(n)d characters") % {"n": longest})
        return text

    return read


def number_reader(lowest, highest, message, *, above=False, whole=False):
    """Return a reader of numbers within bounds, None for an empty cell; `above`: the lower bound is exclusive."""

    def read(cell):
        text = cell.strip()
        if not text:
            return None
        try:
            value = int(text) if whole else float(text.replace(",", "."))
        except ValueError:
            raise ValueError(message) from None
        if not (lowest < value if above else lowest <= value) or not value <= highest:
            raise ValueError(message)
        return value

    return read


def choice_reader(choices, empty):
    def read(cell):
        value = cell.strip().lower() or empty
        if value not in choices:
            raise ValueError(
                _("%(value)s is not one of %(choices)s") % {"value": value[:40], "choices": ", ".join(choices)}
            )
        return value

    return read


def read_yes(cell):
    value = cell.strip().lower()
    if value not in ANSWERS:
        raise ValueError(_("write yes, or leave it empty"))
    return ANSWERS[value]


ANSWERS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}


def column_readers():
    """Return {column: (part of an Entry, field, reader of its cell)}. Built per call, as the columns are translated."""
    degrees = _("enter degrees from 0 to 360")
    return {
        "name": ("camera", "name", text_reader(150, needed=True)),
        "road": ("camera", "road", text_reader(150)),
        "height": ("camera", "height_m", number_reader(0, 500, _("enter metres from 0 to 500"))),
        "kind": ("camera", "kind", choice_reader(Camera.Kind.values, Camera.Kind.JPEG)),
        "url": ("camera", "url", str.strip),
        "period": (
            "camera", "period_s",
            lambda cell: number_reader(1, 3600, _("enter whole seconds from 1 to 3600"), whole=True)(cell) or 30,
        ),
        "public": ("camera", "public", read_yes),
        "bearing": ("view", "bearing_deg", lambda cell: normalize_bearing(number_reader(0, 360, degrees)(cell))),
        "angle": ("view", "angle_deg", number_reader(0, 360, degrees, above=True)),
        "range": ("view", "range_m", number_reader(0, 5000, _("enter up to 5000 metres"), above=True)),
    }  # fmt: skip


def normalize_bearing(bearing):
    return bearing if bearing is None else bearing % 360


def read_entries(rows: Iterable[tuple[str, dict[str, str]]], bounds: tuple[float, float, float, float]) -> list[Entry]:
    """Return the entries of [(where, {column: cell as text})], each with what is `wrong` with it.

    `bounds`: west, south, east, north in degrees, in which every camera must stand.
    """
    reading, entries, seen = column_readers(), [], {}
    for where, row in rows:
        entry = read_entry(where, row, reading, bounds)
        if entry.code in seen:
            message = _("the code %(code)s is also in %(other)s.")
            entry.wrong.append(message % {"code": entry.code, "other": seen[entry.code]})
        seen.setdefault(entry.code, where)
        entries.append(entry)
    return entries


def read_entry(where, row, reading, bounds):
    entry = Entry(where, " ".join(tidy(row.get("code", "")).split()))
    if not 0 < len(entry.code) <= 40:
        entry.wrong.append(_("enter a code of 1 to 40 characters."))
    for column, (part, name, reader) in reading.items():
        if column in row:
            try:
                getattr(entry, part)[name] = reader(row[column])
            except ValueError as fault:
                entry.wrong.append(f"{column}: {fault}.")
    if "longitude" in row or "latitude" in row:
        entry.camera["place"], faults = read_place(row, bounds)
        entry.wrong += faults
    if "source" in row:
        entry.source = row["source"].strip()
    entry.secret = row.get("credentials", "").strip()
    if entry.secret and ":" not in entry.secret:
        entry.wrong.append(_("credentials: enter user:password."))
    return entry


def read_place(row, bounds):
    try:
        lon, lat = (float(row.get(name, "").strip().replace(",", ".")) for name in ("longitude", "latitude"))
    except ValueError:
        return None, [_("enter longitude and latitude in degrees.")]
    west, south, east, north = bounds
    if not (west <= lon <= east and south <= lat <= north):
        swapped = west <= lat <= east and south <= lon <= north
        return None, [_("longitude and latitude are swapped.") if swapped else _("it is outside the city.")]
    return Point(lon, lat, srid=4326), []


def read_rows(data: bytes, name: str) -> list[tuple[str, dict[str, str]]]:
    """Return [(where, {column: cell})] of a file's bytes, CSV or GeoJSON by its first character. Raises InvalidData."""
    if len(data) > BIGGEST:
        raise InvalidData(_("The file is larger than %(n)d MB.") % {"n": BIGGEST // 1_000_000})
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidData(_("The file is not text in UTF-8.")) from None
    if "\0" in text:
        raise InvalidData(_("The file is not text in UTF-8."))
    rows = read_geojson(text) if text.lstrip()[:1] == "{" else read_csv(text)
    if not rows:
        raise InvalidData(_("There is no camera in %(file)s.") % {"file": name})
    if len(rows) > MOST:
        raise InvalidData(_("There are more than %(n)d cameras in the file.") % {"n": MOST})
    return rows


def read_csv(text):
    try:
        reader = csv.DictReader(io.StringIO(text), restkey="more", strict=True)
        rows = [(_("line %(n)d") % {"n": reader.line_num}, row) for row in reader]
    except csv.Error as error:
        raise InvalidData(str(error)) from None
    columns = reader.fieldnames or []
    known = {"code", "longitude", "latitude", "source", "credentials", *column_readers()}
    faults = [_("The column “code” is missing.")] if "code" not in columns else []
    faults += [_("There is no column “%(name)s”.") % {"name": name[:60]} for name in columns if name not in known]
    faults += [
        _("%(where)s: the number of cells differs from the first line.") % {"where": where}
        for where, row in rows
        if "more" in row or None in row.values()
    ]
    if faults:
        raise InvalidData(*faults)
    return rows


def read_geojson(text):
    try:
        collection = read_json(text)
    except InvalidJson:
        raise InvalidData(_("The file is not GeoJSON.")) from None
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list):
        raise InvalidData(_("The file is not GeoJSON with a list of features."))
    rows, faults = [], []
    for n, feature in enumerate(features, 1):
        where = _("feature %(n)d") % {"n": n}
        try:
            properties = {str(key): cell_text(value) for key, value in (feature["properties"] or {}).items()}
            if feature.get("geometry") is not None:
                if feature["geometry"]["type"] != "Point":
                    raise ValueError
                lon, lat = feature["geometry"]["coordinates"][:2]
                properties |= {"longitude": cell_text(lon), "latitude": cell_text(lat)}
        except (TypeError, KeyError, ValueError, AttributeError):
            faults.append(_("%(where)s: it is not a point with properties.") % {"where": where})
            continue
        rows.append((where, properties))
    if faults:
        raise InvalidData(*faults)
    return rows


def cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list):
        return ", ".join(map(cell_text, value))
    raise ValueError
