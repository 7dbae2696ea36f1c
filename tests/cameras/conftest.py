"""Fixtures and helpers: cameras of the invented town, with pictures."""

import hashlib
import socket
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.gis.geos import Point
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.timezone import now

from cameras import ring
from cameras.masking import covering
from cameras.models import Camera, Evidence, Frame, HealthInterval, Still, View
from tests import factories
from tests.cameras.patrol import quick as quick_time
from tests.machine import patience


def camera(code, lon=10.0052, lat=50.005, **more):
    return Camera.objects.create(
        code=code, name=more.pop("name", f"Harbour {code}"), place=Point(lon, lat, srid=4326), **more
    )


def keep_picture(data):
    return default_storage.save("test/picture.jpg", ContentFile(data))


def in_ring(camera, data, at, **more):
    """Add a frame to the camera's ring, with its bytes in a pack."""
    sha256, packs = hashlib.sha256(data).hexdigest(), ring.PackWriter(settings.MEDIA_ROOT, "test")
    spot = packs.append(camera.pk, at, sha256, data)
    packs.close()
    return Frame.objects.create(
        camera=camera, taken_at=at, sha256=sha256, pack=spot.pack, offset=spot.offset, length=spot.length,
        kind="jpg", width=64, height=48, **more,
    )  # fmt: skip


def sees(camera, seconds_ago=3, colour="teal"):
    """Give the camera a current picture in which something moved."""
    data, at = factories.jpeg(colour=colour), now() - timedelta(seconds=seconds_ago)
    frame = in_ring(camera, data, at)
    Camera.objects.filter(pk=camera.pk).update(
        last_taken_at=at, last_sha256=frame.sha256, moved_at=at, health="live", health_since=at
    )
    camera.refresh_from_db()
    return frame


def all_see(cameras):
    """Give each camera a current picture in which something moved, each of another colour."""
    packs, at = ring.PackWriter(settings.MEDIA_ROOT, "test"), now() - timedelta(seconds=3)
    frames = []
    for number, registered in enumerate(cameras):
        data = factories.jpeg(colour=(number * 7 % 256, number * 31 % 256, 120))
        sha256 = hashlib.sha256(data).hexdigest()
        spot = packs.append(registered.pk, at, sha256, data)
        frames.append(
            Frame(
                camera=registered, taken_at=at, sha256=sha256, pack=spot.pack, offset=spot.offset, length=spot.length,
                kind="jpg", width=64, height=48,
            )
        )  # fmt: skip
        registered.last_taken_at = registered.moved_at = registered.health_since = at
        registered.last_sha256, registered.health = sha256, "live"
    packs.close()
    Frame.objects.bulk_create(frames)
    Camera.objects.bulk_update(cameras, ["last_taken_at", "last_sha256", "moved_at", "health", "health_since"])


def was(camera, health, since, until=None, proof=False, **more):
    """Add a health interval of the camera; with `proof`, a picture that proves it: these bytes, or any."""
    data = proof if isinstance(proof, bytes) else factories.jpeg(colour="olive")
    if proof:
        more |= {"proof": keep_picture(data), "taken_at": since, "sha256": hashlib.sha256(data).hexdigest()}
    why = more.pop("why", "seen" if health in ("live", "late") else "look")
    return HealthInterval.objects.create(camera=camera, health=health, since=since, until=until, why=why, **more)


def keeps(camera, incident, moment="reported", distance_m=14.0, colour="navy", **more):
    """Keep a picture of this camera with the incident."""
    data = factories.jpeg(colour=colour)
    return Evidence.objects.create(
        incident=incident, camera=camera, moment=moment, distance_m=distance_m,
        taken_at=more.pop("taken_at", incident.received_at), sha256=hashlib.sha256(data).hexdigest(),
        file=keep_picture(data), width=64, height=48, **more,
    )  # fmt: skip


def shows(camera, minutes=6, data=None, **more):
    """Add a still of this public camera, made so many minutes ago; its view is known."""
    view, _ = View.objects.get_or_create(camera=camera, current=True, defaults={"state": "fits"})
    picture = covering.cover_picture(data or factories.jpeg(), covering.place_zones(view.zones, "fits"))
    at = now() - timedelta(minutes=minutes)
    file = default_storage.save(f"stills/{camera.pk}/one.jpg", ContentFile(picture.data))
    return Still.objects.create(
        camera=camera, taken_at=at, made_at=at, parent_sha256=picture.parent, sha256=picture.sha256, file=file,
        width=picture.width, height=picture.height, view=view, zones=view.zones, transform=view.transform, **more,
    )  # fmt: skip


@pytest.fixture
def eye(town):
    """A live camera some metres from where the incidents of Old Wharf happen."""
    camera_row = camera("A1")
    sees(camera_row)
    return camera_row


@pytest.fixture
def quick(monkeypatch):
    """Run the patrols of the test in quick time."""
    for place, name, value in quick_time.OF_A_PATROL:
        monkeypatch.setattr(place, name, value)


@pytest.fixture(scope="session")
def demo_cameras():
    """Run the demo's camera server in a process of its own; return its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "demo.cameras", "--port", str(port)])
    for _ in range(150):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    assert server.wait(patience(10)) == 0
