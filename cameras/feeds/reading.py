"""Parse feeds of any format: bytes in, items with a place, a value and a time out.

GeoRSS in RSS 2.0, RSS 1.0 and Atom (Simple, GML, and the older geo:lat and geo:long); CAP 1.2, alone or several in one
document; GeoJSON, plain or of an OGC API. A feed is untrusted: XML without DTD and entities, limits on the depth of
JSON, on items and on the length of texts. What cannot be drawn is left out and counted.
"""

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.contrib.gis.geos import GEOSException, GEOSGeometry
from django.utils.timezone import make_aware

from cameras.feeds import shapes
from cameras.feeds.shapes import InvalidShape
from geoapp.http.text_validation import NO_TEXT, read_json

ITEMS_AT_MOST = 2000
NODES_AT_MOST = 200_000  # elements of a document
LONGEST = {"key": 300, "title": 200, "text": 1000, "unit": 20, "severity": 10}
# The first number of a text that has one, with its unit: "Trạm Tân Sơn Hòa: 45,5 mm".
MEASURED = re.compile(r"(?<![\d.,])(-?\d{1,6}(?:[.,]\d{1,3})?)\s?(mm|cm|m)\b")
SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
# The usual names of properties and elements, for feeds whose settings do not name them.
NAMES = ("name", "title", "station", "ten", "tram", "plate", "label", "id")
VALUES = ("value", "rain_mm", "rainfall", "rain", "level_m", "level", "luong_mua", "muc_nuoc")
TIMES = ("observed", "observed_at", "time", "datetime", "timestamp", "updated", "date", "pubDate")
STARTS = ("from", "starts", "start", "starts_at", "onset", "begin", "dtstart", "tu", "bat_dau")
ENDS = ("until", "ends", "end", "ends_at", "expires", "dtend", "den", "ket_thuc")
PLACES = ("place", "location", "where", "address", "dia_diem", "dia_chi", "khu_vuc")
HEADINGS = ("heading", "bearing", "course")
TAGS = re.compile(r"<[^<>]{0,500}>")
BLANKS = re.compile(r"\s+")


class Unreadable(ValueError):
    """A document that is not of the feed's format; the argument is a key of FAULTS."""


@dataclass(frozen=True)
class Keys:
    """The names of a feed's own fields, if they are not among the usual names."""

    name: str = ""
    value: str = ""
    time: str = ""
    unit: str = ""
    works: bool = False  # things need no place that can be drawn, and say from when until when


@dataclass
class Item:
    """An item of a feed: a station with its value, a vehicle, the area of an alert."""

    key: str
    title: str
    shape: GEOSGeometry | None  # only works may be without
    text: str = ""
    value: float | None = None
    unit: str = ""
    at: datetime | None = None  # of which moment it is true
    until: datetime | None = None  # until when, where the feed says so
    severity: str = ""
    heading: float | None = None
    place: str = ""  # of works, in words


@dataclass
class FeedContents:
    """The content of a document."""

    items: list[Item] = field(default_factory=list)
    left_out: int = 0  # things without a place that can be drawn
    cancelled: set[str] = field(default_factory=set)  # alerts of CAP that a later one replaces or calls off
    links: list[str] = field(default_factory=list)  # documents that belong to it: alerts of an index, the next page


def read_feed(body: bytes, form: str, keys: Keys = Keys()) -> FeedContents:
    try:
        return READERS[form](body, keys)
    except (ParseError, DefusedXmlException, LookupError, RecursionError, GEOSException) as error:
        raise Unreadable("format") from error


def parse_xml(body: bytes) -> Element:
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Unreadable("xml") from error
    if sum(1 for _element in root.iter()) > NODES_AT_MOST:
        raise Unreadable("large")
    return root


# ---- GeoRSS ----


def read_georss(body: bytes, keys: Keys) -> FeedContents:
    root = parse_xml(body)
    if local_name(root) not in ("rss", "feed", "RDF"):
        raise Unreadable("format")
    contents = FeedContents()
    for entry in limit_elements(element for element in root.iter() if local_name(element) in ("item", "entry")):
        add_item(contents, partial(entry_item, entry, keys))
    return contents


