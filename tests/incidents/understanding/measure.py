"""Measure what `understand` makes of the written sentences: per intent, place, kind and danger.

A row's `intent`, `kinds` and `place` hold alternatives by `|`; the parts of a place, by `+`, stand all in the folded
title of the chosen candidate or of its area.
"""

import csv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from gis_data.addresses.suggest import Candidate
from gis_data.words import plain
from incidents.understanding import Intent, Understanding, understand

FOLDER = Path(__file__).parent
KINDS_READ = 3


@dataclass
class Figures:
    """Counts of (right, all) by what is measured, and the sentences that were misunderstood."""

    right: Counter = field(default_factory=Counter)
    all: Counter = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def count(self, what: str, is_right: bool, fault: str) -> None:
        self.all[what] += 1
        self.right[what] += is_right
        if not is_right:
            self.faults.append(f"{what}: {fault}")

    def share(self, what: str) -> float:
        return self.right[what] / self.all[what] if self.all[what] else 1.0

    def table(self) -> list[str]:
        return [
            f"{what:24} {self.right[what]:4} / {self.all[what]:4}  {self.share(what):7.1%}" for what in sorted(self.all)
        ]


def read_sentences(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def chosen_place(understanding: Understanding) -> Candidate | None:
    return understanding.place or next(iter(understanding.places), None)


def has_place(candidate: Candidate | None, expected: str) -> bool:
    if candidate is None:
        return False
    areas = [candidate.area, *candidate.choices]
    title = plain(" ".join([candidate.title, *(area.title for area in areas if area)]))
    return any(all(plain(part) in title for part in way.split("+")) for way in expected.split("|"))


def measure(rows: list[dict[str, str]], *, places: bool = True) -> Figures:
    figures = Figures()
    for row in rows:
        understanding = understand(row["text"])
        text, intents = row["text"], row["intent"].split("|")
        titles = [candidate.title for candidate in understanding.places[:2]]
        codes = [kind.code for kind in understanding.kinds]
        fault = f"{text} → {understanding.intent} {understanding.certainty:.2f}"
        figures.count("intent", understanding.intent in intents, fault)
        figures.count(f"intent {intents[0]}", understanding.intent in intents, fault)
        figures.count(
            "language", understanding.language in row["language"].split("|"), f"{text} → {understanding.language}"
        )
        if places and row["place"]:
            is_right = has_place(chosen_place(understanding), row["place"])
            figures.count("place", is_right, f"{text} → {titles}, not {row['place']}")
        elif places:
            figures.count("no place", understanding.place is None or "10." in text, f"{text} → {titles}")
        if row["kinds"]:
            is_right = bool(set(codes[:KINDS_READ]) & set(row["kinds"].split("|")))
            figures.count("kind", is_right, f"{text} → {codes}, not {row['kinds']}")
        if "danger" in intents:
            is_right = bool(understanding.dangers) or "report" in intents
            figures.count("danger seen", is_right, text)
        else:
            figures.count("no danger", understanding.intent != Intent.DANGER, f"{text} → {set(understanding.dangers)}")
    return figures
