"""Load authorities, contacts, categories and routing rules from a city pack."""

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email, validate_slug
from django.db import transaction
from django.db.models import ProtectedError
from procrastinate.contrib.django import app

from gis_data.pack import YES, InvalidData, Pack, duplicates
from gis_data.words import plain
from incidents.deadlines import ladder, service_levels, working_time
from incidents.models import (
    AnswerTemplate,
    Authority,
    CalendarDay,
    CallScript,
    Category,
    CategorySentence,
    Contact,
    Emergency,
    Enquiry,
    EnquiryTerm,
    EscalationStep,
    Incident,
    ProcedureStep,
    Question,
    RoutingRule,
    ServiceLevel,
    Severity,
    WorkOrderText,
)
from incidents.models.catalogue import TARGET
from incidents.seed import information
from incidents.steps import ANSWERABLE

if TYPE_CHECKING:  # GeoPandas takes long to start
    from gis_data.editions.importing import LoadedPlaces

LOCAL = "local"  # in routing.csv: the authority of the area in which the place lies


class Columns(NamedTuple):
    """The columns of a file: required ones, and optional ones that default to empty."""

    needed: list[str]
    optional: list[str] = []


TABLES = {
    "authorities.csv": Columns(["code", "kind", "name", "duty_desk"], ["name_en", "area"]),
    "contacts.csv": Columns(["authority", "label"], ["phone", "email"]),
    "categories.csv": Columns(
        ["code", "parent", "name", "icon", "accept_within", "resolve_within"],
        ["name_en", "everyday", "emergency", "restricted", "units", "keywords"],
    ),
    "routing.csv": Columns(["to", "reason"], ["category", "area", "reason_en"]),
    "ladder.csv": Columns(["target", "offset", "who"], ["category", "sms", "email"]),
    "calendar_days.csv": Columns(["day"], ["works", "name"]),
    "service_levels.csv": Columns(["accept_within", "resolve_within"], ["category", "severity", "authority"]),
    "answers.csv": Columns(["step", "title", "text"], ["category"]),
    "orders.csv": Columns(["todo"], ["category", "bring", "safety"]),  # and todo_en, bring_en, safety_en
    "questions.csv": Columns(
        ["category", "code", "datatype", "text"], ["required", "personal", "text_en", "hint", "hint_en", "choices"]
    ),
    "enquiries.csv": Columns(["kind", "answer_within"]),
    "call_scripts.csv": Columns(
        ["words"], ["category", "danger", "words_en", "transfer_to", "transfer_to_en", "number"]
    ),
    "sentences.csv": Columns(["category", "sentence"], ["measures"]),
    "camera_kinds.csv": Columns(["category"]),
    "procedures.csv": Columns(["words"], ["category", "words_en", "calls"]),
    **{name: Columns(*columns) for name, columns in information.TABLES.items()},
}
SCRIPT_WORDS = ("danger", "words", "words_en", "transfer_to", "transfer_to_en", "number")
NEEDED_TABLES = frozenset({"authorities.csv", "contacts.csv", "categories.csv", "routing.csv"})
PARENT = "parent"  # a column that may be missing: the unit above, by its code
LETTERS = "letters"  # may be missing, as those of its words: whether the unit answers by official letter
LETTER_WORDS = ("letter_head", "letter_signature")
OFFICE = {"office_address": 200, "office_hours": 200}  # may be missing: what everybody may know of its office
PUBLIC = "public"  # a column of contacts.csv that may be missing: whether everybody may be told the number
LETTER_WORDS_MAX = 300  # as in the model
ABOUT_STAFF = "staff"  # in the column "restricted": never public, and a complaint about people who work for the city
CAMERAS = "cameras"  # a column that may be missing: whether cameras may look at a matter
AREA_MATTER = "area_matter"  # the same: whether a camera near by that does not see the place tells of it, too
EMERGENCIES = "emergencies"  # the same: in which kinds of emergency mode it comes first
CHECK_PHOTOS = "check_photos"  # the same: whether photos wait for a person where no model covers faces
SENTENCE_MAX = 500
CAMERA_KINDS = "camera_kinds.csv"
PROCEDURES = "procedures.csv"
STEP_MAX = 120  # as in the model
ORDER_LINES = ("bring", "safety", "bring_en", "safety_en")
ORDER_BOXES = 6  # that fit on a page with everything else


