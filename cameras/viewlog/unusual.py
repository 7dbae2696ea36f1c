"""Flag unusual viewing in the viewing ledger, and notify supervisors.

The rules are pure functions of a person's lines of one day; none of them reads the database.
"""

from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localdate

from cameras.models import Flag, ViewLogEntry
from cameras.viewlog.ledger import ENOUGH
from geoapp.web import periods
from incidents import notify
from incidents.disclosure.patterns import (
    NIGHT_FROM,
    NIGHT_UNTIL,
    Pattern,
    is_night,
    more_than,
    most_different_within,
)
from incidents.models import Membership, User
from incidents.wording import person_name

H, R = ViewLogEntry.How, Flag.Rule
MANY_CAMERAS, MANY_WITHIN = 120, timedelta(minutes=10)
MANY_INCIDENTS, INCIDENTS_WITHIN = 40, timedelta(hours=1)
HABIT_DAYS = 14
LONG = timedelta(hours=3)
IN_FRONT = {H.LIVE, H.FOCUS, H.PICTURE}


class Line(NamedTuple):
    """A ledger line as the rules see it. `elsewhere`: evidence of an incident of another unit."""

    at: datetime
    how: str
    cameras: tuple
    incident: int | None = None
    elsewhere: bool = False


def find_many_cameras(lines, habit):
    looked = (
        (line.at, camera) for line in lines if line.incident is None and line.how != H.WALL for camera in line.cameras
    )
    return more_than(MANY_CAMERAS, most_different_within(looked, MANY_WITHIN))


def find_foreign_incidents(lines, habit):
    return more_than(
        MANY_INCIDENTS,
        most_different_within(((line.at, line.incident) for line in lines if line.elsewhere), INCIDENTS_WITHIN),
    )


def find_night_looks(lines, habit):
    late = [line.at for line in lines if line.incident is None and is_night(line.at)]
    return Pattern(late[0], late[-1], len(late)) if late and not habit else None


def find_long_look(lines, habit):
    """Return the minutes in which one camera was in front: each line stands for five."""
    slots = {}
    for line in lines:
        if line.how in IN_FRONT and len(line.cameras) == 1:
            slots.setdefault(line.cameras[0], {}).setdefault(slot_number(line.at), line.at)
    best = max(slots.values(), key=len, default={})
    if len(best) * ENOUGH < LONG:
        return None
    return Pattern(min(best.values()), max(best.values()), len(best) * int(ENOUGH.total_seconds()) // 60)


def slot_number(moment):
    return int(moment.timestamp() // ENOUGH.total_seconds())


# rule → the function that finds it in the lines of a person's day, oldest first; `habit`: whether nights are usual.
RULES = {
    R.MANY: find_many_cameras,
    R.ELSEWHERE: find_foreign_incidents,
    R.NIGHT: find_night_looks,
    R.LONG: find_long_look,
}


def flag_day(day: date) -> list[Flag]:
    first, last = periods.midnights(day, day)
    new = []
    for person, lines in groupby(ledger_lines(first, last), key=attrgetter("by_id")):
        lines = [
            Line(line.at, line.how, tuple(line.cameras), line.incident_id, bool(line.evidence) and line.elsewhere)
            for line in lines
        ]
        habit = looks_at_night(person, first) if any(is_night(line.at) for line in lines) else True
        for rule, find in RULES.items():
            if pattern := find(lines, habit):
                new += store_flag(rule, person, day, pattern)
    return new


def ledger_lines(first, last):
    own = Membership.objects.filter(user=OuterRef("by"), authority=OuterRef("incident__authority"))
    lines = ViewLogEntry.objects.filter(at__gte=first, at__lt=last).order_by("by", "id")
    return lines.annotate(elsewhere=Q(incident__isnull=False) & ~Exists(own)).defer("digest").iterator()


def looks_at_night(person: int, before: datetime) -> bool:
    """Return whether this person looked at night in the days before; True also if the ledger is younger than that."""
    since = before - timedelta(days=HABIT_DAYS)
    if not ViewLogEntry.objects.filter(at__lt=since).exists():
        return True
    at_night = Q(at__hour__gte=NIGHT_FROM) | Q(at__hour__lt=NIGHT_UNTIL)
    return ViewLogEntry.objects.filter(at_night, by=person, at__gte=since, at__lt=before).exists()


@transaction.atomic
def store_flag(rule, person, day, pattern):
    """Return [the flag] if it is new; else [], after raising the count of the existing one."""
    values = {"first": pattern.first, "last": pattern.last, "count": pattern.count}
    flag, new = Flag.objects.get_or_create(rule=rule, by_id=person, day=day, defaults=values)
    if new:
        notify_supervisors(flag)
        return [flag]
    if pattern.count > flag.count:
        Flag.objects.filter(pk=flag.pk).update(**values)
    return []


def notify_supervisors(flag):
    posts = Membership.objects.on().filter(role=Membership.Role.SUPERVISOR)
    supervisors = User.objects.filter(pk__in=posts.values("user")).order_by("pk")

    parameters = {"person": flag.by.username, "from": flag.day, "to": flag.day}

    def notice_values(recipient):
        with translation.override(recipient.language):
            return {
                "who": person_name(flag.by),
                "what": flag.get_rule_display(),
                "day": date_format(flag.day, "SHORT_DATE_FORMAT"),
                "link": f"{settings.SITE_URL}{reverse('looks')}?{urlencode(parameters)}",
            }

    notify.create_notices("unusual_looking", f"looks:{flag.pk}", notify.person_recipients(supervisors), notice_values)


def flag_lately() -> int:
    """Flag today, and yesterday, whose end may not have been checked. Returns how many flags are new."""
    today = localdate()
    return sum(len(flag_day(day)) for day in (today - timedelta(days=1), today))
