"""Measure pages over years of history, beside bare statements and beside other products.

Every page is requested over HTTP, uncached. The limit is one bare statement that reads what the page shows, or another
product: tipg and pygeoapi as they come over the same table (without rules of publication, so with less to do), and
DuckDB over a copy of the columns.
"""

import os
import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from urllib.error import HTTPError
from urllib.parse import quote_plus, urlencode
from urllib.request import urlopen

from django.db.models import Count
from django.test import Client
from django.utils.timezone import localdate, now

from geoapp.db import connections
from incidents.models import Incident, User
from incidents.wards import choosing
from tests.bench import history, streams
from tests.bench.box import box_beside_everything
from tests.bench.peers import duckdb, peers, supercluster
from tests.bench.rows import geocode_tile, loading, part, per_second, row

BOX = "the box"
TIMES, SLOW_S = 12, 12  # how often a page is asked for; a row is ended after so many seconds
WORDS = (
    "ổ gà",
    "quán Hương Phát",
    "Nguyễn Văn Trỗi",
    "lò rèn Thịnh Ý",
    "đèn đường",
    "khongco",
    "hố ga 714",
    "rac thai",
)


@dataclass
class Asked:
    """A row: name, addresses, visitor, budget, bare statement, requests to peers."""

    what: str
    requests: list
    budget: float  # ms
    limit: str = ""  # the bare statement
    head: str = ""
    peer: str = ""  # the key of what peers are asked
    first: float = 0  # ms of processor of the first answer of a process; 0: not told


def scale(stage):
    if not stage.filled:
        history.fill(int(os.environ["BENCH_SIZE"]), say=print)
    counts = Incident.objects.count(), Incident.objects.open().count()
    print(f"  {counts[0]:,} incidents, {counts[1]:,} open", flush=True)
    places = busy_places()
    only = os.environ.get("BENCH_ONLY")
    if only is not None:
        with connections.connect() as raw:
            for page_row in pages(places):
                if only in page_row.what:
                    yield from measure_page(page_row, stage, raw)
        if only in BOX:
            yield from box_beside_everything(stage, places)
        return
    with ExitStack() as stack:
        others = stack.enter_context(peers(stage))
        raw = stack.enter_context(connections.connect())
        for page_row in pages(places):
            yield from measure_page(page_row, stage, raw)
            yield from compare_peers(page_row, others, places)
        yield from box_beside_everything(stage, places)
        yield from time_duckdb(others)
        yield from measure_supercluster(others, places)
        yield from throughput(stage, others, places)
        yield from whole_export(stage, raw)


