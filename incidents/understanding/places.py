"""Find the places that a sentence names."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from gis_data.addresses import map_links
from gis_data.addresses.names import without_mark
from gis_data.addresses.parser import comparison_key
from gis_data.addresses.sentences import CROSSINGS, STREET_MARKS, UNIT_MARKS, PlacePhrase, place_phrases
from gis_data.addresses.suggest import Candidate, only_sure_candidate, place_elsewhere, suggest
from gis_data.words import plain

PART = 900  # characters in which places are looked for at once
MAX_CHARS = 4000
MAX_MARKED = 6  # phrases behind marks, likewise
MAX_PHRASES = 3  # that `suggest` is asked about in one text
LIKELY = 0.5  # a candidate below is not the place that was meant where the text goes on with other words
SINGLY = 0.35  # where all names together give no more than this, each is looked up by itself
SHOWN = 0.45  # what is less likely is no suggestion
KNOWN = 0.25  # likewise of one that bears the very name
# What may stand before a place that is no known name: the address follows.
MARK = re.compile(
    r"(?<!\w)(?:địa chỉ|dia chi|đ/c|vị trí|vi tri|tại|tai|ở|đường|duong|đg|hẻm|hem|số nhà|so nha|số"
    r"|ngã (?:tư|ba|năm|sáu|bảy|[3-7])|nga (?:tu|ba|nam|sau|bay|[3-7])|chung cư|chung cu|khu dân cư|kdc|chợ|cho"
    r"|cầu|cau|gần|gan|near|at|on|opposite|behind|in front of|corner of|outside)[\s:]+(?=\S)",
    re.IGNORECASE,
)
ASKED = re.compile(r"đâu(?!\w)|dau(?=\s{0,3}(?:[?!.,]|$))", re.IGNORECASE)  # behind a mark: “làm căn cước ở đâu”
PHRASE_ENDS = re.compile(r"[,;!?\n()]|\.(?=\s|$)|\s[-–—]\s")
MOST_CHARS, MOST_WORDS, FEWER_WORDS = 80, 6, (3, 2)  # of a phrase behind a mark: to its end, and where that is nothing
VERSUS = re.compile(r"(?<!\w)vs(?!\w)", re.IGNORECASE)  # people write it for "với"
DEGREES = re.compile(r"\d{1,3}\s?°[^\n]{3,40}[NSEWBĐ]")
NUMBERED = UNIT_MARKS | {"nga"}  # before a number that is no house's: `quận 1`, `ngã 4`
SURE_WORDS = 0.55  # a candidate for words that are no known name has to be so likely


@dataclass(frozen=True)
class NamedPlaces:
    """Candidates, likeliest first, and the spans of the text that name them."""

    candidates: tuple[Candidate, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    has_coordinates: bool = False


def find_places(text: str, near: tuple[float, float] | None = None) -> NamedPlaces:
    """Return the places that a tidy text names: coordinates and links, else known names, else what follows a mark.

    `near` (lon, lat, EPSG:4326): where the person is.
    """
    if (span := find_coordinates(text)) is not None:
        start, end = span
        return NamedPlaces(tuple(suggest(text[start:end], near)), (span,), has_coordinates=True)
    phrases = all_phrases(text)
    spans = tuple((phrase.start, phrase.end) for phrase in phrases)
    best: list[Candidate] = []
    for phrase in phrases[:MAX_PHRASES]:
        best = likelier(best, ask(phrase, near))
        if best and best[0].confidence >= LIKELY:
            break
    if not best and any(place_elsewhere(phrase.text) for phrase in phrases[:1]):
        return NamedPlaces((), spans)
    if not best or best[0].confidence < LIKELY:
        for start, end in marked_phrases(text):
            candidates = suggest(text[start:end], near)
            if candidates and candidates[0].confidence >= SURE_WORDS:
                best, spans = candidates, (*spans, (start, end))
                break
    known = [plain(name) for phrase in phrases for name in phrase.each]
    shown = [place for place in best if place.confidence >= (KNOWN if bears_name(place, known) else SHOWN)]
    return NamedPlaces(tuple(shown), spans or capital_names(text))


def capital_names(text: str) -> tuple[tuple[int, int], ...]:
    """Spans of names that begin with capitals behind a mark of a place, where the gazetteer knows none of them."""
    spans = []
    for match in MARK.finditer(text[:MAX_CHARS]):
        end = match.end()
        if ASKED.match(text, end):
            continue
        for word in re.finditer(r"\S+", text[end : end + 80]):
            if not (word[0][0].isupper() or word[0][0].isdigit()):
                break
            spans.append((end + word.start(), end + word.end()))
    return tuple(sorted(set(spans)))


def bears_name(place: Candidate, known: list[str]) -> bool:
    title = f" {plain(place.title)} "
    return any(f" {name} " in title for name in known)


def sure_place(places: Iterable[Candidate]) -> Candidate | None:
    return only_sure_candidate(list(places))


def find_coordinates(text: str) -> tuple[int, int] | None:
    """Return the span of coordinates or of a map's link in the text; None for none."""
    if link := map_links.find_map_link(text):
        start = text.find(link)
        return (start, start + len(link)) if map_links.parse_map_link(link) else None
    if map_links.parse_coordinates(text):
        return 0, len(text)
    match = map_links.PAIR.search(text[:MAX_CHARS]) or DEGREES.search(text[:MAX_CHARS])
    return match.span() if match and map_links.parse_coordinates(match[0]) else None


