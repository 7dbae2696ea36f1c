"""Service levels: the time for an incident, its calendar, and the trace of its due date.

`Incident.due_date_trace` holds the computation: a head (start, target, skipped days, first result) given by the rules,
and a tail of later pauses (`pause`) and granted extensions (`extension`). When rules change, the head is recomputed and
the tail applied again.
"""

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache

from django.db import connection, transaction
from django.utils.timezone import get_default_timezone, localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from procrastinate.contrib.django import app

from gis_data import policies
from incidents import rulebook, sql, timeline
from incidents.deadlines import working_time
from incidents.models import Authority, Category, Event, Incident, Severity, User
from incidents.models.incident import IncidentQuerySet
from incidents.wording import day_and_time, duration_in_words, in_spoken_language, target_in_words

logger = logging.getLogger(__name__)

# Which level counts when several fit, the most specific first: what is dangerous is so whoever answers for it; then
# what was agreed with a unit; then the leaf, its group, any field. None fits: the targets of the category itself.
#         severity unit   field
ORDER = (
    ("named", "named", "leaf"), ("named", "named", "group"), ("named", "named", "any"),
    ("named", "any", "leaf"), ("named", "any", "group"), ("named", "any", "any"),
    ("any", "named", "leaf"), ("any", "named", "group"), ("any", "named", "any"),
    ("any", "any", "leaf"), ("any", "any", "group"), ("any", "any", "any"),
)  # fmt: skip
MAX_LISTED_WEEKENDS = 3  # weekends are told one by one, more of them by their number
TAIL = {"pause", "extension"}
BATCH_SIZE = 5000  # incidents that are read at a time, and whose dates are written in one transaction


class IncidentEnded(Exception):
    """The incident has ended, so its deadline no longer changes."""


@dataclass(frozen=True)
class DueDates:
    """Deadlines to accept and to resolve an incident, and the trace of the latter."""

    accept_by: datetime
    due_at: datetime
    due_date_trace: list


@dataclass(frozen=True)
class ServiceLevelRules:
    """Calendars and levels of a city. The same object until something in them changes, since calendars cache."""

    text: str

    @cached_property
    def data(self) -> dict:
        return {key: value or () for key, value in json.loads(self.text).items()}

    @cached_property
    def levels(self) -> dict[tuple, dict]:
        return {(level["severity"], level["unit"], level["category"]): level for level in self.data["levels"]}

    @cached_property
    def city_hours(self) -> str:
        return self.data["office_hours"] or policies.Policies.office_hours

    @cached_property
    def calendars(self) -> dict[str, working_time.Calendar]:
        """Calendars by office hours: units with the same hours share one."""
        return {}

    def calendar(self, unit: int | None = None) -> working_time.Calendar:
        """Calendar of a unit (key), or of the city."""
        hours = dict(self.data["hours"]).get(str(unit), self.city_hours)
        if hours not in self.calendars:
            self.calendars[hours] = self.calendar_with_hours(hours)
        return self.calendars[hours]

    def calendar_with_hours(self, hours: str) -> working_time.Calendar:
        try:
            week = working_time.parse_office_hours(hours)
        except ValueError as fault:  # written past the admin, which refuses it: reports come in all the same
            logger.error("Office hours %r cannot be read, those of the city count: %s", hours, fault)
            week = working_time.parse_office_hours(self.city_hours)
        corrections = tuple((date.fromisoformat(day), works, name) for day, works, name in self.data["days"])
        return working_time.Calendar(self.data["country"] or "", week, corrections, get_default_timezone())

    @cached_property
    def found_levels(self) -> dict[tuple, dict | None]:
        return {}

    def level(self, category: Category, severity: str, unit: int | None) -> dict | None:
        """Level of a leaf, severity and unit key, or None."""
        case = category.pk, category.parent_id, severity, unit
        if case not in self.found_levels:
            severities, units = {"named": severity, "any": ""}, {"named": unit, "any": None}
            fields = {"leaf": category.pk, "group": category.parent_id, "any": None}
            keys = ((severities[how], units[whose], fields[what]) for how, whose, what in ORDER)
            self.found_levels[case] = next((self.levels[key] for key in keys if key in self.levels), None)
        return self.found_levels[case]

    def deadlines(
        self, category: Category, severity: str, unit: int | None, start: datetime
    ) -> tuple[datetime, datetime, str]:
        """(accept_by, due_at, target of the latter) of a leaf, severity and unit key."""
        level, calendar = self.level(category, severity, unit), self.calendar(unit)
        accept = level["accept"] if level else category.accept_within
        target = level["resolve"] if level else category.resolve_within
        return working_time.due_date(start, accept, calendar), working_time.due_date(start, target, calendar), target

    def dates(self, category: Category, severity: str, unit: int | None, start: datetime) -> DueDates:
        """As the function `due_dates`; `unit` is a key."""
        accept_by, due, target = self.deadlines(category, severity, unit, start)
        skipped = ()
        if working_time.counts_office_time(target):
            skipped = skipped_lines(start, due, target, self.calendar(unit))
        origin = target_origin(self.level(category, severity, unit))
        return DueDates(
            accept_by=accept_by,
            due_at=due,
            due_date_trace=[
                {"kind": "start", "at": start.isoformat()},
                {"kind": "target", "target": target, "unit": unit} | origin,
                *skipped,
                {"kind": "due", "at": due.isoformat()},
            ],
        )


