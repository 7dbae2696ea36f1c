"""Find categories in a text by the names and keywords of the city's pack."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from gis_data.words import plain
from incidents.models import Category


class Phrase(NamedTuple):
    """Words of a category in lower case: as written, and without diacritics."""

    marked: str
    bare: str


def rank_by_lexicon(text: str, categories: Iterable[Category]) -> list[Category]:
    return [category for category, _score in score_by_lexicon(text, categories)]


def score_by_lexicon(text: str, categories: Iterable[Category]) -> list[tuple[Category, int]]:
    """(leaf, score) of leaves that the text names; likeliest first.

    A phrase scores two for each word when written as said, and one more where its diacritics match: “chay” is to run,
    to flow and to burn. In a text with diacritics, a single word with other ones does not match, and several words
    score one less.
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
    return " ".join("".join(letter if letter.isalnum() or letter == "/" else " " for letter in text.lower()).split())
