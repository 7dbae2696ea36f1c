"""Measure how areas of an edition derive from an older one, and classify the change of each."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

import pyproj
import shapely
from django.db import models, transaction
from django.db.models import QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from gis_data.models import Area, Edition, Succession

SLIVER_M2 = 100.0  # two areas that have less than this in common only touch
SLIVER_M = 5.0  # likewise where it is thinner than this on average: one border, drawn by two hands
PART = 0.01  # less than this share of both is no part of a story
SAME = 0.99  # an area that has kept this share is said to be the same
MAINLY = 0.95  # an area that gives this share to one other goes into it, whatever becomes of the rest


class Kind(models.TextChoices):
    """What becomes of an area."""

    STAYS = "stays", _("unchanged")
    RENAMED = "renamed", _("is renamed")
    MOVED = "moved", _("gets new boundaries")
    MERGED = "merged", _("is merged")
    SPLIT = "split", _("is divided")
    GONE = "gone", _("leaves the city")
    NEW = "new", _("is new")


CONTINUING = (Kind.STAYS, Kind.RENAMED, Kind.MOVED)  # the old area and one new area are the same thing


@dataclass(frozen=True)
class Change:
    """What becomes of an old area; with `old` empty, a new area (`heir`) on land that had none.

    `parts` are the successions that matter, the largest first; `heir` is the new area as which it lives on.
    """

    kind: Kind
    old: Area | None
    parts: tuple = ()
    heir: Area | None = None


@dataclass(frozen=True)
class ChangeFacts:
    parts: int  # new areas that have a part of it that matters
    largest: float  # the share of it that went into one of them
    lives_on: bool  # one new area is mostly it, and it is mostly that one
    same_extent: bool = False
    same_name: bool = False
    takes_in: bool = False  # its heir has swallowed another old area
    gives_off: bool = False  # a new area was cut out of it


# The first line that is true names the kind.
KIND_RULES = (
    (Kind.GONE, lambda facts: not facts.parts),
    (Kind.SPLIT, lambda facts: facts.gives_off),
    (Kind.SPLIT, lambda facts: not facts.lives_on and facts.parts > 1 and facts.largest < MAINLY),
    (Kind.MERGED, lambda facts: facts.takes_in or not facts.lives_on),
    (Kind.MOVED, lambda facts: not facts.same_extent),
    (Kind.RENAMED, lambda facts: not facts.same_name),
    (Kind.STAYS, lambda facts: True),
)


def kind_of_change(facts) -> Kind:
    return next(kind for kind, applies in KIND_RULES if applies(facts))


def is_substantial(part):
    return part.share_old >= PART or part.share_new >= PART


def classify(olds, news, parts) -> list[Change]:
    """Classify each old area, and the new ones without land of an old one. Pure function.

    Areas have `code` and `full_name`; parts have `old`, `new`, `share_old` and `share_new`, as Succession has them.
    """
    into, out_of = defaultdict(list), defaultdict(list)
    for part in sorted(filter(is_substantial, parts), key=lambda part: (-part.share_old, part.new.code)):
        into[part.old.code].append(part)
        out_of[part.new.code].append(part)
    heirs = {code: heir for code, some in into.items() if (heir := continuing_part(some, out_of))}
    grown = {part.new.code for part in heirs.values()}  # new areas that are an old one that lives on
    changes = []
    for old in olds:
        some, heir = into[old.code], heirs.get(old.code)
        facts = ChangeFacts(
            parts=len(some),
            largest=some[0].share_old if some else 0.0,
            lives_on=heir is not None,
            same_extent=heir is not None and len(some) == 1 and min(heir.share_old, heir.share_new) >= SAME,
            same_name=heir is not None and heir.new.full_name == old.full_name,
            takes_in=heir is not None
            and any(p.old.code not in heirs and into[p.old.code][0] is p for p in out_of[heir.new.code]),
            gives_off=bool(heir)
            and any(p.new.code not in grown and is_mostly_from(p, out_of[p.new.code]) for p in some),
        )
        kind = kind_of_change(facts)
        changes.append(Change(kind, old, tuple(some), heir.new if heir and kind in CONTINUING else None))
    return changes + [Change(Kind.NEW, None, (), new) for new in news if not out_of[new.code]]


def continuing_part(parts, out_of):
    """Return the part that is most of both areas; or the only one, if neither has another."""
    if len(parts) == 1 and len(out_of[parts[0].new.code]) == 1:
        return parts[0]
    return next((part for part in parts if part.share_old > 0.5 and part.share_new > 0.5), None)


def is_mostly_from(part, parts):
    """Whether a new area (of `parts`) is cut out of this old one: none gave more than twice as much."""
    return part.share_new * 2 >= max(other.share_new for other in parts)


def changes_between(edition: Edition, old_edition: Edition) -> list[Change]:
    parts = (
        successions_between(edition, old_edition)
        .select_related("old", "new")
        .defer("old__shape", "old__outline", "new__shape", "new__outline")
    )
    olds, news = (
        edition_side.areas.order_by("code").defer("shape", "outline") for edition_side in (old_edition, edition)
    )
    return classify(olds, news, parts)


def successions_between(edition: Edition, old_edition: Edition) -> QuerySet[Succession]:
    return Succession.objects.filter(new__edition=edition, old__edition=old_edition)


def other_editions_in_force(edition: Edition, day: date | None = None) -> QuerySet[Edition]:
    """Return the other editions in force on a day (today), the deepest level first."""
    return Edition.objects.on(day or localdate()).filter(city=edition.city_id).exclude(pk=edition.pk).order_by("-level")


def pairs_by_date(edition: Edition) -> list[tuple[Edition, Edition]]:
    """Return [(older, newer)]: this edition paired with those before and after it.

    A draft comes after what is the law today; one that has its days stands between those that ended last before it and
    those that began first after it. Editions of other levels that were the law beside it are neither.
    """
    if edition.is_draft:
        return [(old, edition) for old in other_editions_in_force(edition)]
    law = Edition.objects.ever_in_force().filter(city=edition.city_id).exclude(pk=edition.pk).order_by("-level")
    before = law.filter(in_force__fully_lt=edition.in_force)
    after = law.filter(in_force__fully_gt=edition.in_force)
    last = before.order_by("-in_force__endswith").first()
    first = after.order_by("in_force__startswith").first()
    olds = before.filter(in_force__endswith=last.in_force.upper) if last else []
    news = after.filter(in_force__startswith=first.in_force.lower) if first else []
    return [*((old, edition) for old in olds), *((edition, new) for new in news)]


def compute_successions(
    edition: Edition,
    against: Iterable[Edition] | None = None,
    say: Callable[[str, int, int], object] = lambda step, done, of: None,
) -> int:
    """Store the share of each older edition's area in each newer one's, for `pairs_by_date`. Returns how many.

    `against`: older editions in place of those. Measured in the city's metric CRS. Shares below SLIVER_M2, or thinner
    than SLIVER_M on average, are dropped. Stored successions between the same editions are replaced.
    """
    pairs = pairs_by_date(edition) if against is None else [(old, edition) for old in against]
    count = 0
    if against is None and not edition.is_draft:
        olds, news = ({pair[side] for pair in pairs} - {edition} for side in (0, 1))
        Succession.objects.filter(old__edition__in=olds, new__edition__in=news).delete()  # it came between them
    for number, (old, new) in enumerate(pairs):
        say("compare", number, len(pairs))
        with transaction.atomic():
            successions_between(new, old).delete()
            successions_between(old, new).delete()
            count += len(Succession.objects.bulk_create(shared_land(new, old), batch_size=2000))
    say("compare", len(pairs), len(pairs))
    return count


def shared_land(edition, old_edition):
    (old_areas, olds), (new_areas, news) = areas_in_metres(old_edition), areas_in_metres(edition)
    if not len(olds) or not len(news):
        return []
    which_new, which_old = shapely.STRtree(olds).query(news, predicate="intersects")
    shared = shapely.intersection(olds[which_old], news[which_new])
    m2 = shapely.area(shared)
    wide = 2 * m2 / shapely.length(shared).clip(min=1e-9)
    is_significant = (m2 >= SLIVER_M2) & (wide >= SLIVER_M)
    share_old = (m2 / shapely.area(olds)[which_old]).clip(max=1.0)
    share_new = (m2 / shapely.area(news)[which_new]).clip(max=1.0)
    return [
        Succession(
            old=old_areas[which_old[n]],
            new=new_areas[which_new[n]],
            km2=float(m2[n]) / 1e6,
            share_old=float(share_old[n]),
            share_new=float(share_new[n]),
        )
        for n in is_significant.nonzero()[0]
    ]


def areas_in_metres(edition):
    areas = list(edition.areas.order_by("code").defer("outline"))
    to_plane = pyproj.Transformer.from_crs(4326, edition.city.metric_srid, always_xy=True).transform
    shapes = shapely.from_wkb([bytes(area.shape.wkb) for area in areas])
    return areas, shapely.make_valid(shapely.transform(shapes, to_plane, interleaved=False))  # type: ignore[arg-type]  # the stubs know interleaved calls only
