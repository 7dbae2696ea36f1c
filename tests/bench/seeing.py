"""Measure which of a thousand cameras see a place."""

import random
import statistics
import time

from django.contrib.gis.geos import Point
from django.db import connection, transaction

from cameras.models import Camera, View
from cameras.register import fields_of_view
from tests.bench.rows import part, row

CAMERAS, PLACES = 1000, 1000
SEEING = """
SELECT camera.id FROM cameras_view AS view JOIN cameras_camera AS camera ON camera.id = view.camera_id
WHERE view.current AND view.state NOT IN ('lost', 'turns') AND camera.active
    AND ST_Covers(view.footprint, ST_SetSRID(ST_MakePoint(%s, %s), 4326))
"""


def seeing(stage):
    some = random.Random(1)
    times, bare = [], []
    with transaction.atomic():
        cameras = Camera.objects.bulk_create(
            Camera(code=f"seeing {n}", name=f"Bench {n}", place=Point(*at, srid=4326))
            for n, at in enumerate(stage.places[:CAMERAS])
        )
        views = [
            View(camera=camera_row, bearing_deg=some.uniform(0, 359), angle_deg=60, range_m=150)
            for camera_row in cameras
        ]
        for view in views:
            view.footprint = fields_of_view.footprint(view)
        View.objects.bulk_create(views)
        places = [view.footprint.point_on_surface for view in views[:PLACES]]
        with connection.cursor() as cursor:
            cursor.execute("SELECT analyze_table('cameras_camera'), analyze_table('cameras_view')")
            pairs = 0
            for place in places:
                began = time.perf_counter()
                pairs += len(fields_of_view.cameras_seeing(place))
                done = time.perf_counter()
                cursor.execute(SEEING, place.coords)
                pairs -= len(cursor.fetchall())
                times.append((done - began) * 1000)
                bare.append((time.perf_counter() - done) * 1000)
        assert pairs == 0, "the bare SQL finds others"
        transaction.set_rollback(True)
    what = f"which of {CAMERAS:,} cameras see a place"
    p95 = part(times, 0.95)
    yield row(f"{what}, median", statistics.median(times), statistics.median(bare), unit="ms", budget="", good=True)
    yield row(f"{what}, p95", p95, part(bare, 0.95), unit="ms", budget="< 2 ms", good=p95 < 2)
