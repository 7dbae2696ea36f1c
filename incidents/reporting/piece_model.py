"""Logistic regressions over text pieces in NumPy, one for each code, stored as an NPZ file."""

import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np


@dataclass(frozen=True)
class PieceModel:
    """A weight of each piece for each code, and biases."""

    codes: list[str]
    places: dict[str, int]  # piece → its row
    rarity: np.ndarray  # (pieces,): inverse document frequency
    weights: np.ndarray  # (pieces, codes)
    bias: np.ndarray  # (codes,)

    def weigh(self, pieces: Iterable[str]) -> np.ndarray | None:
        """Probability (0…1) of each code by itself; None where no piece is known. Uses TF-IDF."""
        counts = Counter(piece for piece in pieces if piece in self.places)
        if not counts:
            return None
        rows = np.fromiter((self.places[piece] for piece in counts), dtype=np.intp, count=len(counts))
        often = np.fromiter(counts.values(), dtype=np.float64, count=len(counts))
        values = (1 + np.log(often)) * self.rarity[rows]
        values /= np.linalg.norm(values)
        return 1 / (1 + np.exp(-(values @ self.weights[rows] + self.bias)))

    def to_bytes(self) -> bytes:
        pieces = sorted(self.places, key=self.places.__getitem__)
        file = io.BytesIO()
        np.savez_compressed(
            file, codes=np.array(self.codes), pieces=np.array(pieces), rarity=self.rarity.astype(np.float32),
            weights=self.weights.astype(np.float16), bias=self.bias.astype(np.float32),
        )  # fmt: skip
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The model of an NPZ file. Raises ValueError."""
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            places = {piece: at for at, piece in enumerate(file["pieces"].tolist())}
            return cls(file["codes"].tolist(), places, file["rarity"], file["weights"], file["bias"])
