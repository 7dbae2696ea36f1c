"""Measure thousands of open event streams: delay after a commit and cost, beside a bare application."""

import os
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.request import urlopen

from django.conf import settings
from django.db import connection, transaction

from geoapp.db import connections
from geoapp.db.locks import Lock
from incidents import timeline
from incidents.models import Event, Incident
from tests.bench.patrol import TICK, cpu_s, part, session_of
from tests.bench.photos import below, command_of, proportional_kb
from tests.bench.rows import OPTIONS, load, loading, row
from tests.bench.sizes import SMALL, choose

COUNTS = [int(count) for count in os.environ.get("STREAMS", "200" if SMALL else "2000 5000 10000").split()]
EVENTS, EVERY_S = 15, 1.2
CLIENTS = 2  # processes that hold the other ends
WEB_PROCESSES = os.environ.get("WEB_PROCESSES", str(os.cpu_count()))
# As bin/web starts the service.
BARE = [
    "bash", "-c", "CHANNEL=incident_news exec python -m granian --interface asginl --port $PORT --loop uvloop --no-ws "
    "--workers $WEB_PROCESSES --backlog 8192 --backpressure 8192 --workers-kill-timeout 5s --log-level warning "
    "tests.bench.bare_streams:application",
]  # fmt: skip
STORM_VIEWERS = int(os.environ.get("STORM_VIEWERS", choose(5000, 200)))
STORM_RATE, STORM_S = 100, int(os.environ.get("STORM_S", choose(30, 5)))
# One of so many is measured, fewer of a long storm: the others take what comes, since reading it would take all of the
# machine.
LOOKS = 50 * max(1, STORM_S // 60)


def streams(stage):
    incident = Incident.objects.filter(published=True).first()
    for viewers in COUNTS:
        port = free_port()
        with serving(BARE, port) as server:
            limit = measure_streams(port, server, incident, viewers=viewers)
        with serving([settings.BASE_DIR / "bin" / "web"], port) as server:
            p99, memory, work = measure_streams(port, server, incident, viewers=viewers)
        most = f"{viewers:,} streams: "
        good = p99 < 1000
        yield row(f"{most}commit → client, p99", p99, limit[0], unit="ms", budget="< 1,000 ms", good=good)
        good = memory < 40
        yield row(f"{most}memory of one", memory, limit[1], unit="kB", budget="< 40 kB", good=good)
        good = work <= 2 * limit[2]
        yield row(f"{most}processor of one delivery", work, limit[2], unit="µs", budget="≤ 2 × bare", good=good)


def measure_streams(port, server, incident, *, viewers):
    """Returns (p99 in ms, memory of a stream in kB, processor time of a delivery in µs)."""
    with watching(port, 400, events=0, seconds=0) as wait_for_arrivals:  # what the first streams load is there before
        wait_for_arrivals()
    time.sleep(1)
    processes = below(server)
    before = memory_kb(processes)
    with watching(port, viewers, events=EVENTS, seconds=EVENTS * EVERY_S + 25) as wait_for_arrivals:
        time.sleep(2)
        memory = memory_kb(processes) - before
        worked = processor_s(processes)
        committed = {}
        for _event in range(EVENTS):
            with transaction.atomic():
                event = timeline.record(incident, "working")
                at = time.time()
            committed[event.pk] = at
            time.sleep(EVERY_S)
        seen, _reloads = wait_for_arrivals()
        worked = processor_s(processes) - worked
    late = [at - committed[number] for number, ats in seen.items() if number in committed for at in ats]
    assert len(late) == viewers * EVENTS, f"{len(late)} of {viewers * EVENTS} arrived"
    return part(late, 0.99) * 1000, memory / viewers, worked / len(late) * 1e6


@contextmanager
def watching(port, viewers, *, events, seconds, one_looks_of=1):
    """Runs viewers in several processes; yields a function that waits for their end and returns when each event
    arrived, and how often a viewer was told to reload.
    """
    job = {"do": "watch", "port": port, "path": "/live/", "events": events, "seconds": seconds}
    job["one_looks_of"] = one_looks_of
    with ExitStack() as stack:
        started = [
            stack.enter_context(loading(job | {"viewers": len(range(first, viewers, CLIENTS))}))
            for first in range(CLIENTS)
        ]
        for process, _found in started:
            assert process.stdout.readline() == "ready\n"

        def collect_answers():
            seen, reloads = {}, 0
            for _process, answer in started:
                answer_of_process = answer()
                reloads += answer_of_process["reloads"]
                for number, ats in answer_of_process["seen"].items():
                    seen.setdefault(int(number), []).extend(ats)
            return seen, reloads

        yield collect_answers


@contextmanager
def serving(command, port):
    server = subprocess.Popen(command, env=os.environ | {"PORT": str(port), "WEB_PROCESSES": WEB_PROCESSES})
    try:
        for _try in range(150):
            try:
                urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
                break
            except OSError:
                assert server.poll() is None, "the web server did not start"
                time.sleep(0.2)
        yield server.pid
    finally:
        server.terminate()
        server.wait()


def storm(stage):
    """Adds incidents at a steady rate while thousands watch and a desk works. `STORM_S=600` plays the ten minutes of
    the budget.
    """
    head = f"Cookie: sessionid={session_of('storm-officer')}\r\n"
    job = {"do": "ask", "port": stage.port, "connections": 4, "rate": 4, "seconds": 15, "head": head}
    job["requests"] = ["GET /desk/?part=queue", "GET /desk/"]
    load(job | {"seconds": 8})  # each process meets the desk for the first time
    worked = Worked()
    alone = load(job)["times"]
    limit, alone_ms = part(alone, 0.95) * 1000, worked.since()["web"] * 1000 / len(alone)
    print(f"  {STORM_VIEWERS:,} streams are opened; then {STORM_S} s of storm, and 15 until all was told", flush=True)
    with watching(
        stage.port, STORM_VIEWERS, events=10**6, seconds=STORM_S + 15, one_looks_of=LOOKS
    ) as wait_for_arrivals:
        time.sleep(2)
        worked = Worked()
        process = pour(stage)
        pages = load(job | {"seconds": STORM_S})["times"]
        cores = {name: seconds / STORM_S for name, seconds in worked.since().items()}
        output = process.communicate()[0]
        assert process.returncode == 0, output
        seen, reloads = wait_for_arrivals()
    events = dict(Event.objects.filter(incident__reference__startswith="storm-").values_list("pk", "at"))
    late = [at - events[number].timestamp() for number, ats in seen.items() if number in events for at in ats]
    reports_per_s, p95, p99 = len(events) / 2 / STORM_S, part(pages, 0.95) * 1000, part(late, 0.99) * 1000
    most = f"{reports_per_s:.0f} new incidents a second for {STORM_S} s, {STORM_VIEWERS:,} streams: "
    lost = len(events) * viewers_that_look() - len(late)
    yield row(f"{most}commit → client, p99", p99, unit="ms", budget="< 1,000 ms", good=p99 < 1000)
    yield row(
        f"of {len(late) + lost:,} items missing, and told to reload {reloads:,} times",
        lost,
        unit="",
        budget="0",
        good=lost == 0,
    )
    least = 0.9 * STORM_RATE
    yield row(
        "new incidents a second", reports_per_s, unit="/s", budget=f"≥ {least:.0f}/s", good=reports_per_s >= least
    )
    yield row("a desk's pages meanwhile, p95", p95, limit, unit="ms", budget="< 200 ms", good=p95 < 200)
    last = part(pages[-len(pages) // 5 :], 0.95) * 1000
    yield row("· of the last fifth of the time, p95", last, limit, unit="ms", budget="", good=True)
    for who, share in cores.items():
        yield row(f"· the share of a core of {WHO[who]}", share, unit="core", budget="", good=True)
    yield row("· processor of a desk's answer before, Python's", alone_ms, unit="ms", budget="", good=True)


WHO = {"web": "the web server", "database": "PostgreSQL", "viewers": "the viewers' other ends"}


def viewers_that_look():
    shares = [len(range(first, STORM_VIEWERS, CLIENTS)) for first in range(CLIENTS)]
    return sum(len(range(0, share, LOOKS)) for share in shares)


class Worked:
    """Processor time of the machine's processes since its creation, by WHO."""

    def __init__(self) -> None:
        self.began = self.read()

    def since(self) -> dict[str, float]:
        return {name: seconds - self.began[name] for name, seconds in self.read().items()}

    @staticmethod
    def read() -> dict[str, float]:
        clients = [pid for pid in below(os.getpid()) if "tests.bench.load" in command_of(pid)]
        return {"web": processor_s(web_processes()), "database": database_s(), "viewers": processor_s(clients)}


def database_s():
    """Returns seconds of processor of the database server; 0 if it runs on another machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    if not backend.exists():
        return 0.0
    server = int(backend.read_text().rpartition(")")[2].split()[1])
    ended = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()[13:15]
    return processor_s(below(server)) + sum(map(int, ended)) / TICK


def pour(stage):
    sample = Incident.objects.filter(category=stage.category).first()
    database = connections.connection_parameters()
    values = {"category": stage.category.pk, "area": sample.area_id, "authority": sample.authority_id}
    values |= {"order": int(Lock.HISTORY), "lon": sample.place.x, "lat": sample.place.y}
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
    command = [
        shutil.which("pgbench") or str(programs[-1]), "--no-vacuum", "--client", "4", "--rate", str(STORM_RATE),
        "--time", str(STORM_S), "--file", str(Path(__file__).parent / "storm.sql"),
        *(f"--define={name}={value}" for name, value in values.items()),
        *(f"--{option}={database[name]}" for name, option in OPTIONS.items() if name in database), database["dbname"],
    ]  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def web_processes():
    return [pid for pid in below(os.getpid()) if "geoapp.asgi" in command_of(pid)]


def memory_kb(processes):
    return sum(map(proportional_kb, processes))


def processor_s(processes):
    return sum(map(cpu_s, processes))
