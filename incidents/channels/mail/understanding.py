"""Find the place and the category in the words of a mail."""

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
from incidents.channels.chat.draft import leaf_categories
from incidents.channels.chat.linked_places import target_of
from incidents.models import Category
from incidents.reporting import categories

MAX_LINES, MAX_PHRASES, SHORT_WORDS = 80, 12, 16
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


def find_place(words: str) -> FoundPlace | None:
    """The place that the words name with certainty; None for none or several.

    Map links and coordinates come first, then the surest name. Follows short links, so call it outside a transaction.
    """
    return linked_place(words) or named_place(words)


def linked_place(words: str) -> FoundPlace | None:
    link = map_links.find_map_link(words)
    place = map_links.parse_map_link(target_of(link)) if link else None
    for line in () if place else words.split("\n")[:MAX_LINES]:
        label, _colon, rest = line.rpartition(":")
        if place := map_links.parse_coordinates(rest if label else line):
            break
    return FoundPlace(Point(*place, srid=4326)) if place else None


def named_place(words: str) -> FoundPlace | None:
    sure: list[tuple[bool, float, Candidate, str]] = []
    phrases = place_phrases(words)
    elsewhere = any(place_elsewhere(phrase) or is_elsewhere_too(phrase) for phrase in phrases)
    for phrase in phrases:
        if is_elsewhere_too(phrase):
            continue
        sure_candidate = only_sure_candidate(suggest(phrase))
        # A mail that names a place elsewhere, too, may mean a street of that place.
        if sure_candidate and not (elsewhere and not UNITS & dict(sure_candidate.understood).keys()):
            sure.append((not sure_candidate.names_ward, sure_candidate.confidence, sure_candidate, phrase))
    if not sure:
        return None
    _street, _confidence, best, phrase = max(sure, key=lambda candidate: candidate[:2])
    # A ward named by another phrase is no rival; a street elsewhere is.
    rivals = [candidate for street, _sure, candidate, _words in sure if street and candidate.area != best.area]
    if rivals and not best.names_ward:
        return None
    return FoundPlace(
        best.point, float(best.accuracy_m), phrase[:200], ward_named="ward" in dict(best.understood) or best.names_ward
    )


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


def find_category(words: str) -> Category | None:
    """Category that the words name plainly; None where they do not."""
    return categories.likeliest_category(words[:5000], leaf_categories())


ENGLISH = frozenset(("the", "is", "are", "there", "and", "has", "have", "please", "street", "of", "in", "on", "to"))


def language_of(words: str) -> str:
    text = words[:2000]
    if sum(letter.isalpha() and not letter.isascii() for letter in text) > 2:
        return settings.LANGUAGE_CODE
    english = sum(word in ENGLISH for word in plain(text).split())
    return "en" if english >= 3 else settings.LANGUAGE_CODE
