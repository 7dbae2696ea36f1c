"""Fills a city that has no incidents yet with a month of invented ones, and opens an account for each role."""

from pathlib import Path
from random import Random
from time import monotonic
from urllib.parse import quote

from django.conf import settings
from django.contrib.gis.geos import Point
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Q

from cameras.demo import aiming, events, server
from cameras.demo.feeds import read_scene
from cameras.feeds.loading import save_feeds
from cameras.management.commands import demo_accounts
from cameras.models import Camera
from geoapp.db import connections
from gis_data import city
from incidents.models import Incident, User
from incidents.seed import demo

CAMERAS, STEP = 120, 0.0012  # so many at most; degrees: at most 190 m away
Kind = Camera.Kind
PACKS = settings.BASE_DIR / "gis_data" / "packs"


class Command(BaseCommand):
    help = (
        "Invent a month of incidents, open an account for each role, and point the cameras at the demo's camera "
        "server (DEMO_CAMERAS_URL). Done once: the next time there is nothing to do."
    )

    def add_arguments(self, parser):
        parser.add_argument("--count", type=int, default=1500, help="how many incidents (1500)")
        parser.add_argument(
            "--city", type=Path, help="the city's pack, whose demo.toml says what people write; else the one that ships"
        )

    def handle(self, *, count, city: Path | None, **options):
        self.invent(count, city)
        point_cameras(settings.DEMO_CAMERAS_URL, pointed_before())
        point_feeds(settings.DEMO_CAMERAS_URL, pack_folder(city))
        aiming.aim_cameras()

    def invent(self, count, city):
        if demo_accounts.demo_people().exists():
            if not (settings.VAR / "demo_password").is_file():
                demo_accounts.open_accounts()
            return
        if Incident.objects.exists():
            raise CommandError("This database holds real incidents: no demo is mixed into them. Leave the demo out.")
        began = monotonic()
        self.stdout.write("· Inventing a month of incidents")
        with connections.as_owner(), transaction.atomic():  # who makes powerful posts
            texts = words(city)
            demo.create_demo_month(count, texts, lambda line: self.stdout.write(f"    {line}"))
            stand_cameras()
            point_cameras(settings.DEMO_CAMERAS_URL, Camera.objects.all())
            demo_accounts.open_accounts(texts.people)
            demo.create_extensions(*(User.objects.get(username=name) for name in ("ward", "leader")))
            demo.create_announcements(User.objects.get(username="control"), texts.announcements)
            demo.create_crews(User.objects.get(username="ward"), texts.crews)
            speakers = {name: User.objects.get(username=name) for name in ("ward", "control")}
            answerer = User.objects.get(username="department")
            demo.create_words_between_units(speakers, answerer, texts.between_units)
            people = {user.username: user for user in demo_accounts.demo_people()}
            demo.create_enquiries(people, texts.enquiries)
        self.stdout.write(f"  done in {monotonic() - began:.0f} s")


def words(pack):
    return demo.DemoTexts.from_file(pack_folder(pack) / "demo.toml")


def pack_folder(pack):
    return pack or PACKS / city.current().code


def stand_cameras():
    """Where no pack brought cameras, let some stand near what is open, the newest first: the room opens with it."""
    if Camera.objects.exists():
        return
    chance = Random(demo.SEED)
    places = Incident.objects.open().select_related("area").defer("area__shape", "area__outline")
    newest = places.order_by("-received_at", "-pk")[:CAMERAS]
    # It shows something then: those that misbehave stand at the oldest.
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


def pointed_before():
    """The cameras that fetch from the demo's server or from nowhere; who added others wants to see what they show."""
    return Camera.objects.filter(Q(url="") | Q(url__regex=r"^http://[^/]+/(cam|event/[a-z]+)/[^/]+\.(jpg|mjpeg)$"))


def point_cameras(base, cameras):
    """Let these cameras fetch from the demo's camera server, at whichever port it stands now; some stream, and before
    some something happens.
    """
    if not base:
        return
    changed, cameras = [], list(cameras.only("code", "url", "kind", "active"))
    happens = events.choose_cameras(camera.code for camera in cameras)
    for camera in cameras:
        kind, ending = (Kind.MJPEG, "mjpeg") if server.is_streaming(camera.code) else (Kind.JPEG, "jpg")
        way = f"event/{happens[camera.code]}" if camera.code in happens else "cam"
        wanted = f"{base.rstrip('/')}/{way}/{quote(camera.code, safe='')}.{ending}", kind, True
        if (camera.url, camera.kind, camera.active) != wanted:
            camera.url, camera.kind, camera.active = wanted
            changed.append(camera)
    Camera.objects.bulk_update(changed, ["url", "kind", "active"], batch_size=500)


def point_feeds(base, folder):
    """Let the map's feeds of the demo come from the demo's server, at whichever port it stands now."""
    rows = read_scene(folder / "demo_feeds.toml").get("feeds", []) if base else []
    for row in rows:
        row["url"] = base.rstrip("/") + row.pop("path")
    save_feeds(rows)
