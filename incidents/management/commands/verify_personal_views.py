"""Say whether the register of who looked at personal data is what it was when its lines were written."""

from django.core.management.base import BaseCommand, CommandError

from geoapp.ledger.hash_chain import add_head_option, add_key_option
from incidents.disclosure import register


class Command(BaseCommand):
    help = (
        "Check every line of the register against its seal and the published heads; tells the first that was changed."
    )

    def add_arguments(self, parser):
        add_head_option(parser)
        add_key_option(parser)

    def handle(self, **options):
        verdict = register.verify_register(options["head"], options["key"])
        if verdict.fault:
            raise CommandError(f"{verdict.fault} Right before it: line {verdict.last}.")
        self.stdout.write(f"OK: {verdict.last} lines, {verdict.heads} heads. Digest: {verdict.digest.hex()}")
