"""Detect dangers in a text by a lexicon and a learned model."""

import re
from functools import lru_cache

from incidents.reporting.dangers import model
from incidents.reporting.dangers.clues import find_clues
from incidents.reporting.dangers.lexicon import Danger, name_dangers, split_words
from incidents.reporting.dangers.other_languages import name_foreign_dangers

__all__ = ["Danger", "find_dangers"]

MOST_CHARS = 3_000  # of a text: a mail's danger stands at its beginning
SURE = 0.5  # so likely is a danger that nothing names
MOST_EXCLAMATIONS = 20  # that are judged by themselves
ENDS = re.compile(r"[.?\n]")  # of the sentence before an exclamation
DOUBTFUL = 0.3  # less likely, what the lexicon names is meant otherwise


@lru_cache(maxsize=16)
def find_dangers(text: str) -> frozenset[Danger]:
    """Dangers that a text reports as present, in whatever language; reads its first 3,000 characters."""
    return find_dangers_of_ours(text[:MOST_CHARS]) | name_foreign_dangers(text[:MOST_CHARS])


def find_dangers_of_ours(text: str) -> frozenset[Danger]:
    """Dangers that a text in Vietnamese or English reports as present."""
    words = split_words(text)
    named = name_dangers(words)
    likely, learned = model.judge(find_clues(words, named))
    if named:
        return named if likely >= DOUBTFUL else find_exclaimed(text)
    return frozenset({learned}) if likely >= SURE else frozenset()


def find_exclaimed(text: str) -> frozenset[Danger]:
    """Dangers that an exclamation names by itself: “Đang cháy! …”, whatever calm words follow it."""
    dangers: set[Danger] = set()
    for exclamation in text.split("!")[:-1][:MOST_EXCLAMATIONS]:
        words = split_words(ENDS.split(exclamation)[-1])
        named = name_dangers(words)
        if named and model.judge(find_clues(words, named))[0] >= SURE:
            dangers |= named
    return frozenset(dangers)
