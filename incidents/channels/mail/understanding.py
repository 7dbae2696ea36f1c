"""Read the words of a mail by `incidents.understanding`, and find its place line by line as well."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.gis.geos import Point

from gis_data.addresses import map_links
from gis_data.addresses.sentences import place_in_sentence
from gis_data.addresses.suggest import (
    Candidate,
    is_elsewhere_too,
    only_sure_candidate,
    place_elsewhere,
    suggest,
)
from gis_data.words import plain
from incidents.channels.chat.draft import KIND_OF_INTENT
from incidents.channels.chat.linked_places import target_of
from incidents.enquiries.words import kind_in_words
from incidents.models import Category
from incidents.understanding import Intent, Understanding, spoken_here, understand
from incidents.understanding.intents import LIKELY, LOOK_UP, PROGRESS, SURE, is_asking
from incidents.understanding.spelling import mentions, pad_words

MAX_LINES, MAX_PHRASES, SHORT_WORDS = 80, 12, 16
NUMBER_ALONE = 4  # words, at most, of a text that is a number and nothing more: it is two of them
# Labels before a place: “Địa chỉ: …”.
LABELS = ("địa chỉ", "dia chi", "đ/c", "đc", "địa điểm", "vị trí", "nơi xảy ra", "address", "location", "place")
UNITS = {"ward", "district", "city"}  # of a candidate's `understood`: what says that it is meant here
SIGNS = ".,;:!?()[]\"'“”…"


@dataclass(frozen=True)
class FoundPlace:
    """A place named in words. `named`: the writer's own words; `ward_named`: at least the ward is certain."""

    point: Point
    accuracy_m: float | None = None
    named: str = ""
    ward_named: bool = False


@dataclass(frozen=True)
class MailReading:
    """Meaning of a mail's words, with the place that they name with certainty."""

    understood: Understanding
    place: FoundPlace | None = None

    @property
    def category(self) -> Category | None:
        """Category that the words name plainly; None where they do not."""
        return self.understood.kind

    @property
    def is_complete(self) -> bool:
        """Whether place and category of a report are known."""
        return self.place is not None and self.category is not None

    @property
    def asks_for_state(self) -> bool:
        """Whether it asks how far something is that was sent before. A number alone asks, one in a mail does not."""
        if self.understood.intent != Intent.STATUS or self.understood.certainty < LIKELY or self.understood.dangers:
            return False
        words = pad_words(self.understood.text)
        asks = is_asking(words, self.understood.text) or mentions(words, (*PROGRESS, *LOOK_UP))
        if self.understood.reference:
            return asks or len(words.split()) <= NUMBER_ALONE
        return not self.is_complete

    @property
    def wants_person(self) -> bool:
        likely = self.understood.intent == Intent.PERSON and self.understood.certainty >= LIKELY
        return likely and not self.is_complete

    @property
    def enquiry_kind(self) -> str:
        """Enquiry.Kind of a question, thanks, an idea or a complaint; "" for none.

        Nobody is asked whether it is right: where place and category are known, too, it has to be certain.
        """
        kind = KIND_OF_INTENT.get(self.understood.intent, "")
        if self.understood.dangers:
            return ""
        if kind and self.understood.certainty >= (SURE if self.is_complete else LIKELY):
            return kind
        return "" if self.is_complete else kind_in_words(self.understood.text)


def read_words(words: str) -> MailReading:
    """Return what the words mean. Follows short links like `find_place`."""
    understood = understand(words)
    return MailReading(understood, find_place(words, understood))


def find_place(words: str, understood: Understanding) -> FoundPlace | None:
    """The place that the words name with certainty; None for none or several.

    Map links and coordinates come first. Follows short links, so call it outside a transaction.
    """
    return linked_place(words) or named_place(words, understood)


