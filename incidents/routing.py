"""Category × place → the authority that answers, and why."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from incidents.models import Authority, RoutingRule

LIES_IN = gettext_noop("The place lies in %(area)s.")
NEAR_BORDER = gettext_noop("%(neighbour)s begins %(metres)d m from here.")
ON_BORDER = gettext_noop("The place lies on the border with %(neighbour)s, which sees it too.")
TO_DUTY_DESK = gettext_noop("No unit is set for this matter yet: the duty desk finds the right one.")


@dataclass(frozen=True)
class Route:
    """Who answers, and the sentences that say why, each as {"vi": …, "en": …}."""

    authority: Authority
    reasons: list
    by_rule: bool = True


def in_both(sentence, **words):
    """A sentence in Vietnamese and English, its words given per language: area=lambda: area.title."""
    said = {}
    for language in ("vi", "en"):
        with translation.override(language):
            said[language] = _(sentence) % {key: word() if callable(word) else word for key, word in words.items()}
    return said


def specificity(rule):
    """Deeper area first, then leaf before group before any, as numbers to sort by."""
    return (
        rule.area.level if rule.area else 0,
        2 if rule.category and rule.category.parent_id else 1 if rule.category else 0,
    )


def route(category, located) -> Route:
    """The authority that answers for this category (a leaf) at this place, by the most specific rule.

    Where no rule matches, or the ward has no authority of its own, the duty desk answers: somebody always does.
    """
    rules = (
        RoutingRule.objects.filter(Q(category=None) | Q(category=category) | Q(category=category.parent_id))
        .filter(Q(area=None) | Q(area__in=[area.pk for area in located.areas]))
        .select_related("area", "category", "authority")
        .defer("area__shape", "area__outline")
    )
    reasons = reasons_of_place(located)
    for rule in sorted(rules, key=specificity, reverse=True):
        authority = rule.authority or Authority.objects.filter(area__in=[area.pk for area in located.areas]).first()
        if authority:
            return Route(authority, [*reasons, {"vi": rule.reason, "en": rule.reason_en or rule.reason}])
    return Route(Authority.objects.get(duty_desk=True), [*reasons, in_both(TO_DUTY_DESK)], by_rule=False)


def reasons_of_place(located):
    reasons = [in_both(LIES_IN, area=lambda: located.area.title)]
    if located.neighbours:
        nearest = located.neighbours[0]
        sentence = ON_BORDER if nearest.area in located.on_border else NEAR_BORDER
        reasons.append(in_both(sentence, neighbour=lambda: nearest.area.title, metres=round(nearest.metres)))
    return reasons


def served(categories, located):
    """Those of the categories (leaves) that some rule gives to an authority at this place, in their own order."""
    rules = RoutingRule.objects.filter(Q(area=None) | Q(area__in=[area.pk for area in located.areas]))
    named = set(rules.values_list("category_id", flat=True))
    return categories if None in named else categories.filter(Q(pk__in=named) | Q(parent__in=named))


def serves(category, located):
    """Whether some rule gives this category (a leaf) to an authority at this place: as `served`, for one."""
    rules = RoutingRule.objects.filter(Q(category=None) | Q(category=category) | Q(category=category.parent_id))
    return rules.filter(Q(area=None) | Q(area__in=[area.pk for area in located.areas])).exists()
