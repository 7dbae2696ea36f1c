"""Open311 GeoReport v2: write services and requests as XML and JSON, and parse form data into an IncomingReport."""

import json
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from django.db.models import F, FloatField, Func, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpResponse
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gis_data.addresses.geocode import NamedPlace
from incidents.enquiries.receiving import IncomingEnquiry
from incidents.models import ApiKey, Category, Enquiry, Event, Incident, Merge, Photo, Question
from incidents.models.incident import IncidentQuerySet
from incidents.public_text import public_note
from incidents.reporting import IncomingReport, questions

CONTENT_TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
# Element names of list items in XML; JSON has none.
CHILD_ELEMENTS = {
    "services": "service",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
    "attributes": "attribute",
    "notes": "note",
    "values": "value",
}
# Characters that XML cannot carry, not even escaped.
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Dates of the last changes of this interface and its content.
CHANGESET = "2026-11-27T00:00:00+07:00"
SENDING_NAMESPACE = uuid.UUID(
    "0d7be1a3-5b8e-4f8e-9a43-3e1a30d31131"
)  # the namespace of what clients call their sendings


def render_response(root: str, content: object, suffix: str, status: int = 200) -> HttpResponse:
    """A list or object in the standard's format; suffix `xml` or `json`."""
    if suffix == "json":
        body = json.dumps(content, ensure_ascii=False, default=iso_moment)
    else:
        body = '<?xml version="1.0" encoding="utf-8"?>\n' + xml_element(root, content)
    return HttpResponse(body, status=status, content_type=CONTENT_TYPES[suffix])


def iso_moment(value: datetime) -> str:
    return localtime(value).isoformat(timespec="seconds")


def xml_element(name, value):
    if isinstance(value, dict):
        # An empty date is left out: clients try to read it.
        inside = "".join(
            xml_element(key, child)
            for key, child in value.items()
            if child is not None or not key.endswith("_datetime")
        )
    elif isinstance(value, list) and name not in CHILD_ELEMENTS:
        return "".join(xml_element(name, child) for child in value)  # such as several media_url
    elif isinstance(value, list):
        inside = "".join(xml_element(CHILD_ELEMENTS[name], child) for child in value)
    else:
        inside = escape(NOT_IN_XML.sub("", xml_text(value)))
    return f"<{name}>{inside}</{name}>"


def xml_text(value):
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return iso_moment(value)
    return str(value)


def service_list(categories: Iterable[Category]) -> list[dict[str, object]]:
    asking = set(Question.objects.order_by().values_list("category", flat=True))
    return [
        {
            "service_code": category.code,
            "service_name": category.title,
            "description": category.title,
            "metadata": bool(asking & {category.pk, category.parent_id}),
            "type": "realtime",
            # FixMyStreet does not publish requests of services with the keyword “private”.
            "keywords": ", ".join(filter(None, ["private" if category.restricted else "", category.keywords])),
            "group": (category.parent or category).title,
        }
        for category in categories
    ]


def enquiry_services() -> list[dict[str, object]]:
    return [
        {
            "service_code": kind.value,
            "service_name": str(kind.label),
            "description": _("No location is needed, and nothing is shown in public."),
            "metadata": True,
            "type": "realtime",
            "keywords": "private",
            "group": _("Questions, thanks, complaints"),
        }
        for kind in Enquiry.Kind
    ]


def enquiry_definition(kind: str) -> dict[str, object]:
    note = {
        "variable": False,
        "code": "place",
        "datatype": "string",
        "required": False,
        "datatype_description": None,
        "order": 1,
        "description": _(
            "No location is needed: lat, long and address_string can be left out. description is required."
        ),
    }
    return {"service_code": kind, "attributes": [note]}


def enquiry_from_request(data: dict, key: ApiKey) -> IncomingEnquiry:
    """IncomingEnquiry of the cleaned data of `views.api.enquiry_fields.EnquiryForm`; `key`: the sending system's."""
    return IncomingEnquiry(
        channel="open311",
        kind=data["service_code"],
        text=data["description"],
        phone=data["phone"],
        email=data["email"],
        language=get_language(),
        sender_id=data["client_request_id"],
        sending=sending_of(key, data["client_request_id"]),
    )


def sending_of(key: ApiKey, request_id: str) -> uuid.UUID:
    return uuid.uuid5(SENDING_NAMESPACE, f"{key.pk} {request_id}") if request_id else uuid.uuid4()


def service_definition(category: Category) -> dict[str, object]:
    questions_asked = questions.questions_of(category)
    return {
        "service_code": category.code,
        "attributes": [attribute(question, order) for order, question in enumerate(questions_asked, 1)],
    }


def attribute(question: Question, order: int) -> dict[str, object]:
    shown_only = question.datatype == Question.Datatype.NOTE
    element = {
        "variable": not shown_only,
        "code": question.code,
        "datatype": "string" if shown_only else question.datatype,
        "required": question.required,
        "datatype_description": question.explanation or None,
        "order": order,
        "description": question.title,
    }
    if question.datatype in questions.LISTS:
        element["values"] = [{"key": key, "name": title} for key, title in question.titled_choices]
    return element


