"""Vietnamese text as people write it: one form for storing (NFC), one for searching (no diacritics)."""

import re
import unicodedata

# Written but not seen: zero-width and direction marks, which make equal names unequal and turn lines around.
UNSEEN = dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0x00AD])


def tidy(text):
    """The text in NFC without unseen marks and control characters; line breaks stay, blanks are folded."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").translate(UNSEEN)
    text = "".join(c for c in text if c == "\n" or c == "\t" or unicodedata.category(c) != "Cc")
    return re.sub(r"[^\S\n]+", " ", text).strip()


def plain(text):
    """The text for searching: lower case, no diacritics, single blanks. `Hoà Bình` and `hoa  binh` become equal."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d").replace("ð", "d"))
    kept = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w/]+", " ", kept).split())
