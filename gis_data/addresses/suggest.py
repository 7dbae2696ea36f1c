"""Suggest places for an address as people write it, the likeliest first.

`parser.parse_address` reads the text, `names.KnownNames` finds names, a few statements find their places, and
`confidence` ranks them. The text is neither stored nor logged.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from operator import itemgetter
from typing import Any

from django.contrib.gis.geos import Point
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rapidfuzz import fuzz

from gis_data.addresses import external, map_links
from gis_data.addresses import names as known_names
from gis_data.addresses.geocode import OutsideTheCity, locate, nearest_address
from gis_data.addresses.names import ALIKE, KnownName, accent_factor, prefer_accented, same_numbers, without_mark
from gis_data.addresses.parser import LONGEST, Address, Part, comparison_key, parse_address, without_kind
from gis_data.models import Area, Level
from gis_data.sql import execute
from gis_data.words import plain, tidy

PARTS = {
    "house": gettext_lazy("house number"),
    "alley": gettext_lazy("alley"),
    "street": gettext_lazy("street"),
    "crossing": gettext_lazy("crossing"),
    "landmark": gettext_lazy("landmark"),
    "quarter": gettext_lazy("quarter"),
    "ward": gettext_lazy("ward"),
    "district": gettext_lazy("district"),
    "city": gettext_lazy("city"),
    "elsewhere": gettext_lazy("another province or city"),
    "coordinates": gettext_lazy("coordinates"),
}
SHORT_LINK = gettext_lazy(
    "A short link does not contain its location. Open it and copy the coordinates or the long link, or write the "
    "address."
)
# How well a kind of candidate answers the query.
FOUND = {
    "house": 1.0,  # the very house
    "junction": 0.98,  # both streets, and they cross
    "landmark": 0.97,
    "alley": 0.97,  # the alley the house stands in
    "near house": 0.95,  # a house of a near number
    "street": 0.95,  # the street, and nothing more was asked
    "ward": 0.95,
    "street of house": 0.9,  # the street, but the house is not known
    "approach": 0.85,  # two streets that do not cross, but come near
    "beyond": 0.6,  # the street, but its known part is too short for the house's number
    "street by name": 0.65,  # a street that is known by its name alone, in the ward or district where one is called so
    "divided": 0.88,  # a former ward, of which several wards are left
    "district": 0.7,  # a district: only its wards answer
    "one of two": 0.55,  # one street of a crossing
    "ward of more": 0.62,  # the ward of a street or place that is not known
    "ward or district of more": 0.5,  # likewise where the name may be a district's as well
    "district of more": 0.3,
}
# How what was found agrees with the ward and district that were named.
CONTEXT = {"ward": 1.0, "district": 0.98, "none asked": 0.9, "near by": 0.6, "not known": 0.75, "elsewhere": 0.3}
UNSURE = 0.15  # what is less sure than this is not suggested
WEAK = 0.5  # where the best candidate is less sure, a geocoder outside is asked, if one is set
OUTSIDE = 0.45  # how sure its answers are
TOLD = 8  # characters: before that a person is still typing
PLOTS_A_METRE = 0.6  # house numbers that a metre of street may have, counting both sides
PLOTS_MORE = 50  # and so many more, as streets are drawn shorter than they are
STREETS_READ = 400  # lines, at most, that are cut at borders for one text
INTO_WARD = 0.00022  # degrees, some 24 m: so far a place beside a border is moved into the ward that was named
CENTRE_KM = 10  # from the middle of the city at which a place counts as half near it
OFF_BORDER = 0.00002  # degrees, some 2 m: likewise off a border that its rounded coordinates might lie beyond
EXACT_M = 10  # metres that coordinates may be off
SURE = 0.6  # what is less sure than this is not taken without asking
SURE_WARD = 0.4  # likewise of a ward that was named: what else was written need not be known
RIVAL = 0.8  # another place that is at least this many times as sure may as well be meant
EXACT = 0.97  # names from this likeness on are the same, but for diacritics that were left out
FORMER_NAME = 0.96  # the likeness of a street that is meant by a name it had
NAMESAKE = 0.88  # what is left of the likeness of other wards where one of today has the very name that was written
ANOTHER = 0.7  # what is left of the likeness of a street that only resembles what was written
ANOTHER_KIND = 0.9  # names from this likeness on are the same, but for what the unit is
RESEMBLING = 0.8  # what is left of the likeness of wards that only resemble one of the very name, in an old address
UNIT_AS_LANDMARK = 0.6  # behind a street a ward's name alone rather means the ward than something called so in it
STREET_AS_LANDMARK = 0.85  # a street's name rather means the street than something that is called after it
MARKED_AS_STREET = 0.3  # `đường Lê Lợi` is hardly the hospital that is called after it
ANOTHER_PLACE = 0.85  # likewise of a landmark, of which people write but a part of the name
STREET_MARKS = frozenset({"duong", "pho", "street", "road", "avenue"})
SLIPS = 2  # words of a name that may be misspelt
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
LONG_NAME = 3  # words
LONG_WORD = 4  # letters, from which on a word with one left out is still the same
# Letters that sound alike to many and are taken for one another.
SOUND_PAIRS = (("y", "i"), ("x", "s"), ("ch", "tr"), ("gi", "d"), ("r", "d"), ("q", "k"), ("c", "k"), ("ngh", "ng"),
               ("gh", "g"), ("ng", "n"), ("t", "c"), ("l", "n"), ("ph", "f"), ("qu", "w"), ("j", "d"),
               ("ich", "it"), ("anh", "ang"), ("inh", "in"))  # fmt: skip
ONE_THING_M = 150  # two places of one name that are no farther apart are one thing, whatever border runs through it
TOGETHER_M = 500  # two places in one ward that are no farther apart are one place, known in two ways


def confidence(how_found, *, reading, likeness, context, nearness=None, pull=0.05, share=1.0):
    """Return a candidate's confidence, 0 … 1, as a product of factors; more evidence never lowers it.

    `found` and `context` are lines of the tables; `reading` is the weight of the way the text was understood. The
    `likeness` of the names (1 the same) counts squared. `nearness` 0 … 1 to where the person is, if that is known,
    counts as much as `pull` says. `share`, of a street that lies in this ward, only decides between its parts.
    """
    near = 1 - pull / 2 if nearness is None else 1 - pull + pull * nearness
    return FOUND[how_found] * CONTEXT[context] * reading * likeness**2 * near * (0.9 + 0.1 * share)


@dataclass(frozen=True)
class Candidate:
    """A suggested place. `point` in EPSG:4326, `bounds` west, south, east, north, `accuracy_m` a radius in metres."""

    title: str
    kind: str  # house, street, junction, landmark, ward, district, former, point
    point: Point
    bounds: tuple[float, float, float, float]
    accuracy_m: int
    confidence: float
    understood: list[tuple[str, str]] = field(default_factory=list)
    area: Area | None = None
    choices: tuple[Area, ...] = ()
    note: str = ""

    @property
    def name(self) -> str:
        return self.title.removesuffix(f", {self.area.title}") if self.area else self.title

    @property
    def names_ward(self) -> bool:
        return self.kind in ("ward", "former")

    def as_dict(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "kind": self.kind,
            "lon": round(self.point.x, 6),
            "lat": round(self.point.y, 6),
            "bounds": [round(side, 6) for side in self.bounds],
            "accuracy_m": self.accuracy_m,
            "confidence": round(self.confidence, 3),
            "understood": [
                {"part": part, "part_title": str(PARTS[part]), "text": text} for part, text in self.understood
            ],
            "area": self.area and {"code": self.area.code, "title": self.area.title},
            "choices": [
                {
                    "code": area.code,
                    "title": area.title,
                    "lon": round(area.label_point.x, 6),
                    "lat": round(area.label_point.y, 6),
                }
                for area in self.choices
            ],
            "note": self.note,
        }


@dataclass(frozen=True)
class Context:
    """Areas of a reading's ward and of its district, and how sure they are."""

    ward: frozenset = frozenset()
    district: frozenset = frozenset()
    asked_ward: bool = False
    asked_district: bool = False
    likeness: float = 1.0

    def relation_to(self, area):
        if area in self.ward:
            return "ward"
        if self.ward:
            return "near by" if area in self.district else "elsewhere"
        if self.district:
            return "district" if area in self.district else "elsewhere"
        return "not known" if self.asked_ward or self.asked_district else "none asked"

    @property
    def areas(self) -> frozenset[int]:
        return self.ward or self.district