def entry_item(entry, keys):
    texts = {}
    for child in entry:
        texts.setdefault(local_name(child), plain_text(child))
    title = clean_text("title", texts.get(keys.name) or texts.get("title", ""))
    text = clean_text("text", texts.get("description") or texts.get("summary") or texts.get("content") or "")
    value, unit = find_value(texts.get(keys.value), next((texts[name] for name in VALUES if name in texts), None))
    if value is None:  # a title may be a number and no value
        value, unit = find_measure(title)
    if value is None:
        value, unit = find_value(text)
    return Item(
        key=clean_text("key", texts.get("guid") or texts.get("id") or link_of(entry) or title),
        title=title,
        text=text if text != title else "",
        shape=shape_or_none(partial(georss_shape, entry), keys),
        value=value,
        unit=keys.unit or unit,
        **(
            span_of(texts, keys)
            if keys.works
            else {
                "at": read_time(
                    texts.get(keys.time)
                    or texts.get("updated")
                    or texts.get("pubDate")
                    or texts.get("published")
                    or texts.get("date")
                )
            }
        ),
    )


def span_of(texts, keys):
    """Return when works begin and end, and where they are in words, by the usual names of elements and columns."""
    begins = texts.get(keys.time) or next((texts[name] for name in STARTS if texts.get(name)), None)
    ends = next((texts[name] for name in ENDS if texts.get(name)), None)
    where = next((texts[name] for name in PLACES if texts.get(name)), "")
    return {"at": read_local_time(begins), "until": read_local_time(ends), "place": clean_text("title", where)}


def shape_or_none(read, keys):
    try:
        return read()
    except (InvalidShape, GEOSException):
        if keys.works:
            return None
        raise


def georss_shape(entry):
    inside = {}
    for element in entry.iter():
        inside.setdefault(local_name(element), element)
    if "where" in inside and (gml := next(iter(inside["where"]), None)) is not None:
        return gml_shape(gml)
    for name, read in GEORSS.items():
        if name in inside:
            return read(inside[name].text)
    if {"lat", "long"} <= inside.keys():
        return shapes.point_of(shapes.positions_of(f"{inside['lat'].text} {inside['long'].text}"))
    raise InvalidShape("there is no shape")


def circle_text(text):
    numbers = shapes.numbers_of(text)
    if len(numbers) != 3:
        raise InvalidShape("a circle has a middle and a radius")
    lat, lon, radius = numbers
    return shapes.circle_of(lon, lat, radius_m=radius)


GEORSS: dict[str, Callable[[str | None], GEOSGeometry]] = {
    "point": lambda text: shapes.point_of(shapes.positions_of(text)),
    "line": lambda text: shapes.line_of(shapes.positions_of(text)),
    "polygon": lambda text: shapes.polygon_of(shapes.positions_of(text)),
    "box": lambda text: shapes.box_of(shapes.positions_of(text)),
    "circle": circle_text,
}


def gml_shape(gml):
    positions = [
        shapes.positions_of(element.text)
        for element in gml.iter()
        if local_name(element) in ("pos", "posList", "lowerCorner", "upperCorner")
    ]
    if not positions:
        raise InvalidShape("there is no shape")
    if local_name(gml) == "Point":
        return shapes.point_of(positions[0])
    if local_name(gml) == "LineString":
        return shapes.line_of([position for some in positions for position in some])
    if local_name(gml) == "Envelope":
        return shapes.box_of([position for some in positions for position in some])
    if local_name(gml) == "Polygon":
        return shapes.polygon_of(
            positions[0] if len(positions[0]) > 1 else [position for some in positions for position in some]
        )
    raise InvalidShape("this kind of geometry is not known")


# ---- CAP ----


def read_cap(body: bytes, keys: Keys) -> FeedContents:
    """Parse CAP alerts, `status` Actual only. Of several `info` in several languages the first is used."""
    root = parse_xml(body)
    alerts = [element for element in root.iter() if local_name(element) == "alert"]
    contents = FeedContents()
    if not alerts:
        if local_name(root) not in ("rss", "feed", "RDF"):
            raise Unreadable("format")
        contents.links = [link for entry in entries_of(root) if (link := link_of(entry))]
    for alert in limit_elements(alerts):
        facts = texts_of(alert)
        if facts.get("status") != "Actual":
            continue
        if facts.get("msgType") in ("Update", "Cancel"):
            contents.cancelled |= {
                clean_text("key", reference) for reference in earlier_alerts(facts.get("references", ""))
            }
        if facts.get("msgType") in ("Alert", "Update"):
            add_item(contents, partial(alert_item, alert, facts, keys))
    contents.items = [item for item in contents.items if item.key not in contents.cancelled]
    return contents


