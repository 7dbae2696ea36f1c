"""The history of an incident: written here, announced and shown live from here."""

import json
from dataclasses import dataclass, field, fields
from datetime import datetime

from django.db import connection, transaction
from django.utils.timezone import now
from procrastinate.contrib.django import app

from incidents.models import Event

CHANNEL = "incident_news"
# Events become visible in the order of their numbers, so that a stream that resumes "after number n" misses none.
# Commits that NOTIFY wait for one another in PostgreSQL anyway; this lock only makes the numbers follow that order.
ORDER = 7_300_001  # any number that nothing else locks


@dataclass(frozen=True)
class Line:
    """One line to be written: what happened, who did it, which unit speaks, what it says, and to whom."""

    kind: str
    by: object = None
    authority: object = None
    note: str = ""
    public: bool = True
    reasons: tuple = ()
    at: datetime = field(default_factory=now)


def record(incident, kind, **line):
    """Write one line into the incident's history; see `write`. Returns the event."""
    return write(incident, Line(kind, **line))[0]


@transaction.atomic(savepoint=False)
def write(incident, *lines):
    """Write lines into the incident's history, in this order. The only way to do so. Returns the events.

    Behind it, all on commit or none: the append-only `Event` rows, the jobs that announce them (`incidents.announce`,
    by name, for it lies above), and the `NOTIFY` that the live streams pass on. Call it last in a transaction, after
    the rows that change are locked: the order of events is kept by a lock that is held until the commit.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ORDER])
        events = Event.objects.bulk_create(
            Event(
                incident=incident,
                state=incident.state,
                **{one.name: getattr(line, one.name) for one in fields(line) if one.name != "reasons"},
                reasons=list(line.reasons),
            )
            for line in lines
        )
        app.configure_task("incidents.announce").batch_defer(*({"event_id": event.pk} for event in events))
        said = [json.dumps(news(event), ensure_ascii=False) for event in events]
        cursor.execute("SELECT pg_notify(%s, news) FROM unnest(%s::text[]) news", [CHANNEL, said])
    return events


def news(event):
    """What the live streams say of an event, without texts and persons; `public` and `authority`: who may hear it."""
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