@dataclass(frozen=True)
class CandidateDraft:
    what: str
    kind: str
    title: str
    point: tuple[float, float]
    bounds: tuple[float, float, float, float]
    accuracy: float
    reading: Address
    where: Context
    likeness: float
    share: float = 1.0
    area: int | None = None
    choices: tuple[int, ...] = ()
    note: str = ""
    near: tuple[float, float] | None = None

    @property
    def is_unit(self) -> bool:
        return self.kind in ("ward", "former", "district")


def suggest(text: str, near: tuple[float, float] | None = None, limit: int = 8) -> list[Candidate]:
    """Return the places a text may mean, best first, at most `limit`. `near` (lon, lat): where the person is.

    Reads at most 200 characters, of a map's link 2,000; what is being typed counts as the beginning of a word. []
    where nothing is known, and where the text names a province or city that is not this one.
    """
    if places := map_links.places_in_text(text):
        return candidates_at(places, text)
    if map_links.names_short_link(text):
        return []
    names = known_names.current_names()
    if names is None:
        return []
    text = tidy(text[: 4 * LONGEST])[:LONGEST]
    readings = parse_address(text, names.words)
    if any(reading.elsewhere for reading in readings):
        return []
    candidates = Search(names, text, readings, near).candidates() if readings else []
    if len(text) >= TOLD and (not candidates or candidates[0].confidence < WEAK):
        outside = external_candidates(text, names.city)
        candidates = sorted([*candidates, *outside], key=lambda candidate: -candidate.confidence)
    return candidates[:limit]


def candidates_at(places: list[tuple[float, float]], text: str) -> list[Candidate]:
    for lon, lat in places:
        point = Point(lon, lat, srid=4326)
        try:
            area = locate(point).area
        except OutsideTheCity:
            continue
        name = nearest_address(point) or f"{lat:.5f}, {lon:.5f}"
        return [
            Candidate(
                title=f"{name}, {area.title}", kind="point", point=point, bounds=box_around(lon, lat, 0.0004),
                accuracy_m=EXACT_M, confidence=1.0, understood=[("coordinates", tidy(text)[:LONGEST])], area=area,
            )
        ]  # fmt: skip
    return []


def place_elsewhere(text: str) -> str:
    """Return the province or city outside this one in which the text places its address, as written, or ""."""
    names = known_names.current_names()
    readings = parse_address(text, names.words) if names else []
    return next((reading.elsewhere.text for reading in readings if reading.elsewhere), "")


def is_elsewhere_too(text: str) -> bool:
    """Whether the text is only the name of a place elsewhere, even if this city has the name too."""
    names = known_names.current_names()
    return names is not None and names.is_elsewhere(text)


