"""Load a city pack: places, who answers for what, cameras. Does nothing where nothing has changed."""

from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DataError, transaction

from cameras.feeds import loading as feeds
from cameras.register import registry
from geoapp.db import locks
from gis_data.gazetteer import finding
from gis_data.models import City
from gis_data.pack import InvalidData, Pack
from incidents.seed import catalogue


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, help="the pack; its format is told in docs/city-packs.md")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--download", action="store_const", dest="downloading", const="must",
                         help="fail if boundaries that are not here cannot be downloaded")  # fmt: skip
        how.add_argument("--no-download", action="store_const", dest="downloading", const="no",
                         help="do not even try to download")  # fmt: skip
        parser.add_argument("--no-extract", action="store_true",
                            help="fetch no extract for the map's ground")  # fmt: skip
        parser.add_argument("--mirror", action="store_true", help="the download address may be a private one")
        parser.set_defaults(downloading="maybe")

    def handle(self, *, folder, downloading, no_extract, mirror, **options):
        if settings.CITY_DATA and not Path(settings.CITY_DATA).is_dir():
            raise CommandError(f"CITY_DATA is {settings.CITY_DATA}, but there is no such folder.")
        pack = Pack(folder, Path(settings.CITY_DATA) if settings.CITY_DATA else None)
        try:
            contents = finding.find_contents(pack, downloading=downloading, private=mirror, say=self.say)
            if finding.is_unchanged(contents):
                self.say(f"{pack.toml['city']['name']}: nothing new in {folder}.")
            else:
                self.load(pack, contents)
            fetching = "no" if no_extract or downloading == "no" else "maybe"
            call_command("load_ground", folder, fetching=fetching, mirror=mirror, stdout=self.stdout)
        except DataError as error:
            raise CommandError(f"{folder} was not loaded: a text in it is too long ({error}).") from error
        except InvalidData as error:
            raise CommandError(
                f"{folder} was not loaded:\n" + "\n".join(f"  {fault}" for fault in error.faults)
            ) from error

    def say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()

    def compare_settings(self, city):
        if (language := city.get("language", settings.LANGUAGE_CODE)) != settings.LANGUAGE_CODE:
            self.say(f"This pack speaks {language}, the installation {settings.LANGUAGE_CODE}: set CITY_LANGUAGE.")
        if (zone := city.get("time_zone", settings.TIME_ZONE)) != settings.TIME_ZONE:
            self.say(
                f"This pack keeps the time of {zone}, the installation that of {settings.TIME_ZONE}: set TIME_ZONE."
            )

    @transaction.atomic
    def load(self, pack: Pack, contents: finding.PackContents) -> None:
        from gis_data.editions import importing  # noqa: PLC0415 - GeoPandas takes long to start and most starts load nothing

        locks.hold(locks.Lock.CITY)
        if finding.is_unchanged(contents):
            self.say(f"{pack.toml['city']['name']} was loaded by somebody else in the meantime.")
            return
        self.compare_settings(pack.toml["city"])
        self.say(f"Loading {pack.toml['city']['name']} …")
        places = importing.load_places(contents, say=self.say)
        answering = None if places.reformed else catalogue.load_catalogue(pack, places)
        cameras = registry.load_pack(pack)
        fed = feeds.load_pack(pack)
        City.objects.filter(pk=places.city.pk).update(pack_digest=contents.digest)
        for sentence in places.repaired:
            self.say(f"Boundary {sentence}")
        for sentence in places.disagreements:
            self.say(f"Former unit {sentence}")
        self.say(f"Areas        {len(places.areas_by_code):6}{'  approximate' if places.approximate else ''}")
        if answering:
            self.say(f"Authorities  {answering.authorities:6}")
            self.say(f"Categories   {answering.categories:6}")
            self.say(f"Rules        {answering.rules:6}")
        else:
            self.say("The law knows areas that this pack does not: who answers for what stays as it is here.")
        for what, count in (("Former units", places.former), ("Landmarks", places.landmarks)):
            if count is not None:
                self.say(f"{what:12} {count:6}")
        if fed:
            self.say(f"Feeds        {fed:6}")
        for what, count in (("Streets", places.streets), ("Cameras", cameras)):
            self.say(
                f"{what:12} {count:6}"
                if count is not None
                else f"{what:12}      –  no file found, what is loaded stays"
            )
