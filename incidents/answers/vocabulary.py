"""Count the words of published answers: how rare a word is says how much it tells of what is asked."""

from collections import Counter
from functools import lru_cache

from django.db import transaction

from geoapp.db import locks
from gis_data.words import plain
from incidents.models import Answer, AnswerWord

FIELDS = ("title", "words", "text", "steps", "bring")
WORD_MAX = 60  # as in the model
SUFFIXES = ("ing", "ed", "es", "s")
SHORTEST_STEM = 3
ALL_PAGES = {"language": "", "word": ""}  # the row that counts the pages


@lru_cache(maxsize=8192)
def words_of(text: str, language: str) -> tuple[str, ...]:
    """Return the words of a text as they are compared: without diacritics; English ones without their endings."""
    words = plain(text).split()
    return tuple(stem(word) for word in words) if language == "en" else tuple(words)


def stem(word: str) -> str:
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= SHORTEST_STEM:
            return word[: -len(suffix)]
    return word


def field_of(name: str, language: str) -> str:
    return f"{name}_en" if language == "en" else name


def count_pages() -> int:
    """Return how many published answers there were when words were counted."""
    return AnswerWord.objects.filter(**ALL_PAGES).values_list("pages", flat=True).first() or 0


@transaction.atomic
def write_vocabulary() -> None:
    """Write anew in how many published answers each word stands. Called when answers were written."""
    locks.hold(locks.Lock.ANSWERS)
    published = Answer.objects.filter(state=Answer.State.PUBLISHED)
    AnswerWord.objects.all().delete()
    if number := published.count():
        AnswerWord.objects.create(**ALL_PAGES, pages=number)
    for language in ("vi", "en"):
        pages: Counter[str] = Counter()
        for texts in published.values_list(*(field_of(name, language) for name in FIELDS)).iterator():
            pages.update(set(words_of(" ".join(texts), language)))
        AnswerWord.objects.bulk_create(
            [
                AnswerWord(language=language, word=word, pages=count)
                for word, count in sorted(pages.items())
                if len(word) <= WORD_MAX
            ],
            batch_size=1000,
        )
