"""Write the history of incidents, announce its lines and send them to the live streams."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from django.contrib.gis.geos import Point
from django.db import connection, transaction
from django.utils.timezone import now
from procrastinate.contrib.django import app

from geoapp.crypto.fields import SealedTextField
from geoapp.db import locks, planner
from geoapp.db.connections import Pipeline
from incidents import access, sql
from incidents.models import Authority, Event, Incident, Subtask, User

CHANNEL = "incident_news"
ANNOUNCE_BATCH = 500  # events that one job announces


@dataclass(frozen=True)
class Line:
    """One line to be written: kind, author, unit, words and audience."""

    kind: str
    by: User | None = None
    authority: Authority | None = None
    note: str = ""
    public: bool = True
    reasons: tuple = ()
    receipt: dict | None = None
    at: datetime = field(default_factory=now)


def record(incident: Incident, kind: str, **line: Any) -> Event:
    return write_lines(incident, Line(kind, **line))[0]


@transaction.atomic(savepoint=False)
def write_lines(
    incident: Incident,
    *lines: Line,
    asked_units: list[int] | None = None,
    jobs: Iterable[tuple[str, dict]] = (),
    came_from: Point | None = None,
) -> list[Event]:
    """Write lines into the incident's history, in this order. Returns the events.

    The only way to do so besides `write_first_lines` and `write_lines_in_bulk`.

    `asked_units`: the units with a requested part of it, if known; `jobs`: more jobs to defer, as (name of the task,
    its arguments). `came_from`: the old place, if these lines change it.

    Written on commit or not at all: the append-only `Event` rows, the jobs that announce them (`incidents.announce`, by
    name, for it is in a higher layer), and the `NOTIFY` for the live streams. Call it last in a transaction, after the
    changed rows are locked: a lock held until the commit keeps the order of events.
    """
    # Events become visible in the order of their numbers, so that a stream that resumes "after number n" misses none.
    # Commits that NOTIFY wait for one another in PostgreSQL anyway; this lock only makes the numbers follow that order.
    locks.hold(locks.Lock.HISTORY)
    events = Event.objects.bulk_create(
        Event(
            incident=incident,
            state=incident.state,
            **{column.name: getattr(line, column.name) for column in fields(line) if column.name != "reasons"},
            reasons=list(line.reasons),
        )
        for line in lines
    )
    announcements = [("incidents.announce", {"event_id": event.pk}) for event in events]
    defer_jobs(*jobs)
    defer_jobs(*announcements, after=HELD.get())
    others = neighbour_keys(incident), asked_unit_keys(incident) if asked_units is None else asked_units
    moved = {} if came_from is None else {"from": [round(came_from.x, 6), round(came_from.y, 6)]}
    notify_streams([news_of(event, *others) | moved for event in events])
    return events


# How long the messages of what is written now are held; None outside of `messages_held`.
HELD: ContextVar[timedelta | None] = ContextVar("HELD", default=None)


@contextmanager
def messages_held(time: timedelta) -> Iterator[None]:
    """Context manager: delay the jobs that announce the lines written inside."""
    before = HELD.set(time)
    try:
        yield
    finally:
        HELD.reset(before)


Jobs = Iterable[tuple[str, dict]]  # (name of a task, its arguments)


def write_first_lines(pipeline: Pipeline, histories: Sequence[tuple[Incident, Sequence[Line], Jobs]]) -> None:
    """Write the first lines of new incidents' histories by two statements in the pipeline.

    `histories`: the incident, its lines and more jobs of each. It does what `write_lines` does, for incidents that lie
    in one area only; call it last in a transaction, too.
    """
    lines, jobs = [], []
    for incident, some, more in histories:
        jobs += [job_row(name) | {"line": len(lines) + 1, "args": arguments} for name, arguments in more]
        lines += [line_row(incident, line) for line in some]
    locks.hold_in_turn(pipeline, locks.Lock.HISTORY)
    values = {"lines": lines, "jobs": jobs, "announce": job_row("incidents.announce")}
    texts = {name: json.dumps(value, ensure_ascii=False) for name, value in values.items()}
    pipeline.execute(sql.statement("write_first_lines"), texts | {"channel": CHANNEL})


def line_row(incident, line):
    """Return a line of a new incident as `write_first_lines.sql` takes it, with its news for the live streams."""
    event = Event(incident=incident, kind=line.kind, state=incident.state, at=line.at, public=line.public)
    event.authority = line.authority
    return {
        "incident": incident.pk,
        "kind": line.kind,
        "state": incident.state,
        "at": line.at.isoformat(),
        "by": line.by.pk if line.by else None,
        "authority": event.authority_id,
        "note": stored_note(line.note, shown=line.public and incident.published),
        "public": line.public,
        "reasons": list(line.reasons),
        "receipt": line.receipt,
        "news": news_of(event, [], []),
    }


def stored_note(note: str, *, shown: bool) -> str:
    """Return a note as it is stored: encrypted if it is not public."""
    field = cast("SealedTextField", Event._meta.get_field("note"))
    return field.stored_text(note, shown=shown)


@cache
def job_row(name):
    job = app.configure_task(name).make_new_job()
    names = {"queue": job.queue, "task": job.task_name, "priority": job.priority}
    return names | {"lock": job.lock, "queueing_lock": job.queueing_lock}


@transaction.atomic(savepoint=False)
def record_erasure(incidents: Collection[int], lines: Collection[int], *, by: User | None, at: datetime) -> list[Event]:
    """Erase the notes of these lines, and record it in each incident's history. Returns these events.

    `incidents`, `lines`: keys; each line is of one of the incidents. PostgreSQL does both at once (`erase_notes` in
    sql/guards/history.sql), since nothing else may change a line; each event's receipt names the lines. `at`: the value
    of `erased_at`. It does what `write_lines` does; call it last, too.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT erase_notes(%s::bigint[], %s::bigint[], %s, %s, %s)",
            [list(lines), list(incidents), by.pk if by else None, at, now()],
        )
        keys = [key for (key,) in cursor.fetchall()]
    whole = ("incident__category", "incident__area")
    events = list(Event.objects.filter(pk__in=keys).select_related(*whole).order_by("pk"))
    defer_jobs(*(("incidents.announce", {"event_id": event.pk}) for event in events))
    notify_streams([news_of(event, neighbour_keys(event.incident)) for event in events])
    return events


