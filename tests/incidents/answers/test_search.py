"""Questions written by hand before the pages find their page among the first three."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from django.db import transaction

from gis_data.pack import Pack
from incidents.answers.search import SURE_FROM, search_answers
from incidents.models import Answer
from incidents.seed import catalogue, information

QUESTIONS = Path(__file__).parent / "questions.csv"
PACK = Pack(Path(__file__).parents[3] / "gis_data" / "packs" / "hcmc")
# Of a hundred questions each. `kept` was scored at the end, and again for each wording of one page's title.
RIGHT = {"seen": (98, 91), "kept": (97, 88)}


@pytest.fixture(scope="module")
def pages_of_the_pack(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        information.load_information(catalogue.read_tables(PACK))
        yield
        transaction.set_rollback(True)


@pytest.fixture
def pages(pages_of_the_pack, db):
    return pages_of_the_pack


def slugs(text):
    return [match.answer.slug for match in search_answers(text)]


@pytest.mark.parametrize("half", ["seen", "kept"])
def test_questions_find_their_page(pages, half):
    with QUESTIONS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["half"] == half]
    right = Counter()
    for row in rows:
        slugs_found = slugs(row["question"])
        right["in three"] += row["topic"] in slugs_found
        right["first"] += slugs_found[:1] == [row["topic"]]
    assert (len(rows), right["in three"], right["first"]) == (100, *RIGHT[half])


@pytest.mark.parametrize("text", [
    "mất căn cước làm lại ở đâu", "mat can cuoc lam lai o dau", "MẤT CĂN CƯỚC", "làm lại cccd", "lost ID card",
])  # fmt: skip
def test_one_need_is_found_in_many_words(pages, text):
    assert slugs(text)[0] == "cap-lai-can-cuoc"


def test_a_misspelt_word_is_taken_for_the_one_like_it(pages):
    assert slugs("passportt")[0] == slugs("passport")[0]


@pytest.mark.parametrize(
    "text", ["", "   ", "?!…", "o dau", "\x00", "'; DROP TABLE x; --", "zzqqxx", "ơ" * 20_000, "& | ! ( :*"]
)
def test_nothing_to_look_for_finds_nothing_sure(pages, text):
    assert [match for match in search_answers(text) if match.score >= SURE_FROM] == []


def test_what_is_not_public_is_not_found(pages):
    Answer.objects.filter(slug="cap-lai-can-cuoc").update(state=Answer.State.DRAFT)
    assert "cap-lai-can-cuoc" not in slugs("mất căn cước làm lại ở đâu")
