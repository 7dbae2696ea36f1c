"""Find the kinds that a sentence may be about, by its words without its place and by its dangers."""

from collections.abc import Sequence

from incidents.models import Category
from incidents.reporting.categories import MAX_SUGGESTIONS, plain_category, suggest_categories
from incidents.reporting.categories.lexicon import rank_by_lexicon
from incidents.reporting.categories.ngrams import NgramModel
from incidents.reporting.dangers import Danger
from incidents.understanding.intents import Intent
from incidents.understanding.spelling import pad_words

ENOUGH = 2  # kinds, from which on nothing more is looked for
# Words by which a pack's urgent kinds are found for a danger.
DANGER_WORDS = {
    Danger.FIRE: "đang cháy, cháy nhà",
    Danger.GAS: "rò rỉ gas, mùi gas",
    Danger.CRIME: "cướp, đánh nhau",
    Danger.CHILD: "bạo hành trẻ em, đánh đập trẻ",
    Danger.SHOCK: "dây điện đứt, rò điện",
    Danger.INJURY: "tai nạn, tai nạn giao thông",
}
# Likewise the kind of an intent.
INTENT_WORDS = {
    Intent.IDEA: "góp ý, hiến kế, đề xuất",
    Intent.QUESTION: "hỏi thủ tục, xin hỏi",
}


def find_kinds(text: str, without_place: str, leaves: Sequence[Category], model: NgramModel) -> list[Category]:
    """At most four kinds, likeliest first: of the text without its place, then of all of it."""
    kinds = suggest_categories(without_place, leaves, model)
    for other in (text, pad_words(without_place).strip()):
        if len(kinds) >= ENOUGH:
            break
        kinds += [kind for kind in suggest_categories(other, leaves, model) if kind not in kinds]
    return kinds[:MAX_SUGGESTIONS]


def kinds_for_intent(
    kinds: list[Category], intent: Intent, dangers: frozenset[Danger], leaves: Sequence[Category]
) -> list[Category]:
    """Put the kinds of the intent or of the dangers before those of the words."""
    first: list[Category] = []
    if intent == Intent.COMPLAINT:
        first = [kind for kind in leaves if kind.about_staff]
    elif intent in INTENT_WORDS:
        first = rank_by_lexicon(INTENT_WORDS[intent], leaves)[:1]
    elif intent == Intent.DANGER:
        words = ", ".join(DANGER_WORDS[danger] for danger in sorted(dangers) if danger in DANGER_WORDS)
        urgent = [kind for kind in rank_by_lexicon(words, leaves) if kind.emergency] if words else []
        first = [kind for kind in kinds if kind in urgent] or urgent[:2]
    return list(dict.fromkeys([*first, *kinds]))[:MAX_SUGGESTIONS]


def is_question_kind(kind: Category, leaves: Sequence[Category]) -> bool:
    """Whether a kind is that of questions, and names nothing that is wrong in the street."""
    return kind in rank_by_lexicon(INTENT_WORDS[Intent.QUESTION], leaves)[:1]


def take_kind(text: str, kinds: list[Category], leaves: Sequence[Category], model: NgramModel) -> Category | None:
    """The first kind, where the text names it plainly."""
    return plain_category(text, leaves, kinds, model)
