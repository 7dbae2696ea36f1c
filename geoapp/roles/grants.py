"""Grant table rights to the service and reader roles from each app's `sql/grants.sql`."""

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from geoapp.db import locks

OWN = Path(__file__).parent


def grant_files() -> list[Path]:
    folders = [OWN, *(Path(app.path) for app in reversed(list(apps.get_app_configs())) if Path(app.path) != OWN)]
    return [file for folder in folders if (file := folder / "sql" / "grants.sql").exists()]


def prepare_grants() -> None:
    """Set default privileges so that the service may use new tables at once; run as the owner.

    The release before may write them by triggers before `apply_grants` has been; as the owner.
    """
    execute_files([OWN / "sql" / "new_tables.sql"])


def apply_grants() -> None:
    """Grant the service and reader their rights and revoke all others; idempotent.

    Run as the owner, in one transaction, so that no right is missing meanwhile.
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
