"""Remind people each minute of what is nearly due, late or unattended; of everything once."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from geoapp.db import locks
from gis_data import policies
from incidents import notify, sql, timeline
from incidents.access import LEADER, SUPERVISOR, areas_within_limits
from incidents.deadlines import ladder
from incidents.models import (
    Authority,
    Directive,
    EscalationStep,
    Event,
    Incident,
    Medium,
    Membership,
    Notice,
    Reminder,
    Severity,
    Subtask,
    User,
)
from incidents.notify import Recipient
from incidents.routing import rules

BATCH = 5000  # incidents that are looked at in one transaction
MAX_LIVE_LINES = 50  # lines that are told to the live pages each; more make them load anew
MAX_REFERENCES = 5  # references that a short message names
UNREAD_AFTER = timedelta(days=1)  # after which a directive that nobody acknowledged is told
MAX_AGE = timedelta(days=7)  # what slipped before is no news

HANDLER, HEAD, ABOVE, CITY = EscalationStep.Who
ESCALATION_ORDER = (HANDLER, HEAD, ABOVE, CITY)  # whom to tell instead, where there is nobody
WARNING_LINES = {
    HANDLER: gettext_noop("The unit's contact was reminded: the time ends at %(moment)s."),
    HEAD: gettext_noop("The head of the unit was reminded: the time ends at %(moment)s."),
    ABOVE: gettext_noop("The leader of the area or field was reminded: the time ends at %(moment)s."),
    CITY: gettext_noop("The city was notified: the time ends at %(moment)s."),
}
LATE_LINES = {
    HANDLER: gettext_noop("The unit's contact was reminded: the time ended at %(moment)s."),
    HEAD: gettext_noop("The head of the unit was reminded: the time ended at %(moment)s."),
    ABOVE: gettext_noop("The leader of the area or field was reminded: the time ended at %(moment)s."),
    CITY: gettext_noop("The city was notified: the time ended at %(moment)s."),
}


@dataclass(frozen=True)
class ReminderItem:
    """One entry of a message: an incident with the step of its ladder that was reached."""

    incident: Incident
    scheduled: ladder.ScheduledStep
    reminder: int

    @property
    def late(self) -> bool:
        return self.scheduled.moment >= self.scheduled.deadline

    def in_words(self) -> str:
        """Return `2611-40873 · Pothole · Old Wharf Ward · Old Wharf Office: should have been resolved by
        14:30 24/11`.
        """
        incident, sentence = self.incident, DEADLINE_TEXTS[self.scheduled.step.target, self.late]
        where = " · ".join([incident.reference, incident.category.title, incident.area.title, incident.authority.title])
        return f"{where}: {_(sentence) % {'moment': format_clock(self.scheduled.deadline)}}"

    def short_title(self) -> str:
        return f"{self.incident.reference} {self.incident.category.title}, {self.incident.area.title}"


DEADLINE_TEXTS: dict[tuple[str, bool], str] = {  # (target, whether it is late) → the sentence on the deadline
    (EscalationStep.Target.ACCEPT, False): gettext_noop("accept it by %(moment)s"),
    (EscalationStep.Target.ACCEPT, True): gettext_noop("it should have been accepted by %(moment)s"),
    (EscalationStep.Target.RESOLVE, False): gettext_noop("resolve it by %(moment)s"),
    (EscalationStep.Target.RESOLVE, True): gettext_noop("it should have been resolved by %(moment)s"),
}


def format_clock(moment: datetime) -> str:
    """Return `14:30 24/11`."""
    return f"{localtime(moment):%H:%M %d/%m}"


def send_due_reminders(at: datetime | None = None) -> Counter:
    """Send reminders of all that has come due by `at`. Returns how many of each, by name.

    A periodic job runs it each minute on any number of workers: a lock admits one, each step of a ladder is written
    once for an incident and its deadline (Reminder), and its notices are written in the same transaction. After
    downtime only the last step that an incident reached is sent; those before it are written as passed over.
    """
    at, counts = at or now(), Counter()
    while True:
        with transaction.atomic():
            if not try_chasing_lock():
                return counts
            some = lock_due_incidents(at)
            if some:
                counts.update(escalate_incidents(some, at))
        if len(some) < BATCH:
            break
    with transaction.atomic():
        if try_chasing_lock():
            counts["slipped"] += notify_overdue(at)
    return counts


def try_chasing_lock():
    return locks.try_hold(locks.Lock.CHASING)


def lock_due_incidents(at):
    """Return the incidents whose next check is due, locked; one that is being changed sets its own and is skipped."""
    due = Incident.objects.filter(next_check_at__lte=at).order_by("next_check_at", "pk")
    return list(due.select_for_update(skip_locked=True, of=("self",)).with_pages()[:BATCH])


def escalate_incidents(incidents, at):
    ladders, next_checks, steps_reached = ladder.Ladders(), [], []
    for due_incident in incidents:
        schedule = ladders.scheduled_steps(due_incident)
        next_checks.append((due_incident.pk, ladder.next_moment(schedule, at)))
        steps_reached += [
            (due_incident, *reached) for reached in ladder.reached_steps(schedule, due_incident.next_check_at, at)
        ]
    # What was passed before the ladder was set anew, and was told then, is not told again.
    passed = {
        (due_incident.pk, scheduled.step.pk)
        for due_incident, scheduled, _told in steps_reached
        if scheduled.moment < due_incident.next_check_at
    }
    again = passed & already_told({incident for incident, _step in passed})
    items = record_reminders(
        [
            (due_incident, scheduled, is_told and (due_incident.pk, scheduled.step.pk) not in again)
            for due_incident, scheduled, is_told in steps_reached
        ],
        at,
    )
    ladder.store_next_checks(next_checks)
    notices, heard = notify_recipients(items, at)
    record_lines(heard, at)
    return Counter(looked=len(incidents), reminded=len(items), notices=notices)


def already_told(incidents):
    return set(Reminder.objects.filter(incident__in=incidents, told=True).values_list("incident", "step"))


def record_reminders(reached, at):
    if not reached:
        return []
    rows = sql.execute(
        "record_reminders",
        at=at,
        incidents=[incident.pk for incident, _scheduled, _told in reached],
        steps=[scheduled.step.pk for _one, scheduled, _told in reached],
        deadlines=[scheduled.deadline for _one, scheduled, _told in reached],
        told=[is_told for _one, _scheduled, is_told in reached],
    )
    new = {(incident, step): key for key, incident, step, is_told in rows if is_told}
    items = [
        ReminderItem(incident, scheduled, new[incident.pk, scheduled.step.pk])
        for incident, scheduled, _told in reached
        if (incident.pk, scheduled.step.pk) in new
    ]
    return sorted(items, key=lambda item: (item.scheduled.deadline, item.incident.pk, item.scheduled.step.pk))


def notify_recipients(items, at):
    """Send one message to each recipient about all their items.

    Returns how many are new, and the items by (incident, target, who).
    """
    chain, letters, heard = CommandChain(at), defaultdict(dict), {}
    if len(items) > MAX_LIVE_LINES:
        chain.load_all_recipients()
    for item in items:
        for recipient, who in chain.recipients(item.scheduled.step, item.incident):
            thing = item.incident.pk, item.scheduled.step.target
            letters[recipient].setdefault(thing, (item, who))
            heard.setdefault((*thing, who), item)
    written = []
    for recipient, things in letters.items():
        some, whos = zip(*things.values(), strict=True)
        cause = f"reminder:{min(item.reminder for item in some)}"
        place = "desk" if HANDLER in whos else "lead"
        written.append((cause, recipient, reminder_values(some, place, recipient.language)))
    return notify.create_notices_in_bulk("reminder", written), heard


def reminder_values(items, place, language):
    with translation.override(language):
        late, first = sum(item.late for item in items), items[0]
        if late == len(items):
            what = ngettext("%(n)d item overdue", "%(n)d items overdue", late) % {"n": late}
        elif late:
            what = _("%(n)d items to do, %(late)d of them overdue") % {"n": len(items), "late": late}
        else:
            what = ngettext("%(n)d item due soon", "%(n)d items due soon", len(items)) % {"n": len(items)}
        named = [item.incident.reference for item in items[:MAX_REFERENCES]]
        return {
            "what": what,
            "references": first.short_title()
            if len(items) == 1
            else ", ".join(named) + (" …" if len(items) > MAX_REFERENCES else ""),
            "lines": "\n".join(f"- {item.in_words()}" for item in items),
            "link": page_link(
                place,
                first.incident if len(items) == 1 else None,
                all(item.late and item.scheduled.step.target == EscalationStep.Target.RESOLVE for item in items),
            ),
        }


def page_link(place: str, incident: Incident | None = None, late: bool = False) -> str:
    path = reverse("desk-incident", args=[incident.reference]) if incident else reverse(place)
    if late and place == "desk" and not incident:
        path += "?show=late"
    return settings.SITE_URL + path


def record_lines(heard, at):
    lines = [
        (item.incident, history_line(target, who, item.scheduled.deadline, item.late, at))
        for (_incident, target, who), item in heard.items()
    ]
    if len(lines) > MAX_LIVE_LINES:
        timeline.write_lines_in_bulk((incident.pk, line) for incident, line in lines)
        return
    for incident, line in lines:
        timeline.write_lines(incident, line)


def history_line(target, who, deadline, late, at):
    sentence = (LATE_LINES if late else WARNING_LINES)[who]
    public = late and target == EscalationStep.Target.RESOLVE and who != HANDLER
    reason = rules.in_both_languages(sentence, moment=format_clock(deadline))
    return timeline.Line(Event.Kind.REMINDED, public=public, reasons=(reason,), at=at)


class CommandChain:
    """Who is responsible on a day: the leaders' posts, the tree of units, and those who watch all deadlines.

    Each is read on first access: in most minutes only the handling unit is reminded.
    """

    def __init__(self, at: datetime) -> None:
        self.at, self.reached = at, {}

    @cached_property
    def posts(self) -> list[Membership]:
        posts = Membership.objects.on(localtime(self.at).date()).filter(role__in=[LEADER, SUPERVISOR])
        return list(posts.select_related("user").order_by("pk"))

    @cached_property
    def leaders(self) -> dict[int, list[Membership]]:
        leaders = defaultdict(list)
        for post in self.posts:
            if post.role == LEADER:
                leaders[post.authority_id].append(post)
        return leaders

    @cached_property
    def supervisors(self) -> list[User]:
        return [post.user for post in self.posts if post.role == SUPERVISOR]

    @cached_property
    def parents(self) -> dict[int, int | None]:
        return dict(Authority.objects.values_list("pk", "parent"))

    def units_above(self, unit: int) -> list[int]:
        units = []
        while unit := self.parents.get(unit):
            units.append(unit)
        return units

    @cached_property
    def areas(self) -> dict[int | None, set[int]]:
        return areas_within_limits(post.area_id for post in self.posts)

    def covers(self, post: Membership, incident: Incident) -> bool:
        if post.area_id and incident.area_id not in self.areas[post.area_id]:
            return False
        return post.category_id in (None, incident.category_id, incident.category.parent_id)

    def unit_leaders(self, incident: Incident) -> list[User]:
        return [post.user for post in self.leaders[incident.authority_id] if self.covers(post, incident)]

    def leaders_above(self, incident: Incident) -> list[User]:
        """Return the leaders of the units above; of the city's own only those whose post is limited to the area or
        field.
        """
        above = self.units_above(incident.authority_id)
        return [
            post.user
            for unit in above
            for post in self.leaders[unit]
            if self.covers(post, incident) and (unit != above[-1] or post.area_id or post.category_id)
        ]

    def top_leaders(self, incident: Incident) -> list[User]:
        """Return the leaders of the top unit who answer for everything; without any, all of them."""
        unit = self.units_above(incident.authority_id)[-1:] or [incident.authority_id]
        posts = [post for post in self.leaders[unit[0]] if self.covers(post, incident)]
        return [post.user for post in posts if not (post.area_id or post.category_id)] or [post.user for post in posts]

    def recipients(self, step: EscalationStep, incident: Incident) -> list[tuple[Recipient, str]]:
        """Return the recipients of an escalation step as (recipient, role): those it names, else the next ones up."""
        persons = {HEAD: self.unit_leaders, ABOVE: self.leaders_above, CITY: self.top_leaders}
        for who in ESCALATION_ORDER[ESCALATION_ORDER.index(step.who) :]:
            if who == HANDLER:
                recipients = [*self.desk_recipients(incident.authority, step), *self.handler_recipients(incident, step)]
            else:
                recipients = self.person_recipients(persons[who](incident), step)
            if recipients:
                return [(recipient, who) for recipient in dict.fromkeys(recipients)]
        return [(recipient, CITY) for recipient in self.person_recipients(self.supervisors, step)]

    def load_all_recipients(self) -> None:
        users = [post.user for posts in self.leaders.values() for post in posts]
        for sms in (False, True):
            recipients_by_key = notify.recipients_by_person(users, at=self.at, sms=sms)
            self.reached |= {("person", key, sms): recipients for key, recipients in recipients_by_key.items()}

    def desk_recipients(self, authority: Authority, step: EscalationStep) -> list[Recipient]:
        key = "desk", authority.pk, step.sms
        if key not in self.reached:
            self.reached[key] = notify.unit_recipients(authority, sms=step.sms)
        return select_media(self.reached[key], step)

    def handler_recipients(self, incident: Incident, step: EscalationStep) -> list[Recipient]:
        recipients = self.reached.get(("person", incident.handler_id, step.sms))
        if recipients is not None:
            return select_media(recipients, step)
        return self.person_recipients([incident.handler] if incident.handler else [], step)

    def person_recipients(self, users: Iterable[User], step: EscalationStep) -> list[Recipient]:
        recipients = []
        for user in users:
            key = "person", user.pk, step.sms
            if key not in self.reached:
                self.reached[key] = notify.person_recipients([user], at=self.at, sms=step.sms)
            recipients += select_media(self.reached[key], step)
        return recipients


def select_media(recipients, step):
    by_mail = [recipient for recipient in recipients if recipient.medium == Medium.EMAIL]
    others = [recipient for recipient in recipients if recipient.medium != Medium.EMAIL]
    return (by_mail if step.email else []) + others or by_mail


# ── What else slipped: directives and parts that other units were asked for


def notify_overdue(at):
    slipped = defaultdict(list)
    for key, thing in sql.execute("slipped", since=at - MAX_AGE, at=at, unread=UNREAD_AFTER):
        slipped[key].append(thing)
    if not slipped:
        return 0
    directives = Directive.objects.select_related("to", "by")
    parts = Subtask.objects.select_related("incident__category", "incident__authority", "authority")
    things = {"directive_unread": directives, "directive_late": directives, "part_late": parts}
    chain = CommandChain(at)
    return sum(
        notify_overdue_item(key, thing, chain, at)
        for key, some in things.items()
        for thing in some.filter(pk__in=slipped[key]).order_by("pk")
    )


def notify_overdue_item(key, thing, chain, at):
    """Notify of one overdue item: the unit that owes it and its leaders; if it is late, also its requester."""
    unit = thing.authority if key == "part_late" else thing.to
    heads = [post.user for post in chain.leaders[unit.pk]]
    hearers = notify.unit_recipients(unit) + notify.person_recipients(heads, at=at, sms=True)
    if key == "directive_late":
        hearers += notify.person_recipients([thing.by], at=at)
    if key == "part_late":
        hearers += notify.unit_recipients(thing.incident.authority)
    hearers = hearers or notify.person_recipients(chain.supervisors, at=at)
    due = thing.due_at if key == "part_late" else thing.until

    def notice_values(recipient):
        with translation.override(recipient.language):
            place = "desk-incident" if key == "part_late" else "directives"
            path = reverse(place, args=[thing.incident.reference] if key == "part_late" else [])
            return {
                "what": shorten(thing.what),
                "unit": unit.title,
                "due": format_clock(due),
                "link": settings.SITE_URL + path,
            }

    return len(notify.create_notices(key, f"{key}:{thing.pk}", hearers, notice_values))


def shorten(text, limit=80):
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


# ── What leaders must know now


ALERT_KINDS = {Event.Kind.RECEIVED, Event.Kind.JOINED, Event.Kind.GRADED, Event.Kind.GATHERED}


@transaction.atomic
def alert_leaders(event_id: int) -> None:
    event = Event.objects.filter(pk=event_id, kind__in=ALERT_KINDS).first()
    if not event:
        return
    incident = Incident.objects.with_pages().get(pk=event.incident_id)
    if not incident.is_open:
        return
    if incident.severity == Severity.DANGEROUS:
        notify_leaders("dangerous", incident)
    if incident.reports_count >= policies.current().many_reports:
        notify_leaders("many_reports", incident)


def notify_leaders(key, incident):
    cause = f"{key}:{incident.pk}"
    if Notice.objects.filter(cause=cause).exists():
        return
    chain = CommandChain(now())
    users = dict.fromkeys([*chain.unit_leaders(incident), *chain.leaders_above(incident)])
    users = list(users) or chain.top_leaders(incident) or chain.supervisors

    def notice_values(recipient):
        with translation.override(recipient.language):
            return {
                "reference": incident.reference,
                "category": incident.category.title,
                "where": incident.where,
                "unit": incident.authority.title,
                "count": str(incident.reports_count),
                "link": page_link("desk", incident),
            }

    notify.create_notices(key, cause, notify.person_recipients(users, sms=True), notice_values, urgent=True)
