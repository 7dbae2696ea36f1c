"""Write the sealed history into a file that others check with `deploy/verify_heads.py`."""

from django.core.management.base import BaseCommand

from geoapp.hash_chain import write_json_lines
from incidents.audit import chain


class Command(BaseCommand):
    help = "Write the sealed lines of all incidents' history as JSON Lines: what their seals cover, and no note."

    def add_arguments(self, parser):
        parser.add_argument("file", help="a new file")
        parser.add_argument("--notes", action="store_true", help="with the notes: personal data may stand in them")

    def handle(self, **options):
        count = write_json_lines(options["file"], chain.export_history(notes=options["notes"]))
        self.stdout.write(f"{count - 1} lines")
