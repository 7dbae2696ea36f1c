"""Train the danger model: run it after changing sentences.csv, senses.csv or the lexicon.

Run it by `bin/manage learn_dangers`.

Each sentence is used with and without diacritics. The pack's sentences of categories that are not urgent count as no
danger. Uses no database.
"""

import csv
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from gis_data.words import plain
from incidents.reporting.dangers.clues import find_clues
from incidents.reporting.dangers.lexicon import Danger, name_dangers, split_words
from incidents.reporting.dangers.model import ANY
from incidents.reporting.piece_model import PieceModel

SENTENCES = Path(__file__).with_name("sentences.csv")
PACK = Path(__file__).parents[3] / "gis_data" / "packs" / "hcmc"
FIRM = 30  # inverse strength of the regularization: chosen by cross-validation
LEAST = 2  # texts in which a clue stands: each sentence is two


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def collect_sentences() -> list[tuple[str, str]]:
    """(sentence, danger or "") of our own list and of the pack's categories that are not urgent."""
    own = [(row["sentence"], row["danger"]) for row in read_rows(SENTENCES)]
    urgent = {row["code"] for row in read_rows(PACK / "categories.csv") if row["emergency"]}
    pack = [row["sentence"] for row in read_rows(PACK / "sentences.csv") if row["category"] not in urgent]
    return own + [(sentence, "") for sentence in pack if not name_dangers(split_words(sentence))]


def clues_of(text: str) -> list[str]:
    words = split_words(text)
    return find_clues(words, name_dangers(words))


def train(sentences: list[tuple[str, str]]) -> PieceModel:
    taught = sentences + [(plain(text), danger) for text, danger in sentences]
    vectorizer = TfidfVectorizer(analyzer=clues_of, sublinear_tf=True, min_df=LEAST)
    values = vectorizer.fit_transform([text for text, _danger in taught])
    dangers = np.array([danger for _text, danger in taught])
    codes = [ANY, *(str(danger) for danger in Danger)]
    some = dangers != ""
    judges = [LogisticRegression(C=FIRM, max_iter=3000).fit(values, some)]
    judges += [LogisticRegression(C=FIRM, max_iter=3000).fit(values[some], dangers[some] == code) for code in codes[1:]]
    return PieceModel(
        codes,
        {clue: int(at) for clue, at in vectorizer.vocabulary_.items()},
        vectorizer.idf_,
        np.vstack([judge.coef_ for judge in judges]).T,
        np.concatenate([judge.intercept_ for judge in judges]),
    )
