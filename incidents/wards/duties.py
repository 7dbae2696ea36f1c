"""List who answers for which kind of matter in a ward, by the routing rules, with a number for everybody."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from gis_data.models import Area
from incidents import rulebook
from incidents.models import Authority, Category, Contact
from incidents.routing.rules import choose_authority


@dataclass
class Duty:
    """A unit, the matters for which it answers in a ward, and its number; empty where the pack tells none."""

    unit: Authority
    kinds: list[Category] = field(default_factory=list)
    phone: str = ""

    @property
    def icon(self) -> str:
        return self.kinds[0].icon


def duties_in(ward: Area) -> list[Duty]:
    """Return the units with the public matters for which they answer: the ward's own first, then in menu
    order, the duty desk last.

    A group all of whose matters one unit has stands for them.
    """
    duties = [Duty(unit, list(kinds)) for unit, kinds in divide_kinds(rulebook.current_rulebook(), ward.pk)]
    numbers = public_numbers([duty.unit.pk for duty in duties])
    for duty in duties:
        duty.phone = numbers.get(duty.unit.pk, "")
    return duties


@lru_cache(maxsize=256)
def divide_kinds(book: rulebook.Rulebook, ward: int) -> tuple[tuple[Authority, tuple[Category, ...]], ...]:
    """Return (unit, its kinds or groups) by these rules in a ward (key), in the order of `duties_in`."""
    areas = list(Area.objects.containing(ward).defer("shape", "outline").order_by("-level"))
    leaves = [leaf for leaf in book.categories.values() if not leaf.restricted]
    units = {leaf: choose_authority(leaf, areas, book.rules, book.own)[0] or book.desk for leaf in leaves}
    units_of_group = defaultdict(set)
    for leaf, unit in units.items():
        units_of_group[leaf.parent_id].add(unit)
    kinds: dict[Authority, dict[Category, None]] = defaultdict(dict)
    for leaf, unit in units.items():
        if unit is not None:
            kinds[unit].setdefault(leaf.parent if units_of_group[leaf.parent_id] == {unit} else leaf)
    ordered = sorted(kinds, key=lambda unit: (unit.area_id != ward, unit.duty_desk))
    return tuple((unit, tuple(kinds[unit])) for unit in ordered)


def public_numbers(units: Sequence[int]) -> dict[int, str]:
    """Return the first number of each unit that its pack, or an administrator, gives to everybody."""
    contacts = Contact.objects.filter(authority__in=units, public=True).exclude(phone="").order_by("-pk")
    return dict(contacts.values_list("authority_id", "phone"))
