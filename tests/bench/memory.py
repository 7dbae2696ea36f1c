"""Measure the memory of the processes of bin/run after one hour's and eight hours' work, done as fast as possible.

The work is the demo's: reports, pages, the jobs of every minute, covered public pictures. A step is ten minutes' worth,
and what an earlier step covered counts as ten minutes old. The patrol fetches each camera once a second meanwhile.
"""

import hashlib
import os
import subprocess
import time
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import cv2
import numpy as np
from django.conf import settings
from django.contrib.gis.geos import Point
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.timezone import now
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from cameras import ring
from cameras.masking import finders
from cameras.models import Camera, Frame, Still, View
from incidents.models import Incident
from tests.bench import patrol, wall
from tests.bench.rows import load, row
from tests.bench.sizes import choose

HOURS, STEPS, STEP = choose(8, 2), choose(6, 1), timedelta(minutes=10)
REPORTS, PAGES, PUBLIC = 10, 60, choose(120, 12)  # in a step; of a dozen public cameras a picture a minute is covered
FETCHED, AT_ONCE = choose((5000, 120), (500, 12))  # pictures in an hour, by so many cameras
GROWS, WORKER_MB, SMALL = 1.1, 500, (64, 36)
PATIENCE_S = 600  # for the jobs of a step
# How often in a step a job of each rhythm runs; those of the hour and the day run once an hour.
RHYTHMS = {"* * * * *": choose(10, 1), "*/5 * * * *": choose(2, 1), "*/10 * * * *": 1}
KINDS = {"web": "granian", "worker": "procrastinate", "patrol": "patrol"}


def memory(stage):
    with (
        patrol.pictures() as port,
        patrol.register_cameras(AT_ONCE, port, 1),
        public(stage) as cameras,
        working(),
        patrol.patrolling(1),
    ):
        hour(stage, cameras, 1)
        first = resident_mb()
        for number in range(2, HOURS + 1):
            hour(stage, cameras, number)
        last = resident_mb()
    for kind in KINDS:
        pids = [pid for pid in last if last[pid][0] == kind]
        assert pids, f"no process of {kind} runs"
        assert set(pids) <= set(first), f"a process of {kind} was started anew"
        worst = max(pids, key=lambda pid: last[pid][1] / first[pid][1])
        measured, limit = last[worst][1], first[worst][1]
        most = WORKER_MB if kind == "worker" else float("inf")
        yield row(
            f"{kind} after the work of {HOURS} hours; the limit is after that of the first", measured, limit,
            unit="MB", budget="≤ 110 %" + (f", < {WORKER_MB} MB" if kind == "worker" else ""),
            good=measured <= GROWS * limit and measured < most,
        )  # fmt: skip


def hour(stage, cameras, number):
    for step in range(STEPS):
        send_reports(stage)
        read_pages(stage)
        send_pictures(cameras)
        Still.objects.update(made_at=F("made_at") - STEP)  # they are covered anew
        run_jobs(hourly=step == 0)
    while Frame.objects.filter(camera__source__code="bench").count() < FETCHED * number:
        time.sleep(1)
    memory_text = ", ".join(f"{kind} {mb:.0f} MB" for kind, mb in sorted(resident_mb().values()))
    print(f"  hour {number}: {memory_text}; {Still.objects.count()} covered pictures are there", flush=True)


def send_reports(stage):
    def report(place):
        fields = {"service_code": stage.category.code, "long": place[0], "lat": place[1], "description": str(uuid4())}
        return ["POST /open311/v2/requests.json", urlencode(fields | {"api_key": stage.key})]

    ask(stage, [report(place) for place in stage.places[:REPORTS]], REPORTS)