@dataclass
class LoadedCounts:
    """How many of each were loaded."""

    authorities: int
    contacts: int
    categories: int
    rules: int


@transaction.atomic
def load_catalogue(pack: Pack, places: "LoadedPlaces") -> LoadedCounts:
    """Load the catalogue of a pack for the areas of `places`; all of it or, raising InvalidData, nothing.

    Authorities and categories keep their row as long as their code stays. Authorities that the pack does not name stay;
    such categories are deleted, unless incidents have them. Contacts, rules, ladders and the words of the hotline are
    replaced; a pack without ladders gets the shipped one. Days of the calendar, service levels and ready words are
    added. A job recomputes the due dates of open incidents.
    """
    rows = read_tables(pack)
    authorities = load_authorities(rows["authorities.csv"], places.areas_by_code)
    contacts = load_contacts(rows["contacts.csv"], authorities)
    categories = load_categories(rows["categories.csv"])
    units = {row["code"]: row["units"].split() for row in rows["categories.csv"] if row["units"]}
    rules = load_rules(rows["routing.csv"], categories, units, authorities, places)
    load_ladder(rows.get("ladder.csv"), categories)
    load_days(rows.get("calendar_days.csv", []))
    load_levels(rows.get("service_levels.csv", []), categories, authorities)
    load_answers(rows.get("answers.csv", []), categories)
    load_order_texts(rows.get("orders.csv", []), categories)
    load_questions(rows.get("questions.csv", []), categories)
    load_terms(rows.get("enquiries.csv", []))
    load_scripts(rows.get("call_scripts.csv", []), categories)
    load_sentences(rows.get("sentences.csv", []), categories)
    load_camera_kinds(rows.get(CAMERA_KINDS), categories)
    load_procedures(rows.get(PROCEDURES, []), categories)
    information.load_information(rows)
    if Incident.objects.open().exists():
        service_levels.defer_recomputation()
    return LoadedCounts(len(authorities), contacts, len(categories), rules)


def read_tables(pack: Pack) -> dict[str, list[dict]]:
    """Return the rows of each table of the pack by file name. Raises InvalidData with the faults of all."""
    rows, faults = {}, []
    for name, columns in TABLES.items():
        if name not in NEEDED_TABLES and not pack.find_file(name):
            continue
        try:
            rows[name] = pack.read_rows(name, columns.needed, columns.optional)
        except InvalidData as error:
            faults += error.faults
    for name in ("office_hours", "hotline_hours"):
        hours = (pack.section("policies", []) or {}).get(name)
        try:
            if hours and isinstance(hours, str):
                working_time.parse_office_hours(hours)
        except ValueError as fault:
            faults.append(f"city.toml [policies]: {name}: {fault}")
    if faults:
        raise InvalidData(*faults)
    return rows


def check_rows(name, rows, *checks):
    faults = [f"{name} line {row['line']}: {fault}" for row in rows for check in checks if (fault := check(row))]
    if faults:
        raise InvalidData(*faults)


def check_filled(*columns):
    return lambda row: next((f"{column} is empty." for column in columns if not row[column]), None)


def check_known(column, known, what):
    return lambda row: row[column] and row[column] not in known and f"there is no {what} {row[column]}."


def check_short(column, most):
    return lambda row: len(row.get(column, "")) > most and f"{column} is longer than {most} characters."


def check_yes_or_empty(*columns):
    return lambda row: next(
        (f"{column} is neither yes nor empty." for column in columns if row[column] not in YES), None
    )


def check_restricted(row):
    wanted = ("", "yes", ABOUT_STAFF)
    return row["restricted"] not in wanted and f"restricted is neither yes nor {ABOUT_STAFF} nor empty."


def check_emergencies(row):
    kinds = row.get(EMERGENCIES, "").split()
    unknown = [kind for kind in kinds if kind not in Emergency.Kind.values or not row["parent"]]
    return unknown and f"{EMERGENCIES} of a leaf are some of {' '.join(Emergency.Kind.values)}."


def check_unique(rows, *columns):
    twice = duplicates(tuple(row[column] for column in columns) for row in rows)
    seen = " × ".join
    return lambda row: (
        (key := tuple(row[column] for column in columns)) in twice and f"{seen(key)} is listed more than once."
    )


