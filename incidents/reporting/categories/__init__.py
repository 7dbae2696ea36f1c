"""What a message may be about, from its words: by what was learned, where that is better, and by the pack's lexicon."""

from collections.abc import Iterable, Sequence

from incidents.models import Category
from incidents.reporting.categories.learned import rank_by_learned, surest_learned
from incidents.reporting.categories.lexicon import rank_by_lexicon, score_by_lexicon
from incidents.reporting.dangers import find_dangers

MAX_SUGGESTIONS = 4
PLAIN_SCORE = 4  # of the lexicon: two words at least that are written as a category's are


def suggest_categories(text: str, categories: Iterable[Category]) -> list[Category]:
    """Those of the categories (leaves) that the text may be about, the likeliest first, at most four.

    What was learned comes first, where it was measured to be right more often than the lexicon (see docs/adr/0045);
    what the lexicon finds besides fills up. Where the text says that somebody may be in danger, urgent categories
    come first, and of the others only those that it names plainly: nothing is guessed there.
    """
    by_code = {category.code: category for category in categories}
    learned = [by_code[code] for code in rank_by_learned(text) if code in by_code]
    if find_dangers(text):
        return suggest_in_danger(text, learned, by_code.values())[:MAX_SUGGESTIONS]
    by_lexicon = [category for category in rank_by_lexicon(text, by_code.values()) if category not in learned]
    return [*learned, *by_lexicon][:MAX_SUGGESTIONS]


def suggest_in_danger(text: str, learned: list[Category], categories: Iterable[Category]) -> list[Category]:
    named = score_by_lexicon(text, categories)
    urgent = [category for category, _score in named if category.emergency]
    urgent += [category for category in learned[:1] if category.emergency and category not in urgent]
    return [*urgent, *(category for category, score in named if score >= PLAIN_SCORE and not category.emergency)]


def likeliest_category(text: str, categories: Iterable[Category]) -> Category | None:
    """The category that may be taken where nobody chooses; None where the text does not say it plainly."""
    leaves = list(categories)
    return plain_category(text, leaves, suggest_categories(text, leaves))


def plain_category(text: str, leaves: Iterable[Category], suggested: Sequence[Category]) -> Category | None:
    """`likeliest_category` where `suggest_categories` was asked before.

    That is the first suggestion, where the lexicon names it, too, or it was learned to be plainly likelier than all
    others; where somebody may be in danger, only an urgent one.
    """
    first = suggested[0] if suggested else None
    if first is None or find_dangers(text):
        return first if first and first.emergency else None
    is_plain = first in rank_by_lexicon(text, leaves) or first.code == surest_learned(text)
    return first if is_plain else None


def category_groups(categories: Iterable[Category]) -> list[Category]:
    """The groups of these categories, in the order of the menu."""
    keys = {category.parent_id for category in categories if category.parent_id}
    return list(Category.objects.filter(pk__in=keys).order_by("position", "code"))
