"""Hold reports for moderation, and refuse them with a reason."""

from django.db import transaction
from django.db.models.fields.files import FieldFile
from django.utils.timezone import now
from django.utils.translation import gettext as _

from gis_data.words import tidy
from incidents.models import HeldPhoto, HeldReport, Incident, User
from incidents.photos import Picture, save_files, stored_picture
from incidents.reporting.incoming import IncomingReport, Row, checked_words_and_area, copied_values
from incidents.reporting.sender import Sender

S = HeldReport.State


class AlreadyDecided(Exception):
    """Another moderator has decided."""


def build_held_report(incoming: IncomingReport, sender: Sender, *, reasons: list[str]) -> HeldReport:
    """Unsaved HeldReport of a report. Raises ReportRefused for one that could not be received."""
    text, area = checked_words_and_area(incoming)
    return HeldReport(
        **copied_values(incoming, Row.HELD),
        address=None if incoming.address is None else tidy(incoming.address)[:200],
        text=text,
        area=area,
        reasons=reasons,
        network=sender.network,
        key=sender.key,
        phone_confirmed_at=now() if incoming.phone and incoming.phone in sender.confirmed else None,
        email_confirmed_at=now() if incoming.email and incoming.email in sender.confirmed else None,
    )


def hold_report(incoming: IncomingReport, sender: Sender, *, reasons: list[str]) -> HeldReport:
    """Store a complete report for moderation, without notices. Raises ReportRefused."""
    held_report = build_held_report(incoming, sender, reasons=reasons)
    held_report.save(force_insert=True)
    files: list[FieldFile] = []
    try:
        for picture in incoming.pictures:
            photo = HeldPhoto(held=held_report, width=picture.width, height=picture.height, seconds=picture.seconds)
            save_files(photo, picture, files)
            photo.save()
    except BaseException:
        for file in files:
            file.storage.delete(str(file.name))
        raise
    return held_report


def decide(held_report: HeldReport, state: str, *, by: User | None, refusal: str = "") -> HeldReport:
    """Set the decision on a held report in the caller's transaction. Raises AlreadyDecided."""
    locked = HeldReport.objects.select_for_update(of=("self",)).filter(pk=held_report.pk, state=S.WAITING).first()
    if locked is None:
        raise AlreadyDecided
    locked.state, locked.decided_at, locked.decided_by, locked.refusal = state, now(), by, refusal
    locked.save(update_fields=["state", "decided_at", "decided_by", "refusal"])
    return locked


@transaction.atomic
def refuse_report(held_report: HeldReport, *, by: User, reason: str) -> HeldReport:
    """Refuse a held report; its sender reads the reason. Raises AlreadyDecided, ValueError without a reason."""
    if not reason.strip():
        raise ValueError(_("Give the reason: the sender reads it."))
    return decide(held_report, S.REFUSED, by=by, refusal=reason.strip()[:500])


@transaction.atomic
def take_back_refusal(held_report: HeldReport) -> bool:
    refused = HeldReport.objects.filter(pk=held_report.pk, state=S.REFUSED, erased_at=None)
    return bool(refused.update(state=S.WAITING, decided_at=None, decided_by=None, refusal=""))


def joined_incident(held_report: HeldReport) -> Incident | None:
    """Open incident that a held report joins; None where it is closed, so that it gets its own."""
    return held_report.join if held_report.join and held_report.join.is_open else None


def pictures_of(held_report: HeldReport) -> list[Picture]:
    return [stored_picture(photo) for photo in held_report.photos.all()]
