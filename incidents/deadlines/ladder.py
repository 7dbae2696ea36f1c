"""Escalation steps of an open incident, and the moments at which reminders are due.

A category's own steps count, else its group's, else the general ones. A step is an offset from a deadline, so it moves
with it. `Incident.next_check_at` is the next moment to check: bulk changes of deadlines set it to now, and the next run
of reminders recomputes it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.timezone import localtime, now

from incidents import rulebook, sql
from incidents.deadlines import service_levels, working_time
from incidents.models import Category, EscalationStep, Incident, Severity

ACCEPT, RESOLVE = EscalationStep.Target
BATCH_SIZE = 5000  # incidents that are looked at in one transaction
# Default ladder for packs without one: target, offset, who, by SMS, by e-mail.
DEFAULT_STEPS = (
    ("accept", "-25%", "handler", False, True),
    ("accept", "0", "handler", True, True),
    ("accept", "0", "head", True, False),
    ("resolve", "-25%", "handler", False, True),
    ("resolve", "-4h", "handler", True, False),
    ("resolve", "0", "head", True, True),
    ("resolve", "+1wd", "leader", True, True),
    ("resolve", "+3wd", "city", False, True),
)


@dataclass(frozen=True)
class ScheduledStep:
    """An escalation step of one incident: its moment, and the deadline it belongs to."""

    step: EscalationStep
    deadline: datetime
    moment: datetime

    @property
    def escalates(self) -> bool:
        return self.step.target == RESOLVE and self.moment >= self.deadline


class Ladders:
    """Escalation steps of all categories, read once for many incidents."""

    def __init__(self, book: rulebook.Rulebook | None = None):
        book = book or rulebook.current_rulebook()
        self.steps_by_category, self.rules = book.escalation_steps, service_levels.current_rules(book)

    def steps_of(self, category: Category) -> list[EscalationStep]:
        keys = (category.pk, category.parent_id, None)
        return next((self.steps_by_category[key] for key in keys if key in self.steps_by_category), [])

    def scheduled_steps(self, incident: Incident) -> list[ScheduledStep]:
        """Steps of an incident in its present state; none while its clock is paused."""
        if incident.state not in Incident.RUNNING:
            return []
        running: dict[str, datetime] = {RESOLVE: localtime(incident.due_at)}
        if incident.state in Incident.UNACCEPTED:
            running[ACCEPT] = localtime(incident.accept_by)
        calendar, start = self.rules.calendar(incident.authority_id), service_levels.clock_start(incident)
        return [
            ScheduledStep(step, deadline, working_time.shift_deadline(deadline, step.offset, calendar, start))
            for step in self.steps_of(incident.category)
            if (deadline := running.get(step.target))
        ]


def next_moment(schedule: Iterable[ScheduledStep], after: datetime) -> datetime | None:
    return min((scheduled.moment for scheduled in schedule if scheduled.moment > after), default=None)


def next_check(schedule: Sequence[ScheduledStep], at: datetime, was: datetime | None = None) -> datetime | None:
    """Next moment to check after this one. `was`: the former next check.

    A past moment that was not checked yet stays. An overdue incident is checked at once.
    """
    if not schedule:
        return None
    if was and was <= at:
        return was
    if any(scheduled.escalates and scheduled.moment <= at for scheduled in schedule):
        return at
    return next_moment(schedule, at)


def set_next_check(incident: Incident, at: datetime | None = None, book: rulebook.Rulebook | None = None) -> None:
    """Set `next_check_at`, unsaved, after a change of state or deadline."""
    incident.next_check_at = next_check(Ladders(book).scheduled_steps(incident), at or now(), incident.next_check_at)


def reached_steps(schedule: Iterable[ScheduledStep], since: datetime, at: datetime) -> list[tuple[ScheduledStep, bool]]:
    """(step, whether it is sent) for steps reached by `at`, where the last check was before `since`.

    Of each target only the last step is sent. Warnings whose moment passed before `since` no longer count; overdue
    steps always do.
    """
    steps = [
        scheduled
        for scheduled in schedule
        if scheduled.moment <= at and (scheduled.moment >= since or scheduled.escalates)
    ]
    last = {}
    for scheduled in steps:
        last[scheduled.step.target] = max(scheduled.moment, last.get(scheduled.step.target, scheduled.moment))
    return [(scheduled, scheduled.moment == last[scheduled.step.target]) for scheduled in steps]


def renew_next_checks(at: datetime | None = None) -> int:
    """Recompute the next check of every open incident after ladders changed. Returns how many.

    New steps whose moment an incident has passed already are not sent: only later ones count.
    """
    at, ladders, last, count = at or now(), Ladders(), 0, 0
    while True:
        with transaction.atomic():
            running = Incident.objects.filter(state__in=Incident.RUNNING, pk__gt=last).order_by("pk")
            some = list(running.select_for_update(of=("self",)).select_related("category")[:BATCH_SIZE])
            if not some:
                return count
            next_checks = []
            for incident in some:
                waits = incident.next_check_at and incident.next_check_at <= at
                next_checks.append(
                    (
                        incident.pk,
                        incident.next_check_at if waits else next_moment(ladders.scheduled_steps(incident), at),
                    )
                )
            store_next_checks(next_checks)
        last, count = some[-1].pk, count + len(some)


def store_next_checks(next_checks: Sequence[tuple[int, datetime | None]]) -> None:
    """Update `next_check_at` by pairs of key and moment or None."""
    keys, moments = zip(*next_checks, strict=True) if next_checks else ((), ())
    sql.execute("store_next_checks", incidents=list(keys), moments=list(moments))


def replace_steps(rows: Sequence[tuple], categories: dict[str, Category]) -> int:
    """Replace all escalation steps: (category code or "", target, offset, who, sms, email).

    An unchanged step keeps its row, and with it its reminders.
    """
    EscalationStep.objects.bulk_create(
        [
            EscalationStep(category=categories.get(code), target=target, offset=offset, who=who, sms=sms, email=email)
            for code, target, offset, who, sms, email in rows
        ],
        update_conflicts=True,
        unique_fields=["category", "target", "offset", "who"],
        update_fields=["sms", "email"],
    )
    named = {(code, target, offset, who) for code, target, offset, who, *_media in rows}
    codes: dict[int | None, str] = {category.pk: code for code, category in categories.items()}
    removed = [
        step.pk
        for step in EscalationStep.objects.all()
        if (codes.get(step.category_id, ""), step.target, step.offset, step.who) not in named
    ]
    EscalationStep.objects.filter(pk__in=removed).delete()
    return len(rows)


def preview_steps(category: Category, start: datetime, ladders: Ladders | None = None) -> list[ScheduledStep]:
    """Scheduled steps of an incident of this category received at `start`."""
    ladders = ladders or Ladders()
    dates = ladders.rules.dates(category, Severity.NORMAL, None, localtime(start))
    sample = Incident(
        category=category, state=Incident.State.RECEIVED, received_at=start,
        accept_by=dates.accept_by, due_at=dates.due_at,
    )  # fmt: skip
    return sorted(ladders.scheduled_steps(sample), key=lambda scheduled: (scheduled.moment, scheduled.step.pk))


def offset_fault(offset: str) -> str | None:
    """Why an offset is invalid, in the active language; None for a valid one."""
    try:
        working_time.shift_deadline(now(), offset, working_time.Calendar(), now())
    except ValueError as fault:
        return str(fault)
    return None


def sample_leaf(category: Category | None) -> Category | None:
    """A leaf to which the ladder of this category (leaf, group, or None for any) applies, or None."""
    ladders = Ladders()
    leaves = Category.objects.leaves().select_related("parent").order_by("position", "code")
    wanted = category and category.pk
    return next((leaf for leaf in leaves if any(step.category_id == wanted for step in ladders.steps_of(leaf))), None)