def named_place(words: str, understood: Understanding) -> FoundPlace | None:
    """The surest place that a line names, else the certain one of the whole text."""
    phrases = place_phrases(words)
    elsewhere = any(place_elsewhere(phrase) or is_elsewhere_too(phrase) for phrase in phrases)
    if sure := sure_candidates(phrases, elsewhere=elsewhere):
        return surest_place(sure)
    return None if elsewhere or understood.place is None else place_of(understood.place, understood.place.title)


def linked_place(words: str) -> FoundPlace | None:
    link = map_links.find_map_link(words)
    place = map_links.parse_map_link(target_of(link)) if link else None
    for line in () if place else words.split("\n")[:MAX_LINES]:
        label, _colon, rest = line.rpartition(":")
        if place := map_links.parse_coordinates(rest if label else line):
            break
    return FoundPlace(Point(*place, srid=4326)) if place else None


def sure_candidates(phrases: list[str], *, elsewhere: bool) -> list[tuple[Candidate, str]]:
    """Return the candidates that are certain with their phrases. `elsewhere`: a place elsewhere is named, too."""
    sure = []
    for phrase in phrases:
        if is_elsewhere_too(phrase):
            continue
        candidate = only_sure_candidate(suggest(phrase))
        # A mail that names a place elsewhere, too, may mean a street of that place.
        if candidate and not (elsewhere and not UNITS & dict(candidate.understood).keys()):
            sure.append((candidate, phrase))
    return sure


def surest_place(sure: list[tuple[Candidate, str]]) -> FoundPlace | None:
    best, phrase = max(sure, key=lambda named: (not named[0].names_ward, named[0].confidence))
    # A ward named by another phrase is no rival; a street elsewhere is.
    rivals = [candidate for candidate, _phrase in sure if not candidate.names_ward and candidate.area != best.area]
    return None if rivals and not best.names_ward else place_of(best, phrase)


def place_of(candidate: Candidate, words: str) -> FoundPlace:
    ward_named = "ward" in dict(candidate.understood) or candidate.names_ward
    return FoundPlace(candidate.point, float(candidate.accuracy_m), words[:200], ward_named=ward_named)


def place_phrases(words: str) -> list[str]:
    labelled, named, short = [], [], []
    for line in words.split("\n")[:MAX_LINES]:
        label, _colon, rest = line.partition(":")
        if rest.strip() and label.strip(" -*•").lower().endswith(LABELS):
            labelled.append(rest.strip()[:200])
            continue
        for sentence in sentences_of(line):
            place = place_in_sentence(sentence) if len(named) < MAX_PHRASES else ""
            if place:
                named.append(place)
            # The whole sentence is more precise, unless it hides that its place is elsewhere.
            if 2 <= len(sentence.split()) <= SHORT_WORDS and not (place and place_elsewhere(place)):
                short.append(sentence)
    phrases = [phrase.strip(SIGNS + " ") for phrase in (*labelled, *named, *short)]
    return list(dict.fromkeys(phrase for phrase in phrases if len(phrase) > 3))[:MAX_PHRASES]


def sentences_of(line: str) -> list[str]:
    """Sentences of a line; the full stop of an abbreviation (P. 12, Q.1) ends none."""
    sentences, sentence = [], []
    for token in line[:2000].split():
        sentence.append(token)
        if token[-1] in ";!?" or (token[-1] == "." and len(token) > 4):
            sentences.append(" ".join(sentence))
            sentence = []
    return [text for text in (*sentences, " ".join(sentence)) if text]


ENGLISH = frozenset(("the", "is", "are", "there", "and", "has", "have", "please", "street", "of", "in", "on", "to"))


def language_of(words: str, reading: MailReading | None = None) -> str:
    """Return the language in which a mail is answered; English for those that are not spoken here."""
    if reading and spoken_here(reading.understood.language):
        return "en"
    text = words[:2000]
    if sum(letter.isalpha() and not letter.isascii() for letter in text) > 2:
        return settings.LANGUAGE_CODE
    english = sum(word in ENGLISH for word in plain(text).split())
    return "en" if english >= 3 else settings.LANGUAGE_CODE
