"""Choose the older edition of boundaries with which one is compared."""

from gis_data.editions import succession
from gis_data.models import Edition
from incidents.models import Reform


def older_editions(edition: Edition) -> list[Edition]:
    """Return the older editions to compare with: those that this one ends, or those in force beside a draft."""
    open_reforms = [Reform.State.PLANNED, Reform.State.ENACTED]
    ended = Edition.objects.filter(ended_by__edition=edition, ended_by__state__in=open_reforms).distinct()
    known = Edition.objects.filter(areas__successors__new__edition=edition).distinct()
    beside = succession.other_editions_in_force(edition) if edition.is_draft else known.order_by("-level")
    return list(ended.order_by("-level")) or list(beside)


def choose_older(edition: Edition, code: str | None) -> tuple[Edition | None, list[Edition]]:
    """Return the older edition with this code, and all that this one can be compared with.

    Without a code (None) it is the one of the same level, else the deepest, else None. Raises Edition.DoesNotExist if
    none of them has the code.
    """
    editions = older_editions(edition)
    if code is not None:
        named = [old for old in editions if old.code == code]
        if not named:
            raise Edition.DoesNotExist
        return named[0], editions
    same_level = [old for old in editions if old.level == edition.level]
    return next(iter(same_level + editions), None), editions
