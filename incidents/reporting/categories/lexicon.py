"""Find categories in a text by the names and keywords of the city's pack."""

from collections import defaultdict
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
    leaves = list(categories)
    marked, bare = space_words(text), plain(text)
    text_phrase, has_marks = Phrase(f" {marked} ", f" {bare} "), marked != bare
    phrases_by_word = index_phrases(tuple((leaf.name, leaf.name_en, leaf.keywords) for leaf in leaves))
    scores: dict[int, list[int]] = defaultdict(list)
    for word in set(bare.split()):
        for at, phrase in phrases_by_word.get(word, ()):
            if score := phrase_score(phrase, text_phrase, has_marks):
                scores[at].append(score)
    order = [(-max(some), -sum(some), leaves[at].position, leaves[at].pk, at) for at, some in scores.items()]
    return [(leaves[at], -best) for best, *_others, at in sorted(order)]


@lru_cache(maxsize=16)
def index_phrases(texts: tuple[tuple[str, ...], ...]) -> dict[str, list[tuple[int, Phrase]]]:
    """{first word: [(position in `texts`, phrase)]} of the names and keywords of several categories."""
    phrases_by_word: dict[str, list[tuple[int, Phrase]]] = defaultdict(list)
    for at, of_category in enumerate(texts):
        for phrase in category_phrases(*of_category):
            phrases_by_word[phrase.bare.split()[0]].append((at, phrase))
    return dict(phrases_by_word)


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
