"""What the service and the reader may do with the owner's tables: `sql/grants.sql` here and in each app."""

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from geoapp import locks


def grant_files() -> list[Path]:
    """The files of grants in the order in which they are applied: what holds for all tables, then those of the apps."""
    own = Path(__file__).parent
    folders = [own, *(Path(one.path) for one in reversed(list(apps.get_app_configs())) if Path(one.path) != own)]
    return [file for folder in folders if (file := folder / "sql" / "grants.sql").exists()]


def apply_grants() -> None:
    """Give the service and the reader their rights, and take all others; the same as often as it is done.

    Done as the owner, in one transaction: nobody is without rights meanwhile.
    """
    roles = settings.DATABASE_ROLES
    names: dict[str, sql.Composable] = {name: sql.Identifier(role) for name, role in roles.items()}
    names |= {f"{name}_name": sql.Literal(role) for name, role in roles.items()}
    with transaction.atomic(), connection.cursor() as cursor:
        locks.hold(locks.Lock.GRANTS)
        for file in grant_files():
            cursor.execute(sql.SQL(file.read_text()).format(**names))
