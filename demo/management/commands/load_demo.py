"""Fill a city that has no incidents yet with a month of invented ones, and open an account for each role."""

from pathlib import Path
from time import monotonic

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from cameras.models import Camera
from demo import accounts
from demo.cameras import aiming, placing
from demo.incidents import month
from geoapp.db import connections
from gis_data import city
from incidents.models import Incident, User

PACKS = settings.BASE_DIR / "gis_data" / "packs"


class Command(BaseCommand):
    help = (
        "Invent a month of incidents, open an account for each role, and point the cameras at the demo's camera "
        "server (--cameras-url). Done once: the next time only the cameras are pointed anew."
    )

    def add_arguments(self, parser):
        parser.add_argument("--count", type=int, default=1500, help="how many incidents (1500)")
        parser.add_argument(
            "--city", type=Path, help="the city's pack, whose demo.toml says what people write; else the one that ships"
        )
        parser.add_argument(
            "--cameras-url", default="", help="where python -m demo.cameras listens; else no camera does"
        )

    def handle(self, *, count, city: Path | None, cameras_url, **options):
        pack = pack_folder(city)
        self.invent(count, pack, cameras_url)
        placing.point_cameras(cameras_url, placing.cameras_without_own_server())
        placing.point_feeds(cameras_url, pack)
        aiming.aim_cameras()

    def invent(self, count, pack, cameras_url):
        if accounts.demo_people().exists():
            if not (settings.VAR / "demo_password").is_file():
                accounts.open_accounts()
            return
        if Incident.objects.exists():
            raise CommandError("This database holds real incidents: no demo is mixed into them. Leave the demo out.")
        began = monotonic()
        self.stdout.write("· Inventing a month of incidents")
        with connections.as_owner(), transaction.atomic():  # the service itself may not make powerful posts
            texts = month.DemoTexts.from_file(pack / "demo.toml")
            month.create_demo_month(count, texts, lambda line: self.stdout.write(f"    {line}"))
            placing.place_cameras()
            placing.point_cameras(cameras_url, Camera.objects.all())
            accounts.open_accounts(texts.people)
            month.create_extensions(*(User.objects.get(username=name) for name in ("ward", "leader")))
            month.create_announcements(User.objects.get(username="control"), texts.announcements)
            month.create_crews(User.objects.get(username="ward"), texts.crews)
            speakers = {name: User.objects.get(username=name) for name in ("ward", "control")}
            answerer = User.objects.get(username="department")
            month.create_words_between_units(speakers, answerer, texts.between_units)
            people = {user.username: user for user in accounts.demo_people()}
            month.create_enquiries(people, texts.enquiries)
        self.stdout.write(f"  done in {monotonic() - began:.0f} s")


def pack_folder(pack):
    return pack or PACKS / city.current().code
