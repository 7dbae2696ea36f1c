"""Offer a unit's frequent earlier answers for the same category and step.

Only public answers that stand: no internal notes, nothing covered, erased or taken back, nothing of incidents that are
not public, and no text with a phone number or address.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Max, QuerySet

from incidents.models import Event, Incident
from incidents.redaction import without_contacts
from incidents.steps import TRANSITIONS

ENDED_MOST = 2000  # of the unit's last incidents that ended: among them it is looked for
LENGTH_MAX = 400  # longer words are about one matter only
SHOWN = 3  # as many keys
CANDIDATES = 12  # of a category, of which those with contacts fall out


@dataclass(frozen=True)
class EarlierWords:
    """A text, how often the unit used it, and its latest event."""

    text: str
    times: int
    event: int


def earlier_words(
    unit: int, categories: Collection[int], step: str, *, number: int = SHOWN
) -> dict[int, list[EarlierWords]]:
    if step not in TRANSITIONS or not TRANSITIONS[step].kind:
        return {}
    lines = public_answers(unit, step).filter(incident__category__in=categories).order_by()
    counted = lines.values("incident__category", "note").annotate(times=Count("pk"), last=Max("pk"))
    by_category: defaultdict[int, list[EarlierWords]] = defaultdict(list)
    for row in counted.order_by("-times", "-last")[: CANDIDATES * len(categories)]:
        text, some = row["note"], by_category[row["incident__category"]]
        if len(text) <= LENGTH_MAX and len(some) < number and without_contacts(text) == text:
            some.append(EarlierWords(text, row["times"], row["last"]))
    return dict(by_category)


def public_answers(unit: int, step: str) -> QuerySet[Event]:
    ended = Incident.objects.filter(authority=unit, closed_at__isnull=False).order_by("-closed_at")
    return Event.objects.filter(
        incident__in=ended.values("pk")[:ENDED_MOST], incident__published=True, kind=TRANSITIONS[step].kind,
        authority=unit, public=True, erased_at=None, archive=None, cover=None, by__isnull=False,
    ).exclude(note="").exclude(undoable__undone_at__isnull=False)  # fmt: skip
