"""Parse map links, `geo:` URIs and bare coordinates into places."""

import re
from urllib.parse import parse_qsl, unquote, urlsplit

from gis_data.addresses import coordinates

MAX_CHARS = 4000  # of a text in which links are looked for
LONGEST = 2000  # characters of a text that a person may write which is a map's link
# A link of a map's site may lack its scheme.
SITES = (
    r"(?:www\.)?(?:google\.[a-z.]{2,6}/maps|maps\.google\.|maps\.app\.goo\.gl/|goo\.gl/maps/|maps\.apple\."
    r"|openstreetmap\.org|osm\.org)"
)
LINK = re.compile(rf"(?:https?://|geo:|(?<![\w/.]){SITES})[^\s<>\"]{{1,2000}}", re.ASCII | re.IGNORECASE)
NUMBER = r"[-+]?\d{1,3}\.\d{2,15}"
PAIR = re.compile(rf"({NUMBER})\s{{0,3}}[,;~/ ]\s{{0,3}}({NUMBER})", re.ASCII)
PIN = re.compile(rf"!3d({NUMBER})!4d({NUMBER})", re.ASCII)  # Google: the pin itself, after the middle of the view
SHORT_LINKS = ("https://maps.app.goo.gl/", "https://goo.gl/maps/")  # they lead to a link that says the place
SHORT_LINK = re.compile(
    r"(?<![\w/.-])(?:https?://)?(?:maps\.app\.goo\.gl|goo\.gl/maps|maps\.apple/p|g\.co/kgs|osm\.org/go)/\S",
    re.IGNORECASE,
)
# In which parameters of a link the place stands, the most certain first.
PARAMETERS = ("q", "query", "ll", "coordinate", "mlat", "destination", "daddr", "center", "cp", "sll", "address")
DEGREES = re.compile(r"-?\d{1,3}°[^/&?]{3,40}[NSEWnsew]")  # Google: the place as degrees, minutes and seconds


def find_map_link(text: str) -> str:
    return next((match[0].rstrip(".,;)") for match in LINK.finditer(text[:MAX_CHARS])), "")


def is_short_link(link: str) -> bool:
    return link.startswith(SHORT_LINKS)


def parse_map_link(link: str) -> tuple[float, float] | None:
    """Return the longitude and latitude (EPSG:4326, degrees) of a link; None where it has no valid place."""
    try:
        parts = urlsplit(link)
        parameters = dict(parse_qsl(parts.query, max_num_fields=50))
    except ValueError:
        return None
    if "mlat" in parameters:
        parameters["mlat"] = f"{parameters['mlat']},{parameters.get('mlon', '')}"
    texts = [parameters[name] for name in PARAMETERS if name in parameters]
    whole = unquote(link)[:MAX_CHARS]
    degrees = DEGREES.search(whole.replace("+", " "))
    written = coordinates.parse_pair(degrees[0]) if degrees else []
    pairs = (PIN.search(whole), *(PAIR.search(text) for text in texts), *([] if written else [PAIR.search(whole)]))
    for match in pairs:
        if match and (place := place_of(match)):
            return place
    return written[0] if written else None


def parse_coordinates(text: str) -> tuple[float, float] | None:
    """Return the longitude and latitude of a text of nothing but coordinates, else None; latitude first in doubt."""
    return next(iter(coordinates.parse_pair(text)), None)


def places_in_text(text: str) -> list[tuple[float, float]]:
    """Return the places (longitude, latitude) of coordinates or of the map link in a text, the likelier first."""
    if pairs := coordinates.parse_pair(text):
        return pairs
    links = (match[0].rstrip(".,;)") for match in LINK.finditer(text[:MAX_CHARS]))
    place = next(filter(None, map(parse_map_link, links)), None)
    # Programs write links, but some of them the longitude first.
    swapped = [(place[1], place[0])] if place and abs(place[0]) <= 90 else []
    return [place, *swapped] if place else []


def shorten_link(text: str, most: int) -> str:
    """Replace the map link of a text longer than `most` characters by its coordinates.

    Any other text, and one that has more than 2,000 characters, as it is.
    """
    if not most < len(text) <= LONGEST:
        return text
    link = find_map_link(text)
    if not link or not (place := parse_map_link(link)):
        return text
    lon, lat = place
    return f"{lat:.6f}, {lon:.6f}" if text.strip() == link else text.replace(link, f"geo:{lat:.6f},{lon:.6f}", 1)


def names_short_link(text: str) -> bool:
    return bool(SHORT_LINK.search(text[:MAX_CHARS])) and not places_in_text(text)


def place_of(match):
    lat, lon = float(match[1]), float(match[2])
    return (lon, lat) if abs(lat) <= 90 and abs(lon) <= 180 else None
