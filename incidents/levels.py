"""Service levels: how much time there is for an incident, by which calendar, and how its due date came about."""

import json
import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache

from django.conf import settings
from django.utils.timezone import get_default_timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from incidents import deadlines, sql
from incidents.models import Severity
from incidents.templatetags.incident_words import day_and_time, span, target_in_words

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
FEW = 3  # weekends are told one by one, more of them by their number


@dataclass(frozen=True)
class Dates:
    """By when an incident is to be accepted and resolved, and how the latter came about: for Incident.reckoning."""

    accept_by: datetime
    due_at: datetime
    reckoning: list


@dataclass(frozen=True)
class Rules:
    """The calendars and levels of a city. The same object as long as nothing in them changes: calendars keep what
    they have found out."""

    text: str

    @cached_property
    def said(self):
        return {key: value or () for key, value in json.loads(self.text).items()}

    @cached_property
    def levels(self):
        return {(one["severity"], one["unit"], one["category"]): one for one in self.said["levels"]}

    @cached_property
    def calendars(self):
        """By their hours: units with the same hours share one."""
        return {}

    def calendar(self, unit=None):
        """The calendar of a unit (its key), or of the city."""
        hours = dict(self.said["hours"]).get(str(unit), settings.OFFICE_HOURS)
        if hours not in self.calendars:
            self.calendars[hours] = self.calendar_of(hours)
        return self.calendars[hours]

    def calendar_of(self, hours):
        try:
            week = deadlines.hours_of(hours)
        except ValueError as fault:  # written past the admin, which refuses it: reports come in all the same
            logger.error("Office hours %r cannot be read, those of the city count: %s", hours, fault)
            week = deadlines.hours_of(settings.OFFICE_HOURS)
        corrections = tuple((date.fromisoformat(day), works, name) for day, works, name in self.said["days"])
        return deadlines.Calendar(self.said["country"] or "", week, corrections, get_default_timezone())

    def level(self, category, severity, unit):
        """The service level that counts for a leaf, a severity and a unit's key, or None."""
        severities, units = {"named": severity, "any": ""}, {"named": unit, "any": None}
        fields = {"leaf": category.pk, "group": category.parent_id, "any": None}
        keys = ((severities[how], units[whose], fields[what]) for how, whose, what in ORDER)
        return next((self.levels[key] for key in keys if key in self.levels), None)

    def dates(self, category, severity, unit, start):
        """See `dates`; `unit` is a key."""
        level, calendar = self.level(category, severity, unit), self.calendar(unit)
        accept = level["accept"] if level else category.accept_within
        target = level["resolve"] if level else category.resolve_within
        due = deadlines.due(start, target, calendar)
        return Dates(
            accept_by=deadlines.due(start, accept, calendar),
            due_at=due,
            reckoning=[
                {"kind": "start", "at": start.isoformat()},
                {"kind": "target", "target": target, "unit": unit} | origin(level),
                *(not_counted(start, due, target, calendar) if deadlines.in_office_time(target) else ()),
                {"kind": "due", "at": due.isoformat()},
            ],
        )


@lru_cache(maxsize=4)
def rules_of(text):
    return Rules(text)


def rules() -> Rules:
    """The rules as they are now: one query. For many incidents at once ask for them once, and then the object."""
    return rules_of(sql.execute("rules_of_time")[0][0])


def calendar(authority=None) -> deadlines.Calendar:
    """When a unit works, or the city's offices in general: one query."""
    return rules().calendar(authority and authority.pk)


def dates(category, severity, authority, start) -> Dates:
    """By when an incident of a leaf is to be accepted and resolved by a unit, or by any, from `start` on (aware).

    One query: for many incidents ask `rules()` once.
    """
    return rules().dates(category, severity, authority and authority.pk, start)


def origin(level):
    """Where a target comes from, as a line of the reckoning keeps it."""
    if level is None:
        return {}
    field, unit = level["names"]
    return {"level": [name for name in (field, unit) if name["vi"]], "severity": level["severity"]}


def not_counted(start, due, target, calendar):
    """What was skipped on the way to a due date in office time, as lines of the reckoning."""
    opens = deadlines.after(start, timedelta(microseconds=1), calendar) - timedelta(microseconds=1)
    if opens > start:
        yield {"kind": "opens", "at": opens.isoformat()}
    nights, runs = deadlines.skipped(start, due, calendar)
    if nights and not target.endswith("wd"):
        yield {"kind": "nights", "n": nights}
    weekends = [run for run in runs if run[0] == "weekend"]
    if len(weekends) > FEW:
        yield {"kind": "weekends", "n": len(weekends)}
    for kind, first, last, name in runs:
        if kind != "weekend" or len(weekends) <= FEW:
            named = {"name": name} if name else {}
            yield {"kind": kind, "from": first.isoformat(), "to": last.isoformat()} | named
