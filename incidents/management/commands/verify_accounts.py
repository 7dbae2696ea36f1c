"""Say whether the ledger of accounts is what it was when its lines were written."""

from django.core.management.base import BaseCommand, CommandError

from geoapp.ledger.hash_chain import add_head_option, add_key_option
from incidents.audit import accounts


class Command(BaseCommand):
    help = "Check every line of the ledger of accounts against its seal; tells the first that was changed."

    def add_arguments(self, parser):
        add_head_option(parser)
        add_key_option(parser)

    def handle(self, **options):
        verdict = accounts.verify_accounts(options["head"], options["key"])
        if verdict.fault:
            raise CommandError(f"{verdict.fault} Right before it: {verdict.last} lines.")
        heads = verdict.heads + len(options["head"])
        self.stdout.write(f"OK: {verdict.last} lines, {heads} heads. {verdict.last}={verdict.digest.hex()}")
