"""List the units of the city by name, with their offices, numbers and speed, also by what wards were called before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from gis_data.alphabet import alphabet_key
from gis_data.models import Area, Level
from gis_data.words import plain, tidy
from incidents import rulebook
from incidents.deadlines import service_levels
from incidents.directory.speeds import UnitSpeed, speeds_of_units
from incidents.models import Authority, Category
from incidents.reform.units import authorities_in_office
from incidents.wards import choosing, offices
from incidents.wards.duties import public_numbers
from incidents.wards.offices import Office

SHOWN = (
    "code", "name", "name_en", "office_address", "office_hours", "duty_desk", "parent__code", "parent__name",
    "parent__name_en", "area__code", "area__level", "area__name", "area__full_name", "area__full_name_en",
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A unit in the directory. `former`: the name of before a reform by which its ward was found."""

    unit: Authority
    office: Office
    speed: UnitSpeed
    former: str = ""

    @property
    def ward(self) -> Area | None:
        """The ward whose own unit this is; None for a unit of the whole city, or of a district."""
        area = self.unit.area
        return area if area and area.level == Level.WARD else None


@dataclass(frozen=True)
class Directory:
    """Entries with an area of their own, and those without, each in the order of their names."""

    local: list[Entry]
    city_wide: list[Entry]

    @property
    def number(self) -> int:
        return len(self.local) + len(self.city_wide)


def shown_units() -> QuerySet[Authority]:
    return authorities_in_office().select_related("area", "parent").only(*SHOWN)


def list_units(at: datetime, words: str = "") -> Directory:
    """Return all units, or those that are called so, by names of today or, of wards, of before; marks are ignored."""
    units = list(shown_units())
    matches: dict[int, choosing.Match] = {}
    if words := plain(tidy(words)[: choosing.WORDS_MAX]):
        matches = {match.ward.pk: match for match in choosing.search_wards(words)}
        units = [unit for unit in units if unit.area_id in matches or is_called(unit, words)]
    ranks = {key: rank for rank, key in enumerate(matches)}
    entries = describe_units(units, at, {key: match.former for key, match in matches.items()})

    def local_order(entry: Entry) -> tuple:
        called = bool(words) and is_called(entry.unit, words)
        area = entry.unit.area
        return (not called, ranks.get(area.pk, len(ranks)), alphabet_key(area.name)) if area else ()

    return Directory(
        local=sorted((entry for entry in entries if entry.unit.area_id), key=local_order),
        city_wide=sorted((entry for entry in entries if not entry.unit.area_id), key=city_order),
    )


def is_called(unit: Authority, words: str) -> bool:
    """Return whether each of these words (as `plain` returns them) begins a word of the unit's names."""
    names = f" {plain(f'{unit.name} {unit.name_en} {unit.code}')}"
    return all(f" {word}" in names for word in words.split())


def city_order(entry: Entry) -> tuple:
    """Return the key of the order: who is above others, the duty desk, then by name."""
    return entry.unit.parent_id is not None, not entry.unit.duty_desk, alphabet_key(entry.unit.title)


def find_entry(code: str, at: datetime) -> Entry | None:
    unit = shown_units().filter(code=code).first()
    return describe_units([unit], at)[0] if unit else None


def unit_of_ward(code: str) -> Authority | None:
    return shown_units().filter(area__code=code).first()


def describe_units(units: list[Authority], at: datetime, former: Mapping[int, str] | None = None) -> list[Entry]:
    """Return the entries of these units. `former`: the names of before a reform by which areas (keys) were found."""
    former = former or {}
    keys = [unit.pk for unit in units]
    phones, rules = public_numbers(keys), service_levels.current_rules()
    speeds = speeds_of_units(at, keys)
    return [
        Entry(
            unit,
            offices.describe_office(unit, at, phone=phones.get(unit.pk, ""), rules=rules),
            speeds.get(unit.pk, UnitSpeed()),
            former.get(unit.area_id, "") if unit.area_id else "",
        )
        for unit in units
    ]


def kinds_of(unit: Authority) -> list[Category]:
    """Return the public categories, or groups of them, for which a rule names this unit, in menu order."""
    book = rulebook.current_rulebook()
    named = {category for (category, _area), rule in book.rules.items() if rule.authority_id == unit.pk}
    kinds = {}
    for leaf in book.categories.values():
        if leaf.restricted:
            continue
        if leaf.parent_id in named:
            kinds[leaf.parent_id] = leaf.parent
        elif leaf.pk in named:
            kinds[leaf.pk] = leaf
    return list(kinds.values())
