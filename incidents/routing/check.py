"""Check that the rules give exactly one accountable unit for every category at every point of the city, and simulate
rule changes on recent reports.

Rules refer to areas, so the city is divided into cells whose points have the same areas: where every level is a
partition, the cells are the areas of the deepest level; where borders of levels cross, there are more. A result for a
cell holds for all its points, so the check is exact; a sample of points through the real look-up and routing guards the
check itself.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import shapely
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.gis.geos import Point
from django.db import transaction
from django.db.models import Count
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pyproj import Geod

from gis_data.addresses import geocode
from gis_data.alphabet import in_alphabet
from gis_data.models import Area
from incidents.models import Authority, Category, Incident, RoutingRule, User
from incidents.routing import rules as routing

ELLIPSOID = Geod(ellps="WGS84")
SLIVER = 1.0  # square metres: less is how coordinates are rounded, not a place
SAMPLE = 300  # points that are asked for real
EXAMPLES = 5  # references shown of each change


@dataclass(frozen=True, eq=False)
class Cell:
    """A part of the city: areas, deepest first, and shape in EPSG:4326, in which look-ups draw straight lines."""

    areas: tuple
    shape: shapely.Geometry


@dataclass(frozen=True)
class Finding:
    """A fault: its kind (see `check_rules`), a sentence, whether it is grave, and its rule."""

    kind: str
    text: str
    grave: bool = False
    rule: RoutingRule | None = None


# (authority, rule) by (leaf key, cell); both None where nobody is responsible.
Decisions = dict[tuple[int, Cell], tuple[Authority | None, RoutingRule | None]]


@dataclass
class RuleCheck:
    """Result of a check. `cases`: categories × cells decided; `square_metres`: area covered."""

    findings: list = field(default_factory=list)
    matters: int = 0
    cells: int = 0
    square_metres: float = 0.0
    sampled: int = 0

    @property
    def cases(self) -> int:
        return self.matters * self.cells

    @property
    def grave(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.grave]


def check_rules(day: date | None = None, *, sample: int = SAMPLE, law: routing.RuleSnapshot | None = None) -> RuleCheck:
    """Decide every category in every cell of the city as of `day` (today), and list faults of the rules.

    Grave: `gap` (only the duty desk is accountable), `overlap` (two areas of a level claim the same place, with
    different units), `sample` (the real look-up disagrees). Others: `unreachable` (a rule that never counts),
    `dead_area`, `dead_unit` (no longer in force), `silent` (a unit without recipients). `law`: other rules than those
    stored, as `rules.RuleSnapshot`; then no points are sampled.
    """
    day = day or localdate()
    areas, shapes = areas_in_force(day)
    cells = overlay_cells(areas, shapes)
    leaves = list(Category.objects.leaves().select_related("parent").order_by("position", "code"))
    written = law is None
    law = law or routing.RuleSnapshot.now({area.edition_id for area in areas})
    decided: Decisions = {
        (leaf.pk, cell): routing.choose_authority(leaf, cell.areas, law.rules, law.own)
        for cell in cells
        for leaf in leaves
    }
    sample = sample if written else 0
    return RuleCheck(
        findings=[
            *find_gaps(leaves, cells, decided),
            *find_overlaps(areas, shapes, leaves, law),
            *find_idle(law, {rule_key(rule) for _authority, rule in decided.values() if rule}, areas),
            *find_disagreements(sample, cells, leaves, decided),
        ],
        matters=len(leaves),
        cells=len(cells),
        square_metres=sum((square_metres(cell.shape) for cell in cells), 0.0),
        sampled=sample,
    )


def rule_key(rule: RoutingRule) -> tuple[int | None, int | None]:
    return rule.category_id, rule.area_id


def areas_in_force(day: date) -> tuple[list[Area], dict[Area, shapely.Geometry]]:
    areas = list(Area.objects.on(day).defer("outline").order_by("-level", "code"))
    return areas, dict(zip(areas, shapely.from_wkb([bytes(area.shape.wkb) for area in areas]), strict=True))


def square_metres(shape: shapely.Geometry) -> float:
    return abs(ELLIPSOID.geometry_area_perimeter(shape)[0])


def overlay_cells(areas: Sequence[Area], shapes: dict[Area, shapely.Geometry]) -> list[Cell]:
    """Overlay of all levels by polygon algebra. Every point of the city is in the cell of its deepest area."""
    levels = sorted({area.level for area in areas}, reverse=True)
    pieces = [((area,), shapes[area]) for area in areas if area.level == levels[0]]
    for level in levels[1:]:
        above = [area for area in areas if area.level == level]
        tree = shapely.STRtree([shapes[area] for area in above])
        cut = []
        for chain, shape in pieces:
            over = [above[n] for n in tree.query(shape, predicate="intersects")]
            parts = [((*chain, area), shapely.intersection(shape, shapes[area])) for area in over]
            rest = shapely.difference(shape, shapely.union_all([shapes[area] for area in over]))
            cut += [*parts, (chain, rest)]
        below = shapely.union_all([shape for _chain, shape in pieces])
        bare = [((area,), shapely.difference(shapes[area], below)) for area in above]
        pieces = [(chain, shape) for chain, shape in [*cut, *bare] if square_metres(shape) > SLIVER]
    return [Cell(chain, shape) for chain, shape in pieces]


def find_gaps(leaves: Sequence[Category], cells: Sequence[Cell], decided: Decisions) -> Iterator[Finding]:
    for leaf in leaves:
        without = [cell for cell in cells if decided[leaf.pk, cell][1] is None]
        if without:
            where = _("everywhere") if len(without) == len(cells) else list_titles(cell.areas[0] for cell in without)
            yield Finding(
                "gap",
                _("%(matter)s: no unit is responsible, it falls to the duty desk: %(where)s.")
                % {"matter": leaf.title, "where": where},
                grave=True,
            )


def list_titles(areas: Iterable[Area], most: int = 4) -> str:
    titles = [area.title for area in areas]
    more = len(titles) - most
    titles_text = ", ".join(titles[:most])
    return (
        ngettext("%(some)s and %(n)d more", "%(some)s and %(n)d more", more) % {"some": titles_text, "n": more}
        if more > 0
        else titles_text
    )


def find_overlaps(
    areas: Sequence[Area], shapes: dict[Area, shapely.Geometry], leaves: Sequence[Category], law: routing.RuleSnapshot
) -> Iterator[Finding]:
    for level in {area.level for area in areas}:
        same = [area for area in areas if area.level == level]
        tree = shapely.STRtree([shapes[area] for area in same])
        pairs = tree.query([shapes[area] for area in same], predicate="intersects").T
        for first_area, other in ((same[a], same[b]) for a, b in pairs if a < b):
            common = square_metres(shapely.intersection(shapes[first_area], shapes[other]))
            if common <= SLIVER:
                continue
            answers = [
                [routing.choose_authority(leaf, (area,), law.rules, law.own)[0] for area in (first_area, other)]
                for leaf in leaves
            ]
            torn = sum(first != second for first, second in answers)
            if torn:
                yield Finding(
                    "overlap",
                    _(
                        "%(one)s and %(other)s both claim %(metres)d m²; for %(n)d types of incident different units "
                        "would be responsible."
                    )
                    % {"one": first_area.title, "other": other.title, "metres": round(common), "n": torn},
                    grave=True,
                )


def find_idle(law: routing.RuleSnapshot, used: set[tuple], areas: Sequence[Area]) -> Iterator[Finding]:
    standing = {area.pk for area in areas}
    dead = {key for key in law.rules if key[1] and key[1] not in standing}
    idle = {law.rules[key].pk for key in law.rules if key not in used}
    rules = RoutingRule.objects.filter(pk__in=idle).select_related("category", "area", "authority")
    for rule in rules.defer("area__shape", "area__outline").order_by("category__code", "area__code"):
        if rule_key(rule) in dead:
            yield Finding(
                "dead_area", _("%(rule)s: its area is no longer in force.") % {"rule": rule_in_words(rule)}, rule=rule
            )
        else:
            words = _("%(rule)s: never applies, others come before it.") % {"rule": rule_in_words(rule)}
            yield Finding("unreachable", words, rule=rule)
    named = {rule.authority_id for rule in law.rules.values() if rule.authority_id}
    for unit in (
        Authority.objects.filter(pk__in=named, area__isnull=False)
        .exclude(area__in=standing)
        .order_by(in_alphabet("name"))
    ):
        yield Finding(
            "dead_unit", _("%(unit)s: rules name it, but its area is no longer in force.") % {"unit": unit.title}
        )
    answering = Authority.objects.filter(pk__in=named | {unit.pk for unit in law.own.values()})
    for unit in answering.filter(contacts=None, memberships=None).order_by(in_alphabet("name")):
        yield Finding("silent", _("%(unit)s: there are neither people nor contacts to notify.") % {"unit": unit.title})


def rule_in_words(rule: RoutingRule) -> str:
    """`Pothole × Ward A → Water Company`"""
    return " ".join(
        [
            rule.category.title if rule.category else _("all types"),
            "×",
            rule.area.title if rule.area else _("the whole city"),
            "→",
            rule.authority.title if rule.authority else _("the local unit"),
        ]
    )


def find_disagreements(
    sample: int, cells: Sequence[Cell], leaves: Sequence[Category], decided: Decisions, seed: int | None = None
) -> Iterator[Finding]:
    """Findings on random points, in proportion to the area, through the real look-up and routing."""
    dice = random.Random(seed)
    weights = [shapely.area(cell.shape) for cell in cells]
    for cell in dice.choices(cells, weights, k=sample) if cells and leaves else []:
        point, leaf = random_point(cell.shape, dice), dice.choice(leaves)
        expected = decided[leaf.pk, cell][0]
        got, on_border = answer_at(leaf, point)
        if got != expected and not on_border:
            yield Finding(
                "sample",
                _("%(matter)s at %(lon).6f, %(lat).6f: %(got)s is responsible, the rules say %(expected)s.")
                % {
                    "matter": leaf.title,
                    "lon": point.x,
                    "lat": point.y,
                    "got": got.title if got else "–",
                    "expected": expected.title if expected else "–",
                },
                grave=True,
            )


def answer_at(leaf: Category, point: Point) -> tuple[Authority | None, bool]:
    try:
        located = geocode.locate(point)
    except geocode.OutsideTheCity:
        return None, False
    way = routing.find_route(leaf, located)
    return way.authority if way.by_rule else None, bool(located.on_border)


def random_point(shape: shapely.Geometry, dice: random.Random) -> Point:
    west, south, east, north = shapely.bounds(shape)
    while True:
        x, y = dice.uniform(west, east), dice.uniform(south, north)
        if shapely.contains_xy(shape, x, y):
            return Point(x, y, srid=4326)


@dataclass(frozen=True)
class RuleChange:
    """A rule to write, or (`remove`) to delete; without an authority it means the local unit."""

    category: Category | None
    area: Area | None
    authority: Authority | None = None
    remove: bool = False
    reason: str = ""
    reason_en: str = ""

    def rule(self) -> RoutingRule:
        return RoutingRule(
            category=self.category,
            area=self.area,
            authority=self.authority,
            reason=self.reason,
            reason_en=self.reason_en,
        )


def with_changes(law: routing.RuleSnapshot, changes: Iterable[RuleChange]) -> routing.RuleSnapshot:
    rules = dict(law.rules)
    for change in changes:
        key = change.category and change.category.pk, change.area and change.area.pk
        if change.remove:
            rules.pop(key, None)
        else:
            rules[key] = change.rule()
    return replace(law, rules=rules)


class RulesWorsened(Exception):
    """The rules would have new grave faults: `findings`."""

    def __init__(self, findings: list[Finding]):
        super().__init__("; ".join(finding.text for finding in findings))
        self.findings = findings


def new_faults(changes: Iterable[RuleChange]) -> list[Finding]:
    law = routing.RuleSnapshot.now(set(Area.objects.on(localdate()).values_list("edition", flat=True)))
    before = {finding.text for finding in check_rules(law=law).grave}
    return [finding for finding in check_rules(law=with_changes(law, changes)).grave if finding.text not in before]


@transaction.atomic
def apply_changes(changes: Sequence[RuleChange], *, by: User) -> None:
    """Write the changes, and their author into the administration's log.

    Raises RulesWorsened, and then writes nothing.
    """
    if worse := new_faults(changes):
        raise RulesWorsened(worse)
    for change in changes:
        where: dict[str, Any] = {"category": change.category, "area": change.area}
        if change.remove:
            log_change(RoutingRule.objects.filter(**where).first(), by, DELETION)
            RoutingRule.objects.filter(**where).delete()
            continue
        rule, new = RoutingRule.objects.update_or_create(
            **where,
            defaults={"authority": change.authority, "reason": change.reason, "reason_en": change.reason_en},
        )
        log_change(rule, by, ADDITION if new else CHANGE)


def log_change(rule: RoutingRule | None, by: User, flag: int) -> None:
    if rule:
        LogEntry.objects.create(
            user=by,
            content_type=ContentType.objects.get(app_label="incidents", model="routingrule"),
            object_id=str(rule.pk),
            object_repr=rule_in_words(rule)[:200],
            action_flag=flag,
            change_message=rule.reason,
        )


@dataclass(frozen=True)
class MovedIncidents:
    """Number of incidents of a category in an area that would go elsewhere, with some references."""

    category: Category
    area: Area
    was: Authority
    to: Authority
    incidents: int
    references: list


def dry_run(
    changes: Iterable[RuleChange], *, days: int = 31, at: datetime | None = None
) -> tuple[int, list[MovedIncidents]]:
    """Simulate the changes on incidents received in the last days; writes nothing.

    Returns (number of incidents, [MovedIncidents, most first]). Compares the rules before and after; later hand-overs
    by people do not count.
    """
    since = (at or now()) - timedelta(days=days)
    received = Incident.objects.filter(received_at__gte=since)
    rows = received.order_by().values_list("category", "area").annotate(n=Count("pk"))
    areas = Area.objects.defer("shape", "outline").in_bulk({area for _category, area, _n in rows})
    leaves = Category.objects.select_related("parent").in_bulk({category for category, *_ in rows})
    above = areas_above(areas.values())
    law = routing.RuleSnapshot.now(
        {candidate.edition_id for area in areas.values() for candidate in (area, *above[area.pk])}
    )
    after = with_changes(law, changes)
    moves = []
    for category, area, count in rows:
        leaf, chain = leaves[category], (areas[area], *above[area])
        was, to = law.answer(leaf, chain)[0], after.answer(leaf, chain)[0]
        if was != to:
            some = received.filter(category=category, area=area).order_by("-pk").values_list("reference", flat=True)
            moves.append(MovedIncidents(leaf, areas[area], was, to, count, list(some[:EXAMPLES])))
    moves.sort(key=lambda move: (-move.incidents, move.category.code, move.area.code))
    return sum(count for *_, count in rows), moves


def areas_above(areas: Iterable[Area]) -> dict[int, tuple[Area, ...]]:
    above = list(Area.objects.on(localdate()).order_by("-level").defer("shape"))
    by_area = {}
    for area in areas:
        over = [
            candidate
            for candidate in above
            if candidate.level < area.level and candidate.outline.covers(area.label_point)
        ]
        by_area[area.pk] = tuple(over)
    return by_area
