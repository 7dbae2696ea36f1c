"""Replace the key that signs rows of power; stored rows do not change."""

from django.core.management.base import BaseCommand

from geoapp.db import connections
from incidents.accounts import signed_rows


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options):
        with connections.as_owner():
            signed_rows.renew_key()
        self.stdout.write("The key is a new one; the one before is worth nothing.")
