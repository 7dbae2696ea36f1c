"""What everybody may read of what people wrote: the one place that says so, for pages, APIs, files and notices.

Of an incident it is `text` and `address`, of a report `public_text`: without contacts, and as they were covered. Of a
line of history it is what covers its note, else the note: `public_note` in a query, `public_note_of` and
`with_public_notes` of lines that were read already.
"""

from collections.abc import Iterable
from itertools import zip_longest

from django.db.models import Case, TextField, Value, When
from django.db.models.functions import Coalesce

from incidents.models import Event, Notice, Report
from incidents.redaction import without_contacts

REPORT_LINES = (Event.Kind.RECEIVED, Event.Kind.JOINED)  # lines with which reports came in
# That pictures were kept is public; the words of these lines, which name the cameras, are for those who work on it.
NAMES_CAMERAS = (Event.Kind.EVIDENCE,)
# What may still be sent says what everybody may read by then.
UNSENT_STATES = (*Notice.UNSENT, Notice.State.FAILED)


def public_note(line: str = "") -> Case:
    """The expression of what everybody reads of a line of history. `line`: the path to it, as "event__"."""
    said = Coalesce(f"{line}cover__text", f"{line}note")
    names_cameras = When(**{f"{line}kind__in": NAMES_CAMERAS}, then=Value(""))
    return Case(names_cameras, default=said, output_field=TextField())


def public_note_of(event: Event) -> str:
    """What everybody reads of a line of history."""
    return Event.objects.filter(pk=event.pk).values_list(public_note(), flat=True).get()


def with_public_notes(events: Iterable[Event]) -> list[Event]:
    """These events (read, not saved again) with what everybody reads in place of their notes and reasons."""
    events = list(events)
    words = dict(Event.objects.filter(pk__in=[event.pk for event in events]).values_list("pk", public_note()))
    for event in events:
        event.note = words[event.pk]
        if event.kind in NAMES_CAMERAS:
            event.reasons = []
    return events


def reports_by_line(incident_id: int) -> dict[int, Report]:
    """The report that came with each line, by the line's number: both are written in one order, under a lock."""
    lines = Event.objects.filter(incident=incident_id, kind__in=REPORT_LINES).order_by("pk")
    lines = lines.values_list("pk", flat=True)
    reports = Report.objects.filter(incident=incident_id).order_by("pk")
    return {line: report for line, report in zip_longest(lines, reports) if line and report}


def reporter_receipt(report: Report) -> dict:
    """What the receipt of a line says whose words are a reporter's: with them it is erased."""
    return {"report": report.pk}


def reword_notices(incident_id: int, words: dict[str, str]) -> None:
    """Let notices of the incident that may still be sent say other words: `words` are the new ones by the old ones.

    Their texts are emptied; who sends them makes them anew of their values.
    """
    words = words | {without_contacts(old): new for old, new in words.items()}
    words = {old: new for old, new in words.items() if old and old != new}
    notices = Notice.objects.filter(event__incident=incident_id, state__in=UNSENT_STATES)
    for notice in notices.select_for_update(of=("self",)):
        if words.keys() & set(notice.values):
            notice.values = [words.get(value, value) for value in notice.values]
            notice.text = notice.subject = ""
            notice.save(update_fields=["values", "text", "subject"])