@lru_cache(maxsize=4)
def parse_rules(text: str) -> ServiceLevelRules:
    return ServiceLevelRules(text)


def current_rules(book: rulebook.Rulebook | None = None) -> ServiceLevelRules:
    """Today's rules: one query. Read them once for many incidents.

    `book`: the rulebook, if read already.
    """
    return parse_rules((book or rulebook.current_rulebook()).times)


def calendar_of(authority: Authority | None = None) -> working_time.Calendar:
    """Calendar of a unit, or of the city's offices: one query."""
    return current_rules().calendar(authority.pk if authority else None)


def due_dates(category: Category, severity: str, authority: Authority | None, start: datetime) -> DueDates:
    """Due dates of an incident of a leaf at a unit (None: any) that starts at `start` (aware).

    One query: for many incidents use `current_rules()` once.
    """
    return current_rules().dates(category, severity, authority.pk if authority else None, start)


def target_origin(level: dict | None) -> dict:
    if level is None:
        return {}
    field, unit = level["names"]
    return {"level": [name for name in (field, unit) if name["vi"]], "severity": level["severity"]}


def skipped_lines(start: datetime, due: datetime, target: str, calendar: working_time.Calendar) -> Iterator[dict]:
    opens = working_time.add_working_time(start, timedelta(microseconds=1), calendar) - timedelta(microseconds=1)
    if opens > start:
        yield {"kind": "opens", "at": opens.isoformat()}
    nights, runs = working_time.skipped_days(start, due, calendar)
    if nights and not target.endswith("wd"):
        yield {"kind": "nights", "n": nights}
    weekends = [run for run in runs if run[0] == "weekend"]
    if len(weekends) > MAX_LISTED_WEEKENDS:
        yield {"kind": "weekends", "n": len(weekends)}
    for kind, first, last, name in runs:
        if kind != "weekend" or len(weekends) <= MAX_LISTED_WEEKENDS:
            named = {"name": name} if name else {}
            yield {"kind": kind, "from": first.isoformat(), "to": last.isoformat()} | named


# ── What moves a due date afterwards


def add_pause(incident: Incident, since: datetime, until: datetime, why: str = "waiting") -> None:
    """Move the due dates of an incident, unsaved, by a pause, and append it to the trace.

    Counted in office time where the target is: a question open over a weekend takes no time. A clock set back in
    between takes none either. `why`: `waiting` for the reporter, or held to be `done`.
    """
    line = {"kind": "pause", "why": why, "from": since.isoformat(), "to": until.isoformat()}
    calendar = current_rules().calendar(trace_unit(incident))
    append_line(incident, line, apply_line(incident.first_due_at, incident.due_at, line, incident.target, calendar))


