"""Cache the rules for incoming reports in memory: categories, units, routing, times, escalation steps.

They change seldom and are read with every report. Triggers (sql/guards/rule_edits.sql) leave a mark in the transaction
of each change; `current_rulebook` compares the marks and reads everything anew if they differ. So nobody uses an
outdated rule, and a change is visible at once, also in its own transaction (docs/adr/0015).
"""

from copy import copy
from dataclasses import dataclass
from functools import lru_cache

from incidents import sql
from incidents.models import Authority, Category, EscalationStep, Question, RoutingRule


@dataclass(frozen=True, eq=False)
class Rulebook:
    """The rules as they were read; a key of caches. Threads share it: `leaf` and `unit` return copies."""

    categories: dict  # code → leaf, with its group, in menu order
    units: dict  # key → unit
    own: dict  # an area's key → the unit of its own
    desk: Authority | None
    rules: dict  # (category's key or None, area's key or None) → rule, with its unit
    escalation_steps: dict  # category's key or None → its escalation steps
    questions: dict  # key of a leaf or group → its questions
    times: str  # JSON of what due dates depend on: see service_levels.ServiceLevelRules

    def leaf(self, code: str) -> Category | None:
        return copy(self.categories.get(code))

    def questions_of(self, leaf: Category) -> list[Question]:
        questions = [*self.questions.get(leaf.parent_id, ()), *self.questions.get(leaf.pk, ())]
        return sorted(questions, key=lambda question: (question.position, question.pk))

    def asks(self, leaf: Category) -> bool:
        return any(question.required for question in self.questions_of(leaf))

    def unit(self, key: int) -> Authority:
        return copy(self.units[key])


def current_rulebook() -> Rulebook:
    """Return the rules as the caller's transaction sees them: one query if nothing changed since the last call."""
    return read_rulebook(sql.execute("edits")[0][0])


@lru_cache(maxsize=4)
def read_rulebook(marks: str) -> Rulebook:
    """Read the rules from the database; `marks` were read by the same connection just before.

    New marks may come meanwhile: then it holds more than they say, and the next caller reads it again.
    """
    units = Authority.objects.in_bulk()
    rules = list(RoutingRule.objects.all())
    for rule in rules:
        rule.authority = units.get(rule.authority_id)
    escalation_steps = {}
    for step in EscalationStep.objects.order_by("pk"):
        escalation_steps.setdefault(step.category_id, []).append(step)
    questions = {}
    for question in Question.objects.all():
        questions.setdefault(question.category_id, []).append(question)
    return Rulebook(
        categories={leaf.code: leaf for leaf in Category.objects.leaves().in_menu_order()},
        units=units,
        own={unit.area_id: unit for unit in units.values() if unit.area_id},
        desk=next((unit for unit in units.values() if unit.duty_desk), None),
        rules={(rule.category_id, rule.area_id): rule for rule in rules},
        escalation_steps=escalation_steps,
        questions=questions,
        times=sql.execute("rules_of_time")[0][0],
    )
