"""Run Django's migrate as the owner of the tables, then grant the service's and reader's rights."""

from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.core.management.commands import migrate
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from geoapp.db import connections
from geoapp.roles import grants

# The tables of 0.8.0, made by many migrations one after the other, are made by two of each app since
# (docs/adr/0062-tables-start-from-two-migrations-per-app.md): the one that came after those two, and the last ones.
AFTER_THE_FIRST_TWO = ("incidents", "0003_strangers")
LAST_OF_0_8 = {
    ("gis_data", "0006_names_of_fields"),
    ("incidents", "0053_work_orders_in_english"),
    ("cameras", "0014_key_of_a_feed"),
}


class Command(migrate.Command):
    help = f"{migrate.Command.help} As DATABASE_OWNER_URL; the service and the reader get their rights."

    def execute(self, *arguments: str, **options: Any) -> str | None:
        with connections.as_owner():
            refuse_old_tables()
            changes = settings.DATABASE_OWNER and not options["plan"] and not options["check_unapplied"]
            if changes:
                grants.prepare_grants()
            output = super().execute(*arguments, **options)
            if changes:
                grants.apply_grants()
        return output


def refuse_old_tables() -> None:
    """Raise CommandError where the tables are from a release before 0.8.0."""
    applied = MigrationRecorder(connection).applied_migrations()
    if AFTER_THE_FIRST_TWO in applied and (missing := LAST_OF_0_8 - applied.keys()):
        names = ", ".join(sorted(f"{app} {name}" for app, name in missing))
        raise CommandError(
            f"These tables are of a release before 0.8.0 (without {names}). Nothing was changed: upgrade to 0.8.0"
            " first (docs/operations.md, Upgrades), then to this release."
        )
