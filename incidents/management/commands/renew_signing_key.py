"""Makes a new key by which the database knows posts as the service's own; nothing that lies there changes."""

from django.core.management.base import BaseCommand

from geoapp.db import connections
from incidents.accounts import signed_rows


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options):
        with connections.as_owner():
            signed_rows.renew_key()
        self.stdout.write("The key is a new one; the one before is worth nothing.")
