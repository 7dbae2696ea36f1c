"""Simulate half a year of a city: own clock, real reminders and digests on real rows.

Units differ in diligence: a forgotten incident waits until somebody reminds the unit or finds it by chance. All events
are kept as plain data (`Story`), from which `check` computes independently who had to be notified.
"""

import heapq
import random
import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count

from django.db.models import Min
from django.utils.timezone import localtime, make_aware

from incidents import rulebook, workflow
from incidents.deadlines import ladder, service_levels, working_time
from incidents.escalation import digest
from incidents.escalation import reminders as chasing
from incidents.models import Authority, Digest, Event, Incident, Notice, Rating, Reminder, Report
from tests.simulation.world import World

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LAST = 1_000_000_000  # greater than the number of anything in the queue
# How often reports come in each hour of a day, midnight first.
HOURS = (2, 1, 1, 1, 2, 5, 10, 18, 22, 22, 20, 16, 12, 13, 16, 18, 20, 22, 20, 18, 16, 12, 7, 4)
# What comes of incidents, in parts of all.
ASKED, MORE_TIME, GRANTED, HANDED_OVER, REOPENED, RATED = 0.08, 0.05, 0.7, 0.04, 0.03, 0.08
# How likely a unit acts on a reminder, by who was reminded.
ACTS = {"handler": 0.55, "head": 0.75, "leader": 0.9, "city": 0.95}


@dataclass
class Story:
    """All events in plain values; moments are local time."""

    reports: dict = field(default_factory=dict)  # n → moment, unit, category, area
    steps: list = field(default_factory=list)  # (moment, n, step, until when for a grant, to whom for a hand-over)
    stars: list = field(default_factory=list)  # (moment, n, stars)
    reminders: list = field(default_factory=list)  # (moment, n, step, deadline, told)
    letters: list = field(default_factory=list)  # (moment, address, {n})
    digests: list = field(default_factory=list)  # (moment, week, post, counts)


@dataclass
class Case:
    """An incident in the simulation: its random generator and its next actions."""

    n: int
    pk: int
    unit: object
    dice: random.Random
    target: str  # by when it is to be resolved
    version: int = 0  # of the plan: an older one is dropped
    planned: datetime | None = None