def only_sure_candidate(candidates: list[Candidate]) -> Candidate | None:
    """Return the candidate of `suggest` that needs no confirmation; None where a person has to choose.

    None also where another candidate, elsewhere, is nearly as sure.
    """
    best = next(iter(candidates), None)
    if best is None or best.area is None:
        return None
    parts = dict(best.understood)
    if is_numbered(parts.get("street", "")) and not parts.keys() & {"ward", "district"}:
        return None  # many wards have a street of this number, and the map knows few of them
    ward_named = best.names_ward and "ward" in parts
    if best.confidence < (SURE_WARD if ward_named else SURE):
        return None
    rivals = [candidate for candidate in candidates[1:] if candidate.confidence >= RIVAL * best.confidence]
    return best if all(same_place(best, rival) for rival in rivals) else None


def is_numbered(street: str) -> bool:
    """Whether a street's name is a number: “Đường số 7”, not “Đường 3/2”."""
    words = [word for word in plain(street).split() if word not in ("duong", "so")]
    return len(words) == 1 and words[0].rstrip("abcdefgh").isdigit()


def same_place(first, other):
    """Whether two candidates are near each other in one ward, or the second is that ward.

    Or whether they bear one name, and almost lie on each other: a crossing that is a landmark, and drawn as a street.
    """
    metres = 1000 * kilometres(first.point.coords, other.point.coords)
    if first.kind == "landmark" and plain(first.name) == plain(other.name) and metres <= ONE_THING_M:
        return True
    if other.area is None or first.area != other.area:
        return False
    return other.names_ward or metres <= max(TOGETHER_M, first.accuracy_m, other.accuracy_m)


def external_candidates(text, city):
    for title, point, accuracy_m in external.ask_geocoder(text, city):
        yield Candidate(
            title=title,
            kind="house" if accuracy_m <= 40 else "street",
            point=point,
            bounds=box_around(point.x, point.y, max(accuracy_m, 40) / 111_000),
            accuracy_m=accuracy_m,
            confidence=OUTSIDE,
            area=locate(point).area,
            note=_("Found by a map service outside the city's own data."),
        )


