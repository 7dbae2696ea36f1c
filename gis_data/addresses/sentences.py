"""Find the part of a sentence that names a place of the city.

"Đèn đỏ ngã tư Cao Thắng Võ Văn Tần tắt hết rồi" → "ngã tư Cao Thắng Võ Văn Tần". What that means is said by `suggest`.
"""

from collections.abc import Sequence
from typing import NamedTuple

from gis_data.addresses import names as known_names
from gis_data.addresses.names import KnownNames, accent_factor
from gis_data.addresses.parser import LONGEST, Token, comparison_key, tokens_of
from gis_data.words import tidy

READ = 1000  # characters of a sentence
LONGEST_NAME = 8  # words
UNIT_MARKS = frozenset(["phuong", "p", "quan", "q", "huyen", "xa", "ward", "district"])
MARKS_BEHIND_UNITS = frozenset(["ward", "commune", "district"])  # English: `Old Wharf ward`
STREET_MARKS = frozenset(["duong", "pho", "hem", "ngo", "ngach", "kiet", "street", "road", "alley"])
# What stands before a name or between two, as `plain` writes it, and belongs to the place.
PLACE_WORDS = (
    UNIT_MARKS
    | STREET_MARKS
    | {
        "so", "nha", "sn", "goc", "tu", "ba", "nam", "sau", "bay", "vong", "xoay", "giao", "lo", "nut", "cau", "cho",
        "benh", "vien", "cong", "truong", "chung", "cu", "khu", "ap", "va", "voi", "vs", "cat", "x", "gan", "truoc",
        "doi", "dien", "dau", "cuoi", "canh", "ben", "khuc", "doan", "near", "corner", "of", "at", "and", "the",
        "opposite",
    }
)  # fmt: skip
# Behind "ngã", which alone is to fall.
CROSSINGS = frozenset({"tu", "ba", "nam", "sau", "bay", "3", "4", "5", "6", "7"})
# Behind these one word may name a landmark: “gần Bitexco”, “at the zoo”.
AT_WORDS = frozenset(
    ["gan", "o", "tai", "truoc", "sau", "canh", "ben", "cong", "dien", "quanh", "near", "at", "the", "in", "to", "from",
     "behind", "opposite", "outside", "inside", "around", "by"]
)  # fmt: skip
# Behind these one long word may name a street: “on Pasteur”.
ALONG = frozenset(["on", "along", "tren", "doc"])
LONG_WORD = 5  # letters
SHORTEST_UNIT = 3  # letters, of a ward's or district's name in one word
# Before the second street of a crossing.
CONNECTORS = frozenset({"va", "voi", "vs", "giao", "x", "and", "×", "&", "-", "–", "/"})
NOT_IN_FRONT = frozenset({"of", "and", "the"})
BETWEEN = 4  # words and signs, at most, between two names of one place
CLOSE = 0.98  # names whose diacritics agree at least so well


# Before the name of a province or district.
ABOVE_WARD_MARKS = frozenset(["tinh", "thanh", "pho", "tp", "thi", "xa", "tx", "huyen", "h", "quan", "q", "o", "tai"])


class NamedSpan(NamedTuple):
    """Tokens `start` … `end` that are a known name, of this city or elsewhere."""

    start: int
    end: int
    elsewhere: bool = False


class PlacePhrase(NamedTuple):
    """A part of a sentence that names a place: offsets, text with what belongs to it, names only, and each."""

    start: int
    end: int
    text: str
    names: str
    each: tuple[str, ...]


def place_in_sentence(sentence: str) -> str:
    """Return the part of the sentence that names a place of this city, or "". Reads at most 1000 characters.

    A province or district elsewhere that stands behind the name is a part of it, so that `suggest` can tell.
    """
    return next((phrase.text for phrase in place_phrases(tidy(sentence[: 4 * READ])[:READ])), "")


def place_phrases(text: str) -> list[PlacePhrase]:
    """Return the parts of a tidy text that name places of this city, those with most names first.

    `start` and `end` are offsets in the text. Reads at most 1000 characters.
    """
    names = known_names.current_names()
    text = text[:READ]
    tokens = tokens_of(text) if names else []
    groups = join_spans(tokens, find_names(text, tokens, names) if names else [])
    groups = [group for group in groups if not all(span.elsewhere for span in group)]
    groups.sort(
        key=lambda group: (sum(not span.elsewhere for span in group), group[-1].end - group[0].start), reverse=True
    )
    return [phrase_of(text, tokens, group) for group in groups]


def phrase_of(text, tokens, group):
    core, end = tokens[group[0].start].start, tokens[group[-1].end - 1].end
    start = tokens[widen_left(tokens, group[0].start)].start
    each = tuple(text[tokens[span.start].start : tokens[span.end - 1].end] for span in group if not span.elsewhere)
    return PlacePhrase(start, min(end, start + LONGEST), text[start:end][:LONGEST], text[core:end][:LONGEST], each)


