"""The patrol: what a thousand cameras every ten seconds cost, and how soon everybody knows of a picture."""

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
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path

from django.contrib.gis.geos import Point
from django.test import Client

from cameras import ring
from cameras.models import Camera, Frame, Source
from incidents.models import User

PERIOD_S, SETTLES_S, SECONDS = 10, 25, 40
TICK = os.sysconf("SC_CLK_TCK")


def patrols(stage):
    """A thousand cameras, one process."""
    found = patrolled(stage, 1000, 1)
    yield kept("patrol of 1,000 cameras every 10 s, share of a core", found["cores"], "core", "≤ 1 core", 1)
    yield kept("its memory", found["megabytes"], "MB", "< 600 MB", 600)
    yield kept("fetched → on the control room's stream, p95", found["p95"], "s", "< 1.5 s", 1.5)


def two_patrols(stage):
    """Two thousand, shared by two."""
    found = patrolled(stage, 2000, 2)
    yield kept("2 patrols of 2,000 cameras every 10 s, shares of a core", found["cores"], "core", "≤ 2 cores", 2)
    yield kept("fetched → on the control room's stream, p95", found["p95"], "s", "< 1.5 s", 1.5)


def kept(what, measured, unit, budget, most):
    return {"what": what, "measured": f"{measured:.2f} {unit}", "budget": budget, "ok": measured <= most}


def patrolled(stage, cameras, processes):
    """Let so many patrols look after so many cameras: cores used, MB of the largest, p95 of the stream in s."""
    media = tempfile.mkdtemp()
    try:
        with pictures() as port, registered(cameras, port), patrolling(processes, media) as running:
            time.sleep(SETTLES_S)
            with listening(stage.port) as late:
                before, began = sum(map(cpu_s, running)), time.monotonic()
                since = datetime.now(UTC)
                time.sleep(SECONDS)
                cores = (sum(map(cpu_s, running)) - before) / (time.monotonic() - began)
            megabytes = max(map(memory_mb, running))
            fetched = Frame.objects.filter(taken_at__gte=since, camera__code__startswith="bench ").count()
    finally:
        shutil.rmtree(media)
    expected = cameras * SECONDS / PERIOD_S
    assert fetched > 0.9 * expected, f"only {fetched} of {expected:.0f} pictures came"
    assert len(late) > 0.9 * expected, f"only {len(late)} of {expected:.0f} were told"
    return {"cores": cores, "megabytes": megabytes, "p95": sorted(late)[int(len(late) * 0.95)]}


@contextmanager
def pictures():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.bench.cameras", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout.readline() == "ready\n"
        try:
            yield port
        finally:
            server.terminate()


@contextmanager
def registered(count, port):
    """So many cameras in the register, and no others that are asked."""
    others = list(Camera.objects.filter(active=True).values_list("pk", flat=True))
    Camera.objects.filter(pk__in=others).update(active=False)
    source = Source.objects.create(code="bench", name="Bench", networks=["127.0.0.0/8"])
    Camera.objects.bulk_create(
        Camera(
            code=f"bench {n}", name=f"Bench {n}", place=Point(106.7, 10.8, srid=4326), source=source,
            url=f"http://127.0.0.1:{port}/bench%20{n}.jpg", period_s=PERIOD_S,
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
def patrolling(count, media):
    command = [sys.executable, "manage.py", "patrol"]
    running = [subprocess.Popen(command, env=os.environ | {"MEDIA_ROOT": media}) for _ in range(count)]
    try:
        yield [one.pid for one in running]
    finally:
        for one in running:
            one.terminate()
        codes = [one.wait(20) for one in running]
    assert codes == [0] * count, codes


@contextmanager
def listening(port):
    """How many seconds after it was taken each picture was told on the control room's stream."""
    user, _new = User.objects.get_or_create(username="bench", is_superuser=True)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    stream = HTTPConnection("127.0.0.1", port, timeout=60)
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    stream.request("GET", "/control/live/", headers={"Cookie": cookie, "Host": "localhost"})
    answer, late, began = stream.getresponse(), [], time.time()
    assert answer.status == 200

    def hear():
        while line := answer.readline():
            if line.startswith(b"data: ["):
                at = time.time()
                taken = [one[3] / 1000 for one in json.loads(line[6:]) if one[3]]
                late.extend(at - moment for moment in taken if moment > began)

    hearing = threading.Thread(target=hear)
    hearing.start()
    yield late
    stream.sock.shutdown(socket.SHUT_RDWR)
    hearing.join()


def cpu_s(pid):
    """Seconds of processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory_mb(pid):
    return next(
        int(line.split()[1]) / 1000 for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmHWM" in line
    )


def ring_writes(stage, frames=20_000, cameras=1000):
    """Pictures of 35 kB written to the packs of a thousand cameras, beside as many bytes written to one file."""
    data = os.urandom(35_000)
    digest, at = sha256(data).hexdigest(), datetime.now(UTC)
    with tempfile.TemporaryDirectory() as media:
        used = resource.getrusage(resource.RUSAGE_SELF)
        packs, began = ring.Packs(media, "bench"), time.perf_counter()
        for n in range(frames):
            packs.append(n % cameras, at, digest, data)
        found = frames / (time.perf_counter() - began)
        packs.close()
        each = (resource.getrusage(resource.RUSAGE_SELF).ru_stime - used.ru_stime) / frames * 1e6
    with tempfile.TemporaryFile() as file:
        began = time.perf_counter()
        for _ in range(frames):
            os.write(file.fileno(), data)
        limit = frames / (time.perf_counter() - began)
    yield {
        "what": f"frames of 35 kB into the ring of {cameras:,} cameras ({each:.0f} µs of the kernel each)",
        "measured": f"{found:,.0f} /s", "limit": f"{limit:,.0f} /s", "ratio": f"{found / limit:.2f}",
        "budget": "≥ 5,000/s", "ok": found >= 5000,
    }  # fmt: skip
