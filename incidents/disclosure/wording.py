"""Split the words of a report for review before publishing: which are covered, and what remains."""

from dataclasses import dataclass
from itertools import groupby

from gis_data.words import plain
from incidents.redaction import MARK, WORD, without_contacts


@dataclass(frozen=True)
class LookedAt:
    """A word of a text with the blanks after it: whether it is covered anyway, and whether it is watched."""

    number: int
    text: str
    blank: str
    contact: bool
    watched: bool


def words_of(text: str, watched: list[str]) -> list[LookedAt]:
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
    numbers = set()
    for some in (term.split() for term in watched):
        for first in range(len(words) - len(some) + 1):
            if words[first : first + len(some)] == some:
                numbers.update(range(first, first + len(some)))
    return numbers


def covered_spans(text: str) -> list[tuple[int, int]]:
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
    words = words_of(text, [])
    pieces = []
    for covered, some in groupby(words, key=lambda word: word.contact or word.number in numbers):
        run = list(some)
        pieces.append(MARK + run[-1].blank if covered else "".join(word.text + word.blank for word in run))
    return without_contacts("".join(pieces)).strip()
