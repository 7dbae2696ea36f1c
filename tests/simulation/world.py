"""The simulated city: units with people, categories, escalation steps.

`described` returns all of it in plain values.
"""

from dataclasses import dataclass
from datetime import timedelta

from geoapp.db import connections
from gis_data.models import Area
from incidents.models import (
    Absence,
    Authority,
    CalendarDay,
    Category,
    Contact,
    EscalationStep,
    Membership,
    ServiceLevel,
    User,
)

LEADER, SUPERVISOR = Membership.Role.LEADER, Membership.Role.SUPERVISOR
BLOCS = 4  # between the city and its units
MORNINGS = "Mon-Fri 07:30-11:30 13:00-17:00; Sat 07:30-11:30"
EVERY_NTH = {"mornings": 5, "headless": 7, "deskless": 11, "absent": 4}  # which units are a little different


@dataclass(frozen=True)
class Unit:
    pk: int
    code: str
    diligence: float  # the part of its work that it does not forget
    busy: float  # how much is reported to it


class World:
    """Rows in the database: a tree of units, a mailbox and a head for most, leaders above them, some absent."""

    def __init__(self, units, dice, first):
        ServiceLevel.objects.all().delete()
        self.top = Authority.objects.create(code="sim-top", kind="SIM", name="Sim")
        self.blocs = [
            Authority.objects.create(code=f"sim-bloc-{n}", kind="SIM", name=f"Sim bloc {n}", parent=self.top)
            for n in range(BLOCS)
        ]
        self.leaves = list(Category.objects.leaves().filter(restricted=False).order_by("code"))
        self.areas = list(Area.objects.order_by("-level", "code").only("pk", "label_point")[:20])
        self.posts, self.absences, self.heads, self.desks = [], [], {}, {}
        self.units = [self.unit(n, dice) for n in range(units)]
        for n, bloc in enumerate(self.blocs):
            self.post(f"bloc-{n}", bloc)
        self.post("mayor", self.top)
        groups = list(Category.objects.filter(parent=None).order_by("code"))[:2]
        self.deputies = {group.code: self.post(f"deputy-{group.code}", self.top, category=group) for group in groups}
        for n, (code, user) in enumerate(self.heads.items()):
            if n % EVERY_NTH["absent"] == 3:
                self.away(code, user, first + timedelta(days=3 + n % 11))

    def unit(self, n, dice):
        hours = MORNINGS if n % EVERY_NTH["mornings"] == 4 else ""
        authority = Authority.objects.create(
            code=f"sim-{n}", kind="SIM", name=f"Sim {n}", parent=self.blocs[n % BLOCS], office_hours=hours
        )
        if n % EVERY_NTH["deskless"] != 10:
            self.desks[authority.code] = f"desk-{n}@example.invalid"
            Contact.objects.create(authority=authority, label="Desk", email=self.desks[authority.code])
        if n % EVERY_NTH["headless"] != 6:
            self.heads[authority.code] = self.post(f"head-{n}", authority)
        return Unit(authority.pk, authority.code, dice.uniform(0.75, 0.97), dice.uniform(0.5, 2))

    def post(self, name, authority, **only):
        user = User.objects.create(username=f"sim-{name}", email=f"{name}@example.invalid")
        with connections.as_owner():
            post = Membership.objects.create(user=user, authority=authority, role=LEADER, **only)
        self.posts.append((post.pk, authority.code, only.get("category") and only["category"].code))
        return user

    def away(self, code, user, since):
        deputy = User.objects.create(username=f"sim-for-{code}", email=f"for-{code}@example.invalid")
        until = since + timedelta(days=6)
        with connections.as_owner():
            Absence.objects.create(user=user, deputy=deputy, starts=since, ends=until)
        self.absences.append((user.email, since, until, deputy.email))

    def described(self):
        """Returns the city in plain values for the independent check."""
        parents = {unit_row.code: f"sim-bloc-{n % BLOCS}" for n, unit_row in enumerate(self.units)}
        parents |= {bloc.code: self.top.code for bloc in self.blocs}
        hours = dict(Authority.objects.filter(code__in=parents).values_list("code", "office_hours"))
        return {
            "parents": parents,
            "mornings": {code for code, text in hours.items() if text},
            "desks": self.desks,
            "heads": {code: user.email for code, user in self.heads.items()},
            "leaders": {bloc.code: f"bloc-{n}@example.invalid" for n, bloc in enumerate(self.blocs)},
            "deputies": {code: user.email for code, user in self.deputies.items()},
            "city": "mayor@example.invalid",
            "absences": self.absences,
            "posts": self.posts,
            "groups": {leaf.code: leaf.code_of_group for leaf in self.with_groups()},
            "targets": {leaf.code: (leaf.accept_within, leaf.resolve_within) for leaf in self.leaves},
            "steps": [
                (step.pk, step.category and step.category.code, step.target, step.offset, step.who)
                for step in EscalationStep.objects.select_related("category").order_by("pk")
            ],
        }

    def with_groups(self):
        codes = dict(Category.objects.filter(parent=None).values_list("pk", "code"))
        for leaf in self.leaves:
            leaf.code_of_group = codes[leaf.parent_id]
        return self.leaves


def calendar(off, worked):
    CalendarDay.objects.all().delete()
    CalendarDay.objects.bulk_create(
        [CalendarDay(day=day, works=False, name="off") for day in off]
        + [CalendarDay(day=day, works=True, name="worked") for day in worked]
    )
