"""Sort names in Vietnamese order: ă after a, đ after d, tones after letters, Ward 2 before Ward 10.

The database has it as the collation `alphabet` (ICU, `vi-u-kn`), lists in memory by `alphabet_key`. Source of the
order: CLDR, https://cldr.unicode.org, collation/vi.xml.
"""

import re
import unicodedata
from typing import Any

from django.db.models import F
from django.db.models.functions import Collate

COLLATION = "alphabet"
LETTERS = {letter: rank for rank, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
MARKS_OF_LETTERS = {"\u0306", "\u0302", "\u031b"}  # breve, circumflex and horn make another letter
TONES = {mark: rank for rank, mark in enumerate("\u0300\u0309\u0303\u0301\u0323", 1)}
OTHER_MARK = len(TONES) + 1
PUNCTUATION, NUMBER, LETTER, OTHER_LETTER = range(4)


def in_alphabet(name: str) -> Collate:
    return Collate(F(name), COLLATION)


def alphabet_key(text: str) -> tuple[Any, ...]:
    signs: list[tuple[int, Any]] = []
    tones: list[int] = []
    for part in re.findall(r"\d+|\D", unicodedata.normalize("NFC", text.casefold())):
        if part.isdecimal():
            digits = part.lstrip("0")
            signs.append((NUMBER, (len(digits), digits)))  # as numbers, however long
            tones.append(0)
            continue
        letter, tone = split_tone(part)
        if letter in LETTERS:
            signs.append((LETTER, LETTERS[letter]))
        else:
            signs.append((OTHER_LETTER if letter.isalpha() else PUNCTUATION, letter))
        tones.append(tone)
    return tuple(signs), tuple(tones), text


def split_tone(sign: str) -> tuple[str, int]:
    """Return a letter without its tone, and the tone's rank: `ấ` is â with the fourth."""
    base, *marks = list(unicodedata.normalize("NFD", sign))
    letter = unicodedata.normalize("NFC", base + "".join(mark for mark in marks if mark in MARKS_OF_LETTERS))
    tone = next((TONES.get(mark, OTHER_MARK) for mark in marks if mark not in MARKS_OF_LETTERS), 0)
    return letter, tone
