"""Measure sealing a minute of 1,000 cameras at 10 s."""

import hashlib
import time
from datetime import UTC, datetime, timedelta

from django.contrib.gis.geos import Point
from django.db import transaction

from cameras.evidence import seals
from cameras.models import Camera, Frame
from tests.bench.rows import row

CAMERAS, A_MINUTE = 1000, 6
LIMIT_S = 3.0  # of a minute


def minutes_sealed(stage):
    """Yields a row of the table; leaves the database unchanged."""
    took = []
    with transaction.atomic():
        seals.seal_new()
        cameras = Camera.objects.bulk_create(
            Camera(code=f"seal {n}", name=f"Seal {n}", place=Point(106.7, 10.8, srid=4326)) for n in range(CAMERAS)
        )
        start = datetime.now(UTC)
        for minute in range(3):
            Frame.objects.bulk_create(
                Frame(
                    camera=camera_row, taken_at=start + timedelta(minutes=minute, seconds=10 * n), length=35_000,
                    sha256=hashlib.sha256(f"{camera_row.pk} {minute} {n}".encode()).hexdigest(), pack="bench",
                    offset=0, kind="jpg", width=512, height=288,
                )
                for camera_row in cameras
                for n in range(A_MINUTE)
            )  # fmt: skip
            began = time.perf_counter()
            assert seals.seal_new() == 1
            took.append(time.perf_counter() - began)
        assert not Frame.objects.filter(seal=None).exists()
        transaction.set_rollback(True)
    slowest, what = max(took), f"a minute of {CAMERAS:,} cameras at 10 s sealed, slowest of {len(took)}"
    yield row(what, slowest, unit="s", budget=f"< {LIMIT_S:.0f} s", good=slowest < LIMIT_S)