def add_extension(incident: Incident, until: datetime) -> None:
    line = {"kind": "extension", "until": until.isoformat()}
    append_line(incident, line, apply_extension(incident.first_due_at, incident.due_at, line))


def append_line(incident: Incident, line: dict, dates: tuple[datetime | None, datetime]) -> None:
    incident.first_due_at, incident.due_at = dates
    incident.due_date_trace = [*incident.due_date_trace, line | {"due": incident.due_at.isoformat()}]


def trace_unit(incident: Incident) -> int:
    """Key of the unit by whose levels and hours the incident is dated; it stays after a hand-over."""
    return next((line["unit"] for line in incident.due_date_trace if "unit" in line), incident.authority_id)


def start_line(incident: Incident) -> dict | None:
    """Trace line of a restarted clock; None where it runs since the report."""
    return next((line for line in incident.due_date_trace if line["kind"] == "start" and "why" in line), None)


def clock_start(incident: Incident) -> datetime:
    """Start of the clock: the report, or the moment a unit took the incident over."""
    line = start_line(incident)
    return localtime(datetime.fromisoformat(line["at"]) if line else incident.received_at)


def restart_clock(incident: Incident, moment: datetime) -> None:
    dates = due_dates(incident.category, incident.severity, incident.authority, localtime(moment))
    head = {"kind": "start", "why": "taken_over", "at": moment.isoformat()}
    incident.accept_by, incident.due_at, incident.first_due_at = dates.accept_by, dates.due_at, None
    incident.due_date_trace = [head, *dates.due_date_trace[1:]]


def due_if_resumed(incident: Incident, at: datetime) -> datetime:
    if not incident.waiting_since:
        return incident.due_at
    calendar = current_rules().calendar(trace_unit(incident))
    return postpone(incident.due_at, incident.waiting_since, at, incident.target, calendar)


def apply_line(
    first: datetime | None, due: datetime, line: dict, target: str, calendar: working_time.Calendar
) -> tuple[datetime | None, datetime]:
    if line["kind"] == "extension":
        return apply_extension(first, due, line)
    since, until = datetime.fromisoformat(line["from"]), datetime.fromisoformat(line["to"])
    if line.get("plain"):  # by a change of boundaries, in bulk: it moves deadlines by as long as the clock says
        return first and first + (until - since), due + (until - since)
    return first and postpone(first, since, until, target, calendar), postpone(due, since, until, target, calendar)


def apply_extension(first: datetime | None, due: datetime, line: dict) -> tuple[datetime, datetime]:
    """Both due dates after an extension: never earlier than the one without extensions."""
    return first or due, max(datetime.fromisoformat(line["until"]), first or due)


def postpone(
    moment: datetime, since: datetime, until: datetime, target: str, calendar: working_time.Calendar
) -> datetime:
    if until <= since:
        return moment
    if working_time.counts_office_time(target):
        paused = working_time.working_time_between(since, until, calendar)
        return working_time.add_working_time(moment, paused, calendar)
    return working_time.add_elapsed_time(moment, until - since)


def recompute_dates(
    incident: Incident, dates: DueDates, calendar: working_time.Calendar
) -> tuple[datetime, datetime | None, datetime, list[dict]]:
    """(accept_by, first_due_at, due_at, due_date_trace) from new first dates, with the tail applied."""
    first, due, tail = apply_tail(incident, dates.due_at, dates.due_date_trace[1]["target"], calendar)
    accept_by = dates.accept_by if incident.state in Incident.UNACCEPTED else incident.accept_by
    head = [start_line(incident) or dates.due_date_trace[0], *dates.due_date_trace[1:]]
    return accept_by, first, due, [*head, *tail]


def apply_tail(
    incident: Incident, due: datetime, target: str, calendar: working_time.Calendar
) -> tuple[datetime | None, datetime, list[dict]]:
    """first_due_at, due_at and tail lines after applying later pauses and extensions to a first due date."""
    first, lines = None, []
    for line in incident.due_date_trace:
        if line["kind"] in TAIL:
            first, due = apply_line(first, due, line, target, calendar)
            lines.append(line | {"due": due.isoformat()})
    return first, due, lines


