"""Guessed categories of texts that mention danger or nothing reportable."""

from incidents.reporting.categories import learned, likeliest_category, suggest_categories
from incidents.reporting.categories.lexicon import rank_by_lexicon
from tests.incidents.reporting.test_danger_words import read_sentences


def test_no_kind_is_guessed_of_danger(leaves, taught):
    """Of 99 sentences of danger none gets a category that is not urgent, with any model."""
    learned.learn_categories()
    texts = [text for name in ("danger.csv", "danger_held_out.csv") for kind, text in read_sentences(name) if kind]
    guessed = {
        text: category.code
        for text in texts
        if (category := likeliest_category(text, leaves)) and not category.emergency
    }
    assert guessed == {}
    kinds = {text: [category.code for category in suggest_categories(text, leaves)] for text in (
        "có người chết đuối", "cướp giật", "tai nạn giao thông", "đang cháy nhà", "té ổ gà bị thương",
    )}  # fmt: skip
    assert kinds == {
        "có người chết đuối": [], "cướp giật": ["SE.01"], "tai nạn giao thông": ["TR.10"], "đang cháy nhà": ["SE.03"],
        "té ổ gà bị thương": ["RD.01"],
    }  # fmt: skip


def test_what_is_not_plain_is_taken_for_nothing(leaves, taught):
    learned.learn_categories()
    for text in ("hôm nay trời đẹp quá", "asdf qwer zxcv", "đội tuyển thắng rồi"):
        assert not rank_by_lexicon(text, leaves)
        assert likeliest_category(text, leaves) is None
    assert likeliest_category("ổ gà", leaves).code == "RD.01"
