"""Parse coordinates as people write them (decimal or degrees and minutes, either order) into longitude, latitude."""

import re
from dataclasses import dataclass

from gis_data.words import plain

MAX_CHARS = 120
# Of a hemisphere: the axis it belongs to, and its sign. In Vietnamese: Bắc, Nam, Đông, Tây; N alone is English.
HEMISPHERES = {"n": ("lat", 1), "s": ("lat", -1), "e": ("lon", 1), "w": ("lon", -1), "b": ("lat", 1), "đ": ("lon", 1),
               "bắc": ("lat", 1), "nam": ("lat", -1), "đông": ("lon", 1), "tây": ("lon", -1)}  # fmt: skip
LABELS = {"lat": "lat", "latitude": "lat", "vi do": "lat", "lon": "lon", "lng": "lon", "long": "lon",
          "longitude": "lon", "kinh do": "lon"}  # fmt: skip
HEMISPHERE = r"bắc|nam|đông|tây|[nsewbđ]"
ANGLE = re.compile(
    rf"""(?:(?P<label>lat(?:itude)?|lon(?:g(?:itude)?)?|lng|vĩ\ độ|kinh\ độ|vi\ do|kinh\ do)\s*[:=]?\s*)?
    (?:(?P<before>{HEMISPHERE})\s*)?
    (?P<degrees>[-+−]?\d{{1,3}}(?:[.,]\d{{1,15}})?)\s*
    (?:[°º˚]\s*
       (?:(?P<minutes>\d{{1,2}}(?:[.,]\d{{1,10}})?)\s*['’′‘´]\s*
          (?:(?P<seconds>\d{{1,2}}(?:[.,]\d{{1,8}})?)\s*(?:["”″“]|''|’’|′′)\s*)?)?)?
    (?(before)|(?P<behind>(?:{HEMISPHERE})(?![^\W\d_]))?)""",
    re.VERBOSE | re.IGNORECASE,
)
SEPARATOR = re.compile(r"\s*(?:[,;/|~]|\s[-–]\s|\s)\s*")
AROUND = re.compile(
    r"^(?:(?:tọa độ|toạ độ|toa do|gps|coordinates?|vị trí|vi tri)\s*:?\s*)?[(\[]?\s*|\s*[)\]]?\s*\.?$", re.IGNORECASE
)
DECIMALS = 2  # of degrees: with fewer the place is known to some kilometres, and a pair of numbers is anything


@dataclass(frozen=True)
class Angle:
    """Signed degrees; `axis` is lat or lon where the text says which, else ""."""

    degrees: float
    axis: str
    exact: bool


def parse_pair(text: str) -> list[tuple[float, float]]:
    """Return the places (longitude, latitude) that a text of nothing but coordinates may mean, the likelier first.

    Two where nothing says which number is which and both may be a latitude. [] for any other text.
    """
    text = AROUND.sub("", text.strip()[:MAX_CHARS])
    first = ANGLE.match(text)
    between = SEPARATOR.match(text, first.end()) if first else None
    second = ANGLE.fullmatch(text, between.end() if between else first.end()) if first else None
    first_angle, other = (read_angle(match) if match else None for match in (first, second))
    if first_angle is None or other is None or not (first_angle.exact and other.exact):
        return []
    if first_angle.axis and first_angle.axis == other.axis:
        return []
    orders = [(other, first_angle), (first_angle, other)]  # longitude, latitude: most write the latitude first
    return [
        (lon.degrees, lat.degrees)
        for lon, lat in orders
        if lon.axis != "lat" and lat.axis != "lon" and abs(lat.degrees) <= 90 and abs(lon.degrees) <= 180
    ]


def read_angle(match: re.Match) -> Angle | None:
    """Return the matched angle; None where its parts contradict one another."""
    whole = match["degrees"].replace("−", "-").replace(",", ".")
    parts = [float((match[name] or "0").replace(",", ".")) for name in ("minutes", "seconds")]
    if max(parts) >= 60:
        return None
    marks = [HEMISPHERES[mark.lower()] for name in ("before", "behind") if (mark := match[name])]
    label = LABELS[plain(match["label"])] if match["label"] else ""
    axes = {axis for axis, _sign in marks} | ({label} if label else set())
    if len(axes) > 1 or len(marks) > 1:
        return None
    size = abs(float(whole)) + parts[0] / 60 + parts[1] / 3600
    sign = (marks[0][1] if marks else 1) * (-1 if whole.startswith("-") else 1)
    exact = bool(match["minutes"]) or len(whole.partition(".")[2]) >= DECIMALS
    return Angle(sign * size, next(iter(axes), ""), exact)