DATE_FIELDS = ("accept_by", "first_due_at", "due_at", "due_date_trace")


@transaction.atomic
def change_severity(incident: Incident, severity: str, by: User, note: str) -> Event | None:
    """Set the severity and recompute the dates from the start by the unit's levels.

    Writes one event (GRADED) with the note; the same severity changes nothing. Returns the event, or None. Raises
    IncidentEnded.
    """
    locked = Incident.objects.lock(incident.pk)
    if not locked.is_open:
        raise IncidentEnded(
            _("It is closed: its severity and the deadline by which it was judged can no longer change.")
        )
    if locked.severity == severity:
        return None
    known, start = current_rules(), clock_start(locked)
    dates = known.dates(locked.category, severity, locked.authority_id, start)
    values = recompute_dates(locked, dates, known.calendar(locked.authority_id))
    for name, value in zip(DATE_FIELDS, values, strict=True):
        setattr(locked, name, value)
    locked.severity, locked.changed_at = Severity(severity), now()
    locked.next_check_at = locked.changed_at if locked.state in Incident.RUNNING else None  # the next chase looks anew
    locked.save(update_fields=[*DATE_FIELDS, "severity", "changed_at", "next_check_at"])
    event = timeline.record(locked, Event.Kind.GRADED, by=by, authority=locked.authority, note=note)
    incident.refresh_from_db()
    return event


def defer_recomputation() -> None:
    app.configure_task("incidents.redate").defer()


def recompute_open_incidents() -> int:
    """Recompute the due dates of all open incidents by the present rules. Returns how many changed.

    Each change writes an event (REDATED) with old and new date; pauses and extensions stay. Changed incidents are
    locked, checked again and written, 5,000 in a transaction: an aborted run keeps what it wrote, and a second run
    changes nothing. Incidents older than traces stay unchanged.
    """
    known, fields, last, moved = current_rules(), Category.objects.in_bulk(), 0, []
    while some := list(recomputable_incidents().filter(pk__gt=last).order_by("pk")[:BATCH_SIZE]):
        moved += [incident.pk for incident in some if dates_change(incident, fields[incident.category_id], known)]
        last = some[-1].pk
    return sum(recompute_batch(moved[n : n + BATCH_SIZE], fields, known) for n in range(0, len(moved), BATCH_SIZE))


def recomputable_incidents() -> IncidentQuerySet:
    dated = Incident.objects.open().exclude(due_date_trace=[])
    return dated.only(*DATE_FIELDS, "received_at", "state", "severity", "authority", "category")


def dates_change(incident: Incident, category: Category, known: ServiceLevelRules) -> bool:
    unit, start = trace_unit(incident), clock_start(incident)
    accept_by, due, target = known.deadlines(category, incident.severity, unit, start)
    first, due, _tail = apply_tail(incident, due, target, known.calendar(unit))
    accept_by = accept_by if incident.state in Incident.UNACCEPTED else incident.accept_by
    return (accept_by, first, due) != (incident.accept_by, incident.first_due_at, incident.due_at)


@transaction.atomic
def recompute_batch(keys: list[int], fields: dict[int, Category], known: ServiceLevelRules) -> int:
    changes = []
    for recomputable_incident in recomputable_incidents().filter(pk__in=keys).select_for_update().order_by("pk"):
        if dates_change(recomputable_incident, fields[recomputable_incident.category_id], known):
            unit, start = trace_unit(recomputable_incident), clock_start(recomputable_incident)
            dates = known.dates(fields[recomputable_incident.category_id], recomputable_incident.severity, unit, start)
            changes.append((recomputable_incident, recompute_dates(recomputable_incident, dates, known.calendar(unit))))
    return write_dates(changes)


