"""Category × place → the authority that answers, and why."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from gis_data.addresses.geocode import Located
from gis_data.models import Area
from incidents import rulebook
from incidents.models import Authority, Category, RoutingRule
from incidents.models.catalogue import CategoryQuerySet

LIES_IN = gettext_noop("The place lies in %(area)s.")
NEAR_BORDER = gettext_noop("%(neighbour)s begins %(metres)d m from here.")
ON_BORDER = gettext_noop("The place lies on the border with %(neighbour)s, which sees it too.")
TO_DUTY_DESK = gettext_noop("No unit is set for this matter yet: the duty desk finds the right one.")
RulesByKey = dict[tuple[int | None, int | None], RoutingRule]  # (category, area), None for any


@dataclass(frozen=True)
class Route:
    """Who answers, and the sentences that say why, each as {"vi": …, "en": …}."""

    authority: Authority
    reasons: list
    by_rule: bool = True
    receipt: dict | None = None


def in_both_languages(sentence: str, **words: object) -> dict[str, str]:
    """A sentence in Vietnamese and English, its words given per language: area=lambda: area.title.

    So a history keeps what the product itself says: each reads it in the own language, whoever acted.
    """
    return call_in_both_languages(
        lambda: _(sentence) % {key: word() if callable(word) else word for key, word in words.items()}
    )


def call_in_both_languages(say: Callable[[], str]) -> dict[str, str]:
    """What a function says, in Vietnamese and English."""
    sentences = {}
    for language in ("vi", "en"):
        with translation.override(language):
            sentences[language] = say()
    return sentences


def in_city_language(sentence: str, **words: object) -> str:
    """The sentence of `in_both_languages` in the city's language only: for a note that everybody reads alike."""
    return in_both_languages(sentence, **words)[settings.LANGUAGE_CODE]


FIELDS = ("leaf", "group", "any")  # how exactly a rule names the matter


def matching_rules(
    category: Category, areas: Sequence[Area], rules: RulesByKey, own: dict[int, Authority]
) -> Iterator[tuple[Authority, RoutingRule, str, Area | None]]:
    """The rules that apply, the one that counts first, as (authority, rule, field of FIELDS, area or None). Pure.

    `areas`: where the place lies, deepest first. `rules`: by (category, area), both as keys or None for any. `own`:
    an area's key → the authority of its own, if it has one. The deeper area wins, then leaf before group before any.
    A rule that means the local authority where there is none does not apply.
    """
    local = next((own[area.pk] for area in areas if area.pk in own), None)
    for area in (*areas, None):
        for field, key in zip(FIELDS, (category.pk, category.parent_id, None), strict=True):
            rule = rules.get((key, area.pk if area else None))
            if rule and (authority := rule.authority or local):
                yield authority, rule, field, area


def choose_authority(
    category: Category, areas: Sequence[Area], rules: RulesByKey, own: dict[int, Authority]
) -> tuple[Authority, RoutingRule] | tuple[None, None]:
    """The authority that answers for a category (a leaf), and the rule that says so; (None, None) if none does. Pure.

    The first of `matching_rules`.
    """
    return next(
        ((authority, rule) for authority, rule, *_how in matching_rules(category, areas, rules, own)), (None, None)
    )


def assignment_receipt(category: Category, located: Located, rules: RulesByKey, own: dict[int, Authority]) -> dict:
    """How an assignment came about, for whoever asks later: it stands for itself when rules are changed.

    {"edition": key, "areas": [codes, deepest first], "candidates": [{"rule", "field", "area", "authority"}], the one
    that counted first; empty where the duty desk got it for want of a rule}.
    """
    return {
        "edition": located.area.edition_id,
        "areas": [area.code for area in located.areas],
        "candidates": [
            {"rule": rule.pk, "field": field, "area": area.code if area else "", "authority": authority.code}
            for authority, rule, field, area in matching_rules(category, located.areas, rules, own)
        ],
    }


def find_route(category: Category, located: Located, book: rulebook.Rulebook | None = None) -> Route:
    """The authority that answers for this category (a leaf) at this place, by the most specific rule.

    Where no rule matches, or the ward has no authority of its own, the duty desk answers: somebody always does.
    `book`: the rules, where the caller has read them already.
    """
    book = book or rulebook.current_rulebook()
    authority, rule = choose_authority(category, located.areas, book.rules, book.own)
    reasons, receipt = place_reasons(located), assignment_receipt(category, located, book.rules, book.own)
    if authority and rule:
        return Route(copy(authority), [*reasons, rule_reason(rule)], receipt=receipt)
    desk = copy(book.desk) or Authority.objects.get(duty_desk=True)
    return Route(desk, [*reasons, in_both_languages(TO_DUTY_DESK)], by_rule=False, receipt=receipt)


def rules_by_key(rules: Iterable[RoutingRule]) -> RulesByKey:
    return {(rule.category_id, rule.area_id): rule for rule in rules}


def rule_reason(rule: RoutingRule | None) -> dict[str, str]:
    """Why this authority answers: what the rule says, or that there is none."""
    return {"vi": rule.reason, "en": rule.reason_en or rule.reason} if rule else in_both_languages(TO_DUTY_DESK)


@dataclass(frozen=True)
class RuleSnapshot:
    """All rules and units of areas as they stood at one moment, to decide about many incidents without asking again."""

    rules: dict
    own: dict  # an area's key → the authority of its own
    homes: dict  # the authority's key → the area's
    desk: Authority

    @classmethod
    def now(cls, editions: Iterable[int]) -> "RuleSnapshot":
        """What is written now, of the areas of these editions and of the whole city."""
        own = {authority.area_id: authority for authority in Authority.objects.filter(area__edition__in=editions)}
        return cls(
            rules_by_key(RoutingRule.objects.select_related("authority")),
            own,
            {authority.pk: area for area, authority in own.items()},
            Authority.objects.get(duty_desk=True),
        )

    def answer(self, category: Category, areas: Sequence[Area]) -> tuple[Authority, RoutingRule | None]:
        """The authority that answers, and the rule that says so (None where the duty desk takes it without one)."""
        authority, rule = choose_authority(category, areas, self.rules, self.own)
        return authority or self.desk, rule


def place_reasons(located: Located) -> list[dict[str, str]]:
    reasons = [in_both_languages(LIES_IN, area=lambda: located.area.title)]
    if located.neighbours:
        nearest = located.neighbours[0]
        sentence = ON_BORDER if nearest.area in located.on_border else NEAR_BORDER
        reasons.append(in_both_languages(sentence, neighbour=lambda: nearest.area.title, metres=round(nearest.metres)))
    return reasons


def served_categories(categories: CategoryQuerySet, located: Located) -> CategoryQuerySet:
    """Those of the categories (leaves) that some rule gives to an authority at this place, in their own order."""
    rules = RoutingRule.objects.filter(Q(area=None) | Q(area__in=[area.pk for area in located.areas]))
    named = set(rules.values_list("category_id", flat=True))
    return categories if None in named else categories.filter(Q(pk__in=named) | Q(parent__in=named))


def is_served(category: Category, located: Located, book: rulebook.Rulebook | None = None) -> bool:
    """Whether some rule gives this category (a leaf) to an authority at this place: as `served_categories`, for one."""
    rules = (book or rulebook.current_rulebook()).rules
    matters, areas = (category.pk, category.parent_id, None), (*(area.pk for area in located.areas), None)
    return any((matter, area) in rules for matter in matters for area in areas)
