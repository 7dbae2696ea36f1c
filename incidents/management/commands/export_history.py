"""Write a chain of incidents into a file that others check with `deploy/verify_heads.py`."""

from collections.abc import Callable, Iterator
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from geoapp.ledger.hash_chain import write_json_lines
from incidents.audit import accounts, archive, chain
from incidents.audit.archived import ArchiveFault
from incidents.disclosure import register

CHAINS: dict[str, Callable[[], Iterator[dict]]] = {
    "history": chain.export_history,
    "accounts": accounts.export_accounts,
    "personal-views": register.export_register,
}


class Command(BaseCommand):
    help = (
        "Write what the seals of a chain cover as JSON Lines: of all incidents' history, without notes; of the ledger"
        " of accounts; or of the register of who looked at personal data."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", help="a new file")
        parser.add_argument("--chain", choices=CHAINS, default="history")
        parser.add_argument("--notes", action="store_true", help="with the notes: personal data may stand in them")
        archive.add_folder_option(parser)

    def handle(self, **options):
        if options["notes"] and options["chain"] != "history":
            raise CommandError("Only the history has notes.")
        lines = self.history_lines(options) if options["chain"] == "history" else CHAINS[options["chain"]]()
        try:
            count = write_json_lines(options["file"], lines)
        except ArchiveFault as fault:
            Path(options["file"]).unlink()
            raise CommandError(str(fault)) from fault
        self.stdout.write(f"{count - 1} lines")

    def history_lines(self, options):
        archives = archive.archives_in(options["archives"]) if options["archives"] else None
        yield from chain.export_history(notes=options["notes"], archives=archives)