def earlier_alerts(text):
    """Return the identifiers in a CAP `references` element: "sender,identifier,sent sender,identifier,sent"."""
    return [parts[1] for triple in text.split() if len(parts := triple.split(",")) == 3]


def alert_item(alert, facts, keys):
    infos = [element for element in alert if local_name(element) == "info"]
    if not infos:
        raise InvalidShape("there is no shape")
    info, areas = texts_of(infos[0]), [element for element in infos[0] if local_name(element) == "area"]
    severity = info.get("severity", "Unknown")
    places = ", ".join(filter(None, (texts_of(area).get("areaDesc", "") for area in areas)))
    return Item(
        key=clean_text("key", facts.get("identifier", "")),
        title=clean_text("title", info.get("headline") or info.get("event", "")),
        text=clean_text("text", " ".join(filter(None, (places, info.get("description"), info.get("instruction"))))),
        shape=shape_or_none(lambda: shapes.merge_shapes(shape for area in areas for shape in cap_shapes(area)), keys),
        place=clean_text("title", places),
        severity=severity if severity in SEVERITIES else "Unknown",
        at=read_time(info.get("onset") or info.get("effective") or facts.get("sent")),
        until=read_time(info.get("expires")),
    )


def cap_shapes(area) -> Iterator[GEOSGeometry]:
    for element in area:
        if local_name(element) == "polygon":
            yield shapes.polygon_of(shapes.positions_of(element.text))
        elif local_name(element) == "circle":
            numbers = shapes.numbers_of(element.text)
            if len(numbers) != 3:
                raise InvalidShape("a circle has a middle and a radius")
            lat, lon, kilometres = numbers
            yield shapes.circle_of(lon, lat, radius_m=kilometres * 1000)


# ---- CSV ----


def read_csv(body: bytes, keys: Keys) -> FeedContents:
    """Parse a table with a header: `id`, `title`, `text`, `place`, `from`, `until`, `lon`, `lat`."""
    try:
        text = body.decode("utf-8-sig")
        delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
        rows = csv.DictReader(io.StringIO(text), restkey="more", delimiter=delimiter, strict=True)
        contents = FeedContents()
        if not {"title", "name", "ten", keys.name} & {(name or "").strip() for name in rows.fieldnames or ()}:
            raise Unreadable("format")
        for row in limit_elements(rows):
            texts = {(name or "").strip(): value.strip() for name, value in row.items() if isinstance(value, str)}
            add_item(contents, partial(row_item, texts, keys))
    except (csv.Error, UnicodeDecodeError) as error:
        raise Unreadable("format") from error
    return contents


def row_item(texts, keys):
    title = clean_text("title", texts.get(keys.name) or next((texts[name] for name in NAMES if texts.get(name)), ""))
    value, unit = find_value(texts.get(keys.value), next((texts[name] for name in VALUES if name in texts), None))
    begun = {} if keys.works else {"at": read_time(texts.get(keys.time) or texts.get("time"))}
    return Item(
        key=clean_text("key", texts.get("id") or title),
        title=title,
        text=clean_text("text", texts.get("text") or texts.get("description") or ""),
        shape=shape_or_none(lambda: row_shape(texts), keys),
        value=value,
        unit=keys.unit or unit,
        **(span_of(texts, keys) if keys.works else begun),
    )


def row_shape(texts):
    return shapes.point_of(shapes.positions_of(f"{texts.get('lat', '')} {texts.get('lon', '')}"))


# ---- GeoJSON ----


def read_geojson(body: bytes, keys: Keys) -> FeedContents:
    try:
        document = read_json(body, any_text=True)
    except ValueError as error:
        raise Unreadable("json") from error
    kind = document.get("type") if isinstance(document, dict) else None
    features = document.get("features") if kind == "FeatureCollection" else [document] if kind == "Feature" else None
    if not isinstance(features, list):
        raise Unreadable("format")
    contents = FeedContents()
    for feature in limit_elements(features):
        add_item(contents, partial(feature_item, feature, keys))
    links = document.get("links")
    for link in links if isinstance(links, list) else []:
        if isinstance(link, dict) and link.get("rel") == "next" and isinstance(link.get("href"), str):
            contents.links.append(link["href"])
    return contents


