"""Export all data stored about a person as a file: reports, later messages, pictures, notices, and who viewed them."""

import json
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO, Any

from django.db.models import Q
from django.db.models.fields.files import FieldFile
from django.utils.timezone import localtime

from incidents.data_requests import requests as data_requests
from incidents.enquiries import retention as enquiry_retention
from incidents.hotline import retention as call_retention
from incidents.ideas import retention as idea_retention
from incidents.models import (
    ChatEvent,
    Correspondent,
    Draft,
    Event,
    Medium,
    Notice,
    OptOut,
    PersonalDataView,
    Report,
    StoredMail,
    StoredSms,
    SubjectRequest,
)
from incidents.models.notices import CODE_TEXTS, medium_of_chat
from incidents.redaction import hide_private_links
from incidents.reporting import retention as held_retention
from incidents.reporting.incoming import values_to_hand_over

DATA_FILE = "data.json"


def personal_data(request: SubjectRequest, reports: list[Report]) -> dict[str, Any]:
    """JSON values of everything stored about the person of a request with these reports.

    Pictures have the names that `write_archive` gives them.
    """
    held_reports = held_retention.held_reports_of_request(request)
    call_backs = call_retention.call_backs_of_request(request).select_related("recording")
    enquiries = enquiry_retention.enquiries_of_request(request)
    ideas = idea_retention.ideas_of_request(request)
    return {
        "reports": [report_data(report) for report in reports],
        "held": held_retention.export_held_reports(held_reports),
        "call_backs": call_retention.export_call_backs(call_backs),
        "enquiries": enquiry_retention.export_enquiries(enquiries),
        "ideas": idea_retention.export_ideas(ideas),
        "ideas_supported": idea_retention.export_supports(idea_retention.supports_of_request(request)),
        "calls": call_retention.export_voice_calls(request.phone),
        "requests": [request_data(subject_request) for subject_request in requests_of(request)],
        "messages_stopped": [
            {"medium": medium, "address": address, "at": at.isoformat()}
            for medium, address in addresses_of(request)
            for at in OptOut.objects.filter(medium=medium, address=address).values_list("at", flat=True)
        ],
        "other_messages": [notice_data(notice) for notice in other_notices(request)],
        "chat": chat_data(request.chat) if request.chat else None,
        "sms_not_yet_read": [
            {"at": sms.at.isoformat(), "text": sms.text}
            for sms in (StoredSms.objects.filter(phone=request.phone).order_by("pk") if request.phone else ())
        ],
        "mails": [
            {"at": mail.came_at.isoformat(), "subject": mail.subject, "text": mail.words, "state": mail.state}
            for mail in (StoredMail.objects.filter(sender=request.email).order_by("pk") if request.email else ())
        ],
        "looked_at": [view_data(view) for view in views_of(reports, held_reports, call_backs, enquiries, ideas)],
    }


def report_data(report):
    return {
        "reference": report.incident.reference,
        "category": report.incident.category.name,
        "state": report.incident.state,
        **values_to_hand_over(report),
        "received_at": report.received_at.isoformat(),
        "place": [report.place.x, report.place.y],
        "address": report.address or report.incident.address_title,
        "photos": [name for name, _file in photos_of(report)],
        "said_later": [
            {"at": line.at.isoformat(), "kind": line.kind, "text": line.note} for line in later_lines(report)
        ],
        "ratings": [{"stars": rating.stars, "reason": rating.reason} for rating in report.ratings.all()],
        "browsers_for_messages": report.browsers.count(),
        "notices": [notice_data(notice) for notice in report.notices.all()],
    }


def later_lines(report: Report) -> list[Event]:
    return list(data_requests.later_lines_of([report]).order_by("pk"))