def write_dates(changes: Iterable[tuple[Incident, tuple]]) -> int:
    pairs, at = [], now()
    with connection.cursor() as cursor:
        sql.execute("stage_dates")
        with cursor.copy("COPY staged_date FROM STDIN") as copy:
            for incident, (accept_by, first, due, lines) in changes:
                copy.write_row((incident.pk, accept_by, first, due, json.dumps(lines, ensure_ascii=False)))
                pairs_of_dates = (incident.due_at, due), (incident.accept_by, accept_by), (incident.first_due_at, first)
                was, will = next((a, b) for a, b in pairs_of_dates if a != b)
                note = f"{localtime(was):%H:%M %d/%m/%Y} → {localtime(will):%H:%M %d/%m/%Y}"
                moved = due != incident.due_at
                pairs.append((incident.pk, timeline.Line(Event.Kind.REDATED, note=note, public=moved, at=at)))
        if not pairs:
            return 0
        sql.execute("redate", at=at, running=list(Incident.RUNNING))
    return timeline.write_lines_in_bulk(pairs)


# ── In words


LINE_TEXTS = {
    "opens": gettext_noop("Outside working hours: counted from %(at)s"),
    "weekend": gettext_noop("Not counted: weekend %(days)s"),
    "holiday": gettext_noop("Not counted: %(days)s, %(name)s"),
    "worked": gettext_noop("Counted: %(days)s, worked in exchange for a day off"),
    "due": gettext_noop("The deadline is therefore %(at)s"),
    "waiting": gettext_noop("Waited for the reporter from %(from)s to %(to)s (%(span)s): due %(due)s"),
    "done": gettext_noop("Considered done from %(from)s to %(to)s (%(span)s): due %(due)s"),
    "extension": gettext_noop("Extension granted: due %(due)s"),
}


def explain_due_date(incident: Incident) -> list[str]:
    lines = [line_in_words(line, incident) for line in incident.due_date_trace]
    if incident.waiting_since:
        lines.append(
            _("The deadline has been paused since %(since)s: the unit is waiting for the reporter.")
            % {"since": day_and_time(incident.waiting_since)}
        )
    return lines


def line_in_words(line: dict, incident: Incident) -> str:
    kind = line["kind"]
    if kind == "start" and "why" in line:
        return _("Taken over %(at)s: the time counts from then") % {"at": moment_in_words(line["at"])}
    if kind == "start":
        return _("Reported %(at)s") % {"at": moment_in_words(line["at"])}
    if kind == "target":
        return target_line_in_words(line, incident)
    if kind in ("nights", "weekends"):
        n = line["n"]
        nights = ngettext("Not counted: %(n)d night", "Not counted: %(n)d nights", n)
        weekends = ngettext("Not counted: %(n)d weekend", "Not counted: %(n)d weekends", n)
        return {"nights": nights, "weekends": weekends}[kind] % {"n": n}
    places = {key: moment_in_words(line[key]) for key in ("at", "from", "to", "due") if "T" in line.get(key, "")}
    if kind in ("weekend", "holiday", "worked"):
        places["days"] = days_in_words(line)
        places["name"] = in_spoken_language(line["name"]) if "name" in line else ""
    if kind == "pause":
        places["span"] = duration_in_words(datetime.fromisoformat(line["to"]) - datetime.fromisoformat(line["from"]))
    return _(LINE_TEXTS[line.get("why", kind)]) % places


def target_line_in_words(line: dict, incident: Incident) -> str:
    target = target_in_words(line["target"])
    if "level" not in line:
        return _("Time allowed: %(target)s, as always for “%(category)s”") % {
            "target": target,
            "category": incident.category.title,
        }
    named = [in_spoken_language(name) for name in line["level"]]
    if line["severity"]:
        named.insert(0, str(Severity(line["severity"]).label))
    return _("Time allowed: %(target)s, as agreed for: %(what)s") % {
        "target": target,
        "what": ", ".join(named) or _("everything"),
    }


def moment_in_words(text: str) -> str:
    return day_and_time(datetime.fromisoformat(text))


def days_in_words(line: dict) -> str:
    first, last = (f"{date.fromisoformat(line[key]):%d/%m}" for key in ("from", "to"))
    return first if first == last else f"{first}–{last}"