def all_phrases(text: str) -> list[PlacePhrase]:
    phrases = []
    for start in range(0, min(len(text), MAX_CHARS), PART):
        phrases += [
            phrase._replace(start=phrase.start + start, end=phrase.end + start)
            for phrase in place_phrases(text[start : start + PART])
        ]
    return phrases


def ask(phrase: PlacePhrase, near: tuple[float, float] | None) -> list[Candidate]:
    """Candidates for the phrase, or for its names where what stands around them hides them."""
    candidates: list[Candidate] = []
    on_street = stands_on_street(phrase)
    for words in dict.fromkeys([phrase.text, phrase.names]):
        places = suggest(VERSUS.sub("và", words), near)
        candidates = likelier(candidates, without_namesakes(places, words) if on_street else places)
        if candidates and candidates[0].confidence >= LIKELY:
            return candidates
    if not candidates or candidates[0].confidence < SINGLY:
        for words in phrase.each[:MAX_PHRASES]:
            places = suggest(words, near)
            candidates = likelier(candidates, without_namesakes(places, words) if on_street else places)
    return candidates


def stands_on_street(phrase: PlacePhrase) -> bool:
    """Whether a house number, a street's or a crossing's mark is before the names: `12 Lê Lợi`, not `quận 1 Lê Lợi`."""
    *before, last = [""] * 2 + plain(phrase.text[: max(phrase.text.find(phrase.names), 0)]).split()
    return (
        last in STREET_MARKS
        or (before[-1] == "nga" and last in CROSSINGS)
        or (last[:1].isdigit() and before[-1] not in NUMBERED)
    )


def without_namesakes(places: list[Candidate], words: str) -> list[Candidate]:
    """Leave out landmarks of another kind than the words say: `Bệnh viện Lê Lợi` for `Lê Lợi` or `ngã tư Lê Lợi`."""
    key = comparison_key(words)
    names = [comparison_key(place.title.partition(",")[0]) for place in places]
    return [
        place
        for place, name in zip(places, names, strict=True)
        if place.kind != "landmark" or name == key or without_mark(name) != without_mark(key)
    ]


def likelier(first: list[Candidate], other: list[Candidate]) -> list[Candidate]:
    if not first or not other:
        return first or other
    return max(first, other, key=lambda candidates: candidates[0].confidence)


def marked_phrases(text: str) -> list[tuple[int, int]]:
    """Spans behind marks of a place, with the mark, up to the next sign or so many words."""
    spans = []
    for match in MARK.finditer(text[:MAX_CHARS]):
        if ASKED.match(text, match.end()):
            continue
        stop = PHRASE_ENDS.search(text, match.end(), match.end() + MOST_CHARS)
        end = stop.start() if stop else match.end() + MOST_CHARS
        words = list(re.finditer(r"\S+", text[match.end() : end]))[:MOST_WORDS]
        lengths = [len(words), *(count for count in FEWER_WORDS if count < len(words))] if words else []
        spans += [(match.start(), match.end() + words[count - 1].end()) for count in lengths]
        if len(spans) >= MAX_MARKED:
            break
    return spans[:MAX_MARKED]
