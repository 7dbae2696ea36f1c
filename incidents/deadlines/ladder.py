"""The escalation steps of an open incident: which count for it, and at which moments somebody is reminded.

A leaf's own steps, else its group's, else the general ones. A step stands at an offset from a deadline, so a deadline
that moves has steps of its own. `Incident.next_check_at` is the next moment at which somebody must look: who changes
deadlines in bulk below this module writes the present moment there, and the next minute's chase sees to the rest.
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
# The ladder that ships, for a city whose pack has none: target, offset, who, by SMS, by e-mail.
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
    """An escalation step of one incident: when it is reached, and for which deadline."""

    step: EscalationStep
    deadline: datetime
    moment: datetime

    @property
    def escalates(self) -> bool:
        """Whether it tells that something was not resolved in time: that is told however late it is noticed."""
        return self.step.target == RESOLVE and self.moment >= self.deadline


class Ladders:
    """The escalation steps of all categories, read once for many incidents."""

    def __init__(self, book: rulebook.Rulebook | None = None):
        book = book or rulebook.current_rulebook()
        self.steps_by_category, self.rules = book.escalation_steps, service_levels.current_rules(book)

    def steps_of(self, category: Category) -> list[EscalationStep]:
        """The escalation steps of a category: its own, else its group's, else the general ones."""
        keys = (category.pk, category.parent_id, None)
        return next((self.steps_by_category[key] for key in keys if key in self.steps_by_category), [])

    def scheduled_steps(self, incident: Incident) -> list[ScheduledStep]:
        """The escalation steps of an incident in its present state; none while its clock stands."""
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
    """The first of these moments after this one, or None."""
    return min((scheduled.moment for scheduled in schedule if scheduled.moment > after), default=None)


def next_check(schedule: Sequence[ScheduledStep], at: datetime, was: datetime | None = None) -> datetime | None:
    """When somebody must look next, from this moment on. `was`: when they were to look before.

    A moment that nobody has looked at yet stays. What is late already wants a look at once.
    """
    if not schedule:
        return None
    if was and was <= at:
        return was
    if any(scheduled.escalates and scheduled.moment <= at for scheduled in schedule):
        return at
    return next_moment(schedule, at)


def set_next_check(incident: Incident, at: datetime | None = None, book: rulebook.Rulebook | None = None) -> None:
    """Fill in `next_check_at`, unsaved, after the state or a deadline of an incident has changed."""
    incident.next_check_at = next_check(Ladders(book).scheduled_steps(incident), at or now(), incident.next_check_at)


def reached_steps(schedule: Iterable[ScheduledStep], since: datetime, at: datetime) -> list[tuple[ScheduledStep, bool]]:
    """The marks that are reached by `at`, where the last look was before `since`; each with whether it is told.

    Of each target only the last moment is told: what lies before it was passed over while nobody looked. A warning
    whose moment was passed before `since` no longer counts; that something is late always does.
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
    """Set the next look of every open incident anew, after the ladders were changed. Returns how many.

    A step that was put where incidents have passed already is not told to them: only what lies ahead counts.
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
    """Write when incidents are looked at next: pairs of key and moment or None."""
    keys, moments = zip(*next_checks, strict=True) if next_checks else ((), ())
    sql.execute("store_next_checks", incidents=list(keys), moments=list(moments))


def replace_steps(rows: Sequence[tuple], categories: dict[str, Category]) -> int:
    """Put these escalation steps in place of all: (category's code or "", target, offset, who, sms, email).

    A step that stays keeps its row, and with it who was reminded by it.
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
    """The marks of an incident of this category that comes in at `start`: what the ladder means, in moments."""
    ladders = ladders or Ladders()
    dates = ladders.rules.dates(category, Severity.NORMAL, None, localtime(start))
    sample = Incident(
        category=category, state=Incident.State.RECEIVED, received_at=start,
        accept_by=dates.accept_by, due_at=dates.due_at,
    )  # fmt: skip
    return sorted(ladders.scheduled_steps(sample), key=lambda scheduled: (scheduled.moment, scheduled.step.pk))


def offset_fault(offset: str) -> str | None:
    """What keeps an offset from being one, in the user's language; None for one that can be used."""
    try:
        working_time.shift_deadline(now(), offset, working_time.Calendar(), now())
    except ValueError as fault:
        return str(fault)
    return None


def sample_leaf(category: Category | None) -> Category | None:
    """A leaf that is chased by the ladder of this category (a leaf, a group, or None for any), or None."""
    ladders = Ladders()
    leaves = Category.objects.leaves().select_related("parent").order_by("position", "code")
    wanted = category and category.pk
    return next((leaf for leaf in leaves if any(step.category_id == wanted for step in ladders.steps_of(leaf))), None)
