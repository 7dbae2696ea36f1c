"""Benchmark rows: each function yields one or more rows of the table."""

import asyncio
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from django.contrib.gis.geos import Point
from django.db import transaction
from playwright.sync_api import sync_playwright

from geoapp.db import connections
from geoapp.db.locks import Lock
from gis_data.addresses import geocode
from gis_data.sql import statement
from incidents import reporting
from incidents.models import Incident
from tests.bench import patrol
from tests.bench.patrol import part
from tests.fakes.slow_phone import FIRST_PAINT_MS, PINS_KB, PINS_MS, SHIFT, open_on_slow_phone

SECONDS = 6


def row(what, measured, limit=None, *, unit, budget, good, ratio=None):
    """`good` says whether the budget is met; `limit` is what the same machine does bare, within the same minute."""
    ratio = ratio if ratio is not None else limit and measured / limit
    return {
        "what": what, "measured": f"{measured:,.1f} {unit}" if measured < 100 else f"{measured:,.0f} {unit}",
        "limit": limit and (f"{limit:,.1f} {unit}" if limit < 100 else f"{limit:,.0f} {unit}"),
        "ratio": ratio and f"{ratio:.2f}", "budget": budget, "ok": good,
    }  # fmt: skip


@contextmanager
def loading(job):
    """Runs the load process; yields it and a function that waits for its end and returns its results."""
    with tempfile.NamedTemporaryFile() as file:
        command = [sys.executable, "-m", "tests.bench.load", file.name]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            process.stdin.write(json.dumps(job) + "\n")
            process.stdin.close()

            def wait_for_outcome():
                assert process.wait() == 0, "the load process failed; its lines above say why"
                return json.loads(Path(file.name).read_text())

            yield process, wait_for_outcome


def load(job):
    with loading(job) as (_process, wait_for_outcome):
        answered = wait_for_outcome()
    assert set(answered["statuses"]) <= {"200", "304"}, answered["statuses"]
    return answered


def per_second(outcome):
    return len(outcome["times"]) / outcome["seconds"]


def rate(work, seconds=3):
    count, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < seconds:
        work()
        count += 1
    return count / took


OPTIONS = {"host": "host", "user": "username", "port": "port"}  # as pgbench calls them


