"""Restore what archive_history moved to a file."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from incidents.audit import archive
from incidents.audit.archived import ArchiveFault


class Command(BaseCommand):
    help = "Take what a file of archive_history has back into the history, all or nothing. As DATABASE_OWNER_URL."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, **options):
        try:
            count = archive.restore_history(options["file"])
        except (ArchiveFault, OSError) as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(f"{count} lines restored")