def check_valid(validate, column):
    def check(row):
        try:
            row[column] and validate(row[column])
        except ValidationError:
            return f"{column} {row[column]!r} cannot be used."

    return check


def load_authorities(rows, areas):
    local, codes = [row for row in rows if row["area"]], {row["code"] for row in rows}
    check_rows(
        "authorities.csv", rows, check_filled("code", "kind", "name"), check_unique(rows, "code"),
        check_valid(validate_slug, "code"), check_known("area", areas, "area"), check_yes_or_empty("duty_desk"),
        lambda row: row.get(PARENT) and row[PARENT] not in codes and f"there is no authority {row[PARENT]}.",
        check_no_loop(rows),
        lambda row: row.get(LETTERS, "") not in YES and "letters is neither yes nor empty.",
        *(check_short(column, LETTER_WORDS_MAX) for column in LETTER_WORDS),
        *(check_short(column, most) for column, most in OFFICE.items()), check_office_hours,
    )  # fmt: skip
    check_rows("authorities.csv", local, check_unique(local, "area"))
    if sum(YES[row["duty_desk"]] for row in rows) != 1:
        raise InvalidData("authorities.csv: exactly one authority must be the duty desk.")
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
                letters=YES[row.get(LETTERS, "")],
                **{column: row.get(column, "") for column in (*LETTER_WORDS, *OFFICE)},
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=[
            *("kind", "name", "name_en", "area", "duty_desk"),
            *(column for column in (LETTERS, *LETTER_WORDS, *OFFICE) if rows and column in rows[0]),  # else as it is
        ],
    )
    if rows and PARENT in rows[0]:
        set_parents(rows)
    return {authority.code: authority for authority in Authority.objects.filter(code__in=[row["code"] for row in rows])}


def check_office_hours(row):
    try:
        row.get("office_hours") and working_time.parse_office_hours(row["office_hours"])
    except ValueError as fault:
        return f"office_hours: {fault}"


def check_no_loop(rows):
    above = {row["code"]: row.get(PARENT) for row in rows}

    def check(row):
        code, passed = row["code"], set()
        while code and code not in passed:
            passed.add(code)
            code = above.get(code)
        return code == row["code"] and "the units above it lead back to itself."

    return check


def set_parents(rows):
    """Set each unit's parent; first all are removed, for old and new parents together may make a loop."""
    units = {unit.code: unit for unit in Authority.objects.filter(code__in=[row["code"] for row in rows])}
    Authority.objects.filter(pk__in=[unit.pk for unit in units.values()]).update(parent=None)
    for row in rows:
        units[row["code"]].parent = units.get(row[PARENT])
    Authority.objects.bulk_update(units.values(), ["parent"])


def load_contacts(rows, authorities):
    def reachable(row):
        return not row["phone"] and not row["email"] and "neither phone nor email."

    check_rows(
        "contacts.csv", rows, check_filled("authority", "label"), check_known("authority", authorities, "authority"),
        reachable, check_valid(validate_email, "email"),
        lambda row: row.get(PUBLIC, "") not in YES and "public is neither yes nor empty.",
    )  # fmt: skip
    Contact.objects.filter(authority__in=authorities.values()).delete()
    contacts = Contact.objects.bulk_create(
        Contact(
            authority=authorities[row["authority"]],
            label=row["label"],
            phone=row["phone"],
            email=row["email"],
            public=YES[row.get(PUBLIC, "")],
        )
        for row in rows
    )
    return len(contacts)


