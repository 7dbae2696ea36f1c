"""Suggest categories for a text by a learned model, where that is better, and the pack's lexicon."""

from collections.abc import Iterable, Sequence

from incidents.models import Category
from incidents.reporting.categories.learned import current_model
from incidents.reporting.categories.lexicon import rank_by_lexicon, score_by_lexicon
from incidents.reporting.categories.ngrams import NgramModel
from incidents.reporting.dangers import find_dangers

MAX_SUGGESTIONS = 4
PLAIN_SCORE = 4  # of the lexicon: two words at least that are written as a category's are


def suggest_categories(text: str, categories: Iterable[Category], model: NgramModel | None = None) -> list[Category]:
    """At most four leaves that the text may be about, likeliest first. `model`: `current_model`, if read already.

    The learned model comes first where it scored better than the lexicon (docs/adr/0045); the lexicon fills up. Where
    the text mentions danger, urgent categories come first, and others only if it names them plainly.
    """
    by_code = {category.code: category for category in categories}
    model = model or current_model()
    learned = [by_code[code] for code in model.suggest(text) if code in by_code]
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
    """Category to take where nobody chooses; None where the text names none plainly."""
    leaves = list(categories)
    return plain_category(text, leaves, suggest_categories(text, leaves))


def plain_category(
    text: str, leaves: Iterable[Category], suggested: Sequence[Category], model: NgramModel | None = None
) -> Category | None:
    """`likeliest_category` by suggestions made before. `model`: as of `suggest_categories`.

    The first suggestion, if the lexicon names it too or the model finds it plainly likelier than all others; with
    danger only an urgent one.
    """
    first = suggested[0] if suggested else None
    if first is None or find_dangers(text):
        return first if first and first.emergency else None
    if first in rank_by_lexicon(text, leaves):
        return first
    model = model or current_model()
    return first if first.code == model.surest(text) else None


def category_groups(categories: Iterable[Category]) -> list[Category]:
    keys = {category.parent_id for category in categories if category.parent_id}
    return list(Category.objects.filter(pk__in=keys).order_by("position", "code"))
