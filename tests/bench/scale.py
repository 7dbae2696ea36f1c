"""What a city asks for when it has years of history, beside what the same machine does bare, and beside peers.

Every page is asked for over HTTP, nothing of it cached. The limit beside it is one bare statement that reads what the
page tells, or what another product needs for the same: tipg and pygeoapi, as they come, over the same table in the same
database (they know nothing of what may be shown, and have less to do), and DuckDB over a copy of the columns.
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

from django.test import Client
from django.utils.timezone import localdate, now

from geoapp.db import connections
from incidents.models import Incident, User
from tests.bench import history, streams
from tests.bench.peers import duckdb, peers, supercluster
from tests.bench.rows import geocode_tile, loading, part, per_second, row

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
    """A row: what it is called, its addresses, who asks, what it may take, the bare statement, what peers are asked."""

    what: str
    requests: list
    budget: float  # ms
    limit: str = ""  # the bare statement
    head: str = ""
    peer: str = ""  # the key of what peers are asked
    first: float = 0  # ms of processor of the first answer of a process; 0: not told


def scale(stage):
    """The table of pages, of throughput, and of the export, at the size that is there."""
    if not stage.filled:
        history.fill(int(os.environ["BENCH_SIZE"]), say=print)
    counts = Incident.objects.count(), Incident.objects.open().count()
    print(f"  {counts[0]:,} incidents, {counts[1]:,} open", flush=True)
    places = busy_places()
    only = os.environ.get("BENCH_ONLY")
    if only is not None:
        with connections.connect() as raw:
            for one in pages(places):
                if only in one.what:
                    yield from measure_page(one, stage, raw)
        return
    with ExitStack() as stack:
        others = stack.enter_context(peers(stage))
        raw = stack.enter_context(connections.connect())
        for one in pages(places):
            yield from measure_page(one, stage, raw)
            yield from compare_peers(one, others, places)
        yield from time_duckdb(others)
        yield from measure_supercluster(others, places)
        yield from throughput(stage, others, places)
        yield from whole_export(stage, raw)


def busy_places():
    """Longitude and latitude of two hundred incidents: so busy places are among them more often."""
    last = Incident.objects.latest("pk").pk
    found = Incident.objects.filter(published=True, pk__in=range(1, last + 1, max(1, last // 200)))
    return [(place.x, place.y) for place in found.order_by("pk").values_list("place", flat=True)]


def pages(places):
    """All rows of pages, the public's first."""
    day = localdate()
    since = day.replace(year=day.year - history.YEARS)
    month = (now() - timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    three_years, this_year = (urlencode({"from": first, "to": day}) for first in (since, day.replace(month=1, day=1)))
    for zoom in (8, 12, 14, 17):
        for ending in ("json", "mvt"):
            found = dict.fromkeys(geocode_tile(x, y, zoom) for x, y in places)
            yield Asked(
                f"tile of everything, z{zoom} {ending}",
                [f"GET /tiles/incidents/{zoom}/{at}.{ending}?state=all&days=0" for at in found],
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
    """West, south, east, north of the tiles of a zoom around the places, as text."""
    side = 360 / 2**zoom
    return [f"{x - side / 2:.5f}, {y - side / 2:.5f}, {x + side / 2:.5f}, {y + side / 2:.5f}" for x, y in places]


def cookie_of(name):
    client = Client()
    client.force_login(User.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend")
    return f"Cookie: sessionid={client.cookies['sessionid'].value}\r\n"


def measure_page(one, stage, raw):
    """A page's row: the largest of its times but one in twenty; and the first answer of a process, where it is told."""
    job = {"do": "ask", "port": stage.port, "connections": 1, "seconds": SLOW_S, "head": one.head}
    before = processor_s()
    ask(job | {"requests": one.requests[:1], "most": 1})
    first = (processor_s() - before) * 1000
    # Each process meets the page for the first time; more connections than processes, since the kernel hands them out.
    ask(job | {"requests": one.requests[:2], "connections": 6, "most": 12})
    worked = processor_s()
    found = ask(job | {"requests": one.requests, "most": max(TIMES, min(len(one.requests), 60))})
    worked = (processor_s() - worked) * 1000 / len(found["times"])
    p95 = part(found["times"], 0.95) * 1000
    limit = bare(raw, one.limit)
    size = max(found["sizes"]) / 1000
    print(
        f"  {one.what}: {p95:,.0f} ms, {worked:,.0f} ms of processor, {size:,.1f} kB;"
        f" bare {limit:,.1f} ms; {found['statuses']}",
        flush=True,
    )
    good = p95 < one.budget and set(found["statuses"]) <= OKAY
    line = row(f"{one.what}, p95", p95, limit, unit="ms", budget=f"< {one.budget} ms", good=good)
    refused = ", ".join(sorted(set(found["statuses"]) - OKAY))
    line |= {"worked": f"{worked:,.0f} ms"}
    yield line | ({"measured": f"{line['measured']} ({refused})"} if refused else {})
    if one.first:
        what = f"{one.what}, first answer of a process, processor"
        yield row(what, first, limit, unit="ms", budget=f"< {one.first} ms", good=first < one.first)


def processor_s():
    """Seconds of processor that the web server and PostgreSQL have used; the latter counts if it is on this machine."""
    return streams.processor_s(streams.web_processes()) + streams.database_s()


OKAY = {"200", "204"}  # an empty tile is an answer, too


def ask(job):
    """What the load process found; whoever is refused says so in the row."""
    with loading(job) as (_process, found):
        return found()


def bare(raw, statement, times=3):
    """Median ms of a statement, all its rows fetched."""
    taken = []
    for _time in range(times):
        began = time.perf_counter()
        raw.execute(statement).fetchall()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def compare_peers(one, others, places):
    """What peers take for the same, where they have the like."""
    for name, port in others.items():
        requests = peer_requests(name, one.peer, places)
        if requests:
            job = {"do": "ask", "port": port, "connections": 1, "seconds": SLOW_S, "requests": requests}
            try:
                ask(job | {"most": 1})
                found = ask(job | {"most": TIMES})
            except AssertionError:  # it gave up, or hung up; its own lines say why
                yield row(f"· {name}, the like of it", 0, unit="ms", budget="", good=True) | {"measured": "no answer"}
                continue
            p95 = part(found["times"], 0.95) * 1000
            print(f"  · {name}: {p95:,.0f} ms; {found['statuses']}", flush=True)
            yield row(f"· {name}, the like of it", p95, unit="ms", budget="", good=True)


def time_duckdb(others):
    """What DuckDB takes to count the same."""
    if others:
        for what, ms in duckdb(ANALYSED).items():
            print(f"  · DuckDB, counts of {what}: {ms:,.0f} ms", flush=True)
            yield row(f"· DuckDB, counts of {what}", ms, unit="ms", budget="", good=True)


CLUSTERED = (8, 12, 14)


def measure_supercluster(others, places):
    """What supercluster takes for tiles of everything: in the memory of one process, without states and rights."""
    tiles = {zoom: dict.fromkeys(geocode_tile(x, y, zoom) for x, y in places) for zoom in CLUSTERED}
    asked = {zoom: [list(map(int, at.split("/"))) for at in found] for zoom, found in tiles.items()}
    if not (others and (found := supercluster(asked))):
        return
    for zoom, times in found["zooms"].items():
        yield row(f"· supercluster, tile z{zoom} as MVT, p95", part(times, 0.95), unit="ms", budget="", good=True)
    yield row("· supercluster, all points loaded", found["load_s"], unit="s", budget="", good=True)
    yield row("· supercluster, memory of its process", found["memory"] / 1e6, unit="MB", budget="", good=True)


TIPG = "/collections/public.peer_incidents"


def peer_requests(name, what, places):
    """The requests by which a peer is asked for the like of a row; none where it has nothing like it."""
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
        found = dict.fromkeys(geocode_tile(x, y, zoom) for x, y in places)
        return [f"GET {TIPG}/tiles/WebMercatorQuad/{zoom}/{at}" for at in found]
    return []


def squares(places, metres=500):
    """Boxes of 500 m around the places, as an address has them."""
    half = metres / 2 / 111_000
    return [f"{x - half:.5f},{y - half:.5f},{x + half:.5f},{y + half:.5f}" for x, y in places]


def throughput(stage, others, places):
    """How many answers a second four connections get, beside tipg and pygeoapi; and look-ups of points eight."""
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
        found = per_second(ask(job | {"port": stage.port, "requests": ours[key]}))
        peer = {name: per_second(ask(job | {"port": others[name], "requests": r})) for name, r in theirs[key].items()}
        print(
            f"  {what}: {found:,.1f}/s; {', '.join(f'{name} {rate:,.1f}/s' for name, rate in peer.items())}", flush=True
        )
        tipg = peer.pop("tipg", None)
        good = not tipg or found >= factor * tipg
        yield row(f"{what}, 4 at once; limit: tipg", found, tipg, unit="/s", budget=f"≥ {factor} × tipg", good=good)
        for name, rate in peer.items():
            yield row(f"· {name}, the like of it", rate, unit="/s", budget="", good=True)
    job = {"do": "ask", "port": stage.port, "connections": 8, "seconds": 6}
    found = per_second(ask(job | {"requests": [f"GET /mapit/point/4326/{x:.6f},{y:.6f}" for x, y in places]}))
    yield row("point look-up, HTTP", found, unit="/s", budget="≥ 1,000/s", good=found >= 1000)


def whole_export(stage, raw):
    """All that is public as GeoJSON lines' fastest kind, CSV; limit: COPY of the same rows."""
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
    taken = time.perf_counter() - began
    print(f"  export: {size / 1e6:,.0f} MB, bare {bytes_bare / 1e6:,.0f} MB", flush=True)
    yield row("export of all as CSV", taken, limit, unit="s", budget="< 120 s", good=taken < 120)
    yield row("its first byte", first, unit="s", budget="< 1 s", good=first < 1)


EXPORT = """SELECT reference, state, category_id, area_id, authority_id, received_at, due_at, closed_at, ST_X(place),
ST_Y(place), text, address FROM incidents_incident WHERE published ORDER BY id"""
