"""Load who answers for what from a city pack: authorities, contacts, categories, routing rules."""

import re
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import validate_email, validate_slug
from django.db import transaction
from django.db.models import ProtectedError
from procrastinate.contrib.django import app

from gis_data.pack import YES, Faulty, doubled
from gis_data.words import plain
from incidents.deadlines import ladder, service_levels, working_time
from incidents.models import (
    AnswerTemplate,
    Authority,
    CalendarDay,
    Category,
    Contact,
    Incident,
    RoutingRule,
    Rung,
    ServiceLevel,
    Severity,
)
from incidents.models.catalogue import TARGET
from incidents.steps import ANSWERABLE

LOCAL = "local"  # in routing.csv: the authority of the area in which the place lies

AUTHORITY_COLUMNS = ["code", "kind", "name", "name_en", "area", "duty_desk"]
PARENT = "parent"  # a column that may be missing: the unit above, by its code
CONTACT_COLUMNS = ["authority", "label", "phone", "email"]
CATEGORY_COLUMNS = [
    "code", "parent", "name", "name_en", "icon", "accept_within", "resolve_within",
    "everyday", "emergency", "restricted", "units", "keywords",
]  # fmt: skip
CAMERAS = "cameras"  # a column that may be missing: whether cameras may look at a matter
RULE_COLUMNS = ["category", "area", "to", "reason", "reason_en"]
RUNG_COLUMNS = ["category", "target", "offset", "who", "sms", "email"]
DAY_COLUMNS = ["day", "works", "name"]
ANSWER_COLUMNS = ["category", "step", "title", "text"]
LEVEL_COLUMNS = ["category", "severity", "authority", "accept_within", "resolve_within"]


@dataclass
class Loaded:
    """How many of each were loaded."""

    authorities: int
    contacts: int
    categories: int
    rules: int


@transaction.atomic
def load(pack, places) -> Loaded:
    """Load the catalogue of a pack for the areas of `places`; all of it or, raising Faulty, nothing.

    Authorities and categories keep their row as long as their code stays. Authorities that the pack does not name are
    left as they are; categories that it does not name go, unless incidents have them. Contacts, rules and
    ladders are replaced; a pack without ladders gets the one that ships. Days of the calendar, service levels and
    ready words are added to those that there are. Open incidents are given due dates by all this anew, by a job.
    """
    authorities = load_authorities(pack.rows("authorities.csv", AUTHORITY_COLUMNS), places.named)
    contacts = load_contacts(pack.rows("contacts.csv", CONTACT_COLUMNS), authorities)
    rows = pack.rows("categories.csv", CATEGORY_COLUMNS)
    categories = load_categories(rows)
    units = {row["code"]: row["units"].split() for row in rows if row["units"]}
    rules = load_rules(pack.rows("routing.csv", RULE_COLUMNS), categories, units, authorities, places)
    load_ladder(pack.find("ladder.csv") and pack.rows("ladder.csv", RUNG_COLUMNS), categories)
    load_days((pack.find("calendar_days.csv") and pack.rows("calendar_days.csv", DAY_COLUMNS)) or [])
    rows = (pack.find("service_levels.csv") and pack.rows("service_levels.csv", LEVEL_COLUMNS)) or []
    load_levels(rows, categories, authorities)
    load_answers((pack.find("answers.csv") and pack.rows("answers.csv", ANSWER_COLUMNS)) or [], categories)
    if Incident.objects.open().exists():
        service_levels.defer_recomputation()
    return Loaded(len(authorities), contacts, len(categories), rules)


def refuse(name, rows, *checks):
    """Raise Faulty with every row of the file for which a check gives a sentence."""
    faults = [f"{name} line {row['line']}: {fault}" for row in rows for check in checks if (fault := check(row))]
    if faults:
        raise Faulty(*faults)


def filled(*columns):
    return lambda row: next((f"{column} is empty." for column in columns if not row[column]), None)


