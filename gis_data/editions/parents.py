"""Set each area's parent in a pack of several levels: named by the pack, else the area with most of its land."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.utils.timezone import localdate

from gis_data import sql
from gis_data.models import Area, Edition

MOST = 0.5  # an area lies in the one that has more than this share of its land


def editions_above(layer: Any, loaded: Iterable) -> list:
    """Return the loaded editions of upper levels in force on days of this one.

    The nearest level first, and of a level the edition that is the law today, then the latest.
    """
    by_key, today = {other.edition.pk: other for other in loaded}, localdate()
    editions = Edition.objects.filter(pk__in=by_key).above(layer.edition)
    editions = sorted(
        editions, key=lambda edition: (-edition.level, not edition.in_force or today not in edition.in_force)
    )
    return [by_key[edition.pk] for edition in editions]


def set_parents(loaded: list) -> list[str]:
    """Set the parent of each area of the loaded editions; returns a sentence for each wrong or missing one.

    An edition without another above it keeps the parents that its areas have.
    """
    changed, faults = [], []
    for layer in loaded:
        uppers = editions_above(layer, loaded)
        largest = largest_shares(layer, uppers)
        for unit in layer.units.itertuples():
            parent, fault = parent_of(unit, layer, uppers, largest[unit.code])
            if fault:
                faults.append(f"{unit.full_name} ({unit.code}): {fault}")
            elif parent:
                layer.areas[unit.code].parent = parent
                changed.append(layer.areas[unit.code])
    Area.objects.bulk_update(changed, ["parent"], batch_size=1000)
    return faults


def largest_shares(layer, uppers):
    """Return {code: {key of an upper edition: (code of the area with most of the land, that share)}}."""
    shares = defaultdict(dict)
    keys = [upper.edition.pk for upper in uppers]
    for code, edition, best, share in (
        sql.execute("largest_shares", edition=layer.edition.pk, above=keys) if keys else ()
    ):
        shares[code][edition] = best, share
    return shares


def parent_of(unit, layer, uppers, largest):
    """Return (parent of a unit or None, fault or ""). Against approximate cells the named parent is not checked, and
    the largest share suffices.
    """
    if not unit.parent:
        for upper in uppers:
            best, share = largest.get(upper.edition.pk, ("", 0))
            if share > (0 if is_approximate(layer, upper) else MOST):
                return upper.areas[best], ""
        return None, "no area above it has most of its land; name its parent." if uppers else ""
    upper = next((upper for upper in uppers if unit.parent in upper.areas), None)
    if upper is None:
        return None, f"there is no area {unit.parent} above it, on its days."
    best, _share = largest.get(upper.edition.pk, ("", 0))
    if best == unit.parent or is_approximate(layer, upper):
        return upper.areas[unit.parent], ""
    where = f"most of it lies in {best}" if best else "no part of it lies there"
    return None, f"its parent is to be {unit.parent}, but {where}."


def is_approximate(layer, upper):
    return layer.edition.approximate or upper.edition.approximate
