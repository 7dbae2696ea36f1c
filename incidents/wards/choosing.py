"""Find a ward of today by code, place or words, also by what it or its parts were called before a reform."""

from collections import defaultdict
from dataclasses import dataclass

from django.contrib.gis.geos import Point
from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q
from django.utils.timezone import localdate

from gis_data.addresses import geocode
from gis_data.alphabet import alphabet_key, in_alphabet
from gis_data.models import Area, AreaQuerySet, FormerPart, FormerUnit, Level, Succession
from gis_data.words import plain, tidy

MOST_MATCHES = 8
WORDS_MAX = 100


@dataclass(frozen=True)
class Match:
    """A ward of today, and the former ward by whose name it was found, if it was."""

    ward: Area
    former: str = ""


@dataclass(frozen=True)
class District:
    """A district of before the reform, and the wards of today in which it lies."""

    title: str
    province: str
    wards: list[Area]


def todays_wards() -> AreaQuerySet:
    return Area.objects.on(localdate()).filter(level=Level.WARD).defer("shape", "outline")


def find_ward(code: str) -> Area | None:
    return todays_wards().filter(code=code).select_related("edition").first()


def successor_of(code: str) -> Area | None:
    """Return the ward of today that has most of a former ward, by its code or its name: `phuong-12-quan-3`."""
    successions = Succession.objects.filter(old__level=Level.WARD, old__code=code, new__in=todays_wards())
    succession = successions.order_by("-old__edition__in_force", "-share_old", "pk").first()
    if succession:
        return todays_wards().get(pk=succession.new_id)
    former = FormerUnit.objects.filter(level=Level.WARD).filter(Q(code=code) | Q(search=words_of_code(code)))
    parts = FormerPart.objects.filter(former__in=former).exclude(how=FormerPart.How.PART)
    codes = parts.order_by("pk").values_list("area__code", flat=True)[:1]
    return todays_wards().filter(code__in=list(codes)).first() or named_ward(code)


def named_ward(code: str) -> Area | None:
    named = todays_wards().filter(search=words_of_code(code))[:2]
    return named[0] if len(named) == 1 else None


def words_of_code(code: str) -> str:
    return plain(code.replace("-", " "))


def ward_at(place: Point) -> Area | None:
    """Return the ward in which a point (EPSG:4326) lies; None outside the city."""
    if abs(place.x) > 180 or abs(place.y) > 90:
        return None
    try:
        area = geocode.locate(place).area
    except geocode.OutsideTheCity:
        return None
    return area if area.level == Level.WARD else None


def search_wards(text: str) -> list[Match]:
    """Return wards with such a name, then those into which former wards with such a name went; diacritics ignored."""
    words = plain(tidy(text)[:WORDS_MAX])
    if not words:
        return []
    matches = {ward.pk: Match(ward) for ward in todays_wards().named_like(words)[:MOST_MATCHES]}
    similar = Q(search__contains=words) | Q(search__trigram_word_similar=words)
    units = FormerUnit.objects.filter(similar, level=Level.WARD)
    units = units.annotate(likeness=TrigramSimilarity("search", words)).order_by("-likeness", "code")[:MOST_MATCHES]
    parts = FormerPart.objects.filter(former__in=[unit.pk for unit in units], area__in=todays_wards())
    areas_of_unit = defaultdict(list)
    for part in parts.select_related("area").defer("area__shape", "area__outline").order_by("pk"):
        areas_of_unit[part.former_id].append(part.area)
    for unit in units:
        for area in areas_of_unit[unit.pk]:
            matches.setdefault(area.pk, Match(area, str(unit)))
    return list(matches.values())


def wards_by_district() -> list[District]:
    """Return the wards under each former district in which they lie; wards without one last, under no title.

    A district whose wards another one has as well, and more, was merged into that one and is left out.
    """
    wards = {ward.pk: ward for ward in todays_wards().order_by(in_alphabet("name"))}
    parts = FormerPart.objects.filter(former__level=Level.DISTRICT, area__in=list(wards)).select_related("former")
    keys_by_unit: dict[FormerUnit, set[int]] = defaultdict(set)
    for part in parts:
        keys_by_unit[part.former].add(part.area_id)
    units = [unit for unit, keys in keys_by_unit.items() if not any(keys < other for other in keys_by_unit.values())]
    districts = [
        District(unit.full_name, unit.district, [ward for key, ward in wards.items() if key in keys_by_unit[unit]])
        for unit in sorted(units, key=lambda unit: (unit.district, alphabet_key(unit.full_name)))
    ]
    rest = [ward for key, ward in wards.items() if not any(key in keys for keys in keys_by_unit.values())]
    return [*districts, *([District("", "", rest)] if rest else [])]
