"""Places that people copy out of a map: links of map sites, `geo:` addresses, and bare coordinates."""

import re
from urllib.parse import parse_qsl, unquote, urlsplit

MAX_CHARS = 4000  # of a text in which links are looked for
LINK = re.compile(r"(?:https?://|geo:)[^\s<>\"']{1,2000}", re.ASCII | re.IGNORECASE)
NUMBER = r"[-+]?\d{1,3}\.\d{2,15}"
PAIR = re.compile(rf"({NUMBER})\s{{0,3}}[,;~/ ]\s{{0,3}}({NUMBER})", re.ASCII)
PIN = re.compile(rf"!3d({NUMBER})!4d({NUMBER})", re.ASCII)  # Google: the pin itself, after the middle of the view
SHORT_LINKS = ("https://maps.app.goo.gl/", "https://goo.gl/maps/")  # they lead to a link that says the place
# In which parameters of a link the place stands, the most certain first.
PARAMETERS = ("q", "query", "ll", "mlat", "destination", "daddr", "center", "cp", "sll")


def find_map_link(text: str) -> str:
    """The first link of a text that may say a place; "" for none."""
    return next((found[0].rstrip(".,;)") for found in LINK.finditer(text[:MAX_CHARS])), "")


def is_short_link(link: str) -> bool:
    """Whether the place stands only behind the address to which a link leads."""
    return link.startswith(SHORT_LINKS)


def parse_map_link(link: str) -> tuple[float, float] | None:
    """Longitude and latitude (degrees, EPSG:4326) that a link says; None where it says none on earth."""
    try:
        parts = urlsplit(link)
        asked = dict(parse_qsl(parts.query, max_num_fields=50))
    except ValueError:
        return None
    if "mlat" in asked:
        asked["mlat"] = f"{asked['mlat']},{asked.get('mlon', '')}"
    texts = [asked[name] for name in PARAMETERS if name in asked]
    whole = unquote(link)[:MAX_CHARS]
    for found in (PIN.search(whole), *(PAIR.search(text) for text in texts), PAIR.search(whole)):
        if found and (place := place_of(found)):
            return place
    return None


def parse_coordinates(text: str) -> tuple[float, float] | None:
    """Longitude and latitude of a text that is nothing but “latitude, longitude”; else None."""
    found = PAIR.fullmatch(text.strip()[:100])
    return place_of(found) if found else None


def place_of(found):
    lat, lon = float(found[1]), float(found[2])
    return (lon, lat) if abs(lat) <= 90 and abs(lon) <= 180 else None
