"""Load what informs from a city pack: information/subjects.csv, life_events.csv, answers.csv, announcements.csv,
campaigns.csv.
"""

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.contrib.gis.geos import Point
from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.utils.timezone import localdate, make_aware

from gis_data import city
from gis_data.models import Area
from gis_data.pack import InvalidData, duplicates
from incidents.announcements import offers
from incidents.answers.vocabulary import write_vocabulary
from incidents.models import Answer, AnswerVersion, Authority, Campaign, Category, LifeEvent, Subject
from incidents.models.announcements import TITLE_MAX, WORKS_WORDS_MAX

Row = dict[str, Any]
Rows = dict[str, list[Row]]

SUBJECTS, LIFE_EVENTS, ANSWERS, ANNOUNCEMENTS, CAMPAIGNS = (
    f"information/{name}.csv" for name in ("subjects", "life_events", "answers", "announcements", "campaigns")
)
PACK = "pack"  # the feed under which planned works of a pack are offered
TABLES = {
    SUBJECTS: (["code", "name"], ["name_en"]),
    LIFE_EVENTS: (["code", "name"], ["name_en"]),
    ANNOUNCEMENTS: (["code", "title", "text", "from", "until"], ["place", "lon", "lat"]),
    CAMPAIGNS: (
        ["slug", "title", "text", "promised", "unit", "starts_on", "due_on", "authority"],
        [
            *("title_en", "text_en", "words", "unit_en", "categories", "areas", "proven", "done", "done_on"),
            *("done_source", "done_source_en", "why_late", "why_late_en", "answers"),
        ],
    ),
    ANSWERS: (
        ["slug", "title", "subject", "answer", "reviewed_on"],
        [
            *(
                "title_en",
                "life_events",
                "words",
                "words_en",
                "answer_en",
                "how_long",
                "how_long_en",
                "cost",
                "cost_en",
            ),
            *("where", "where_en", "bring", "bring_en", "steps", "steps_en", "online", "online_note", "online_note_en"),
            *("office", "rule", "source", "check", "check_en", "related", "valid_from", "valid_until"),
        ],
    ),
}
# Columns and the fields of an answer that have another name.
FIELDS = {"answer": "text", "where": "place", "check": "to_check"}
TEXTS = ("title", "answer", "how_long", "cost", "where", "online_note", "check")
LISTS = ("words", "bring", "steps")  # separated by bars
CAMPAIGN_TEXTS = (
    "title", "title_en", "text", "text_en", "unit", "unit_en", "done_source", "done_source_en", "why_late",
    "why_late_en",
)  # fmt: skip
OTHERS = ("online", "office", "rule", "source")
OLD = timedelta(days=365)
WRITTEN_BY_PEOPLE = (AnswerVersion.State.PUBLISHED, AnswerVersion.State.WITHDRAWN)


def in_both(names: tuple[str, ...]) -> list[str]:
    return [column for name in names for column in (name, f"{name}_en")]


def field_of(column: str) -> str:
    name = column.removesuffix("_en")
    return FIELDS.get(name, name) + column[len(name) :]


def load_information(rows: Rows) -> None:
    """Write subjects, life events and answers of the pack, published; those that it does not name, and those of which
    people have written a version since, stay.
    """
    check_information(rows)
    for model, name in ((Subject, SUBJECTS), (LifeEvent, LIFE_EVENTS)):
        for position, row in enumerate(rows.get(name, [])):
            words = {"name": row["name"], "name_en": row["name_en"], "position": position}
            model.objects.update_or_create(code=row["code"], defaults=words)
    if ANNOUNCEMENTS in rows:
        offers.take_in(PACK, city.current().brand, [told_works(row) for row in rows[ANNOUNCEMENTS]])
    if ANSWERS in rows:
        load_pages(rows)
    load_campaigns(rows.get(CAMPAIGNS, []))


def load_pages(rows: Rows) -> None:
    subjects, events = (
        {thing.code: thing for thing in Subject.objects.all()},
        {thing.code: thing for thing in LifeEvent.objects.all()},
    )
    edited = Answer.objects.filter(versions__state__in=WRITTEN_BY_PEOPLE).distinct()
    answers = {answer.slug: answer for answer in edited}
    from_pack = [row for row in rows[ANSWERS] if row["slug"] not in answers]
    for row in from_pack:
        values = {"subject": subjects[row["subject"]], "state": Answer.State.PUBLISHED}
        values |= {field_of(column): row[column] for column in (*in_both(TEXTS), *OTHERS)}
        values |= {column: "\n".join(split_list(row[column])) for column in in_both(LISTS)}
        values |= {"reviewed_on": row["reviewed_on"], "valid_until": row["valid_until"] or None}
        values["valid_from"] = row["valid_from"] or row["reviewed_on"]
        answers[row["slug"]] = Answer.objects.update_or_create(slug=row["slug"], defaults=values)[0]
    for row in from_pack:
        answers[row["slug"]].life_events.set(events[code] for code in split_list(row["life_events"]))
        answers[row["slug"]].related.set(answers[slug] for slug in split_list(row["related"]))
    write_vocabulary()