def notify_streams(news):
    payloads = [json.dumps(item, ensure_ascii=False) for item in news]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, news) FROM unnest(%s::text[]) news", [CHANNEL, payloads])


@transaction.atomic(savepoint=False)
def write_lines_in_bulk(pairs: Iterable[tuple[int, Line]], notified: Collection[int] = frozenset()) -> int:
    """Write one line into each of many incidents' histories. Returns how many.

    `pairs`: (the incident's key, a Line), where many incidents may share one Line; `notified`: keys of the incidents
    whose reporters are notified. States are those that the incidents have by now. All rows are copied to the server
    before the order of events is locked, so that others wait for one statement and the commit only. One `NOTIFY` makes
    every page reload instead of streaming each line; one job announces 500 events, and only those that somebody hears
    of.
    """
    lines, count = {}, 0
    with connection.cursor() as cursor:
        sql.execute("stage_lines")
        with cursor.copy("COPY staged_event (incident, line, told) FROM STDIN") as copy:
            for incident, line in pairs:
                _line, number = lines.setdefault(id(line), (line, len(lines)))
                copy.write_row((incident, number, incident in notified))
                count += 1
        with cursor.copy("COPY staged_line FROM STDIN") as copy:
            for line, number in lines.values():
                by, authority = (owner and owner.pk for owner in (line.by, line.authority))
                reasons = json.dumps(list(line.reasons), ensure_ascii=False)
                note = stored_note(line.note, shown=line.public)
                copy.write_row((number, str(line.kind), by, authority, note, line.public, reasons, line.at))
        if not count:
            return 0
        cursor.execute("ANALYZE staged_event")
        locks.hold(locks.Lock.HISTORY)
        cursor.execute("SELECT coalesce(max(id), 0) FROM incidents_event")
        before = cursor.fetchone()[0]
        cursor.execute(sql.statement("write_lines"))
        planner.analyze_table("incidents_event")
        cursor.execute(sql.statement("heard_lines"), {"before": before})
        heard = [event for (event,) in cursor.fetchall()]
        chunks = [heard[n : n + ANNOUNCE_BATCH] for n in range(0, len(heard), ANNOUNCE_BATCH)]
        if chunks:
            app.configure_task("incidents.announce_many").batch_defer(*({"event_ids": some} for some in chunks))  # type: ignore[arg-type]  # a dict of these is JSON
        cursor.execute(
            "SELECT pg_notify(%s, json_build_object('reload', true, 'id', max(id))::text) FROM incidents_event",
            [CHANNEL],
        )
    return count


