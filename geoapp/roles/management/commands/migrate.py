"""Django's own command, as the owner of the tables; the rights of the service and the reader are given after it."""

from typing import Any

from django.conf import settings
from django.core.management.commands import migrate

from geoapp import database
from geoapp.roles import grants


class Command(migrate.Command):
    help = f"{migrate.Command.help} As DATABASE_OWNER_URL; the service and the reader get their rights."

    def execute(self, *arguments: str, **options: Any) -> str | None:
        with database.as_owner():
            changes = settings.DATABASE_OWNER and not options["plan"] and not options["check_unapplied"]
            if changes:
                grants.prepare_grants()
            said = super().execute(*arguments, **options)
            if changes:
                grants.apply_grants()
        return said
