"""Add digests of older reports' words, and cover contacts that earlier patterns missed.

Both go through all rows some hundred at a time while the service runs, each batch in a transaction of its own. Finished
work is not repeated: after an abort they continue.
"""

import hashlib
import inspect
from collections.abc import Callable
from importlib.metadata import version

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext_noop

from incidents import public_text, redaction, spellings, timeline
from incidents.audit import words
from incidents.disclosure import publishing
from incidents.models import CoverPass, Event, Report
from incidents.redaction import without_contacts
from incidents.routing import rules

LOT = 500
AS_OF_TODAY = gettext_noop(
    "Digests of the texts of reports %(first)s to %(last)s, which were received without: as they are on %(day)s."
)


# ---- digests ----


Tell = Callable[[int], None]  # hears after each lot how many rows were changed so far


def digest_old_words(tell: Tell | None = None) -> int:
    """Record digests of the words of all reports that came in without one. Returns how many.

    Each batch is a line in the history of its last report's incident, sealed with the others: from then on
    `words.verify_words` finds rewritten words.
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
    line = words.late_lines().last()
    return words.said_in(line, "digests")[-1][0] if line else 0


def without_digests(reports: list[Report]) -> list[Report]:
    lines = Event.objects.filter(incident__in=public_text.incidents_of_reports(reports), receipt__has_key="words")
    known = set(lines.values_list("receipt__words__report", flat=True))
    return [report for report in reports if report.pk not in known and not report.erased_at]


@transaction.atomic
def record_digests(reports: list[Report]) -> None:
    keys = [report.pk for report in reports]
    locked = list(Report.objects.select_for_update(of=("self",)).filter(pk__in=keys, erased_at=None).order_by("pk"))
    if not locked:
        return
    day = rules.in_both_languages(AS_OF_TODAY, first=locked[0].pk, last=locked[-1].pk, day=localdate().isoformat())
    timeline.record(
        locked[-1].incident, Event.Kind.DIGESTED, public=False, reasons=(day,), receipt=words.late_receipt(locked)
    )


# ---- contacts ----


def cover_old_words(tell: Tell | None = None) -> int:
    """Cover contacts in public words of reports that earlier patterns missed. Returns of how many.

    The public note of a line becomes what `without_contacts` makes of it: also in the incident, the report, the search
    words and waiting messages. Manual covers need no question: nothing is shown again. If today's patterns have seen
    all lines, only newer lines are read.
    """
    count, progress = 0, current_pass()
    while lot := list(lines_with_words().filter(pk__gt=progress.last).order_by("pk")[:LOT]):
        shown = dict(Event.objects.filter(pk__in=lot).values_list("pk", public_text.public_note()))
        for event in Event.objects.filter(pk__in=lot).select_related("incident__category").order_by("pk"):
            count += cover_line(event, shown[event.pk])
        progress.last = lot[-1]
        progress.save(update_fields=["last"])
        if tell:
            tell(count)
    return count


def current_pass() -> CoverPass:
    patterns = hashlib.sha256(version("phonenumbers").encode())
    for module in (redaction, spellings):
        patterns.update(inspect.getsource(module).encode())
    progress = CoverPass.objects.first() or CoverPass()
    if progress.patterns != patterns.hexdigest():
        progress.patterns, progress.last = patterns.hexdigest(), 0
        progress.save()
    return progress


def lines_with_words() -> QuerySet[Event, int]:
    lines = Event.objects.filter(kind__in=public_text.REPORT_LINES, erased_at=None).exclude(note="")
    return lines.values_list("pk", flat=True)


def cover_line(event: Event, shown: str) -> bool:
    words, incident = without_contacts(shown), event.incident
    address = without_contacts(incident.address)
    by_reporter = address != incident.address and incident.reports.exclude(address="").exists()
    if words != shown:
        try:
            publishing.cover_note(event, words, by=None)
        except publishing.PublishingRefused:  # erased meanwhile
            return False
    if by_reporter:
        publishing.cover_address(incident, address, by=None)
    return words != shown or by_reporter
