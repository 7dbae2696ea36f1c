"""Say whether the history of all incidents is what it was when it was sealed, and when its heads were published."""

import re
from datetime import date
from time import perf_counter

from django.core.management.base import BaseCommand, CommandError

from incidents.audit import chain


class Command(BaseCommand):
    help = "Check every line of history against its seal and the published heads; tells the first that was changed."

    def add_arguments(self, parser):
        takes_heads(parser)

    def handle(self, **options):
        began = perf_counter()
        verdict = chain.verify(options["head"])
        seconds = perf_counter() - began
        if verdict.fault:
            raise CommandError(f"{verdict.fault} Right before it: {verdict.lines} lines, the last is {verdict.last}.")
        self.stdout.write(
            f"OK: {verdict.lines} lines in {seconds:.1f} s, of them {verdict.erased} with an erased note; "
            f"{verdict.heads + len(options['head'])} heads; {verdict.unsealed} not sealed yet. "
            f"Line {verdict.last}: {verdict.digest.hex()}"
        )


def takes_heads(parser):
    """Let a command be told the heads of a chain; they are its option `head`, [(day, digest)]."""
    parser.add_argument(
        "--head",
        action="append",
        default=[],
        type=head,
        metavar="DAY=HEX",
        help="a head as it was published, kept outside: 2026-11-23=5f0c…; may be given more than once",
    )


def head(text):
    """A day and a digest. Raises ValueError."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)=([0-9a-f]{64})", text.lower())
    if not found:
        raise ValueError(text)
    return date.fromisoformat(found[1]), found[2]


head.__name__ = "head: DAY=HEX"  # argparse says it of what cannot be read
