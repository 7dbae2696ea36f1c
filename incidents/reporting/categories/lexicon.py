"""What a text may be about, by the words that a city's pack knows: the names and keywords of its categories."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from gis_data.words import plain
from incidents.models import Category


class Phrase(NamedTuple):
    """Some words that mean a category, in lower case: as they are written, and without their marks."""

    marked: str
    bare: str


def rank_by_lexicon(text: str, categories: Iterable[Category]) -> list[Category]:
    """Those of the categories (leaves) that the text speaks of, the likeliest first."""
    return [category for category, _score in score_by_lexicon(text, categories)]


def score_by_lexicon(text: str, categories: Iterable[Category]) -> list[tuple[Category, int]]:
    """Those of the categories (leaves) that the text speaks of, and how plainly; the likeliest first.

    A phrase that is written as it is said counts twice as many words as it has, and one more where its marks are
    right: “chay” is to run, to flow and to burn. In a text that has marks, a single word with other ones is another
    word, and several are a word less.
    """
    marked, bare = space_words(text), plain(text)
    text_phrase, has_marks = Phrase(f" {marked} ", f" {bare} "), marked != bare
    scored = []
    for category in categories:
        phrases = category_phrases(category.name, category.name_en, category.keywords)
        scores = [phrase_score(phrase, text_phrase, has_marks) for phrase in phrases]
        if best := max(scores, default=0):
            scored.append((-best, -sum(scores), category.position, category.pk, category))
    return [(category, -best) for best, *_order, category in sorted(scored, key=lambda row: row[:4])]


@lru_cache(maxsize=1024)
def category_phrases(*texts: str) -> list[Phrase]:
    """The names and keywords of a category, each by itself."""
    parts = ",".join(texts).replace(";", ",").split(",")
    phrases = [Phrase(space_words(part), plain(part)) for part in parts if len(part.strip()) > 1]
    return [phrase for phrase in phrases if phrase.bare]


def phrase_score(phrase: Phrase, text_phrase: Phrase, has_marks: bool) -> int:
    if f" {phrase.bare} " not in text_phrase.bare:
        return 0
    length = len(phrase.bare.split())
    if f" {phrase.marked} " in text_phrase.marked:
        return 2 * length + 1
    if has_marks and phrase.marked != phrase.bare:
        return 2 * length - 1 if length > 1 else 0
    return 2 * length


@lru_cache(maxsize=4096)
def space_words(text: str) -> str:
    """The words in lower case, with their marks, separated by single blanks."""
    return " ".join("".join(letter if letter.isalnum() or letter == "/" else " " for letter in text.lower()).split())
