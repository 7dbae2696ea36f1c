"""Flag unusual views of personal data in the register, and notify the officers."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localdate

from geoapp.web import periods
from incidents import access, notify
from incidents.disclosure.patterns import (
    NIGHT_FROM,
    NIGHT_UNTIL,
    Pattern,
    is_night,
    more_than,
    most_different_within,
)
from incidents.models import Membership, PersonalDataView, UnusualView, User
from incidents.wording import person_name

H, R = PersonalDataView.How, UnusualView.Rule
MANY_INCIDENTS, MANY_WITHIN = 30, timedelta(minutes=10)
INCIDENTS_OF_DAY, A_DAY = 150, timedelta(days=1)
OLD_INCIDENTS, OLD_WITHIN, OLD_AFTER = 5, timedelta(hours=1), timedelta(days=90)
HABIT_DAYS = 14
# For a request of the person somebody must look at all that there is, a moderator at all that waits, an operator at
# what the number that calls has reported, and who calls back, or reads mails and chats that wait. What stood in a list
# was not chosen either: the rules are of contacts.
NOT_CHOSEN = {H.REQUEST, H.DATA, H.HELD, H.CALL, H.BACK, H.MAIL, H.CHAT, H.SHOWN}


class ViewLine(NamedTuple):
    """The columns of a register line that the rules use."""

    at: datetime
    how: str
    incident: int | None
    ended_at: datetime | None = None  # of the incident


def find_many(lines: list[ViewLine], habit: bool) -> Pattern | None:
    return more_than(MANY_INCIDENTS, most_different_within(incidents_of(lines), MANY_WITHIN))


def find_busy_day(lines: list[ViewLine], habit: bool) -> Pattern | None:
    return more_than(INCIDENTS_OF_DAY, most_different_within(incidents_of(lines), A_DAY))


def find_old(lines: list[ViewLine], habit: bool) -> Pattern | None:
    old = [line for line in lines if line.ended_at and line.ended_at < line.at - OLD_AFTER]
    return more_than(OLD_INCIDENTS, most_different_within(incidents_of(old), OLD_WITHIN))


def find_night(lines: list[ViewLine], habit: bool) -> Pattern | None:
    late = [line.at for line in lines if is_night(line.at)]
    return Pattern(late[0], late[-1], len(late)) if late and not habit else None


def incidents_of(lines):
    return ((line.at, line.incident) for line in lines if line.how not in NOT_CHOSEN)


# rule → the function that finds it in the lines of a person's day, oldest first; `habit`: whether nights are usual.
RULES: dict[str, Callable[[list[ViewLine], bool], Pattern | None]] = {
    R.MANY: find_many,
    R.DAY: find_busy_day,
    R.OLD: find_old,
    R.NIGHT: find_night,
}


def flag_day(day: date) -> list[UnusualView]:
    first, last = periods.midnights(day, day)
    rows = PersonalDataView.objects.filter(at__gte=first, at__lt=last, by__isnull=False).order_by("by", "id")
    rows = rows.select_related("incident").defer("digest")
    new = []
    for person, of_person in groupby(rows.iterator(), key=attrgetter("by_id")):
        lines = [
            ViewLine(row.at, row.how, row.incident_id, row.incident.closed_at if row.incident else None)
            for row in of_person
        ]
        habit = looks_at_night(person, first) if any(is_night(line.at) for line in lines) else True
        for rule, find in RULES.items():
            if pattern := find(lines, habit):
                new += store_flag(rule, person, day, pattern)
    return new


def looks_at_night(person: int, before: datetime) -> bool:
    """Return whether this person viewed data at night in the days before; True if the register is younger."""
    since = before - timedelta(days=HABIT_DAYS)
    if not PersonalDataView.objects.filter(at__lt=since).exists():
        return True
    at_night = Q(at__hour__gte=NIGHT_FROM) | Q(at__hour__lt=NIGHT_UNTIL)
    return PersonalDataView.objects.filter(at_night, by=person, at__gte=since, at__lt=before).exists()


@transaction.atomic
def store_flag(rule, person, day, pattern):
    values = {"first": pattern.first, "last": pattern.last, "count": pattern.count}
    flag, new = UnusualView.objects.get_or_create(rule=rule, by_id=person, day=day, defaults=values)
    if new:
        notify_officers(flag)
        return [flag]
    if pattern.count > flag.count:
        UnusualView.objects.filter(pk=flag.pk).update(**values)
    return []


def notify_officers(flag):
    """Notify the data protection officers, but not the person concerned; without any, the supervisors."""
    parameters = {"person": flag.by.username, "from": flag.day, "to": flag.day}
    link = f"{settings.SITE_URL}{reverse('personal-views')}?{urlencode(parameters)}"

    def notice_values(recipient):
        with translation.override(recipient.language):
            return {
                "who": person_name(flag.by),
                "what": flag.get_rule_display(),
                "day": date_format(flag.day, "SHORT_DATE_FORMAT"),
                "link": link,
            }

    people = people_with(access.DOES["privacy"], flag.by_id) or people_with({Membership.Role.SUPERVISOR}, flag.by_id)
    notify.create_notices("unusual_views", f"views:{flag.pk}", notify.person_recipients(people), notice_values)


def people_with(roles, but):
    posts = Membership.objects.on().filter(role__in=roles)
    return list(User.objects.filter(pk__in=posts.values("user")).exclude(pk=but).order_by("pk"))


def flag_lately() -> int:
    """Flag today and yesterday, whose end may be unchecked. Returns how many flags are new."""
    today = localdate()
    return sum(len(flag_day(day)) for day in (today - timedelta(days=1), today))