def load_campaigns(rows: list[Row]) -> None:
    """Write campaigns of the pack, published; those of which people have written a version since stay.

    Raises InvalidData for an area that is in no edition of today.
    """
    areas = {area.code: area for area in Area.objects.on(localdate()).only("code")} if rows else {}
    faults = [
        f"{CAMPAIGNS} line {row['line']}: there is no area {code}."
        for row in rows
        for code in split_list(row["areas"])
        if code not in areas
    ]
    if faults:
        raise InvalidData(*faults)
    edited = set(Campaign.objects.filter(versions__state__in=WRITTEN_BY_PEOPLE).values_list("slug", flat=True))
    for row in rows:
        if row["slug"] in edited:
            continue
        values: dict[str, Any] = {name: row[name] for name in CAMPAIGN_TEXTS}
        values |= {"words": "\n".join(split_list(row["words"])), "promised": int(row["promised"])}
        values |= {"starts_on": row["starts_on"], "due_on": row["due_on"], "done_on": row["done_on"] or None}
        values |= {"done_by_hand": int(row["done"]) if row["done"] else None, "only_proven": row["proven"] == "yes"}
        values |= {"authority": Authority.objects.get(code=row["authority"]), "state": Campaign.State.PUBLISHED}
        campaign, _new = Campaign.objects.update_or_create(slug=row["slug"], defaults=values)
        campaign.categories.set(Category.objects.filter(code__in=split_list(row["categories"])))
        campaign.areas.set(areas[code] for code in split_list(row["areas"]))
        campaign.answers.set(Answer.objects.filter(slug__in=split_list(row["answers"])))


def told_works(row: Row) -> offers.ToldWorks:
    begins, ends = (make_aware(datetime.fromisoformat(row[column])) for column in ("from", "until"))
    place = Point(float(row["lon"]), float(row["lat"]), srid=4326) if row["lon"] else None
    return offers.ToldWorks(
        row["code"], row["title"], text=row["text"], place=row["place"], shape=place, starts_at=begins, until=ends
    )


