"""Delete, erase and export held reports."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.fields.files import FieldFile
from django.utils.timezone import now

from incidents import photos
from incidents.models import HeldReport, SubjectRequest
from incidents.models.moderation import HeldReportQuerySet
from incidents.reporting.incoming import Row, emptied_columns, values_to_hand_over

KEEP_DECIDED = timedelta(days=30)  # so long a refused report can be looked at again
S = HeldReport.State


def delete_held_photos(held_report: HeldReport) -> None:
    """Delete the photos of a held report, and their files after the commit."""
    files = [file for photo in held_report.photos.all() for file in photos.files_of(photo)]
    held_report.photos.all().delete()

    def delete_files() -> None:
        for file in files:
            file.storage.delete(str(file.name))

    transaction.on_commit(delete_files)


@transaction.atomic
def erase_old_held_reports(at: datetime | None = None) -> int:
    moment = at or now()
    old = HeldReport.objects.filter(erased_at=None, decided_at__lt=moment - KEEP_DECIDED)
    return erase_held_reports(list(old), moment)


def erase_held_reports(held_reports: list[HeldReport], moment: datetime) -> int:
    for held_report in held_reports:
        delete_held_photos(held_report)
    keys = [held_report.pk for held_report in held_reports]
    emptied = emptied_columns(Row.HELD, "sender", "words")
    return HeldReport.objects.filter(pk__in=keys).update(**emptied, network="", erased_at=moment)


def held_reports_of_request(request: SubjectRequest) -> HeldReportQuerySet:
    theirs = Q(pk__in=())
    if request.phone:
        theirs |= Q(phone=request.phone)
    if request.email:
        theirs |= Q(email=request.email)
    if request.chat:
        theirs |= Q(chat=request.chat)
    return HeldReport.objects.filter(theirs, erased_at=None)


def refuse_and_erase(reports: HeldReportQuerySet, moment: datetime) -> int:
    reports.filter(state=S.WAITING).update(state=S.REFUSED, decided_at=moment, refusal="–")
    return erase_held_reports(list(reports), moment)


def photos_of(held_report: HeldReport) -> Iterator[tuple[str, FieldFile]]:
    """(name in the archive, file) of each photo of a held report."""
    for photo in held_report.photos.all():
        yield f"held/{held_report.pk}-{photo.pk}.jpg", photo.picture
        if photo.video:
            yield f"held/{held_report.pk}-{photo.pk}.webm", photo.video


def export_held_reports(reports: Iterable[HeldReport]) -> list[dict]:
    return [
        {
            "held_at": held_report.held_at.isoformat(),
            "state": held_report.state,
            "category": held_report.category.name,
            **values_to_hand_over(held_report),
            "place": [held_report.place.x, held_report.place.y],
            "address": held_report.address or "",
            "network": held_report.network,
            "photos_elsewhere": held_report.media_urls,
            "photos": [name for name, _file in photos_of(held_report)],
        }
        for held_report in reports
    ]
