"""Convert written answers for speech: short sentences, choices by keys, digits one by one, no links."""

import re

from django.utils.translation import gettext as _

MAX_CHOICES = 8  # by keys 1 to 8: nobody keeps more in mind, and more are found by a word
LINK = re.compile(r"https?://[^\s]{1,500}")
LONG_NUMBER = re.compile(r"(?<![\w.,])\+?\d{6,15}(?![\w])")
REFERENCE = re.compile(r"(?<![\w-])\d{4}-\d{5,10}(?!\w)")
NOT_SPOKEN = re.compile(r"[^\w\s.,;:?!%/+–'’“”()-]")  # emoji and other pictures
BULLETS = "-•* "


def sentences_of(text: str) -> tuple[str, ...]:
    lines = (spoken_line(line) for line in text.splitlines() if line.strip())
    return tuple(line for line in lines if line)


def spoken_line(line: str) -> str:
    line = LINK.sub("", line).strip().lstrip(BULLETS)
    line = REFERENCE.sub(lambda match: spell(match[0]), line)
    line = LONG_NUMBER.sub(lambda match: spell(match[0]), line)
    line = " ".join(NOT_SPOKEN.sub(" ", line).split())
    if not any(letter.isalnum() for letter in line):
        return ""
    return line if line[-1] in ".?!" else f"{line}."


def spell(text: str) -> str:
    """A number or reference, character by character without + and -."""
    return ", ".join(" ".join(part) for part in text.replace("+", "").split("-") if part)


def offer_choices(choices: tuple) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """(keys of the choices, sentences that offer them); choices are [payload, title]."""
    keys = tuple((str(number), title) for number, (_value, title) in enumerate(choices[:MAX_CHOICES], 1))
    sentences = [
        spoken_line(_("Press %(key)s: %(title)s") % {"key": key, "title": title.replace("⌂", "")})
        for key, title in keys
    ]
    if len(choices) > MAX_CHOICES:
        sentences.append(_("Or say a word for something else."))
    return keys, tuple(sentences)


def last_digits(phone: str) -> str:
    return " ".join(phone[-3:])