def photos_of(report: Report) -> Iterator[tuple[str, FieldFile]]:
    """(name in the archive, file) of each picture of this reporter, uncovered, sent with the report or later."""
    lines = [line.pk for line in later_lines(report)]
    photos = [*report.photos.all(), *report.incident.photos.filter(event__in=lines)]
    for photo in photos:
        yield f"{report.incident.reference}/{report.pk}-{photo.pk}.jpg", photo.original or photo.picture
        if photo.video:
            yield f"{report.incident.reference}/{report.pk}-{photo.pk}.webm", photo.video


def all_pictures(request: SubjectRequest, reports: list[Report]) -> Iterator[tuple[str, FieldFile]]:
    """(name in the archive, file) of each picture and recording of the person, also of held reports."""
    for report in reports:
        yield from photos_of(report)
    for held_report in held_retention.held_reports_of_request(request):
        yield from held_retention.photos_of(held_report)
    for call in call_retention.call_backs_of_request(request).select_related("recording"):
        if call.recording and call.recording.is_kept:
            yield call_retention.recording_name(call), call.recording.file


def notice_data(notice):
    return {
        "medium": notice.medium,
        "address": notice.address,
        "subject": notice.subject,
        "text": "" if notice.template in CODE_TEXTS else hide_private_links(notice.text),
        "state": notice.state,
        "at": notice.made_at.isoformat(),
    }


def addresses_of(request):
    named = ((Medium.SMS, request.phone), (Medium.EMAIL, request.email), (medium_of_chat(request.chat), request.chat))
    return [(medium, address) for medium, address in named if address]


def other_notices(request):
    for medium, address in addresses_of(request):
        yield from Notice.objects.filter(medium=medium, address=address, report=None, person=None).order_by("pk")


def requests_of(request):
    requests = SubjectRequest.objects.none()
    for name in ("phone", "email", "chat"):
        if value := getattr(request, name):
            requests |= SubjectRequest.objects.filter(**{name: value})
    return requests.order_by("pk")


def request_data(request):
    fields = ("phone", "email", "chat", "kind", "note", "outcome")
    moments = ("received_at", "answer_by", "done_by", "done_at")
    return {name: getattr(request, name) for name in fields} | {
        name: at and at.isoformat() for name, at in ((name, getattr(request, name)) for name in moments)
    }


def chat_data(user):
    draft = Draft.objects.filter(writer__user=user).first()
    writer = Correspondent.objects.filter(user=user).first()
    return {
        "greeted_at": writer and writer.greeted_at and writer.greeted_at.isoformat(),
        "heard_at": writer and writer.heard_at.isoformat(),
        "not_yet_read": [
            {"at": event.at.isoformat(), "message": event.body}
            for event in ChatEvent.objects.filter(user=user, taken_at=None).order_by("pk")
        ],
        "draft": draft and {"text": draft.text, "where": draft.where, "phone": draft.phone},
        "unsent": [entry for _kind, entry in writer.unsent] if writer else [],
    }


def views_of(reports, held_reports, call_backs, enquiries, ideas):
    keys = [report.pk for report in reports]
    theirs = Q(reports__overlap=keys) | Q(held__in=held_reports) | Q(call_back__in=[call.pk for call in call_backs])
    theirs |= Q(enquiry__in=[enquiry.pk for enquiry in enquiries]) | Q(idea__in=[idea.pk for idea in ideas])
    views = PersonalDataView.objects.filter(theirs)
    return views.select_related("authority", "incident__authority").order_by("pk")


def view_data(view):
    unit = view.authority or (view.by_id and view.incident and view.incident.authority)
    return {"at": localtime(view.at).isoformat(), "how": view.how, "unit": unit.name if unit else ""}


def as_json(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2)


def write_archive(target: IO[bytes], data: dict[str, Any], pictures: Iterable[tuple[str, FieldFile]]) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(DATA_FILE, as_json(data))
        for name, file in pictures:
            try:
                with file.open("rb") as picture:
                    archive.writestr(name, picture.read(), zipfile.ZIP_STORED)
            except FileNotFoundError:
                continue
