"""Say whether the history of all incidents is what it was when it was sealed, and when its heads were published."""

from time import perf_counter

from django.core.management.base import BaseCommand, CommandError

from geoapp.ledger.hash_chain import add_head_option, add_key_option
from incidents.audit import archive, chain
from incidents.audit.archived import ArchiveFault


class Command(BaseCommand):
    help = "Check every line of history against its seal and the published heads; tells the first that was changed."

    def add_arguments(self, parser):
        add_head_option(parser)
        add_key_option(parser)
        archive.add_folder_option(parser)

    def handle(self, **options):
        began = perf_counter()
        try:
            archives = archive.archives_in(options["archives"]) if options["archives"] else None
        except ArchiveFault as fault:
            raise CommandError(str(fault)) from fault
        verdict = chain.verify_history(options["head"], options["key"], archives=archives)
        seconds = perf_counter() - began
        if verdict.fault:
            raise CommandError(f"{verdict.fault} Right before it: {verdict.lines} lines, the last is {verdict.last}.")
        archived = f"{verdict.archived} archived, of which only the seals were looked at. " if verdict.archived else ""
        self.stdout.write(
            f"OK: {verdict.lines} lines in {seconds:.1f} s, of them {verdict.erased} with an erased note; "
            f"{verdict.heads + len(options['head'])} heads; {verdict.unsealed} not sealed yet. "
            f"{archived}"
            f"Line {verdict.last}: {verdict.digest.hex()}"
        )