def load_categories(rows):
    """Write groups, then leaves, in the order of the file. Returns them by code."""
    groups, leaves = [row for row in rows if not row["parent"]], [row for row in rows if row["parent"]]

    def target(row):
        wrong = [row[key] for key in ("accept_within", "resolve_within") if not re.match(TARGET, row[key])]
        return wrong and f"{wrong[0]!r} is no target such as 30min, 4h, 10d or 5wd."

    check_rows(
        "categories.csv", rows, check_filled("code", "name", "icon"), check_unique(rows, "code"),
        check_yes_or_empty("everyday", "emergency", *given_columns(rows)), check_restricted,
        check_emergencies,
    )  # fmt: skip
    check_rows("categories.csv", leaves, check_known("parent", {row["code"] for row in groups}, "group"), target)
    check_rows("categories.csv", groups, lambda row: row["resolve_within"] and "a group has no targets.")
    check_rows("categories.csv", leaves, check_target("accept_within"), check_target("resolve_within"))
    optional = given_columns(rows)
    if CAMERAS in optional:
        forbid_cameras([row["code"] for row in rows if not row[CAMERAS]])
    position = {row["code"]: number for number, row in enumerate(rows)}
    # What a city sets in the administration, and a pack does not say, stays.
    unset = {"id", "code", "confirm", "camera_rank", CAMERAS, AREA_MATTER, CHECK_PHOTOS} - set(optional)
    unset |= set() if rows and EMERGENCIES in rows[0] else {EMERGENCIES}
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
                    restricted=row["restricted"] != "",
                    about_staff=row["restricted"] == ABOUT_STAFF,
                    cameras=YES[row.get(CAMERAS, "")],
                    area_matter=YES[row.get(AREA_MATTER, "")],
                    check_photos=YES[row.get(CHECK_PHOTOS, "")],
                    emergencies=row.get(EMERGENCIES, ""),
                    accept_within=row["accept_within"],
                    resolve_within=row["resolve_within"],
                    keywords=row["keywords"],
                    search=plain(f"{names[row['code']]} {row['keywords']} {names.get(row['parent'], '')}"),
                )
                for row in some
            ],
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=[f.name for f in Category._meta.concrete_fields if f.name not in unset and not f.generated],
        )
    dropped = Category.objects.exclude(code__in=position)
    try:
        dropped.filter(parent__isnull=False).delete()
        dropped.delete()
    except ProtectedError as error:
        used = ", ".join(dropped.values_list("code", flat=True))
        raise InvalidData(f"categories.csv: {used} would vanish, but incidents have that category.") from error
    return Category.objects.in_bulk(field_name="code")


def given_columns(rows):
    return [column for column in (CAMERAS, AREA_MATTER, CHECK_PHOTOS) if rows and column in rows[0]]


def forbid_cameras(codes):
    if Category.objects.filter(code__in=codes, cameras=True).update(cameras=False):
        app.configure_task("cameras.let_go").defer()


def load_camera_kinds(rows, categories):
    """Replace the kinds that street cameras can show, in the order of the file; without a file nothing changes."""
    if not rows:
        return
    leaves = {code for code, category in categories.items() if category.parent_id and category.cameras}
    check_rows(
        CAMERA_KINDS, rows, check_unique(rows, "category"), check_known("category", leaves, "kind that cameras may see")
    )
    Category.objects.exclude(camera_rank=None).update(camera_rank=None)
    ranked = [categories[row["category"]] for row in rows]
    for rank, category in enumerate(ranked, 1):
        category.camera_rank = rank
    Category.objects.bulk_update(ranked, ["camera_rank"])


def load_rules(rows, categories, units, authorities, places):
    """Replace all rules. A zone in the area column means each of its areas; a named area overrides its zone."""

    def kinds(row):
        if row["to"] == LOCAL or row["category"] not in units or row["to"] not in authorities:
            return None
        kind = authorities[row["to"]].kind
        return kind not in units[row["category"]] and f"{row['category']} is not for a {kind}."

    check_rows(
        "routing.csv", rows, check_filled("to", "reason"), check_unique(rows, "category", "area"),
        check_known("category", categories, "category"),
        check_known("area", {*places.areas_by_code, *places.zones}, "area or zone"),
        check_known("to", {LOCAL, *authorities}, "authority"), kinds,
    )  # fmt: skip
    rules = {}
    for row in sorted(rows, key=lambda row: row["area"] in places.areas_by_code):
        for area in places.zones.get(row["area"], [row["area"]]):
            rules[row["category"], area] = RoutingRule(
                category=categories.get(row["category"]),
                area=places.areas_by_code.get(area),
                authority=authorities.get(row["to"]),
                reason=row["reason"],
                reason_en=row["reason_en"],
            )
    RoutingRule.objects.all().delete()
    return len(RoutingRule.objects.bulk_create(rules.values()))


