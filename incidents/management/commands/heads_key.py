"""Print the public key that signs the heads of the chains, or make a new key."""

from django.core.management.base import BaseCommand

from geoapp.ledger import anchoring


class Command(BaseCommand):
    help = "Say the public key of HEADS_KEY: write it down outside; verify_heads.py and --key ask for it."

    def add_arguments(self, parser):
        parser.add_argument("--new", action="store_true", help="make a new HEADS_KEY instead")

    def handle(self, **options):
        self.stdout.write(f"HEADS_KEY={anchoring.new_key()}" if options["new"] else anchoring.public_key_hex())
