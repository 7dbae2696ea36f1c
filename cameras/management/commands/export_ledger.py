"""Write a ledger into a file that others verify with `deploy/verify_heads.py`."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cameras.ledgers import LEDGERS
from geoapp.ledger.hash_chain import encode
from incidents.audit import archive
from incidents.audit.archived import ArchiveFault


class Command(BaseCommand):
    help = "Write what the seals of a ledger cover as JSON Lines; of the history without notes."

    def add_arguments(self, parser):
        parser.add_argument("ledger", choices=LEDGERS)
        parser.add_argument("file", type=Path, help="a new file")
        parser.add_argument("--notes", action="store_true", help="with the notes: personal data may stand in them")
        archive.add_folder_option(parser)

    def handle(self, **options):
        more: dict[str, Any] = {}
        if options["notes"]:
            more["notes"] = True
        if options["archives"]:
            more["archives"] = archive.archives_in(options["archives"])
        if more and options["ledger"] != "history":
            raise CommandError("Only the history has notes and archives.")
        with options["file"].open("x", encoding="utf-8") as file:
            try:
                count = sum(
                    bool(file.write(f"{encode(entry)}\n")) for entry in LEDGERS[options["ledger"]].export(**more)
                )
            except ArchiveFault as fault:
                options["file"].unlink()
                raise CommandError(str(fault)) from fault
        self.stdout.write(f"{count - 1} lines")
