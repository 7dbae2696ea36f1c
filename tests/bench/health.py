"""Measure the technician's page with a thousand cameras and thirty days of their states."""

import time

from django.contrib.gis.geos import Point
from django.db import connection
from django.test import Client

from cameras.models import Camera, HealthInterval, Source
from geoapp.db import connections
from incidents.models import User
from tests.bench.rows import part, row

CAMERAS, SPELLS = 1000, 100  # of each: another state every seven hours
WERE = """
INSERT INTO cameras_healthinterval (camera_id, health, since, until, why, detail, sha256, proof)
SELECT id, (ARRAY['live', 'late', 'live', 'offline'])[1 + n %% 4], now() - (n + 1) * interval '432 min',
    CASE WHEN n > 0 THEN now() - n * interval '432 min' END, 'seen', '', '', ''
FROM cameras_camera, generate_series(0, %s) n WHERE code LIKE 'health %%'
"""


def health(stage):
    try:
        fill(stage.places)
        client = Client(headers={"host": "localhost"})
        client.force_login(User.objects.get(username="health"), "django.contrib.auth.backends.ModelBackend")
        for what, path in (("page of the health", "/cameras/health/"), ("truth as JSON", "/cameras/truth.json")):
            times = []
            client.get(path)  # a process that shows it for the first time reads its programs and templates, too
            for _time in range(40):
                began = time.perf_counter()
                answer = client.get(path)
                times.append((time.perf_counter() - began) * 1000)
                assert answer.status_code == 200, answer.status_code
            p95 = part(times, 0.95)
            what = f"{what} of {CAMERAS:,} cameras, {CAMERAS * SPELLS:,} intervals, p95"
            yield row(what, p95, unit="ms", budget="< 300 ms", good=p95 < 300)
    finally:
        clear()


def fill(places):
    """Commits the cameras and their intervals, because reading rows of the own transaction takes longer."""
    source = Source.objects.create(code="health", name="Bench")
    Camera.objects.bulk_create(
        Camera(code=f"health {n}", name=f"Bench {n}", place=Point(*at, srid=4326), source=source, public=True)
        for n, at in enumerate((places * CAMERAS)[:CAMERAS])
    )
    with connections.as_owner():
        User.objects.create(username="health", is_superuser=True)
    with connection.cursor() as cursor:
        cursor.execute(WERE, [SPELLS - 1])
    with connections.as_owner(), connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE cameras_camera, cameras_healthinterval")


def clear():
    HealthInterval.objects.filter(camera__source__code="health").delete()
    Camera.objects.filter(source__code="health").delete()
    Source.objects.filter(code="health").delete()
    User.objects.filter(username="health").delete()
