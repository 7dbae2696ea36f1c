"""What an address in words may mean, as one of several places that a person can choose without scripts."""

from dataclasses import dataclass

from django.contrib.gis.geos import Point
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_data.addresses.suggest import suggest

WARD = 900  # metres: the circle of a ward that somebody named
KINDS = {
    "house": gettext_lazy("house"),
    "street": gettext_lazy("street"),
    "junction": gettext_lazy("crossing"),
    "landmark": gettext_lazy("known place"),
    "ward": gettext_lazy("ward"),
    "district": gettext_lazy("district"),
    "former": gettext_lazy("former name"),
}
SURE = (
    (0.75, gettext_lazy("sure")),
    (0.5, gettext_lazy("likely")),
    (0.3, gettext_lazy("perhaps")),
    (0, gettext_lazy("unsure")),
)


@dataclass(frozen=True)
class Spot:
    """A place to choose: `value` says it to `read`, `facts` and `note` say it to people."""

    value: str
    title: str
    facts: tuple
    note: str = ""


@dataclass(frozen=True)
class Chosen:
    """A point (EPSG:4326), known to within so many metres; `area` is the code of the ward if it was named."""

    point: Point
    accuracy_m: float
    area: str


def spots(words):
    """The places that the words may mean, the likeliest first; of what was divided, each part."""
    return spots_of(suggest(words))


def spots_of(candidates):
    """The candidates of `suggest` as places to choose; of what was divided, each part."""
    found = {}
    for candidate in candidates:
        for spot in wards(candidate.choices, candidate.note) if len(candidate.choices) > 1 else [whole(candidate)]:
            found.setdefault(spot.value, spot)
    return list(found.values())


def whole(candidate):
    area = candidate.area
    return Spot(
        value_of(candidate.point, candidate.accuracy_m, named_ward(candidate)),
        candidate.title,
        tuple(
            str(fact)
            for fact in (
                KINDS[candidate.kind],
                area.title if area and area.title != candidate.title else "",
                within(candidate.accuracy_m),
                next(words for least, words in SURE if candidate.confidence >= least),
            )
            if fact
        ),
        candidate.note,
    )


def named_ward(candidate):
    """The code of the ward in which the candidate lies, if that ward was named; else ""."""
    area = candidate.area
    return area.code if area and (candidate.names_ward or "ward" in dict(candidate.understood)) else ""


def wards(areas, note=""):
    """Each of the areas as a place to choose."""
    return [
        Spot(value_of(area.label_point, WARD, area.code), area.title, (str(KINDS["ward"]),), note) for area in areas
    ]


def within(metres):
    """How exactly a place is known, in words."""
    if metres < 950:
        return _("within about %(n)d m") % {"n": metres}
    return _("within about %(n)d km") % {"n": round(metres / 1000)}


def value_of(point, metres, area):
    return f"{point.x:.6f},{point.y:.6f},{round(metres)},{area}"


def read(value) -> Chosen:
    """The place that a spot's value says; raises ValueError for anything else."""
    lon, lat, metres, area = value.split(",")
    lon, lat, metres = float(lon), float(lat), float(metres)
    if not (abs(lon) <= 180 and abs(lat) <= 90 and 0 <= metres <= 100_000):
        raise ValueError(value)
    return Chosen(Point(lon, lat, srid=4326), metres, area)
