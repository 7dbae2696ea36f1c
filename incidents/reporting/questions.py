"""Questions of a category, and validation of answers.

Used by the web form, Open311, chat and hotline. A report stores its answers with the text of the questions; `receive`
also accepts reports without answers.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.timezone import get_current_timezone, localtime
from django.utils.translation import gettext as _

from gis_data.words import tidy
from incidents import rulebook
from incidents.models import Category, Question
from incidents.wording import day_and_time, in_spoken_language

STRING_MAX, TEXT_MAX = 200, 2000  # characters of an answer
NUMBER_MAX = 30  # characters of a number
D = Question.Datatype
LISTS = (D.ONE, D.SEVERAL)


class BadAnswers(ValueError):
    """Invalid answers. `faults`: messages by code of the question."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = dict(faults)


def questions_of(category: Category) -> list[Question]:
    return rulebook.current_rulebook().questions_of(category)


def check_answers(
    category: Category, answers: Mapping[str, Sequence[str]], *, joins: bool = False
) -> list[dict[str, Any]]:
    """Validated answers as a report stores them; empty ones are dropped. `answers`: values sent, by code.

    Each is {"code", "datatype", "question": {"vi", "en"}, "value": [text, …], "answer": {"vi", "en"}, "personal"}.
    Answers to no question of this category are dropped (`find_unasked_codes` lists them). With `joins`, an existing
    incident, none is required. Raises BadAnswers.
    """
    return read_answers(questions_of(category), answers, joins=joins)


def read_answers(
    questions: Iterable[Question], answers: Mapping[str, Sequence[str]], *, joins: bool = False
) -> list[dict[str, Any]]:
    """As `check_answers`, for these questions."""
    answers_to_store, faults = [], {}
    for question in questions:
        values = [tidy(value)[: TEXT_MAX + 1] for value in answers.get(question.code, ())]
        values = list(dict.fromkeys(value for value in values if value))
        if question.datatype == D.NOTE:
            continue
        if not values:
            if question.required and not joins:
                faults[question.code] = _("Please answer: %(question)s") % {"question": question.title}
            continue
        try:
            answers_to_store.append(stored_answer(question, READERS[question.datatype](question, values)))
        except ValueError as fault:
            faults[question.code] = str(fault)
    if faults:
        raise BadAnswers(faults)
    return answers_to_store


def find_unasked_codes(questions: Iterable[Question], codes: Iterable[str]) -> list[str]:
    asked_codes = {question.code for question in questions if question.datatype != D.NOTE}
    return [code for code in codes if code not in asked_codes]


# ---- values ----


def read_text(question, values):
    limit = TEXT_MAX if question.datatype == D.TEXT else STRING_MAX
    (text,) = single_value(values)
    if len(text) > limit:
        raise ValueError(_("It has more than %(n)d characters.") % {"n": limit})
    return [text]


def read_number(question, values):
    (text,) = single_value(values)
    try:
        number = float(text.replace(",", ".")) if len(text) <= NUMBER_MAX else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(_("Enter a number."))
    return [f"{number:.10g}"]


def read_moment(question, values):
    """A moment in ISO 8601; without a zone in the city's time."""
    (text,) = single_value(values)
    try:
        moment = datetime.fromisoformat(text)
        return [localtime(moment if moment.tzinfo else moment.replace(tzinfo=get_current_timezone())).isoformat()]
    except (ValueError, OverflowError):
        raise ValueError(_("Enter a date and time, for example 2026-01-05T08:00.")) from None


def read_choice(question, values):
    return check_keys(question, single_value(values))


def check_keys(question, values):
    known = [choice["key"] for choice in question.choices]
    if unknown := [value for value in values if value not in known]:
        raise ValueError(
            _("%(words)s: only %(known)s can be used here.")
            % {"words": ", ".join(unknown)[:100], "known": ", ".join(known)}
        )
    return [key for key in known if key in values]


def single_value(values):
    if len(values) > 1:
        raise ValueError(_("Choose one answer only."))
    return values


READERS: dict[str, Callable[[Question, list[str]], list[str]]] = {
    D.STRING: read_text,
    D.TEXT: read_text,
    D.NUMBER: read_number,
    D.MOMENT: read_moment,
    D.ONE: read_choice,
    D.SEVERAL: check_keys,
}


def stored_answer(question, values):
    shown = {"vi": ", ".join(values), "en": ", ".join(values)}
    if question.datatype in LISTS:
        chosen = [choice for choice in question.choices if choice["key"] in values]
        shown = {language: ", ".join(choice[language] for choice in chosen) for language in ("vi", "en")}
    return {
        "code": question.code,
        "datatype": question.datatype,
        "question": {"vi": question.text, "en": question.text_en or question.text},
        "value": values,
        "answer": shown,
        "personal": question.personal,
    }


# ---- forms and pages ----


@dataclass(frozen=True)
class AskedQuestion:
    """A question in a form: field name, value and fault."""

    question: Question
    name: str
    values: Sequence[str] = ()
    fault: str = ""

    @property
    def value(self) -> str:
        return self.values[0] if self.values else ""

    @property
    def faults(self) -> list[str]:
        return [self.fault] if self.fault else []

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        """(key, title, whether chosen) of each."""
        return [(key, title, key in self.values) for key, title in self.question.titled_choices]


PREFIX = "q-"  # of the names of fields


def asked_questions(
    category: Category | None,
    answers: Mapping[str, Sequence[str]] | None = None,
    faults: Mapping[str, str] | None = None,
    *,
    book: rulebook.Rulebook | None = None,
) -> list[AskedQuestion]:
    form_questions = (book or rulebook.current_rulebook()).questions_of(category) if category else []
    return [
        AskedQuestion(
            question,
            PREFIX + question.code,
            (answers or {}).get(question.code, ()),
            (faults or {}).get(question.code, ""),
        )
        for question in form_questions
    ]


def answers_in_words(answers: Iterable[Mapping[str, Any]], *, personal: bool) -> list[tuple[str, str]]:
    """(question, answer) in the active language: those with personal data, or the others."""
    return [
        (in_spoken_language(answer["question"]), answer_in_words(answer))
        for answer in answers
        if bool(answer["personal"]) is personal
    ]


def answer_in_words(answer):
    if answer["datatype"] == D.MOMENT:
        return day_and_time(datetime.fromisoformat(answer["value"][0]))
    return in_spoken_language(answer["answer"])