def split_list(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|") if part.strip()]


def check_information(rows: Rows) -> None:
    """Raise InvalidData with the faults of these files. Asks no database."""
    faults = []
    for name, key in KEYS.items():
        twice = duplicates(row[key] for row in rows.get(name, []))
        for row in rows.get(name, []):
            faults += [f"{name} line {row['line']}: {fault}" for fault in faults_of_key(row[key], key, twice)]
    for row in rows.get(ANNOUNCEMENTS, []):
        faults += [f"{ANNOUNCEMENTS} line {row['line']}: {fault}" for fault in faults_of_announcement(row)]
    faults += faults_of_campaigns(rows)
    for row in rows.get(ANSWERS, []):
        faults += [f"{ANSWERS} line {row['line']}: {fault}" for fault in faults_of_answer(row, rows)]
    if faults:
        raise InvalidData(*faults)


def faults_of_key(value, key, twice):
    try:
        validate_slug(value)
    except ValidationError:
        return [f"{key} {value!r} cannot be used."]
    return [f"{key} {value} is listed more than once."] if value in twice else []


def faults_of_announcement(row):
    yield from (f"{column} is empty." for column in ("title", "text") if not row[column])
    for column, most in (("title", TITLE_MAX), ("text", WORKS_WORDS_MAX), ("place", 200)):
        if len(row[column]) > most:
            yield f"{column} is longer than {most} characters."
    moments = [row[column] for column in ("from", "until")]
    strange = [moment for moment in moments if not is_local_moment(moment)]
    yield from (f"{moment!r} is no day or time as 2026-12-31 08:00." for moment in strange)
    if not strange and datetime.fromisoformat(moments[0]) >= datetime.fromisoformat(moments[1]):
        yield "until is not after from."
    if bool(row["lon"]) != bool(row["lat"]) or (row["lon"] and not is_place(row["lon"], row["lat"])):
        yield "lon and lat are no place."


def is_local_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return False


def is_place(lon: str, lat: str) -> bool:
    try:
        return abs(float(lon)) <= 180 and abs(float(lat)) <= 90
    except ValueError:
        return False


def faults_of_answer(row, rows):
    known = {name: {line[key] for line in rows.get(name, [])} for name, key in KEYS.items()}
    yield from (f"{column} is empty." for column in ("title", "answer", "reviewed_on") if not row[column])
    if row["subject"] not in known[SUBJECTS]:
        yield f"there is no subject {row['subject']}."
    yield from (
        f"there is no life event {code}." for code in split_list(row["life_events"]) if code not in known[LIFE_EVENTS]
    )
    yield from (f"there is no answer {slug}." for slug in split_list(row["related"]) if slug not in known[ANSWERS])
    for column in (*in_both(TEXTS), *OTHERS):
        most = getattr(Answer._meta.get_field(field_of(column)), "max_length", None)
        if most and len(row[column]) > most:
            yield f"{column} is longer than {most} characters."
    if row["online"] and not is_address(row["online"]):
        yield f"online {row['online']!r} is no https address."
    steps, steps_en = split_list(row["steps"]), split_list(row["steps_en"])
    if steps_en and len(steps) != len(steps_en):
        yield f"steps are {len(steps)}, steps_en {len(steps_en)}."
    days = [row[column] for column in ("reviewed_on", "valid_from", "valid_until")]
    yield from (f"{day!r} is no day as 2026-12-31." for day in days if day and not is_day(day))
    if row["valid_until"] and row["valid_until"] < (row["valid_from"] or row["reviewed_on"]):
        yield "valid_until is before valid_from."


def faults_of_campaigns(rows):
    return [
        f"{CAMPAIGNS} line {row['line']}: {fault}"
        for row in rows.get(CAMPAIGNS, [])
        for fault in faults_of_campaign(row, rows)
    ]


def faults_of_campaign(row, rows):
    yield from (f"{column} is empty." for column in ("title", "text", "unit") if not row[column])
    for column in CAMPAIGN_TEXTS:
        most = getattr(Campaign._meta.get_field(column), "max_length", None)
        if most and len(row[column]) > most:
            yield f"{column} is longer than {most} characters."
    if not is_number(row["promised"]) or int(row["promised"]) == 0:
        yield f"promised {row['promised']!r} is no number above 0."
    days = ("starts_on", "due_on", *(["done_on"] if row["done_on"] else []))
    strange = [row[column] for column in days if not is_day(row[column])]
    yield from (f"{day!r} is no day as 2026-12-31." for day in strange)
    if not strange and row["due_on"] < row["starts_on"]:
        yield "due_on is before starts_on."
    if row["done"] and not is_number(row["done"]):
        yield f"done {row['done']!r} is no number."
    if len({bool(row["done"]), bool(row["done_on"]), bool(row["done_source"])}) > 1:
        yield "done, done_on and done_source are given together."
    if not row["done"] and not row["categories"]:
        yield "it has neither categories to count nor a number done."
    if row["proven"] not in ("", "yes"):
        yield "proven must be yes or empty."
    if len(split_list(row["authority"])) != 1:
        yield "authority names one unit."
    for column, (name, key) in NAMED_IN.items():
        codes = {line[key] for line in rows.get(name, [])}
        yield from (f"there is no {code} in {name}." for code in split_list(row[column]) if code not in codes)


def is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


# Columns of a campaign, and the file and column in which what they name stands.
NAMED_IN = {
    "categories": ("categories.csv", "code"),
    "answers": (ANSWERS, "slug"),
    "authority": ("authorities.csv", "code"),
}
KEYS = {SUBJECTS: "code", LIFE_EVENTS: "code", ANSWERS: "slug", ANNOUNCEMENTS: "code", CAMPAIGNS: "slug"}


def is_address(text: str) -> bool:
    """Whether a link can lead anywhere, by its form: https, a name with a dot, no blank."""
    try:
        parts = urlsplit(text)
        return parts.scheme == "https" and "." in (parts.hostname or "").strip(".") and not set(text) & set(" <>\"'")
    except ValueError:
        return False


def is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def review_information(rows: Rows, today: date) -> list[str]:
    """Return what should be looked at in answers: reviewed over a year ago, without English, no longer public."""
    sentences = []
    for row in rows.get(ANSWERS, []):
        where = f"{ANSWERS} {row['slug']}"
        if date.fromisoformat(row["reviewed_on"]) < today - OLD:
            sentences.append(f"{where}: last reviewed on {row['reviewed_on']}.")
        if missing := [
            column
            for column in ("title_en", "answer_en", "steps_en")
            if row[column.removesuffix("_en")] and not row[column]
        ]:
            sentences.append(f"{where}: no English in {', '.join(missing)}.")
        if row["valid_until"] and date.fromisoformat(row["valid_until"]) < today:
            sentences.append(f"{where}: not public since {row['valid_until']}.")
    return sentences
