"""Move words and reasons of old history lines to files."""

from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from incidents.audit import archive
from incidents.audit.archived import ArchiveFault


class Command(BaseCommand):
    help = (
        "Write words, reasons and receipts of the history of incidents that had ended before a day into GeoParquet"
        " files, and take them out of the database. What everybody reads stays, and each line with its seal."
        " May be broken off at any moment. As DATABASE_OWNER_URL."
    )

    def add_arguments(self, parser):
        parser.add_argument("--before", required=True, type=date.fromisoformat, metavar="DAY", help="2024-01-01")
        parser.add_argument("--to", required=True, type=Path, metavar="FOLDER")

    def handle(self, **options):
        try:
            count = archive.archive_history(options["before"], options["to"], say=self.stdout.write)
        except ArchiveFault as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(f"{count} lines archived")
