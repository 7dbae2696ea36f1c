"""Create a draft edition from a boundary file after checking it (docs/editions.md).

Where the check finds something grave, or attributes are unclear, nothing is loaded and the exit code is 1.
"""

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import get_language

from gis_data.pack import InvalidData

SAID = {
    "open": "Opening {file} …",
    "read": "Reading the areas …",
    "check": "Checking the areas …",
    "save": "Loading the draft …",
}
SHOWN = 20  # findings of each kind
OPTIONS = ("code", "name", "name_en", "level", "crs", "layer", "from", "to")


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="GeoJSON, GeoPackage or zipped Shapefile, each also .gz")
        parser.add_argument("--code", help="the edition's short name; by default made of the file's name")
        parser.add_argument("--name", help="what people call the edition")
        parser.add_argument("--name-en", dest="name_en", help="the same in English")
        parser.add_argument("--level", choices=["ward", "district", "city"], help="ward, if nothing is said")
        parser.add_argument("--crs", help="the coordinate system of the file (EPSG:9210), whatever it says itself")
        parser.add_argument("--layer", help="which layer of a file with several")
        parser.add_argument("--from", dest="from", metavar="DAY", help="an edition of the past: its first day as law")
        parser.add_argument("--to", metavar="DAY", help="an edition of the past: the first day when it was law no more")
        parser.add_argument("--mapping", type=Path, help="a TOML file that says all this and which attribute is what")

    def handle(self, *, file, mapping, **options):
        from gis_data.editions import drafting  # noqa: PLC0415 - GeoPandas takes long to start and --help needs it not

        edition_options = self.read_mapping(mapping) | {key: options[key] for key in OPTIONS if options[key]}
        try:
            with file.open("rb") as opened:
                upload = drafting.store_upload(opened, name=file.name, by="", options=edition_options)
        except OSError as error:
            raise CommandError(f"{file} cannot be opened: {error.strerror}.") from error
        except InvalidData as error:
            raise CommandError(format_list(f"{file.name} was not loaded:", error.faults)) from error
        upload = drafting.read_upload(upload.pk, say=lambda step: self.say(SAID[step].format(file=file.name)))
        self.tell(upload.report)
        if upload.edition:
            self.say(f"Draft edition {upload.edition.code}: {upload.report['areas']} areas.")
            return
        columns = [f"{column['name']}: {', '.join(column['samples'])}" for column in upload.columns]
        drafting.delete_upload(upload)
        if upload.state == upload.State.UNMAPPED:
            raise CommandError(format_list(f"{file.name} was not loaded: say by --mapping what is what of", columns))
        raise CommandError(f"{file.name} was not loaded.")

    def read_mapping(self, path):
        try:
            return tomllib.loads(path.read_text(encoding="utf-8")) if path else {}
        except (OSError, ValueError) as error:
            raise CommandError(f"{path} cannot be read: {error}") from error

    def say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()

    def tell(self, report: dict[str, Any]) -> None:
        """Print the check's report, grave findings first, a limited number of each kind."""
        counts = Counter()
        for finding in report.get("findings", []):
            counts[finding["kind"]] += 1
            if counts[finding["kind"]] <= SHOWN:
                sentence = finding["said"]
                self.say(f"{'  ✗ ' if finding['grave'] else '  · '}{sentence.get(get_language()) or sentence['en']}")
        for kind, count in counts.items():
            if count > SHOWN:
                self.say(f"  … {count - SHOWN} more: {kind}")
        if report.get("coverage") is not None:
            self.say(f"{100 * report['coverage']:.2f} % of the city as it is in force are covered.")


def format_list(head, lines):
    return "\n".join([head, *(f"  {line}" for line in lines)])
