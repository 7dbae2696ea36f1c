"""Load streets, house numbers and landmarks from an OpenStreetMap extract in place of the pack's streets.

    manage.py load_streets city.osm.pbf --pack gis_data/packs/hcmc

All of it is loaded or nothing. A new file takes the place of an older one; what came from a pack's table of landmarks
stays.
"""

from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from gis_data.basemap import loading as ground
from gis_data.gazetteer import loading
from gis_data.models import City
from gis_data.pack import InvalidData, Pack


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument(
            "file", type=Path, nargs="?", help=".osm.pbf, .osm or .geojson; what lies outside is left out"
        )
        what.add_argument("--forget", action="store_true", help="take it away; load_city brings the pack's again")
        parser.add_argument("--pack", type=Path, help="the pack whose [streets] says how names are written")

    def handle(self, *, file, forget, pack, **options):
        city = City.objects.first()
        if city is None:
            raise CommandError("No city is loaded yet: load_city first.")
        if forget:
            loading.remove_extract(city)
            draw_ground(city, pack, self.stdout)
            self.say("What the extract brought is gone. Run load_city for the pack's streets.")
            return
        try:
            spec = Pack(pack).section("streets", []) if pack else {}
            brought = loading.load_extract(city, file, spec=spec, say=self.say)
        except InvalidData as error:
            raise CommandError("\n  ".join((f"{file} was not loaded:", *error.faults))) from error
        draw_ground(city, pack, self.stdout)
        self.say(f"Streets    {brought.streets:8}\nHouses     {brought.houses:8}")
        self.say(f"Landmarks  {brought.landmarks:8}\nJunctions  {brought.junctions:8}")
        if brought.outside:
            self.say(f"Left out   {brought.outside:8}  outside the city")

    def say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()


def draw_ground(city, pack, out):
    if pack and "city" in Pack(pack).toml:
        call_command("load_ground", pack, fetching="no", stdout=out)
    else:
        ground.draw_streets(city)