def feature_item(feature, keys):
    if not isinstance(feature, dict):
        raise InvalidShape("a feature is an object")
    facts = feature.get("properties")
    facts = facts if isinstance(facts, dict) else {}
    title = clean_text("title", str(first_value(facts, keys.name, NAMES) or feature.get("id") or ""))
    measure = first_value(facts, keys.value, VALUES)
    value, unit = find_value(None if measure is None else str(measure))
    return Item(
        key=clean_text("key", str(feature.get("id") or title)),
        title=title,
        text=clean_text("text", str(facts.get("description") or facts.get("status") or "")),
        shape=shape_or_none(lambda: shapes.geojson_shape(feature.get("geometry")), keys),
        value=value,
        unit=keys.unit or clean_text("unit", str(facts.get("unit") or "")) or unit,
        at=read_time(first_value(facts, keys.time, TIMES)),
        heading=read_heading(first_value(facts, "", HEADINGS)),
    )


def first_value(facts, key, usual):
    """Return the value under the feed's own key, else under the first of the usual keys that it has."""
    return facts.get(key) if key else next((facts[name] for name in usual if facts.get(name) is not None), None)


def read_heading(heading):
    number = read_number(str(heading)) if heading is not None else None
    return None if number is None else number % 360


# ---- Shared by all formats ----


def add_item(contents: FeedContents, read: Callable[[], Item]) -> None:
    """Add an item; one without a name, or that cannot be drawn, is counted."""
    try:
        item = read()
    except (InvalidShape, GEOSException):
        contents.left_out += 1
        return
    if item.key and item.title:
        contents.items.append(item)
    else:
        contents.left_out += 1


def limit_elements(some: Iterable) -> Iterator:
    """Yield the elements of a document; raises Unreadable beyond ITEMS_AT_MOST."""
    for number, element in enumerate(some):
        if number >= ITEMS_AT_MOST:
            raise Unreadable("large")
        yield element


def entries_of(root):
    return [element for element in root.iter() if local_name(element) in ("item", "entry")]


def local_name(element):
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def texts_of(element):
    texts: dict[str, str] = {}
    for child in element:
        texts.setdefault(local_name(child), BLANKS.sub(" ", child.text or "").strip())
    return texts


def plain_text(element):
    return BLANKS.sub(" ", TAGS.sub(" ", element.text or "")).strip()


def link_of(entry):
    for child in entry:
        if local_name(child) == "link" and child.get("rel", "alternate") in ("alternate", "self", "related"):
            return (child.get("href") or child.text or "").strip()
    return ""


def clean_text(name: str, text: str) -> str:
    """Return the text in one line, without control characters, cut to the length of its column."""
    return BLANKS.sub(" ", NO_TEXT.sub("", text[: 4 * LONGEST[name]])).strip()[: LONGEST[name]]


def find_value(*texts: str | None) -> tuple[float | None, str]:
    """Return (value, unit): of a text that is a number, else of the first number with a unit in these texts."""
    for text in texts:
        if text is None:
            continue
        if (number := read_number(text)) is not None:
            return number, ""
        if (measure := find_measure(text))[0] is not None:
            return measure
    return None, ""


def find_measure(text: str) -> tuple[float | None, str]:
    match = MEASURED.search(text[:400])
    return (float(match[1].replace(",", ".")), match[2]) if match else (None, "")


def read_number(text: str) -> float | None:
    try:
        number = float(text.strip().replace(",", ".")[:30])
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) < 1e9 else None


def read_time(value: Any) -> datetime | None:
    """Return the time of an ISO 8601 or RFC 822 text, or of Unix seconds; None for anything else, or without a time
    zone.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 4e9:
        return datetime.fromtimestamp(value, UTC)
    if not isinstance(value, str) or not value.strip():
        return None
    text = value.strip()[:60]
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if moment.tzinfo is not None and 1970 < moment.year < 3000:
            return moment.astimezone(UTC)
    return None


def read_local_time(value: str | None) -> datetime | None:
    """As `read_time`; a time without a zone is the city's, and a day begins at midnight."""
    if moment := read_time(value):
        return moment
    try:
        local = datetime.fromisoformat((value or "").strip()[:60])
    except ValueError:
        return None
    return make_aware(local) if local.tzinfo is None and 1970 < local.year < 3000 else None


READERS: dict[str, Callable[[bytes, Keys], FeedContents]] = {
    "georss": read_georss,
    "cap": read_cap,
    "geojson": read_geojson,
    "csv": read_csv,
}
