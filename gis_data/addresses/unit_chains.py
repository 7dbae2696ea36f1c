"""Find wards, districts and provinces in a text that contain one another, in any order.

Pure. A former ward is known by the district and the province it lay in, so names that belong together say more than
the place of each: in “Thuận An, Bình Dương, Lái Thiêu” only one of the three is a ward of one of the others.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Protocol

LONGEST_NAME = 6  # words of a unit's name
MOST_CHAINS = 3  # that are read
MOST_SPANS = 40  # of one level that are looked at
WARD, DISTRICT, PROVINCE = "ward", "district", "province"
LEVELS_OF_MARK = {"": (WARD, DISTRICT, PROVINCE), "ward": (WARD,), "district": (DISTRICT,),
                  "city": (DISTRICT, PROVINCE), "province": (PROVINCE,)}  # fmt: skip


class Word(Protocol):
    """Protocol of a token of the text."""

    @property
    def is_word(self) -> bool: ...
    @property
    def is_break(self) -> bool: ...


@dataclass(frozen=True)
class UnitTree:
    """Which units contain which, by comparison keys without their kind.

    `wards`: name → (district, province) of each ward of that name, "" for one that is not known or for the city itself.
    `districts`: name or initials → (district, province). `provinces`: name → province; the city's own names → "".
    `initials` of wards → their names. `full`: the names of all of them with what they are.
    """

    wards: Mapping[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    districts: Mapping[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    provinces: Mapping[str, str] = field(default_factory=dict)
    initials: Mapping[str, frozenset[str]] = field(default_factory=dict)
    full: frozenset[str] = frozenset()


@dataclass(frozen=True)
class UnitSpan:
    """Tokens `start` … `end` as a unit of this level called `name`, whose name begins at `content`."""

    level: str
    start: int
    content: int
    end: int
    name: str

    @property
    def is_marked(self) -> bool:
        return self.content > self.start

    def overlaps(self, other: "UnitSpan") -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class UnitChain:
    """Units that contain one another, the smallest first."""

    spans: tuple[UnitSpan, ...]

    def of_level(self, level: str) -> UnitSpan | None:
        return next((span for span in self.spans if span.level == level), None)

    @property
    def words(self) -> int:
        return sum(span.end - span.start for span in self.spans)


MarkAt = Callable[
    [int], tuple[str, int]
]  # position → (kind of the unit's mark that stands there, "" for none; its length)
Key = Callable[[int, int], str]  # start, end → the words between for comparing


def find_chains(tokens: Sequence[Word], tree: UnitTree, mark_at: MarkAt, key: Key) -> list[UnitChain]:
    """Return chains of two or three units that cover the most words, those with more marks first."""
    spans = list(find_spans(tokens, tree, mark_at, key))
    wards, districts, provinces = (
        [span for span in spans if span.level == level][:MOST_SPANS] for level in (WARD, DISTRICT, PROVINCE)
    )
    chains = [
        chain
        for ward in [None, *wards]
        for district in [None, *(span for span in districts if may_hold(tree, span, ward))]
        for province in [None, *provinces]
        if (chain := make_chain(tree, ward, district, province))
    ]
    if not chains:
        return []
    most = max(chain.words for chain in chains)
    best = [chain for chain in dict.fromkeys(chains) if chain.words == most]
    return sorted(best, key=lambda chain: -sum(span.is_marked for span in chain.spans))[:MOST_CHAINS]


def may_hold(tree, district, ward):
    return ward is None or any(name == district.name for name, _province in tree.wards.get(ward.name, ()))


def make_chain(tree, ward, district, province):
    spans = tuple(span for span in (ward, district, province) if span)
    if len(spans) < 2 or any(first.overlaps(other) for first, other in combinations(spans, 2)):
        return None
    if ward is None:
        above = {(name, of) for name, of in tree.districts.get(district.name, ()) if name == district.name}
        agrees = province.name and any(of == province.name for _name, of in above)
        return UnitChain(spans) if agrees else None
    if district is None and not province.name:
        return None  # that the city is named says nothing of which ward is meant
    for of_district, of_province in tree.wards.get(ward.name, ()):
        if district and of_district != district.name:
            continue
        if province and province.name not in ("", of_province):
            continue
        return UnitChain(spans)
    return None


def find_spans(tokens: Sequence[Word], tree: UnitTree, mark_at: MarkAt, key: Key) -> Iterator[UnitSpan]:
    for start, token in enumerate(tokens):
        if not token.is_word:
            continue
        kind, length = mark_at(start)
        options = [(LEVELS_OF_MARK[""], start)]
        if length:
            options.append((LEVELS_OF_MARK.get(kind, ()), start + length))
        for levels, content in options:
            for end in range(content + 1, min(len(tokens), content + LONGEST_NAME + 2) + 1):
                if not tokens[end - 1].is_word:
                    continue
                words = key(content, end)
                whole = not any(inner.is_break for inner in tokens[content:end])
                for level in levels:
                    if whole or level == PROVINCE:
                        for name in names_of(tree, level, words, marked=content > start):
                            yield UnitSpan(level, start, content, end, name)


def names_of(tree, level, words, *, marked):
    number = words[:1].isdigit()
    if number and not marked:
        return ()
    if number:
        words = words.lstrip("0") or words
    if level == WARD:
        if words in tree.wards:
            return (words,)
        return tree.initials.get(words, ()) if marked and len(words) > 1 else ()
    if level == DISTRICT:
        return dict.fromkeys(name for name, _province in tree.districts.get(words, ()))
    return (tree.provinces[words],) if words in tree.provinces else ()
