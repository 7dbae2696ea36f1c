"""Count what a change of boundaries would move before its day is set."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction

from gis_data.editions import succession
from gis_data.models import Area, Edition
from incidents import access, sql
from incidents.models import Incident, Membership, RoutingRule
from incidents.reform import placing


@dataclass
class AreaPair:
    """What one old area would give to a new one; `new` is None for what lies outside all new areas."""

    old: Area
    new: Area | None
    incidents: int = 0
    followers: int = 0
    officers: int = 0
    rules: int = 0


@dataclass
class ReformPreview:
    """What would move. `pairs`: by old area, the most incidents first.

    `followers` are reports of open incidents with an address; `officers` posts that would be extended.
    """

    changes: list
    pairs: list = field(default_factory=list)
    incidents: int = 0  # all open ones in the areas that end
    moving: int = 0  # those whose area gets another code or name, or is none
    outside: int = 0
    followers: int = 0
    officers: int = 0
    rules: int = 0


def preview_reform(edition: Edition, ends: Iterable[Edition]) -> ReformPreview:
    """Count what would move if this edition replaced those in `ends`. 200,000 open incidents: a few seconds.

    Counted anew each time, for the numbers change by the minute; nothing is written.
    """
    ends = list(ends)
    for old in ends:
        if not succession.successions_between(edition, old).exists():
            succession.compute_successions(edition, [old])
    changes = [change for old in ends for change in succession.changes_between(edition, old)]
    preview = ReformPreview(changes)
    pairs = area_pairs(changes)
    count_incidents(preview, edition, ends, pairs)
    count_posts(preview, ends, pairs)
    count_rules(preview, ends, pairs)
    preview.pairs = sorted(pairs.values(), key=lambda pair: (pair.old.code, -pair.incidents))
    return preview


def area_pairs(changes):
    return {
        (part.old.pk, part.new.pk): AreaPair(part.old, part.new)
        for change in changes
        if change.old
        for part in change.parts
    }


def count_incidents(preview, edition, ends, pairs):
    with transaction.atomic():
        sql.execute("gather_open", open=[str(state) for state in Incident.OPEN], editions=[old.pk for old in ends])
        placing.place_gathered(edition)
        rows = sql.execute("moving")
    areas = Area.objects.defer("shape", "outline").in_bulk({key for row in rows for key in row[:2] if key})
    for old, new, incidents, followers in rows:
        pair = pairs.setdefault((old, new), AreaPair(areas[old], areas.get(new)))
        pair.incidents, pair.followers = incidents, int(followers)
        preview.incidents += incidents
        if new is None or (areas[old].code, areas[old].full_name) != (areas[new].code, areas[new].full_name):
            preview.moving += incidents
            preview.followers += int(followers)
        if new is None:
            preview.outside += incidents


def count_posts(preview, ends, pairs):
    posts = defaultdict(int)
    desk_posts = Membership.objects.filter(authority__area__edition__in=ends, role__in=access.DOES["desk"])
    for area in desk_posts.values_list("authority__area", flat=True):
        posts[area] += 1
    for pair in pairs.values():
        pair.officers = posts[pair.old.pk] if pair.new else 0
    preview.officers = sum(posts.values())


def count_rules(preview, ends, pairs):
    rules = defaultdict(int)
    for area in RoutingRule.objects.filter(area__edition__in=ends).values_list("area", flat=True):
        rules[area] += 1
    mostly = {}
    for change in preview.changes:
        for part in change.parts:
            best = mostly.get((part.new.pk, part.old.level))
            if best is None or part.share_new > best.share_new:
                mostly[part.new.pk, part.old.level] = part
    for part in mostly.values():
        pairs[part.old.pk, part.new.pk].rules = rules[part.old.pk]
    preview.rules = sum(rules.values())
