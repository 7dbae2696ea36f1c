"""Redraw the base map (water, green, rails, streets, buildings) from the pack's files or an extract.

    manage.py load_ground gis_data/packs/hcmc            what is here; an extract is fetched only where nothing is
    manage.py load_ground gis_data/packs/hcmc --fetch    today's extract, at the address that the pack names

The ground that is there is shown until the new one is whole. Does nothing where nothing has changed.
"""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gis_data.basemap import finding
from gis_data.models import City
from gis_data.pack import InvalidData, Pack


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, help="the pack; its format is told in docs/city-packs.md")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--fetch", action="store_const", dest="fetching", const="must",
                         help="fetch the newest extract, whatever is here")  # fmt: skip
        how.add_argument("--no-fetch", action="store_const", dest="fetching", const="no", help="fetch nothing")
        parser.add_argument("--mirror", action="store_true", help="the address may be a private one")
        parser.set_defaults(fetching="maybe")

    def handle(self, *, folder, fetching, mirror, **options):
        pack = Pack(Path(folder), Path(settings.CITY_DATA) if settings.CITY_DATA else None)
        try:
            city = City.objects.filter(code=pack.toml["city"]["code"]).first()
            if city is None:
                raise CommandError("This city is not loaded yet: load_city first.")
            source = finding.find_source(pack, city, fetching=fetching, private=mirror, say=self.say)
            if city.ground_digest == source.digest:
                return
            from gis_data.basemap import loading  # noqa: PLC0415 - the libraries of geometry take long to start

            counts = loading.load_ground(pack, source, say=self.say)
        except InvalidData as error:
            raise CommandError(
                "\n".join(("The ground was not redrawn:", *(f"  {fault}" for fault in error.faults)))
            ) from error
        if counts:
            drawn = ", ".join(f"{words} {count:,}" for words, count in counts.items() if count)
            self.say(f"Ground       {drawn or 'the streets of the city'}")

    def say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
