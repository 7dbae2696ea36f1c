"""The emergency mode that is on, for every page and way in."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from gis_data import city
from gis_data.models import text_in_language
from incidents import rulebook
from incidents.models import AnyUser, Category, Emergency
from incidents.models.incident import IncidentQuerySet
from incidents.wording import day_and_time

# Of each kind the dangers of its pack whose number is called first (`[[emergency]]` of city.toml).
DANGERS: dict[str, set[str]] = {
    Emergency.Kind.FLOOD: {"water"}, Emergency.Kind.STORM: {"water", "collapse"}, Emergency.Kind.FIRE: {"fire"},
    Emergency.Kind.OUTAGE: {"shock"}, Emergency.Kind.OTHER: {"injury"},
}  # fmt: skip


def find_emergency(user: AnyUser | None = None) -> Emergency | None:
    """Return what is on, without its shape: the real one before practice, which strangers do not see."""
    modes = list(Emergency.objects.on().without_shape().order_by("practice", "pk")[:2])
    if not modes:
        return None
    sees_practice = user is not None and user.is_authenticated
    return next((mode for mode in modes if sees_practice or not mode.practice), None)


def emergency_context(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `emergency`, what is on, looked for once where a page asks."""
    return {"emergency": SimpleLazyObject(lambda: find_emergency(getattr(request, "user", None) or AnonymousUser()))}


def numbers_first(emergency: Emergency) -> list[dict[str, str]]:
    """Return the city's emergency numbers with their services, those for this kind first."""
    here, dangers = city.find_city(), DANGERS[emergency.kind]
    lines = sorted(here.emergency if here else [], key=lambda line: not dangers & set(line.get("dangers", ())))
    return [{"number": line["number"], "what": text_in_language(line, "what")} for line in lines]


def own_kinds(emergency: Emergency) -> list[Category]:
    """Return the kinds of report that come first: those that the pack names for it, else urgent ones.

    Of those named, kinds of the group that has most of them come first: in a flood those of drainage.
    """
    leaves = list(rulebook.current_rulebook().categories.values())
    named = [leaf for leaf in leaves if emergency.kind in leaf.emergencies.split()]
    in_group = Counter(leaf.parent_id for leaf in named)
    named.sort(key=lambda leaf: -in_group[leaf.parent_id])
    return named or [leaf for leaf in leaves if leaf.emergency and not leaf.is_never_public]


def own_incidents(emergency: Emergency, incidents: IncidentQuerySet) -> IncidentQuerySet:
    return incidents.filter(own_condition(emergency))


def own_condition(emergency: Emergency) -> Q:
    """Return the condition on incidents reported in its wards, of its kinds, while it was on."""
    kinds = [category.pk for category in own_kinds(emergency)]
    ended = emergency.ended_at or emergency.until
    own = Q(received_at__gte=emergency.starts_at, received_at__lt=ended, category__in=kinds)
    return own & Q(area__code__in=emergency.area_codes) if emergency.area_codes else own


def announcement_of(emergency: Emergency, *, spoken: bool = False) -> str:
    """Return what is said first by telephone and chat: what happens, until when, what to do, whom to call."""
    parts = {"title": emergency.words.rstrip(".!… "), "place": emergency.place_title}
    parts["time"] = day_and_time(emergency.until)
    sentences = [_("%(title)s. Emergency mode is on for %(place)s until %(time)s.") % parts, emergency.advice_words]
    if numbers := numbers_first(emergency)[:3]:
        sentences.append(_("Someone in danger? Call %(numbers)s.") % {"numbers": in_words(numbers, spoken=spoken)})
    return " ".join(filter(None, sentences))


def in_words(numbers: Sequence[dict[str, str]], *, spoken: bool) -> str:
    if spoken:
        return ", ".join(f"{' '.join(line['number'])} {line['what']}" for line in numbers)
    return ", ".join(f"{line['number']} ({line['what']})" for line in numbers)
