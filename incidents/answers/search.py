"""Find public answers for words in either language, with or without diacritics, misspelt.

PostgreSQL finds the pages that hold the question's rarest words (full text over columns without diacritics; words that
no page holds are compared by trigrams with those that some hold). These few are ranked here: how much of the question,
weighted by the rarity of its words, stands in a page's title, in one of its other names, in its text.
"""

import math
import unicodedata
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connection
from django.db.models import F, Q

from incidents.answers.vocabulary import FIELDS, count_pages, field_of, words_of
from incidents.models import Answer, AnswerWord
from incidents.models.answers import AnswerQuerySet

MAX_CHARS = 500
MAX_WORDS = 40
RARE = 600  # pages, at most, that hold the words by which pages are looked for; at least the rarest word
CANDIDATES = 30
ALIKE = 0.4  # of trigrams: a word that no page holds is taken for one that some do
SHORTEST_MISSPELT = 4
MISSPELT_WEIGHT = 0.6
WHOLE_PAGES = 10  # added to the number of pages, so that few pages do not make every word rare
NAME, TEXT = 1.0, 0.35  # what a word counts by where it stands
AS_NAME = 0.4  # share of a score that one name of the page makes
PAIR = 0.7  # what two words count that stand side by side in both
# Words of questions that say nothing of what is wanted.
VIETNAMESE_MARKS = "đ\u0306\u0309\u031b\u0323"  # that English and its loan words have not
SURE_FROM = 0.35  # from this score on the first page is shown as the answer
EMPTY_VI = """
a ad admin anh ai ban bao be biet bua cac cai can chau chi chu cho chua co con cu cua da dang dau day de di dc
do duoc em gi giup gium ha hay hoi hom k khi khong ko la lam lau luc lun luon minh moi mot muon nao nay nen neu
ngay nha nhe nhieu nhi nhu nhung noi o oi phai ra rang roi sao sau se ta tai the thi thoi toi tui trong truoc tu
u va vay ve vi viec voi xin xong z vui long mong gio mua nua qua het nguoi
"""
EMPTY_EN = """
a about am an and are as at be by can could do doe for from get have has how i if in is it m me my need of on or
our please should so that the there thi this to want we what when where which who why will with would you your u
d s t re ve into does did was go
"""
EMPTY = {"vi": frozenset(EMPTY_VI.split()), "en": frozenset(EMPTY_EN.split())}


class Match(NamedTuple):
    """A public answer and how much of the question it covers, 0…about 1."""

    answer: Answer
    score: float


class QuestionWords(NamedTuple):
    """The words of a question in order, what its telling ones weigh, and what they would if pages held all."""

    words: list[str]
    weights: dict[str, float]
    whole: float


class Term(NamedTuple):
    """A word of the question, and what it weighs."""

    word: str
    weight: float
    pages: int


def search_answers(text: str, *, limit: int = 3) -> list[Match]:
    """Return the public answers that fit a question best, best first; reads its first 500 characters."""
    text = text[:MAX_CHARS]
    number = count_pages() + WHOLE_PAGES
    scores: dict[int, float] = {}
    for language in ("vi",) if has_vietnamese_letters(text) else ("vi", "en"):
        for key, score in scores_in(text, language, number):
            scores[key] = max(score, scores.get(key, 0))
    best = sorted(scores, key=lambda key: (-scores[key], key))[:limit]
    answers = Answer.objects.public().defer("search", "search_en").in_bulk(best)
    return [Match(answers[key], scores[key]) for key in best if key in answers]


def has_vietnamese_letters(text: str) -> bool:
    decomposed = unicodedata.normalize("NFD", text.lower())
    return any(letter in VIETNAMESE_MARKS for letter in decomposed)


def scores_in(text: str, language: str, number: int) -> list[tuple[int, float]]:
    words = [word for word in words_of(text, language) if word.isalnum()][:MAX_WORDS]
    telling = {word for word in words if word not in EMPTY[language]}
    terms = find_terms(telling, language, number)
    if not terms:
        return []
    weights = {term.word: term.weight for term in terms.values()}
    question = QuestionWords(
        words=[terms[word].word if word in terms else word for word in words],
        weights=weights,
        whole=sum(weights.values()) * len(telling) / len(terms),  # words that no page holds are part of it, too
    )
    fields = [field_of(name, language) for name in FIELDS]
    rows = find_candidates(terms.values(), language).values_list("pk", *fields)
    return [(pk, score_of(texts, question, language)) for pk, *texts in rows]


