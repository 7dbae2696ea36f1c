"""The patrol: what 200 cameras every 10 s cost, as a share of one core that leaves room for 1,000."""

import asyncio
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import uvloop
from django.contrib.gis.geos import Point

from cameras.models import Camera
from cameras.patrol import Patrol, cpu_s

CAMERAS, PERIOD_S, SECONDS = 200, 10, 30
LIMIT = CAMERAS / 1000  # of a core: a thousand cameras may use one


def patrol_of_200():
    """Patrol a demo server's cameras over HTTP for half a minute. Needs a database; leaves it as it was."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "cameras.demo", "--port", str(port)])
    media = tempfile.mkdtemp()
    others = list(Camera.objects.filter(active=True).values_list("pk", flat=True))
    Camera.objects.filter(pk__in=others).update(active=False)
    Camera.objects.bulk_create(
        Camera(
            code=f"bench {n}",
            name=f"Bench {n}",
            place=Point(106.7, 10.8, srid=4326),
            url=f"http://127.0.0.1:{port}/cam/bench {n}.jpg",
            period_s=PERIOD_S,
        )
        for n in range(CAMERAS)
    )
    cv2.setNumThreads(1)
    try:
        fetched, cores = uvloop.run(measured(Patrol(media, ["127.0.0.0/8"])))
        kept = len(list(Path(media).glob("frames/*/*.jpg")))
    finally:
        Camera.objects.filter(code__startswith="bench ").delete()
        Camera.objects.filter(pk__in=others).update(active=True)
        server.terminate()
        server.wait()
        shutil.rmtree(media)
    expected = CAMERAS * SECONDS / PERIOD_S
    assert fetched > 0.85 * expected, f"only {fetched} of {expected:.0f} pictures came"
    assert kept > 0.85 * expected, f"only {kept} of {fetched} pictures were kept"
    return {
        "what": f"patrol of {CAMERAS} cameras every {PERIOD_S} s, share of a core",
        "measured": round(cores, 3),
        "limit": LIMIT,
        "ratio": round(cores / LIMIT, 2),
    }


async def measured(patrol):
    """Pictures fetched and share of a core used, once every camera was visited a first time."""
    stop = asyncio.Event()
    run = asyncio.create_task(patrol.run(stop))
    await asyncio.sleep(PERIOD_S * 1.5)  # the demo draws its streets meanwhile
    before, used, began = patrol.total.fetched, cpu_s(), time.monotonic()
    await asyncio.sleep(SECONDS)
    fetched, used, took = patrol.total.fetched - before, cpu_s() - used, time.monotonic() - began
    stop.set()
    await run
    return fetched, used / took
