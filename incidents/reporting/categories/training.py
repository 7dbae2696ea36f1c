"""Process that trains the model of categories; started by `learned.learn_categories`.

Reads lessons as JSON from standard input and writes a model (`PieceModel.to_bytes`), with its scores as JSON on
standard error. Uses no database. scikit-learn takes 150 MB, which end with the process.
"""

import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from itertools import chain

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier

from incidents.reporting.categories.ngrams import NOTHING, NgramModel, split_pieces

MIN_REPORTS = 3  # in which a piece occurs: a name that stands in one report is not learned
MAX_PIECES = 40_000  # with 72 categories 5.8 MB in each process
SEED = 1


@dataclass
class Lessons:
    """Texts with codes of their categories (or NOTHING): of the pack, of reports, and for measuring.

    Those for measuring include the lexicon's answer.
    """

    pack: list[tuple[str, str]]
    reports: list[tuple[str, str]]
    measuring: list[tuple[str, str, list[str]]]


@dataclass
class Scores:
    """Number of unseen texts whose first suggestion is right: by the lexicon, and by the model.

    Where the model suggests nothing, the lexicon's answer counts.
    """

    measured: int
    lexicon: int
    model: int


def train(lessons: Lessons) -> tuple[NgramModel, Scores]:
    """The model of pack and reports with its scores. Raises ValueError for a single category."""
    taught = [*lessons.pack, *lessons.reports]
    vectorizer = TfidfVectorizer(analyzer=split_pieces, vocabulary=choose_pieces(lessons), sublinear_tf=True)
    values = vectorizer.fit_transform([text for text, _code in taught])
    judge = SGDClassifier(loss="log_loss", alpha=1e-4, max_iter=20, tol=None, random_state=SEED)
    judge.fit(values, [code for _text, code in taught])
    weights, bias, codes = judge.coef_, judge.intercept_, judge.classes_.tolist()
    if len(codes) == 2:  # then scikit-learn keeps the second's weights only
        weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
    places = {piece: int(at) for piece, at in vectorizer.vocabulary_.items()}
    model = NgramModel(codes, places, vectorizer.idf_, weights.T, bias)
    return model, measure(model, lessons.measuring)


def choose_pieces(lessons: Lessons) -> list[str]:
    in_pack, in_reports = (
        Counter(chain.from_iterable(set(split_pieces(text)) for text, _code in some))
        for some in (lessons.pack, lessons.reports)
    )
    counts = in_pack + Counter({piece: count for piece, count in in_reports.items() if count >= MIN_REPORTS})
    return sorted(sorted(counts, key=lambda piece: (-counts[piece], piece))[:MAX_PIECES])


def measure(model: NgramModel, texts: list[tuple[str, str, list[str]]]) -> Scores:
    scores = Scores(measured=len(texts), lexicon=0, model=0)
    for text, code, by_lexicon in texts:
        scores.lexicon += first_of(by_lexicon) == code
        scores.model += first_of([*model.suggest(text), *by_lexicon]) == code
    return scores


def first_of(codes: list[str]) -> str:
    return codes[0] if codes else NOTHING


def main() -> None:
    model, scores = train(Lessons(**json.load(sys.stdin)))
    sys.stdout.buffer.write(model.to_bytes())
    print(json.dumps(asdict(scores)), file=sys.stderr)
