"""What a caller may mean, from what was typed so far: kind, place, whether it is known, who answers, what to say.

Nothing is written here. What was chosen by hand stays; the rest is worked out from the words each time.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.gis.db.models.functions import GeometryDistance
from django.contrib.gis.geos import Point
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _

from gis_data.addresses import geocode
from gis_data.addresses.sentences import place_in_sentence
from gis_data.addresses.suggest import only_sure_candidate, suggest
from incidents import intake, rulebook
from incidents.deadlines import service_levels
from incidents.intake.categories import likeliest_category, suggest_categories
from incidents.intake.chat.danger import mentions_danger
from incidents.intake.spots import Spot, parse_spot, spots_from_candidates
from incidents.models import Call, CallScript, Category, Incident, Severity
from incidents.models.incident import IncidentQuerySet
from incidents.routing import rules
from incidents.wording import day_and_time

NEAR_M, NEAR_MOST = 300, 8  # metres around the place in which open incidents are shown, and how many at most
VAGUE_M = 140  # metres, at most, by which a vague place widens the circle in which an incident is taken for the same
DEGREES_DIFFER = 4  # so many times as many are measured: a degree to the east is not as long as one to the north
MAX_PLACES = 5
NEW = "new"


@dataclass
class PlaceGuess:
    """The places that words may mean, and the one that they mean surely."""

    places: list[Spot]
    sure: Spot | None = None
    phrase: str = ""  # the words in which the place was found


@dataclass
class CallSuggestions:
    """What is suggested for a call, and what of it counts as chosen."""

    book: rulebook.Rulebook
    categories: list[Category] = field(default_factory=list)
    category: Category | None = None
    places: list[Spot] = field(default_factory=list)
    place: Spot | None = None
    phrase: str = ""
    outside: bool = False  # the chosen place lies outside the city
    ward: str = ""
    near: list[Incident] = field(default_factory=list)
    join: Incident | None = None
    route: rules.Route | None = None
    due_at: datetime | None = None
    scripts: list[CallScript] = field(default_factory=list)
    urgent: bool = False

    @property
    def unit(self) -> str:
        """The name of the unit that answers; "" where that is not known yet."""
        return self.route.authority.title if self.route else ""

    @property
    def due(self) -> str:
        """The moment by which it is to be done, in words; "" where that is not known yet."""
        return day_and_time(self.due_at) if self.due_at else ""

    @property
    def joined_at(self) -> str:
        """When the incident that it joins was reported, in words; "" where it joins none."""
        return day_and_time(self.join.received_at) if self.join else ""

    @property
    def is_complete(self) -> bool:
        """Whether a report can be made of it."""
        return self.place is not None and self.category is not None and not self.outside


def suggest_for_call(call: Call, incidents: IncidentQuerySet) -> CallSuggestions:
    """What the words of a call may mean. `incidents`: those that its operator may read."""
    book = rulebook.current_rulebook()
    found = CallSuggestions(book)
    found.categories, found.category = guess_category(call, book)
    guess = guess_place(call.text, call.where)
    found.places, found.phrase = guess.places, guess.phrase
    found.place = chosen_spot(call, guess)
    if found.place and found.place.value not in [spot.value for spot in found.places]:
        found.places = [*found.places, found.place]
    if found.place:
        add_what_lies_there(found, call, incidents, book)
    danger = call.danger
    if danger == Call.Danger.NONE and mentions_danger(call.text):
        danger = Call.Danger.DANGER
    found.scripts = CallScript.objects.applying_to(found.category, danger)
    found.urgent = danger != Call.Danger.NONE or bool(found.category and found.category.emergency)
    return found


def guess_category(call, book):
    """(the kinds that the words speak of, the one that counts): the one chosen by hand, else the likeliest."""
    likely = suggest_categories(call.text, book.categories.values()) if call.text else []
    if call.category is None:
        return likely, likeliest_category(call.text, book.categories.values())
    chosen = next((one for one in likely if one.pk == call.category_id), None)  # where it stood it stays
    if chosen is None:
        chosen = book.leaf(call.category.code) or call.category
        likely = [*likely, chosen]
    return likely, chosen


def guess_place(text: str, where: str) -> PlaceGuess:
    """The places that are meant: by the words for the place, where there are any, else by all that was said."""
    phrase = where or place_in_sentence(text)
    candidates = suggest(phrase) if phrase else []
    sure = only_sure_candidate(candidates)
    places = spots_from_candidates(candidates)[:MAX_PLACES]
    return PlaceGuess(places, next(iter(spots_from_candidates([sure])), None) if sure else None, phrase)


def chosen_spot(call, guess):
    """The place that counts: the one chosen by hand, else the one that the words mean surely; None for none."""
    if not call.spot:
        return guess.sure
    return next((spot for spot in guess.places if spot.value == call.spot), None) or Spot(
        call.spot, call.spot_title or _("Place on the map"), ()
    )


def add_what_lies_there(found, call, incidents, book):
    """Add what the place and the kind say: the ward, who answers until when, and what was reported near by."""
    chosen = parse_spot(found.place.value)
    try:
        located = geocode.locate(chosen.point)
    except geocode.OutsideTheCity:
        found.outside = True
        return
    found.ward = located.area.title
    found.near = near_incidents(incidents, chosen.point, found.category)
    found.join = joined_incident(call, found, chosen.accuracy_m)
    if found.category:
        found.route = rules.find_route(found.category, located, book)
        times = service_levels.current_rules(book)
        dates = times.dates(found.category, severity_of(call), found.route.authority.pk, localtime(now()))
        found.due_at = dates.due_at


def near_incidents(incidents: IncidentQuerySet, place: Point, category: Category | None) -> list[Incident]:
    """The open incidents around a place, nearest first; of the same field where that is known.

    The index of places gives the nearest by degrees, however many there are; of these metres are measured.
    """
    of_field = incidents.filter(category__parent=category.parent_id) if category else incidents
    box = place.buffer(geocode.degrees_of_metres(NEAR_M, place.y))
    nearest = of_field.open().filter(place__intersects=box).order_by(GeometryDistance("place", place))
    keys = list(nearest.values_list("pk", flat=True)[: NEAR_MOST * DEGREES_DIFFER])
    around = intake.open_incidents_around(incidents.filter(pk__in=keys), place, metres=NEAR_M)
    return list(around.with_pages()[:NEAR_MOST])


def joined_incident(call: Call, found: CallSuggestions, accuracy_m: float) -> Incident | None:
    """The incident that it is: the one chosen by hand, else the nearest of the same kind that is close by."""
    if call.join:
        return next((one for one in found.near if one.reference == call.join), None)
    within = intake.CLOSE_BY_M + min(accuracy_m, VAGUE_M)
    same = (one for one in found.near if found.category and one.category_id == found.category.pk)
    return next((one for one in same if one.distance.m <= within), None)  # type: ignore[attr-defined]  # annotated


def severity_of(call: Call) -> str:
    """How grave what a caller tells is, by the answer to the question of danger."""
    return Severity.NORMAL if call.danger == Call.Danger.NONE else Severity.DANGEROUS


def address_of(place: Spot, ward: str) -> str | None:
    """The address that is written for a chosen place: its name without the ward; None where the map alone named it."""
    return place.title.removesuffix(f", {ward}")[:200] if place.facts else None