def request_rows(incidents: IncidentQuerySet) -> QuerySet[Incident, dict[str, Any]]:
    """Rows for `service_request` as dictionaries, with the closing note and a photo.

    An answer has up to a thousand rows, so no model instances are made of incidents, categories, units and areas.
    """
    closing = Event.objects.filter(
        incident=OuterRef("pk"), public=True, kind__in=[Event.Kind.RESOLVED, Event.Kind.REJECTED]
    ).order_by("-pk")
    photos = Photo.objects.shown().filter(incident=OuterRef("pk"), report__isnull=False).order_by("pk")
    merged = Merge.objects.in_force().filter(incident=OuterRef("pk"))
    return incidents.values(
        *("pk", "reference", "state", "text", "address", "near", "received_at", "changed_at", "closed_at", "due_at"),
        service_code=F("category__code"),
        service=title_column("category__name"),
        unit=title_column("authority__name"),
        area_title=title_column("area__full_name"),
        lat=Func("place", function="ST_Y", output_field=FloatField()),
        long=Func("place", function="ST_X", output_field=FloatField()),
        merged_into=Subquery(merged.values("stands__reference")[:1]),
        closing_note=Subquery(closing.values_list(public_note())[:1]),
        photo=Subquery(photos.values("pk")[:1]),
    )


def title_column(name):
    """SQL expression for the title in the active language, else in the city's, as in `gis_data.models.in_language`."""
    return Coalesce(NullIf(f"{name}_en", Value("")), name) if get_language() == "en" else F(name)


def service_request(row: Mapping[str, Any]) -> dict[str, object]:
    """A row of `request_rows` in the standard's fields. It reveals nothing of the reporter."""
    is_open = row["state"] in Incident.OPEN
    notes = [str(Incident.State(row["state"]).label)]
    if row["merged_into"]:
        notes.append(row["merged_into"])
    elif not is_open and row["closing_note"]:
        notes.append(row["closing_note"])
    where = filter(None, [NamedPlace(row["address"], row["near"]).title, row["area_title"]])
    return {
        "service_request_id": row["reference"],
        "status": "open" if is_open else "closed",
        "status_notes": ": ".join(notes),
        "service_name": row["service"],
        "service_code": row["service_code"],
        "description": row["text"],
        "agency_responsible": row["unit"],
        "service_notice": None,
        "requested_datetime": row["received_at"],
        "updated_datetime": row["closed_at"] or row["changed_at"],
        "expected_datetime": row["due_at"],
        "address": ", ".join(where),
        "address_id": None,
        "zipcode": None,
        "lat": round(row["lat"], 6),
        "long": round(row["long"], 6),
        "media_url": row["photo"] and settings.SITE_URL + reverse("photo", args=[row["photo"], "large"]),
    }


def extended_requests(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, object]]:
    """Rows of `request_rows` with extensions: finer state, ward, history."""
    keys = [row["pk"] for row in rows]
    more = {
        pk: {"state": str(state), "state_name": str(Incident.State(state).label), "reports": reports,
             "area_code": code, "area_name": title, "accuracy_m": accuracy and round(accuracy)}
        for pk, state, reports, code, title, accuracy in Incident.objects.filter(pk__in=keys).values_list(
            "pk", "state", "reports_count", "area__code", title_column("area__full_name"), "accuracy_m")
    }  # fmt: skip
    notes: dict[int, list[dict[str, object]]] = {pk: [] for pk in keys}
    lines = Event.objects.filter(incident__in=keys, public=True).order_by("pk")
    for incident, kind, at, note in lines.values_list("incident", "kind", "at", public_note()):
        entry = f"{Event.Kind(kind).label}: {note}" if note else str(Event.Kind(kind).label)
        notes[incident].append({"datetime": at, "description": entry, "type": kind})
    return [
        service_request(row) | {"extended_attributes": more[row["pk"]], "notes": notes[row["pk"]]}
        for row in rows
        if row["pk"] in more
    ]


STATUS_STATES = {
    "open": Incident.OPEN,
    "closed": [state for state in Incident.State if state not in Incident.OPEN],
}


def report_from_request(data: dict, key: ApiKey) -> IncomingReport:
    """IncomingReport of the cleaned data of `views.api.open311.GeoReportForm`; `key`: the sending system's."""
    return IncomingReport(
        channel="open311",
        category=data["service_code"],
        place=data["place"],
        located=data["located"],
        address=data["address_string"] or None,
        accuracy_m=data["accuracy"],
        ward_named=data["ward_named"],
        text=data["description"],
        phone=data["phone"],
        email=data["email"],
        language=get_language(),
        pictures=data["media"],
        media_urls=data.get("media_urls", []),
        answers=data.get("answers", []),
        sending=sending_of(key, data["client_request_id"]),
    )
