"""Normalise a text for the search of numbers and addresses: digits 0 to 9, escapes decoded, marks removed.

Each letter of the result maps to its part of the original. All work grows linearly with the length of the text.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

ROUNDS = 3  # in which what was encoded twice is decoded again
ESCAPED = re.compile(r"(?:%[0-9A-Fa-f]{2})+|&#?\w{1,10};|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}")
SIGNS_OF_ESCAPES = frozenset("%&\\")
LEFT_OUT = {"Mn", "Me", "Cf"}  # categories of marks on letters and of what nobody sees
BLANKS = "\u115f\u1160\u2800\u3164\uffa0"  # letters that look like nothing
SIGN = "·"  # stands for pictures and the like between digits
LOOKALIKES = str.maketrans("ОоΟοՕօ〇○◯⚪⭕", "OoOoOo00000")


class Piece(NamedTuple):
    """A letter, and its start and end in the original."""

    letter: str
    first: int
    last: int


class Folded(NamedTuple):
    """A normalised text, and the original parts of its letters; `pieces` is None if they are unchanged."""

    text: str
    pieces: list[Piece] | None

    def original(self, first: int, last: int) -> tuple[int, int]:
        if self.pieces is None:
            return first, last
        return self.pieces[first].first, self.pieces[last - 1].last


def fold(text: str) -> Folded:
    escaped = ESCAPED.search(text) if not SIGNS_OF_ESCAPES.isdisjoint(text) else None
    if not escaped and all(letter.isascii() or plain_letter(letter) == letter for letter in set(text)):
        return Folded(text, None)  # as most texts are
    pieces = [Piece(letter, number, number + 1) for number, letter in enumerate(text)]
    for _round in range(ROUNDS):
        if not escaped:
            break
        pieces = decode_pieces(pieces)
        escaped = ESCAPED.search("".join(piece.letter for piece in pieces))
    pieces = plain_pieces(pieces)
    return Folded("".join(piece.letter for piece in pieces), pieces)


def decode_pieces(pieces: list[Piece]) -> list[Piece]:
    decoded: list[Piece] = []
    end = 0
    for match in ESCAPED.finditer("".join(piece.letter for piece in pieces)):
        decoded += pieces[end : match.start()]
        for letter, first, last in decode(match[0]):
            first, last = match.start() + first, match.start() + last
            decoded.append(Piece(letter, pieces[first].first, pieces[last - 1].last))
        end = match.end()
    return decoded + pieces[end:]


def decode(escaped: str) -> Iterator[tuple[str, int, int]]:
    if escaped.startswith("%"):
        octets = bytes.fromhex(escaped.replace("%", ""))
        try:
            letters = octets.decode()
        except UnicodeDecodeError:
            letters = octets.decode("latin-1")
            sizes = [1] * len(letters)
        else:
            sizes = [len(letter.encode()) for letter in letters]
        first = 0
        for letter, size in zip(letters, sizes, strict=True):
            yield letter, first, first + 3 * size
            first += 3 * size
        return
    letters = chr(int(escaped[2:], 16)) if escaped.startswith("\\") else html.unescape(escaped)
    for letter in letters:
        yield letter, 0, len(escaped)


def plain_pieces(pieces: Iterable[Piece]) -> list[Piece]:
    """Return the pieces with each letter in its plainest form; a removed one is merged into the letter before it."""
    plain: list[Piece] = []
    for piece in pieces:
        letter = piece.letter if piece.letter.isascii() else plain_letter(piece.letter)
        if letter:
            plain.append(piece._replace(letter=letter))
        elif plain:
            plain[-1] = plain[-1]._replace(last=piece.last)
    return plain


@lru_cache(maxsize=4096)
def plain_letter(letter: str) -> str:
    """Return the plainest single letter for a non-ASCII one: a digit as 0 to 9; "" if it is removed."""
    category = unicodedata.category(letter)
    if category in LEFT_OUT or letter in BLANKS:
        return ""
    value = unicodedata.numeric(letter, -1)
    if value in range(10):
        return str(int(value))
    plain = unicodedata.normalize("NFKC", letter).translate(LOOKALIKES)
    if len(plain) == 1 and plain != letter:
        return plain
    return SIGN if category == "So" else letter
