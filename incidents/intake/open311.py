"""Open311 GeoReport v2: its words for our incidents, as XML and as JSON, and a report as the door takes it."""

import json
import re
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from django.db.models import OuterRef, Subquery
from django.http import HttpResponse
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import get_language

from incidents.intake import IncomingReport
from incidents.models import ApiKey, Category, Event, Incident, Photo
from incidents.models.incident import IncidentQuerySet
from incidents.public_text import public_note

CONTENT_TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
# What the children of a list are called; JSON has no such names.
CHILD_ELEMENTS = {
    "services": "service",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
    "attributes": "attribute",
}
# Characters that XML cannot carry, not even escaped.
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# The days when this interface, and what it says, last changed.
CHANGESET = "2026-11-27T00:00:00+07:00"
SENDING_NAMESPACE = uuid.UUID(
    "0d7be1a3-5b8e-4f8e-9a43-3e1a30d31131"
)  # the namespace of what clients call their sendings


def render_response(root: str, content: object, suffix: str, status: int = 200) -> HttpResponse:
    """A list or an object as the standard writes it: suffix `xml` or `json`."""
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
            xml_element(key, one) for key, one in value.items() if one is not None or not key.endswith("_datetime")
        )
    elif isinstance(value, list):
        inside = "".join(xml_element(CHILD_ELEMENTS[name], one) for one in value)
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
    return [
        {
            "service_code": category.code,
            "service_name": category.title,
            "description": category.title,
            "metadata": False,
            "type": "realtime",
            # FixMyStreet reads “private”: what is sent under it is not shown in public.
            "keywords": ", ".join(filter(None, ["private" if category.restricted else "", category.keywords])),
            "group": (category.parent or category).title,
        }
        for category in categories
    ]


def with_closing_notes(incidents: IncidentQuerySet) -> IncidentQuerySet:
    """The incidents, annotated with the note that closed them and a photo, as `service_request` needs."""
    closing = Event.objects.filter(
        incident=OuterRef("pk"), public=True, kind__in=[Event.Kind.RESOLVED, Event.Kind.REJECTED]
    ).order_by("-pk")
    photos = Photo.objects.shown().filter(incident=OuterRef("pk"), report__isnull=False).order_by("pk")
    return incidents.with_pages().annotate(
        closing_note=Subquery(closing.values_list(public_note())[:1]), photo=Subquery(photos.values("pk")[:1])
    )


def service_request(incident: Any) -> dict[str, object]:
    """A row of `with_closing_notes` in the standard's words. Nothing of it says who reported."""
    notes = [incident.get_state_display()]
    if not incident.is_open and incident.closing_note:
        notes.append(incident.closing_note)
    picture = incident.photo and settings.SITE_URL + reverse("photo", args=[incident.photo, "large"])
    return {
        "service_request_id": incident.reference,
        "status": "open" if incident.is_open else "closed",
        "status_notes": ": ".join(notes),
        "service_name": incident.category.title,
        "service_code": incident.category.code,
        "description": incident.text,
        "agency_responsible": incident.authority.title,
        "service_notice": None,
        "requested_datetime": incident.received_at,
        "updated_datetime": incident.closed_at or incident.changed_at,
        "expected_datetime": incident.due_at,
        "address": incident.where,
        "address_id": None,
        "zipcode": None,
        "lat": round(incident.place.y, 6),
        "long": round(incident.place.x, 6),
        "media_url": picture,
    }


STATUS_STATES = {
    "open": Incident.OPEN,
    "closed": [state for state in Incident.State if state not in Incident.OPEN],
}


def report_from_request(data: dict, key: ApiKey) -> IncomingReport:
    """The report in the cleaned data of `views.api.open311.GeoReportForm`; `key` is the sending system's."""
    request_id = data["client_request_id"]
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
        # What a client calls the same report again is the same report.
        sending=uuid.uuid5(SENDING_NAMESPACE, f"{key.pk} {request_id}") if request_id else uuid.uuid4(),
    )
