"""Decide area and authority of open incidents when boundaries change, and why: in memory, written in bulk."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.db import connection
from django.utils.timezone import now
from django.utils.translation import gettext_noop

from gis_data.models import Area, Edition
from incidents import sql, timeline
from incidents.models import Authority, Category, Event, Incident, Reform
from incidents.routing import rules

ENACTED = gettext_noop("New boundaries have been in force since %(day)s (%(edition)s).")
TAKEN_BACK = gettext_noop("The boundaries of %(day)s were revoked (%(edition)s).")
LAY_ELSEWHERE = gettext_noop("The place was in %(old)s and is now in %(new)s.")
STILL_IN = gettext_noop("The place is still in %(new)s.")
IN_NONE = gettext_noop("The place was in %(old)s and is not in any area of the new boundaries.")
TO_DUTY_DESK = gettext_noop("The duty desk finds the right unit.")
FIELD_STAYS = gettext_noop("It had been transferred to %(unit)s, which does not depend on areas and keeps it.")
UNIT_STAYS = gettext_noop("It had been transferred to %(unit)s, which continues and keeps it.")
UNIT_OF_PLACE = gettext_noop(
    "It had been transferred to %(was)s, whose area no longer exists: the unit at the location has it."
)
SAME_UNIT = gettext_noop("The same unit is responsible.")
GIVEN_BACK = gettext_noop("%(unit)s has it again.")
MOVED_SINCE = gettext_noop("%(unit)s has received it since then and keeps it.")
OPEN_STATES = [str(state) for state in Incident.OPEN]


@dataclass(frozen=True)
class MoveCase:
    """The input of a decision. `before`, `after`: the areas of the place in the old and new law, deepest first."""

    category: Category
    area: Area
    authority: Authority
    before: tuple
    after: tuple


@dataclass(frozen=True)
class MoveDecision:
    """The new area and authority of an incident, and why: {"vi": …, "en": …}."""

    area: Area
    authority: Authority
    why: dict


def decide_move(case, old, new) -> MoveDecision:
    """Decide what becomes of an open incident when one law replaces another. Pure.

    An incident routed by the old rules is routed by the new rules. One that a person handed to a unit without an area,
    or whose area remains, stays there; if that unit's area ends, the unit of the place gets it. One outside all new
    areas keeps its area and goes to the duty desk. `old` may be None: then only the new rules count.
    """
    if not case.after:
        return MoveDecision(case.area, new.desk, rules.in_both_languages(TO_DUTY_DESK))
    area = case.after[0]
    answers, rule = new.answer(case.category, case.after)
    if old is None or old.answer(case.category, case.before)[0] == case.authority:
        return MoveDecision(area, answers, rules.rule_reason(rule))
    if case.authority.pk in new.homes:
        return MoveDecision(
            area, case.authority, rules.in_both_languages(UNIT_STAYS, unit=lambda: case.authority.title)
        )
    if case.authority.pk in old.homes:
        local = next((new.own[area.pk] for area in case.after if area.pk in new.own), answers)
        return MoveDecision(area, local, rules.in_both_languages(UNIT_OF_PLACE, was=lambda: case.authority.title))
    return MoveDecision(area, case.authority, rules.in_both_languages(FIELD_STAYS, unit=lambda: case.authority.title))


class LawChange:
    """A change of law: the editions before and after it, and the sentence that opens its history lines."""

    def __init__(self, reform: Reform, kind: Event.Kind, before: Iterable[Edition], after: Iterable[Edition]) -> None:
        self.reform, self.kind, self.before, self.after = reform, kind, before, after
        self.areas = {
            area.pk: area
            for area in Area.objects.filter(edition__in=[*before, *after]).defer("shape", "outline")
        }  # fmt: skip
        self.categories = Category.objects.in_bulk()
        self.authorities = Authority.objects.in_bulk()
        self.at = now()
        self.lines = {}
        sentence = {Event.Kind.REDRAWN: ENACTED, Event.Kind.RESTORED: TAKEN_BACK}[kind]
        self.opening = rules.in_both_languages(
            sentence, day=f"{reform.day:%d/%m/%Y}", edition=lambda: reform.edition.title
        )[settings.LANGUAGE_CODE]

    def areas_in(self, keys: Iterable[int], editions: Iterable[Edition]) -> tuple[Area, ...]:
        wanted = {edition.pk for edition in editions}
        areas = [self.areas[key] for key in keys if key in self.areas and self.areas[key].edition_id in wanted]
        return tuple(sorted(areas, key=lambda area: -area.level))

    def shared_line(self, old_area, area, why, outside=False):
        key = (old_area.pk, area.pk, why["en"], outside)
        if key not in self.lines:
            sentence = IN_NONE if outside else STILL_IN if old_area.full_name == area.full_name else LAY_ELSEWHERE
            place = rules.in_both_languages(sentence, old=lambda: old_area.title, new=lambda: area.title)
            self.lines[key] = timeline.Line(self.kind, note=self.opening, at=self.at, reasons=(place, why))
        return self.lines[key]

    @cache  # noqa: B019 - a change lives as long as its transaction
    def unit_sentence(self, sentence, unit):
        return rules.in_both_languages(sentence, unit=lambda: unit.title)


def have_same_name(old_area, area):
    return (old_area.code, old_area.full_name) == (area.code, area.full_name)


def move_incidents(
    change: LawChange,
    old: rules.RuleSnapshot | None,
    new: rules.RuleSnapshot,
    *,
    units: Collection[int] = (),
    ledger: dict | None = None,
) -> dict[str, int]:
    """Set area and authority of every open incident that the change concerns, with a line of history.

    Concerned are those in ended areas, and those of the units of these areas (or `units`, by key). With a `ledger`, the
    changes are stored for taking back: Reassignment; under "waiting" whose clock restarts, under "handlers" the
    handlers of what goes to another unit. Returns counts.
    """
    ended = [edition for edition in change.before if edition not in change.after]
    rows = sql.execute(
        "open_cases",
        editions=[edition.pk for edition in {*change.before, *change.after}],
        ended=[edition.pk for edition in ended],
        open=OPEN_STATES,
        units=list(units),
        reform=change.reform.pk,
    )
    decisions, moves, written, notified = {}, [], [], set()
    counts = {"open": 0, "moved": 0, "stayed": 0, "outside": 0, "to_desk": 0, "untouched": 0}
    for key, category, area, authority, state, places in rows:
        signature = (category, area, authority, tuple(places))
        if signature not in decisions:
            decisions[signature] = decide_alike(change, old, new, *signature)
        case, decision = decisions[signature]
        another, outside = decision.authority != case.authority, not case.after
        if decision.area == case.area and not another:
            counts["untouched"] += 1
            continue
        falls = another and decision.authority.duty_desk
        moves.append((
            key, area, decision.area.pk, authority, decision.authority.pk, state,
            str(Incident.State.RECEIVED) if falls else state,
        ))  # fmt: skip
        if another or outside or not have_same_name(case.area, decision.area):
            written.append((key, change.shared_line(case.area, decision.area, decision.why, outside)))
        if another:
            notified.add(key)
        counts["open"] += 1
        counts["moved" if another else "stayed"] += 1
        counts["outside"] += outside
        counts["to_desk"] += falls
    write_moves(change, moves, ledger)
    timeline.write_lines_in_bulk(written, notified)
    return counts


def decide_alike(change, old, new, category, area, authority, places):
    keys = [area, *places]
    case = MoveCase(
        change.categories[category],
        change.areas.get(area) or Area.objects.defer("shape", "outline").get(pk=area),
        change.authorities[authority],
        change.areas_in(keys, change.before),
        change.areas_in(keys, change.after),
    )
    return case, decide_move(case, old, new)


def write_moves(change, moves, ledger):
    """Write the decisions (rows as in stage_moves.sql)."""
    sql.execute("stage_moves")
    with connection.cursor() as cursor:
        with cursor.copy("COPY staged_move FROM STDIN") as copy:
            for move in moves:
                copy.write_row(move)
        cursor.execute("ANALYZE staged_move")
    if ledger is not None:
        fallen = [key for key, *_some, old_state, state in moves if old_state == "waiting" != state]
        ledger.setdefault("waiting", []).extend(
            {"incident": key, "since": since.isoformat(), "due": due.isoformat(), "first": first and first.isoformat()}  # type: ignore[union-attr]  # what waits has waited since then
            for key, since, due, first in Incident.objects.filter(pk__in=fallen).values_list(
                "pk", "waiting_since", "due_at", "first_due_at"
            )
        )
        leaving = [key for key, _old, _new, authority, to, *_states in moves if authority != to]
        handled = Incident.objects.filter(pk__in=leaving, handler__isnull=False)
        ledger.setdefault("handlers", []).extend(
            {"incident": key, "handler": handler} for key, handler in handled.values_list("pk", "handler")
        )
        sql.execute("remember_moves", reform=change.reform.pk)
    sql.execute("move", at=change.at)


def restore_incidents(change: LawChange, desk: Authority, ledger: dict, leaving: Collection[int]) -> dict[str, int]:
    """Restore the area of the incidents that the reform moved, and authority and state if nobody moved them.

    Open ones of units that are `leaving` (keys) are left to `move_incidents`, which writes their lines. Returns counts.
    """
    rows = sql.execute(
        "restore",
        reform=change.reform.pk,
        waiting=json.dumps(ledger["waiting"]),
        handlers=json.dumps(ledger.get("handlers", [])),
        open=OPEN_STATES,
        desk=desk.pk,
        at=change.at,
    )
    written, notified = [], set()
    counts = {"restored": 0, "moved_since": 0}
    for key, state, old_area, new_area, authority, old_authority, new_authority in rows:
        back, another = authority == old_authority, old_authority != new_authority
        if authority in leaving and state in OPEN_STATES:
            continue
        counts["restored" if back else "moved_since"] += 1
        new_place, here, unit = change.areas[new_area], change.areas[old_area], change.authorities[authority]
        if another or not have_same_name(new_place, here):
            sentence = MOVED_SINCE if not back else GIVEN_BACK if another else SAME_UNIT
            written.append((key, change.shared_line(new_place, here, change.unit_sentence(sentence, unit))))
        if back and another:
            notified.add(key)
    timeline.write_lines_in_bulk(written, notified)
    return counts
