"""What only the responsible unit may read is taken out of a text: phone numbers, e-mail addresses, identity numbers.

The text is a stranger's. All work here grows with its length only: each character is looked at a fixed number of times,
and the library that knows phone numbers, which is slow, judges the first 1,500 characters that look like some.
"""

import re

import phonenumbers

MARK = "‹…›"
WORD = re.compile(r"\S+")
# Digits as people write them in a phone number, with what stands between them.
NUMBERS = re.compile(r"[+＋(（\[［]{0,2}\d[\dxX+＋\-‐-―−ー－.／/ \u00a0\u00ad\u200b\u2060\u3000()（）［］\[\]~⁓∼～]*")
MIN_DIGITS = 7  # digits of a phone number that is worth hiding
JUDGED_CHARS = 1500  # characters that the library judges; numbers after them are taken out unjudged
CONTEXT_CHARS = 4  # characters after a number that tell a time of day from it
IDENTITY = re.compile(r"\b\d{9}(\d{3})?\b")


def without_contacts(text: str, region: str = "VN") -> str:
    """The text with phone numbers, e-mail addresses and identity numbers replaced by ‹…›: what everybody may read.

    `region`: the country whose numbers are written without a code.
    """
    if "@" in text:
        text = WORD.sub(lambda found: MARK if is_email_address(found[0]) else found[0], text)
    return IDENTITY.sub(MARK, without_phones(text, region))


def is_email_address(word: str) -> bool:
    """Whether a word without blanks holds an e-mail address: something, an @, something, a full stop, something."""
    at, stop = word.find("@", 1), word.rfind(".", 0, -1)
    return at > 0 and stop >= at + 2


def without_phones(text: str, region: str) -> str:
    """The text with phone numbers replaced; of hundreds of numbers the later ones go without a look."""
    kept, end, left = [], 0, JUDGED_CHARS
    for found in NUMBERS.finditer(text):
        run = found[0]
        if sum(map(str.isdecimal, run)) < MIN_DIGITS:
            continue
        left -= len(run)
        spans = [(0, len(run.rstrip()))]
        if left >= 0:
            spans = phones_in(text[found.start() : found.end() + CONTEXT_CHARS], region)
        for first, last in spans:
            kept += [text[end : found.start() + first], MARK]
            end = found.start() + last
    return "".join([*kept, text[end:]])


def phones_in(text: str, region: str) -> list[tuple[int, int]]:
    """(first, last) of each phone number that the library finds in a short text."""
    matcher = phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.POSSIBLE)
    return [(match.start, match.end) for match in matcher]
