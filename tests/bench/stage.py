"""Set up the benchmarks: a city full of incidents behind the production web server."""

import hashlib
import json
import os
import random
import subprocess
import time
import traceback
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings
from django.contrib.gis.geos import Point
from django.core.management import call_command
from django.db import connection

from geoapp.db import connections
from gis_data import city
from gis_data.models import Area
from incidents import reporting
from incidents.models import ApiKey, Category, Incident
from tests import factories
from tests.bench import (
    addresses,
    announcements,
    answers,
    box,
    chases,
    counting,
    databases,
    day,
    desk,
    drawn,
    editions,
    emergency,
    health,
    hotline,
    limits,
    memory,
    millions,
    pan,
    photos,
    reforms,
    rows,
    scale,
    seals,
    seeing,
    streams,
    tiles,
    truth,
    wall,
    ward,
)
from tests.bench.sizes import choose
from tests.bench.tables import NOT_MEASURED, align_columns

INCIDENTS = choose(20_000, 2_000)
KEY = "bench"
ROWS = rows.ROWS | {
    "mvt": tiles.mvt,
    "addresses": addresses.addresses,
    "answers": answers.answers,
    "box": box.box,
    "ward": ward.ward,
    "editions": editions.editions,
    "reforms": reforms.reforms,
    "chase": chases.chase,
    "digest": chases.digests,
    "desk": desk.desk,
    "wall": wall.wall,
    "day": day.day,
    "pan": pan.pan,
    "drawn": drawn.measure_drawing,
    "seeing": seeing.seeing,
    "seals": seals.minutes_sealed,
    "truth": truth.truth,
    "counting": counting.counting,
    "health": health.health,
    "hotline": hotline.hotline,
    "scale": scale.scale,
    "millions": millions.millions,
    "photos": photos.photos,
    "memory": memory.memory,
    "limits": limits.limits,
    "streams": streams.streams,
    "storm": streams.storm,
    "emergency": emergency.emergency,
    "announcements": announcements.announcements,
}
COLUMNS = ("what", "measured", "limit", "ratio", "budget", "ok")
HEADS = ("what", "measured", "limit measured in the same run", "ratio", "budget", "")


def run_benches(wanted, port):
    """Measures and prints the table. Returns whether every budget was met."""
    began = time.monotonic()
    stage = as_it_stands(port) if os.environ.get("BENCH_FILLED") else fill_city(port)
    print(
        f"· {Incident.objects.count():,} incidents in {stage.city} after {time.monotonic() - began:.0f} s", flush=True
    )
    table = []
    if not stage.filled:
        databases.set_filled_aside()
    for name in wanted:
        print(f"· {name}", flush=True)
        with nullcontext() if stage.filled else databases.copy_of_filled(), serve(port) as processes:
            table += measure(name, stage)
    connection.close()
    cores = os.cpu_count()
    duration = f"in {(time.monotonic() - began) / 60:.0f} minutes"
    print(f"\n{time.strftime('%Y-%m-%d')}, {cores} cores, {processes} web processes, {stage.city}, {duration}\n")
    print("\n".join(as_table(table)))
    if file := os.environ.get("BENCH_WRITE"):
        Path(file).write_text(json.dumps(table))
    return all(row["ok"] for row in table)


def measure(name, stage):
    """Return the lines of one row; a fault ends it with a missed line, so that the other rows are still measured."""
    lines = []
    try:
        for line in ROWS[name](stage):
            lines.append(line)
    except Exception:
        traceback.print_exc()
        lines.append({"what": name, "measured": NOT_MEASURED, "ok": False})
    return lines


def as_table(table):
    return align_columns([HEADS, *([format_cell(row, column) for column in COLUMNS] for row in table)])


def format_cell(row, column):
    if column == "ok":
        return "ok" if row["ok"] else "missed"
    return str(row.get(column) if row.get(column) is not None else "–")


def fill_city(port):
    call_command("migrate", verbosity=0)
    if settings.CITY_DATA:
        call_command("load_city", str(settings.BASE_DIR / "gis_data" / "packs" / "hcmc"), verbosity=0)
        where = "the true city (CITY_DATA)"
    else:
        factories.town()
        where = "the invented town of the tests"
    call_command("collectstatic", interactive=False, verbosity=0)
    ApiKey.objects.create(name="bench", sha256=hashlib.sha256(KEY.encode()).hexdigest())
    places = many_places()
    category = Category.objects.leaves().filter(everyday=True).first()
    sample = reporting.receive(
        reporting.IncomingReport(
            channel="web", category=category, place=Point(*places[0][1:], srid=4326), text="Knee deep"
        )
    ).incident
    fields = [field.attname for field in Incident._meta.concrete_fields if not field.primary_key]
    same = {name: getattr(sample, name) for name in fields}
    categories = list(Category.objects.leaves().filter(restricted=False).values_list("pk", flat=True))
    Incident.objects.bulk_create(
        (
            Incident(**same | {
                "reference": f"bench-{number}", "area_id": area, "place": Point(x, y, srid=4326),
                "category_id": categories[number % len(categories)],
            })
            for number, (area, x, y) in enumerate(places[:INCIDENTS])
        ),
        batch_size=2000,
    )  # fmt: skip
    with connections.as_owner(), connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    random.Random(1022).shuffle(places)
    return SimpleNamespace(
        port=port,
        serve=serve,
        address=f"http://localhost:{port}",
        city=where,
        key=KEY,
        category=category,
        places=[at for _area, *at in places[:2000]],
        filled=False,
    )


def as_it_stands(port):
    call_command("collectstatic", interactive=False, verbosity=0)
    return SimpleNamespace(port=port, address=f"http://localhost:{port}", city=city.current().name, filled=True)


def many_places():
    """Returns (area, longitude, latitude) in every area of the deepest level, the same in each run."""
    areas = Area.objects.filter(level=3).count()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, ST_X(place), ST_Y(place) FROM (SELECT id, (ST_Dump(ST_GeneratePoints(shape, %s, 1022))).geom"
            " AS place FROM gis_data_area WHERE level = 3) places",
            [INCIDENTS // areas + 1],
        )
        return cursor.fetchall()


@contextmanager
def serve(port, **environment):
    processes = os.environ.get("WEB_PROCESSES", str(os.cpu_count()))
    server = subprocess.Popen(
        [settings.BASE_DIR / "bin" / "web"],
        env=os.environ | {"PORT": str(port), "WEB_PROCESSES": processes} | environment,
    )
    try:
        for _try in range(150):
            try:
                urlopen(f"http://127.0.0.1:{port}/healthz").close()
                break
            except URLError:
                assert server.poll() is None, "the web server did not start"
                time.sleep(0.2)
        yield processes
    finally:
        server.terminate()
        server.wait()