def defer_jobs(*jobs: tuple[str, dict], after: timedelta | None = None) -> None:
    at = {"schedule_at": now() + after} if after else {}
    if jobs:
        app.job_manager.batch_defer_jobs([app.configure_task(name, **at).make_new_job(**args) for name, args in jobs])  # type: ignore[arg-type]


def neighbour_keys(incident: Incident) -> list[int]:
    return list(access.neighbour_authorities(incident).values_list("pk", flat=True))


def asked_unit_keys(incident: Incident) -> list[int]:
    parts = Subtask.objects.filter(incident=incident, state=Subtask.State.OPEN)
    return sorted(set(parts.values_list("authority", flat=True)))


def news_of(event: Event, maybe: list[int] | None = None, asked_units: list[int] | None = None) -> dict:
    """Return the news of an event for the live streams, without texts and persons.

    Recipients: everybody (`public`), the unit that has the incident and the one that spoke (`authority`, `was`), within
    the reach of a person's post (`where`, `what`), those who may claim it (`maybe`), those `asked` for a part, and
    watchers of the area (`watched`).
    """
    incident = event.incident
    # Who sees an incident that leaves the public must hear that it is gone.
    seen, leaves = incident.published, event.kind == Event.Kind.MERGED
    # Who hears that it is gone knew it before it became a kind that nobody else is told of.
    unnamed = event.kind == Event.Kind.HIDDEN and incident.category.is_never_public
    name, name_en = incident.category.name, incident.category.name_en or incident.category.name
    return {
        "id": event.pk,
        "kind": event.kind,
        "at": event.at.isoformat(timespec="seconds"),
        "public": (event.public and (seen or leaves)) or event.kind == Event.Kind.HIDDEN,
        "authority": incident.authority_id,
        "was": event.authority_id,
        "asked": asked_unit_keys(incident) if asked_units is None else asked_units,
        "where": incident.area_id,
        "what": [incident.category_id, incident.category.parent_id],
        "maybe": (neighbour_keys(incident) if maybe is None else maybe) if event.public else [],
        "watched": event.public or event.kind in Event.BETWEEN_UNITS,
        "staff": incident.category.about_staff,  # few hear of it: access.ABOUT_STAFF
        "traced": incident.pk if incident.category.is_never_public else None,  # who hears of it leaves a line
        "reference": incident.reference,
        "state": event.state,
        "late": incident.is_late,
        "urgent": incident.category.emergency,
        "lon": round(incident.place.x, 6),
        "lat": round(incident.place.y, 6),
        "icon": "" if unnamed else incident.category.icon,
        "category": {"vi": "", "en": ""} if unnamed else {"vi": name, "en": name_en},
        "area": {"vi": incident.area.full_name, "en": incident.area.full_name_en or incident.area.full_name},
    }