class Search:
    """One text, its readings, and caches of what was found."""

    def __init__(self, names, text, readings, near):
        self.names = names
        self.text = text
        self.near = near
        self.centre = names.city.centre.coords  # who says nothing else rather means what lies there
        self.alike = {}
        self.crossed = set()  # the readings whose two streets were found to cross
        self.readings = [(reading, self.context(reading)) for reading in readings]
        self.like = self.names_by_part()

    # ── Ward and district ──

    def is_open(self, part):
        return self.text.endswith(part.text)

    def units_like(self, part, level):
        cache_key = (part, level)
        if cache_key not in self.alike:
            self.alike[cache_key] = self.names.units_like(part, level, self.is_open(part))
        return self.alike[cache_key]

    def context(self, reading):
        ward, district = self.wards(reading), self.districts(reading)
        areas = frozenset(
            area for unit, likeness in district if likeness >= district[0][1] - 0.05 for area in unit.areas
        )
        best = ward[0][1] if ward else 1.0
        inside = frozenset(area for unit, likeness in ward if likeness >= best - 0.04 for area in unit.areas)
        sure = min(best, district[0][1] if district else 1.0)
        return Context(inside, areas, bool(reading.ward), bool(reading.district), sure)

    def province(self, reading):
        return reading.city.words if reading.city and reading.city.words in self.names.provinces else ""

    def districts(self, reading):
        if not reading.district:
            return []
        alike, province = self.units_like(reading.district, Level.DISTRICT), self.province(reading)
        within = [(unit, likeness) for unit, likeness in alike if unit.name_of_province == province]
        return within if province and within else alike

    def wards(self, reading, part=None):
        """Return [(unit, likeness)] of the reading's ward, those that agree with its district and province first."""
        part = part or reading.ward
        if not part:
            return []
        alike = self.units_like(part, Level.WARD)
        districts, province = self.districts(reading), self.province(reading)
        if province:
            within = [(unit, likeness) for unit, likeness in alike if unit.name_of_province == province]
            alike = within or [(unit, likeness * 0.8) for unit, likeness in alike]
        if not districts:
            return former_first(part, alike) if province else today_first(alike)
        best = [unit for unit, likeness in districts if likeness >= districts[0][1] - 0.05]
        names = {unit.words for unit in best}
        areas = {area for unit in best for area in unit.areas}
        agreed = [
            (unit, likeness if unit.district else likeness * 0.99)
            for unit, likeness in alike
            if (unit.district in names if unit.district else areas & set(unit.areas))
        ]
        return former_first(part, agreed) or [(unit, likeness * 0.8) for unit, likeness in alike]

    # ── Names of streets and landmarks ──

    def names_by_part(self):
        """Return {(what, words): [(named, likeness)]} for every street and landmark of the readings."""
        parts_by_place = {}
        for reading, _where in self.readings:
            for part in filter(None, (reading.street, *reading.crossing)):
                parts_by_place["street", part.words] = part
            if reading.landmark:
                parts_by_place["landmark", reading.landmark.words] = reading.landmark
                if not reading.street:
                    parts_by_place["street", reading.landmark.words] = reading.landmark
        names_by_place = {place: self.exact_names(place[0], part) for place, part in parts_by_place.items()}
        for place, part in parts_by_place.items():
            if not names_by_place[place] and (place[0] == "street" or not names_by_place.get(("street", place[1]))):
                names_by_place[place] = self.similar_names(*place, part)
        return {
            place: prefer_accented(sorted(set(names), key=sort_by_likeness))[:6]
            for place, names in names_by_place.items()
        }

    def exact_names(self, what, part):
        of_kind = self.names.streets if what == "street" else self.names.landmarks
        named = list(of_kind.exactly(part.words))
        if what == "landmark":
            named += of_kind.exactly(comparison_key(part.text))  # `Saigon Bridge`, of which the words are `cau saigon`
            named += [*of_kind.exactly(without_mark(part.words)), *of_kind.containing_words(without_mark(part.words))]
        if self.is_open(part) and len(part.words) > 1:
            named += of_kind.beginning_with(part.words)
        return [(name, likeness_to_name(part, name)) for name in dict.fromkeys(named)]

    def similar_names(self, what, words, part):
        of_kind = self.names.streets if what == "street" else self.names.landmarks
        named = of_kind.similar_names(words)
        if what == "landmark" and (bare_words := without_mark(words)) != words:
            named = named + of_kind.similar_names(bare_words)
        alike = [(name, likeness_to_name(part, name)) for name in dict.fromkeys(named)]
        alike = [(name, likeness) for name, likeness in alike if likeness >= ALIKE]
        if what == "street":
            return [(name, likeness * (ANOTHER if is_another_name(words, name.key) else 1)) for name, likeness in alike]
        return [(name, likeness * (ANOTHER_PLACE if is_another_place(words, name) else 1)) for name, likeness in alike]

    # ── Candidates ──

    def candidates(self):
        drafts = [*self.find_crossings(), *self.find_landmarks(), *self.find_streets(), *self.find_units()]
        drafts = sorted(drafts, key=self.sureness, reverse=True)[:40]
        best = {}
        for candidate in self.locate_drafts(drafts):
            same = (candidate.title, candidate.area and candidate.area.pk)
            if candidate.confidence >= UNSURE and (same not in best or best[same].confidence < candidate.confidence):
                best[same] = candidate
        return sorted(
            best.values(), key=lambda best_candidate: (-round(best_candidate.confidence, 4), best_candidate.title)
        )

    def sureness(self, draft):
        anchor, scale_km = next(filter(itemgetter(0), ((draft.near, 0.3), (self.near, 3), (self.centre, CENTRE_KM))))
        return confidence(
            draft.what,
            reading=draft.reading.weight,
            likeness=draft.likeness * draft.where.likeness,
            context=draft.where.relation_to(draft.area or next(iter(draft.choices), None)),
            nearness=1 / (1 + kilometres_to_box(anchor, draft.bounds) / scale_km),
            pull=0.3 if draft.near else 0.05,
            share=draft.share,
        )

    def locate_drafts(self, drafts):
        for draft in self.place_in_wards(drafts):
            area = None if draft.choices else self.names.areas.get(draft.area)
            if area is None and not draft.choices:
                continue
            title = draft.title
            if area is not None and not draft.is_unit:
                title = f"{draft.title}, {area.title}"
            yield Candidate(
                title=title,
                kind=draft.kind,
                point=Point(draft.point[0], draft.point[1], srid=4326),
                bounds=tuple(draft.bounds),
                accuracy_m=max(round(draft.accuracy), 1),
                confidence=min(self.sureness(draft), 1.0),
                understood=draft.reading.understood,
                area=area,
                choices=tuple(self.names.areas[pk] for pk in draft.choices),
                note=draft.note,
            )

    def place_in_wards(self, drafts):
        drafts, wards, reaches = list(drafts), {}, {}
        for position, area, inside, touched in self.wards_near(drafts):
            wards.setdefault(position, []).append((area, inside, touched))
        for n, near_by in wards.items():
            areas = [area for area, _inside, _touched in near_by]
            wanted_areas = (area for area in areas if area in drafts[n].where.areas)
            drafts[n] = replace(drafts[n], area=drafts[n].area or next(wanted_areas, areas[0]))
            if (drafts[n].area, True) != near_by[0][:2]:
                reaches[n] = INTO_WARD
            elif any(touched for _area, _inside, touched in near_by[1:]):
                reaches[n] = OFF_BORDER
        for n, lon, lat in self.points_in_wards(drafts, reaches):
            moved_m = 1000 * kilometres(drafts[n].point, (lon, lat))
            drafts[n] = replace(drafts[n], point=(lon, lat), accuracy=max(drafts[n].accuracy, moved_m))
        return drafts

    def wards_near(self, drafts):
        """Return rows (draft number, area, covers the point, touches it), the covering ones first."""
        open_ = [(n, *draft.point) for n, draft in enumerate(drafts) if not (draft.choices or draft.is_unit)]
        if not open_:
            return []
        positions, lons, lats = (list(column) for column in zip(*open_, strict=True))
        return execute("suggest_areas", edition=self.names.edition, positions=positions, lons=lons, lats=lats)

    def points_in_wards(self, drafts, reaches):
        """Return rows (draft number, longitude, latitude): a point inside its area, at most so many degrees away."""
        if not reaches:
            return []
        lons, lats = zip(*(drafts[n].point for n in reaches), strict=True)
        return execute(
            "points_in_areas", positions=list(reaches), areas=[drafts[n].area for n in reaches],
            lons=list(lons), lats=list(lats), reaches=list(reaches.values()),
        )  # fmt: skip

    def find_crossings(self):
        crossing_readings = [(reading, where) for reading, where in self.readings if reading.crossing]
        names = {
            named.search
            for reading, _where in crossing_readings
            for part in reading.crossing
            for named, _likeness in [*self.streets_like(part), *self.parts_today(part)]
        }
        rows = execute("suggest_junctions", names=sorted(names)) if names else []
        for reading, where in crossing_readings:
            left, right = (dict([*self.streets_like(part), *self.parts_today(part)]) for part in reading.crossing)
            by_left, by_right = ({named.search: likeness for named, likeness in side.items()} for side in (left, right))
            met = False
            for first, second, search_first, search_second, lon, lat in rows:
                for a, b in ((search_first, search_second), (search_second, search_first)):
                    if a in by_left and b in by_right and a != b:
                        met = True
                        self.crossed.add(reading)
                        yield CandidateDraft(
                            "junction", "junction", f"{first} × {second}", (lon, lat), box_around(lon, lat, 0.0004), 25,
                            reading, where, (by_left[a] * by_right[b]) ** 0.5,
                        )  # fmt: skip
                        break
            if not met and left and right:
                yield from self.find_approaches(reading, where, *(next(iter(side.items())) for side in (left, right)))

    def find_approaches(self, reading, where, first, other):
        if first[0].key == other[0].key or first[1] < 0.9 or other[1] < 0.9:
            return
        for lon, lat in execute("street_approach", ones=list(first[0].ids), others=list(other[0].ids)):
            title, box = f"{first[0].name} × {other[0].name}", box_around(lon, lat, 0.001)
            likeness = (first[1] * other[1]) ** 0.5
            yield CandidateDraft("approach", "junction", title, (lon, lat), box, 150, reading, where, likeness)

    def parts_today(self, part):
        """Return [(named, likeness)] of streets that are parts of a renamed one: `Quốc lộ 1`."""
        streets, known = self.names.streets, self.streets_like(part)
        former = [part.words, *(named.key for named, likeness in known if likeness >= EXACT)]
        keys = dict.fromkeys(key for name in former for key in self.names.renamed_streets.get(name, ()))
        already = {named for named, _likeness in known}
        return [(named, FORMER_NAME) for key in keys for named in streets.exactly(key) if named not in already]

    def streets_like(self, part):
        return self.like.get(("street", part.words), [])

    def find_landmarks(self):
        for reading, where in self.readings:
            if not reading.landmark:
                continue
            # A landmark near a house or street locates it, but is not the place that was asked for.
            aside = 0.8 if reading.street or reading.crossing else 1.0
            for named, likeness in self.like.get(("landmark", reading.landmark.words), []):
                lon, lat = named.point
                weighed = replace(reading, weight=reading.weight * aside * self.share_of_landmark(reading, named))
                box = box_around(lon, lat, 0.001)
                yield CandidateDraft("landmark", "landmark", named.name, (lon, lat), box, 80, weighed, where, likeness)

    def share_of_landmark(self, reading, named):
        part, units = reading.landmark, self.names.words.units
        if is_one_of_its_names(part, named):
            return 1.0
        if part.words in units and (reading.street or reading.crossing or reading.rest):
            return UNIT_AS_LANDMARK
        if plain(part.text).partition(" ")[0] in STREET_MARKS:
            return MARKED_AS_STREET
        marked = without_mark(part.words) != part.words
        return STREET_AS_LANDMARK if not marked and self.names.streets.exactly(part.words) else 1.0

    def anchor_point(self, reading):
        named = self.like.get(("landmark", reading.landmark.words), []) if reading.landmark else []
        return named[0][0].point if named and named[0][1] > 0.9 else None

    def find_streets(self) -> Iterator[CandidateDraft]:
        street_readings = []
        for reading, where in self.readings:
            for part, what in self.named_streets(reading):
                for named, likeness in self.streets_like(part)[:4]:
                    street_readings.append((reading, where, what, named, likeness))
                    street_readings += [
                        (reading, where, "alley", alley, likeness * 0.999**step)
                        for step, alley in enumerate(self.find_alleys(reading, named) if reading.street else ())
                    ]
        street_readings = sorted(street_readings, key=lambda a: -(a[0].weight * a[4] * FOUND[a[2]]))[:16]
        parts = self.street_parts({named: where for _r, where, _what, named, _l in street_readings if named.ids})
        yield from self.find_houses(street_readings)
        for reading, where, what, named, likeness in street_readings:
            parts_here = parts.get(named, [])
            if what != "alley" and not any(area in where.areas for area, *_ in parts_here):
                drawn = {area for area, *_ in parts_here}
                yield from self.find_by_name((reading, where, what, named, likeness), drawn)
            length = sum(metres for _area, metres, *_ in parts_here) or 1
            parts_here = sorted(
                parts_here, key=lambda ward_part: (CONTEXT[where.relation_to(ward_part[0])], ward_part[1]), reverse=True
            )
            number = self.number_of(reading) if what in ("street of house", "alley") else ""
            beyond = what == "street of house" and house_of(reading) > PLOTS_A_METRE * length + PLOTS_MORE
            for area, metres, lon, lat, box in parts_here[: 6 if likeness > 0.95 else 2]:
                title = f"{number} {named.name}" if number and what == "street of house" else named.name
                if number and what == "alley":
                    title = f"{number} {reading.street.text} ({named.name})"
                note = _("The house is not known: shown on its street.") if what == "street of house" else ""
                note = self.another_street_note(reading, named) or note
                if beyond:
                    note = _("As far as we know, the street is too short for this number.")
                note = f"{self.unknown_place_note(reading)} {note}".strip()
                yield CandidateDraft(
                    "beyond" if beyond else what, "street", title, (lon, lat), box, max(half_diagonal(box), 30),
                    reading, where, likeness, metres / length, area, (), note, self.anchor_point(reading),
                )  # fmt: skip

    def find_by_name(self, street_reading, drawn):
        """Yield a street without geometry by its districts: the named ward in one of them, or its wards.

        In the areas `drawn` the map knows a street of that name.
        """
        reading, where, what, named, likeness = street_reading
        districts = [
            unit
            for unit in self.names.units
            if unit.level == Level.DISTRICT and unit.name in self.names.street_districts.get(named.key, ())
        ]
        districts = [unit for unit in districts if not drawn & set(unit.areas)]
        here = [unit for unit in districts if where.areas & set(unit.areas)] if where.areas else districts
        less = (0.6 if what == "one of two" else 1) * (1 if where.areas else 0.75)
        weighed = replace(reading, weight=reading.weight * less)
        number = self.number_of(reading) if what == "street of house" else ""
        for unit in list({unit.name: unit for unit in here}.values())[:4]:
            areas = tuple(pk for pk in unit.areas if pk in where.ward) or unit.areas
            area = self.names.areas[areas[0]]
            note = _("The map does not show where this street is in %(unit)s.") % {"unit": unit.title}
            lon, lat = area.label_point.coords
            title = f"{number} {named.name}".strip()
            yield CandidateDraft(
                "street by name", "street", title if len(areas) == 1 else f"{title}, {unit.title}", (lon, lat),
                box_around(lon, lat, 0.006), 900 if len(areas) == 1 else 4000, weighed,
                where if where.areas else Context(), likeness, area=areas[0] if len(areas) == 1 else None,
                choices=areas if len(areas) > 1 else (), note=note,
            )  # fmt: skip

    def another_street_note(self, reading, named):
        parts = [part for part in (reading.street, *reading.crossing, reading.landmark) if part]
        # Of an alley the street that it is named for.
        name = " ".join(named.key.split()[2:]) if known_names.ALLEY.match(named.key) else named.key
        written = max(parts, key=lambda part: fuzz.ratio(part.words, name))
        if not is_another_name(written.words, named.key) or not is_another_name(written.words, name):
            return ""
        names = {"written": written.text, "street": named.name}
        return _("We do not know this street: %(written)s. Did you mean %(street)s?") % names

    def named_streets(self, reading):
        if reading.street:
            yield reading.street, "street of house" if reading.house or reading.alleys else "street"
        for part in () if reading in self.crossed else reading.crossing:
            yield part, "one of two"
        if reading.landmark and not reading.street and not reading.crossing and not reading.relation:
            yield reading.landmark, "street"

    def number_of(self, reading):
        parts = [part for part in (reading.house, *reading.alleys) if part]
        # Number words are shown as digits.
        return " ".join(part.text if any(map(str.isdigit, part.text)) else part.words for part in parts)

    def find_alleys(self, reading, named):
        """Return a street's alleys with geometry, the innermost first: `12/34/5` lies on `Hẻm 12/34`."""
        written = {alley.words for alley in reading.alleys}
        if reading.house:
            steps = reading.house.words.split("/")
            written |= {"/".join(steps[:n]) for n in range(1, len(steps))}
        for number in sorted(written, key=len, reverse=True):
            yield from self.names.streets.exactly(f"hem {number} {named.key}")

    def street_parts(self, where_by_street):
        """Return {named: [(area, metres, lon, lat, bounds)]} of its lines, cut at ward borders."""
        numbered, numbers, streets = list(where_by_street), [], []
        for number, named in enumerate(numbered):
            ids = named.ids[: max(STREETS_READ - len(streets), 0)]
            numbers += [number] * len(ids)
            streets += ids
        wanted = sorted({area for where in where_by_street.values() for area in where.ward})
        parts = {}
        if streets:
            for number, area, metres, lon, lat, box in execute(
                "street_parts", numbers=numbers, streets=streets, edition=self.names.edition, wanted=wanted
            ):
                parts.setdefault(numbered[number], []).append((area, metres, lon, lat, box))
        return parts

    def find_houses(self, street_readings):
        wanted = []
        for position, (reading, _where, what, named, _likeness) in enumerate(street_readings):
            for number in house_numbers(reading) if what == "street of house" else []:
                wanted.append((position, named.search, number, leading_number(number)))
        if not wanted:
            return
        positions, streets, numbers, leads = (list(column) for column in zip(*wanted, strict=True))
        for position, number, street, away, lon, lat in execute(
            "suggest_houses", positions=positions, streets=streets, numbers=numbers, leading=leads
        ):
            reading, where, _what, named, likeness = street_readings[position]
            exact = away == 0
            shown = number if exact else self.number_of(reading)
            note = "" if exact else _("The house is not known: near number %(number)s.") % {"number": number}
            note = self.another_street_note(reading, named) or note
            note = f"{self.unknown_place_note(reading)} {note}".strip()
            yield CandidateDraft(
                "house" if exact else "near house", "house" if exact else "street", f"{shown} {street}", (lon, lat),
                box_around(lon, lat, 0.0004), 15 if exact else 20 + 5 * away, reading, where,
                likeness * (1 if exact else 1 - away / 400), note=note,
            )  # fmt: skip

    def find_units(self):
        for reading, where in self.readings:
            more = bool(reading.street or reading.crossing or reading.landmark)
            if reading.ward:
                what = "ward or district of more" if self.may_be_a_district(reading.ward) else "ward of more"
                for unit, likeness in self.wards(reading)[:8]:
                    drafts = self.unit_draft(unit, likeness, reading, where, what if more else "ward")
                    yield from (self.with_unknown_street(draft) for draft in drafts)
            elif reading.district:
                for unit, likeness in self.districts(reading)[:3]:
                    drafts = self.unit_draft(unit, likeness, reading, where, "district of more" if more else "district")
                    yield from (self.with_unknown_street(draft) for draft in drafts)
            name = reading.street or reading.landmark
            if name and self.is_marked_number(name):
                continue
            more = reading.house or reading.alleys or reading.crossing or reading.relation or reading.rest
            more = more or (reading.street and reading.landmark)
            if name and not more and not reading.ward:
                # A name alone may as well be a ward's.
                for unit, likeness in self.wards(reading, name)[:6]:
                    yield from self.unit_draft(unit, likeness * 0.97, reading, where, "ward")

    def unknown_place_note(self, reading):
        place = reading.landmark
        if not place or not any(place.words.startswith(f"{mark} ") for mark in known_names.LANDMARK_MARKS):
            return ""
        if any(not is_another_place(place.words, named) for named, _l in self.like.get(("landmark", place.words), [])):
            return ""
        if any(not is_another_name(place.words, named.key) for named, _l in self.streets_like(place)):
            return ""
        return _("We do not know this place: %(written)s.") % {"written": place.text}

    def with_unknown_street(self, draft):
        if unknown := self.unknown_place_note(draft.reading):
            draft = replace(draft, note=f"{unknown} {draft.note}".strip())
        street = draft.reading.street
        known = not street or any(not is_another_name(street.words, name.key) for name, _l in self.streets_like(street))
        if known:
            return draft
        note = _("We do not know this street: %(written)s.") % {"written": street.text}
        return replace(draft, note=f"{note} {draft.note}".strip())

    def is_marked_number(self, part):
        """Whether it is a street's number after its mark: `Đ. 1` is no ward."""
        before = plain(self.text.partition(part.text)[0]).split()
        return part.words.isdigit() and before[-1:] != [] and before[-1] in ("duong", "d", "dg")

    def may_be_a_district(self, part):
        return part.words in self.names.words.districts

    def unit_draft(self, unit, likeness, reading, where, what):
        areas = [self.names.areas[pk] for pk in unit.areas]
        itself = replace(where, ward=frozenset(unit.areas))
        if where.asked_district and where.district:
            agreeing = itself if where.district & itself.ward else replace(where, ward=frozenset())
        else:
            agreeing = itself if where.asked_district or what == "ward of more" else Context()
        agreeing = replace(agreeing, likeness=1.0)
        lon, lat = areas[0].label_point.coords
        box = box_around(lon, lat, 0.006)
        if unit.level == Level.WARD and len(areas) == 1:
            note = ""
            if unit.kind == "former" and unit.words != comparison_key(areas[0].full_name):
                note = _("%(unit)s is now part of %(area)s.") % {"unit": unit.title, "area": areas[0].title}
            kind = "former" if note else "ward"
            title = areas[0].title if kind == "ward" else unit.title
            yield CandidateDraft(
                what, kind, title, (lon, lat), box, 900, reading, agreeing, likeness, area=areas[0].pk, note=note
            )
            return
        named = ", ".join(area.title for area in areas[:20])
        if unit.level == Level.WARD:
            whole = what if what != "ward" else "divided"
            note = _("%(unit)s is now divided: %(areas)s.") % {"unit": unit.title, "areas": named}
            yield CandidateDraft(whole, "former", unit.title, (lon, lat), box, 1500, reading, agreeing, likeness,
                        choices=unit.areas, note=note)  # fmt: skip
            share = 0.6
        else:
            kind = "former" if unit.kind == "former" else "district"
            note = _("%(unit)s now consists of: %(areas)s.") % {"unit": unit.title, "areas": named}
            yield CandidateDraft(what, kind, unit.title, (lon, lat), box, 4000, reading, agreeing, likeness,
                        choices=unit.areas, note=note)  # fmt: skip
            share = 0.3
        for area in areas[:8]:
            lon, lat = area.label_point.coords
            weighed = replace(reading, weight=reading.weight * (0.97 if unit.level == Level.WARD else 0.9))
            yield CandidateDraft(
                what if what != "ward" else "divided", "ward", area.title, (lon, lat), box_around(lon, lat, 0.006), 900,
                weighed, agreeing, likeness, share, area=area.pk,
            )  # fmt: skip


