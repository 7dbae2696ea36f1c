"""Makes who may do everything, as the owner of the tables: the service itself may not."""

from django.contrib.auth.management.commands import createsuperuser

from geoapp import database


class Command(createsuperuser.Command):
    def handle(self, *args, **options):
        with database.as_owner():
            return super().handle(*args, **options)
