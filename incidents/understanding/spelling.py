"""Fold a text to plain words and write short forms of messages in full, for phrases to be found in."""

from gis_data.words import plain
from incidents.enquiries.words import SHORT

# Those that are words too, or stand for a place (p, q, dc, hem), are not here.
SHORT_FORMS = SHORT | {
    "k": "khong", "hk": "khong", "kg": "khong", "mn": "moi nguoi", "mng": "moi nguoi", "ms": "moi", "vs": "voi",
    "dg": "dang", "dag": "dang", "nc": "nuoc", "bjo": "bay gio", "bh": "bao gio", "trl": "tra loi", "xl": "xu ly",
    "gq": "giai quyet", "cx": "cung", "lm": "lam", "bik": "biet", "nt": "nhan tin", "ad": "admin", "ib": "nhan tin",
    "rui": "roi", "oy": "roi", "lun": "luon", "zay": "vay", "dzay": "vay", "pls": "please", "plz": "please",
    "tnx": "thanks", "camon": "cam on", "cmon": "cam on", "ttdt": "trat tu do thi",
    "tdv": "tong dai vien", "tui": "toi", "mik": "minh", "mk": "minh", "ngta": "nguoi ta",
}  # fmt: skip


def pad_words(text: str) -> str:
    """Return plain words with short forms in full, a blank before and behind each."""
    return f" {' '.join(SHORT_FORMS.get(word, word) for word in plain(text).split())} "


def mentions(words: str, phrases: tuple[str, ...] | frozenset[str]) -> bool:
    return any(f" {phrase} " in words for phrase in phrases)


def follows(words: str, first: tuple[str, ...], other: tuple[str, ...], *, within: int) -> bool:
    """Whether one of `other` begins at most so many words behind one of `first`."""
    most = within + max(len(phrase.split()) for phrase in other)
    for phrase in first:
        at = words.find(f" {phrase} ")
        while at >= 0:
            behind = f" {' '.join(words[at + len(phrase) + 1 :].split()[:most])} "
            if any(f" {some} " in behind and behind.index(f" {some} ") <= nth_blank(behind, within) for some in other):
                return True
            at = words.find(f" {phrase} ", at + 1)
    return False


def nth_blank(words: str, number: int) -> int:
    """Index of the blank before word `number`, counted from 0; of the last where there are fewer."""
    blanks = [at for at, letter in enumerate(words) if letter == " "]
    return blanks[min(number, len(blanks) - 1)]


def without(words: str, phrases: tuple[str, ...]) -> str:
    for phrase in phrases:
        words = words.replace(f" {phrase} ", " , ")
    return words
