"""Serve invented feeds for the map: rain as GeoRSS, tide and vehicles as GeoJSON, a warning as CAP.

The same moment gives the same bytes.
"""

import json
import math
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any
from xml.sax.saxutils import escape

STEP_S = 300  # a gauge tells a value every five minutes
SHOWER_S = 5400  # from shower to shower at one place
TIDE_H = (12.42, 24.84)  # periods of the moon's tide
SPEED_MS = 7.0
METRES_PER_DEGREE = 111_320
WARNED_H = 2


def read_scene(path: Path) -> dict[str, Any]:
    """Return what a pack's demo_feeds.toml holds; {} where the file is missing."""
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def stations_of(scene: dict[str, Any], kind: str) -> Iterator[tuple[str, float, float]]:
    for station in scene.get("stations", ()):
        if station["kind"] == kind:
            yield station["name"], *station["place"]


def last_step(at: float) -> datetime:
    return datetime.fromtimestamp(at // STEP_S * STEP_S, UTC)


def rain_mm(name: str, at: float) -> float:
    """Millimetres of the hour before a Unix time, in showers that differ by station."""
    chance = Random(name)
    phase, most = chance.uniform(0, SHOWER_S), chance.uniform(18, 55)
    return round(max(0.0, most * math.sin(2 * math.pi * (at + phase) / SHOWER_S)), 1)


def tide_m(name: str, at: float) -> float:
    """The level of the river in metres at a Unix time, from the two tides of a day."""
    late = Random(name).uniform(0, 3600)
    high, day = (math.sin(2 * math.pi * (at - late) / (hours * 3600)) for hours in TIDE_H)
    return round(0.35 + 0.85 * high + 0.4 * day, 2)


def rain_rss(scene: dict[str, Any], at: float) -> bytes:
    step = last_step(at)
    items = "".join(
        f"<item><guid isPermaLink='false'>{escape(name)}</guid><title>{escape(name)}</title>"
        f"<description>{rain_mm(name, step.timestamp())} mm</description>"
        f"<pubDate>{format_datetime(step)}</pubDate><georss:point>{lat} {lon}</georss:point></item>"
        for name, lon, lat in stations_of(scene, "rain")
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?><rss version='2.0' xmlns:georss='http://www.georss.org/georss'>"
        f"<channel><title>Rain</title><link>/</link><description>Invented</description>{items}</channel></rss>"
    ).encode()


def tide_geojson(scene: dict[str, Any], at: float) -> bytes:
    step = last_step(at)
    return collection(
        feature(name, (lon, lat), {"level_m": tide_m(name, step.timestamp()), "time": step.isoformat()})
        for name, lon, lat in stations_of(scene, "tide")
    )


def alert_cap(scene: dict[str, Any], at: float) -> bytes:
    """A warning that is valid for the full two hours in which a Unix time lies."""
    alert = scene.get("alert")
    sent = datetime.fromtimestamp(at // (WARNED_H * 3600) * (WARNED_H * 3600), UTC)
    if not alert:
        return b"<rss version='2.0'><channel><title>None</title></channel></rss>"
    ring = [*alert["polygon"], alert["polygon"][0]]
    polygon = " ".join(f"{lat},{lon}" for lon, lat in ring)
    texts = {name: escape(alert[name]) for name in ("event", "headline", "description", "instruction", "area")}
    return (
        "<?xml version='1.0' encoding='UTF-8'?><alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'>"
        f"<identifier>demo-{sent:%Y%m%d%H}</identifier><sender>demo</sender><sent>{sent.isoformat()}</sent>"
        "<status>Actual</status><msgType>Alert</msgType><scope>Public</scope>"
        f"<info><language>vi</language><category>Met</category><event>{texts['event']}</event><urgency>Expected</urgency>"
        "<severity>Moderate</severity><certainty>Likely</certainty>"
        f"<expires>{(sent + timedelta(hours=WARNED_H)).isoformat()}</expires><headline>{texts['headline']}</headline>"
        f"<description>{texts['description']}</description><instruction>{texts['instruction']}</instruction>"
        f"<area><areaDesc>{texts['area']}</areaDesc><polygon>{polygon}</polygon></area></info></alert>"
    ).encode()


def vehicles_geojson(scene: dict[str, Any], at: float) -> bytes:
    reported_at = datetime.fromtimestamp(int(at), UTC).isoformat()
    moving = []
    for vehicle in scene.get("vehicles", ()):
        place, heading = place_on(vehicle["route"], at)
        moving.append(
            feature(
                vehicle["name"], place, {"status": vehicle["status"], "time": reported_at, "heading": round(heading)}
            )
        )
    return collection(moving)


def place_on(route: list[list[float]], at: float) -> tuple[tuple[float, float], float]:
    """Return (lon, lat) of a vehicle that shuttles along a route, and its heading in degrees from north."""
    legs = [(start, end, metres_between(start, end)) for start, end in pairwise(route)]
    length = sum(metres for _start, _end, metres in legs)
    driven = at * SPEED_MS % (2 * length)
    back = driven > length
    left = 2 * length - driven if back else driven
    number = 0
    while number < len(legs) - 1 and left > legs[number][2]:
        left -= legs[number][2]
        number += 1
    start, end, metres = legs[number]
    share = min(1.0, left / metres)
    lon, lat = (a + (b - a) * share for a, b in zip(start, end, strict=True))
    east = (end[0] - start[0]) * math.cos(math.radians(lat))
    heading = math.degrees(math.atan2(east, end[1] - start[1])) + 180 * back
    return (round(lon, 6), round(lat, 6)), heading % 360


def metres_between(start, end):
    east = (end[0] - start[0]) * math.cos(math.radians(start[1]))
    return math.hypot(east, end[1] - start[1]) * METRES_PER_DEGREE


def feature(name, place, facts):
    return {
        "type": "Feature",
        "id": name,
        "geometry": {"type": "Point", "coordinates": place},
        "properties": {"name": name, **facts},
    }


def collection(features) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}, ensure_ascii=False).encode()


# Under which name of an address, and as what, each is told.
FEEDS: dict[str, tuple[str, Callable[[dict[str, Any], float], bytes]]] = {
    "rain.rss": ("application/rss+xml", rain_rss),
    "tide.geojson": ("application/geo+json", tide_geojson),
    "alert.cap": ("application/cap+xml", alert_cap),
    "vehicles.geojson": ("application/geo+json", vehicles_geojson),
}
