"""N-grams of words, and a handwritten model."""

import numpy as np
import pytest

from incidents.reporting.categories.ngrams import NOTHING, NgramModel, split_pieces

WET, DARK = "WD.01", "LT.01"


@pytest.fixture
def model():
    """“ngap” stands for water, “den” for light, “chao” for nothing."""
    places = {"ngap": 0, "den": 1, "chao": 2}
    weights = np.array([[9.0, 0.0, 0.0], [0.0, 9.0, 0.0], [0.0, 0.0, 9.0]])
    return NgramModel([WET, DARK, NOTHING], places, np.ones(3), weights, np.full(3, -5.0))


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("à", [" a", "a ", " a "]),
        ("Đèn", [" d", "de", "en", "n ", " de", "den", "en ", " den", "den ", " den "]),
        ("😀!", []),
    ],
)
def test_pieces_are_runs_of_two_to_five_letters(text, pieces):
    assert split_pieces(text) == pieces


def test_a_long_text_is_read_from_its_beginning():
    assert split_pieces("a" * 500 + "zz") == split_pieces("a" * 500)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("ngập", [WET]),
        ("đèn bị ngập ngập", [WET, DARK]),
        ("chào", []),
        ("chào, đèn đèn", [DARK]),
        ("chào chào, đèn", []),
        ("?", []),
        ("xyz", []),
    ],
)
def test_the_likeliest_come_first_and_none_after_nothing(model, text, codes):
    assert model.suggest(text) == codes


def test_a_model_is_read_as_it_was_written(model):
    read = NgramModel.from_bytes(model.to_bytes())
    assert (read.codes, read.places) == (model.codes, model.places)
    codes, scores = zip(*model.rank("đèn ngập"), strict=True)
    assert [code for code, _score in read.rank("đèn ngập")] == list(codes)
    assert [score for _code, score in read.rank("đèn ngập")] == pytest.approx(scores)


def test_what_is_no_model_is_refused():
    with pytest.raises(ValueError, match="pickle"):
        NgramModel.from_bytes(b"no model")
