"""Verify that words of reports, and what covers them, still match the digests in the sealed history.

The line of a report holds a digest of its words, and so does the line of a cover: HMACs under the index key, so that
short words are not found by trying. Erased words are empty, and a line says so.

Digests of reports from before lines had them are in later lines, some hundred each (disclosure/old_words.py): what was
rewritten before that day is not found.
"""

import hmac
from collections.abc import Iterable, Iterator
from typing import Any, cast

from django.utils.translation import gettext as _

from geoapp.crypto import keyring
from incidents.models import CoveredNote, Event, Incident, Report, ReportMove

BATCH = 2000


def words_receipt(report: Report) -> dict:
    return {"words": {"report": report.pk, "digest": digest_of(f"report {report.pk}", report.text)}}


def cover_receipt(line: int, text: str) -> dict:
    return {"cover": {"line": line, "digest": digest_of(f"line {line}", text)}}


def late_receipt(reports: Iterable[Report]) -> dict:
    return {"digests": [[report.pk, words_receipt(report)["words"]["digest"]] for report in reports]}


def late_lines() -> Any:
    return Event.objects.filter(kind=Event.Kind.DIGESTED).order_by("pk")


def digest_of(what: str, text: str) -> str:
    return keyring.current().blind_index(f"{what} {text}").hex()


def is_digest_of(digest: str, what: str, text: str) -> bool:
    """Return whether this is the digest of a text; True if its key is no longer known."""
    number = bytes.fromhex(digest)[0]
    if number not in keyring.current().index:
        return True
    return hmac.compare_digest(keyring.current().mac(number, f"{what} {text}").hex(), digest)


def verify_words() -> str:
    lines = Event.objects.filter(receipt__has_key="words").order_by("pk")
    for some in in_batches(lines):
        for fault in faults_of(some):
            return fault
    for some in in_batches(Event.objects.filter(receipt__has_key="cover").order_by("pk")):
        for fault in faults_of_covers(some):
            return fault
    for line in late_lines().iterator():
        for fault in faults_of_late_digests(line):
            return fault
    return ""


def in_batches(lines: Any) -> Iterator[list[Event]]:
    last = 0
    while some := list(lines.filter(pk__gt=last)[:BATCH]):
        last = some[-1].pk
        yield some


def said_in(line: Event, what: str) -> dict:
    return cast("dict", line.receipt)[what]


def faults_of(lines: list[Event]) -> Iterator[str]:
    keys = [said_in(line, "words")["report"] for line in lines]
    reports = Report.objects.in_bulk(keys)
    covers = dict(CoveredNote.objects.filter(event__in=lines).values_list("event", "text"))
    incidents = Incident.objects.only("text").in_bulk([line.incident_id for line in lines])
    erased = set(
        Event.objects.filter(kind=Event.Kind.ERASED, incident__in=incidents).values_list("incident", flat=True)
    )
    for line in lines:
        words = said_in(line, "words")
        report = reports.get(words["report"])
        places = {"line": line.pk, "report": words["report"]}
        if report is None:
            yield _("Report %(report)d, which line %(line)d refers to, no longer exists.") % places
            continue
        if report.erased_at and not report.text:
            if not {line.incident_id, report.incident_id} & erased:
                yield _("The text of report %(report)d is missing, and no line says that it was erased.") % places
            continue
        if not is_digest_of(words["digest"], f"report {report.pk}", report.text):
            yield _("The text of report %(report)d was altered.") % places
        shown = covers.get(line.pk, line.note)
        if line.erased_at or line.archive:
            continue
        if report.public_text != shown:
            yield _("The public text of report %(report)d was altered.") % places
        if line.kind == Event.Kind.RECEIVED and incidents[line.incident_id].text != shown:
            yield _("The public text of the incident in line %(line)d was altered.") % places


def faults_of_late_digests(line: Event) -> Iterator[str]:
    digests = dict(said_in(line, "digests"))
    reports = Report.objects.in_bulk(digests)
    homes: dict[int, set[int]] = {report.pk: {report.incident_id} for report in reports.values()}
    for report_id, origin in ReportMove.objects.filter(report__in=reports).values_list("report", "origin"):
        homes[report_id].add(origin)
    concerned = set[int]().union(*homes.values())
    erased = set(
        Event.objects.filter(kind=Event.Kind.ERASED, incident__in=concerned).values_list("incident", flat=True)
    )
    for pk, digest in digests.items():
        report, places = reports.get(pk), {"line": line.pk, "report": pk}
        if report is None:
            yield _("Report %(report)d, which line %(line)d refers to, no longer exists.") % places
        elif report.erased_at and not report.text:
            if not homes[pk] & erased:
                yield _("The text of report %(report)d is missing, and no line says that it was erased.") % places
        elif not is_digest_of(digest, f"report {pk}", report.text):
            yield _("The text of report %(report)d was altered.") % places


def faults_of_covers(lines: list[Event]) -> Iterator[str]:
    lines_by_covered = {said_in(line, "cover")["line"]: line for line in lines}
    later = Event.objects.filter(receipt__cover__line__in=lines_by_covered, pk__gt=lines[-1].pk)
    newer = set(later.values_list("receipt__cover__line", flat=True))
    for cover in CoveredNote.objects.filter(event__in=lines_by_covered.keys() - newer):
        line = lines_by_covered[cover.event_id]
        if not is_digest_of(said_in(line, "cover")["digest"], f"line {cover.event_id}", cover.text):
            yield _("The redactions of line %(line)d were altered.") % {"line": cover.event_id}
