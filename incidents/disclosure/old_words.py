"""What is made up for older words: digests of what reports said.

It goes through all rows some hundred at a time while the service runs, each lot in a transaction of its own. What is
done is not done again: broken off, it goes on where it was.
"""

from collections.abc import Callable

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext_noop

from incidents import public_text, timeline
from incidents.audit import words
from incidents.models import Event, Report
from incidents.routing import rules

LOT = 500
AS_OF_TODAY = gettext_noop(
    "Digests of the words of reports %(first)s to %(last)s, which came in without: as they are on %(day)s."
)

Tell = Callable[[int], None]  # hears after each lot how many rows were changed so far


def digest_old_words(tell: Tell | None = None) -> int:
    """Record digests of the words of all reports that came in without one. Returns how many.

    Each lot is a line in the history of its last report's incident, sealed with the others: from then on words that
    somebody rewrites are found (`words.verify_words`).
    """
    count, last = 0, last_digested()
    while lot := list(Report.objects.filter(pk__gt=last).select_related("incident").order_by("pk")[:LOT]):
        last = lot[-1].pk
        reports = without_digests(lot)
        if reports:
            record_digests(reports)
            count += len(reports)
            if tell:
                tell(count)
    return count


def last_digested() -> int:
    """The key of the last report of which a later line holds a digest."""
    line = words.late_lines().last()
    return words.said_in(line, "digests")[-1][0] if line else 0


def without_digests(reports: list[Report]) -> list[Report]:
    """Those that have words, or never had any, and of which no line holds a digest."""
    lines = Event.objects.filter(incident__in=public_text.incidents_of_reports(reports), receipt__has_key="words")
    known = set(lines.values_list("receipt__words__report", flat=True))
    return [report for report in reports if report.pk not in known and not report.erased_at]


@transaction.atomic
def record_digests(reports: list[Report]) -> None:
    """Write the line that holds the digests of these reports' words as they are now."""
    keys = [report.pk for report in reports]
    locked = list(Report.objects.select_for_update(of=("self",)).filter(pk__in=keys, erased_at=None).order_by("pk"))
    if not locked:
        return
    day = rules.in_both_languages(AS_OF_TODAY, first=locked[0].pk, last=locked[-1].pk, day=localdate().isoformat())
    timeline.record(
        locked[-1].incident, Event.Kind.DIGESTED, public=False, reasons=(day,), receipt=words.late_receipt(locked)
    )
