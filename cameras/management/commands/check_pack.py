"""Check the files of a city pack without loading them, and without a database."""

from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gis_data.editions.pack_checking import check_pack_places
from gis_data.pack import InvalidData, Pack
from incidents.seed import catalogue, information


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="the pack; its format is told in docs/city-packs.md")

    def handle(self, *, folder: Path, **options: Any) -> None:
        pack = Pack(folder, Path(settings.CITY_DATA) if settings.CITY_DATA else None)
        faults: list[str] = []
        for check in (check_pack_places, check_tables):
            try:
                for sentence in check(pack):
                    self.stdout.write(sentence)
            except InvalidData as error:
                faults += error.faults
        if faults:
            raise CommandError(f"{folder} has faults:\n" + "\n".join(f"  {fault}" for fault in faults))
        self.stdout.write(f"{folder} can be loaded, as far as its files tell.")


def check_tables(pack: Pack) -> list[str]:
    tables = catalogue.read_tables(pack)
    information.check_information(tables)
    counts = [f"{name}: {len(rows)} lines" for name, rows in tables.items()]
    return counts + information.review_information(tables, date.today())
