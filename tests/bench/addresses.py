"""Measure address search with as many streets as a large city has."""

import os
import random
import statistics
import time
from pathlib import Path

from django.db import connection, transaction

from gis_data.addresses.suggest import suggest
from gis_data.models import City, Street
from gis_data.words import plain
from tests.bench.rows import part, row
from tests.bench.sizes import choose

STREETS, STREETS_OF_WHOLE_CITY = choose(20_000, 1_000), choose(34_000, 1_700)
TEXTS = choose(300, 30)
FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Phan", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý")
MIDDLES = ("Văn", "Thị", "Hữu", "Đức", "Công", "Minh", "Quang", "Đình", "Xuân", "Ngọc", "Thanh", "Trọng", "Bá", "Như")
GIVEN = ("An", "Bình", "Chánh", "Dũng", "Đạt", "Em", "Giáp", "Hải", "Hòa", "Kiệt", "Lâm", "Mai", "Nghĩa", "Phú", "Quý",
         "Sơn", "Tài", "Tâm", "Thắng", "Trí", "Tú", "Uyên", "Vinh", "Yến")  # fmt: skip


def addresses(stage):
    """Generates some 4,900 street names (a fifth of them in alleys) over the city, and texts as people type them."""
    yield from measure_streets(stage, STREETS, budget_ms=50)
    yield from measure_streets(stage, STREETS_OF_WHOLE_CITY, budget_ms=80)


def measure_streets(stage, count, *, budget_ms):
    some = random.Random(20)
    with transaction.atomic():
        names = make_names(stage.places, count)
        suggest(names[0])  # reads the names
        texts = [text for _n in range(TEXTS // 3) for text in write_as_three(some.choice(names), some)]
        times, bare_times = [], []
        for text in texts:
            began = time.perf_counter()
            suggest(text)
            times.append((time.perf_counter() - began) * 1000)
            bare_times.append(bare(plain(text)))
        transaction.set_rollback(True)
    p95, limit = part(times, 0.95), part(bare_times, 0.95)
    what = f"address suggestions, {count:,} streets"
    yield row(
        f"{what}, median", statistics.median(times), statistics.median(bare_times), unit="ms", budget="", good=True
    )
    yield row(f"{what}, p95", p95, limit, unit="ms", budget=f"< {budget_ms} ms", good=p95 < budget_ms)
    yield row(f"{what}, memory of the process", resident_mb(), None, unit="MB", budget="", good=True)


def resident_mb():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def make_names(places, count):
    some = random.Random(1)
    names = []
    for number in range(count):
        name = " ".join(map(some.choice, (FAMILIES, MIDDLES, GIVEN)))
        names.append(f"Hẻm {some.randint(1, 900)} {name}" if number % 5 == 0 else name)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM gis_data_street")
        cursor.execute(
            "INSERT INTO gis_data_street (city_id, name, rank, line, search)"
            " SELECT %s, name, 2, ST_MakeLine(ST_SetSRID(ST_MakePoint(lon, lat), 4326),"
            " ST_SetSRID(ST_MakePoint(lon + 0.002, lat + 0.002), 4326)), search"
            " FROM unnest(%s::text[], %s::text[], %s::float8[], %s::float8[]) AS street (name, search, lon, lat)",
            [
                City.objects.get().pk, names, [plain(name) for name in names],
                *map(list, zip(*(places[n % len(places)] for n in range(count)), strict=True)),
            ],
        )  # fmt: skip
        cursor.execute("SELECT analyze_table('gis_data_street')")
    assert Street.objects.count() == count
    return [name for name in names if not name.startswith("Hẻm")]


def write_as_three(name, some):
    words = plain(name)
    at = some.randrange(1, len(words) - 1)
    yield f"{some.randint(1, 400)}/{some.randint(1, 40)} {name}"
    yield words[:at] + words[at + 1] + words[at] + words[at + 2 :]
    yield words[: max(len(words) * 2 // 3, 3)]


def bare(words):
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT search, max(similarity(search, %s)) AS likeness FROM gis_data_street WHERE search %% %s"
            " GROUP BY search ORDER BY likeness DESC, search LIMIT 12",
            [words, words],
        )
        cursor.fetchall()
    return (time.perf_counter() - began) * 1000
