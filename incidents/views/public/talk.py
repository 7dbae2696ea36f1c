"""Messages between a report's sender and the city as one thread."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

from incidents import public_text
from incidents.models import Event, Incident, Notice, Photo, Report
from incidents.notify.unread import CITY_KINDS
from incidents.views.public import incident_pages
from incidents.wording import in_spoken_language

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

K = Event.Kind
# Headings of what the sender did later.
OWN_HEADINGS: dict[str, "StrOrPromise"] = {
    K.DISPUTED: gettext_lazy("Why you do not agree"),
    K.RATED: gettext_lazy("Your rating"),
    K.CONFIRMED: gettext_lazy("You confirmed that it is done"),
    K.RELOCATED: gettext_lazy("You corrected the location"),
    K.WITHDRAWN: gettext_lazy("You withdrew your report"),
}


@dataclass
class TalkLine:
    """A message. `theirs`: from the city; `sent_by`: the media by which the reporter received it.

    `unit` speaks in a message of the city, `heading` says what it did; `line`: the key of the event; `after`: the photo
    of a result that is shown over the one from before.
    """

    at: datetime
    theirs: bool
    heading: "StrOrPromise" = ""
    unit: str = ""
    line: int = 0
    words: str = ""
    photos: list[Photo] = field(default_factory=list)
    after: Photo | None = None
    is_new: bool = False
    sent_by: list[str] = field(default_factory=list)


def talk_about(report: Report, read_at: datetime | None) -> list[TalkLine]:
    """Returns the thread of a report, oldest first. City messages after `read_at` are new; None: none is."""
    lines = [TalkLine(report.received_at, theirs=False, words=report.text, photos=list(report.photos.all()))]
    events = report.incident.timeline.filter(at__gte=report.received_at).select_related("authority")
    of_city, own = events.filter(kind__in=CITY_KINDS, public=True), events.filter(receipt__report=report.pk)
    media_of_event = media_by_event(report)
    for event in public_text.with_public_notes((of_city | own).prefetch_related("photos").order_by("pk")):
        theirs = event.kind in CITY_KINDS and event.public
        lines.append(
            TalkLine(
                event.at,
                theirs,
                heading=city_heading(event) if theirs else OWN_HEADINGS.get(event.kind, ""),
                unit=event.authority.title if theirs and event.authority else "",
                line=event.pk,
                words=words_of(event),
                photos=incident_pages.shown_photos(event) if theirs else [],
                is_new=theirs and read_at is not None and event.at > read_at,
                sent_by=media_of_event.get(event.pk, []),
            )
        )
    return lines


def lines_of_city(events: Iterable[Event]) -> list[TalkLine]:
    """Returns messages of the city by themselves."""
    return [
        TalkLine(
            event.at,
            theirs=True,
            heading=city_heading(event),
            unit=event.authority.title if event.authority else "",
            line=event.pk,
            words=words_of(event),
            photos=incident_pages.shown_photos(event),
        )
        for event in events
    ]


def show_after(lines: Iterable[TalkLine], result: Event) -> None:
    """Takes the first photo of the result out of its line's photos, to be shown over the one from before."""
    for line in lines:
        if line.line == result.pk and line.photos:
            line.after, *line.photos = line.photos


def city_heading(event: Event) -> str:
    """Returns what was done; "" for a question, whose words say so."""
    if event.authority is None or (event.receipt or {}).get("neighbours"):
        return incident_pages.HistoryLine(event.kind, [event]).heading
    return "" if event.kind == K.ASKED else event.get_kind_display()


def words_of(event: Event) -> str:
    """Returns the words of a line: its note, else the reform that moved it, or what was added."""
    if event.kind in (K.REDRAWN, K.RESTORED) or (event.kind == K.NOTE and not event.note):
        return "\n".join(in_spoken_language(reason) for reason in event.reasons)
    return event.note


def media_by_event(report: Report) -> dict[int, list[str]]:
    """Returns {event key: media by which this reporter was notified}."""
    sent = Notice.objects.filter(report=report, event__incident=report.incident_id, sent_at__isnull=False)
    media: dict[int, list[str]] = {}
    for event_id, medium in sent.order_by("pk").values_list("event_id", "medium"):
        media.setdefault(event_id, []).append(str(Notice(medium=medium).get_medium_display()))
    return media


def city_lines(incidents: Iterable[Incident]) -> list[Event]:
    """Returns the city's messages on these incidents, oldest first: key, incident, kind and time."""
    lines = Event.objects.filter(incident__in=[incident.pk for incident in incidents], kind__in=CITY_KINDS, public=True)
    return list(lines.only("pk", "incident_id", "kind", "at").order_by("pk"))
