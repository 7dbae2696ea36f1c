"""List who answers for which kind of matter in a ward, by the routing rules, with a number for everybody."""

from collections.abc import Sequence
from dataclasses import dataclass, field

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
    book = rulebook.current_rulebook()
    areas = list(Area.objects.containing(ward.pk).defer("shape", "outline").order_by("-level"))
    leaves = Category.objects.leaves().filter(restricted=False).in_menu_order()
    units = {leaf: choose_authority(leaf, areas, book.rules, book.own)[0] or book.desk for leaf in leaves}
    duties: dict[int, Duty] = {}
    for leaf, unit in units.items():
        if unit is None:
            continue
        duty = duties.setdefault(unit.pk, Duty(unit))
        kind = leaf.parent if leaf.parent and has_whole_group(leaf.parent, unit, units) else leaf
        if kind not in duty.kinds:
            duty.kinds.append(kind)
    add_numbers(list(duties.values()))
    return sorted(duties.values(), key=lambda duty: (duty.unit.area_id != ward.pk, duty.unit.duty_desk))


def has_whole_group(group: Category, unit: Authority, units: dict[Category, Authority | None]) -> bool:
    return all(other == unit for leaf, other in units.items() if leaf.parent_id == group.pk)


def add_numbers(duties: Sequence[Duty]) -> None:
    numbers = public_numbers([duty.unit.pk for duty in duties])
    for duty in duties:
        duty.phone = numbers.get(duty.unit.pk, "")


def public_numbers(units: Sequence[int]) -> dict[int, str]:
    """Return the first number of each unit that its pack, or an administrator, gives to everybody."""
    contacts = Contact.objects.filter(authority__in=units, public=True).exclude(phone="").order_by("-pk")
    return dict(contacts.values_list("authority_id", "phone"))
