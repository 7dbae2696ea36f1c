"""A text as pieces of its words, and what such pieces say of categories: values in, values out, by NumPy alone.

Pieces are runs of 2 to 5 letters within a word, its ends among them (“char_wb” of scikit-learn): a misspelt word shares
most of its pieces with the right one. A model weighs them by TF-IDF and is one logistic regression a category.
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


class NgramModel(PieceModel):
    """What pieces say of each category (code)."""

    def rank(self, text: str) -> list[tuple[str, float]]:
        """(code, how likely by itself, 0…1) of each category, the likeliest first; [] where no piece is known."""
        likely = self.weigh(split_pieces(text))
        if likely is None:
            return []
        return [(self.codes[at], float(likely[at])) for at in np.argsort(-likely, kind="stable")]

    def suggest(self, text: str) -> list[str]:
        """The codes of the categories that are likely enough, the likeliest first.

        [] where it likelier is nothing, or none leads the others.
        """
        ranked = self.rank(text)[:MOST]
        likely_codes = [code for code, likely in ranked if likely >= LEAST_LIKELY and leads(ranked, GUESSED)]
        return likely_codes[: likely_codes.index(NOTHING)] if NOTHING in likely_codes else likely_codes

    def surest(self, text: str) -> str:
        """The code of the category that is plainly likelier than all others; "" where none is."""
        ranked = self.rank(text)[:MOST]
        return ranked[0][0] if leads(ranked, PLAIN) else NOTHING
