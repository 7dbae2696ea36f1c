"""Write the viewing ledger, or the seals on evidence, into a file that others check with `deploy/verify_heads.py`."""

from django.core.management.base import BaseCommand

from cameras.evidence import seals
from cameras.viewlog import ledger
from geoapp.ledger.hash_chain import write_json_lines

CHAINS = {"looks": ledger.export_ledger, "evidence": seals.export_seals}


class Command(BaseCommand):
    help = "Write the viewing ledger (looks) or the seals on evidence as JSON Lines: what the seals of a chain cover."

    def add_arguments(self, parser):
        parser.add_argument("chain", choices=sorted(CHAINS))
        parser.add_argument("file", help="a new file")

    def handle(self, **options):
        count = write_json_lines(options["file"], CHAINS[options["chain"]]())
        self.stdout.write(f"{count - 1} lines")
