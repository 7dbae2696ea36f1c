"""Measure a patrol of a thousand cameras every ten seconds, and how soon the stream announces a picture."""

import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path

import cv2
import numpy as np
from django.conf import settings
from django.contrib.gis.geos import Point
from django.db import connection
from django.test import Client

from cameras import ring
from cameras.models import Camera, Frame, Lease, Shift, Source
from cameras.patrol.news import announce_cameras
from geoapp.db import connections
from incidents.models import User

PERIOD_S, SETTLES_S, SECONDS, STOPS_S = 10, 25, 40, 20
BARE = "a notice alone"
# Whoever is started so is told to stop when we are gone, however we went.
WITH_US = ("setpriv", "--pdeathsig", "TERM")
TICK = os.sysconf("SC_CLK_TCK")


def patrols(stage):
    measured = measure_patrols(stage, 1000, 1)
    yield row("patrol of 1,000 cameras every 10 s, share of a core", measured, "cores", "core", "≤ 1 core", 1)
    yield row("its memory; the limit looks after no camera", measured, "megabytes", "MB", "< 600 MB", 600)
    yield row("fetched → on the control room's stream, p95", measured, "p95", "s", "< 1.5 s", 1.5)
    yield all_came(measured)


def two_patrols(stage):
    measured = measure_patrols(stage, 2000, 2)
    yield row("2 patrols of 2,000 cameras every 10 s, shares of a core", measured, "cores", "core", "≤ 2 cores", 2)
    yield row("the larger one's memory; the limit looks after no camera", measured, "megabytes", "MB", "< 600 MB", 600)
    yield row("fetched → on the control room's stream, p95", measured, "p95", "s", "< 1.5 s", 1.5)
    yield all_came(measured)


def all_came(patrol_measures):
    """The row that says whether the measures beside it are of all pictures: of a busy machine they are not."""
    came, expected = patrol_measures["came"]
    return {
        "what": "pictures fetched and on the stream meanwhile", "measured": f"{came:,}", "limit": f"{expected:,.0f}",
        "ratio": f"{came / expected:.2f}", "budget": "> 0.9 of those due", "ok": came > 0.9 * expected,
    }  # fmt: skip


def row(what, patrol_measures, name, unit, budget, most):
    measured, limit = patrol_measures[name]
    return {
        "what": what, "measured": f"{measured:.2f} {unit}", "limit": f"{limit:.2f} {unit}",
        "ratio": f"{measured / limit:.2f}", "budget": budget, "ok": measured <= most,
    }  # fmt: skip


def measure_patrols(stage, cameras, processes):
    """Runs patrols over cameras; returns for each measure its value and what the same machine does bare:

    cores used, beside fetching, reading and writing as many pictures; MB of the largest; p95 of the stream in s, beside
    a notice without a picture.
    """
    with at_work(cameras, processes) as (running, port):
        time.sleep(SETTLES_S)
        with listening(stage.port) as (late, bare):
            pids = [process.pid for process in running]
            before, began = sum(map(cpu_s, pids)), time.monotonic()
            since = datetime.now(UTC)
            time.sleep(SECONDS)
            cores = (sum(map(cpu_s, pids)) - before) / (time.monotonic() - began)
        megabytes = max(map(memory_mb, pids))
        fetched = Frame.objects.filter(taken_at__gte=since, camera__code__startswith="bench ").count()
        by_hand = bare_s(port) * cameras / PERIOD_S
    expected = cameras * SECONDS / PERIOD_S
    return {
        "cores": (cores, by_hand), "megabytes": (megabytes, empty_mb()), "p95": (part(late, 0.95), part(bare, 0.95)),
        "came": (min(fetched, len(late)), expected),
    }  # fmt: skip


def measure_kill(stage, cameras=1000):
    """Kills one of two patrols and measures how long until each of its cameras was fetched again."""
    with at_work(cameras, 2) as (running, _port):
        time.sleep(SETTLES_S)
        theirs = Counter(Lease.objects.values_list("shift__name", flat=True))
        assert len(theirs) == 2, f"{theirs}: the two do not share the cameras"
        usual = until_seen(set(Camera.objects.filter(lease__isnull=False).values_list("pk", flat=True)))
        running[0].kill()
        running[0].wait()
        until = time.monotonic() + 120
        killed_at = datetime.now(UTC)
        while Shift.objects.count() == 2:
            assert time.monotonic() < until, "nobody took note that a patrol is dead"
            time.sleep(0.2)
        took = until_seen(set(Camera.objects.filter(code__startswith="bench ").values_list("pk", flat=True)), killed_at)
    yield {
        "what": f"2 patrols of {cameras:,} cameras, one killed: all seen again; the limit is all seen once",
        "measured": f"{took:.1f} s", "limit": f"{usual:.1f} s", "ratio": f"{took / usual:.2f}", "budget": "< 60 s",
        "ok": took < 60,
    }  # fmt: skip


def until_seen(cameras, since=None, most_s=180):
    since = since or datetime.now(UTC)
    until = time.monotonic() + most_s
    while Camera.objects.filter(pk__in=cameras, last_taken_at__gt=since).count() < len(cameras):
        assert time.monotonic() < until, "cameras were not seen again"
        time.sleep(0.2)
    return (datetime.now(UTC) - since).total_seconds()


