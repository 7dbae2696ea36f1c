"""Rank incidents by a table of reasons. Values in, values out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy, pgettext_lazy

from incidents.models import Incident
from incidents.models.catalogue import Severity

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NEW_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class Reason:
    """A reason for attention: whether it holds for an incident, and the order within it (smaller `pressing` first)."""

    code: str
    name: "StrOrPromise"  # of all that have it
    words: "StrOrPromise"  # at the end of the line of one
    holds: Callable[[Incident, datetime], bool]
    pressing: Callable[[Incident], Any]


# The first reason that holds is the rank of an incident.
REASONS = (
    Reason(
        "emergency",
        gettext_lazy("Urgent"),
        words=gettext_lazy("urgent"),
        holds=lambda incident, at: incident.category.emergency or incident.severity == Severity.DANGEROUS,
        # Incidents with a paused clock come last.
        pressing=lambda incident: (incident.state == Incident.State.WAITING, incident.due_at),
    ),
    Reason(
        "disputed",
        gettext_lazy("In dispute"),
        words=pgettext_lazy("why it wants attention", "not agreed"),
        holds=lambda incident, at: incident.state == Incident.State.DISPUTED,
        pressing=lambda incident: incident.due_at,
    ),
    Reason(
        "late",
        gettext_lazy("Late"),
        words=pgettext_lazy("why it wants attention", "overdue"),
        holds=lambda incident, at: incident.state in Incident.RUNNING and incident.due_at < at,
        pressing=lambda incident: incident.due_at,
    ),
    Reason(
        "new",
        gettext_lazy("New"),
        words=pgettext_lazy("why it wants attention", "new"),
        holds=lambda incident, at: incident.received_at >= at - NEW_FOR,
        pressing=lambda incident: -incident.received_at.timestamp(),
    ),
)
LONGEST_LATE = pgettext_lazy("why it wants attention", "longest overdue")


@dataclass(frozen=True)
class Line:
    """An incident that wants attention, and why it stands where it stands."""

    incident: Incident
    reason: Reason
    words: "StrOrPromise"


def rank_incidents(incidents: Iterable[Incident], at: datetime, only: str = "") -> list[Line]:
    """Return the incidents that want attention, most pressing first; `only` selects one reason."""
    reasons = [reason for reason in REASONS if only in ("", reason.code)]
    ranked = sorted(
        (place, reasons[place].pressing(incident), -incident.pk, incident)
        for incident in incidents
        if (place := first_place(reasons, incident, at)) is not None
    )
    lines, late_seen = [], False
    for place, _key, _pk, incident in ranked:
        reason = reasons[place]
        first_late = reason.code == "late" and not late_seen
        late_seen = late_seen or first_late
        lines.append(Line(incident, reason, words=LONGEST_LATE if first_late else reason.words))
    return lines


def first_place(reasons, incident, at):
    """Return the index of the first reason that holds; None if none does."""
    return next((place for place, reason in enumerate(reasons) if reason.holds(incident, at)), None)
