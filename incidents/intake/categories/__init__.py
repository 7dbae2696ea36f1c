"""What a message may be about, from its words: by what was learned, where that is better, and by the pack's lexicon."""

from collections.abc import Iterable

from incidents.intake.categories.learned import rank_by_learned
from incidents.intake.categories.lexicon import rank_by_lexicon
from incidents.models import Category

MAX_SUGGESTIONS = 4


def suggest_categories(text: str, categories: Iterable[Category]) -> list[Category]:
    """Those of the categories (leaves) that the text may be about, the likeliest first, at most four.

    What was learned comes first, where it was measured to be right more often than the lexicon (see docs/adr/0048);
    what the lexicon finds besides fills up.
    """
    by_code = {category.code: category for category in categories}
    learned = [by_code[code] for code in rank_by_learned(text) if code in by_code]
    found = [category for category in rank_by_lexicon(text, by_code.values()) if category not in learned]
    return [*learned, *found][:MAX_SUGGESTIONS]


def category_groups(categories: Iterable[Category]) -> list[Category]:
    """The groups of these categories, in the order of the menu."""
    keys = {category.parent_id for category in categories if category.parent_id}
    return list(Category.objects.filter(pk__in=keys).order_by("position", "code"))
