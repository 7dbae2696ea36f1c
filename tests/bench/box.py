"""Measure one sentence of the box with as many streets as the whole city has: understood, and answered over HTTP."""

import random
import statistics
import time
from contextlib import contextmanager
from urllib.parse import urlencode

from django.db import connection, transaction

from gis_data.words import plain
from incidents.understanding import understand
from tests.bench.addresses import STREETS_OF_WHOLE_CITY, bare, make_names
from tests.bench.answers import PAGES, many_pages
from tests.bench.rows import load, part, row
from tests.bench.sizes import choose

SENTENCES = choose(300, 30)
BUDGET_MS, TYPING_BUDGET_MS = 80, 60
TEMPLATES = (
    "Rác chất đống trước nhà {number} {name} ba ngày nay chưa ai lấy",
    "den duong {name} tat het roi",
    "There is a huge pothole at {number} {name}",
    "Cho hỏi phường mấy giờ mở cửa",
    "phản ánh hôm qua của tôi tới đâu rồi",
)


def box(stage):
    some = random.Random(30)
    with streets_of_whole_city(stage.places) as names:
        sentences = write_sentences(names, some)
        understand(names[0])  # reads names and models
        times, bare_times = [], []
        for sentence in sentences:
            began = time.perf_counter()
            understand(sentence)
            times.append((time.perf_counter() - began) * 1000)
            bare_times.append(bare(plain(some.choice(names))))
        answers = ask_over_http(stage, sentences)
    what, p95 = f"one sentence understood, {STREETS_OF_WHOLE_CITY:,} streets", part(times, 0.95)
    median, bare_median = statistics.median(times), statistics.median(bare_times)
    yield row(f"{what}, median", median, bare_median, unit="ms", budget="", good=True)
    yield row(f"{what}, p95", p95, part(bare_times, 0.95), unit="ms", budget=f"< {BUDGET_MS} ms", good=p95 < BUDGET_MS)
    p95_http = part(answers, 0.95) * 1000
    yield row(
        "· its card over HTTP, p95", p95_http, p95, unit="ms", budget=f"< {BUDGET_MS} ms", good=p95_http < BUDGET_MS
    )


def box_beside_everything(stage, places):
    """Asks for cards and for groups of what is typed, beside all streets, many pages and the incidents there are."""
    with streets_of_whole_city(places) as names, many_pages():
        sentences = write_sentences(names, random.Random(31))
        for what, address, budget_ms in (
            ("a sentence's card", "/box/", BUDGET_MS),
            ("groups while typing", "/box/groups/", TYPING_BUDGET_MS),
        ):
            p95 = part(ask_over_http(stage, sentences, address), 0.95) * 1000
            yield row(
                f"{what}, {STREETS_OF_WHOLE_CITY:,} streets, {PAGES:,} pages, p95",
                p95,
                unit="ms",
                budget=f"< {budget_ms} ms",
                good=p95 < budget_ms,
            )


def write_sentences(names, some):
    return [
        template.format(number=some.randint(1, 400), name=some.choice(names))
        for template, _n in zip(TEMPLATES * (SENTENCES // len(TEMPLATES)), range(SENTENCES), strict=True)
    ]


def ask_over_http(stage, sentences, address="/box/"):
    """Returns the seconds of one answer after the other, once each process of the server has read the names."""
    requests = [f"GET {address}?{urlencode({'q': sentence})}" for sentence in sentences]
    job = {"do": "ask", "port": stage.port, "seconds": 120}
    load(job | {"requests": requests[:5], "connections": 6, "most": 18})
    return load(job | {"requests": requests, "connections": 1, "most": len(requests)})["times"]


@contextmanager
def streets_of_whole_city(places):
    """Puts made streets in the place of those of the city; the server reads them, too. Yields their names."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE streets_before AS SELECT * FROM gis_data_street")
    try:
        with transaction.atomic():
            names = make_names(places, STREETS_OF_WHOLE_CITY)
        yield names
    finally:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM gis_data_street")
            cursor.execute("INSERT INTO gis_data_street OVERRIDING SYSTEM VALUE SELECT * FROM streets_before")
            cursor.execute("DROP TABLE streets_before")
