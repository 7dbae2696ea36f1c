"""Offer the possible places of an address in words as choices that work without scripts."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.gis.geos import Point
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_data.addresses.suggest import Candidate, suggest
from gis_data.models import Area

WARD_RADIUS_M = 900  # metres: the circle of a ward that somebody named
KIND_TITLES = {
    "house": gettext_lazy("house"),
    "street": gettext_lazy("street"),
    "junction": gettext_lazy("crossing"),
    "landmark": gettext_lazy("known place"),
    "ward": gettext_lazy("ward"),
    "district": gettext_lazy("district"),
    "former": gettext_lazy("former name"),
    "point": gettext_lazy("point on the map"),
}
CONFIDENCE_TITLES = (
    (0.75, gettext_lazy("sure")),
    (0.5, gettext_lazy("likely")),
    (0.3, gettext_lazy("perhaps")),
    (0, gettext_lazy("unsure")),
)
# Highest confidence by accuracy in metres; a ward is certain as such, its point is not.
SUREST_WITHIN = ((150, 1), (400, 0.7), (700, 0.4), (math.inf, 0.2))
WIDE = ("ward", "district", "former")


@dataclass(frozen=True)
class Spot:
    """A choice: `value` is read by `parse_spot`, `facts` and `note` describe it."""

    value: str
    title: str
    facts: tuple
    note: str = ""


@dataclass(frozen=True)
class ChosenPlace:
    """A point (EPSG:4326), exact to so many metres; `area`: code of the ward if it was named."""

    point: Point
    accuracy_m: float
    area: str


def find_spots(words: str) -> list[Spot]:
    return spots_from_candidates(suggest(words))


def spots_from_candidates(candidates: Iterable[Candidate]) -> list[Spot]:
    """Candidates of `suggest` as choices; each part of a divided one."""
    spots = {}
    for candidate in candidates:
        for spot in (
            ward_spots(candidate.choices, candidate.note) if len(candidate.choices) > 1 else [candidate_spot(candidate)]
        ):
            spots.setdefault(spot.value, spot)
    return list(spots.values())


def candidate_spot(candidate):
    area = candidate.area
    return Spot(
        spot_value(candidate.point, candidate.accuracy_m, named_ward_code(candidate)),
        candidate.title,
        tuple(
            str(fact)
            for fact in (
                KIND_TITLES[candidate.kind],
                area.title if area and area.title != candidate.title else "",
                accuracy_in_words(candidate.accuracy_m),
                next(words for least, words in CONFIDENCE_TITLES if spoken_confidence(candidate) >= least),
            )
            if fact
        ),
        candidate.note,
    )


def spoken_confidence(candidate: Candidate) -> float:
    if candidate.kind in WIDE:
        return candidate.confidence
    surest = next(most for metres, most in SUREST_WITHIN if candidate.accuracy_m <= metres)
    return min(candidate.confidence, surest)


def named_ward_code(candidate: Candidate) -> str:
    """Code of the candidate's ward if it was named, else ""."""
    area = candidate.area
    return area.code if area and (candidate.names_ward or "ward" in dict(candidate.understood)) else ""


def ward_spots(areas: Iterable[Area], note: str = "") -> list[Spot]:
    return [
        Spot(spot_value(area.label_point, WARD_RADIUS_M, area.code), area.title, (str(KIND_TITLES["ward"]),), note)
        for area in areas
    ]


def accuracy_in_words(metres):
    if metres < 950:
        return _("accurate to about %(n)d m") % {"n": metres}
    return _("accurate to about %(n)d km") % {"n": round(metres / 1000)}


def spot_value(point: Point, metres: float, area: str) -> str:
    return f"{point.x:.6f},{point.y:.6f},{round(metres)},{area}"


def parse_spot(value: str) -> ChosenPlace:
    """ChosenPlace of a spot's value. Raises ValueError."""
    lon, lat, metres, area = value.split(",")
    lon, lat, metres = float(lon), float(lat), float(metres)
    if not (abs(lon) <= 180 and abs(lat) <= 90 and 0 <= metres <= 100_000):
        raise ValueError(value)
    return ChosenPlace(Point(lon, lat, srid=4326), metres, area)