def today_first(alike):
    """Lower [(unit, likeness)] of others where a unit in force has exactly the name."""
    exact = {unit.words for unit, likeness in alike if unit.kind == "ward" and likeness >= EXACT}
    weighed = [
        (unit, likeness * (NAMESAKE if exact and not (unit.kind == "ward" and unit.words in exact) else 1))
        for unit, likeness in alike
    ]
    return sorted(weighed, key=lambda unit_and_weight: -unit_and_weight[1])


def former_first(part, alike):
    """Prefer a former ward of exactly the written name in [(unit, likeness)], as in old addresses.

    It may be divided, and a whole one only resemble it. Where no former one is called so, one of today is meant.
    """
    name = without_kind(part.words)
    exact = [unit for unit, likeness in alike if unit.name == name and likeness >= ANOTHER_KIND]
    exact = [unit for unit in exact if unit.words == part.words] or exact
    former = {unit.words for unit in exact if unit.district}
    meant = {unit for unit in exact if unit.district or unit.words not in former}
    weighed = [(unit, likeness * (1 if unit in meant or not meant else RESEMBLING)) for unit, likeness in alike]
    return sorted(weighed, key=lambda unit_and_weight: -unit_and_weight[1])


def sort_by_likeness(name_and_likeness):
    named, likeness = name_and_likeness
    return (-likeness, len(named.key), named.name)


