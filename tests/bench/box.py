"""Measure what it takes to understand one sentence with as many streets as the whole city has."""

import random
import statistics
import time

from django.db import transaction

from gis_data.words import plain
from incidents.understanding import understand
from tests.bench.addresses import STREETS_OF_WHOLE_CITY, bare, make_names
from tests.bench.rows import part, row
from tests.bench.sizes import choose

SENTENCES = choose(300, 30)
TEMPLATES = (
    "Rác chất đống trước nhà {number} {name} ba ngày nay chưa ai lấy",
    "den duong {name} tat het roi",
    "There is a huge pothole at {number} {name}",
    "Cho hỏi phường mấy giờ mở cửa",
    "phản ánh hôm qua của tôi tới đâu rồi",
)


def box(stage):
    some = random.Random(30)
    with transaction.atomic():
        names = make_names(stage, STREETS_OF_WHOLE_CITY)
        understand(names[0])  # reads names and models
        times, bare_times = [], []
        for number in range(SENTENCES):
            name = some.choice(names)
            text = TEMPLATES[number % len(TEMPLATES)].format(number=some.randint(1, 400), name=name)
            began = time.perf_counter()
            understand(text)
            times.append((time.perf_counter() - began) * 1000)
            bare_times.append(bare(plain(name)))
        transaction.set_rollback(True)
    what, p95 = f"one sentence understood, {STREETS_OF_WHOLE_CITY:,} streets", part(times, 0.95)
    median, bare_median = statistics.median(times), statistics.median(bare_times)
    yield row(f"{what}, median", median, bare_median, unit="ms", budget="", good=True)
    yield row(f"{what}, p95", p95, part(bare_times, 0.95), unit="ms", budget="< 80 ms", good=p95 < 80)
