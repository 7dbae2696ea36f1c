"""Add words and photos of the sender to a report, for the unit only."""

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from gis_data.words import tidy
from incidents import photos, timeline, workflow
from incidents.models import Event, Incident, Report
from incidents.photos import Picture
from incidents.public_text import reporter_receipt
from incidents.routing import rules

WORDS_MAX = 1000
PHOTOS_TIMES = 3  # as many photos as the form takes, so often for a report
ADDED_PHOTOS = gettext_noop("Photos added by the reporter: %(count)s.")


class CannotAdd(ValueError):
    """The addition is refused; `field`: what is wrong; the message: why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def add_to_report(report: Report, *, words: str, pictures: Sequence[Picture]) -> Event:
    """Write the sender's words into the history, for the unit only, and store the photos with the report.

    Raises CannotAdd (`words`, `photos`), workflow.NotAllowed where the incident has ended or the report is withdrawn.
    """
    words = tidy(words)
    if not words and not pictures:
        raise CannotAdd("words", _("Write something, or choose a photo."))
    if len(words) > WORDS_MAX:
        raise CannotAdd(
            "words",
            _("Please shorten the text to %(limit)d characters; it has %(length)d.")
            % {"limit": WORDS_MAX, "length": len(words)},
        )
    incident = Incident.objects.lock(report.incident_id)
    if not may_add(incident, Report.objects.get(pk=report.pk)):
        raise workflow.NotAllowed(
            _("Nothing more can be added: the incident is “%(state)s”.") % {"state": incident.get_state_display()}
        )
    event = timeline.record(
        incident,
        Event.Kind.NOTE,
        note=words,
        public=False,
        reasons=photo_reasons(pictures),
        receipt=reporter_receipt(report),
    )
    keep_photos(report, incident, pictures)
    return event


@transaction.atomic
def answer_unit(report: Report, *, words: str, pictures: Sequence[Picture]) -> Event:
    """Answer the unit's question by `workflow.move` and store the photos with the report.

    Raises CannotAdd (`photos`), workflow.NotAllowed.
    """
    event = workflow.move(
        report.incident, "answer", note=words, reasons=photo_reasons(pictures), receipt=reporter_receipt(report)
    )
    keep_photos(report, report.incident, pictures)
    return event


def keep_photos(report: Report, incident: Incident, pictures: Sequence[Picture]) -> None:
    """Store photos with a report, for the unit only. Raises CannotAdd (`photos`) above the maximum of a report."""
    if pictures and report.photos.count() + len(pictures) > settings.PHOTOS_MAX * PHOTOS_TIMES:
        raise CannotAdd("photos", _("This report already has the maximum number of photos."))
    photos.store_photos(pictures, incident=incident, report=report, public=False)


def photo_reasons(pictures: Sequence[Picture]) -> list[dict[str, str]]:
    return [rules.in_both_languages(ADDED_PHOTOS, count=len(pictures))] if pictures else []


def may_add(incident: Incident, report: Report) -> bool:
    return incident.is_open and report.erased_at is None and report.withdrawn_at is None
