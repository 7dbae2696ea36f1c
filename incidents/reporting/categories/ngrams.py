"""A text as pieces of its words, and what such pieces say of categories: values in, values out, by NumPy alone.

Pieces are runs of 2 to 5 letters within a word, its ends among them (“char_wb” of scikit-learn): a misspelt word shares
most of its pieces with the right one. A model weighs them by TF-IDF and is one logistic regression a category.
"""

import io
from collections import Counter
from dataclasses import dataclass

import numpy as np

from gis_data.words import plain

LETTERS = range(2, 6)
NOTHING = ""  # in place of a code: a greeting, thanks, a question for the state of a report
LEAST_LIKELY, MOST = 0.015, 4  # what is said of a text
GUESSED, PLAIN = 1.1, 1.5  # times as likely as the next: below that nothing is said; from there on it is plain
MAX_CHARS = 500  # of a text: what it is about stands at its beginning


def split_pieces(text: str) -> list[str]:
    """The pieces of a text's words, without marks, in lower case; each as often as it occurs."""
    pieces = []
    for word in plain(text[:MAX_CHARS]).split():
        padded = f" {word} "
        for length in LETTERS:
            pieces += [padded[at : at + length] for at in range(max(len(padded) - length + 1, 0))]
    return pieces


def leads(ranked: list[tuple[str, float]], times: float) -> bool:
    """Whether the first of the ranked is so many times as likely as the second."""
    return len(ranked) > 1 and ranked[0][1] >= max(LEAST_LIKELY, times * ranked[1][1])


@dataclass(frozen=True)
class NgramModel:
    """What pieces say: of each category (code) a weight for each piece, and a bias."""

    codes: list[str]
    places: dict[str, int]  # piece → its row
    rarity: np.ndarray  # (pieces,): inverse document frequency
    weights: np.ndarray  # (pieces, codes)
    bias: np.ndarray  # (codes,)

    def rank(self, text: str) -> list[tuple[str, float]]:
        """(code, how likely by itself, 0…1) of each category, the likeliest first; [] where no piece is known."""
        counts = Counter(piece for piece in split_pieces(text) if piece in self.places)
        if not counts:
            return []
        rows = np.fromiter((self.places[piece] for piece in counts), dtype=np.intp, count=len(counts))
        often = np.fromiter(counts.values(), dtype=np.float64, count=len(counts))
        values = (1 + np.log(often)) * self.rarity[rows]
        values /= np.linalg.norm(values)
        likely = 1 / (1 + np.exp(-(values @ self.weights[rows] + self.bias)))
        return [(self.codes[at], float(likely[at])) for at in np.argsort(-likely, kind="stable")]

    def suggest(self, text: str) -> list[str]:
        """The codes of the categories that are likely enough, the likeliest first.

        [] where it likelier is nothing, or none leads the others.
        """
        ranked = self.rank(text)[:MOST]
        found = [code for code, likely in ranked if likely >= LEAST_LIKELY and leads(ranked, GUESSED)]
        return found[: found.index(NOTHING)] if NOTHING in found else found

    def surest(self, text: str) -> str:
        """The code of the category that is plainly likelier than all others; "" where none is."""
        ranked = self.rank(text)[:MOST]
        return ranked[0][0] if leads(ranked, PLAIN) else NOTHING

    def to_bytes(self) -> bytes:
        """The model as an NPZ file, its weights in half precision."""
        pieces = sorted(self.places, key=self.places.__getitem__)
        file = io.BytesIO()
        np.savez_compressed(
            file, codes=np.array(self.codes), pieces=np.array(pieces), rarity=self.rarity.astype(np.float32),
            weights=self.weights.astype(np.float16), bias=self.bias.astype(np.float32),
        )  # fmt: skip
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "NgramModel":
        """The model that `to_bytes` wrote. Raises ValueError where it is none."""
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            places = {piece: at for at, piece in enumerate(file["pieces"].tolist())}
            return cls(file["codes"].tolist(), places, file["rarity"], file["weights"], file["bias"])
