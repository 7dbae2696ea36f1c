"""Measure the search for a page that answers among 20,000 pages, each with words of its own and those of others."""

import random
import time
from contextlib import contextmanager

from django.db import connection, transaction

from incidents.answers.search import search_answers
from incidents.answers.vocabulary import write_vocabulary
from incidents.models import Answer, Subject
from tests.bench.rows import part, row
from tests.bench.sizes import choose

PAGES = choose(20_000, 500)
QUESTIONS = choose(200, 20)
SYLLABLES = choose(4_000, 400)
BUDGET_MS = 60
COMMON = "giấy phép đăng ký phường hồ sơ cấp lại đổi nộp tiền nhà đất xe thẻ bảo hiểm trẻ em trường học".split()  # noqa: SIM905


def answers(_stage):
    some = random.Random(31)
    words = make_words(some)
    with transaction.atomic():
        make_pages(some, words)
        times = []
        for number in range(QUESTIONS):
            text = " ".join(some.choices(COMMON, k=6) + some.choices(words, k=4) + [some.choice(words)[:-1] + "z"])
            began = time.perf_counter()
            search_answers(text if number % 2 else f"{text} ở đâu vậy ạ")
            times.append((time.perf_counter() - began) * 1000)
        transaction.set_rollback(True)
    p95 = part(times, 0.95)
    what = f"pages for a question among {PAGES:,}"
    yield row(f"{what}, median", part(times, 0.5), unit="ms", budget="", good=True)
    yield row(f"{what}, p95", p95, unit="ms", budget=f"< {BUDGET_MS} ms", good=p95 < BUDGET_MS)


@contextmanager
def many_pages():
    """Puts made pages beside those of the city; the server finds them, too."""
    some = random.Random(31)
    with transaction.atomic():
        make_pages(some, make_words(some))
    try:
        yield
    finally:
        with transaction.atomic():
            Answer.objects.filter(subject__code="bench").delete()
            Subject.objects.filter(code="bench").delete()
            write_vocabulary()


def make_words(some):
    return [
        "".join(some.choice("bcdghklmnprstvx") + some.choice("aeiou") for _n in range(3)) for _n in range(SYLLABLES)
    ]


def make_pages(some, words):
    subject = Subject.objects.create(code="bench", name="Bench")

    def make_text(common, own):
        return " ".join(some.sample([*some.choices(COMMON, k=common), *some.choices(words, k=own)], common + own))

    Answer.objects.bulk_create(
        [
            Answer(
                slug=f"bench-{number}", title=make_text(3, 2), title_en=make_text(0, 4), subject=subject,
                words="\n".join(make_text(2, 2) for _n in range(8)), text=make_text(20, 20), text_en=make_text(0, 30),
                steps="\n".join(make_text(6, 6) for _n in range(4)), reviewed_on="2026-12-01",
                valid_from="2026-12-01", state=Answer.State.PUBLISHED,
            )
            for number in range(PAGES)
        ],
        batch_size=1000,
    )  # fmt: skip
    write_vocabulary()
    with connection.cursor() as cursor:
        cursor.execute("SELECT analyze_table('incidents_answer'), analyze_table('incidents_answerword')")
