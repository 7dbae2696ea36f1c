"""Answer the sentence of the box by one card: above the public map, and alone at `/box/` for its script."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.geos import Point
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.text import Truncator
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control

from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from geoapp.http.query_parameters import FloatField, OneOfField, PointField, QueryError, QueryForm, TextField
from gis_data.addresses import geocode, map_links
from gis_data.addresses.geocode import Located, OutsideTheCity
from gis_data.addresses.suggest import SHORT_LINK, Candidate, candidates_at, place_elsewhere
from gis_data.models import Area, in_language
from incidents.answers.search import SURE_FROM as SURE_ANSWER
from incidents.answers.search import Match, search_answers
from incidents.answers.sentences import WISH_FROM, page_address, split_text
from incidents.deadlines import service_levels
from incidents.forms import OUTSIDE, find_near, joinable_incidents, lies_in_city
from incidents.map import public_map
from incidents.models import Answer, Category, Enquiry, Incident, Severity
from incidents.reporting import danger
from incidents.reporting.address_candidates import WARD_RADIUS_M
from incidents.reporting.close_by import open_incidents_around
from incidents.routing import rules
from incidents.understanding import Corrections, Intent, Understanding, call_now, may_be_wish, spoken_here, understand
from incidents.views.public.incident_pages import incident_context
from incidents.wording import day_and_time, in_spoken_language, target_in_words

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

EVERYBODY = AnonymousUser()
SENTENCE_MAX = 16_000  # characters of the parameter; of the sentence 4,000 are read
SURE_FROM = 0.5  # an intent less certain than this is said to be a guess
OFFERED = 4  # other places or kinds to choose from
AROUND_M = 300  # metres in which a place's open incidents are listed
TITLE_MAX = 90  # characters
CACHE_S = 30
ANSWERS = 3  # pages of a question's card: the one that answers, and those like it
LIKE_FIRST = 0.5  # of the first page's score: what has less is not offered beside it
WISH_CERTAINTY = 0.4  # that words which ask nothing want the page of their matter


class BoxForm(QueryForm):
    """The sentence, where the device is (`lon`, `lat`), and what a person has set right."""

    q = TextField(gettext_lazy("q: use at most %(most)s characters."), at_most=SENTENCE_MAX)
    lon = FloatField(gettext_lazy("lon, lat: enter numbers in degrees."))
    lat = FloatField(gettext_lazy("lon, lat: enter numbers in degrees."))
    accuracy = FloatField(gettext_lazy("accuracy: enter metres, 0 or more."), at_least=0, at_most=100_000)
    intent = OneOfField(("", *Intent), gettext_lazy("intent: must be one of %(these)s."), default="")
    kind = TextField(gettext_lazy("kind: enter a code."), at_most=20)
    place = PointField(gettext_lazy("place: enter lon,lat in degrees."))


@dataclass(frozen=True)
class Reading:
    """What is known of the sentence when its card is made. `near` (lon, lat): where the device is."""

    parameters: dict[str, Any]
    understood: Understanding
    near: tuple[float, float] | None
    located: Located | None

    @property
    def place(self) -> Candidate | None:
        return self.understood.place

    @property
    def kind(self) -> Category | None:
        return self.understood.kind

    @cached_property
    def pages(self) -> list[Match]:
        return search_answers(self.understood.text, limit=ANSWERS)

    def link(self, **changes: str) -> str:
        """Return the query of the same sentence with these corrections; "" takes one away."""
        known = {name: value for name, value in self.parameters.items() if value not in (None, "")}
        if "place" in known:
            known["place"] = as_text(Point(*known["place"]))
        return "?" + urlencode({name: value for name, value in (known | changes).items() if value != ""})

    def form_query(self, **more: str) -> str:
        """Return the query that fills the report form with all that is known."""
        fields = {"text": self.understood.words or self.understood.text}
        if self.kind:
            fields["category"] = self.kind.code
        if self.place:
            fields |= {"lon": f"{self.place.point.x:.6f}", "lat": f"{self.place.point.y:.6f}"}
            fields["accuracy"] = str(self.accuracy or "")
            if self.place.names_ward and self.place.area:
                fields["area"] = self.place.area.code
        return "?" + urlencode({name: value for name, value in (fields | more).items() if value})

    @property
    def accuracy(self) -> int:
        return round(self.parameters.get("accuracy") or 0) or (self.place.accuracy_m if self.place else 0)


@rate_limits.limit_requests("search")
@login_not_required
@require_safe
@cache_control(private=True, max_age=CACHE_S)
def box_card(request: HttpRequest) -> HttpResponse:
    """Returns the card of a sentence as HTML; 400 with the reasons for invalid parameters."""
    try:
        context = card_context(request.GET)
        if not context:
            raise QueryError(_("q: enter a sentence."))
    except QueryError as error:
        return render(request, "query_faults.html", {"faults": error.faults}, status=error.status)
    return render(request, "incidents/public/box/card.html", context)


def card_context(parameters: QueryDict) -> dict[str, Any]:
    """Returns the context of the card; {} without a sentence. Raises QueryError."""
    cleaned = BoxForm(parameters).read()
    cleaned["q"] = cleaned["q"].strip()
    if not cleaned["q"]:
        return {}
    reading = read_wish(read_sentence(cleaned))
    make, template = CARDS.get(reading.understood.intent, CARDS[Intent.UNKNOWN])
    return common_context(reading) | {"template": f"incidents/public/box/{template}.html"} | make(reading)


def read_sentence(cleaned: dict[str, Any]) -> Reading:
    near = (cleaned["lon"], cleaned["lat"]) if None not in (cleaned["lon"], cleaned["lat"]) else None
    if near and not lies_in_city(Point(*near, srid=4326)):
        near = None
    corrections = Corrections(
        intent=Intent(cleaned["intent"]) if cleaned["intent"] else None,
        kind=Category.objects.leaves().filter(code=cleaned["kind"]).first() if cleaned["kind"] else None,
    )
    understood = understand(cleaned["q"], near=near, corrections=corrections)
    if cleaned["place"]:
        understood = replace(understood, place=chosen_place(understood.places, cleaned["place"]))
    return Reading(cleaned, understood, near, locate_place(understood.place))


def read_wish(reading: Reading) -> Reading:
    """Returns the reading as a question where its words name a matter of an office, and a page surely answers it."""
    if reading.parameters["intent"] or not may_be_wish(reading.understood):
        return reading
    if not reading.pages or reading.pages[0].score < WISH_FROM:
        return reading
    return replace(reading, understood=replace(reading.understood, intent=Intent.QUESTION, certainty=WISH_CERTAINTY))


def chosen_place(named: Sequence[Candidate], degrees: tuple[float, float]) -> Candidate | None:
    """Returns the place at these degrees: one of those that the text names, or a point; None outside the city."""
    for candidate in named:
        if len(candidate.choices) < 2 and as_text(candidate.point) == as_text(Point(*degrees)):
            return candidate
    for ward in (ward for candidate in named for ward in candidate.choices):
        if as_text(ward.label_point) == as_text(Point(*degrees)):
            return ward_candidate(ward)
    return next(iter(candidates_at([degrees], "")), None)


def as_text(point: Point) -> str:
    return f"{point.x:.6f},{point.y:.6f}"


def ward_candidate(ward: Area) -> Candidate:
    west, south, east, north = ward.label_point.buffer(0.01).extent
    return Candidate(
        title=ward.title, kind="ward", point=ward.label_point, bounds=(west, south, east, north),
        accuracy_m=WARD_RADIUS_M, confidence=1.0, area=ward,
    )  # fmt: skip


def locate_place(place: Candidate | None) -> Located | None:
    try:
        return geocode.locate(place.point) if place else None
    except OutsideTheCity:
        return None


def common_context(reading: Reading) -> dict[str, Any]:
    understood = reading.understood
    return {
        "sentence": understood.text,
        "intent": str(understood.intent),
        "language": understood.language,
        "in_own_language": (call_now if understood.intent == Intent.DANGER else spoken_here)(understood.language),
        "meaning": MEANINGS.get(understood.intent, ""),
        "guessed": understood.certainty < SURE_FROM,
        "headline": sentence_title(understood.words or understood.text),
        "place": reading.place,
        "other_readings": [
            (words, reading.link(intent=str(intent)))
            for intent, words in OTHER_READINGS.items()
            if intent != understood.intent
        ],
        "matters": [(sentence_title(matter), "?" + urlencode({"q": matter})) for matter in understood.matters],
        "report_query": reading.form_query(),
        "ask_query": ask_query(reading),
    }


def sentence_title(text: str) -> str:
    title = Truncator(" ".join(text.split())).chars(TITLE_MAX)
    return title[:1].upper() + title[1:]


MEANINGS: dict[Intent, "StrOrPromise"] = {
    Intent.REPORT: gettext_lazy("you want to report something"),
    Intent.QUESTION: gettext_lazy("you have a question"),
    Intent.THANKS: gettext_lazy("you want to say thank you"),
    Intent.IDEA: gettext_lazy("you have an idea for the city"),
    Intent.COMPLAINT: gettext_lazy("you want to complain about the conduct of staff"),
    Intent.PERSON: gettext_lazy("you want to speak to a person"),
    Intent.PLACE: gettext_lazy("you are looking for a place"),
}
OTHER_READINGS: dict[Intent, "StrOrPromise"] = {
    Intent.REPORT: gettext_lazy("I want to report something"),
    Intent.QUESTION: gettext_lazy("I have a question"),
    Intent.PLACE: gettext_lazy("I am looking for a place"),
    Intent.PERSON: gettext_lazy("I want to speak to a person"),
    Intent.DANGER: gettext_lazy("Somebody is in danger"),
}
ENQUIRY_KINDS = {Intent.THANKS: Enquiry.Kind.THANKS, Intent.COMPLAINT: Enquiry.Kind.COMPLAINT}


def form_address(reading: Reading) -> str:
    """Returns the form for the words, filled with them."""
    if reading.understood.intent == Intent.IDEA:
        return f"{reverse('idea-new')}?{urlencode({'text': reading.understood.text})}"
    return reverse("ask") + ask_query(reading)


def ask_query(reading: Reading) -> str:
    kind = ENQUIRY_KINDS.get(reading.understood.intent, Enquiry.Kind.QUESTION)
    return "?" + urlencode({"kind": str(kind), "text": reading.understood.text})


# ---- the cards ----


def report_card(reading: Reading) -> dict[str, Any]:
    kind, located, place = reading.kind, reading.located, reading.place
    served = bool(kind and located and rules.is_served(kind, located))
    context = choices_context(reading) | {"kind": kind, "unserved": bool(kind and located and not served)}
    if not (kind and place and located and served):
        return context | {"complete": False, "next_step": "what" if located else "where"}
    route = rules.find_route(kind, located)
    times = service_levels.current_rules()
    _accept_by, due_at, target = times.deadlines(kind, Severity.NORMAL, route.authority.pk, localtime(now()))
    return context | {
        "complete": True,
        "next_step": "details",
        "unit": route.authority.title,
        "why": in_spoken_language(route.reasons[-1]),
        "due": day_and_time(due_at),
        "target": target_in_words(target),
        "near": next(iter(find_near(joinable_incidents(EVERYBODY), kind, place.point)), None),
    }


def choices_context(reading: Reading) -> dict[str, Any]:
    """Returns what a person may choose instead: other places and kinds, each with the query that chooses it."""
    places = [
        (spot.title, spot.note, reading.link(place=as_text(spot.point)))
        for candidate in reading.understood.places
        for spot in parts_of(candidate)
        if not is_same_place(spot, reading.place)
    ]
    kinds = [kind for kind in reading.understood.kinds if kind != reading.kind]
    return {
        "other_places": places[:OFFERED],
        "other_kinds": [(kind, reading.link(kind=kind.code)) for kind in kinds[:OFFERED]],
        "here_query": reading.link(),
        "place_question": place_question(reading),
        "place_note": place_note(reading),
        "area": reading.located.area if reading.located else None,
        "accuracy": reading.accuracy,
        "in_danger": reading.link(intent=str(Intent.DANGER)),
    }


@dataclass(frozen=True)
class Part:
    title: str
    note: str
    point: Point


def parts_of(candidate: Candidate) -> list[Part]:
    """Returns the wards that are left of a divided one, else the place itself."""
    if len(candidate.choices) > 1:
        return [Part(area.title, candidate.title, area.label_point) for area in candidate.choices]
    return [Part(candidate.title, candidate.note, candidate.point)]


def is_same_place(part: Part, place: Candidate | None) -> bool:
    return place is not None and part.title == place.title


def place_question(reading: Reading) -> str:
    if reading.place:
        return _("Is this the place?")
    return _("Which of these places is it?") if reading.understood.places else _("Where is it?")


def place_note(reading: Reading) -> str:
    """Returns why a place that the sentence seems to name cannot be found; "" where it names none."""
    text = reading.understood.text
    if reading.place:
        return ""
    if map_links.names_short_link(text):
        return str(SHORT_LINK)
    if map_links.places_in_text(text) and not reading.understood.places:
        return str(OUTSIDE)
    if province := place_elsewhere(text):
        return _("%(place)s is outside the city.") % {"place": province}
    return ""


def danger_card(reading: Reading) -> dict[str, Any]:
    numbers = danger.numbers_to_call(reading.understood.text)
    dangers = [name for name in DANGER_TITLES if name in reading.understood.dangers]
    point = reading.place.point if reading.place else Point(*reading.near, srid=4326) if reading.near else None
    read_aloud = ""
    if reading.place:
        read_aloud = reading.place.title
    elif point:
        ward = geocode.locate(point).area.title
        read_aloud = ", ".join(filter(None, [geocode.nearest_address(point), ward]))
    return {
        "title": DANGER_TITLES[dangers[0]] if dangers else _("Danger: call now"),
        "first_call": numbers[0] if numbers else None,
        "other_calls": numbers[1:],
        "advice": next((DANGER_ADVICE[name] for name in dangers if name in DANGER_ADVICE), ""),
        "read_aloud": read_aloud,
        "from_device": bool(point and not reading.place),
        "point": point,
        "accuracy": reading.accuracy if reading.place else round(reading.parameters.get("accuracy") or 0),
        "here_query": reading.link(),
        "no_danger": reading.link(intent=str(Intent.REPORT)),
    }


# The gravest first; the codes are those of incidents.reporting.dangers.
DANGER_TITLES: dict[str, "StrOrPromise"] = {
    "fire": gettext_lazy("Fire: call now"),
    "water": gettext_lazy("Somebody in the water: call now"),
    "collapse": gettext_lazy("Something has collapsed: call now"),
    "gas": gettext_lazy("Gas is leaking: call now"),
    "shock": gettext_lazy("An electric shock: call now"),
    "injury": gettext_lazy("Somebody is hurt: call now"),
    "suicide": gettext_lazy("A life is at risk: call now"),
    "crime": gettext_lazy("Violence or crime: call now"),
    "child": gettext_lazy("A child is in danger: call now"),
}
DANGER_ADVICE: dict[str, "StrOrPromise"] = {
    "fire": gettext_lazy("Leave the building, keep low under the smoke, close doors behind you. Do not take the lift."),
    "water": gettext_lazy(
        "Throw a buoy, a plastic can or a rope to the person in the water. Do not go in unless you are trained to."
    ),
    "collapse": gettext_lazy("Keep away from what is still standing. Do not climb on the rubble."),
    "gas": gettext_lazy("Open the windows and go outside. No flames, no light switches, no telephone near the leak."),
    "shock": gettext_lazy("Keep ten metres away from the wire. Do not touch the person before the power is cut."),
    "injury": gettext_lazy("Do not move anyone who is badly hurt, unless the place itself is dangerous."),
    "suicide": gettext_lazy("Stay with the person and keep talking, without blame."),
    "crime": gettext_lazy("Go somewhere safe first. Remember clothes, number plates, directions."),
}


def status_card(reading: Reading) -> dict[str, Any]:
    """Returns the public state of the incident of that number; a number that is not public looks like one unknown."""
    reference = reading.understood.reference
    incident = public_map.published_incidents().with_pages().filter(reference=reference).first()
    if incident is None:
        return {"reference": reference, "incident": None, "of_enquiry": reference.startswith("H")}
    context = incident_context(incident)
    last = next((line.event for line in context["story"] if line.event.note and line.event.authority), None)
    return {
        "reference": reference,
        "incident": incident,
        "late": context["late"],
        "pressing": context["pressing"],
        "explanation": context["state_sentence"],
        "stops": state_stops(incident) if incident.state != Incident.State.REJECTED else [],
        "last_word": last,
        "photo": next(iter(context["pictures"]), None),
    }


STOPS: tuple[tuple[str, "StrOrPromise", tuple[str, ...]], ...] = (
    ("received", gettext_lazy("Received"), (Incident.State.RECEIVED,)),
    ("assigned", gettext_lazy("Assigned"), (Incident.State.ASSIGNED, Incident.State.PASSED_ON)),
    ("working", gettext_lazy("Working"), (*Incident.IN_HAND, Incident.State.WAITING, Incident.State.DISPUTED)),
    ("resolved", gettext_lazy("Done"), tuple(Incident.DONE)),
)


def state_stops(incident: Incident) -> list[dict[str, Any]]:
    """Returns the four stops on the way of an incident; `reached` by its state."""
    reached = next((number for number, stop in enumerate(STOPS) if incident.state in stop[2]), len(STOPS) - 1)
    return [
        {"sign": sign, "words": words, "reached": number <= reached, "at": moment}
        for number, ((sign, words, _states), moment) in enumerate(
            zip(STOPS, (incident.received_at, None, None, incident.closed_at), strict=True)
        )
    ]


def question_card(reading: Reading) -> dict[str, Any]:
    """Returns the card of a question: the page that surely answers it with the next ones like it, else an office."""
    if not reading.pages or reading.pages[0].score < SURE_ANSWER:
        return office_card(reading)
    likely = [page for page in reading.pages if page.score >= reading.pages[0].score * LIKE_FIRST]
    first, *others = [answer_row(page.answer, reading.understood.language) for page in likely]
    return {
        "template": "incidents/public/box/answer.html",
        "answer": first,
        "other_answers": others,
        "ward": ward_of(reading),
    }


def answer_row(answer: Answer, language: str) -> dict[str, str]:
    """Returns what a card shows of an answer, in the language of the question."""
    with translation.override(language if language in ("vi", "en") else None):
        row = {"title": in_language(answer, "title")}
        row["sentence"], row["rest"] = split_text(answer)
    return row | {"address": page_address(answer)}


def office_card(reading: Reading) -> dict[str, Any]:
    """Returns the card of what goes to an office: a question, thanks, an idea, a complaint."""
    lead, action = OFFICE_WORDS[reading.understood.intent]
    return {"lead": lead, "action": action, "form_address": form_address(reading), "ward": ward_of(reading)}


OFFICE_WORDS: dict[Intent, tuple["StrOrPromise", "StrOrPromise"]] = {
    Intent.QUESTION: (
        gettext_lazy("An office answers this question. It receives your exact words."),
        gettext_lazy("Send the question"),
    ),
    Intent.THANKS: (
        gettext_lazy("Your thanks are passed on to those who did the work."),
        gettext_lazy("Send the thanks"),
    ),
    Intent.IDEA: (
        gettext_lazy("After a check everyone can read your idea and support it."),
        gettext_lazy("Send the idea"),
    ),
    Intent.COMPLAINT: (
        gettext_lazy("Complaints about staff go to those who supervise the unit, not to the unit itself."),
        gettext_lazy("Send the complaint"),
    ),
}


def ward_of(reading: Reading) -> dict[str, str] | None:
    """Returns the title and address of the ward that the sentence names or the device stands in."""
    located = reading.located
    if located is None and reading.near:
        located = geocode.locate(Point(*reading.near, srid=4326))
    if located is None:
        return None
    try:
        address = reverse("ward", args=[located.area.code])
    except NoReverseMatch:
        address = f"{reverse('map')}?area={located.area.code}"
    return {"title": located.area.title, "address": address}


def person_card(reading: Reading) -> dict[str, Any]:
    return {}


def place_card(reading: Reading) -> dict[str, Any]:
    place, located = reading.place, reading.located
    if place is None or located is None:
        chosen = choices_context(reading)
        return chosen if chosen["other_places"] else unknown_card(reading)
    shown = public_map.published_incidents()
    if place.names_ward and place.area:
        rows = shown.open().filter(area=located.area).order_by("-received_at", "-pk")
    else:
        rows = open_incidents_around(shown, place.point, metres=AROUND_M)
    return choices_context(reading) | {
        "open_here": list(public_map.with_pictures(rows)[:3]),
        "radius": 0 if place.names_ward else AROUND_M,
        "ward": ward_of(reading),
        "area_query": "?" + urlencode({"area": located.area.code}),
        "spot_query": "?" + urlencode({"lon": f"{place.point.x:.6f}", "lat": f"{place.point.y:.6f}"}),
    }


def unknown_card(reading: Reading) -> dict[str, Any]:
    return {"template": "incidents/public/box/unknown.html", "place_note": place_note(reading)}


# The card of each intent: what makes its context, and its template.
CARDS: dict[Intent, tuple[Callable[[Reading], dict[str, Any]], str]] = {
    Intent.REPORT: (report_card, "report"),
    Intent.QUESTION: (question_card, "office"),
    Intent.THANKS: (office_card, "office"),
    Intent.IDEA: (office_card, "office"),
    Intent.COMPLAINT: (office_card, "office"),
    Intent.STATUS: (status_card, "status"),
    Intent.DANGER: (danger_card, "danger"),
    Intent.PERSON: (person_card, "person"),
    Intent.PLACE: (place_card, "place"),
    Intent.UNKNOWN: (unknown_card, "unknown"),
}
