"""Decide what everybody may read of people's words, for pages, APIs, files and notices.

Of an incident it is `text` and `address`, of a report `public_text`: without contacts, and covered. Of a history line
it is its cover, else its note: `public_note` in a query, `public_note_of` and `with_public_notes` of loaded lines.
"""

from collections.abc import Iterable
from itertools import zip_longest

from django.db.models import Case, Q, Value, When
from django.db.models.functions import Coalesce

from incidents.models import CoveredNote, Event, Incident, Notice, Report, ReportMove
from incidents.redaction import without_contacts

REPORT_LINES = (Event.Kind.RECEIVED, Event.Kind.JOINED)  # lines with which reports came in
# That pictures were kept is public; the words of these lines, which name the cameras, are for those who work on it.
NAMES_CAMERAS = (Event.Kind.EVIDENCE,)
# What may still be sent says what everybody may read by then.
UNSENT_STATES = (*Notice.UNSENT, Notice.State.FAILED)


def public_note(line: str = "") -> Case:
    """Return the expression of a history line's public note. `line`: the path to it, as "event__"."""
    words = Coalesce(f"{line}cover__text", f"{line}note")
    names_cameras = When(**{f"{line}kind__in": NAMES_CAMERAS}, then=Value(""))
    return Case(names_cameras, default=words, output_field=Event._meta.get_field("note"))


def public_note_of(event: Event) -> str:
    return Event.objects.filter(pk=event.pk).values_list(public_note(), flat=True).get()


def with_public_notes(events: Iterable[Event]) -> list[Event]:
    """Replace notes and reasons of these events by the public ones; do not save them."""
    events = list(events)
    words = dict(Event.objects.filter(pk__in=[event.pk for event in events]).values_list("pk", public_note()))
    for event in events:
        event.note = words[event.pk]
        if event.kind in NAMES_CAMERAS:
            event.reasons = []
    return events


def reports_by_line(incident_id: int) -> dict[int, Report]:
    """Return {number of the line: the report that came with it}: both are written in one order, under a lock."""
    lines = Event.objects.filter(incident=incident_id, kind__in=REPORT_LINES).order_by("pk")
    lines = lines.values_list("pk", flat=True)
    return {line: report for line, report in zip_longest(lines, reports_that_came_with(incident_id)) if line and report}


def reports_that_came_with(incident_id: int) -> list[Report]:
    arrived = Report.objects.filter(Q(incident=incident_id) | Q(moves__origin=incident_id)).distinct().order_by("pk")
    reports, homes = list(arrived), {}
    for report, origin in ReportMove.objects.filter(report__in=reports).values_list("report", "origin"):
        homes.setdefault(report, origin)
    return [report for report in reports if homes.get(report.pk, report.incident_id) == incident_id]


def founding_report(incident_id: int) -> Report | None:
    """Return the report whose words are the incident's: its first, or the first of those split off into it."""
    if came := reports_that_came_with(incident_id):
        return came[0]
    moved = ReportMove.objects.filter(target=incident_id, merge=None).select_related("report").first()
    return moved.report if moved else None


def incidents_of_reports(reports: Iterable[Report]) -> set[int]:
    reports = list(reports)
    moves = ReportMove.objects.filter(report__in=reports).values_list("origin", "target")
    return {report.incident_id for report in reports}.union(*moves)


def reporter_receipt(report: Report) -> dict:
    """Return the receipt of a line with a reporter's words: they are erased together."""
    return {"report": report.pk}


def store_words(incident: Incident) -> None:
    """Store the words of an incident and its reports by `published`: plain, or encrypted."""
    incident.save(update_fields=["text"])
    for report in incident.reports.exclude(public_text=""):
        report.incident = incident
        report.save(update_fields=["public_text"])
    for cover in CoveredNote.objects.filter(event__incident=incident).select_related("event"):
        cover.event.incident = incident
        cover.save(update_fields=["text"])


def reword_notices(incident_id: int, words: dict[str, str]) -> None:
    """Replace words in notices of the incident that may still be sent; `words` maps old to new ones.

    Their texts are emptied, and rendered again from the values when they are sent.
    """
    words = words | {without_contacts(old): new for old, new in words.items()}
    words = {old: new for old, new in words.items() if old and old != new}
    notices = Notice.objects.filter(event__incident=incident_id, state__in=UNSENT_STATES)
    for notice in notices.select_for_update(of=("self",)):
        if words.keys() & set(notice.values):
            notice.values = [words.get(value, value) for value in notice.values]
            notice.text = notice.subject = ""
            notice.save(update_fields=["values", "text", "subject"])
