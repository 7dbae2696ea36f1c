"""Normalise Vietnamese text: NFC for storage, without diacritics for search."""

import re
import unicodedata
from itertools import filterfalse

# Written but not seen: zero-width and direction marks, which make equal names unequal and turn lines around.
UNSEEN = dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0x00AD])
UNSEEN |= dict.fromkeys([*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0)])  # control characters but tab, line feed
MOST_MARKS = 20  # above and below one letter: no language needs more, and time to order them grows with their square
MARKS_OF_TWO = "\u0f73\u0f75\u0f81"  # two marks each, though Unicode calls them letters


def tidy(text: str) -> str:
    """Return text in NFC without invisible and control characters; line breaks stay, blanks are folded."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(UNSEEN)
    text = unicodedata.normalize("NFC", without_piles(text))
    return re.sub(r"[^\S\n]+", " ", text).strip()


def plain(text: str) -> str:
    """Return text for search: lower case, no diacritics, single blanks. `Hoà Bình` equals `hoa  binh`."""
    folded = text.lower()
    if not folded.isascii():
        decomposed = unicodedata.normalize("NFD", without_piles(folded).replace("đ", "d").replace("ð", "d"))
        folded = "".join(filterfalse(unicodedata.combining, decomposed))
    return " ".join(re.sub(r"[^\w/]+", " ", folded).split())


def without_piles(text: str) -> str:
    """Limit combining marks to 20 a letter: normalising sorts them in quadratic time."""
    if text.isascii() or not (any(map(unicodedata.combining, text)) or any(mark in text for mark in MARKS_OF_TWO)):
        return text
    letters, pile = [], 0
    for letter in text:
        if letter in MARKS_OF_TWO:
            pile += 2
        else:
            pile = pile + 1 if unicodedata.combining(letter) else 0
        if pile <= MOST_MARKS:
            letters.append(letter)
    return "".join(letters)
