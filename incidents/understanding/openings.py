"""Take greetings and commands from the beginning of a description."""

import re

from gis_data.words import plain
from incidents.understanding.spelling import SHORT_FORMS

WORD = re.compile(r"\w+")
LONGEST = 6  # words of a phrase
# What people write before what they report, as `plain` folds it with short forms in full; longest first wins.
OPENINGS = frozenset(
    (
        "xin chao", "chao", "chao ban", "chao anh", "chao chi", "chao anh chi", "chao admin", "chao cac anh chi",
        "hello", "hi", "hey", "alo", "a lo", "da", "da chao", "admin oi", "anh oi", "chi oi", "anh chi oi", "ban oi",
        "phuong oi", "kinh gui", "thua", "thua anh chi", "cho toi", "cho em", "cho minh", "cho con", "cho chau",
        "toi muon", "em muon", "minh muon", "toi xin", "em xin", "xin", "toi can", "em can", "nho", "phan anh",
        "phan anh la", "phan anh ve", "phan anh viec", "bao cao", "bao", "bao la", "bao tin", "bao su co", "bao viec",
        "gui phan anh", "gui bao cao", "thong bao", "trinh bao", "muon phan anh", "muon bao", "bao moi",
        "phan anh moi", "good morning", "good afternoon", "good evening", "dear sir", "dear sir or madam", "dear all",
        "i want to report", "i would like to report", "i d like to report", "i want to complain about",
        "please report", "report", "reporting", "i report", "i am reporting", "i m reporting", "can i report",
        "new report", "please",
    )
)  # fmt: skip


def strip_openings(text: str) -> str:
    """Return the text from its first word on that is no greeting or command; all of it where nothing else is left."""
    words = [(match.start(), plain(match[0])) for match in WORD.finditer(text[:400])]
    words = [(start, SHORT_FORMS.get(word, word)) for start, word in words]
    at = 0
    while at < len(words):
        length = next(
            (n for n in range(LONGEST, 0, -1) if " ".join(word for _at, word in words[at : at + n]) in OPENINGS), 0
        )
        if not length:
            break
        at += length
    return text[words[at][0] :] if 0 < at < len(words) else text
