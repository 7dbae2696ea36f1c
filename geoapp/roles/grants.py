"""What the service and the reader may do with the owner's tables: `sql/grants.sql` here and in each app."""

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from geoapp.db import locks

OWN = Path(__file__).parent


def grant_files() -> list[Path]:
    """The files of grants in the order in which they are applied: what holds for all tables, then those of the apps."""
    folders = [OWN, *(Path(app.path) for app in reversed(list(apps.get_app_configs())) if Path(app.path) != OWN)]
    return [file for folder in folders if (file := folder / "sql" / "grants.sql").exists()]


def prepare_grants() -> None:
    """Let the service read and write the tables that the owner makes from now on, from the moment they are there.

    The release before may write them by triggers before `apply_grants` has been; as the owner.
    """
    execute_files([OWN / "sql" / "new_tables.sql"])


def apply_grants() -> None:
    """Give the service and the reader their rights, and take all others; the same as often as it is done.

    Done as the owner, in one transaction: nobody is without rights meanwhile.
    """
    execute_files(grant_files())


def execute_files(files):
    roles = settings.DATABASE_ROLES
    names: dict[str, sql.Composable] = {name: sql.Identifier(role) for name, role in roles.items()}
    names |= {f"{name}_name": sql.Literal(role) for name, role in roles.items()}
    with transaction.atomic(), connection.cursor() as cursor:
        locks.hold(locks.Lock.GRANTS)
        for file in files:
            cursor.execute(sql.SQL(file.read_text()).format(**names))