def find_terms(telling: set[str], language: str, number: int) -> dict[str, Term]:
    """Return the telling words of a question by how they were written, each as pages hold it."""
    pages_by_word = dict(AnswerWord.objects.filter(language=language, word__in=telling).values_list("word", "pages"))
    terms = {word: Term(word, rarity(pages, number), pages) for word, pages in pages_by_word.items()}
    unknown = [word for word in telling - pages_by_word.keys() if len(word) >= SHORTEST_MISSPELT and word.isalpha()]
    for written, word, pages in nearest_words(unknown, language):
        terms[written] = Term(word, MISSPELT_WEIGHT * rarity(pages, number), pages)
    return terms


def rarity(pages: int, number: int) -> float:
    return math.log(1 + number / pages)


def nearest_words(words: list[str], language: str) -> list[tuple[str, str, int]]:
    """Return each of these words that is like one of pages, that word, and how many pages hold it."""
    if not words:
        return []
    with connection.cursor() as cursor:
        cursor.execute(NEAREST, {"words": words, "language": language, "alike": ALIKE})
        return cursor.fetchall()


NEAREST = """
SELECT written, near.word, near.pages
FROM unnest(%(words)s::text[]) written
CROSS JOIN LATERAL (
    SELECT word, pages, similarity(word, written) AS alike FROM incidents_answerword
    WHERE language = %(language)s AND word %% written
    ORDER BY alike DESC, pages DESC, word LIMIT 1
) near
WHERE near.alike >= %(alike)s
"""


def find_candidates(terms: Iterable[Term], language: str) -> AnswerQuerySet:
    """Filter public answers to those that hold one of the rarest of these words, at most 30."""
    column, config = ("search_en", "english") if language == "en" else ("search", "simple")
    wanted: list[Term] = []
    for term in sorted(terms, key=lambda term: (term.pages, term.word)):
        if wanted and sum(other.pages for other in wanted) + term.pages > RARE:
            break
        wanted.append(term)
    query = SearchQuery(wanted[0].word, config=config)
    for term in wanted[1:]:
        query |= SearchQuery(term.word, config=config)
    rows = Answer.objects.public().filter(Q(**{column: query}))
    return rows.annotate(fits=SearchRank(F(column), query)).order_by("-fits", "pk")[:CANDIDATES]


def score_of(texts: list[str], question: QuestionWords, language: str) -> float:
    """Return how much of a question a page covers: by its words, their pairs, and one of its names as a whole."""
    title, words, *rest = texts
    names = [words_of(name, language) for name in (title, *words.split("\n")) if name]
    text = words_of(" ".join(rest), language)
    in_names, in_text = {word for name in names for word in name}, set(text)
    covered = sum(
        weight * (NAME if word in in_names else TEXT if word in in_text else 0)
        for word, weight in question.weights.items()
    )
    name_pairs, text_pairs = {pair for name in names for pair in pairwise(name)}, set(pairwise(text))
    joined = sum(
        (question.weights.get(first, 0) + question.weights.get(second, 0))
        / 2
        * (NAME if (first, second) in name_pairs else TEXT)
        for first, second in set(pairwise(question.words))
        if (first, second) in name_pairs or (first, second) in text_pairs
    )
    spread = (covered + PAIR * joined) / question.whole / (1 + PAIR)
    as_name = max((fit_of_name(name, question) for name in names), default=0)
    return (1 - AS_NAME) * spread + AS_NAME * as_name


def fit_of_name(name: tuple[str, ...], question: QuestionWords) -> float:
    """Return how well one name of a page and the question cover each other, 0…1."""
    telling = {word for word in name if word not in EMPTY["vi"]}
    shared = sum(question.weights.get(word, 0) for word in telling)
    if not shared:
        return 0
    typical = question.whole / len(question.weights)
    own = shared + typical * sum(word not in question.weights for word in telling)
    return 2 * shared / (own + question.whole)
