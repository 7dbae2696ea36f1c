"""Recognize the language of a text by its script and its commonest words."""

import unicodedata

from gis_data.words import plain

MAX_CHARS = 2000
ENGLISH_WORDS = (
    "the is are there and has have please street of in on to how can do does what when where my i it this for from with"
    " not no near at a an was were be been who hello hi thanks thank you"
)
ENGLISH = frozenset(ENGLISH_WORDS.split())
VIETNAMESE_LETTERS = frozenset("ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ")


def find_language(text: str) -> str:
    """Return "vi", "en" or "" where it cannot be known; reads at most 2,000 characters."""
    text = unicodedata.normalize("NFC", text[:MAX_CHARS].lower())
    if any(letter in VIETNAMESE_LETTERS for letter in text):
        return "vi"
    words = plain(text).split()
    english = sum(word in ENGLISH for word in words)
    return "en" if english >= max(1, len(words) / 6) else "vi" if words else ""