def likeness_to_name(part: Part, named: KnownName):
    """Return the likeness of a name to the written part, 0 … 1: letters, then diacritics; numbers must be equal."""
    words, bare_key, bare_words = part.words, without_mark(named.key), without_mark(part.words)
    is_contained = f" {bare_words} " in named.search and named.point is not None
    if is_one_of_its_names(part, named):
        likeness = 1.0 if words == named.key else 0.97
    elif not is_contained and not same_numbers(words, named.key):
        likeness = 0.9 if named.key.startswith(words) and words[-1:].isdigit() else 0.0
    elif words == named.key:
        likeness = 1.0
    elif is_contained:
        # Among a landmark's names: with what it is, without it, or with something else than it is.
        mark = words.removesuffix(bare_words).strip()
        whole = any(f" {form} " in named.search for form in (words, plain(part.text)))
        same = bool(mark) and (mark in named.search or plain(part.text).split()[0] in named.search.split())
        likeness = (
            0.97
            if whole and mark
            else 0.94
            if bare_words == bare_key and not mark
            else 0.9
            if same or not mark
            else 0.72
        )
    elif words == bare_key or bare_words == bare_key:
        likeness = 0.96
    elif named.key.startswith(words):
        likeness = 0.85 + 0.14 * len(words) / len(named.key)
    elif bare_key.startswith(words):
        likeness = 0.83 + 0.14 * len(words) / len(bare_key)
    else:
        likeness = max(fuzz.ratio(words, named.key), 0.97 * fuzz.ratio(words, bare_key)) / 100
        if named.point:
            likeness = max(likeness, 0.95 * fuzz.partial_ratio(words, named.search) / 100 if len(words) > 6 else 0)
    return likeness * accent_factor(part.text, named.name)


