"""Find the responsible authority of a category at a place by the routing rules, with reasons."""

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

LIES_IN = gettext_noop("The location is in %(area)s.")
NEAR_BORDER = gettext_noop("%(neighbour)s begins %(metres)d m from here.")
ON_BORDER = gettext_noop("The place is on the border with %(neighbour)s, which is informed too.")
TO_DUTY_DESK = gettext_noop("No unit has been chosen for this yet: the duty desk finds the right one.")
RulesByKey = dict[tuple[int | None, int | None], RoutingRule]  # (category, area), None for any


@dataclass(frozen=True)
class Route:
    """The responsible authority, and reasons as {"vi": …, "en": …}."""

    authority: Authority
    reasons: list
    by_rule: bool = True
    receipt: dict | None = None


def in_both_languages(sentence: str, **words: object) -> dict[str, str]:
    """A sentence as {"vi": …, "en": …}; its parameters are functions, called in each language: area=lambda: area.title.

    Stored in histories, so that each reader gets the own language.
    """
    return call_in_both_languages(
        lambda: _(sentence) % {key: word() if callable(word) else word for key, word in words.items()}
    )


def call_in_both_languages(say: Callable[[], str]) -> dict[str, str]:
    sentences = {}
    for language in ("vi", "en"):
        with translation.override(language):
            sentences[language] = say()
    return sentences


def in_city_language(sentence: str, **words: object) -> str:
    """The sentence of `in_both_languages` in the city's language, for notes that all read alike."""
    return in_both_languages(sentence, **words)[settings.LANGUAGE_CODE]


FIELDS = ("leaf", "group", "any")  # how exactly a rule names the matter


def matching_rules(
    category: Category, areas: Sequence[Area], rules: RulesByKey, own: dict[int, Authority]
) -> Iterator[tuple[Authority, RoutingRule, str, Area | None]]:
    """Rules that apply, the winning one first, as (authority, rule, field of FIELDS, area or None). Pure.

    `areas`: of the place, deepest first. `rules`: by (category, area), keys or None for any. `own`: area key → its own
    authority. The deeper area wins, then leaf before group before any. A rule for the local authority does not apply
    where there is none.
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
    """Authority of a leaf and the winning rule, the first of `matching_rules`; (None, None) without one. Pure."""
    return next(
        ((authority, rule) for authority, rule, *_how in matching_rules(category, areas, rules, own)), (None, None)
    )


def assignment_receipt(category: Category, located: Located, rules: RulesByKey, own: dict[int, Authority]) -> dict:
    """Evidence of an assignment that stays valid when rules change.

    {"edition": key, "areas": [codes, deepest first], "candidates": [{"rule", "field", "area", "authority"}], the
    winning one first; empty where no rule applied and the duty desk got it}.
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
    """Route of a leaf at a place by the most specific rule.

    Without a matching rule, or where the ward has no authority, the duty desk is responsible. `book`: the rules, if
    read already.
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
    return {"vi": rule.reason, "en": rule.reason_en or rule.reason} if rule else in_both_languages(TO_DUTY_DESK)


@dataclass(frozen=True)
class RuleSnapshot:
    """All rules and area units at one moment, for routing many incidents without further queries."""

    rules: dict
    own: dict  # an area's key → the authority of its own
    homes: dict  # the authority's key → the area's
    desk: Authority

    @classmethod
    def now(cls, editions: Iterable[int]) -> "RuleSnapshot":
        own = {authority.area_id: authority for authority in Authority.objects.filter(area__edition__in=editions)}
        return cls(
            rules_by_key(RoutingRule.objects.select_related("authority")),
            own,
            {authority.pk: area for area, authority in own.items()},
            Authority.objects.get(duty_desk=True),
        )

    def answer(self, category: Category, areas: Sequence[Area]) -> tuple[Authority, RoutingRule | None]:
        """(authority, rule); the rule is None where the duty desk takes it without one."""
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
    rules = RoutingRule.objects.filter(Q(area=None) | Q(area__in=[area.pk for area in located.areas]))
    named = set(rules.values_list("category_id", flat=True))
    return categories if None in named else categories.filter(Q(pk__in=named) | Q(parent__in=named))


def is_served(category: Category, located: Located, book: rulebook.Rulebook | None = None) -> bool:
    rules = (book or rulebook.current_rulebook()).rules
    matters, areas = (category.pk, category.parent_id, None), (*(area.pk for area in located.areas), None)
    return any((matter, area) in rules for matter in matters for area in areas)