def among(column, known, what):
    return lambda row: row[column] and row[column] not in known and f"there is no {what} {row[column]}."


def yes_or_empty(*columns):
    return lambda row: next(
        (f"{column} is neither yes nor empty." for column in columns if row[column] not in YES), None
    )


def once(rows, *columns):
    twice = doubled(tuple(row[column] for column in columns) for row in rows)
    seen = " × ".join
    return lambda row: (
        (key := tuple(row[column] for column in columns)) in twice and f"{seen(key)} stands more than once."
    )


def accepted(validate, column):
    def check(row):
        try:
            row[column] and validate(row[column])
        except ValidationError:
            return f"{column} {row[column]!r} cannot be used."

    return check


def load_authorities(rows, areas):
    """Write the authorities; gives those of the pack by code."""
    local, codes = [row for row in rows if row["area"]], {row["code"] for row in rows}
    refuse(
        "authorities.csv", rows, filled("code", "kind", "name"), once(rows, "code"), accepted(validate_slug, "code"),
        among("area", areas, "area"), yes_or_empty("duty_desk"),
        lambda row: row.get(PARENT) and row[PARENT] not in codes and f"there is no authority {row[PARENT]}.",
        in_a_loop(rows),
    )  # fmt: skip
    refuse("authorities.csv", local, once(local, "area"))
    if sum(YES[row["duty_desk"]] for row in rows) != 1:
        raise Faulty("authorities.csv: exactly one authority must be the duty desk.")
    # An area's authority or the duty desk may have got another code: the old one steps back first.
    others = Authority.objects.exclude(code__in=[row["code"] for row in rows])
    others.filter(area__in=[areas[row["area"]] for row in local]).update(area=None)
    Authority.objects.filter(duty_desk=True).exclude(code=next(r["code"] for r in rows if r["duty_desk"])).update(
        duty_desk=False
    )
    known = dict(Authority.objects.filter(area__isnull=False).values_list("code", "area__code"))
    moved = [row["code"] for row in rows if known.get(row["code"], row["area"]) != row["area"]]
    Authority.objects.filter(code__in=moved).update(area=None)
    Authority.objects.bulk_create(
        [
            Authority(
                code=row["code"],
                kind=row["kind"],
                name=row["name"],
                name_en=row["name_en"],
                area=areas[row["area"]] if row["area"] else None,
                duty_desk=YES[row["duty_desk"]],
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["kind", "name", "name_en", "area", "duty_desk"],
    )
    if rows and PARENT in rows[0]:
        plant(rows)
    return {one.code: one for one in Authority.objects.filter(code__in=[row["code"] for row in rows])}


def in_a_loop(rows):
    """A check that going up from a unit comes to an end."""
    above = {row["code"]: row.get(PARENT) for row in rows}

    def check(row):
        code, passed = row["code"], set()
        while code and code not in passed:
            passed.add(code)
            code = above.get(code)
        return code == row["code"] and "the units above it lead back to itself."

    return check


def plant(rows):
    """Give each unit its place in the tree; all are uprooted first, for old and new places may make a loop."""
    units = {unit.code: unit for unit in Authority.objects.filter(code__in=[row["code"] for row in rows])}
    Authority.objects.filter(pk__in=[unit.pk for unit in units.values()]).update(parent=None)
    for row in rows:
        units[row["code"]].parent = units.get(row[PARENT])
    Authority.objects.bulk_update(units.values(), ["parent"])


def load_contacts(rows, authorities):
    def reachable(row):
        return not row["phone"] and not row["email"] and "neither phone nor email."

    refuse(
        "contacts.csv", rows, filled("authority", "label"), among("authority", authorities, "authority"),
        reachable, accepted(validate_email, "email"),
    )  # fmt: skip
    Contact.objects.filter(authority__in=authorities.values()).delete()
    made = Contact.objects.bulk_create(
        Contact(authority=authorities[row["authority"]], label=row["label"], phone=row["phone"], email=row["email"])
        for row in rows
    )
    return len(made)


def load_categories(rows):
    """Write groups, then leaves, in the order of the file; gives them by code."""
    groups, leaves = [row for row in rows if not row["parent"]], [row for row in rows if row["parent"]]

    def target(row):
        wrong = [row[key] for key in ("accept_within", "resolve_within") if not re.match(TARGET, row[key])]
        return wrong and f"{wrong[0]!r} is no target such as 30min, 4h, 10d or 5wd."

    refuse(
        "categories.csv", rows, filled("code", "name", "icon"), once(rows, "code"),
        yes_or_empty("everyday", "emergency", "restricted", *([CAMERAS] if says_cameras(rows) else [])),
    )  # fmt: skip
    refuse("categories.csv", leaves, among("parent", {row["code"] for row in groups}, "group"), target)
    refuse("categories.csv", groups, lambda row: row["resolve_within"] and "a group has no targets.")
    refuse("categories.csv", leaves, within_a_year("accept_within"), within_a_year("resolve_within"))
    if says_cameras(rows):
        look_away([row["code"] for row in rows if not row[CAMERAS]])
    position = {row["code"]: number for number, row in enumerate(rows)}
    kept = ("id", "code") if says_cameras(rows) else ("id", "code", CAMERAS)
    names = {row["code"]: f"{row['name']} {row['name_en']}" for row in rows}
    for some in (groups, leaves):
        saved = Category.objects.in_bulk([row["parent"] for row in some if row["parent"]], field_name="code")
        Category.objects.bulk_create(
            [
                Category(
                    code=row["code"],
                    parent=saved[row["parent"]] if row["parent"] else None,
                    name=row["name"],
                    name_en=row["name_en"],
                    icon=row["icon"],
                    position=position[row["code"]],
                    everyday=YES[row["everyday"]],
                    emergency=YES[row["emergency"]],
                    restricted=YES[row["restricted"]],
                    cameras=YES[row.get(CAMERAS, "")],
                    accept_within=row["accept_within"],
                    resolve_within=row["resolve_within"],
                    keywords=row["keywords"],
                    search=plain(f"{names[row['code']]} {row['keywords']} {names.get(row['parent'], '')}"),
                )
                for row in some
            ],
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=[f.name for f in Category._meta.concrete_fields if f.name not in kept],
        )
    gone = Category.objects.exclude(code__in=position)
    try:
        gone.filter(parent__isnull=False).delete()
        gone.delete()
    except ProtectedError as error:
        used = ", ".join(gone.values_list("code", flat=True))
        raise Faulty(f"categories.csv: {used} would vanish, but incidents have that category.") from error
    return Category.objects.in_bulk(field_name="code")


def says_cameras(rows):
    """Whether a pack says of its categories whether cameras may look at them."""
    return bool(rows) and CAMERAS in rows[0]


def look_away(codes):
    """From now on no camera looks at matters of these categories; what cameras kept of them is let go by a job."""
    if Category.objects.filter(code__in=codes, cameras=True).update(cameras=False):
        app.configure_task("cameras.let_go").defer()


def load_rules(rows, categories, units, authorities, places):
    """Replace all rules. A zone in the area column stands for each of its areas; a named area beats its zone."""

    def kinds(row):
        """What may answer for a leaf stands beside it in categories.csv: a rule that leads elsewhere is a slip."""
        if row["to"] == LOCAL or row["category"] not in units or row["to"] not in authorities:
            return None
        kind = authorities[row["to"]].kind
        return kind not in units[row["category"]] and f"{row['category']} is not for a {kind}."

    refuse(
        "routing.csv", rows, filled("to", "reason"), once(rows, "category", "area"),
        among("category", categories, "category"), among("area", {*places.named, *places.zones}, "area or zone"),
        among("to", {LOCAL, *authorities}, "authority"), kinds,
    )  # fmt: skip
    rules = {}
    for row in sorted(rows, key=lambda row: row["area"] in places.named):
        for area in places.zones.get(row["area"], [row["area"]]):
            rules[row["category"], area] = RoutingRule(
                category=categories.get(row["category"]),
                area=places.named.get(area),
                authority=authorities.get(row["to"]),
                reason=row["reason"],
                reason_en=row["reason_en"],
            )
    RoutingRule.objects.all().delete()
    return len(RoutingRule.objects.bulk_create(rules.values()))


def load_ladder(rows, categories):
    """Replace all rungs by which open incidents are chased, and look at these anew."""
    if rows is None:
        ladder.replace_steps([("", *rung) for rung in ladder.DEFAULT_STEPS], categories)
    else:
        refuse(
            "ladder.csv", rows, filled("target", "offset", "who"), once(rows, "category", "target", "offset", "who"),
            among("category", categories, "category"), among("target", Rung.Target.values, "target"),
            among("who", Rung.Who.values, "recipient"), yes_or_empty("sms", "email"), heard, at_a_moment,
        )  # fmt: skip
        ladder.replace_steps(
            [
                (*(row[key] for key in ("category", "target", "offset", "who")), YES[row["sms"]], YES[row["email"]])
                for row in rows
            ],
            categories,
        )
    if Incident.objects.open().exists():
        app.configure_task("incidents.renew_ladder").defer()


def heard(row):
    return not row["sms"] and not row["email"] and "neither sms nor email."


def at_a_moment(row):
    return row["offset"] and ladder.offset_fault(row["offset"])


def load_days(rows):
    """Write the corrections of public holidays; those that people entered for other days stay."""

    def day(row):
        try:
            date.fromisoformat(row["day"])
        except ValueError:
            return f"{row['day']!r} is no day such as 2026-01-02."

    refuse("calendar_days.csv", rows, filled("day", "name"), day, once(rows, "day"), yes_or_empty("works"))
    CalendarDay.objects.bulk_create(
        [CalendarDay(day=row["day"], works=YES[row["works"]], name=row["name"]) for row in rows],
        update_conflicts=True,
        unique_fields=["day"],
        update_fields=["works", "name"],
    )


def load_levels(rows, categories, authorities):
    """Write the targets for a severity, a unit or both; those that people agreed on for others stay."""
    refuse(
        "service_levels.csv", rows, filled("accept_within", "resolve_within"),
        among("category", categories, "category"), among("severity", Severity.values, "severity"),
        among("authority", authorities, "authority"), once(rows, "category", "severity", "authority"),
        within_a_year("accept_within"), within_a_year("resolve_within"),
    )  # fmt: skip
    ServiceLevel.objects.bulk_create(
        [
            ServiceLevel(
                category=categories.get(row["category"]),
                severity=row["severity"],
                authority=authorities.get(row["authority"]),
                accept_within=row["accept_within"],
                resolve_within=row["resolve_within"],
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["category", "severity", "authority"],
        update_fields=["accept_within", "resolve_within"],
    )


def load_answers(rows, categories):
    """Write the ready words of the desk; those that people wrote under other titles stay."""
    refuse(
        "answers.csv", rows, filled("step", "title", "text"), among("category", categories, "category"),
        among("step", ANSWERABLE, "step"), once(rows, "category", "step", "title"),
        lambda row: len(row["title"]) > 80 and "title is longer than 80 characters.",
    )  # fmt: skip
    AnswerTemplate.objects.bulk_create(
        [
            AnswerTemplate(
                category=categories.get(row["category"]), step=row["step"], title=row["title"], text=row["text"]
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["category", "step", "title"],
        update_fields=["text"],
    )


def within_a_year(column):
    """A check that a target is one, and no longer than a year."""

    def check(row):
        try:
            working_time.parse_target(row[column])
        except ValueError as fault:
            return row[column] and str(fault)

    return check
