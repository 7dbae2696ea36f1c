"""Put together what a sentence means: its intent, place, kind, dangers and number."""

from dataclasses import dataclass, field
from enum import StrEnum

from gis_data.addresses.suggest import Candidate
from gis_data.words import tidy
from incidents.enquiries.words import kind_in_words
from incidents.models import Category, Enquiry
from incidents.reporting.categories import plain_category, suggest_categories
from incidents.reporting.dangers import find_dangers
from incidents.understanding.languages import find_language
from incidents.understanding.places import find_places, sure_place
from incidents.understanding.references import find_reference

MAX_CHARS = 4000


class Intent(StrEnum):
    """What a person wants."""

    REPORT = "report"
    QUESTION = "question"
    STATUS = "status"
    THANKS = "thanks"
    IDEA = "idea"
    COMPLAINT = "complaint"
    PERSON = "person"
    DANGER = "danger"
    PLACE = "place"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Corrections:
    """What a person has set right; None leaves it to the text."""

    intent: Intent | None = None
    kind: Category | None = None
    place: Candidate | None = None


@dataclass(frozen=True)
class Understanding:
    """What a sentence means. `places` and `kinds` likeliest first; `place` and `kind` may be taken without asking."""

    text: str  # as written, NFC, trimmed
    language: str  # "vi", "en" or a code of another language; "" where it cannot be known
    intent: Intent
    certainty: float  # of the intent, 0…1
    places: tuple[Candidate, ...] = ()
    place: Candidate | None = None
    kinds: tuple[Category, ...] = ()  # at most four, none below its threshold
    kind: Category | None = None
    dangers: frozenset[str] = field(default_factory=frozenset)
    reference: str = ""  # number of an incident or enquiry in its normal form
    matters: tuple[str, ...] = ()  # of a message that holds several; () where it is one
    words: str = ""  # the description without commands, address kept


OF_ENQUIRIES = {
    Enquiry.Kind.QUESTION: Intent.QUESTION,
    Enquiry.Kind.THANKS: Intent.THANKS,
    Enquiry.Kind.COMPLAINT: Intent.COMPLAINT,
}


def understand(
    text: str, *, near: tuple[float, float] | None = None, corrections: Corrections | None = None
) -> Understanding:
    """Return what the text means. `near` (lon, lat, EPSG:4326): where the person is. Reads 4,000 characters."""
    text = tidy(text[: 4 * MAX_CHARS])[:MAX_CHARS]
    fixed = corrections or Corrections()
    dangers = find_dangers(text)
    reference = find_reference(text)
    places = find_places(text, near)
    leaves = list(Category.objects.leaves().in_menu_order())
    kinds = tuple(suggest_categories(text, leaves))
    kind = plain_category(text, leaves, kinds)
    intent = fixed.intent or intent_of(text, dangers=dangers, reference=reference, kinds=kinds, places=places)
    return Understanding(
        text=text,
        language=find_language(text),
        intent=intent,
        certainty=1.0 if fixed.intent else 0.5,
        places=places,
        place=fixed.place or sure_place(places),
        kinds=(fixed.kind,) if fixed.kind else kinds,
        kind=fixed.kind or kind,
        dangers=frozenset(dangers),
        reference=reference,
        words=text,
    )


def intent_of(text, *, dangers, reference, kinds, places):
    if dangers:
        return Intent.DANGER
    if of_office := kind_in_words(text):
        return OF_ENQUIRIES.get(Enquiry.Kind(of_office), Intent.QUESTION)
    if reference:
        return Intent.STATUS
    if kinds:
        return Intent.REPORT
    return Intent.PLACE if places else Intent.UNKNOWN
