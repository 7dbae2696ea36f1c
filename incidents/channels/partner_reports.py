"""Parse and describe reports as JSON for ward apps, the national portal and sensors."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from incidents.channels import open311
from incidents.models import Enquiry, EnquiryLine, Event, HeldReport, Report
from incidents.public_text import public_note

# Members of the document that are one text or number, and the fields of `views.api.partner_reports.ReportForm`.
PLAIN_MEMBERS = {
    "id": (str, "client_request_id"),
    "category": (str, "service_code"),
    "address": (str, "address_string"),
    "text": (str, "description"),
    "phone": (str, "phone"),
    "email": (str, "email"),
    "language": (str, "language"),
    "place.lat": (float, "lat"),
    "place.lon": (float, "long"),
    "place.accuracy_m": (float, "accuracy_m"),
}
OTHER_MEMBERS = ("place", "answers", "photo_urls")
NAME_OF_FIELD = {field: name for name, (_kind, field) in PLAIN_MEMBERS.items()} | {"media": "photos"}
ANSWERS_MAX = 50
Fault = tuple[str, str]  # (member of the document, what is wrong with it)


def fields_of(document: Any) -> tuple[QueryDict, list[Fault]]:
    fields, faults = QueryDict(mutable=True), []
    if not isinstance(document, dict):
        return fields, [("", _("Must be an object."))]
    place = document.get("place")
    if place is not None and not isinstance(place, dict):
        faults.append(("place", _("Must be an object.")))
        place = None
    flat = document | {f"place.{name}": value for name, value in (place or {}).items()}
    for name, value in flat.items():
        if value is None or name in OTHER_MEMBERS:
            continue
        kind, field = PLAIN_MEMBERS.get(name, (None, ""))
        if kind is None:
            faults.append((name[:60], _("It is not used here.")))
        elif kind is str and isinstance(value, str):
            fields[field] = value
        elif kind is float and isinstance(value, int | float) and not isinstance(value, bool):
            fields[field] = repr(value)[:40]
        else:
            faults.append((name, _("Must be a text.") if kind is str else _("Must be a number.")))
    faults += read_answers(document.get("answers"), fields)
    faults += read_photo_urls(document.get("photo_urls"), fields)
    return fields, faults


def read_answers(answers: Any, fields: QueryDict) -> Iterable[Fault]:
    """Set the answers (text, number or list of texts) in the fields; returns faults."""
    if answers is None:
        return []
    if not isinstance(answers, dict) or len(answers) > ANSWERS_MAX:
        return [("answers", _("Must be an object with at most %(n)d members.") % {"n": ANSWERS_MAX})]
    faults = []
    for code, sent_value in answers.items():
        values = sent_value if isinstance(sent_value, list) else [sent_value]
        if all(isinstance(value, str | int | float) and not isinstance(value, bool) for value in values):
            fields.setlist(f"attribute[{code[:50]}]", [str(value) for value in values])
        elif sent_value is not None:
            faults.append((f"answers.{code[:50]}", _("Must be a text, a number or a list of texts.")))
    return faults


def read_photo_urls(urls: Any, fields: QueryDict) -> Iterable[Fault]:
    if urls is None:
        return []
    if not isinstance(urls, list) or not all(isinstance(url, str) for url in urls):
        return [("photo_urls", _("Must be a list of texts."))]
    fields.setlist("media_url", urls)
    return []


def faults_of(errors: Mapping[str, Any], non_field: str) -> list[Fault]:
    named_faults = []
    for field, faults in errors.items():
        for fault in map(str, faults):
            if field == non_field and fault.startswith("attribute["):
                code, _mark, message = fault.removeprefix("attribute[").partition("]: ")
                named_faults.append((f"answers.{code}", message))
            else:
                named_faults.append((NAME_OF_FIELD.get(field, "" if field == non_field else field), fault))
    return named_faults


# ---- answers ----


def describe_report(report: Report, *, site: str) -> dict[str, Any]:
    incident = report.incident
    lines = incident.timeline.filter(public=True).exclude(kind=Event.Kind.JOINED).order_by("pk")
    return {
        "reference": incident.reference,
        "state": incident.state,
        "state_title": incident.get_state_display(),
        "category": incident.category.code,
        "authority": {"code": incident.authority.code, "title": incident.authority.title},
        "area": {"code": incident.area.code, "title": incident.area.title},
        "received_at": open311.iso_moment(report.received_at),
        "due_at": open311.iso_moment(incident.due_at),
        "closed_at": incident.closed_at and open311.iso_moment(incident.closed_at),
        "url": site + reverse("incident", args=[incident.reference]) if incident.published else None,
        "history": [
            {"at": open311.iso_moment(at), "kind": kind, "state": state, "note": note}
            for at, kind, state, note in lines.values_list("at", "kind", "state", public_note())
        ],
    }


def describe_enquiry(enquiry: Enquiry) -> dict[str, Any]:
    """JSON of an enquiry for its sender: state, due date, answer."""
    lines = enquiry.lines.filter(kind=EnquiryLine.Kind.ANSWERED).select_related("note")
    return {
        "reference": enquiry.reference,
        "state": enquiry.state,
        "state_title": enquiry.get_state_display(),
        "category": enquiry.kind,
        "authority": {"code": enquiry.authority.code, "title": enquiry.authority.title},
        "received_at": open311.iso_moment(enquiry.received_at),
        "due_at": open311.iso_moment(enquiry.due_at),
        "closed_at": enquiry.closed_at and open311.iso_moment(enquiry.closed_at),
        "answers": [{"at": open311.iso_moment(line.at), "text": line.note.text} for line in lines],
        "incident": enquiry.incident and enquiry.incident.reference,
    }


def describe_held(held_report: HeldReport) -> dict[str, Any]:
    return {
        "reference": None,
        "state": "refused" if held_report.state == HeldReport.State.REFUSED else "waiting",
        "state_title": held_report.get_state_display(),
        "category": held_report.category.code,
        "received_at": open311.iso_moment(held_report.held_at),
        "refusal": held_report.refusal or None,
    }