def read_pages(stage):
    # The oldest ones: newer ones are merged into them meanwhile, and their pages lead elsewhere.
    seen = list(Incident.objects.filter(published=True).order_by("pk").values_list("reference", flat=True)[:20])
    lon, lat = stage.places[0]
    strangers = ["GET /", "GET /list/", f"GET /mapit/point/4326/{lon},{lat}", "GET /open311/v2/requests.json"]
    strangers += [f"GET /i/{reference}/" for reference in seen]
    ask(stage, strangers, PAGES * 2 // 3)
    head = f"Cookie: sessionid={patrol.session_of('bench')}\r\n"
    ask(stage, ["GET /desk/", "GET /control/", "GET /cameras/health/", "GET /watch/"], PAGES // 3, head)


def ask(stage, requests, most, head=""):
    load(
        {
            "do": "ask", "port": stage.port, "requests": requests, "connections": 2, "seconds": PATIENCE_S,
            "most": most, "head": head,
        }
    )  # fmt: skip


def run_jobs(hourly):
    for (name, _id), periodic in app.periodic_registry.periodic_tasks.items():
        for _run in range(RHYTHMS.get(periodic.cron, 1 if hourly else 0)):
            app.configure_task(name, queueing_lock=str(uuid4())).defer(timestamp=0)
    until = time.monotonic() + PATIENCE_S
    waiting = ProcrastinateJob.objects.filter(Q(scheduled_at=None) | Q(scheduled_at__lte=Now()))
    waiting = waiting.filter(status__in=["todo", "doing"])
    while waiting.exists():
        assert time.monotonic() < until, f"the jobs were not done: {list(waiting.values_list('task_name')[:5])}"
        time.sleep(0.05)


@contextmanager
def public(stage):
    place = Point(*stage.places[0], srid=4326)
    created = Camera.objects.bulk_create(
        Camera(code=f"public {n}", name=f"Public {n}", place=place, public=True) for n in range(PUBLIC)
    )
    View.objects.bulk_create(View(camera=camera, state="fits") for camera in created)
    try:
        yield created
    finally:
        Camera.objects.filter(pk__in=[camera.pk for camera in created]).update(active=False)


def send_pictures(cameras):
    """Stores a new picture per camera, small enough for the models to be quick."""
    packs, data, at = ring.PackWriter(settings.MEDIA_ROOT, "bench"), picture(), now()
    sha256 = hashlib.sha256(data).hexdigest()
    for camera in cameras:
        spot = packs.append(camera.pk, at, sha256, data)
        Frame.objects.create(
            camera=camera, taken_at=at, sha256=sha256, pack=spot.pack, offset=spot.offset, length=spot.length,
            kind="jpg", width=SMALL[0], height=SMALL[1],
        )  # fmt: skip
    packs.close()
    seen = {"last_taken_at": at, "last_sha256": sha256, "moved_at": at, "health": "live", "health_since": at}
    Camera.objects.filter(pk__in=[camera.pk for camera in cameras]).update(**seen)


@cache
def picture():
    street = cv2.imdecode(np.frombuffer(wall.streets()[0], np.uint8), cv2.IMREAD_COLOR)
    return cv2.imencode(".jpg", cv2.resize(street, SMALL))[1].tobytes()


@contextmanager
def working():
    command = [*patrol.WITH_US, str(settings.BASE_DIR / "bin" / "worker")]
    vision = "yes" if finders.is_installed() else ""
    with subprocess.Popen(command, env=os.environ | {"VISION": vision}) as worker:
        try:
            yield
        finally:
            worker.terminate()


def resident_mb():
    """Returns {pid: (kind, MB)} of the service's processes started here and their children.

    Excludes the decoder processes, which are restarted regularly.
    """
    parents, words, resident_kb = {}, {}, {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                words[int(folder.name)] = (folder / "cmdline").read_bytes().decode().split("\0")
                pages = int((folder / "statm").read_text().split()[1])
            except OSError:  # it has ended meanwhile
                continue
            resident_kb[int(folder.name)] = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    memory_of = {}
    for pid, mb in resident_kb.items():
        line = [pid, *above(pid, parents)]
        kinds = [kind for ancestor in line for kind, word in KINDS.items() if word in words.get(ancestor, ())]
        if (
            kinds
            and os.getpid() in line
            and not {"cameras.masking.finders", "cameras.detection.detector"} & set(words[pid])
        ):
            memory_of[pid] = kinds[0], mb
    return memory_of


def above(pid, parents):
    while pid in parents:
        pid = parents[pid]
        yield pid
