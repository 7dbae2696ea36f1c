"""Model of dangers learned from sentences (see training.py)."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from incidents.reporting.dangers.lexicon import Danger
from incidents.reporting.piece_model import PieceModel

FILE = Path(__file__).with_name("model.npz")
ANY = "any"  # beside the codes of the dangers: whether there is one at all


def judge(clues: list[str]) -> tuple[float, Danger]:
    """(probability 0…1 of a danger, the likeliest danger) for these features."""
    learned = load_model()
    likely = learned.weigh(clues)
    if likely is None:
        return 0.0, Danger.INJURY
    kinds = np.where([code == ANY for code in learned.codes], -1.0, likely)
    return float(likely[learned.codes.index(ANY)]), Danger(learned.codes[int(np.argmax(kinds))])


@lru_cache(maxsize=1)
def load_model() -> PieceModel:
    return PieceModel.from_bytes(FILE.read_bytes())
