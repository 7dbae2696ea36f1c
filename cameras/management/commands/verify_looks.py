"""Say whether the viewing ledger is what it was when its lines were written."""

import re

from django.core.management.base import BaseCommand, CommandError

from cameras.viewlog import ledger
from geoapp.ledger.hash_chain import add_head_option, add_key_option


class Command(BaseCommand):
    help = "Check every line of the viewing ledger against its seal; tells the first that was changed."

    def add_arguments(self, parser):
        parser.add_argument(
            "--line",
            action="append",
            default=[],
            type=line,
            metavar="NUMBER=HEX",
            help="a line and its seal as this command said them earlier; may be given more than once",
        )
        add_head_option(parser)
        add_key_option(parser)

    def handle(self, **options):
        verdict = ledger.verify_ledger(options["line"], options["head"], options["key"])
        if verdict.fault:
            raise CommandError(f"{verdict.fault} Right before it: {verdict.last} lines.")
        there, heads = verdict.last - verdict.forgotten, verdict.heads + len(options["head"])
        gone = f" Lines up to {verdict.forgotten} were deleted in their time." if verdict.forgotten else ""
        self.stdout.write(f"OK: {there} lines, {heads} heads.{gone} {verdict.last}={verdict.digest.hex()}")


def line(text):
    """A number and a digest. Raises ValueError."""
    found = re.fullmatch(r"(\d{1,18})=([0-9a-f]{64})", text.lower())
    if not found:
        raise ValueError(text)
    return int(found[1]), found[2]


line.__name__ = "line: NUMBER=HEX"  # argparse says it of what cannot be read
