"""Count an SMS and split it into parts (GSM 03.38 and 03.40). Pure.

A text of the GSM alphabet has 160 septets in one SMS and 153 in each of several; any other letter makes it UCS-2, with
70 and 67 units of UTF-16. A sign of two septets or a pair of surrogates that does not fit begins the next part.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from gis_data.words import without_piles

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "^{}\\[~]|€\f"  # two septets each
SEPTETS = dict.fromkeys(BASIC, 1) | dict.fromkeys(EXTENSION, 2)
GSM7, UCS2 = "gsm7", "ucs2"
UNITS_PER_PART = {GSM7: (160, 153), UCS2: (70, 67)}  # units in the only part, in one of several

ASCII = str.maketrans(
    {
        **dict.fromkeys("“”„«»″", '"'),
        **dict.fromkeys("‘’‚‹›′`´", "'"),
        **dict.fromkeys("–—‒―−‑‐", "-"),
        **dict.fromkeys("•·●▪", "-"),
        "…": "...",
        "đ": "d",
        "Đ": "D",
        "₫": "d",
        "€": "EUR",
        "→": "->",
        "×": "x",
        "⁄": "/",
        "\t": " ",
    }
)


@dataclass(frozen=True)
class Parts:
    encoding: str  # "gsm7" or "ucs2"
    units: int  # septets, or units of UTF-16
    texts: tuple[str, ...]  # what each part says

    @property
    def count(self) -> int:
        return len(self.texts)


def to_ascii(text: str) -> str:
    """Return the text for any gateway and phone: no diacritics, no typographic signs, "?" for the rest."""
    decomposed = unicodedata.normalize("NFD", without_piles(text))
    bare = "".join(sign for sign in decomposed if sign.isascii() or unicodedata.category(sign)[0] != "M")
    return "".join(sign_to_ascii(sign) for sign in bare.translate(ASCII))


@lru_cache(4096)
def sign_to_ascii(sign):
    if sign == "\n" or " " <= sign <= "~":
        return sign
    kind = unicodedata.category(sign)
    if kind.startswith("Z"):
        return "\n" if kind in ("Zl", "Zp") else " "
    if kind in ("So", "Sk", "Cf", "Cc", "Cs", "Co", "Cn"):
        return ""
    simple = unicodedata.normalize("NFKD", sign).translate(ASCII)
    simple = "".join(char for char in simple if " " <= char <= "~")
    return simple.replace("`", "'") or "?"


def split_into_parts(text: str) -> Parts:
    """Split the text, in NFC, into the parts in which it is sent; joined they are the text."""
    text = unicodedata.normalize("NFC", without_piles(text))
    encoding = GSM7 if all(sign in SEPTETS for sign in text) else UCS2
    sizes = [sign_units(sign, encoding) for sign in text]
    alone, together = UNITS_PER_PART[encoding]
    if sum(sizes) <= alone:
        return Parts(encoding, sum(sizes), (text,))
    cuts, used = [0], 0
    for position, units in enumerate(sizes):
        if used + units > together:
            cuts.append(position)
            used = 0
        used += units
    return Parts(encoding, sum(sizes), tuple(text[a:b] for a, b in zip(cuts, [*cuts[1:], None], strict=True)))


def sign_units(sign, encoding):
    return SEPTETS[sign] if encoding == GSM7 else 1 + (ord(sign) > 0xFFFF)


def encode_part(text: str, encoding: str) -> bytes:
    """Encode one part for SMPP: an octet for each septet (the extension's after an escape), or UTF-16."""
    if encoding == UCS2:
        return text.encode("utf-16-be", "replace")
    return b"".join(OCTETS[sign] for sign in text)


# The alphabet in the order of its codes; 0x1B is the escape.
CODES = BASIC[: BASIC.index("Æ")] + "\x1b" + BASIC[BASIC.index("Æ") :]
BEHIND_ESCAPE = {
    "\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40, "€": 0x65,
}  # fmt: skip
OCTETS = {sign: bytes([code]) for code, sign in enumerate(CODES)}
OCTETS |= {sign: bytes([0x1B, code]) for sign, code in BEHIND_ESCAPE.items()}
SIGNS = {octets: sign for sign, octets in OCTETS.items()}


def decode_gsm(octets: bytes) -> str:
    """Decode the octets of a GSM text; unknown ones become "?"."""
    signs, rest = [], iter(octets)
    for code in rest:
        sequence = bytes([code]) if code != 0x1B else bytes([code, next(rest, 0x20)])
        signs.append(SIGNS.get(sequence, "?"))
    return "".join(signs)