def pgbench(script, clients, **variables):
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
    parameters = connections.connection_parameters()
    finished = subprocess.run(
        [
            shutil.which("pgbench") or programs[-1], "--no-vacuum", "--client", str(clients), "--jobs", "2",
            "--time", str(SECONDS), "--file", str(script), "--protocol", "prepared",
            *(f"--define={name}={value}" for name, value in variables.items()),
            *(f"--{option}={parameters[name]}" for name, option in OPTIONS.items() if name in parameters),
            parameters["dbname"],
        ],
        capture_output=True, text=True,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    return float(finished.stdout.partition("tps = ")[2].split()[0])


def look_ups(stage):
    places = [Point(*at, srid=4326) for at in stage.places]
    some = random.Random(1)

    with connections.connect() as raw:
        sql, day = statement("locate"), time.strftime("%Y-%m-%d")

        def by_sql():
            place = some.choice(places)
            near = geocode.degrees_of_metres(geocode.NEAR, place.y)
            here = {"lon": place.x, "lat": place.y, "day": day, "metres": geocode.NEAR, "degrees": near}
            raw.execute(sql, here).fetchall()

        limit = rate(by_sql)
    per_s = rate(lambda: geocode.locate(some.choice(places)))
    yield row("point look-up, in-process", per_s, limit, unit="/s", budget="≥ 0.5 of the SQL", good=per_s >= limit / 2)
    job = {"do": "ask", "port": stage.port, "connections": 8, "seconds": SECONDS}
    job["requests"] = [f"GET /mapit/point/4326/{x:.6f},{y:.6f}" for x, y in stage.places]
    per_s = per_second(load(job))
    yield row("point look-up, HTTP", per_s, limit, unit="/s", budget="≥ 1,000/s", good=per_s >= 1000)


def submits(stage):
    category = stage.category
    sample = Incident.objects.filter(category=category).first()
    xs, ys = [x for x, _y in stage.places], [y for _x, y in stage.places]
    limit = pgbench(
        Path(__file__).parent / "submit.sql", 4,
        category=category.pk, area=sample.area_id, authority=sample.authority_id, order=int(Lock.HISTORY),
        west=min(xs), south=min(ys), wide=(max(xs) - min(xs)) / 10_000, high=(max(ys) - min(ys)) / 10_000,
    )  # fmt: skip
    sent = {"api_key": stage.key, "service_code": category.code, "description": "Ổ gà to giữa làn xe máy"}
    requests = [
        ["POST /open311/v2/requests.json", urlencode(sent | {"lat": f"{y:.6f}", "long": f"{x:.6f}"})]
        for x, y in stage.places
    ]
    job = {"do": "ask", "port": stage.port, "requests": requests}
    before = Incident.objects.count()
    saturated = load(job | {"connections": 8, "seconds": SECONDS})
    assert Incident.objects.count() - before == len(saturated["times"])
    per_s = per_second(saturated)
    within_budget = per_s >= 0.4 * limit
    yield row("submit by Open311, 8 at once", per_s, limit, unit="/s", budget="≥ 0.4 of the SQL", good=within_budget)
    paced = load(job | {"connections": 30, "seconds": SECONDS, "rate": 50})
    p95 = part(paced["times"], 0.95) * 1000
    yield row("submit at 50 a second, p95", p95, unit="ms", budget="< 60 ms", good=p95 < 60)


def commit_to_screen(stage, viewers=100, events=30):
    """Measures from just before the commit to the arrival in every viewer's connection."""
    job = {
        "do": "listen",
        "port": stage.port,
        "path": "/live/",
        "viewers": viewers,
        "events": events * 2,
        "seconds": 15,
    }
    committed = {}
    with loading(job) as (viewing, wait_for_outcome):
        assert viewing.stdout.readline() == "ready\n"
        for x, y in stage.places[:events]:
            with transaction.atomic():
                place = Point(x, y, srid=4326)
                report = reporting.receive(
                    reporting.IncomingReport(channel="web", category=stage.category, place=place, text="Knee deep")
                )
                numbers = list(report.incident.timeline.values_list("pk", flat=True))
                at = time.monotonic_ns()
            committed |= dict.fromkeys(numbers, at)
            time.sleep(0.1)
        seen = wait_for_outcome()["seen"]
    late = [
        (at - committed[int(number)]) / 1e6 for number, ats in seen.items() for at in ats if int(number) in committed
    ]
    assert len(late) == viewers * events * 2, f"{len(late)} of {viewers * events * 2} arrived"
    limit = bare_notice(events)
    p50, p99 = part(late, 0.5), part(late, 0.99)
    yield row(f"commit → screen, {viewers} viewers, median", p50, limit, unit="ms", budget="", good=True)
    yield row(f"commit → screen, {viewers} viewers, p99", p99, limit, unit="ms", budget="< 300 ms", good=p99 < 300)


def bare_notice(count):
    """Returns the median ms from just before a NOTIFY to its arrival at one bare listener."""

    async def measured():
        heard = []
        async with await connections.connect_async() as listener:
            await listener.execute("LISTEN bare")
            with connections.connect() as speaker:
                for _one in range(count):
                    began = time.monotonic_ns()
                    await asyncio.to_thread(speaker.execute, "NOTIFY bare, 'news'")
                    async for _notice in listener.notifies(stop_after=1):
                        heard.append((time.monotonic_ns() - began) / 1e6)
        return statistics.median(heard)

    return asyncio.run(measured())


def tiles(stage):
    addresses = {
        f"GET /tiles/incidents/{zoom}/{geocode_tile(x, y, zoom)}.json"
        for zoom in range(8, 18)
        for x, y in stage.places[:15]
    }
    outcome = load({
        "do": "ask", "port": stage.port, "requests": sorted(addresses), "most": len(addresses), "connections": 1,
        "seconds": 30,
    })  # fmt: skip
    p95, largest = part(outcome["times"], 0.95) * 1000, max(outcome["sizes"]) / 1000
    many = f"{Incident.objects.count():,}"
    yield row(f"any tile of {many} incidents, p95", p95, unit="ms", budget="< 50 ms", good=p95 < 50)
    yield row("largest such tile, gzip", largest, unit="kB", budget="< 100 kB", good=largest < 100)


def geocode_tile(x, y, zoom):
    place = Point(x, y, srid=4326).transform(3857, clone=True)
    side, half = 2 * 20037508.342789244 / 2**zoom, 20037508.342789244
    return f"{int((place.x + half) / side)}/{int((half - place.y) / side)}"


def first_page(stage):
    """Measures all that a phone's browser fetches for the first view of the map."""
    done = []
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 390, "height": 844}, locale="vi-VN")
        page.on("requestfinished", lambda request: done.append(request))
        page.goto(f"http://localhost:{stage.port}/", wait_until="load")
        page.wait_for_timeout(2500)
        sizes = [request.sizes() for request in done]
        slow = browser.new_page(viewport={"width": 390, "height": 844}, locale="vi-VN")
        start = open_on_slow_phone(slow, f"http://localhost:{stage.port}/")
        browser.close()
    total = sum(size["responseHeadersSize"] + size["responseBodySize"] for size in sizes) / 1000
    yield row(f"first page of the map, {len(sizes)} files", total, unit="kB", budget="< 200 kB", good=total < 200)
    for what, measured, unit, most in (
        ("first paint", start.painted_ms, "ms", FIRST_PAINT_MS),
        ("first pins", start.pinned_ms, "ms", PINS_MS),
        ("weight until the pins", start.pinned_kb, "kB", PINS_KB),
        ("layout shift", 100 * start.shifted, "%", 100 * SHIFT),
    ):
        yield row(
            f"· its {what} on a slow phone", measured, unit=unit, budget=f"< {most:,} {unit}", good=measured < most
        )


ROWS = {
    "look-up": look_ups,
    "submit": submits,
    "live": commit_to_screen,
    "tiles": tiles,
    "page": first_page,
    "patrol": patrol.patrols,
    "patrols": patrol.two_patrols,
    "killed": patrol.measure_kill,
    "ring": patrol.ring_writes,
}
