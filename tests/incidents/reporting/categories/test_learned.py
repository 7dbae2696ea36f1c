"""Training on the pack and on reports by the training process."""

import pytest

from incidents import workflow
from incidents.models import Category, CategorySentence, LearnedCategories
from incidents.reporting.categories import learned, suggest_categories
from tests import factories


@pytest.fixture
def model():
    """Rows with scores as `learn_categories` stores them."""

    def keep(by_lexicon, by_model):
        return LearnedCategories.objects.create(
            reports=0, measured=10, right_by_lexicon=by_lexicon, right_by_model=by_model, model=b""
        )

    return keep


def test_sentences_written_later_are_understood(leaves, taught):
    """122 unseen sentences: by the lexicon alone, and by a model of 321 others."""
    row = learned.learn_categories()
    assert (row.measured, row.right_by_lexicon) == (122, 63)
    assert row.right_by_model >= 96
    measuring = CategorySentence.objects.filter(measures=True).exclude(category=None).select_related("category")
    among = [sentence.category in suggest_categories(sentence.text, leaves) for sentence in measuring]
    assert (len(among), sum(among) >= 98) == (110, True)
    suggested = suggest_categories("xin hỏi thủ tục làm khai sinh", leaves)
    assert suggested[0].code == "PA.03"


@pytest.mark.django_db
def test_reports_teach_what_the_pack_does_not_know(town):
    """A local word of accepted reports; nothing of waiting ones, and no phone number."""
    words = ["glimmer", "glimmer broken", "the glimmer", "glimmer gone", "a glimmer", "my glimmer", "old glimmer"] * 3
    for sentence in words:
        workflow.move(factories.incident(town.leak, text=f"{sentence} 0903 123 456"), "accept")
        workflow.move(factories.incident(town.waste, text=f"{sentence[::-1]} heap"), "accept")
    for _time in range(9):
        factories.incident(town.hole, text="unheard words")
    lessons = learned.collect_lessons()
    assert {code for _text, code in lessons["reports"]} == {town.leak.code, town.waste.code}
    assert not any("0903" in text for text, *_rest in lessons["reports"] + lessons["measuring"])
    row = learned.learn_categories()
    assert row.reports == len(lessons["reports"])
    assert LearnedCategories.objects.in_use() == row.pk
    leaves = list(Category.objects.leaves())
    assert suggest_categories("glimer is broken", leaves)[0] == town.leak


@pytest.mark.django_db
def test_nothing_is_learned_where_nothing_measures_it(town):
    assert learned.learn_categories() is None
    assert not LearnedCategories.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("scores", "used"),
    [([], None), ([(5, 6)], 0), ([(5, 5)], None), ([(6, 5)], None), ([(5, 9), (6, 5)], None), ([(6, 5), (5, 6)], 1)],
)
def test_only_a_newest_model_better_than_the_lexicon_is_used(model, scores, used):
    rows = [model(*score) for score in scores]
    assert LearnedCategories.objects.in_use() == (None if used is None else rows[used].pk)


@pytest.mark.django_db
def test_the_newest_models_are_kept(model):
    rows = [model(1, 2) for _time in range(4)]
    LearnedCategories.objects.delete_oldest(keep=2)
    assert list(LearnedCategories.objects.order_by("pk")) == rows[2:]