def is_one_of_its_names(part: Part, named: KnownName) -> bool:
    names = f" |{named.search}| "
    return any(f" | {name} | " in names for name in (part.words, plain(part.text)))


def is_another_place(words: str, named: KnownName) -> bool:
    return all(
        is_another_name(words, name) and not set(words.split()) <= set(name.split())
        for name in (named.key, *named.search.split(" | "), *named.search.split("\n"))
    )


@lru_cache(4096)
def is_another_name(words: str, name: str) -> bool:
    """Whether the words are another name (`nguyen hue`, `nguyen hien`) and not a misspelling or a beginning.

    A slip: two letters in each other's place, one too many or too few, one for another that sounds alike; in a name of
    three words and more also one for its neighbour on the keyboard. Two words of a name may have one.
    """
    if name.startswith(words):
        return False
    first, other = words.split(), name.split()
    if len(first) != len(other):
        return "".join(first) != "".join(other)  # a blank too many or too few
    pairs = [(left, right) for left, right in zip(first, other, strict=True) if left != right]
    if len(first) >= LONG_NAME and len(pairs) == 1 and is_mistyped(*pairs[0]):
        return False
    return len(pairs) > SLIPS or not all(is_slip(left, right) for left, right in pairs)


def is_mistyped(word, right):
    differ = [first + other for first, other in zip(word, right, strict=False) if first != other]
    return (
        len(word) == len(right)
        and len(differ) == 1
        and any(differ[0] in row or differ[0][::-1] in row for row in KEYBOARD)
    )


