"""Answers in the language of a page: facts, things to bring and steps, each in its parts."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from incidents.models import Answer, Campaign

DASH, BOLD = " — ", "**"
# What a page shows of an answer in both languages. An answer is English only where all that is filled is English too.
TRANSLATED = (
    "title",
    "text",
    "question",
    "more",
    "how_long",
    "cost",
    "place",
    "bring",
    "steps",
    "online_note",
    "to_check",
    "picture_words",
)


@dataclass(frozen=True)
class Fact:
    """A short statement, and the note under it."""

    words: str
    note: str = ""


@dataclass(frozen=True)
class AnswerWords:
    """All words of an answer's page. `language` is the city's own where the answer is not in that of the page."""

    language: str
    title: str
    text: SafeString
    plain_text: str
    question: str
    more: str
    how_long: Fact
    cost: Fact
    place: Fact
    bring: list[Fact]
    steps: list[str]
    online_note: str
    to_check: str
    picture_words: str

    @property
    def facts(self) -> list[Fact]:
        return [fact for fact in (self.how_long, self.cost, self.place) if fact.words]

    @property
    def is_foreign(self) -> bool:
        return self.language != spoken()


def spoken() -> str:
    return get_language() or settings.LANGUAGE_CODE


def has_english(answer: Answer) -> bool:
    return all(getattr(answer, f"{name}_en") for name in TRANSLATED if getattr(answer, name))


def word_answer(answer: Answer) -> AnswerWords:
    in_english = spoken() == "en" and has_english(answer)
    text = {name: getattr(answer, f"{name}_en" if in_english else name) for name in TRANSLATED}
    return AnswerWords(
        language="en" if in_english else settings.LANGUAGE_CODE,
        title=text["title"],
        text=emphasise(text["text"]),
        plain_text=text["text"].replace(BOLD, ""),
        question=text["question"],
        more=text["more"],
        how_long=read_fact(text["how_long"]),
        cost=read_fact(text["cost"]),
        place=read_fact(text["place"]),
        bring=[read_fact(line) for line in filled_lines(text["bring"])],
        steps=list(filled_lines(text["steps"])),
        online_note=text["online_note"],
        to_check=text["to_check"],
        picture_words=text["picture_words"],
    )


def title_of(answer: Answer | Campaign) -> tuple[str, str]:
    """Return (title in the page's language, language of it): as the answer's own page has it."""
    in_english = spoken() == "en" and bool(answer.title_en)
    return (answer.title_en, "en") if in_english else (answer.title, settings.LANGUAGE_CODE)


def read_fact(line: str) -> Fact:
    words, _dash, note = line.partition(DASH)
    return Fact(words.strip(), note.strip())


def filled_lines(text: str) -> Iterable[str]:
    return (line for part in text.splitlines() if (line := part.strip()))


def emphasise(text: str) -> SafeString:
    """Return the text as HTML, with what stands between two `**` in bold; an odd mark stays as it is."""
    parts = text.split(BOLD)
    if len(parts) % 2 == 0:
        *parts, last = parts
        parts[-1] += BOLD + last
    return mark_safe("".join(f"<b>{escape(part)}</b>" if n % 2 else escape(part) for n, part in enumerate(parts)))
