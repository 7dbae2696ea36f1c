"""Score categories of a text by n-grams of its words. Pure, NumPy only.

Pieces are runs of 2 to 5 letters within a word including its ends (“char_wb” of scikit-learn), so a misspelt word
shares most pieces with the right one. A model weighs them by TF-IDF, with one logistic regression for each category.
"""

import numpy as np

from gis_data.words import plain
from incidents.reporting.piece_model import PieceModel

LETTERS = range(2, 6)
NOTHING = ""  # in place of a code: a greeting, thanks, a question for the state of a report
LEAST_LIKELY, MOST = 0.015, 4  # what is said of a text
GUESSED, PLAIN = 1.1, 1.5  # times as likely as the next: below that nothing is said; from there on it is plain
MAX_CHARS = 500  # of a text: what it is about stands at its beginning


def split_pieces(text: str) -> list[str]:
    pieces = []
    for word in plain(text[:MAX_CHARS]).split():
        padded = f" {word} "
        for length in LETTERS:
            pieces += [padded[at : at + length] for at in range(max(len(padded) - length + 1, 0))]
    return pieces


def leads(ranked: list[tuple[str, float]], times: float) -> bool:
    return len(ranked) > 1 and ranked[0][1] >= max(LEAST_LIKELY, times * ranked[1][1])


class NgramModel(PieceModel):
    """Model of categories (codes) by n-grams."""

    def rank(self, text: str) -> list[tuple[str, float]]:
        """(code, probability 0…1, independent of others), likeliest first; [] where no piece is known."""
        likely = self.weigh(split_pieces(text))
        if likely is None:
            return []
        return [(self.codes[at], float(likely[at])) for at in np.argsort(-likely, kind="stable")]

    def suggest(self, text: str) -> list[str]:
        """Codes of categories above the threshold, likeliest first.

        [] where NOTHING is likelier, or none leads the others.
        """
        ranked = self.rank(text)[:MOST]
        likely_codes = [code for code, likely in ranked if likely >= LEAST_LIKELY and leads(ranked, GUESSED)]
        return likely_codes[: likely_codes.index(NOTHING)] if NOTHING in likely_codes else likely_codes

    def surest(self, text: str) -> str:
        """Code of the plainly likeliest category; "" for none."""
        ranked = self.rank(text)[:MOST]
        return ranked[0][0] if leads(ranked, PLAIN) else NOTHING