def is_slip(word: str, right: str) -> bool:
    alike = any(word.replace(first, other) == right.replace(first, other) for first, other in SOUND_PAIRS)
    if alike or is_swap(word, right):
        return True
    if abs(len(word) - len(right)) != 1:
        return False
    longer, shorter = sorted((word, right), key=len, reverse=True)
    left_out = any(longer[:n] + longer[n + 1 :] == shorter for n in range(len(longer)))
    # A letter more or less makes another word of a short one: `an`, `ban`; one that is doubled does not.
    doubled = any(longer[n] == longer[n - 1] and longer[:n] + longer[n + 1 :] == shorter for n in range(1, len(longer)))
    return left_out and (doubled or len(shorter) >= LONG_WORD)


def is_swap(word, right):
    differ = [n for n, (letter, other) in enumerate(zip(word, right, strict=False)) if letter != other]
    first, second = differ if len(differ) == 2 else (0, 0)
    return len(word) == len(right) and second == first + 1 and sorted(word) == sorted(right)


def house_numbers(reading):
    """Return the spellings of a house number in the tables: with its alleys as `12/34/5`."""
    if not reading.house:
        return []
    number = reading.house.words
    inner = "/".join([*(alley.words for alley in reversed(reading.alleys)), number])
    return list(dict.fromkeys([number, inner]))


def house_of(reading):
    numbers = house_numbers(reading) or [alley.words for alley in reading.alleys[-1:]]
    return max(leading_number(numbers[-1]), 0) if numbers else 0


def leading_number(number):
    digits = "".join(c for c in number.split("/")[0].split("-")[0] if c.isdigit())
    return int(digits[:6]) if digits else -1000


def box_around(lon, lat, degrees):
    return (lon - degrees, lat - degrees, lon + degrees, lat + degrees)


def kilometres(first, other):
    """Return the approximate distance in km of two places (lon, lat)."""
    x = (first[0] - other[0]) * math.cos(math.radians(first[1]))
    return math.hypot(x, first[1] - other[1]) * 111.2


def kilometres_to_box(place, box):
    """Return the approximate distance in km of a place (lon, lat) from a box, 0 inside it."""
    west, south, east, north = box
    return kilometres(place, (min(max(place[0], west), east), min(max(place[1], south), north)))


def half_diagonal(box):
    """Return metres from the centre of a box to its corner."""
    west, south, east, north = box
    return kilometres((west, south), (east, north)) * 500