def load_ladder(rows, categories):
    if rows is None:
        ladder.replace_steps([("", *step) for step in ladder.DEFAULT_STEPS], categories)
    else:
        check_rows(
            "ladder.csv", rows, check_filled("target", "offset", "who"),
            check_unique(rows, "category", "target", "offset", "who"),
            check_known("category", categories, "category"),
            check_known("target", EscalationStep.Target.values, "target"),
            check_known("who", EscalationStep.Who.values, "recipient"), check_yes_or_empty("sms", "email"),
            check_media, check_offset,
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


def check_media(row):
    return not row["sms"] and not row["email"] and "neither sms nor email."


def check_offset(row):
    return row["offset"] and ladder.offset_fault(row["offset"])


def load_days(rows):
    """Write the corrections of public holidays; manual entries for other days stay."""

    def day(row):
        try:
            date.fromisoformat(row["day"])
        except ValueError:
            return f"{row['day']!r} is no day such as 2026-01-02."

    check_rows(
        "calendar_days.csv",
        rows,
        check_filled("day", "name"),
        day,
        check_unique(rows, "day"),
        check_yes_or_empty("works"),
    )
    CalendarDay.objects.bulk_create(
        [CalendarDay(day=row["day"], works=YES[row["works"]], name=row["name"]) for row in rows],
        update_conflicts=True,
        unique_fields=["day"],
        update_fields=["works", "name"],
    )


def load_levels(rows, categories, authorities):
    """Write the targets for a severity, a unit or both; manual ones for others stay."""
    check_rows(
        "service_levels.csv", rows, check_filled("accept_within", "resolve_within"),
        check_known("category", categories, "category"), check_known("severity", Severity.values, "severity"),
        check_known("authority", authorities, "authority"), check_unique(rows, "category", "severity", "authority"),
        check_target("accept_within"), check_target("resolve_within"),
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
    """Write the ready words of the desk; manual ones under other titles stay."""
    check_rows(
        "answers.csv", rows, check_filled("step", "title", "text"), check_known("category", categories, "category"),
        check_known("step", ANSWERABLE, "step"), check_unique(rows, "category", "step", "title"),
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


def load_order_texts(rows, categories):
    """Write the work order texts of each category; those of categories not in the pack stay."""
    check_rows(
        "orders.csv", rows, check_filled("todo"), check_known("category", categories, "category"),
        check_unique(rows, "category"),
        *map(check_boxes, ("todo", "todo_en")),
        lambda row: any(len(row.get(name, "")) > 120 for name in ORDER_LINES) and "over 120 characters do not fit.",
    )  # fmt: skip
    WorkOrderText.objects.filter(category=None).delete()  # as empty keys differ from each other
    WorkOrderText.objects.bulk_create(
        [
            WorkOrderText(
                category=categories.get(row["category"]),
                **{name: "\n".join(boxes_of(row, name)) for name in ("todo", "todo_en")},
                **{name: row.get(name, "") for name in ORDER_LINES},
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["category"],
        update_fields=["todo", "todo_en", *ORDER_LINES],
    )


def boxes_of(row, name):
    return [part.strip() for part in row.get(name, "").split("|")]


def check_boxes(name):
    def check(row):
        boxes = boxes_of(row, name)
        if len(boxes) > ORDER_BOXES:
            return f"{name} has more than {ORDER_BOXES} parts."
        return any(len(box) > 70 for box in boxes) and f"a part of {name} is over 70 characters."

    return check


def load_questions(rows, categories):
    """Write the questions of the pack in the order of the file; others of these categories are deleted."""
    types = Question.Datatype.values
    lists = (Question.Datatype.ONE, Question.Datatype.SEVERAL)
    check_rows(
        "questions.csv", rows, check_filled("category", "code", "datatype", "text"),
        check_known("category", categories, "category"), check_valid(validate_slug, "code"),
        check_known("datatype", types, "type of answer"), check_unique(rows, "category", "code"),
        check_yes_or_empty("required", "personal"),
        lambda row: row["datatype"] == "note" and row["required"] and "a note wants no answer.",
        lambda row: (row["datatype"] in lists) != bool(row["choices"]) and "choices belong to lists, and to them only.",
        check_choices,
    )  # fmt: skip
    named = {(row["category"], row["code"]) for row in rows}
    for question in Question.objects.filter(category__in=categories.values()).select_related("category"):
        if (question.category.code, question.code) not in named:
            question.delete()
    written = ("position", "datatype", "required", "personal", "text", "text_en", "hint", "hint_en", "choices")
    Question.objects.bulk_create(
        [
            Question(
                category=categories[row["category"]],
                code=row["code"],
                position=position,
                datatype=row["datatype"],
                required=YES[row["required"]],
                personal=YES[row["personal"]],
                choices=parse_choices(row["choices"]),
                **{name: row[name] for name in ("text", "text_en", "hint", "hint_en")},
            )
            for position, row in enumerate(rows)
        ],
        update_conflicts=True,
        unique_fields=["category", "code"],
        update_fields=written,
    )


def parse_choices(cell):
    """Parse the choices of `key: words / words in English | …`."""
    choices = []
    for part in filter(None, cell.split("|")):
        key, _colon, words = part.partition(":")
        vi, _slash, en = words.partition("/")
        choices.append({"key": key.strip(), "vi": vi.strip(), "en": en.strip() or vi.strip()})
    return choices


def check_choices(row):
    choices = parse_choices(row["choices"])
    if any(not choice["key"] or not choice["vi"] for choice in choices):
        return "choices are written key: words / words in English | …"
    return duplicates(choice["key"] for choice in choices) and "a key of its choices is listed more than once."


def load_scripts(rows, categories):
    check_rows(
        "call_scripts.csv", rows, check_filled("words"), check_known("category", categories, "category"),
        check_known("danger", ("danger", "hurt"), "danger"), check_unique(rows, "category", "danger"),
        lambda row: len(row["number"]) > 20 and "number is longer than 20 characters.",
        lambda row: max(len(row["transfer_to"]), len(row["transfer_to_en"])) > 100
        and "transfer_to is longer than 100 characters.",
    )  # fmt: skip
    CallScript.objects.all().delete()
    CallScript.objects.bulk_create(
        CallScript(category=categories.get(row["category"]), **{name: row[name] for name in SCRIPT_WORDS})
        for row in rows
    )


def load_procedures(rows, categories):
    """Replace the steps of the control room's procedures. A step keeps its row, with what was ticked, while its
    category and words stay.
    """
    check_rows(
        PROCEDURES, rows, check_filled("words"), check_known("category", categories, "category"),
        check_short("words", STEP_MAX), check_short("words_en", STEP_MAX), check_yes_or_empty("calls"),
        check_unique(rows, "category", "words"),
    )  # fmt: skip
    saved_keys = []
    for position, row in enumerate(rows, 1):
        step, _created = ProcedureStep.objects.update_or_create(
            category=categories.get(row["category"]), words=row["words"],
            defaults={"position": position, "words_en": row["words_en"], "calls": YES[row["calls"]]},
        )  # fmt: skip
        saved_keys.append(step.pk)
    ProcedureStep.objects.exclude(pk__in=saved_keys).delete()


def load_terms(rows):
    """Write the answer times of enquiries by kind; kinds not in the pack stay."""
    check_rows(
        "enquiries.csv", rows, check_filled("kind", "answer_within"), check_known("kind", Enquiry.Kind.values, "kind"),
        check_target("answer_within"), check_unique(rows, "kind"),
    )  # fmt: skip
    for row in rows:
        EnquiryTerm.objects.update_or_create(kind=row["kind"], defaults={"answer_within": row["answer_within"]})


def check_target(column):
    def check(row):
        try:
            working_time.parse_target(row[column])
        except ValueError as fault:
            return row[column] and str(fault)

    return check


def load_sentences(rows, categories):
    leaves = {code for code, category in categories.items() if category.parent_id}
    check_rows(
        "sentences.csv", rows, check_filled("sentence"), check_known("category", leaves, "leaf"),
        check_yes_or_empty("measures"), check_unique(rows, "sentence"),
        lambda row: len(row["sentence"]) > SENTENCE_MAX and f"longer than {SENTENCE_MAX} characters.",
    )  # fmt: skip
    CategorySentence.objects.all().delete()
    CategorySentence.objects.bulk_create(
        CategorySentence(category=categories.get(row["category"]), text=row["sentence"], measures=YES[row["measures"]])
        for row in rows
    )
    if rows:
        app.configure_task("incidents.learn_from_pack").defer()
