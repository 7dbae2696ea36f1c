"""Create a superuser as the owner of the tables: the service itself may not."""

from typing import Any

from django.contrib.auth.management.commands import createsuperuser

from geoapp.db import connections


class Command(createsuperuser.Command):
    def execute(self, *args: Any, **options: Any) -> str | None:
        with connections.as_owner():
            return super().execute(*args, **options)
