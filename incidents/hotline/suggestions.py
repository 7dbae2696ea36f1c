"""Suggest kind, place, known incident, unit and script from what was typed in a call.

Reads only. Fields chosen by hand stay; others are computed from the words each time.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.gis.db.models.functions import GeometryDistance
from django.contrib.gis.geos import Point
from django.db.models import Q
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _

from gis_data.addresses import geocode
from gis_data.addresses.sentences import place_in_sentence
from gis_data.addresses.suggest import only_sure_candidate, suggest
from incidents import reporting, rulebook
from incidents.deadlines import service_levels
from incidents.models import Call, CallScript, Category, Incident, Severity
from incidents.models.incident import IncidentQuerySet
from incidents.reporting.address_candidates import Spot, parse_spot, spots_from_candidates
from incidents.reporting.categories import plain_category, suggest_categories
from incidents.reporting.danger import mentions_danger
from incidents.routing import rules
from incidents.wording import day_and_time

NEAR_M, NEAR_MOST = 300, 8  # metres around the place in which open incidents are shown, and how many at most
WIDEST_M = 1000  # metres, at most, of that circle where the place itself is known less well
VAGUE_M = 140  # metres, at most, by which a vague place widens the circle in which an incident is taken for the same
DEGREES_DIFFER = 4  # so many times as many are measured: a degree to the east is not as long as one to the north
MAX_PLACES = 5
NEW = "new"


@dataclass
class PlaceGuess:
    """Places that the words may name, and the certain one."""

    places: list[Spot]
    sure: Spot | None = None
    phrase: str = ""  # the words in which the place was found


@dataclass
class CallSuggestions:
    """Suggestions for a call, and which of them count as chosen."""

    book: rulebook.Rulebook
    categories: list[Category] = field(default_factory=list)
    category: Category | None = None
    places: list[Spot] = field(default_factory=list)
    place: Spot | None = None
    phrase: str = ""
    outside: bool = False  # the chosen place lies outside the city
    ward: str = ""
    near: list[Incident] = field(default_factory=list)
    near_m: int = NEAR_M  # metres of the circle in which they lie
    join: Incident | None = None
    route: rules.Route | None = None
    due_at: datetime | None = None
    scripts: list[CallScript] = field(default_factory=list)
    urgent: bool = False

    @property
    def unit(self) -> str:
        return self.route.authority.title if self.route else ""

    @property
    def due(self) -> str:
        return day_and_time(self.due_at) if self.due_at else ""

    @property
    def joined_at(self) -> str:
        return day_and_time(self.join.received_at) if self.join else ""

    @property
    def is_complete(self) -> bool:
        return self.place is not None and self.category is not None and not self.outside


def suggest_for_call(call: Call, incidents: IncidentQuerySet) -> CallSuggestions:
    """Suggestions for a call. `incidents`: those that its operator may read."""
    book = rulebook.current_rulebook()
    suggestions = CallSuggestions(book)
    suggestions.categories, suggestions.category = guess_category(call, book)
    guess = guess_place(call.text, call.where)
    suggestions.places, suggestions.phrase = guess.places, guess.phrase
    suggestions.place = chosen_spot(call, guess)
    if suggestions.place and suggestions.place.value not in [spot.value for spot in suggestions.places]:
        suggestions.places = [*suggestions.places, suggestions.place]
    if suggestions.place:
        add_place_suggestions(suggestions, call, incidents, book)
    danger = call.danger
    if danger == Call.Danger.NONE and mentions_danger(call.text):
        danger = Call.Danger.DANGER
    suggestions.scripts = CallScript.objects.applying_to(suggestions.category, danger)
    suggestions.urgent = danger != Call.Danger.NONE or bool(suggestions.category and suggestions.category.emergency)
    return suggestions


def guess_category(call, book):
    likely = suggest_categories(call.text, book.categories.values()) if call.text else []
    if call.category is None:
        return likely, plain_category(call.text, book.categories.values(), likely)
    chosen = next((category for category in likely if category.pk == call.category_id), None)  # where it stood it stays
    if chosen is None:
        chosen = book.leaf(call.category.code) or call.category
        likely = [*likely, chosen]
    return likely, chosen


def guess_place(text: str, where: str) -> PlaceGuess:
    phrase = where or place_in_sentence(text)
    candidates = suggest(phrase) if phrase else []
    sure = only_sure_candidate(candidates)
    places = spots_from_candidates(candidates)[:MAX_PLACES]
    return PlaceGuess(places, next(iter(spots_from_candidates([sure])), None) if sure else None, phrase)


def chosen_spot(call, guess):
    """Place chosen by hand, else the certain one; None for none."""
    if not call.spot:
        return guess.sure
    return next((spot for spot in guess.places if spot.value == call.spot), None) or Spot(
        call.spot, call.spot_title or _("Location on the map"), ()
    )


def add_place_suggestions(suggestions, call, incidents, book):
    chosen = parse_spot(suggestions.place.value)
    try:
        located = geocode.locate(chosen.point)
    except geocode.OutsideTheCity:
        suggestions.outside = True
        return
    suggestions.ward = located.area.title
    suggestions.near_m = max(NEAR_M, min(round(chosen.accuracy_m), WIDEST_M))
    address = suggestions.place.title.removesuffix(f", {suggestions.ward}")
    likely = [category for category in (suggestions.category, *suggestions.categories) if category]
    suggestions.near = near_incidents(incidents, chosen.point, likely, metres=suggestions.near_m, address=address)
    suggestions.join = joined_incident(call, suggestions, chosen.accuracy_m)
    if suggestions.category:
        suggestions.route = rules.find_route(suggestions.category, located, book)
        times = service_levels.current_rules(book)
        dates = times.dates(suggestions.category, severity_of(call), suggestions.route.authority.pk, localtime(now()))
        suggestions.due_at = dates.due_at


def near_incidents(
    incidents: IncidentQuerySet, place: Point, likely: list[Category], *, metres: float, address: str = ""
) -> list[Incident]:
    """Open incidents near a place: of the likeliest category first, then of other likely ones, of the group, of all
    others. Within each those at this `address` (`at_address`) first, then the nearest.
    """
    around = incidents.open().filter(place__intersects=place.buffer(geocode.degrees_of_metres(metres, place.y)))
    near: list[Incident] = []
    for group in kinds_in_order(likely):
        of_kind = around.filter(group).exclude(pk__in=[incident.pk for incident in near])
        near += nearest_of(of_kind, place, metres=metres, address=address)[: NEAR_MOST - len(near)]
        if len(near) == NEAR_MOST:
            break
    return near


def kinds_in_order(likely: list[Category]) -> list[Q]:
    if not likely:
        return [Q()]
    first, *others = likely
    return [
        Q(category=first.pk),
        Q(category__in=[category.pk for category in others]),
        Q(category__parent=first.parent_id),
        Q(),
    ]


def nearest_of(incidents: IncidentQuerySet, place: Point, *, metres: float, address: str) -> list[Incident]:
    """Incidents within so many metres, those at this address first, then the nearest.

    The spatial index orders by degrees; only these candidates are measured in metres.
    """
    nearest = incidents.order_by(GeometryDistance("place", place))
    keys = list(nearest.values_list("pk", flat=True)[: NEAR_MOST * DEGREES_DIFFER])
    if names_house(address):
        keys += incidents.filter(address__icontains=address).values_list("pk", flat=True)[:NEAR_MOST]
    around = reporting.open_incidents_around(Incident.objects.filter(pk__in=keys), place, metres=metres)
    candidates = list(around.with_pages()[: NEAR_MOST * (DEGREES_DIFFER + 1)])
    for incident in candidates:
        incident.at_address = names_house(address) and address.casefold() in incident.address.casefold()
    return sorted(candidates, key=lambda incident: not incident.at_address)[:NEAR_MOST]


def names_house(address: str) -> bool:
    return any(sign.isdigit() for sign in address.partition(" ")[0])


def joined_incident(call: Call, suggestions: CallSuggestions, accuracy_m: float) -> Incident | None:
    if call.join:
        return next((incident for incident in suggestions.near if incident.reference == call.join), None)
    within = reporting.CLOSE_BY_M + min(accuracy_m, VAGUE_M)
    same = [
        incident
        for incident in suggestions.near
        if suggestions.category and incident.category_id == suggestions.category.pk
    ]
    return next((incident for incident in same if incident.at_address or incident.distance.m <= within), None)  # type: ignore[attr-defined]  # annotated


def severity_of(call: Call) -> str:
    return Severity.NORMAL if call.danger == Call.Danger.NONE else Severity.DANGEROUS


def address_of(place: Spot, ward: str) -> str | None:
    """Name of a chosen place without its ward; None where it was set on the map only."""
    return place.title.removesuffix(f", {ward}")[:200] if place.facts else None
