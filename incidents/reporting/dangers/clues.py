"""Extract features of a text for the danger model: words, neighbouring words, and senses that occur together."""

import csv
from functools import lru_cache
from itertools import combinations, pairwise
from pathlib import Path

from incidents.reporting.dangers.lexicon import Danger, Pattern, Word, find_spans, index

SENSES = Path(__file__).with_name("senses.csv")


def find_clues(words: list[Word], named: frozenset[Danger]) -> list[str]:
    """Features of a text with repeats. `named`: dangers that the lexicon finds in it."""
    bare = [word.bare for word in words]
    marked = [word.bare + word.marks for word in words]
    clues = [f"marks {written}" for word, written in zip(words, marked, strict=True) if word.marks]
    clues += [f"marks {first} {second}" for first, second in pairwise(marked)]
    clues += [f"word {word}" for word in bare]
    clues += [f"words {first} {second}" for first, second in pairwise(bare)]
    clues += [f"around {first} {last}" for first, last in zip(bare, bare[2:], strict=False)]
    senses = sorted({span.what for span in find_spans(words, load_senses())})
    clues += [f"sense {sense}" for sense in senses]
    clues += [f"senses {first} {second}" for first, second in combinations(senses, 2)]
    return clues + ["named"] * bool(named)


@lru_cache(maxsize=1)
def load_senses() -> dict[str, list[Pattern]]:
    with SENSES.open(encoding="utf-8", newline="") as file:
        return index((phrase, row["sense"]) for row in csv.DictReader(file) for phrase in row["words"].split("; "))