def busy_places():
    """Returns longitude and latitude of two hundred incidents, so that busy places are more frequent."""
    last = Incident.objects.latest("pk").pk
    sample = Incident.objects.filter(published=True, pk__in=range(1, last + 1, max(1, last // 200)))
    return [(place.x, place.y) for place in sample.order_by("pk").values_list("place", flat=True)]


def pages(places):
    day = localdate()
    since = day.replace(year=day.year - history.YEARS)
    month = (now() - timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    three_years, this_year = (urlencode({"from": first, "to": day}) for first in (since, day.replace(month=1, day=1)))
    for zoom in (8, 12, 14, 17):
        for ending in ("json", "mvt"):
            tile_keys = dict.fromkeys(geocode_tile(x, y, zoom) for x, y in places)
            yield Asked(
                f"tile of everything, z{zoom} {ending}",
                [f"GET /tiles/incidents/{zoom}/{at}.{ending}?state=all&days=0" for at in tile_keys],
                50,
                TILE % boxes(places, zoom)[0],
                peer="" if ending == "json" else f"mvt{zoom}",
            )
    yield Asked("/stats/, three years", [f"GET /stats/?{three_years}"], 300, STATS % "3 years", first=1000)
    yield Asked("/stats/, this year", [f"GET /stats/?{this_year}"], 300, STATS % "330 days")
    leader, dispatcher, supervisor = (cookie_of(f"scale-{name}") for name in ("leader", "dispatcher", "supervisor"))
    yield Asked("/lead/, week", ["GET /lead/?period=week"], 300, LEAD % "14 days", leader)
    yield Asked("/lead/, year", ["GET /lead/?period=year"], 300, LEAD % "2 years", leader)
    yield Asked("/watch/", ["GET /watch/"], 300, WATCH, supervisor)
    yield Asked("/watch/late/", ["GET /watch/late/"], 300, LATE, supervisor)
    searches = [f"GET /desk/?part=queue&q={quote_plus(words)}" for words in WORDS]
    yield Asked("desk, list of all open", ["GET /desk/?part=queue"], 150, DESK, dispatcher)
    yield Asked("desk, search by words", searches, 300, SEARCH, dispatcher)
    yield Asked("/wards/CODE/", [f"GET /wards/{code}/" for code in ward_codes()], 150, WARD)
    yield Asked("/data/ page", ["GET /data/"], 300, COUNT)
    yield Asked("OGC collection", ["GET /ogc/collections/incidents?f=json"], 300, COUNT, peer="collection")
    items = "GET /ogc/collections/incidents/items?f=json&limit=100"
    yield Asked("OGC items of a month", [f"{items}&datetime={month}/.."], 300, MONTH, peer="month")
    requests = "GET /open311/v2/requests.json?start_date="
    yield Asked("Open311, page 50 of a month", [f"{requests}{month}&page=50&page_size=50"], 300, PAGE_50)
    since_90_days = (now() - timedelta(days=89)).strftime("%Y-%m-%dT%H:%M:%SZ")
    yield Asked(
        "Open311, updates of 90 days",
        [f"GET /open311/v2/servicerequestupdates.json?start_date={since_90_days}"],
        300,
        UPDATES,
    )


def ward_codes():
    """Returns the codes of today's wards, those with the most incidents first."""
    wards = choosing.todays_wards().annotate(many=Count("incidents")).order_by("-many", "code")
    return list(wards.values_list("code", flat=True))


# Each reads what its page tells and no more; the box of a tile is put in where a tile is meant.
TILE = """SELECT floor(ST_X(place) * 512), floor(ST_Y(place) * 512), state, count(*) FROM incidents_incident
WHERE published AND place && ST_MakeEnvelope(%s, 4326) GROUP BY 1, 2, 3"""
STATS = """SELECT area_id, state, count(*), count(*) FILTER (WHERE closed_at <= due_at) FROM incidents_incident
WHERE published AND received_at >= now() - interval '%s' GROUP BY 1, 2"""
LEAD = """SELECT authority_id, date_trunc('week', received_at), count(*), count(*) FILTER (WHERE closed_at > due_at)
FROM incidents_incident WHERE received_at >= now() - interval '%s' GROUP BY 1, 2"""
WATCH = """SELECT authority_id, state, count(*), count(*) FILTER (WHERE due_at < now()) FROM incidents_incident
WHERE closed_at IS NULL GROUP BY 1, 2"""
LATE = """SELECT id FROM incidents_incident WHERE closed_at IS NULL AND due_at < now() AND state <> 'waiting'
OR closed_at >= now() - interval '30 days' AND closed_at > due_at ORDER BY due_at LIMIT 100"""
OPEN = "('received', 'assigned', 'passed_on', 'accepted', 'working', 'extension', 'waiting', 'disputed')"
DESK = f"SELECT id FROM incidents_incident WHERE state IN {OPEN} ORDER BY due_at LIMIT 50"
SEARCH = """SELECT id FROM incidents_incident WHERE closed_at IS NULL AND search_text LIKE '%%o ga%%'
ORDER BY due_at LIMIT 50"""
COUNT = "SELECT count(*) FROM incidents_incident WHERE published"
WARD = """SELECT count(*), count(*) FILTER (WHERE closed_at IS NULL AND due_at < now()),
count(*) FILTER (WHERE closed_at > now() - interval '7 days') FROM incidents_incident WHERE published
AND area_id = (SELECT area_id FROM incidents_incident ORDER BY id DESC LIMIT 1)
AND (closed_at IS NULL OR closed_at > now() - interval '30 days')"""
MONTH = """SELECT id, reference, text, ST_AsGeoJSON(place) FROM incidents_incident
WHERE published AND received_at >= now() - interval '30 days' ORDER BY received_at DESC LIMIT 100"""
PAGE_50 = """SELECT id, reference, text, ST_X(place) FROM incidents_incident
WHERE published AND received_at >= now() - interval '30 days' ORDER BY received_at DESC OFFSET 2450 LIMIT 50"""
UPDATES = """SELECT event.id, reference, event.kind, event.note FROM incidents_event event
JOIN incidents_incident ON incidents_incident.id = incident_id WHERE published AND public
AND at >= now() - interval '89 days' ORDER BY event.id DESC LIMIT 1000"""
# What DuckDB is asked, over the columns alone: the same without the words of PostGIS.
ANALYSED = {
    "/stats/, three years": STATS % "3 years",
    "/lead/, week": LEAD % "14 days",
    "/lead/, year": LEAD % "2 years",
}


def boxes(places, zoom):
    side = 360 / 2**zoom
    return [f"{x - side / 2:.5f}, {y - side / 2:.5f}, {x + side / 2:.5f}, {y + side / 2:.5f}" for x, y in places]


def cookie_of(name):
    client = Client()
    client.force_login(User.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend")
    return f"Cookie: sessionid={client.cookies['sessionid'].value}\r\n"


def measure_page(page_row, stage, raw):
    """Yields a page's row: p95 of its times; and the first answer of a process if the row has a budget for it."""
    job = {"do": "ask", "port": stage.port, "connections": 1, "seconds": SLOW_S, "head": page_row.head}
    before = processor_s()
    ask(job | {"requests": page_row.requests[:1], "most": 1})
    first = (processor_s() - before) * 1000
    # Each process meets the page for the first time; more connections than processes, since the kernel hands them out.
    ask(job | {"requests": page_row.requests[:2], "connections": 6, "most": 12})
    worked = processor_s()
    outcome = ask(job | {"requests": page_row.requests, "most": max(TIMES, min(len(page_row.requests), 60))})
    worked = (processor_s() - worked) * 1000 / len(outcome["times"])
    p95 = part(outcome["times"], 0.95) * 1000
    limit = bare(raw, page_row.limit)
    size = max(outcome["sizes"]) / 1000
    print(
        f"  {page_row.what}: {p95:,.0f} ms, {worked:,.0f} ms of processor, {size:,.1f} kB;"
        f" bare {limit:,.1f} ms; {outcome['statuses']}",
        flush=True,
    )
    good = p95 < page_row.budget and set(outcome["statuses"]) <= OKAY
    line = row(f"{page_row.what}, p95", p95, limit, unit="ms", budget=f"< {page_row.budget} ms", good=good)
    refused = ", ".join(sorted(set(outcome["statuses"]) - OKAY))
    line |= {"worked": f"{worked:,.0f} ms"}
    yield line | ({"measured": f"{line['measured']} ({refused})"} if refused else {})
    if page_row.first:
        what = f"{page_row.what}, first answer of a process, processor"
        yield row(what, first, limit, unit="ms", budget=f"< {page_row.first} ms", good=first < page_row.first)


def processor_s():
    """Returns seconds of processor of the web server and PostgreSQL; the latter only if it runs on this machine."""
    return streams.processor_s(streams.web_processes()) + streams.database_s()


OKAY = {"200", "204"}  # an empty tile is an answer, too


def ask(job):
    with loading(job) as (_process, wait_for_outcome):
        return wait_for_outcome()


def bare(raw, statement, times=3):
    times_ms = []
    for _time in range(times):
        began = time.perf_counter()
        raw.execute(statement).fetchall()
        times_ms.append((time.perf_counter() - began) * 1000)
    return statistics.median(times_ms)


def compare_peers(page_row, others, places):
    for name, port in others.items():
        requests = peer_requests(name, page_row.peer, places)
        if requests:
            job = {"do": "ask", "port": port, "connections": 1, "seconds": SLOW_S, "requests": requests}
            try:
                ask(job | {"most": 1})
                outcome = ask(job | {"most": TIMES})
            except AssertionError:  # it gave up, or hung up; its own lines say why
                yield row(f"· {name}, the like of it", 0, unit="ms", budget="", good=True) | {"measured": "no answer"}
                continue
            p95 = part(outcome["times"], 0.95) * 1000
            print(f"  · {name}: {p95:,.0f} ms; {outcome['statuses']}", flush=True)
            yield row(f"· {name}, the like of it", p95, unit="ms", budget="", good=True)


def time_duckdb(others):
    if others:
        for what, ms in duckdb(ANALYSED).items():
            print(f"  · DuckDB, counts of {what}: {ms:,.0f} ms", flush=True)
            yield row(f"· DuckDB, counts of {what}", ms, unit="ms", budget="", good=True)


CLUSTERED = (8, 12, 14)


def measure_supercluster(others, places):
    tiles = {zoom: dict.fromkeys(geocode_tile(x, y, zoom) for x, y in places) for zoom in CLUSTERED}
    tile_lists = {zoom: [list(map(int, at.split("/"))) for at in keys] for zoom, keys in tiles.items()}
    if not (others and (measured := supercluster(tile_lists))):
        return
    for zoom, times in measured["zooms"].items():
        yield row(f"· supercluster, tile z{zoom} as MVT, p95", part(times, 0.95), unit="ms", budget="", good=True)
    yield row("· supercluster, all points loaded", measured["load_s"], unit="s", budget="", good=True)
    yield row("· supercluster, memory of its process", measured["memory"] / 1e6, unit="MB", budget="", good=True)


TIPG = "/collections/public.peer_incidents"


def peer_requests(name, what, places):
    since = (now() - timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    base = {"tipg": TIPG, "pygeoapi": "/collections/incidents"}[name]
    if what == "collection":
        return [f"GET {base}?f=json"]
    if what == "month":
        return [f"GET {base}/items?f={'geojson' if name == 'tipg' else 'json'}&limit=100&datetime={since}/.."]
    if what == "box":
        return [
            f"GET {base}/items?f={'geojson' if name == 'tipg' else 'json'}&limit=100&bbox={box}"
            for box in squares(places)
        ]
    if what.startswith("mvt") and name == "tipg":
        zoom = int(what[3:])
        tile_keys = dict.fromkeys(geocode_tile(x, y, zoom) for x, y in places)
        return [f"GET {TIPG}/tiles/WebMercatorQuad/{zoom}/{at}" for at in tile_keys]
    return []


def squares(places, metres=500):
    half = metres / 2 / 111_000
    return [f"{x - half:.5f},{y - half:.5f},{x + half:.5f},{y + half:.5f}" for x, y in places]


def throughput(stage, others, places):
    """Measures answers per second on four connections, beside tipg and pygeoapi; and point look-ups on eight."""
    items = "GET /ogc/collections/incidents/items?f=json&limit=100&bbox="
    tiles = [(zoom, geocode_tile(x, y, zoom)) for x, y in places[:60] for zoom in (12, 13, 14)]
    ours = {
        "box": [f"{items}{box}" for box in squares(places)],
        "mvt": [f"GET /tiles/incidents/{zoom}/{at}.mvt?state=all&days=0" for zoom, at in tiles],
    }
    theirs = {
        "box": {name: peer_requests(name, "box", places) for name in others},
        "mvt": {"tipg": [f"GET {TIPG}/tiles/WebMercatorQuad/{zoom}/{at}" for zoom, at in tiles]} if others else {},
    }
    for key, what, factor in (("box", "OGC, 500 m box, limit 100", 2), ("mvt", "MVT of everything, z12 to z14", 5)):
        job = {"do": "ask", "connections": 4, "seconds": SLOW_S}
        per_s = per_second(ask(job | {"port": stage.port, "requests": ours[key]}))
        peer = {name: per_second(ask(job | {"port": others[name], "requests": r})) for name, r in theirs[key].items()}
        print(
            f"  {what}: {per_s:,.1f}/s; {', '.join(f'{name} {rate:,.1f}/s' for name, rate in peer.items())}", flush=True
        )
        tipg = peer.pop("tipg", None)
        good = not tipg or per_s >= factor * tipg
        yield row(f"{what}, 4 at once; limit: tipg", per_s, tipg, unit="/s", budget=f"≥ {factor} × tipg", good=good)
        for name, rate in peer.items():
            yield row(f"· {name}, the like of it", rate, unit="/s", budget="", good=True)
    job = {"do": "ask", "port": stage.port, "connections": 8, "seconds": 6}
    per_s = per_second(ask(job | {"requests": [f"GET /mapit/point/4326/{x:.6f},{y:.6f}" for x, y in places]}))
    yield row("point look-up, HTTP", per_s, unit="/s", budget="≥ 1,000/s", good=per_s >= 1000)


def whole_export(stage, raw):
    """Exports everything public as CSV, the fastest format; limit: COPY of the same rows."""
    began = time.perf_counter()
    with raw.cursor().copy(f"COPY ({EXPORT}) TO STDOUT") as rows:
        bytes_bare = sum(len(piece) for piece in rows)
    limit = time.perf_counter() - began
    began, size, first = time.perf_counter(), 0, None
    try:
        with urlopen(f"http://127.0.0.1:{stage.port}/data/incidents.csv", timeout=600) as answer:
            while piece := answer.read(1 << 20):
                first = first or time.perf_counter() - began
                size += len(piece)
    except HTTPError as refused:
        answered = f"refused, {refused.code}"
        yield row("export of all as CSV", 0, limit, unit="s", budget="< 120 s", good=False) | {"measured": answered}
        return
    seconds = time.perf_counter() - began
    print(f"  export: {size / 1e6:,.0f} MB, bare {bytes_bare / 1e6:,.0f} MB", flush=True)
    yield row("export of all as CSV", seconds, limit, unit="s", budget="< 120 s", good=seconds < 120)
    yield row("its first byte", first, unit="s", budget="< 1 s", good=first < 1)


EXPORT = """SELECT reference, state, category_id, area_id, authority_id, received_at, due_at, closed_at, ST_X(place),
ST_Y(place), text, address FROM incidents_incident WHERE published ORDER BY id"""
