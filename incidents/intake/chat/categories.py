"""What it may be about, from words: the categories whose names and keywords a text says."""

from collections.abc import Iterable
from functools import lru_cache

from gis_data.words import plain
from incidents.models import Category

MAX_SUGGESTIONS = 4


def suggest_categories(text: str, categories: Iterable[Category]) -> list[Category]:
    """Those of the categories (leaves) that the text speaks of, the likeliest first.

    A keyword that is written as it is said counts as many words as it has, and once more where its marks are right:
    “chay” is to run, to flow and to burn.
    """
    marked, bare = f" {space_words(text)} ", f" {plain(text)} "
    found = []
    for category in categories:
        scores = [phrase_score(phrase, marked, bare) for phrase in category_phrases(category)]
        if best := max(scores, default=0):
            found.append((-best, -sum(scores), category.position, category.pk, category))
    return [category for *_order, category in sorted(found, key=lambda one: one[:4])][:MAX_SUGGESTIONS]


def category_phrases(category):
    """The names and keywords of a category, each by itself."""
    said = f"{category.name},{category.name_en},{category.keywords}".replace(";", ",")
    return [phrase for phrase in (part.strip() for part in said.split(",")) if len(phrase) > 1]


def phrase_score(phrase, marked, bare):
    bare_phrase = plain(phrase)
    if not bare_phrase or f" {bare_phrase} " not in bare:
        return 0
    return 2 * len(bare_phrase.split()) + (f" {space_words(phrase)} " in marked)


@lru_cache(maxsize=4096)
def space_words(text: str) -> str:
    """The words in lower case, with their marks, separated by single blanks."""
    return " ".join("".join(letter if letter.isalnum() or letter == "/" else " " for letter in text.lower()).split())


def category_groups(categories: Iterable[Category]) -> list[Category]:
    """The groups of these categories, in the order of the menu."""
    keys = {category.parent_id for category in categories if category.parent_id}
    return list(Category.objects.filter(pk__in=keys).order_by("position", "code"))
