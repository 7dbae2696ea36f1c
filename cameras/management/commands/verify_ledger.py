"""Verify a ledger against its seals and its published heads."""

import re
from datetime import date

from django.core.management.base import BaseCommand, CommandError

from cameras.ledgers import LEDGERS
from incidents.audit import archive
from incidents.audit.archived import ArchiveFault


class Command(BaseCommand):
    help = "Check every line of a ledger against its seal and the published heads; names the first that was changed."

    def add_arguments(self, parser):
        parser.add_argument("ledger", choices=LEDGERS)
        parser.add_argument(
            "--head",
            action="append",
            default=[],
            type=head,
            metavar="DAY=HEX",
            help="a head as it was published, kept outside: 2026-11-23=5f0c…; may be given more than once",
        )
        parser.add_argument(
            "--line",
            action="append",
            default=[],
            type=line,
            metavar="NUMBER=HEX",
            help="a line and its seal as this command printed them earlier; may be given more than once",
        )
        parser.add_argument(
            "--key",
            action="append",
            default=[],
            type=key,
            metavar="HEX",
            help="a public key with which heads must be signed, as heads_key prints it; more than once after a change",
        )
        archive.add_folder_option(parser)

    def handle(self, **options):
        if options["archives"] and options["ledger"] != "history":
            raise CommandError("Only the history has archives.")
        try:
            more = {"archives": archive.archives_in(options["archives"])} if options["archives"] else {}
        except ArchiveFault as fault:
            raise CommandError(str(fault)) from fault
        verdict = LEDGERS[options["ledger"]].verify(options["head"], options["key"], options["line"], **more)
        if verdict.fault:
            raise CommandError(f"{verdict.fault} Right before it: {verdict.lines} lines, the last is {verdict.last}.")
        heads = verdict.heads + len(options["head"])
        remarks = f"{verdict.remarks()} ".lstrip()
        self.stdout.write(f"OK: {verdict.lines} lines, {heads} heads. {remarks}{verdict.last}={verdict.digest.hex()}")


def head(text):
    day, digest = parts_of(r"(\d{4}-\d\d-\d\d)=([0-9a-f]{64})", text)
    return date.fromisoformat(day), digest


def line(text):
    number, digest = parts_of(r"(\d{1,18})=([0-9a-f]{64})", text)
    return int(number), digest


def key(text):
    (digits,) = parts_of(r"([0-9a-f]{64})", text)
    return bytes.fromhex(digits)


def parts_of(pattern, text):
    match = re.fullmatch(pattern, text.lower())
    if not match:
        raise ValueError(text)
    return match.groups()


# argparse shows these names in its errors.
head.__name__ = "head: DAY=HEX"
line.__name__ = "line: NUMBER=HEX"
key.__name__ = "key: 64 digits of HEX"
