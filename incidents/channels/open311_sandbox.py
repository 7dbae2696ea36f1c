"""Open311 test endpoint: check and route reports without creating incidents, and serve them back for an hour."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.gis.geos import Point
from django.utils.timezone import now

from incidents import reporting
from incidents.channels import open311
from incidents.models import ApiKey, Incident, TrialReport

KEPT_FOR = timedelta(hours=1)
PREFIX = "TEST-"


def keep_trial(data: dict[str, Any], key: ApiKey) -> tuple[Incident, str]:
    """Store the answer to a report of these cleaned fields. Returns the unsaved incident and its number.

    Photos are not stored. The same client number gives the same incident number. Raises ReportRefused.
    """
    incoming = open311.report_from_request(data | {"media": []}, key)
    incident = reporting.preview_report(incoming).incident
    incident.reference = f"{PREFIX}{uuid.UUID(str(incoming.sending)).hex[:12].upper()}"
    answer = {name: as_json(value) for name, value in open311.service_request(row_of(incident)).items()}
    trial = {"key": key, "request": answer, "sent_at": now()}
    TrialReport.objects.update_or_create(reference=incident.reference, defaults=trial)
    return incident, incident.reference


def row_of(incident):
    """An unsaved incident as a row of `open311.request_rows`."""
    place: Point = incident.place
    return {
        name: getattr(incident, name)
        for name in ("pk", "reference", "state", "text", "address", "near", "received_at", "changed_at", "due_at")
    } | {
        "closed_at": None,
        "service_code": incident.category.code,
        "service": incident.category.title,
        "unit": incident.authority.title,
        "area_title": incident.area.title,
        "lat": place.y,
        "long": place.x,
        "merged_into": None,
        "closing_note": None,
        "photo": None,
    }


def as_json(value):
    return open311.iso_moment(value) if isinstance(value, datetime) else value


def list_trials(
    *, references: Sequence[str] = (), services: Collection[str] = (), statuses: Collection[str] = ()
) -> list[dict[str, object]]:
    trials = TrialReport.objects.filter(sent_at__gt=now() - KEPT_FOR).order_by("-sent_at", "-pk")
    if references:
        trials = trials.filter(reference__in=references)
    if services:
        trials = trials.filter(request__service_code__in=list(services))
    if statuses and "open" not in statuses:
        return []
    return list(trials.values_list("request", flat=True)[:1000])


def forget_trials() -> None:
    TrialReport.objects.filter(sent_at__lte=now() - KEPT_FOR).delete()
