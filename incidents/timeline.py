"""The history of an incident: written here, announced and shown live from here."""

import json

from django.db import connection, transaction
from procrastinate.contrib.django import app

from incidents.models import Event

CHANNEL = "incident_news"
# Events become visible in the order of their numbers, so that a stream that resumes "after number n" misses none.
# Commits that NOTIFY wait for one another in PostgreSQL anyway; this lock only makes the numbers follow that order.
ORDER = 7_300_001  # any number that nothing else locks


@transaction.atomic
def record(incident, kind, *, by=None, authority=None, note="", public=True, reasons=(), at=None):
    """Write one line into the incident's history. The only way to do so.

    Behind it, all on commit or none: the append-only `Event`, the job that announces it (`incidents.announce`, by
    name, for it lies above), and the `NOTIFY` that the live streams pass on. Call it last in a transaction, after
    the rows that change are locked: the order of events is kept by a lock that is held until the commit.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ORDER])
    event = Event.objects.create(
        incident=incident,
        kind=kind,
        state=incident.state,
        by=by,
        authority=authority,
        note=note,
        public=public,
        reasons=list(reasons),
        **({"at": at} if at else {}),
    )
    app.configure_task("incidents.announce").defer(event_id=event.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, json.dumps(news(event), ensure_ascii=False)])
    return event


def news(event):
    """What the live streams say of an event: no text, no names of persons; `public` and `authority` say who may hear it."""
    incident = event.incident
    return {
        "id": event.pk,
        "kind": event.kind,
        "at": event.at.isoformat(timespec="seconds"),
        "public": event.public and incident.published,
        "authority": incident.authority_id,
        "was": event.authority_id,
        "reference": incident.reference,
        "state": event.state,
        "late": incident.is_late,
        "lon": round(incident.place.x, 6),
        "lat": round(incident.place.y, 6),
        "icon": incident.category.icon,
        "category": {"vi": incident.category.name, "en": incident.category.name_en or incident.category.name},
        "area": {"vi": incident.area.full_name, "en": incident.area.full_name_en or incident.area.full_name},
    }