class Simulation:
    """`outages`: pairs of moments between which no worker runs; `every`: minutes from one chase to the next."""

    def __init__(self, first: date, days, per_day, units=86, seed=1, chases=True, every=1, outages=(), say=None):
        self.first, self.days, self.per_day, self.seed = first, days, per_day, seed
        self.start, self.end = at(first), at(first + timedelta(days=days))
        self.chases, self.every = chases, every
        self.outages = [(make_aware(since), make_aware(until)) for since, until in outages]
        self.say = say or (lambda line: None)
        self.world = World(units, random.Random(f"{seed} world"), first)
        self.book = rulebook.current_rulebook()
        self.rules = service_levels.current_rules(self.book)
        self.leaves = {leaf.pk: leaf for leaf in self.world.leaves}
        self.story, self.cases, self.by_key, self.queue, self.order = Story(), {}, {}, [], count()
        self.seen = {"reminder": 0, "notice": 0, "digest": 0}

    def run(self):
        self.queue = [(moment, next(self.order), None, 0, "report") for moment in self.moments()]
        # What is told at a moment comes after all that was done at it.
        self.queue += [(moment, LAST + next(self.order), None, 0, "digest") for moment in self.digest_moments()]
        heapq.heapify(self.queue)
        self.look, day = None, self.start
        while True:
            upcoming = min(self.queue[0][0], self.end) if self.queue else self.end
            if self.look and self.look < upcoming:
                self.chase(self.look)
                self.look = self.minute_after(Incident.objects.aggregate(first=Min("next_check_at"))["first"])
                continue
            if upcoming == self.end:
                return self.story
            moment, _order, case, version, what = heapq.heappop(self.queue)
            if what == "report":
                self.report(moment)
            elif what == "digest":
                self.tell_digest(moment)
            elif version == case.version:
                self.step(case, what, moment)
            else:
                continue
            while day <= moment:
                self.say(f"{day:%d/%m/%Y}  {len(self.cases):>6} reports  {len(self.story.reminders):>6} reminders")
                day += timedelta(days=7)

    # ── Its clock

    def moments(self):
        dice = random.Random(f"{self.seed} reports")
        for day in range(self.days):
            for _one in range(dice.randint(self.per_day * 8 // 10, self.per_day * 12 // 10)):
                hour = dice.choices(range(24), HOURS)[0]
                yield at(self.first + timedelta(days=day)) + hour * HOUR + dice.randrange(60) * MINUTE

    def digest_moments(self):
        """Returns moments before its hour, at it, and after an outage; on Monday too, when it is too late."""
        for day in range(self.days):
            midnight = at(self.first + timedelta(days=day))
            hours = {5: (14.9, 15, 16), 6: (9,), 7: (20,), 1: (0.1,)}.get(midnight.isoweekday(), ())
            for hour in hours:
                moment = midnight + timedelta(minutes=round(hour * 60))
                if not self.out(moment):
                    yield moment

    def out(self, moment):
        return any(since <= moment < until for since, until in self.outages)

    def minute_after(self, due):
        """Returns the first minute of a worker at which something due is checked; None if nothing is."""
        if due is None:
            return None
        length = self.every * MINUTE
        look = self.start + -(-(localtime(due) - self.start) // length) * length
        while self.out(look):
            look += length
        return look

    def set_look(self, row, moment):
        if self.chases:
            ladder.set_next_check(row, moment, self.book)
            if row.next_check_at:
                self.look = min(filter(None, (self.look, self.minute_after(row.next_check_at))))

    # ── What happens

    def report(self, moment):
        n = len(self.cases)
        dice = random.Random(f"{self.seed} {n}")
        unit = dice.choices(self.world.units, [unit_row.busy for unit_row in self.world.units])[0]
        category = dice.choice(self.world.leaves)
        area = dice.choice(self.world.areas)
        dates = self.rules.dates(category, "normal", unit.pk, moment)
        row = Incident(
            reference=f"S-{n}", category=category, state=Incident.State.ASSIGNED, place=area.label_point, area=area,
            authority_id=unit.pk, published=False, received_at=moment, changed_at=moment, accept_by=dates.accept_by,
            due_at=dates.due_at, due_date_trace=dates.due_date_trace,
        )  # fmt: skip
        self.set_look(row, moment)
        row.save()
        case = self.cases[n] = self.by_key[row.pk] = Case(n, row.pk, unit, dice, category.resolve_within)
        self.story.reports[n] = (wall(moment), unit.code, category.code, area.pk)
        self.plan_answer(case, row, moment)

    def step(self, case, name, moment):
        row = Incident.objects.get(pk=case.pk)
        row.category = self.leaves[row.category_id]
        more = to = None
        if name == "grant":
            until = row.due_at + timedelta(days=case.dice.randint(1, 4))
            service_levels.add_extension(row, until)
            more = wall(until)
        elif name == "hand_over":
            case.unit = case.dice.choice([unit for unit in self.world.units if unit != case.unit])
            to, more = Authority.objects.get(pk=case.unit.pk), case.unit.code
        workflow.apply_step(row, name, moment, to)
        self.set_look(row, moment)
        row.save(update_fields=workflow.STEP_FIELDS)
        self.story.steps.append((wall(moment), case.n, name, more))
        case.planned = None
        self.plan_next(case, row, name, moment)

    def plan_next(self, case, row, name, moment):
        dice = case.dice
        if name == "accept" and dice.random() < ASKED:
            self.plan(case, "ask", self.office(case, moment + dice.uniform(0.2, 4) * HOUR))
        elif name == "accept" and dice.random() < MORE_TIME:
            self.plan(case, "more_time", self.office(case, moment + dice.uniform(1, 10) * HOUR))
        elif name == "ask":
            self.plan(case, "answer", moment + dice.uniform(0.5, 60) * HOUR)
        elif name == "more_time":
            grants = "grant" if dice.random() < GRANTED else "refuse"
            self.plan(case, grants, self.office(case, moment + dice.uniform(1, 30) * HOUR))
        elif name == "accept" and dice.random() < HANDED_OVER / 2:
            self.plan(case, "hand_over", self.office(case, moment + dice.uniform(1, 60) * HOUR))
        elif name == "hand_over":
            self.plan_answer(case, row, moment)
        elif name == "resolve":
            if dice.random() < RATED:
                self.rate(case, row, moment)
            if dice.random() < REOPENED:
                self.plan(case, "reopen", moment + dice.uniform(1, 60) * HOUR)
        else:
            self.plan_result(case, row, moment)

    def plan_answer(self, case, row, moment):
        dice, left = case.dice, max(row.accept_by - moment, HOUR)
        what = "hand_over" if dice.random() < HANDED_OVER else "accept"
        if dice.random() < case.unit.diligence:
            self.plan(case, what, self.office(case, moment + left * dice.uniform(0.1, 0.7)))
        else:
            self.plan(case, what, self.office(case, moment + timedelta(days=dice.uniform(1, 9))))

    def plan_result(self, case, row, moment):
        left = max(row.due_at - moment, HOUR)
        if case.dice.random() < case.unit.diligence:
            self.plan(case, "resolve", self.office(case, moment + left * case.dice.uniform(0.2, 0.8)))
        else:
            self.plan(case, "resolve", self.office(case, moment + left + timedelta(days=case.dice.uniform(0.5, 16))))

    def plan(self, case, what, moment):
        case.version += 1
        case.planned = moment.replace(second=0, microsecond=0) + MINUTE
        heapq.heappush(self.queue, (case.planned, next(self.order), case, case.version, what))

    def office(self, case, moment):
        """Returns a moment in the unit's office hours: this one, or some time after they begin again.

        Targets around the clock are worked on around the clock.
        """
        if not working_time.counts_office_time(case.target):
            return moment
        calendar = self.rules.calendar(case.unit.pk)
        opens = localtime(working_time.add_working_time(moment, MINUTE, calendar)) - MINUTE
        return moment if opens <= moment else opens + case.dice.uniform(0, 90) * MINUTE

    def rate(self, case, row, moment):
        report = Report.objects.create(incident=row, channel="web", place=row.place, received_at=row.received_at)
        line = Event.objects.create(incident=row, kind=Event.Kind.RESOLVED, state=row.state, at=moment)
        stars = case.dice.randint(1, 5)
        Rating.objects.create(report=report, result=line, stars=stars, at=moment)
        self.story.stars.append((wall(moment), case.n, stars))

    # ── Who is told, and what they do about it

    def chase(self, moment):
        chasing.send_due_reminders(moment)
        new = Reminder.objects.filter(pk__gt=self.seen["reminder"]).select_related("step").order_by("pk")
        for reminder in new:
            self.seen["reminder"] = reminder.pk
            case = self.by_key[reminder.incident_id]
            self.story.reminders.append(
                (wall(moment), case.n, reminder.step_id, wall(reminder.deadline), reminder.told)
            )
            if reminder.told:
                self.react(case, reminder.step, moment)
        letters = Notice.objects.filter(pk__gt=self.seen["notice"]).order_by("pk").values_list("pk", "address", "text")
        for key, address, text in letters:
            self.seen["notice"] = key
            named = {int(n) for n in re.findall(r"^- S-(\d+) ", text, re.M)}
            self.story.letters.append((wall(moment), address, named))

    def react(self, case, step, moment):
        """Moves what is planned for later to now, with a probability that grows with the level of the reminder."""
        wanted = step.target == "accept" or case.planned is not None
        if wanted and case.dice.random() < ACTS[step.who] * (0.5 + case.unit.diligence / 2):
            soon = self.office(case, moment + case.dice.uniform(0.1, 3) * HOUR)
            if case.planned and soon < case.planned:
                what = self.next_step(case)
                if what:
                    self.plan(case, what, soon)

    def next_step(self, case):
        state = Incident.objects.values_list("state", flat=True).get(pk=case.pk)
        return {"assigned": "accept", "accepted": "resolve", "working": "resolve"}.get(state)

    def tell_digest(self, moment):
        digest.send_due_digests(moment)
        for digest_row in Digest.objects.filter(pk__gt=self.seen["digest"]).order_by("pk"):
            self.seen["digest"] = digest_row.pk
            self.story.digests.append((wall(moment), digest_row.week, digest_row.post_id, digest_row.counts))
        last = Notice.objects.order_by("-pk").values_list("pk", flat=True).first()
        self.seen["notice"] = max(self.seen["notice"], last or 0)

    def late_rate(self):
        due = Incident.objects.filter(due_at__lt=self.end)
        late = sum(
            1 for incident in due.only("state", "due_at", "closed_at", "waiting_since") if self.was_late(incident)
        )
        return late / max(due.count(), 1)

    def was_late(self, incident):
        if incident.state == Incident.State.WAITING:
            return False
        return incident.closed_at is None or incident.closed_at > incident.due_at


def at(day):
    return make_aware(datetime.combine(day, time()))


def wall(moment):
    return localtime(moment).replace(tzinfo=None)
