"""The words of a report as somebody looks at them before others read them: which are covered, and what is left."""

from dataclasses import dataclass
from itertools import groupby

from gis_data.words import plain
from incidents.redaction import MARK, WORD, without_contacts


@dataclass(frozen=True)
class LookedAt:
    """A word of a text, with the blanks after it: whether it is covered anyway, and whether it is a watched one."""

    number: int
    text: str
    blank: str
    contact: bool
    watched: bool


def words_of(text: str, watched: list[str]) -> list[LookedAt]:
    """The words of a text. `watched`: words that are looked at, as `plain` has them."""
    spans, matches = covered_spans(text), list(WORD.finditer(text))
    bad = watched_numbers([plain(word[0]) for word in matches], watched)
    ends = [*(word.start() for word in matches[1:]), len(text)] if matches else []
    return [
        LookedAt(
            number=number,
            text=word[0],
            blank=text[word.end() : end],
            contact=any(first < word.end() and word.start() < last for first, last in spans),
            watched=number in bad,
        )
        for number, (word, end) in enumerate(zip(matches, ends, strict=True))
    ]


def watched_numbers(words, watched):
    """The numbers of the words that belong to something watched, which may be several words."""
    numbers = set()
    for some in (term.split() for term in watched):
        for first in range(len(words) - len(some) + 1):
            if words[first : first + len(some)] == some:
                numbers.update(range(first, first + len(some)))
    return numbers


def covered_spans(text: str) -> list[tuple[int, int]]:
    """(first, last) of each part of the text that is covered without anybody looking at it."""
    pieces = without_contacts(text).split(MARK)
    spans, at = [], len(pieces[0])
    for piece in pieces[1:-1]:
        begin = text.find(piece, at + 1)
        spans.append((at, begin))
        at = begin + len(piece)
    if len(pieces) > 1:
        spans.append((at, len(text) - len(pieces[-1])))
    return spans


def cover_words(text: str, numbers: set[int]) -> str:
    """What everybody reads where these words are covered, and contacts anyway."""
    words = words_of(text, [])
    pieces = []
    for covered, some in groupby(words, key=lambda word: word.contact or word.number in numbers):
        run = list(some)
        pieces.append(MARK + run[-1].blank if covered else "".join(word.text + word.blank for word in run))
    return without_contacts("".join(pieces)).strip()