@contextmanager
def at_work(cameras, processes):
    try:
        with pictures() as port, register_cameras(cameras, port), patrolling(processes) as running:
            yield running, port
    finally:
        shutil.rmtree(settings.MEDIA_ROOT / ring.FOLDER, ignore_errors=True)


def bare_s(port, pictures=400):
    with tempfile.TemporaryFile() as file, closing(HTTPConnection("127.0.0.1", port)) as call:
        began = time.process_time()
        for n in range(pictures):
            call.request("GET", f"/bare%20{n % 50}.jpg")
            data = call.getresponse().read()
            cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
            sha256(data)
            os.write(file.fileno(), data)
        return (time.process_time() - began) / pictures


def empty_mb():
    program = "import django, os; django.setup(); import cameras.patrol; print(open('/proc/self/status').read())"
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    return high_water_mb(output)


@contextmanager
def pictures():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [*WITH_US, sys.executable, "-m", "tests.bench.cameras", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout.readline() == "ready\n"
            yield port
        finally:
            server.terminate()


@contextmanager
def register_cameras(count, port, period_s=PERIOD_S):
    others = list(Camera.objects.filter(active=True).values_list("pk", flat=True))
    Camera.objects.filter(pk__in=others).update(active=False)
    source = Source.objects.create(code="bench", name="Bench", networks=["127.0.0.0/8"], quickest_s=period_s)
    Camera.objects.bulk_create(
        Camera(
            code=f"bench {n}", name=f"Bench {n}", place=Point(106.7, 10.8, srid=4326), source=source,
            url=f"http://127.0.0.1:{port}/bench%20{n}.jpg", period_s=period_s,
        )
        for n in range(count)
    )  # fmt: skip
    try:
        yield
    finally:
        Camera.objects.filter(source=source).delete()
        source.delete()
        Camera.objects.filter(pk__in=others).update(active=True)


@contextmanager
def patrolling(count):
    """Runs patrols. At the end they get SIGTERM and must have stopped within STOPS_S."""
    command = [*WITH_US, sys.executable, "manage.py", "patrol"]
    running = [subprocess.Popen(command) for _ in range(count)]
    try:
        yield running
    finally:
        alive = [process for process in running if process.poll() is None]
        for process in alive:
            process.terminate()
        until = time.monotonic() + STOPS_S
        while any(process.poll() is None for process in alive) and time.monotonic() < until:
            time.sleep(0.1)
        for process in alive:
            process.kill()  # of those that have stopped nothing is left to be killed
            process.wait()
    codes = [process.returncode for process in alive]
    assert codes == [0] * len(alive), f"patrols did not stop in order: {codes}"


@contextmanager
def listening(port):
    """Yields ([delay in s of each picture on the control room's stream], [the same of notices without a picture])."""
    stream = HTTPConnection("127.0.0.1", port, timeout=60)
    stream.request("GET", "/control/live/", headers={"Cookie": f"sessionid={session_of('bench')}", "Host": "localhost"})
    answer, late, bare, began, over = stream.getresponse(), [], [], time.time(), threading.Event()
    assert answer.status == 200

    def hear():
        while line := answer.readline():
            if line.startswith(b"data: ["):
                at = time.time()
                for code, _sha, _health, taken_at in json.loads(line[6:]):
                    if taken_at and taken_at / 1000 > began:
                        (bare if code == BARE else late).append(at - taken_at / 1000)

    def speak():
        while not over.wait(0.2):
            announce_cameras([[BARE, "", "live", round(time.time() * 1000)]])
        connection.close()

    threads = [threading.Thread(target=work) for work in (hear, speak)]
    for thread in threads:
        thread.start()
    try:
        yield late, bare
    finally:
        over.set()
        stream.sock.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()


def session_of(name):
    with connections.as_owner():
        user, _new = User.objects.get_or_create(username=name, is_superuser=True)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value


def cpu_s(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory_mb(pid):
    return high_water_mb(Path(f"/proc/{pid}/status").read_text())


def high_water_mb(status):
    return next(int(line.split()[1]) / 1000 for line in status.splitlines() if "VmHWM" in line)


def part(values, share):
    """Returns the quantile of the values."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def ring_writes(stage, frames=20_000, cameras=1000):
    data = os.urandom(35_000)
    digest, at = sha256(data).hexdigest(), datetime.now(UTC)
    with tempfile.TemporaryDirectory() as media:
        used = resource.getrusage(resource.RUSAGE_SELF)
        packs, began = ring.PackWriter(media, "bench"), time.perf_counter()
        for n in range(frames):
            packs.append(n % cameras, at, digest, data)
        rate = frames / (time.perf_counter() - began)
        packs.close()
        each = (resource.getrusage(resource.RUSAGE_SELF).ru_stime - used.ru_stime) / frames * 1e6
    with tempfile.TemporaryFile() as file:
        began = time.perf_counter()
        for _ in range(frames):
            os.write(file.fileno(), data)
        limit = frames / (time.perf_counter() - began)
    yield {
        "what": f"frames of 35 kB into the ring of {cameras:,} cameras ({each:.0f} µs of the kernel each)",
        "measured": f"{rate:,.0f} /s", "limit": f"{limit:,.0f} /s", "ratio": f"{rate / limit:.2f}",
        "budget": "≥ 5,000/s", "ok": rate >= 5000,
    }  # fmt: skip
