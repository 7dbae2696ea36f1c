"""Place the demo's cameras near open incidents, and point cameras and map feeds at the demo's server."""

from pathlib import Path
from random import Random
from urllib.parse import quote

from django.contrib.gis.geos import Point
from django.db.models import Q, QuerySet

from cameras.feeds.loading import save_feeds
from cameras.models import Camera
from demo.cameras import events, server
from demo.cameras.feeds import read_scene
from incidents.models import Incident

SEED = 73
CAMERAS, STEP = 120, 0.0012  # at most so many; degrees: at most 190 m away
Kind = Camera.Kind


def place_cameras() -> None:
    """Create cameras near open incidents, the newest first, unless the city's pack has brought some."""
    if Camera.objects.exists():
        return
    chance = Random(SEED)
    places = Incident.objects.open().select_related("area").defer("area__shape", "area__outline")
    newest = places.order_by("-received_at", "-pk")[:CAMERAS]
    # The control room opens with the newest incidents: the cameras that misbehave stand at the oldest.
    numbers = sorted(range(1, CAMERAS + 1), key=lambda number: server.behaviour_of(code_of(number)) != "well")
    Camera.objects.bulk_create(
        Camera(
            code=code_of(number),
            name=f"{incident.address or incident.area.full_name} – {number}"[:150],
            place=Point(incident.place.x + chance.uniform(-STEP, STEP), incident.place.y + chance.uniform(-STEP, STEP)),
        )
        for number, incident in zip(numbers, newest, strict=False)
    )


def code_of(number):
    return f"DEMO {number:03}"


def cameras_without_own_server() -> QuerySet[Camera]:
    """The cameras without an address, or with one of the demo's server; those that somebody added keep theirs."""
    return Camera.objects.filter(Q(url="") | Q(url__regex=r"^http://[^/]+/(cam|event/[a-z]+)/[^/]+\.(jpg|mjpeg)$"))


def point_cameras(base: str, cameras: QuerySet[Camera]) -> None:
    """Set the addresses of these cameras to the demo's server at `base`, which has another port at each start.

    Some stream, and in the streets of some something happens (`events`). An empty `base` changes nothing.
    """
    if not base:
        return
    changed, cameras_now = [], list(cameras.only("code", "url", "kind", "active"))
    event_of = events.choose_cameras(camera.code for camera in cameras_now)
    for camera in cameras_now:
        kind, ending = (Kind.MJPEG, "mjpeg") if server.is_streaming(camera.code) else (Kind.JPEG, "jpg")
        folder = f"event/{event_of[camera.code]}" if camera.code in event_of else "cam"
        wanted = f"{base.rstrip('/')}/{folder}/{quote(camera.code, safe='')}.{ending}", kind, True
        if (camera.url, camera.kind, camera.active) != wanted:
            camera.url, camera.kind, camera.active = wanted
            changed.append(camera)
    Camera.objects.bulk_update(changed, ["url", "kind", "active"], batch_size=500)


def point_feeds(base: str, pack: Path) -> None:
    """Save the map's feeds of a pack's demo_feeds.toml with addresses of the demo's server; no feeds without `base`."""
    rows = read_scene(pack / "demo_feeds.toml").get("feeds", []) if base else []
    for row in rows:
        row["url"] = base.rstrip("/") + row.pop("path")
    save_feeds(rows)