def find_names(text: str, tokens: Sequence[Token], names: KnownNames) -> list[NamedSpan]:
    spans, at = [], 0
    while at < len(tokens):
        length = next(
            (n for n in range(min(LONGEST_NAME, len(tokens) - at), 0, -1) if is_name(text, tokens, at, n, names)), 0
        )
        if tokens[at].plain in ABOVE_WARD_MARKS and at + 1 < len(tokens):
            # `Huyện Đức Thọ` is a district, though a street is called Huyện Đức.
            away = length_elsewhere(text, tokens, at + 1, names)
            length = length if length > away + 1 or not away else 0
        if (not length or is_name_of_province(tokens, spans, at)) and (
            away := length_elsewhere(text, tokens, at, names)
        ):
            spans.append(NamedSpan(at, at + away, elsewhere=True))
            length = away
        elif length:
            spans.append(NamedSpan(at, at + length))
        at += length or 1
    return spans


def is_name_of_province(tokens, spans, at):
    """Whether `tỉnh X` or `huyện Y, X` makes a name a province's although this city has it too."""
    if at and tokens[at - 1].plain == "tinh":
        return True
    gap = range(spans[-1].end, at) if spans and spans[-1].elsewhere else None
    return gap is not None and all(not tokens[n].is_word or tokens[n].plain in ABOVE_WARD_MARKS for n in gap)


def length_elsewhere(text, tokens, at, names):
    """Return how many tokens name a province or district elsewhere; 0 for none.

    One word is one only behind what says of what, or behind a comma.
    """
    before = tokens[at - 1] if at else None
    marked = before is not None and (before.is_break or before.plain in ABOVE_WARD_MARKS)
    for length in range(min(LONGEST_NAME, len(tokens) - at), 0 if marked else 1, -1):
        some = tokens[at : at + length]
        written = text[some[0].start : some[-1].end]
        if all(token.is_word for token in some) and names.is_elsewhere(written):
            return length
    return 0


def is_name(text, tokens, at, length, names):
    """Whether `length` tokens at `at` are a name. A single word needs its kind before it."""
    some = tokens[at : at + length]
    if not all(token.is_word for token in some):
        return False
    written = text[some[0].start : some[-1].end]
    words = " ".join(token.plain for token in some)
    before = tokens[at - 1].plain if at else ""
    if length > 1 and some[-1].plain in MARKS_BEHIND_UNITS and before not in UNIT_MARKS:
        unit = " ".join(token.plain for token in some[:-1])
        return len(unit) >= SHORTEST_UNIT and (unit in names.words.wards or unit in names.words.districts)
    if before in UNIT_MARKS:
        if length == 1 and len(words) < SHORTEST_UNIT and not words.isdigit():
            return False
        return words in names.words.wards or words in names.words.districts
    if length == 1 and words in names.words.abbreviations:
        return comparison_key(names.words.abbreviations[words]) in names.words.streets
    if length == 1 and before in AT_WORDS and names.landmarks.exactly(words):
        return True
    if length == 1 and before not in STREET_MARKS | CONNECTORS:
        marked = before in ALONG or (at > 0 and tokens[at - 1].is_number and written[0].isupper())  # “90 Pasteur”
        return marked and len(words) >= LONG_WORD and is_street(written, names)
    return is_street(written, names) or is_landmark(written, names)


def is_street(written, names):
    return any(
        accent_factor(written, street.name) >= CLOSE for street in names.streets.exactly(comparison_key(written))
    )


def is_landmark(written, names):
    return any(
        accent_factor(written, place.name) >= CLOSE for place in names.landmarks.exactly(comparison_key(written))
    )


def join_spans(tokens, spans):
    groups: list[list[NamedSpan]] = []
    for span in spans:
        gap = range(groups[-1][-1].end, span.start) if groups else []
        above = span.elsewhere
        if (
            groups
            and len(gap) <= BETWEEN
            and all(belongs_at(tokens, at) or (above and tokens[at].plain in ABOVE_WARD_MARKS) for at in gap)
        ):
            groups[-1].append(span)
        else:
            groups.append([span])
    return groups


def belongs(token):
    return not token.is_word or token.is_number or token.plain in PLACE_WORDS


def belongs_at(tokens, at):
    """As `belongs`; "ngã" only where it is that of a crossing."""
    if tokens[at].plain == "nga":
        return at + 1 < len(tokens) and tokens[at + 1].plain in CROSSINGS
    return belongs(tokens[at])


def widen_left(tokens, start):
    while start and tokens[start - 1].plain not in ".;:" and belongs_at(tokens, start - 1):
        start -= 1
    while not tokens[start].is_word or tokens[start].plain in NOT_IN_FRONT:
        start += 1
    return start
